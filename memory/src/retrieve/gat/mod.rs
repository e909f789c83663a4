//! Graph attention over the candidates of one question.
//!
//! A GATv2 (Brody, Alon and Yahav, 2021) whose attention also sees the edge
//! and the question: two layers of four heads, pre-norm, each turn with a term
//! of its own beside what it gathers from its neighbours. It scores by the
//! signals' shape and the turns' place in the consultation, not by embeddings,
//! so that its weights fit any encoder.
//!
//! Its logit enters the hybrid score through a gate that starts at zero: an
//! untrained network ranks exactly as the hybrid does.

mod features;
mod layer;
mod parameters;
mod subgraph;

use std::path::Path;

use candle_core::{Device, Result, Tensor};

use super::View;
use super::candidates::Candidates;
use super::signals::Signals;
use crate::turn::TurnId;

use features::{NODE, QUESTION};
use layer::{Layer, Linear, Norm};
use parameters::Parameters;
use subgraph::Subgraph;

pub use parameters::NetworkError;

/// Width of a turn's hidden state.
const HIDDEN: usize = 48;
/// Attention heads, each of `HIDDEN / HEADS` values.
const HEADS: usize = 4;
/// Rounds of gathering from neighbours.
const LAYERS: usize = 2;

/// The weights of the graph attention network.
#[derive(Debug)]
pub struct Network {
    parameters: Parameters,
    turn: Linear,
    question: Linear,
    layers: Vec<Layer>,
    norm: Norm,
    logit: Linear,
    gate: Tensor,
}

impl Network {
    /// An untrained network; the same seed gives the same weights anywhere.
    pub fn new(seed: u64) -> Self {
        // Only shapes can go wrong here, and they are constants.
        Self::build(Parameters::random(seed)).expect("the shapes agree")
    }

    /// Reads trained weights.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is no safetensors file, or was written for
    /// a network of another shape; the message names the file and what differs.
    pub fn load(file: &Path) -> std::result::Result<Self, NetworkError> {
        let parameters = Parameters::load(file)?;
        Self::build(parameters).map_err(|error| NetworkError::format(file, error.to_string()))
    }

    /// Writes the weights, atomically.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save(&self, file: &Path) -> std::result::Result<(), NetworkError> {
        self.parameters.save(file)
    }

    fn build(mut parameters: Parameters) -> Result<Self> {
        let p = &mut parameters;
        let turn = Linear::new(p, "turn", NODE, HIDDEN)?;
        let question = Linear::new(p, "question", QUESTION, HIDDEN)?;
        let layers = (0..LAYERS)
            .map(|at| Layer::new(p, &format!("layers.{at}")))
            .collect::<Result<_>>()?;
        let norm = Norm::new(p, "norm")?;
        let logit = Linear::new(p, "logit", HIDDEN, 1)?;
        let gate = p.constant("gate", &[1], 0.0)?;
        p.finish()?;
        Ok(Self {
            parameters,
            turn,
            question,
            layers,
            norm,
            logit,
            gate,
        })
    }

    /// The candidates by hybrid score and gated logit, in ascending order of turn.
    pub(super) fn scores(
        &self,
        view: &View,
        signals: &Signals,
        candidates: &Candidates,
    ) -> Vec<(TurnId, f32)> {
        let graph = Subgraph::new(view, signals, candidates);
        let scores = self
            .forward(&graph)
            .and_then(|scores| scores.to_vec1::<f32>())
            .expect("the subgraph has the network's shapes");
        graph.turns.into_iter().zip(scores).collect()
    }

    /// One score a node, `[nodes]`.
    fn forward(&self, graph: &Subgraph) -> Result<Tensor> {
        let inputs = graph.tensors(&Device::Cpu)?;
        let question = self.question.forward(&inputs.question)?;
        let mut hidden = self.turn.forward(&inputs.nodes)?.broadcast_add(&question)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &inputs)?;
        }
        let logits = self
            .logit
            .forward(&self.norm.forward(&hidden)?)?
            .squeeze(1)?;
        inputs.hybrid + logits.broadcast_mul(&self.gate)?
    }
}

#[cfg(test)]
mod tests;
