//! Dropout (Srivastava et al., 2014) whose masks follow from a seed, so that
//! training can be repeated.

use candle_core::{Device, Result, Tensor};

use super::parameters::SplitMix;

/// Sets a share of values to zero, in training only.
pub(super) struct Dropout {
    rate: f32,
    random: SplitMix,
}

impl Dropout {
    pub(super) fn new(rate: f32, seed: u64) -> Self {
        Self {
            rate,
            random: SplitMix::new(seed),
        }
    }

    /// Changes nothing.
    pub(super) fn none() -> Self {
        Self::new(0.0, 0)
    }

    /// The values that stay, scaled so that their expected sum is as before.
    pub(super) fn apply(&mut self, x: &Tensor) -> Result<Tensor> {
        if self.rate == 0.0 {
            return Ok(x.clone());
        }
        let kept = 1.0 / (1.0 - self.rate);
        let mask: Vec<f32> = (0..x.elem_count())
            .map(|_| {
                if self.random.unit() < self.rate {
                    0.0
                } else {
                    kept
                }
            })
            .collect();
        x * Tensor::from_vec(mask, x.shape(), &Device::Cpu)?
    }
}
