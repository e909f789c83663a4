//! Single passes through a decoder, timed.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{AttentionMode, MeasureError, sample_tokens};
use crate::attention::{Attention, AttentionStats, Precision, Sparse};
use crate::decoder::{Config, Decoder, Meter, Pages, Pass};
use crate::error::OpenModelError;
use crate::generate::GenerateError;
use crate::gguf::Gguf;
use crate::kernels::{Team, physical_cores};
use crate::local::{CHUNK, OpenOptions};
use crate::tokenizer::Tokenizer;

/// Is told how many tokens a step has done; can end the pass there.
pub type Watch<'a> = dyn FnMut(usize) -> ControlFlow<()> + 'a;

/// A model under measurement.
///
/// Tokens are given, also those that are written: whoever is compared does the same
/// work. The likeliest next token is found each time, as an answer needs it.
pub struct Bench {
    tokenizer: Tokenizer,
    context: usize,
    decoder: Decoder,
    attention: Attention,
    precision: Precision,
    pages: Pages,
}

impl Bench {
    /// Opens a GGUF file, as [`LocalModel::open`](crate::LocalModel::open) does.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self, OpenModelError> {
        let gguf = Gguf::open(path)?;
        let config = Config::read(&gguf)?;
        let context = config.context.min(options.context.unwrap_or(usize::MAX));
        let pages = Pages::new(&config);
        let team = Team::new(options.threads.unwrap_or_else(physical_cores));
        Ok(Self {
            tokenizer: Tokenizer::from_gguf(&gguf)?,
            context,
            decoder: Decoder::load(&gguf, config, context, team, &mut |_, _| {})?,
            attention: options.attention,
            precision: Precision::default(),
            pages,
        })
    }

    /// The first `count` tokens of a text that is always the same.
    pub fn sample(&self, count: usize) -> Vec<u32> {
        sample_tokens(&self.tokenizer, count)
    }

    /// How precisely sparse passes read keys and values, from the next
    /// [`attend`](Self::attend) on.
    pub fn read_in(&mut self, precision: Precision) {
        self.precision = precision;
    }

    /// How the passes from here on attend: sparse is as it is by default, but for what
    /// [`read_in`](Self::read_in) says.
    pub fn attend(&mut self, mode: AttentionMode) {
        self.attention = match mode {
            AttentionMode::Dense => Attention::Dense,
            AttentionMode::Sparse => Attention::Sparse(Sparse {
                precision: self.precision,
                ..Sparse::default()
            }),
        };
    }

    /// Reads a text from an empty cache up to the choice of the token after it.
    pub fn prefill(
        &mut self,
        tokens: &[u32],
        watch: &mut Watch<'_>,
    ) -> Result<Duration, MeasureError> {
        self.reserve(tokens.len())?;
        self.pages.truncate(0);
        let started = Instant::now();
        let mut last = None;
        for chunk in tokens.chunks(CHUNK) {
            last = Some(self.run(chunk, self.attention, &mut Meter::default()));
            step(watch, chunk.len())?;
        }
        if let Some(states) = last {
            black_box(self.choose(&states));
        }
        Ok(started.elapsed())
    }

    /// Reads tokens after those in the cache, which stay.
    pub fn extend(
        &mut self,
        tokens: &[u32],
        watch: &mut Watch<'_>,
    ) -> Result<Duration, MeasureError> {
        self.reserve(self.depth() + tokens.len())?;
        let started = Instant::now();
        for chunk in tokens.chunks(CHUNK) {
            black_box(self.run(chunk, self.attention, &mut Meter::default()));
            step(watch, chunk.len())?;
        }
        Ok(started.elapsed())
    }

    /// Runs tokens one by one after those in the cache, then forgets them.
    pub fn decode(
        &mut self,
        tokens: &[u32],
        watch: &mut Watch<'_>,
    ) -> Result<Duration, MeasureError> {
        let depth = self.pages.len();
        self.reserve(depth + tokens.len())?;
        let started = Instant::now();
        for &token in tokens {
            let states = self.run(&[token], self.attention, &mut Meter::default());
            black_box(self.choose(&states));
            step(watch, 1)?;
        }
        let time = started.elapsed();
        self.pages.truncate(depth);
        Ok(time)
    }

    /// Makes room, outside of what is timed.
    pub(super) fn reserve(&mut self, tokens: usize) -> Result<(), GenerateError> {
        if tokens > self.context {
            return Err(GenerateError::PromptTooLong {
                tokens,
                context: self.context,
            });
        }
        self.pages.reserve(tokens);
        Ok(())
    }

    /// Tokens in the cache.
    pub fn depth(&self) -> usize {
        self.pages.len()
    }

    /// Forgets all but the first `depth` tokens.
    pub fn keep(&mut self, depth: usize) {
        self.pages.truncate(depth);
    }

    /// Runs tokens after those in the cache, all at once; returns their states.
    pub(super) fn run(
        &mut self,
        tokens: &[u32],
        attention: Attention,
        meter: &mut Meter,
    ) -> Vec<f32> {
        let pass = Pass {
            attention,
            focus: &[],
            meter,
            sink: None,
        };
        self.decoder.forward(tokens, &mut self.pages, pass)
    }

    /// Takes up the logits of each state in turn.
    pub(super) fn predictions<T>(&self, states: &[f32], take: impl Fn(&[f32]) -> T) -> Vec<T> {
        let logits = self.decoder.logits(states);
        let rows = logits.chunks_exact(self.decoder.config.vocabulary);
        rows.map(take).collect()
    }

    /// What was attended to.
    pub(super) fn stats(&self, meter: &Meter) -> AttentionStats {
        meter.stats(self.decoder.config.layers)
    }

    /// The tokens of a text.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        self.tokenizer.encode(text)
    }

    /// The likeliest token after the last of these states.
    fn choose(&self, states: &[f32]) -> Option<usize> {
        let last = &states[states.len() - self.decoder.config.hidden..];
        let logits = self.decoder.logits(last);
        let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.map(|(token, _)| token)
    }
}

pub(super) fn step(watch: &mut Watch<'_>, tokens: usize) -> Result<(), MeasureError> {
    match watch(tokens) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(MeasureError::Interrupted),
    }
}
