//! A decoder's layers as tensors through which gradients flow, and which are not learnt.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};
use candle_nn::ops::{rms_norm_slow, silu};

use super::Taught;
use super::parameters::LayerParameters;
use crate::decoder::Config;
use crate::gguf::{Gguf, GgufError};

/// The weights of one layer.
pub(super) struct FrozenLayer {
    attention_norm: Tensor,
    pub(super) query: Frozen,
    pub(super) key: Frozen,
    pub(super) value: Frozen,
    pub(super) output: Frozen,
    feed_forward_norm: Tensor,
    gate: Frozen,
    up: Frozen,
    down: Frozen,
    epsilon: f32,
}

impl FrozenLayer {
    pub(super) fn load(gguf: &Gguf, config: &Config, index: usize) -> Taught<Self> {
        let name = |part: &str| format!("blk.{index}.{part}");
        let frozen = |part: &str, rows, columns| Frozen::load(gguf, &name(part), rows, columns);
        let norm = |part: &str| -> Taught<Tensor> { vector(gguf, &name(part), config.hidden) };
        let (hidden, wide) = (config.hidden, config.feed_forward);
        let queries = config.heads * config.head_dim;
        let keys = config.kv_heads * config.head_dim;
        Ok(Self {
            attention_norm: norm("attn_norm.weight")?,
            query: frozen("attn_q", queries, hidden)?,
            key: frozen("attn_k", keys, hidden)?,
            value: frozen("attn_v", keys, hidden)?,
            output: frozen("attn_output", hidden, queries)?,
            feed_forward_norm: norm("ffn_norm.weight")?,
            gate: frozen("ffn_gate", wide, hidden)?,
            up: frozen("ffn_up", wide, hidden)?,
            down: frozen("ffn_down", hidden, wide)?,
            epsilon: config.norm_epsilon as f32,
        })
    }

    /// What the attention of this layer sees of `[rows, hidden]`.
    pub(super) fn attended(&self, x: &Tensor) -> Result<Tensor> {
        rms_norm_slow(x, &self.attention_norm, self.epsilon)
    }

    /// What its feed-forward block adds to `[rows, hidden]`, with what is learnt to add to it.
    pub(super) fn feed_forward(&self, x: &Tensor, learnt: &LayerParameters) -> Result<Tensor> {
        let [.., gate, up, down] = learnt;
        let normed = rms_norm_slow(x, &self.feed_forward_norm, self.epsilon)?;
        let gate = silu(&gate.add(&normed, self.gate.forward(&normed)?)?)?;
        let wide = (gate * up.add(&normed, self.up.forward(&normed)?)?)?;
        down.add(&wide, self.down.forward(&wide)?)
    }
}

/// `x · weightᵀ + bias`, of which only `x` has a gradient.
pub(super) struct Frozen {
    product: Arc<Box<dyn CustomOp1 + Send + Sync>>,
    bias: Option<Tensor>,
}

impl Frozen {
    fn load(gguf: &Gguf, name: &str, rows: usize, columns: usize) -> Taught<Self> {
        let weight = matrix(gguf, &format!("{name}.weight"), rows, columns)?;
        let bias = format!("{name}.bias");
        let bias = match gguf.has_tensor(&bias) {
            true => Some(vector(gguf, &bias, rows)?),
            false => None,
        };
        Ok(Self {
            product: Arc::new(Box::new(Product(weight))),
            bias,
        })
    }

    /// From states to the logits of some tokens.
    pub(super) fn of_tokens(gguf: &Gguf, config: &Config, tokens: &[u32]) -> Taught<Self> {
        let tied = !gguf.has_tensor("output.weight");
        let name = if tied {
            "token_embd.weight"
        } else {
            "output.weight"
        };
        let hidden = config.hidden;
        let matrix = gguf.matrix(name, (config.vocabulary, hidden))?;
        let mut rows = vec![0f32; tokens.len() * hidden];
        for (&token, row) in tokens.iter().zip(rows.chunks_mut(hidden)) {
            let token = token as usize;
            matrix.dequantise(token..token + 1, row);
        }
        let weight = Tensor::from_vec(rows, (tokens.len(), hidden), &Device::Cpu)?;
        Ok(Self {
            product: Arc::new(Box::new(Product(weight))),
            bias: None,
        })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let product = x.contiguous()?.apply_op1_arc(Arc::clone(&self.product))?;
        match &self.bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        }
    }
}

/// The product with the transpose of a matrix that is not learnt, `[rows, columns]`, or of a batch
/// of them. A plain one would reckon the gradient of the matrix as well, which takes as long again
/// and as much memory as all weights.
pub(super) struct Product(pub(super) Tensor);

impl CustomOp1 for Product {
    fn name(&self) -> &'static str {
        "frozen product"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (start, end) = layout.contiguous_offsets().ok_or_else(|| {
            candle_core::Error::Msg("a frozen product takes contiguous rows".to_owned())
        })?;
        let x = Tensor::from_slice(
            &storage.as_slice::<f32>()?[start..end],
            layout.shape(),
            &Device::Cpu,
        )?;
        let product = x.matmul(&self.0.t()?)?;
        let shape = product.shape().clone();
        Ok((CpuStorage::F32(product.flatten_all()?.to_vec1()?), shape))
    }

    fn bwd(&self, _x: &Tensor, _product: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(gradient.matmul(&self.0)?))
    }
}

/// A row of a file, `[columns]`.
pub(super) fn vector(gguf: &Gguf, name: &str, columns: usize) -> Taught<Tensor> {
    Ok(matrix(gguf, name, 1, columns)?.flatten_all()?)
}

/// A matrix of a file, `[rows, columns]`.
fn matrix(gguf: &Gguf, name: &str, rows: usize, columns: usize) -> Taught<Tensor> {
    let read = || -> std::result::Result<Vec<f32>, GgufError> {
        let matrix = gguf.matrix(name, (rows, columns))?;
        let mut values = vec![0f32; rows * columns];
        matrix.dequantise(0..rows, &mut values);
        Ok(values)
    };
    Ok(Tensor::from_vec(read()?, (rows, columns), &Device::Cpu)?)
}

#[cfg(test)]
mod tests {
    use candle_core::Var;

    use super::*;

    #[test]
    fn a_frozen_product_hands_its_gradient_on() {
        let weight = Tensor::new(&[[1f32, 2.0], [3.0, -1.0], [0.5, 0.0]], &Device::Cpu).unwrap();
        let x = Var::new(&[[1f32, 1.0], [2.0, -2.0]], &Device::Cpu).unwrap();
        let plain = x.matmul(&weight.t().unwrap()).unwrap();
        let frozen = x.apply_op1(Product(weight)).unwrap();
        let rows = |tensor: &Tensor| tensor.to_vec2::<f32>().unwrap();
        assert_eq!(rows(&frozen), rows(&plain));
        let gradient = |of: &Tensor| {
            let gradients = of.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            rows(gradients.get(x.as_tensor()).unwrap())
        };
        assert_eq!(gradient(&frozen), gradient(&plain));
    }
}
