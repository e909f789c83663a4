//! An answer in the making: a stream of typed events.

use std::ops::Range;
use std::time::{Duration, Instant};

use estoppel_memory::{Evidence, Fact, Matter, NewTurn, Role, Turn, TurnId};
use estoppel_model::{Generation, Step, Stop};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::cite::{Attribution, Attributor, Citation, Standing};
use crate::cited::{self, Sentences};
use crate::error::AskError;
use crate::phrases::declines;
use crate::read::Reply;
use crate::sentence::sentences;

/// What happens while a question is answered, in this order; `Prefill`, `Token`
/// and `Cited` repeat.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The question is durable, as this turn. Not sent for probes.
    Remembered {
        /// Its number.
        turn: TurnId,
    },
    /// The memory has spoken.
    Retrieved {
        /// What it holds about the question.
        evidence: Evidence,
        /// Turns that the model will read, in the order of the record.
        shown: Vec<TurnId>,
    },
    /// The model reads the prompt.
    Prefill {
        /// Tokens read.
        done: usize,
        /// Tokens in all.
        total: usize,
    },
    /// A piece of the answer.
    Token {
        /// Whole characters.
        text: String,
    },
    /// A sentence is complete and its turns are known.
    Cited {
        /// Bytes of the answer so far.
        sentence: Range<usize>,
        /// What it rests on.
        attribution: Attribution,
    },
    /// The answer is complete.
    Done(Answer),
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Turns that it rests on, in the order of the record, each once.
    pub citations: Vec<Citation>,
    /// Values in it that stand in no cited turn.
    pub unsupported: Vec<String>,
    /// Whether it says that the record does not say; then it cites nothing.
    pub declined: bool,
    /// Why it ended.
    pub ended: Ended,
    /// Tokens generated.
    pub tokens: usize,
    /// Pages of keys and values that the model read while it wrote, over layers and heads;
    /// zero where it was not asked.
    pub pages: u64,
    /// The turn it was written as; `None` for probes.
    pub turn: Option<TurnId>,
    /// Where the time went.
    #[serde(rename = "ms")]
    pub times: Times,
    /// Its sentences, in bytes of the text, each with what it rests on; none if it
    /// declined.
    #[serde(skip)]
    pub sentences: Sentences,
}

impl Answer {
    /// The turns cited as holding now.
    pub fn cited(&self) -> impl Iterator<Item = TurnId> {
        self.with(Standing::Current)
    }

    /// The turns cited as history: corrected since.
    pub fn cited_as_history(&self) -> impl Iterator<Item = TurnId> {
        self.with(Standing::Superseded)
    }

    fn with(&self, standing: Standing) -> impl Iterator<Item = TurnId> {
        self.citations
            .iter()
            .filter(move |c| c.standing == standing)
            .map(|c| c.turn)
    }
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The model closed it.
    Complete,
    /// It reached the most tokens allowed.
    Length,
    /// The person stopped it.
    Stopped,
}

/// Where an answer's time went. Serialises as [`Millis`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(into = "Millis")]
pub struct Times {
    /// Finding the evidence.
    pub retrieve: Duration,
    /// From the question to the first piece of the answer.
    pub first_token: Duration,
    /// From the question to the end of the answer.
    pub total: Duration,
}

/// [`Times`] in milliseconds, to a tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Millis {
    /// Finding the evidence.
    pub retrieve: f64,
    /// From the question to the first piece of the answer.
    pub first_token: f64,
    /// From the question to the end of the answer.
    pub total: f64,
}

impl From<Times> for Millis {
    fn from(times: Times) -> Self {
        let millis = |time: Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
        Self {
            retrieve: millis(times.retrieve),
            first_token: millis(times.first_token),
            total: millis(times.total),
        }
    }
}

