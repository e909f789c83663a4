//! Estoppel's generator.

use std::ops::ControlFlow;
use std::time::Duration;

use estoppel_model::OpenOptions;
use estoppel_model::bench::{AttentionMode, Bench};

use crate::contender::{Passes, Setup};

pub fn open(setup: &Setup, attention: AttentionMode) -> anyhow::Result<Bench> {
    let options = OpenOptions {
        context: Some(setup.context),
        threads: Some(setup.threads),
        ..OpenOptions::default()
    };
    let mut bench = Bench::open(&setup.weights, options)?;
    bench.attend(attention);
    Ok(bench)
}

pub fn about() -> String {
    format!("estoppel {}", env!("CARGO_PKG_VERSION"))
}

impl Passes for Bench {
    fn prefill(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        Ok(Bench::prefill(self, tokens, &mut go_on)?)
    }

    fn decode(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        Ok(Bench::decode(self, tokens, &mut go_on)?)
    }
}

fn go_on(_tokens: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
