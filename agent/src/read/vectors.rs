//! Vectors of sentences, beside those of turns that the memory keeps: a turn tells of many
//! things, a sentence of one.

use std::collections::HashMap;

use estoppel_memory::{EmbedError, Embedder, Embedding, Turn, TurnId};

use crate::sentence::sentences;

/// Vectors of the sentences that were read so far.
#[derive(Default)]
pub(crate) struct SentenceVectors {
    pub(super) by_turn: HashMap<TurnId, Vec<Embedding>>,
}

impl SentenceVectors {
    /// Takes in a turn, once.
    pub(crate) fn add(
        &mut self,
        turn: &Turn,
        encoder: &mut dyn Embedder,
    ) -> Result<(), EmbedError> {
        if turn.is_forgotten() || self.by_turn.contains_key(&turn.id) {
            return Ok(());
        }
        let spans = sentences(&turn.text).into_iter();
        let texts: Vec<&str> = spans.map(|span| &turn.text[span]).collect();
        self.by_turn.insert(turn.id, encoder.passages(&texts)?);
        Ok(())
    }
}
