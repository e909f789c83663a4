//! The network's parts, over `[nodes, width]` tensors.

use candle_core::{Result, Tensor};
use candle_nn::ops;

use super::parameters::Parameters;
use super::subgraph::{EDGE, Inputs, KINDS};
use super::{HEADS, HIDDEN};

/// Slope of the leaky rectifier for negative values, as in the paper.
const SLOPE: f64 = 0.2;
const EPSILON: f64 = 1e-5;

/// An affine map.
#[derive(Debug)]
pub(super) struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    pub(super) fn new(p: &mut Parameters, name: &str, from: usize, to: usize) -> Result<Self> {
        Ok(Self {
            weight: p.matrix(&format!("{name}.weight"), from, to)?,
            bias: p.constant(&format!("{name}.bias"), &[to], 0.0)?,
        })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight)?.broadcast_add(&self.bias)
    }
}

/// Layer normalisation. From single operations: candle's fused one has no gradient.
#[derive(Debug)]
pub(super) struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    pub(super) fn new(p: &mut Parameters, name: &str) -> Result<Self> {
        Ok(Self {
            weight: p.constant(&format!("{name}.weight"), &[HIDDEN], 1.0)?,
            bias: p.constant(&format!("{name}.bias"), &[HIDDEN], 0.0)?,
        })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(1)?)?;
        let deviation = (centred.sqr()?.mean_keepdim(1)? + EPSILON)?.sqrt()?;
        centred
            .broadcast_div(&deviation)?
            .broadcast_mul(&self.weight)?
            .broadcast_add(&self.bias)
    }
}

/// One round of attention over the neighbours.
#[derive(Debug)]
pub(super) struct Layer {
    norm: Norm,
    source: Linear,
    target: Linear,
    question: Linear,
    edge: Linear,
    kind: Tensor,
    attention: Tensor,
    gathered: Linear,
    own: Linear,
}

impl Layer {
    pub(super) fn new(p: &mut Parameters, name: &str) -> Result<Self> {
        let linear = |p: &mut Parameters, part: &str, from| {
            Linear::new(p, &format!("{name}.{part}"), from, HIDDEN)
        };
        Ok(Self {
            norm: Norm::new(p, &format!("{name}.norm"))?,
            source: linear(p, "source", HIDDEN)?,
            target: linear(p, "target", HIDDEN)?,
            question: linear(p, "question", super::QUESTION)?,
            edge: linear(p, "edge", EDGE)?,
            kind: p.matrix(&format!("{name}.kind"), KINDS, HIDDEN)?,
            attention: p.matrix(&format!("{name}.attention"), 1, HIDDEN)?,
            gathered: linear(p, "gathered", HIDDEN)?,
            own: linear(p, "own", HIDDEN)?,
        })
    }

    pub(super) fn forward(&self, hidden: &Tensor, inputs: &Inputs) -> Result<Tensor> {
        let x = self.norm.forward(hidden)?;
        let (nodes, slots) = inputs.mask.dims2()?;
        // One row a slot of a node's neighbour list: [nodes, slots, HIDDEN].
        let by_slot = |rows: Tensor| rows.reshape((nodes, slots, HIDDEN));
        let source = by_slot(
            self.source
                .forward(&x)?
                .index_select(&inputs.neighbours, 0)?,
        )?;
        let kind = self.kind.index_select(&inputs.kinds, 0)?;
        let edge = by_slot((self.edge.forward(&inputs.edges)? + kind)?)?;
        let question = self.question.forward(&inputs.question)?;
        let target = self
            .target
            .forward(&x)?
            .broadcast_add(&question)?
            .unsqueeze(1)?;

        let met = (&source + &edge)?.broadcast_add(&target)?;
        let met = ops::leaky_relu(&met, SLOPE)?.broadcast_mul(&self.attention)?;
        let heads = (nodes, slots, HEADS, HIDDEN / HEADS);
        let logits = met.reshape(heads)?.sum(3)?;
        // An empty slot gets no weight; a node without neighbours gathers nothing.
        let mask = inputs.mask.unsqueeze(2)?;
        let closed = ((&mask - 1.0)? * 1e9)?;
        let weights = ops::softmax(&logits.broadcast_add(&closed)?, 1)?.broadcast_mul(&mask)?;
        let message = (source + edge)?.reshape(heads)?;
        let gathered = message
            .broadcast_mul(&weights.unsqueeze(3)?)?
            .sum(1)?
            .reshape((nodes, HIDDEN))?;

        let update = (self.own.forward(&x)? + self.gathered.forward(&gathered)?)?;
        hidden + update.gelu()?
    }
}
