//! Causal attention with grouped queries (Ainslie et al., 2023,
//! arXiv:2305.13245).

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Tensor};
use rayon::prelude::*;

/// Attends with queries `[kv_heads, group * rows, head_dim]` (the rows of one head
/// together) over keys and values `[kv_heads, len, head_dim]`; the queries are
/// those of the last `rows` positions. Returns what was read, in the queries'
/// shape, and the probabilities `[kv_heads, group * rows, len]`.
///
/// The queries of a group are rows of one product with their shared keys, so no
/// key or value is ever repeated.
pub(crate) fn attend(
    queries: &Tensor,
    keys: &Tensor,
    values: &Tensor,
    rows: usize,
) -> Result<(Tensor, Tensor)> {
    let scores = queries.matmul(&keys.t()?)?;
    scores.inplace_op1(&CausalSoftmax {
        rows,
        scale: 1.0 / (queries.dim(2)? as f32).sqrt(),
    })?;
    Ok((scores.matmul(values)?, scores))
}

/// Scales scores and turns each row into probabilities over the positions that it
/// may see, in one pass a row.
struct CausalSoftmax {
    rows: usize,
    scale: f32,
}

impl InplaceOp1 for CausalSoftmax {
    fn name(&self) -> &'static str {
        "causal-softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let CpuStorage::F32(scores) = storage else {
            candle_core::bail!("scores must be f32");
        };
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("scores must be contiguous");
        };
        let (_, _, len) = layout.shape().dims3()?;
        let past = len - self.rows;
        scores[start..end]
            .par_chunks_mut(len)
            .enumerate()
            .for_each(|(i, row)| {
                let (seen, future) = row.split_at_mut(past + i % self.rows + 1);
                softmax(seen, self.scale);
                future.fill(0.0);
            });
        Ok(())
    }
}

fn softmax(row: &mut [f32], scale: f32) {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in row.iter_mut() {
        *score = ((*score - max) * scale).exp();
        sum += *score;
    }
    for score in row {
        *score /= sum;
    }
}

/// How much attention each position got while tokens were generated.
pub(crate) struct AttentionMass {
    mass: Vec<f32>,
    rows: usize,
}

impl AttentionMass {
    /// For a sequence of at most `len` tokens.
    pub(crate) fn new(len: usize) -> Self {
        Self {
            mass: vec![0.0; len],
            rows: 0,
        }
    }

    /// Adds the probabilities of one position: `[kv_heads, group, len]`.
    pub(super) fn add(&mut self, probabilities: &Tensor) -> Result<()> {
        let (kv_heads, group, len) = probabilities.dims3()?;
        let values = probabilities.flatten_all()?.to_vec1::<f32>()?;
        for row in values.chunks_exact(len) {
            for (mass, p) in self.mass.iter_mut().zip(row) {
                *mass += p;
            }
        }
        self.rows += kv_heads * group;
        Ok(())
    }

    /// The mean share of attention that went to the given positions; 0 if nothing
    /// was measured.
    pub(crate) fn share(&self, positions: &[std::ops::Range<usize>]) -> f32 {
        let total: f32 = positions.iter().flat_map(|p| &self.mass[p.clone()]).sum();
        (total / self.rows.max(1) as f32).clamp(0.0, 1.0)
    }

    /// Starts anew.
    pub(crate) fn clear(&mut self) {
        self.mass.fill(0.0);
        self.rows = 0;
    }
}
