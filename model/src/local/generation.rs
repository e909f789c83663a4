//! An answer in the making.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use candle_core::Result;

use super::LocalModel;
use crate::chat::Rendered;
use crate::decoder::Meter;
use crate::generate::{GenerateError, GenerateOptions, Generation, Step, Stop};
use crate::sampling::Sampler;
use crate::stop::StopFilter;
use crate::tokenizer::CharacterStream;

/// Tokens of the prompt that are read in one step: few enough to cancel soon,
/// enough to pay for unpacking the weights.
const CHUNK: usize = 128;

pub(super) struct LocalGeneration<'a> {
    model: &'a mut LocalModel,
    prompt: Rendered,
    sampler: Sampler,
    max_tokens: usize,
    stage: Stage,
    characters: CharacterStream,
    stop: StopFilter,
    meter: Meter,
    /// Steps that wait to be handed out.
    ready: VecDeque<Step>,
    tokens: usize,
    prefill: Duration,
    decode: Duration,
}

enum Stage {
    /// The prompt is being read.
    Prompt,
    /// The next token can be chosen.
    Logits(Vec<f32>),
    /// A token was chosen and is not in the cache yet.
    Chosen(u32),
    /// Done or failed.
    Over,
}

impl<'a> LocalGeneration<'a> {
    pub(super) fn new(
        model: &'a mut LocalModel,
        prompt: Rendered,
        options: &GenerateOptions,
    ) -> Self {
        let room = model.context - prompt.tokens.len();
        let max_tokens = options.max_tokens.min(room);
        let len = prompt.tokens.len() + max_tokens;
        model.pages.reserve(len);
        let spans = prompt.marks.values().flatten().cloned().collect();
        let layers = model.decoder.config.layers;
        Self {
            model,
            prompt,
            sampler: Sampler::new(options),
            max_tokens,
            stage: Stage::Prompt,
            characters: CharacterStream::default(),
            stop: StopFilter::new(&options.stop),
            meter: Meter::new(spans, layers),
            ready: VecDeque::new(),
            tokens: 0,
            prefill: Duration::ZERO,
            decode: Duration::ZERO,
        }
    }

    fn advance(&mut self) -> Result<()> {
        let started = Instant::now();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Prompt => {
                self.read_prompt();
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

    /// Reads the next chunk of the prompt. The last token goes alone: it is the
    /// one whose attention chooses the first token of the answer.
    fn read_prompt(&mut self) {
        let done = self.model.cached.len();
        let last = self.prompt.tokens.len() - 1;
        self.stage = if done < last {
            let chunk = &self.prompt.tokens[done..last.min(done + CHUNK)];
            let chunk = chunk.to_vec();
            self.model.run(&chunk, &mut self.meter);
            Stage::Prompt
        } else {
            Stage::Logits(self.predict(self.prompt.tokens[last]))
        };
        self.ready.push_back(Step::Prefill {
            done: self.model.cached.len(),
            total: self.prompt.tokens.len(),
        });
    }

    /// Runs one token, measuring its attention, for the logits of the next one.
    fn predict(&mut self, token: u32) -> Vec<f32> {
        let states = self.model.run(&[token], &mut self.meter);
        self.model.decoder.logits(&states)
    }

    /// Chooses the next token; a piece of text may come out of it.
    fn choose(&mut self, logits: &[f32]) -> Result<()> {
        let token = self.sampler.choose(logits, &self.model.cached)?;
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
        let marks = self.prompt.marks.iter();
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
        });
    }
}

impl Generation for LocalGeneration<'_> {
    fn next_step(&mut self) -> std::result::Result<Option<Step>, GenerateError> {
        while self.ready.is_empty() && !matches!(self.stage, Stage::Over) {
            self.advance().map_err(failed)?;
        }
        Ok(self.ready.pop_front())
    }
}

fn failed(error: candle_core::Error) -> GenerateError {
    GenerateError::Model(error.into())
}
