//! Both indexes over what an encoder gives.

use super::{Dense, Late};
use crate::embed::Embedding;
use crate::turn::TurnId;

/// The embeddings of turns, of one encoder.
#[derive(Clone, Debug)]
pub struct Embeddings {
    dense: Dense,
    late: Late,
}

impl Embeddings {
    /// Empty indexes for vectors of `dim` values.
    ///
    /// # Panics
    ///
    /// If `dim` is 0.
    pub fn new(dim: usize) -> Self {
        Self {
            dense: Dense::new(dim),
            late: Late::new(dim),
        }
    }

    /// Adds a turn's embedding.
    ///
    /// # Panics
    ///
    /// If the vector is of another length, or `turn` is not later than every turn
    /// indexed so far.
    pub fn insert(&mut self, turn: TurnId, embedding: &Embedding) {
        self.dense.insert(turn, &embedding.vector);
        self.late.insert(turn, embedding.tokens.clone());
    }

    /// What was inserted for a turn.
    pub fn embedding(&self, turn: TurnId) -> Option<Embedding> {
        Some(Embedding {
            vector: self.dense.vector(turn)?.to_vec(),
            tokens: self.late.tokens(turn)?.clone(),
        })
    }

    /// Whether a turn has been inserted.
    pub fn holds(&self, turn: TurnId) -> bool {
        self.dense.vector(turn).is_some()
    }

    /// One vector a turn.
    pub fn dense(&self) -> &Dense {
        &self.dense
    }

    /// One vector a token.
    pub fn late(&self) -> &Late {
        &self.late
    }
}
