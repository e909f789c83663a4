//! Exact nearest neighbours over vectors of unit length.

use super::top;
use crate::turn::TurnId;

/// One vector a turn, side by side in memory. A matter has thousands of turns,
/// not millions: one pass over all of them takes well under a millisecond and
/// is exact.
#[derive(Clone, Debug)]
pub struct Dense {
    dim: usize,
    turns: Vec<TurnId>,
    values: Vec<f32>,
    sum: Vec<f64>,
}

impl Dense {
    /// An empty index for vectors of `dim` values.
    ///
    /// # Panics
    ///
    /// If `dim` is 0.
    pub fn new(dim: usize) -> Self {
        assert!(dim > 0, "vectors have at least one value");
        Self {
            dim,
            turns: Vec::new(),
            values: Vec::new(),
            sum: vec![0.0; dim],
        }
    }

    /// Length of every vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of indexed turns.
    pub fn len(&self) -> usize {
        self.turns.len()
    }

    /// Whether no turn is indexed.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Adds a turn's vector, of unit length.
    ///
    /// # Panics
    ///
    /// If the vector's length is not [`dim`](Self::dim), or `turn` is not later
    /// than every turn indexed so far.
    pub fn insert(&mut self, turn: TurnId, vector: &[f32]) {
        assert_eq!(
            vector.len(),
            self.dim,
            "vectors of one index have one length"
        );
        assert!(
            self.turns.last().is_none_or(|&last| last < turn),
            "turns are indexed in ascending order"
        );
        self.turns.push(turn);
        self.values.extend_from_slice(vector);
        for (sum, &value) in self.sum.iter_mut().zip(vector) {
            *sum += f64::from(value);
        }
    }

    /// The mean of all vectors; all 0 where there is none.
    pub(crate) fn mean(&self) -> Vec<f32> {
        let count = self.turns.len().max(1) as f64;
        self.sum.iter().map(|sum| (sum / count) as f32).collect()
    }

    /// The `k` nearest turns with their cosine, nearest first.
    ///
    /// # Panics
    ///
    /// If the query's length is not [`dim`](Self::dim).
    pub fn search(&self, query: &[f32], k: usize) -> Vec<(TurnId, f32)> {
        top(self.scores(query), k)
    }

    /// The cosine of every turn with the query, ascending by turn.
    ///
    /// # Panics
    ///
    /// If the query's length is not [`dim`](Self::dim).
    pub fn scores(&self, query: &[f32]) -> Vec<(TurnId, f32)> {
        assert_eq!(query.len(), self.dim, "the query is of another encoder");
        self.turns
            .iter()
            .copied()
            .zip(
                self.values
                    .chunks_exact(self.dim)
                    .map(|row| dot(row, query)),
            )
            .collect()
    }

    /// A turn's vector.
    pub fn vector(&self, turn: TurnId) -> Option<&[f32]> {
        let at = self.turns.binary_search(&turn).ok()?;
        Some(&self.values[at * self.dim..][..self.dim])
    }

    /// The `k` nearest turns before `turn`, nearest first.
    pub(super) fn nearest_before(&self, turn: TurnId, k: usize) -> Vec<(TurnId, f32)> {
        let Ok(at) = self.turns.binary_search(&turn) else {
            return Vec::new();
        };
        let (earlier, from) = self.values.split_at(at * self.dim);
        let query = &from[..self.dim];
        let scores = self.turns[..at]
            .iter()
            .copied()
            .zip(earlier.chunks_exact(self.dim).map(|row| dot(row, query)))
            .collect();
        top(scores, k)
    }
}

/// The cosine of the angle between two vectors; 0 where one has no length.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 {
        dot(a, b) / lengths
    } else {
        0.0
    }
}

/// Inner product in eight independent sums, so that it compiles to SIMD.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (x, y) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nearest_come_first_and_ties_by_age() {
        let mut dense = Dense::new(2);
        dense.insert(TurnId(1), &[1.0, 0.0]);
        dense.insert(TurnId(2), &[0.0, 1.0]);
        dense.insert(TurnId(5), &[0.0, 1.0]);
        let found = dense.search(&[0.6, 0.8], 2);
        assert_eq!(found, [(TurnId(2), 0.8), (TurnId(5), 0.8)]);
        assert_eq!(dense.vector(TurnId(5)), Some(&[0.0, 1.0][..]));
        assert_eq!(dense.vector(TurnId(3)), None);
        assert_eq!(dense.nearest_before(TurnId(5), 9)[0].0, TurnId(2));
    }

    proptest! {
        #[test]
        fn dot_is_the_sum_of_products(values in prop::collection::vec(-8i8..8, 0..40)) {
            let a: Vec<f32> = values.iter().map(|&v| f32::from(v)).collect();
            let expected: f32 = a.iter().map(|v| v * v).sum();
            prop_assert_eq!(dot(&a, &a), expected);
        }
    }
}
