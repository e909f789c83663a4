//! A decoder for the `qwen2` and `llama` families, over half-float pages of keys and
//! values.
//!
//! Both are the same pre-norm transformer: RMSNorm, grouped-query attention with
//! rotary positions, and a SwiGLU feed-forward block. They differ in the biases of
//! qwen2's query, key and value projections and in which values the rotation pairs.
//! Activations are plain rows of `f32`; every product with a weight goes through
//! [`linear`], every read of a key through [`attention`].

mod adapter;
mod attention;
mod coarse;
mod config;
mod heads;
mod layer;
mod linear;
mod measure;
mod pages;
mod rope;
mod select;

use std::ops::Range;
use std::sync::Arc;

pub(crate) use adapter::{Adapter, FeedForwardAdapter, LayerAdapter, LowRank};
use attention::Context;
pub(crate) use config::Config;
pub use heads::Head;
pub(crate) use heads::HeadAttention;
pub(crate) use layer::KvSink;
use layer::{Layer, Norm, Run, Scratch};
use linear::{Activations, Linear};
pub(crate) use measure::Meter;
pub(crate) use pages::{Halves, Pages};
pub(crate) use rope::Rope;

use crate::attention::Attention;
use crate::error::OpenModelError;
use crate::gguf::{Gguf, Matrix};
use crate::kernels::{Isa, Rounded, Team};

/// Tokens whose attention is looked at together.
const LOOKED: usize = 128;

/// The weights of a model, ready to run.
pub(crate) struct Decoder {
    pub(crate) config: Config,
    embedding: Arc<dyn Matrix>,
    layers: Vec<Layer>,
    norm: Norm,
    output: Linear,
    /// The rows of that, for logits of a few tokens.
    output_rows: Arc<dyn Matrix>,
    pub(crate) rope: Rope,
    team: Team,
    isa: Isa,
}

/// How one run of the decoder reads and what it leaves.
pub(crate) struct Pass<'a> {
    pub(crate) attention: Attention,
    /// Positions that sparse attention always reads.
    pub(crate) focus: &'a [Range<usize>],
    pub(crate) meter: &'a mut Meter,
    /// Who keeps the new keys and values, beside the pages.
    pub(crate) sink: Option<&'a mut dyn KvSink>,
}

