//! The network's parts, over `[nodes, width]` tensors.

use candle_core::{Device, Result, Tensor};
use candle_nn::ops;

use super::dropout::Dropout;
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

    /// One that gives 0 until it is trained.
    pub(super) fn zero(p: &mut Parameters, name: &str, from: usize, to: usize) -> Result<Self> {
        Ok(Self {
            weight: p.constant(&format!("{name}.weight"), &[from, to], 0.0)?,
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

fn heads() -> Result<Tensor> {
    let width = HIDDEN / HEADS;
    let owns = |at: usize| f32::from(u8::from(at / HEADS / width == at % HEADS));
    let owns: Vec<f32> = (0..HIDDEN * HEADS).map(owns).collect();
    Tensor::from_vec(owns, (HIDDEN, HEADS), &Device::Cpu)
}

/// One round of attention over the neighbours.
#[derive(Debug)]
pub(super) struct Layer {
    norm: Norm,
    source: Linear,
    target: Linear,
    question: Linear,
    edge: Tensor,
    kind: Tensor,
    attention: Tensor,
    /// `[HIDDEN, HEADS]`: 1 where a value belongs to a head.
    heads: Tensor,
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
            edge: p.matrix(&format!("{name}.edge.weight"), EDGE, HIDDEN)?,
            kind: p.matrix(&format!("{name}.kind"), KINDS, HIDDEN)?,
            attention: p.matrix(&format!("{name}.attention"), HIDDEN, 1)?,
            heads: heads()?,
            gathered: linear(p, "gathered", HIDDEN)?,
            own: linear(p, "own", HIDDEN)?,
        })
    }

    /// The new hidden states, and the attention that led to them, `[nodes, slots]`:
    /// what share of what a node gathers comes from each neighbour, as the heads have
    /// it on average.
    pub(super) fn forward(
        &self,
        hidden: &Tensor,
        inputs: &Inputs,
        dropout: &mut Dropout,
    ) -> Result<(Tensor, Tensor)> {
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
        let edge = by_slot((inputs.edges.matmul(&self.edge)? + kind)?)?;
        let question = self.question.forward(&inputs.question)?;
        let target = self
            .target
            .forward(&x)?
            .broadcast_add(&question)?
            .unsqueeze(1)?;

        let met = (&source + &edge)?.broadcast_add(&target)?;
        let met = ops::leaky_relu(&met, SLOPE)?.reshape((nodes * slots, HIDDEN))?;
        // Sums over a head's values as products: candle reduces rows one by one.
        let attention = self.heads.broadcast_mul(&self.attention)?;
        let logits = met.matmul(&attention)?.reshape((nodes, slots, HEADS))?;
        // An empty slot gets no weight; a node without neighbours gathers nothing.
        let mask = inputs.mask.unsqueeze(2)?;
        let closed = ((&mask - 1.0)? * 1e9)?;
        let weights = ops::softmax(&logits.broadcast_add(&closed)?, 1)?.broadcast_mul(&mask)?;
        let shares = weights.mean(2)?;
        let weights = weights
            .reshape((nodes * slots, HEADS))?
            .matmul(&self.heads.t()?)?;
        let gathered = ((source + edge)? * by_slot(weights)?)?.sum(1)?;

        let update = (self.own.forward(&x)? + self.gathered.forward(&gathered)?)?;
        let hidden = (hidden + dropout.apply(&update.gelu()?)?)?;
        Ok((hidden, shares))
    }
}
