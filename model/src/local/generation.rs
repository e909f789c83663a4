//! An answer in the making.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::time::{Duration, Instant};

use super::history::{Recorder, Sequence, fit};
use super::{CHUNK, LocalModel};
use crate::chat::Rendered;
use crate::decoder::{Meter, Pass};
use crate::generate::{GenerateError, GenerateOptions, Generation, Prompt, Recall, Step, Stop};
use crate::sampling::Sampler;
use crate::stop::StopFilter;
use crate::tokenizer::CharacterStream;

pub(super) struct LocalGeneration<'a> {
    model: &'a mut LocalModel,
    history: Vec<Rendered>,
    question: Rendered,
    recall: Recall,
    answers: bool,
    /// The messages alone that the answer reads, where they are not the trunk.
    desk: Option<Sequence>,
    sampler: Sampler,
    max_tokens: usize,
    stage: Stage,
    characters: CharacterStream,
    stop: StopFilter,
    meter: Meter,
    marks: BTreeMap<u32, Vec<Range<usize>>>,
    focus: Vec<Range<usize>>,
    /// Steps that wait to be handed out.
    ready: VecDeque<Step>,
    /// Tokens of question and answer that were run.
    run: Vec<u32>,
    read: usize,
    to_read: usize,
    tokens: usize,
    prefill: Duration,
    decode: Duration,
}

enum Stage {
    /// What was read before is being taken up.
    Restore,
    /// Messages of the history are being read.
    History(Option<Reading>),
    /// The question is being read.
    Question,
    /// The next token can be chosen.
    Logits(Vec<f32>),
    /// A token was chosen and is not in the pages yet.
    Chosen(u32),
    /// Done or failed.
    Over,
}

/// A message of the history of which some tokens were read.
struct Reading {
    message: usize,
    recorder: Recorder,
    done: usize,
}

impl<'a> LocalGeneration<'a> {
    pub(super) fn new(
        model: &'a mut LocalModel,
        history: Vec<Rendered>,
        question: Rendered,
        prompt: &Prompt,
        options: &GenerateOptions,
    ) -> Result<Self, GenerateError> {
        let answers = !prompt.messages.is_empty();
        let room = model.room_for(question.tokens.len())?;
        let longest = history.iter().map(|m| m.tokens.len()).max().unwrap_or(0);
        if longest >= room {
            return Err(GenerateError::PromptTooLong {
                tokens: longest + question.tokens.len(),
                context: model.context,
            });
        }
        let distrust = model.history.agree(&history)?;
        if let Some(distrust) = distrust {
            tracing::info!("stored keys and values: {distrust}");
        }
        let unread = &history[model.history.read_of(&history)..];
        let unread: usize = unread.iter().map(|m| m.tokens.len()).sum();
        let to_read = unread + if answers { question.tokens.len() } else { 0 };
        Ok(Self {
            max_tokens: options.max_tokens.min(room - longest),
            model,
            history,
            question,
            recall: prompt.recall.clone(),
            answers,
            desk: None,
            sampler: Sampler::new(options),
            stage: Stage::Restore,
            characters: CharacterStream::default(),
            stop: StopFilter::new(&options.stop),
            meter: match options.measure_mass {
                true => Meter::default().measuring_mass(),
                false => Meter::default(),
            },
            marks: BTreeMap::new(),
            focus: Vec::new(),
            ready: VecDeque::new(),
            run: Vec::new(),
            read: 0,
            to_read,
            tokens: 0,
            prefill: Duration::ZERO,
            decode: Duration::ZERO,
        })
    }

