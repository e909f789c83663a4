//! Rotary position embedding (Su et al., 2021, arXiv:2104.09864).

use candle_core::{Device, Result, Tensor};
use candle_nn::rotary_emb::{rope_i_slow, rope_slow};

use super::config::{Config, Family};

/// Angles for every position of the context.
pub(crate) struct Rope {
    /// `[position][half]`.
    cos: Vec<f32>,
    sin: Vec<f32>,
    half: usize,
    pairs: Pairs,
}

/// Which two values of a head are rotated together.
enum Pairs {
    /// `i` and `i + d/2`.
    Halves,
    /// `2i` and `2i + 1`; files of the llama family are permuted for it.
    Neighbours,
}

impl Rope {
    pub(crate) fn new(config: &Config, context: usize) -> Self {
        let half = config.head_dim / 2;
        let frequency = |i: usize| {
            config
                .rope_base
                .powf(-2.0 * i as f64 / config.head_dim as f64)
        };
        let frequencies: Vec<f64> = (0..half).map(frequency).collect();
        // In f64: at position 30,000 an f32 angle is off by a thousandth.
        let table = |f: fn(f64) -> f64| {
            let angles = (0..context).flat_map(|p| frequencies.iter().map(move |w| p as f64 * w));
            angles.map(|angle| f(angle) as f32).collect()
        };
        Self {
            cos: table(f64::cos),
            sin: table(f64::sin),
            half,
            pairs: match config.family {
                Family::Qwen2 => Pairs::Halves,
                Family::Llama => Pairs::Neighbours,
            },
        }
    }

    /// `[1, heads, tokens, dim]` rotated to the positions from `start` on, with its gradient.
    pub(crate) fn rotated(&self, x: &Tensor, start: usize) -> Result<Tensor> {
        let (_, _, tokens, _) = x.dims4()?;
        let angles = |table: &[f32]| {
            let angles = &table[start * self.half..][..tokens * self.half];
            Tensor::from_slice(angles, (tokens, self.half), &Device::Cpu)
        };
        let (cos, sin) = (angles(&self.cos)?, angles(&self.sin)?);
        match self.pairs {
            Pairs::Halves => rope_slow(x, &cos, &sin),
            Pairs::Neighbours => rope_i_slow(x, &cos, &sin),
        }
    }

    /// Rotates heads, one after the other in `x`, that stand at `position`.
    pub(crate) fn rotate(&self, x: &mut [f32], position: usize) {
        let cos = &self.cos[position * self.half..][..self.half];
        let sin = &self.sin[position * self.half..][..self.half];
        for head in x.chunks_exact_mut(2 * self.half) {
            match self.pairs {
                Pairs::Halves => rotate_halves(head, cos, sin),
                Pairs::Neighbours => rotate_neighbours(head, cos, sin),
            }
        }
    }
}

fn rotate_halves(head: &mut [f32], cos: &[f32], sin: &[f32]) {
    let (low, high) = head.split_at_mut(cos.len());
    for (((a, b), cos), sin) in low.iter_mut().zip(high).zip(cos).zip(sin) {
        (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
    }
}

fn rotate_neighbours(head: &mut [f32], cos: &[f32], sin: &[f32]) {
    let (pairs, _) = head.as_chunks_mut::<2>();
    for (([a, b], cos), sin) in pairs.iter_mut().zip(cos).zip(sin) {
        (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
    }
}
