//! Graph attention over the candidates of one question.
//!
//! A GATv2 (Brody, Alon and Yahav, 2021, arXiv:2105.14491) whose attention also
//! sees the edge and the question: two layers of four heads, pre-norm, each turn
//! with a term of its own beside what it gathers from its neighbours. It scores by
//! the signals' shape and the turns' place in the consultation, not by embeddings,
//! so that its weights fit any encoder.
//!
//! Its logit is added to the scaled hybrid score. The layer that makes it starts at
//! zero: an untrained network ranks exactly as the hybrid does. A second output says
//! how likely it is that the record answers the question at all.

mod dropout;
mod example;
mod features;
mod layer;
mod loss;
mod parameters;
mod subgraph;
mod train;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use candle_core::{D, Device, Result, Tensor};
use candle_nn::ops;

use super::candidates::Candidates;
use super::signals::Signals;
use super::{Question, View, sorted};
use crate::turn::TurnId;

use dropout::Dropout;
use features::{CONTEXT, NODE, QUESTION};
use layer::{Layer, Linear, Norm};
use parameters::Parameters;
use subgraph::{Inputs, Subgraph};

pub use example::{Example, Label, Wiring};
pub use parameters::NetworkError;
pub use subgraph::Attention;
pub use train::{Epoch, Settings, TrainError, Trained, train};

/// Width of a turn's hidden state.
const HIDDEN: usize = 48;
/// Attention heads, each of `HIDDEN / HEADS` values.
const HEADS: usize = 4;
/// Of the hybrid score in an untrained network: any value above 0 ranks alike, a small
/// one leaves the network room to disagree.
const SCALE: f32 = 0.3;
/// Rounds of gathering from neighbours.
const LAYERS: usize = 2;

/// What a network reads of each turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Features {
    /// The turn itself; what stands around it comes over the edges.
    #[default]
    Turn,
    /// The turn, and what the turns around it score: what a network without edges
    /// can know of them. Exists to be compared with.
    WithContext,
}

impl Features {
    fn width(self) -> usize {
        match self {
            Self::Turn => NODE,
            Self::WithContext => NODE + CONTEXT,
        }
    }
}

/// The weights of the graph attention network.
#[derive(Debug)]
pub struct Network {
    parameters: Parameters,
    features: Features,
    turn: Linear,
    question: Linear,
    layers: Vec<Layer>,
    norm: Norm,
    logit: Linear,
    scale: Tensor,
    answerable: Linear,
}

/// What a network says of a question's candidates.
struct Output {
    /// `[nodes]`.
    scores: Tensor,
    /// `[]`: the logit of "the record answers the question".
    answerable: Tensor,
    /// `[nodes, slots]`: the mean over layers and heads.
    attention: Tensor,
}

impl Network {
    /// An untrained network; the same seed gives the same weights anywhere.
    pub fn new(features: Features, seed: u64) -> Self {
        // Only shapes can go wrong here, and they are constants.
        Self::build(Parameters::random(seed), features).expect("the shapes agree")
    }

    /// The weights that come with this program, read once; `memory/weights/README.md`
    /// says how they were made.
    pub fn shipped() -> Arc<Self> {
        static SHIPPED: LazyLock<Arc<Network>> = LazyLock::new(|| {
            let bytes = include_bytes!("../../../weights/gat.safetensors");
            let network = Network::from_bytes(Path::new("gat.safetensors"), bytes);
            Arc::new(network.expect("the weights that come with the program are of its network"))
        });
        SHIPPED.clone()
    }

    /// Reads trained weights.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is no safetensors file, or was written for
    /// a network of another shape; the message names the file and what differs.
    pub fn load(file: &Path) -> std::result::Result<Self, NetworkError> {
        let bytes = std::fs::read(file).map_err(|source| NetworkError::io(file, source))?;
        Self::from_bytes(file, &bytes)
    }

    fn from_bytes(file: &Path, bytes: &[u8]) -> std::result::Result<Self, NetworkError> {
        let parameters = Parameters::read(file, bytes)?;
        Self::build(parameters, Features::Turn)
            .map_err(|error| NetworkError::format(file, error.to_string()))
    }

