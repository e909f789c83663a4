//! One transformer layer.

use candle_core::{Device, Result, Tensor};
use candle_nn::ops::{rms_norm, silu};

use super::attention::attend;
use super::cache::LayerCache;
use super::config::Config;
use super::linear::Linear;
use super::rope::Rope;
use crate::gguf::Gguf;
use crate::local::OpenModelError;

type Loaded<T> = std::result::Result<T, OpenModelError>;

/// RMSNorm (Zhang and Sennrich, 2019, arXiv:1910.07467).
pub(crate) struct Norm {
    weight: Tensor,
    epsilon: f32,
}

impl Norm {
    pub(crate) fn load(gguf: &Gguf, name: &str, config: &Config) -> Loaded<Self> {
        Ok(Self {
            weight: vector(gguf, &format!("{name}.weight"), config.hidden)?,
            epsilon: config.norm_epsilon as f32,
        })
    }

    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        rms_norm(x, &self.weight, self.epsilon)
    }
}

pub(crate) struct Layer {
    attention_norm: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    feed_forward_norm: Norm,
    gate: Linear,
    up: Linear,
    down: Linear,
    kv_heads: usize,
    group: usize,
    head_dim: usize,
}

impl Layer {
    pub(crate) fn load(gguf: &Gguf, config: &Config, index: usize) -> Loaded<Self> {
        let name = |part: &str| format!("blk.{index}.{part}");
        let linear = |part: &str, rows, columns| {
            let weight = gguf.matrix(&name(&format!("{part}.weight")), (rows, columns))?;
            let bias = name(&format!("{part}.bias"));
            let bias = match gguf.has_tensor(&bias) {
                true => Some(vector(gguf, &bias, rows)?),
                false => None,
            };
            Linear::new(weight, bias).map_err(OpenModelError::weights)
        };
        let (hidden, wide) = (config.hidden, config.feed_forward);
        let queries = config.heads * config.head_dim;
        let keys = config.kv_heads * config.head_dim;
        Ok(Self {
            attention_norm: Norm::load(gguf, &name("attn_norm"), config)?,
            query: linear("attn_q", queries, hidden)?,
            key: linear("attn_k", keys, hidden)?,
            value: linear("attn_v", keys, hidden)?,
            attention_output: linear("attn_output", hidden, queries)?,
            feed_forward_norm: Norm::load(gguf, &name("ffn_norm"), config)?,
            gate: linear("ffn_gate", wide, hidden)?,
            up: linear("ffn_up", wide, hidden)?,
            down: linear("ffn_down", hidden, wide)?,
            kv_heads: config.kv_heads,
            group: config.group(),
            head_dim: config.head_dim,
        })
    }

    /// `[rows, hidden]` to the same, and the attention probabilities
    /// `[kv_heads, group * rows, position + rows]`.
    pub(crate) fn forward(
        &self,
        x: &Tensor,
        cache: &LayerCache,
        rope: &Rope,
        position: usize,
    ) -> Result<(Tensor, Tensor)> {
        let normed = self.attention_norm.forward(x)?;
        let (read, probabilities) = self.attention(&normed, cache, rope, position)?;
        let x = (x + self.attention_output.forward(&read)?)?;
        let normed = self.feed_forward_norm.forward(&x)?;
        let wide = (silu(&self.gate.forward(&normed)?)? * self.up.forward(&normed)?)?;
        Ok(((x + self.down.forward(&wide)?)?, probabilities))
    }

    fn attention(
        &self,
        x: &Tensor,
        cache: &LayerCache,
        rope: &Rope,
        position: usize,
    ) -> Result<(Tensor, Tensor)> {
        let rows = x.dim(0)?;
        let heads = self.kv_heads * self.group;
        let queries = rope.apply(&self.by_head(&self.query.forward(x)?, heads)?, position)?;
        let keys = rope.apply(
            &self.by_head(&self.key.forward(x)?, self.kv_heads)?,
            position,
        )?;
        let values = self.by_head(&self.value.forward(x)?, self.kv_heads)?;
        let (keys, values) = cache.append(&keys, &values, position)?;
        let queries = queries.reshape((self.kv_heads, self.group * rows, self.head_dim))?;
        let (read, probabilities) = attend(&queries, &keys, &values, rows)?;
        let read = read
            .reshape((heads, rows, self.head_dim))?
            .transpose(0, 1)?
            .reshape((rows, heads * self.head_dim))?;
        Ok((read, probabilities))
    }

    /// `[rows, heads * head_dim]` to `[heads, rows, head_dim]`.
    fn by_head(&self, x: &Tensor, heads: usize) -> Result<Tensor> {
        x.reshape((x.dim(0)?, heads, self.head_dim))?
            .transpose(0, 1)?
            .contiguous()
    }
}

fn vector(gguf: &Gguf, name: &str, len: usize) -> Loaded<Tensor> {
    let matrix = gguf.matrix(name, (1, len))?;
    let mut values = vec![0f32; len];
    matrix.dequantise(0..1, &mut values);
    Tensor::from_vec(values, len, &Device::Cpu).map_err(OpenModelError::weights)
}