/// What was found for a question before the model was asked.
pub(crate) struct Found {
    pub(crate) asked: Instant,
    pub(crate) at: DateTime,
    pub(crate) question: Option<TurnId>,
    pub(crate) evidence: Evidence,
    pub(crate) shown: Vec<Turn>,
    /// The turns by how likely they answer, the likeliest first.
    pub(crate) ranked: Vec<TurnId>,
    pub(crate) facts: Vec<Fact>,
    /// The answer, where the record gives it without a model.
    pub(crate) reply: Option<Reply>,
    pub(crate) retrieve: Duration,
}

/// The stream of [`Event`]s of one answer.
///
/// Lazy: each `next` does a bounded piece of work. Dropping it abandons the
/// answer; [`stop`](Self::stop) ends it and keeps what was said.
pub struct Answering<'a> {
    generation: Box<dyn Generation + 'a>,
    /// Where the answer is written; `None` for probes.
    matter: Option<MatterAccess<'a>>,
    question: String,
    found: Found,
    pending: std::collections::VecDeque<Event>,
    text: String,
    /// Attention per turn since the last closed sentence, weighted by length.
    attention: Vec<(u32, f32)>,
    /// Sentences closed so far.
    closed: usize,
    attributed: Sentences,
    first_token: Option<Duration>,
    finished: bool,
}

/// What it takes to write the answer into the matter.
pub(crate) struct MatterAccess<'a> {
    pub(crate) matter: &'a mut Matter,
    pub(crate) encoder: Option<&'a mut Box<dyn estoppel_memory::Embedder>>,
}

impl<'a> Answering<'a> {
    pub(crate) fn new(
        generation: Box<dyn Generation + 'a>,
        matter: Option<MatterAccess<'a>>,
        question: &str,
        found: Found,
    ) -> Self {
        let mut pending = std::collections::VecDeque::new();
        pending.extend(found.question.map(|turn| Event::Remembered { turn }));
        pending.push_back(Event::Retrieved {
            evidence: found.evidence.clone(),
            shown: found.shown.iter().map(|turn| turn.id).collect(),
        });
        Self {
            generation,
            matter,
            question: question.to_owned(),
            found,
            pending,
            text: String::new(),
            attention: Vec::new(),
            closed: 0,
            attributed: Vec::new(),
            first_token: None,
            finished: false,
        }
    }

    /// Ends the answer here. What was said so far is attributed and, unless
    /// this is a probe, written to the matter.
    pub fn stop(mut self) -> Result<Answer, AskError> {
        // It may be complete, and written, before anybody was told.
        let complete = self.pending.drain(..).find_map(|event| match event {
            Event::Done(answer) => Some(answer),
            _ => None,
        });
        complete.map_or_else(|| self.finish(Ended::Stopped, 0, 0), Ok)
    }

    fn advance(&mut self) -> Result<(), AskError> {
        match self.generation.next_step()? {
            Some(Step::Prefill { done, total }) => {
                self.pending.push_back(Event::Prefill { done, total });
            }
            Some(Step::Text { text, attention }) => self.take_text(text, &attention),
            Some(Step::Done {
                stop,
                tokens,
                attention,
                ..
            }) => {
                let ended = if stop == Stop::Length {
                    Ended::Length
                } else {
                    Ended::Complete
                };
                let answer = self.finish(ended, tokens, attention.pages)?;
                self.pending.push_back(Event::Done(answer));
            }
            None => self.finished = true,
        }
        Ok(())
    }

    fn take_text(&mut self, text: String, attention: &[(u32, f32)]) {
        // An answer starts with its first visible character.
        let text = if self.text.is_empty() {
            text.trim_start().to_owned()
        } else {
            text
        };
        if text.is_empty() {
            return;
        }
        self.first_token
            .get_or_insert_with(|| self.found.asked.elapsed());
        for &(mark, share) in attention {
            match self.attention.iter_mut().find(|(known, _)| *known == mark) {
                Some((_, sum)) => *sum += share,
                None => self.attention.push((mark, share)),
            }
        }
        self.text.push_str(&text);
        self.pending.push_back(Event::Token { text });
        // A sentence is closed once the next one has begun.
        let complete = sentences(&self.text).len().saturating_sub(1);
        self.close_sentences(complete);
    }

