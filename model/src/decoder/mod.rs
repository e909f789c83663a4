//! A dense decoder for the `qwen2` and `llama` families.
//!
//! Both are the same pre-norm transformer: RMSNorm, grouped-query attention with
//! rotary positions, and a SwiGLU feed-forward block. They differ in the biases of
//! qwen2's query, key and value projections and in which values the rotation pairs.

mod attention;
mod cache;
mod config;
mod layer;
mod linear;
mod rope;

use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

pub(crate) use attention::AttentionMass;
pub(crate) use cache::KvCache;
pub(crate) use config::Config;
use layer::{Layer, Norm};
use linear::Linear;
use rope::Rope;

use crate::gguf::{Gguf, Matrix};
use crate::local::OpenModelError;

/// The weights of a model, ready to run.
pub(crate) struct Decoder {
    pub(crate) config: Config,
    embedding: Arc<dyn Matrix>,
    layers: Vec<Layer>,
    norm: Norm,
    output: Linear,
    rope: Rope,
}

impl Decoder {
    /// Takes the weights of an open file, for sequences of up to `context` tokens.
    pub(crate) fn load(
        gguf: &Gguf,
        config: Config,
        context: usize,
    ) -> std::result::Result<Self, OpenModelError> {
        let table = (config.vocabulary, config.hidden);
        let embedding = gguf.matrix("token_embd.weight", table)?;
        let output = match gguf.has_tensor("output.weight") {
            true => gguf.matrix("output.weight", table)?,
            // Tied: the embedding is the output matrix as well.
            false => Arc::clone(&embedding),
        };
        Ok(Self {
            layers: (0..config.layers)
                .map(|index| Layer::load(gguf, &config, index))
                .collect::<std::result::Result<_, _>>()?,
            norm: Norm::load(gguf, "output_norm", &config)?,
            output: Linear::new(output, None).map_err(OpenModelError::weights)?,
            rope: Rope::new(&config, context).map_err(OpenModelError::weights)?,
            embedding,
            config,
        })
    }

    /// Runs tokens that follow those in the cache. Returns their final states,
    /// `[tokens, hidden]`, normed. The cache must have room for them.
    ///
    /// Attention is measured over the layers from one third of the depth on: the
    /// first ones attend to neighbours and sinks, whatever the text says.
    pub(crate) fn forward(
        &self,
        tokens: &[u32],
        cache: &mut KvCache,
        mut measure: Option<&mut AttentionMass>,
    ) -> Result<Tensor> {
        let position = cache.len();
        let mut x = self.embed(tokens)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let (y, probabilities) = layer.forward(&x, cache.layer(index), &self.rope, position)?;
            if let Some(mass) = measure.as_deref_mut()
                && index >= self.layers.len() / 3
            {
                mass.add(&probabilities)?;
            }
            x = y;
        }
        cache.advance(tokens.len());
        self.norm.forward(&x)
    }

    /// Logits of states, `[rows, hidden]` to `[rows, vocabulary]`.
    pub(crate) fn logits(&self, states: &Tensor) -> Result<Tensor> {
        self.output.forward(states)
    }

    fn embed(&self, tokens: &[u32]) -> Result<Tensor> {
        let hidden = self.config.hidden;
        let mut rows = vec![0f32; tokens.len() * hidden];
        for (&token, row) in tokens.iter().zip(rows.chunks_mut(hidden)) {
            let token = token as usize;
            if token >= self.config.vocabulary {
                candle_core::bail!("token {token} is outside the vocabulary");
            }
            self.embedding.dequantise(token..token + 1, row);
        }
        Tensor::from_vec(rows, (tokens.len(), hidden), &Device::Cpu)
    }
}

#[cfg(test)]
mod tests;
