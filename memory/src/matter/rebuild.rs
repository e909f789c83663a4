//! Deriving again what the journal implies.

use super::Matter;
use super::embedding::{embed_all, encoder_of};
use super::kept;
use super::marking::QuestionVectors;
use super::record::Vectors;
use crate::embed::{EmbedError, Embedder};
use crate::index::passage;
use crate::store::{Batch, StoreError};
use crate::turn::{Turn, TurnId};

/// The view of a matter could not be made anew. Its journal is untouched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The encoder failed; nothing was changed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The store could not be written; it is made anew when the matter is next
    /// opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Matter {
    /// Throws the store away and derives everything from the turns again, the
    /// vectors too. Without an embedder there are no vectors afterwards.
    ///
    /// `progress` is told how many turns have been embedded, of how many.
    pub fn rebuild(
        &mut self,
        embedder: Option<&mut dyn Embedder>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), RebuildError> {
        let vectors = match embedder {
            Some(embedder) => {
                let none = Vectors::none_of(encoder_of(embedder));
                Some(self.embed(none, embedder, progress)?)
            }
            None => None,
        };
        Ok(self.derive_anew(self.turns().to_vec(), vectors)?)
    }

    /// Gives every turn a vector of this encoder, and so the links by meaning.
    /// Vectors of another encoder are replaced. Returns how many were made.
    ///
    /// `progress` is told how many turns have been embedded, of how many.
    pub fn embed_missing(
        &mut self,
        embedder: &mut dyn Embedder,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<usize, RebuildError> {
        let encoder = encoder_of(embedder);
        let present = self
            .record
            .vectors()
            .filter(|vectors| vectors.encoder == encoder)
            .unwrap_or_else(|| Vectors::none_of(encoder));
        let before = present.by_turn.len();
        let vectors = self.embed(present, embedder, progress)?;
        let made = vectors.by_turn.len() - before;
        if made > 0 {
            self.derive_anew(self.turns().to_vec(), Some(vectors))?;
        }
        Ok(made)
    }

    /// Adds the vectors of all turns that have a text and are not in `vectors`.
    fn embed(
        &self,
        mut vectors: Vectors,
        embedder: &mut dyn Embedder,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vectors, EmbedError> {
        let lacks = |turn: &&Turn| !turn.is_forgotten() && !vectors.by_turn.contains_key(&turn.id);
        let (ids, passages): (Vec<TurnId>, Vec<String>) = self
            .turns()
            .iter()
            .filter(lacks)
            .map(|turn| (turn.id, passage(turn)))
            .unzip();
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let made = embed_all(embedder, &passages, progress)?;
        vectors.by_turn.extend(ids.into_iter().zip(made));
        Ok(vectors)
    }

    /// Puts what follows from `turns` in place of record and store.
    pub(super) fn derive_anew(
        &mut self,
        turns: Vec<Turn>,
        vectors: Option<Vectors>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        self.record = kept::derive(turns, vectors, &mut batch);
        self.question_vectors = QuestionVectors::default();
        if let Some(disk) = &mut self.disk {
            let (matter, position) = (disk.journal.matter(), disk.journal.position());
            kept::put_state(&mut batch, matter, position, self.record.encoder());
            disk.renew(batch)?;
        }
        Ok(())
    }
}