    fn close_sentences(&mut self, upto: usize) {
        if upto <= self.closed {
            return;
        }
        let attributor = self.attributor();
        let ranges = sentences(&self.text);
        let mut closed = Vec::new();
        for range in ranges[self.closed..upto].iter().cloned() {
            let sentence = &self.text[range.clone()];
            let attribution = match &self.found.reply {
                _ if declines(sentence) => Attribution::default(),
                Some(reply) => attributor.rests_on(sentence, &reply.turns, &reply.history),
                None => attributor.attribute(sentence, &self.attention),
            };
            closed.push((range, attribution));
        }
        for (sentence, attribution) in &closed {
            self.pending.push_back(Event::Cited {
                sentence: sentence.clone(),
                attribution: attribution.clone(),
            });
        }
        self.attributed.extend(closed);
        self.attention.clear();
        self.closed = upto;
    }

    fn attributor(&self) -> Attributor<'_> {
        let shown: Vec<&Turn> = self.found.shown.iter().collect();
        let Found { ranked, facts, .. } = &self.found;
        Attributor::new(&self.question, &shown, ranked, facts)
    }

    fn finish(&mut self, ended: Ended, tokens: usize, pages: u64) -> Result<Answer, AskError> {
        self.finished = true;
        self.text.truncate(self.text.trim_end().len());
        self.close_sentences(sentences(&self.text).len());
        let mut answer = self.answer(ended, tokens, pages);
        if let Some(access) = self.matter.as_mut().filter(|_| !answer.text.is_empty()) {
            let said = NewTurn {
                session: access.matter.turns().last().map_or(1, |turn| turn.session),
                ..NewTurn::new(Role::Counsel, self.found.at, answer.text.clone())
            };
            let encoder = access.encoder.as_deref_mut().map(|e| e.as_mut() as _);
            let turn = access.matter.remember(said, encoder)?;
            answer.turn = Some(turn);
            cited::keep(access.matter, turn, &answer.sentences);
        }
        Ok(answer)
    }

    fn answer(&self, ended: Ended, tokens: usize, pages: u64) -> Answer {
        let declined = declines(&self.text);
        let citations = match &self.found.reply {
            _ if declined => Vec::new(),
            // Of each turn the sentence that bears most of the whole answer is quoted.
            Some(reply) => {
                let all = self.attributor();
                all.rests_on(&self.text, &reply.turns, &reply.history)
                    .citations
            }
            None => merge(&self.attributed),
        };
        let total = self.found.asked.elapsed();
        Answer {
            text: self.text.clone(),
            citations,
            unsupported: self
                .attributed
                .iter()
                .flat_map(|(_, attribution)| attribution.unsupported.clone())
                .collect(),
            declined,
            ended,
            tokens,
            pages,
            turn: None,
            times: Times {
                retrieve: self.found.retrieve,
                first_token: self.first_token.unwrap_or(total),
                total,
            },
            sentences: if declined {
                Vec::new()
            } else {
                self.attributed.clone()
            },
        }
    }
}

/// Each cited turn once, in the order of the record; where sentences differ,
/// the standing that holds counts.
fn merge(attributed: &[(Range<usize>, Attribution)]) -> Vec<Citation> {
    let mut merged: Vec<Citation> = Vec::new();
    for citation in attributed.iter().flat_map(|(_, a)| &a.citations) {
        match merged.iter_mut().find(|known| known.turn == citation.turn) {
            Some(known) if citation.standing == Standing::Current => *known = citation.clone(),
            Some(_) => {}
            None => merged.push(citation.clone()),
        }
    }
    merged.sort_by_key(|citation| citation.turn);
    merged
}

impl Iterator for Answering<'_> {
    type Item = Result<Event, AskError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(Ok(event));
            }
            if self.finished {
                return None;
            }
            if let Err(error) = self.advance() {
                self.finished = true;
                return Some(Err(error));
            }
        }
    }
}
