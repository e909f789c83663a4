//! Choosing the next token.

use candle_core::{Device, Result, Tensor};
use candle_transformers::generation::{LogitsProcessor, Sampling};
use candle_transformers::utils::apply_repeat_penalty;

use crate::generate::GenerateOptions;

/// Tokens that the repeat penalty looks back on.
const RECENT: usize = 64;

pub(crate) struct Sampler {
    processor: LogitsProcessor,
    repeat_penalty: f32,
}

impl Sampler {
    pub(crate) fn new(options: &GenerateOptions) -> Self {
        let temperature = f64::from(options.temperature);
        let sampling = if options.temperature <= 0.0 {
            Sampling::ArgMax
        } else if options.top_p < 1.0 {
            Sampling::TopP {
                p: options.top_p.into(),
                temperature,
            }
        } else {
            Sampling::All { temperature }
        };
        Self {
            processor: LogitsProcessor::from_sampling(options.seed, sampling),
            repeat_penalty: options.repeat_penalty,
        }
    }

    /// Chooses from logits `[vocabulary]`, given the tokens so far.
    pub(crate) fn choose(&mut self, logits: &[f32], so_far: &[u32]) -> Result<u32> {
        let logits = Tensor::from_slice(logits, logits.len(), &Device::Cpu)?;
        if self.repeat_penalty == 1.0 {
            return self.processor.sample(&logits);
        }
        let recent = &so_far[so_far.len().saturating_sub(RECENT)..];
        let logits = apply_repeat_penalty(&logits, self.repeat_penalty, recent)?;
        self.processor.sample(&logits)
    }
}
