//! Estoppel's generator.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use estoppel_model::OpenOptions;
use estoppel_model::bench::{self, AttentionMode, Bench, FirstToken};

use crate::contender::{Passes, Setup};

pub fn open(setup: &Setup, attention: AttentionMode) -> anyhow::Result<Bench> {
    let mut bench = Bench::open(&setup.weights, options(setup))?;
    bench.attend(attention);
    Ok(bench)
}

fn options(setup: &Setup) -> OpenOptions {
    OpenOptions {
        context: Some(setup.context),
        threads: Some(setup.threads),
        ..OpenOptions::default()
    }
}

pub fn about() -> String {
    format!("estoppel {}", env!("CARGO_PKG_VERSION"))
}

impl Passes for Bench {
    fn prefill(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        Ok(Bench::prefill(self, tokens, &mut go_on)?)
    }

    fn fill(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        self.keep(tokens.len());
        let more = &tokens[self.depth()..];
        Ok(Bench::extend(self, more, &mut go_on)?)
    }

    fn decode(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        Ok(Bench::decode(self, tokens, &mut go_on)?)
    }
}

/// What is stored in a file, and answered from.
pub struct Storing {
    weights: PathBuf,
    options: OpenOptions,
}

impl Storing {
    pub fn new(setup: &Setup) -> Self {
        Self {
            weights: setup.weights.clone(),
            options: options(setup),
        }
    }
}

impl Passes for Storing {
    fn store(&mut self, file: &Path, history: usize) -> anyhow::Result<Duration> {
        let read = bench::store(&self.weights, self.options, history, file, &mut go_on)?;
        Ok(Duration::from_secs_f64(read.seconds))
    }

    fn first_token(
        &mut self,
        file: &Path,
        history: usize,
        question: usize,
    ) -> anyhow::Result<FirstToken> {
        let sizes = (history, question);
        Ok(bench::first_token(
            &self.weights,
            self.options,
            sizes,
            file,
            &mut go_on,
        )?)
    }
}

fn go_on(_tokens: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
