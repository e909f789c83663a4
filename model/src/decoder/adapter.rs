//! Low-rank additions to the attention projections of a decoder (Hu et al., 2021,
//! arXiv:2106.09685), for tokens that are read otherwise than text.

/// What is added to one product with a weight: first down to a few values, then up.
#[derive(Clone, Debug)]
pub(crate) struct LowRank {
    /// `[rank, columns]`
    down: Vec<f32>,
    /// `[rows, rank]`
    up: Vec<f32>,
    rank: usize,
}

/// What is added in one layer.
#[derive(Clone, Debug)]
pub(crate) struct LayerAdapter {
    pub(crate) query: LowRank,
    pub(crate) key: LowRank,
    pub(crate) value: LowRank,
    pub(crate) output: LowRank,
}

/// What is added in the first layers of a decoder, one entry for each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapter(pub(crate) Vec<LayerAdapter>);

impl LowRank {
    /// From `[rank, columns]` and `[rows, rank]`.
    pub(crate) fn new(down: Vec<f32>, up: Vec<f32>, rank: usize) -> Self {
        debug_assert!(down.len().is_multiple_of(rank) && up.len().is_multiple_of(rank));
        Self { down, up, rank }
    }

    /// Adds to `out`, `[tokens, rows]`, what comes of `x`, `[tokens, columns]`.
    pub(crate) fn add(&self, x: &[f32], out: &mut [f32]) {
        let (columns, rows) = (self.down.len() / self.rank, self.up.len() / self.rank);
        let mut few = vec![0.0; self.rank];
        for (x, out) in x.chunks_exact(columns).zip(out.chunks_exact_mut(rows)) {
            for (few, down) in few.iter_mut().zip(self.down.chunks_exact(columns)) {
                *few = dot(down, x);
            }
            for (out, up) in out.iter_mut().zip(self.up.chunks_exact(self.rank)) {
                *out += dot(up, &few);
            }
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_goes_down_and_up_again() {
        // Down to the sum of three columns and the last of them, up to two rows.
        let down = vec![1.0, 1.0, 1.0, 0.0, 0.0, 1.0];
        let low = LowRank::new(down, vec![1.0, 0.0, 0.5, -1.0], 2);
        let mut out = vec![10.0, 20.0, 0.0, 0.0];
        low.add(&[1.0, 2.0, 3.0, 0.0, 0.0, 4.0], &mut out);
        assert_eq!(out, [16.0, 20.0, 4.0, -2.0]);
    }
}
