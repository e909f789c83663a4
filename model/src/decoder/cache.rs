//! Keys and values of the tokens that the decoder has seen.

use candle_core::{DType, Device, Result, Tensor};

use super::config::Config;

/// Room is added in steps of this many tokens.
const STEP: usize = 256;

/// The keys and values of every layer, for one sequence.
pub(crate) struct KvCache {
    layers: Vec<LayerCache>,
    len: usize,
}

/// Keys (rotated) and values of one layer, each `[kv_heads, capacity, head_dim]`.
pub(crate) struct LayerCache {
    keys: Tensor,
    values: Tensor,
}

impl KvCache {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let empty = || {
            Tensor::zeros(
                (config.kv_heads, 0, config.head_dim),
                DType::F32,
                &Device::Cpu,
            )
        };
        let layer = || {
            Ok(LayerCache {
                keys: empty()?,
                values: empty()?,
            })
        };
        Ok(Self {
            layers: (0..config.layers).map(|_| layer()).collect::<Result<_>>()?,
            len: 0,
        })
    }

    /// Tokens held.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Forgets all but the first `len` tokens.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Makes room for `tokens` in all. Memory is only used as it is written.
    pub(crate) fn reserve(&mut self, tokens: usize) -> Result<()> {
        let capacity = tokens.next_multiple_of(STEP);
        for layer in &mut self.layers {
            layer.keys = grown(&layer.keys, self.len, capacity)?;
            layer.values = grown(&layer.values, self.len, capacity)?;
        }
        Ok(())
    }

    pub(crate) fn layer(&self, index: usize) -> &LayerCache {
        &self.layers[index]
    }

    /// Counts tokens that every layer has written.
    pub(crate) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
    }
}

impl LayerCache {
    /// Writes `[kv_heads, rows, head_dim]` from `position` on and returns all keys
    /// and values up to them.
    pub(crate) fn append(
        &self,
        keys: &Tensor,
        values: &Tensor,
        position: usize,
    ) -> Result<(Tensor, Tensor)> {
        self.keys.slice_set(keys, 1, position)?;
        self.values.slice_set(values, 1, position)?;
        let len = position + keys.dim(1)?;
        Ok((self.keys.narrow(1, 0, len)?, self.values.narrow(1, 0, len)?))
    }
}

fn grown(old: &Tensor, len: usize, capacity: usize) -> Result<Tensor> {
    let (heads, had, width) = old.dims3()?;
    if capacity <= had {
        return Ok(old.clone());
    }
    let new = Tensor::zeros((heads, capacity, width), DType::F32, &Device::Cpu)?;
    if len > 0 {
        new.slice_set(&old.narrow(1, 0, len)?.contiguous()?, 1, 0)?;
    }
    Ok(new)
}
