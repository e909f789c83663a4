//! Rotary position embedding (Su et al., 2021, arXiv:2104.09864).

use candle_core::{Device, Result, Tensor};
use candle_nn::rotary_emb::{rope, rope_i};

use super::config::{Config, Family};

/// Angles for every position of the context.
pub(crate) struct Rope {
    cos: Tensor,
    sin: Tensor,
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
    pub(crate) fn new(config: &Config, context: usize) -> Result<Self> {
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
            let values: Vec<f32> = angles.map(|angle| f(angle) as f32).collect();
            Tensor::from_vec(values, (context, half), &Device::Cpu)
        };
        Ok(Self {
            cos: table(f64::cos)?,
            sin: table(f64::sin)?,
            pairs: match config.family {
                Family::Qwen2 => Pairs::Halves,
                Family::Llama => Pairs::Neighbours,
            },
        })
    }

    /// Rotates `[heads, rows, head_dim]`, whose first row stands at `position`.
    pub(crate) fn apply(&self, x: &Tensor, position: usize) -> Result<Tensor> {
        let rows = x.dim(1)?;
        let cos = self.cos.narrow(0, position, rows)?;
        let sin = self.sin.narrow(0, position, rows)?;
        let x = x.unsqueeze(0)?;
        match self.pairs {
            Pairs::Halves => rope(&x, &cos, &sin)?,
            Pairs::Neighbours => rope_i(&x, &cos, &sin)?,
        }
        .squeeze(0)
    }
}