    /// Writes the weights, atomically.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save(&self, file: &Path) -> std::result::Result<(), NetworkError> {
        self.parameters.save(file)
    }

    /// How many weights there are.
    pub fn size(&self) -> usize {
        self.parameters.size()
    }

    fn build(mut parameters: Parameters, features: Features) -> Result<Self> {
        let p = &mut parameters;
        let turn = Linear::new(p, "turn", features.width(), HIDDEN)?;
        let question = Linear::new(p, "question", QUESTION, HIDDEN)?;
        let layers = (0..LAYERS)
            .map(|at| Layer::new(p, &format!("layers.{at}")))
            .collect::<Result<_>>()?;
        let norm = Norm::new(p, "norm")?;
        let logit = Linear::zero(p, "logit", HIDDEN, 1)?;
        let scale = p.constant("scale", &[1], SCALE)?;
        let answerable = Linear::zero(p, "answerable", 2 * HIDDEN, 1)?;
        p.finish()?;
        Ok(Self {
            parameters,
            features,
            turn,
            question,
            layers,
            norm,
            logit,
            scale,
            answerable,
        })
    }

    /// The candidates by score, best first, and how likely it is
    /// that the record answers the question.
    pub(super) fn judge(
        &self,
        view: &View,
        signals: &Signals,
        question: &Question,
        candidates: &Candidates,
    ) -> (Vec<(TurnId, f32)>, f32) {
        let graph = Subgraph::new(view, signals, question, candidates, self.features);
        if graph.turns.is_empty() {
            return (Vec::new(), 0.0);
        }
        let (scores, answerable) = self
            .read(&graph)
            .expect("the subgraph has the network's shapes");
        let scored = graph.turns.into_iter().zip(scores).collect();
        (sorted(scored), answerable)
    }

    /// What each candidate gathers from its neighbours, in the order of the turns.
    pub(super) fn attention(
        &self,
        view: &View,
        signals: &Signals,
        question: &Question,
        candidates: &Candidates,
    ) -> Vec<Attention> {
        let graph = Subgraph::new(view, signals, question, candidates, self.features);
        if graph.turns.is_empty() {
            return Vec::new();
        }
        let weights = || -> Result<Vec<f32>> {
            let inputs = graph.tensors(self.features, &Device::Cpu)?;
            let output = self.forward(&inputs, &mut Dropout::none())?;
            output.attention.flatten_all()?.to_vec1()
        };
        graph.attended(&weights().expect("the subgraph has the network's shapes"))
    }

    /// Makes the hybrid score count this much beside what was learnt.
    fn weigh_hybrid(&self, weight: f32) -> Result<()> {
        self.parameters.fill("scale", weight)
    }

    /// Scores of the nodes, and the probability that they answer the question.
    fn read(&self, graph: &Subgraph) -> Result<(Vec<f32>, f32)> {
        let inputs = graph.tensors(self.features, &Device::Cpu)?;
        let output = self.forward(&inputs, &mut Dropout::none())?;
        let logit: f32 = output.answerable.to_scalar()?;
        Ok((output.scores.to_vec1()?, 1.0 / (1.0 + (-logit).exp())))
    }

    fn forward(&self, inputs: &Inputs, dropout: &mut Dropout) -> Result<Output> {
        let question = self.question.forward(&inputs.question)?;
        let turns = self.turn.forward(&inputs.nodes)?.broadcast_add(&question)?;
        let mut hidden = dropout.apply(&turns)?;
        let mut shares = Vec::with_capacity(LAYERS);
        for layer in &self.layers {
            let share;
            (hidden, share) = layer.forward(&hidden, inputs, dropout)?;
            shares.push(share);
        }
        let attention = Tensor::stack(&shares, 0)?.mean(0)?;
        let hidden = self.norm.forward(&hidden)?;
        let logits = self.logit.forward(&hidden)?.squeeze(1)?;
        let scores = (inputs.hybrid.broadcast_mul(&self.scale)? + logits)?;
        // The turns that would be shown, and the best of every feature.
        let weights = ops::softmax(&scores, D::Minus1)?.unsqueeze(1)?;
        let shown = hidden.broadcast_mul(&weights)?.sum(0)?;
        let best = hidden.max(0)?;
        let both = Tensor::cat(&[shown, best], 0)?.unsqueeze(0)?;
        let answerable = self.answerable.forward(&both)?.squeeze(1)?.squeeze(0)?;
        Ok(Output {
            scores,
            answerable,
            attention,
        })
    }
}

#[cfg(test)]
mod tests;
