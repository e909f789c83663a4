//! Low-rank additions to the projections of a decoder (Hu et al., 2021, arXiv:2106.09685), for tokens
//! that are read otherwise than text.

use super::config::Config;
use crate::kernels::Team;

/// What is added to one product with a weight: first down to a few values, then up.
#[derive(Clone, Debug)]
pub(crate) struct LowRank {
    /// `[columns, rank]`, so that the few values of a column are summed side by side.
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
    pub(crate) feed_forward: Option<FeedForwardAdapter>,
}

/// What is added in the feed-forward block of a layer.
#[derive(Clone, Debug)]
pub(crate) struct FeedForwardAdapter {
    pub(crate) gate: LowRank,
    pub(crate) up: LowRank,
    pub(crate) down: LowRank,
}

/// What is added in some layers of a decoder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapter {
    /// The first of them.
    pub(crate) first: usize,
    /// One entry for each.
    pub(crate) layers: Vec<LayerAdapter>,
}

impl Adapter {
    /// What is added in a layer.
    pub(crate) fn of(&self, layer: usize) -> Option<&LayerAdapter> {
        self.layers.get(layer.checked_sub(self.first)?)
    }

    /// Whether all of it has the shapes of a model's weights.
    pub(crate) fn fits(&self, config: &Config) -> bool {
        let (hidden, wide) = (config.hidden, config.feed_forward);
        let queries = config.heads * config.head_dim;
        let keys = config.kv_heads * config.head_dim;
        let fits = |layer: &LayerAdapter| {
            let attention = layer.query.shape() == (queries, hidden)
                && layer.key.shape() == (keys, hidden)
                && layer.value.shape() == (keys, hidden)
                && layer.output.shape() == (hidden, queries);
            let feed_forward = layer.feed_forward.as_ref().is_none_or(|block| {
                block.gate.shape() == (wide, hidden)
                    && block.up.shape() == (wide, hidden)
                    && block.down.shape() == (hidden, wide)
            });
            attention && feed_forward
        };
        self.end() <= config.layers && self.layers.iter().all(fits)
    }

    /// Layers up to the last in which something is added.
    pub(crate) fn end(&self) -> usize {
        self.first + self.layers.len()
    }
}

impl LowRank {
    /// From `[rank, columns]` and `[rows, rank]`.
    pub(crate) fn new(down: Vec<f32>, up: Vec<f32>, rank: usize) -> Self {
        debug_assert!(down.len().is_multiple_of(rank) && up.len().is_multiple_of(rank));
        let columns = down.len() / rank;
        let by_column = (0..down.len()).map(|at| down[at % rank * columns + at / rank]);
        Self {
            down: by_column.collect(),
            up,
            rank,
        }
    }

    /// `[rows, columns]` of what is added.
    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.up.len() / self.rank, self.down.len() / self.rank)
    }

    /// Adds to `out`, `[tokens, rows]`, what comes of `x`, `[tokens, columns]`.
    pub(crate) fn add(&self, x: &[f32], out: &mut [f32], team: &Team) {
        let (rows, columns) = self.shape();
        team.each_chunk(out, rows, |token, out| {
            let mut few = vec![0.0; self.rank];
            let x = &x[token * columns..][..columns];
            for (x, down) in x.iter().zip(self.down.chunks_exact(self.rank)) {
                for (few, down) in few.iter_mut().zip(down) {
                    *few += down * x;
                }
            }
            for (out, up) in out.iter_mut().zip(self.up.chunks_exact(self.rank)) {
                *out += up.iter().zip(&few).map(|(up, few)| up * few).sum::<f32>();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    #[test]
    fn what_is_added_goes_down_and_up_again() {
        // Down to the sum of three columns and the last of them, up to two rows.
        let down = vec![1.0, 1.0, 1.0, 0.0, 0.0, 1.0];
        let low = LowRank::new(down, vec![1.0, 0.0, 0.5, -1.0], 2);
        let mut out = vec![10.0, 20.0, 0.0, 0.0];
        let team = Team::new(NonZero::new(2).expect("it is two"));
        low.add(&[1.0, 2.0, 3.0, 0.0, 0.0, 4.0], &mut out, &team);
        assert_eq!(out, [16.0, 20.0, 4.0, -2.0]);
    }
}