impl Decoder {
    /// Takes the weights of an open file, for sequences of up to `context` tokens.
    pub(crate) fn load(
        gguf: &Gguf,
        config: Config,
        context: usize,
        team: Team,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, OpenModelError> {
        let table = (config.vocabulary, config.hidden);
        let embedding = gguf.matrix("token_embd.weight", table)?;
        let output = match gguf.has_tensor("output.weight") {
            true => gguf.matrix("output.weight", table)?,
            // Tied: the embedding is the output matrix as well.
            false => Arc::clone(&embedding),
        };
        Ok(Self {
            layers: (0..config.layers)
                .map(|index| {
                    let layer = Layer::load(gguf, &config, index, &team)?;
                    progress(index + 1, config.layers);
                    Ok(layer)
                })
                .collect::<Result<_, OpenModelError>>()?,
            norm: Norm::load(gguf, "output_norm", &config)?,
            output: Linear::new(Arc::clone(&output), None, &team),
            output_rows: output,
            rope: Rope::new(&config, context),
            embedding,
            config,
            team,
            isa: Isa::best(),
        })
    }

    /// Runs tokens that follow those in the pages. Returns their final states,
    /// `[tokens, hidden]`, normed. The pages must have room for them, and the tokens
    /// be of the vocabulary.
    pub(crate) fn forward(&self, tokens: &[u32], pages: &mut Pages, pass: Pass<'_>) -> Vec<f32> {
        let Pass {
            attention,
            focus,
            meter,
            sink,
        } = pass;
        let context = self.context(attention, focus);
        let run = Run {
            tokens: tokens.len(),
            pages,
            meter,
            sink: sink.map(|sink| sink as &mut dyn KvSink),
        };
        let x = self.run(self.embed(tokens), self.config.layers, &context, &mut [run]);
        self.normed(&x, &context)
    }

    /// Runs tokens behind those in the pages with an adapter, and leaves them there; returns the logits of
    /// some tokens after each of them, `[tokens][among]`.
    pub(crate) fn logits_with(
        &self,
        tokens: &[u32],
        adapter: &Adapter,
        pages: &mut Pages,
        among: &[u32],
    ) -> Vec<Vec<f32>> {
        let behind = &mut [(tokens.len(), pages)];
        let layers = self.config.layers;
        let states = self.run_together(self.embed(tokens), adapter, behind, layers);
        let states = self.normed(&states, &self.context(Attention::Dense, &[]));
        let hidden = self.config.hidden;
        let rows = rows(&*self.output_rows, among, hidden);
        let of_state = |state: &[f32]| {
            let rows = rows.chunks_exact(hidden);
            let dot = |row: &[f32]| row.iter().zip(state).map(|(a, b)| a * b).sum();
            rows.map(dot).collect()
        };
        states.chunks_exact(hidden).map(of_state).collect()
    }

    fn normed(&self, x: &[f32], context: &Context<'_>) -> Vec<f32> {
        let mut normed = Vec::new();
        self.norm.forward(x, &mut normed, context);
        normed
    }

    /// Runs tokens that follow those in the pages through the first `layers` layers, to tell
    /// what each attends to through some heads of these. The pages must have room for the
    /// tokens, and hold them afterwards in those layers alone.
    pub(crate) fn look(
        &self,
        tokens: &[u32],
        pages: &mut Pages,
        layers: usize,
        heads: HeadAttention,
    ) -> HeadAttention {
        let mut meter = Meter::looking(heads);
        let context = self.context(Attention::Dense, &[]);
        for chunk in tokens.chunks(LOOKED) {
            let run = Run::looking(chunk.len(), pages, &mut meter);
            self.run(self.embed(chunk), layers, &context, &mut [run]);
        }
        meter.into_looking()
    }

    /// The same for `[tokens, hidden]` in place of embedded tokens, run with an adapter; and their
    /// states after these layers.
    pub(crate) fn look_with(
        &self,
        x: &[f32],
        adapter: &Adapter,
        pages: &mut Pages,
        layers: usize,
        heads: HeadAttention,
    ) -> (HeadAttention, Vec<f32>) {
        let mut meter = Meter::looking(heads);
        let tokens = x.len() / self.config.hidden;
        let run = Run::looking(tokens, pages, &mut meter);
        let states = self.run(x.to_vec(), layers, &self.adapted(adapter), &mut [run]);
        (meter.into_looking(), states)
    }

    /// Runs `[tokens, hidden]` with an adapter through the first `layers` layers: so many of them,
    /// each time, behind what some pages hold. Returns their states, as they would be if each had been
    /// run by itself.
    pub(crate) fn run_together(
        &self,
        x: Vec<f32>,
        adapter: &Adapter,
        behind: &mut [(usize, &mut Pages)],
        layers: usize,
    ) -> Vec<f32> {
        let mut meters: Vec<Meter> = behind.iter().map(|_| Meter::default()).collect();
        let runs = behind.iter_mut().zip(&mut meters);
        let runs = runs.map(|((tokens, pages), meter)| Run::looking(*tokens, pages, meter));
        let mut runs: Vec<Run<'_>> = runs.collect();
        self.run(x, layers, &self.adapted(adapter), &mut runs)
    }

    /// Runs `[tokens, hidden]` of some runs through the first `layers` layers.
    fn run(
        &self,
        mut x: Vec<f32>,
        layers: usize,
        context: &Context<'_>,
        runs: &mut [Run<'_>],
    ) -> Vec<f32> {
        let mut scratch = Scratch::new();
        for layer in &self.layers[..layers] {
            layer.forward(&mut x, context, runs, &mut scratch);
        }
        for run in runs {
            run.pages.advance(run.tokens);
        }
        x
    }

    /// Writes tokens that were run before behind those in the pages.
    pub(crate) fn restore<'a>(
        &self,
        tokens: usize,
        pages: &mut Pages,
        layers: impl Iterator<Item = Halves<'a>>,
    ) {
        for (layer, halves) in layers.enumerate() {
            pages.append(layer, halves, &self.rope, &self.team, self.isa);
        }
        pages.advance(tokens);
    }

    /// Logits of states, `[rows, hidden]` to `[rows, vocabulary]`.
    pub(crate) fn logits(&self, states: &[f32]) -> Vec<f32> {
        let mut rounded = Rounded::new();
        let activations = Activations::new(states, self.config.hidden, &mut rounded, &self.team);
        let mut logits = Vec::new();
        Linear::forward([&self.output], &activations, [&mut logits], &self.team);
        logits
    }

    /// Of tokens that are run densely, with an adapter.
    fn adapted<'a>(&'a self, adapter: &'a Adapter) -> Context<'a> {
        Context {
            adapter: Some(adapter),
            ..self.context(Attention::Dense, &[])
        }
    }

    fn context<'a>(&'a self, attention: Attention, focus: &'a [Range<usize>]) -> Context<'a> {
        Context {
            team: &self.team,
            isa: self.isa,
            rope: &self.rope,
            attention,
            focus,
            adapter: None,
            position: 0,
            kv_heads: self.config.kv_heads,
            group: self.config.group(),
            head_dim: self.config.head_dim,
        }
    }

    /// The rows of tokens in the embedding table, `[tokens, hidden]`.
    pub(crate) fn embed(&self, tokens: &[u32]) -> Vec<f32> {
        rows(&*self.embedding, tokens, self.config.hidden)
    }
}

/// Some rows of a matrix, `[rows, columns]`.
fn rows(matrix: &dyn Matrix, which: &[u32], columns: usize) -> Vec<f32> {
    let mut rows = vec![0f32; which.len() * columns];
    for (&row, values) in which.iter().zip(rows.chunks_mut(columns)) {
        let row = row as usize;
        matrix.dequantise(row..row + 1, values);
    }
    rows
}

#[cfg(test)]
mod tests;