    fn advance(&mut self) -> Result<(), GenerateError> {
        let started = Instant::now();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Restore => {
                self.restore_trunk()?;
                self.prefill += started.elapsed();
            }
            Stage::History(reading) => {
                self.read_history(reading)?;
                self.prefill += started.elapsed();
            }
            Stage::Question => {
                self.read_question();
                self.prefill += started.elapsed();
            }
            Stage::Logits(_) | Stage::Chosen(_) if self.tokens == self.max_tokens => {
                self.finish(Stop::Length);
            }
            Stage::Logits(logits) => {
                self.choose(&logits)?;
                self.decode += started.elapsed();
            }
            Stage::Chosen(token) => {
                self.stage = Stage::Logits(self.predict(token));
                self.decode += started.elapsed();
            }
            Stage::Over => {}
        }
        Ok(())
    }

    /// Tokens that messages may have where the answer is given.
    fn room(&self) -> usize {
        self.model.context - self.question.tokens.len() - self.max_tokens
    }

    fn lengths(&self, messages: usize) -> Vec<usize> {
        let messages = self.history[..messages].iter();
        messages.map(|message| message.tokens.len()).collect()
    }

    /// Places what is stored as far as it fits, the first message and the last ones
    /// where it does not.
    fn restore_trunk(&mut self) -> Result<(), GenerateError> {
        let stored = self.model.history.read_of(&self.history);
        let unread = self.history.len() > stored;
        if unread || matches!(self.recall, Recall::All { .. }) {
            let messages = fit(&self.lengths(stored), &|_| false, true, self.room());
            self.model.restore_trunk(&messages)?;
        }
        self.stage = Stage::History(None);
        Ok(())
    }

    /// Reads the next chunk of the first message that was not read yet.
    fn read_history(&mut self, reading: Option<Reading>) -> Result<(), GenerateError> {
        let mut reading = match reading {
            Some(reading) => reading,
            None => match self.next_message()? {
                Some(reading) => reading,
                None => return self.answer(),
            },
        };
        let tokens = &self.history[reading.message].tokens;
        let chunk = &tokens[reading.done..tokens.len().min(reading.done + CHUNK)];
        reading.done += chunk.len();
        self.read += chunk.len();
        let history = &mut self.model.history;
        let pass = Pass {
            attention: self.model.attention,
            focus: &[],
            meter: &mut self.meter,
            sink: Some(&mut reading.recorder),
        };
        self.model
            .decoder
            .forward(chunk, &mut history.trunk.pages, pass);
        self.stage = if reading.done < tokens.len() {
            Stage::History(Some(reading))
        } else {
            history.trunk.place(reading.message, tokens.len());
            history.store.append(&reading.recorder.0)?;
            Stage::History(None)
        };
        self.tell_progress();
        Ok(())
    }

    /// The next message to read, with room made for it behind the trunk.
    fn next_message(&mut self) -> Result<Option<Reading>, GenerateError> {
        let message = self.model.history.read_of(&self.history);
        let Some(rendered) = self.history.get(message) else {
            return Ok(None);
        };
        let tokens = &rendered.tokens;
        let layers = self.model.decoder.config.layers;
        let number = rendered.marks.keys().next().copied().unwrap_or(0);
        let recorder = Recorder::new(number, tokens, layers);
        let needed = tokens.len();
        if self.model.history.trunk.len() + needed > self.room() {
            // Half of the room, so that the next messages find some.
            let room = (self.room() / 2).min(self.room() - needed);
            let messages = fit(&self.lengths(message), &|_| false, true, room);
            self.model.restore_trunk(&messages)?;
        }
        let trunk = &mut self.model.history.trunk;
        trunk.pages.reserve(trunk.len() + needed);
        Ok(Some(Reading {
            message,
            recorder,
            done: 0,
        }))
    }

    /// Goes on to the question, with the messages in place that the answer reads.
    fn answer(&mut self) -> Result<(), GenerateError> {
        if !self.answers {
            self.finish(Stop::End);
            return Ok(());
        }
        let named = |marks: &[u32], message: usize| {
            let first = self.history[message].marks.keys().next();
            first.is_some_and(|mark| marks.contains(mark))
        };
        let lengths = self.lengths(self.history.len());
        let everything = self.model.history.trunk.placed().len() == self.history.len();
        let messages = match &self.recall {
            Recall::All { .. } if everything => None,
            Recall::All { focus } => Some(fit(&lengths, &|m| named(focus, m), true, self.room())),
            Recall::Only { messages } => {
                Some(fit(&lengths, &|m| named(messages, m), false, self.room()))
            }
        };
        if let Some(messages) = messages {
            let mut desk = Sequence::new(&self.model.decoder);
            desk.restore(&messages, &self.model.history.store, &self.model.decoder)?;
            self.desk = Some(desk);
        }
        let tokens = self.question.tokens.len() + self.max_tokens;
        let sequence = self.desk.as_mut().unwrap_or(&mut self.model.history.trunk);
        let start = sequence.len();
        sequence.pages.reserve(start + tokens);
        self.mark(start);
        self.stage = Stage::Question;
        Ok(())
    }

    /// Notes where what is marked and what is in focus stand.
    fn mark(&mut self, start: usize) {
        let sequence = self.desk.as_ref().unwrap_or(&self.model.history.trunk);
        self.marks = sequence.marks(&self.history);
        if let Recall::All { focus } = &self.recall {
            let spans = focus.iter().filter_map(|mark| self.marks.get(mark));
            self.focus = spans.flatten().cloned().collect();
        }
        for (mark, spans) in &self.question.marks {
            let moved = spans.iter().map(|s| start + s.start..start + s.end);
            self.marks.entry(*mark).or_default().extend(moved);
        }
        let spans = self.marks.values().flatten().cloned().collect();
        let layers = self.model.decoder.config.layers;
        self.meter.measure(spans, layers);
    }

    /// Reads the next chunk of the question. The last token goes alone: it is the
    /// one whose attention chooses the first token of the answer.
    fn read_question(&mut self) {
        let done = self.run.len();
        let last = self.question.tokens.len() - 1;
        self.stage = if done < last {
            let chunk = self.question.tokens[done..last.min(done + CHUNK)].to_vec();
            self.read += chunk.len();
            self.run(&chunk);
            Stage::Question
        } else {
            self.read += 1;
            Stage::Logits(self.predict(self.question.tokens[last]))
        };
        self.tell_progress();
    }

    fn tell_progress(&mut self) {
        self.ready.push_back(Step::Prefill {
            done: self.read,
            total: self.to_read,
        });
    }

    /// Runs tokens behind those of the sequence; returns their states.
    fn run(&mut self, tokens: &[u32]) -> Vec<f32> {
        let sequence = self.desk.as_mut().unwrap_or(&mut self.model.history.trunk);
        let pass = Pass {
            attention: self.model.attention,
            focus: &self.focus,
            meter: &mut self.meter,
            sink: None,
        };
        self.run.extend(tokens);
        self.model
            .decoder
            .forward(tokens, &mut sequence.pages, pass)
    }

    /// Runs one token for the logits of the next one.
    fn predict(&mut self, token: u32) -> Vec<f32> {
        let states = self.run(&[token]);
        self.model.decoder.logits(&states)
    }

    /// Chooses the next token; a piece of text may come out of it.
    fn choose(&mut self, logits: &[f32]) -> Result<(), GenerateError> {
        let token = self
            .sampler
            .choose(logits, &self.run)
            .map_err(|error| GenerateError::Model(error.into()))?;
        if self.model.tokenizer.is_control(token) {
            self.finish(Stop::End);
            return Ok(());
        }
        self.tokens += 1;
        let text = self.characters.push(self.model.tokenizer.bytes(token));
        let (text, met) = self.stop.push(&text);
        self.show(text);
        if met {
            self.finish(Stop::Sequence);
        } else {
            self.stage = Stage::Chosen(token);
        }
        Ok(())
    }

    /// Hands out a piece of text with the attention of all tokens since the last.
    fn show(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        let mut shares = self.meter.shares().into_iter();
        let marks = self.marks.iter();
        let attention = marks
            .map(|(&mark, spans)| (mark, shares.by_ref().take(spans.len()).sum()))
            .collect();
        self.ready.push_back(Step::Text { text, attention });
    }

    fn finish(&mut self, stop: Stop) {
        let held = self.stop.flush();
        self.show(held);
        self.ready.push_back(Step::Done {
            stop,
            tokens: self.tokens,
            prefill: self.prefill,
            decode: self.decode,
            attention: self.meter.stats(self.model.decoder.config.layers),
        });
    }
}

impl Generation for LocalGeneration<'_> {
    fn next_step(&mut self) -> Result<Option<Step>, GenerateError> {
        while self.ready.is_empty() && !matches!(self.stage, Stage::Over) {
            self.advance()?;
        }
        Ok(self.ready.pop_front())
    }
}
