//! Taking in a new turn.

use super::Matter;
use super::embedding::embed_one;
use super::kept;
use crate::embed::{EmbedError, Embedder};
use crate::index::passage;
use crate::journal::{Entry, JournalError};
use crate::store::Batch;
use crate::turn::{NewTurn, Turn, TurnId};

/// A turn was not remembered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RememberError {
    /// It cannot be a turn of this matter.
    #[error(transparent)]
    Invalid(#[from] InvalidTurn),
    /// The encoder failed; without an encoder the turn can still be remembered.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// It could not be made durable.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why something cannot be a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTurn {
    /// Nothing was said.
    #[error("the turn has no text")]
    EmptyText,
    /// Sessions are counted from 1 and only grow.
    #[error("the turn is of session {given}, but session {last} has begun: sessions only grow")]
    SessionBack {
        /// Its session.
        given: u32,
        /// The last session so far, at least 1.
        last: u32,
    },
}

impl InvalidTurn {
    /// Checks a turn that is to follow `last`.
    pub(super) fn check(said: &NewTurn, last: Option<&Turn>) -> Result<(), Self> {
        if said.text.trim().is_empty() {
            return Err(Self::EmptyText);
        }
        let last = last.map_or(1, |turn| turn.session);
        if said.session < last {
            return Err(Self::SessionBack {
                given: said.session,
                last,
            });
        }
        Ok(())
    }
}

impl Matter {
    /// Remembers a turn. When this returns it is durable, and every later
    /// question sees it.
    ///
    /// Without an embedder, or with another than this matter's
    /// [encoder](Self::encoder), the turn gets no vector and is
    /// [listed as lacking one](Self::missing_vectors).
    ///
    /// # Errors
    ///
    /// Nothing is remembered then, and the matter is as before.
    pub fn remember(
        &mut self,
        said: NewTurn,
        embedder: Option<&mut dyn Embedder>,
    ) -> Result<TurnId, RememberError> {
        InvalidTurn::check(&said, self.turns().last())?;
        let embedded = match embedder {
            Some(embedder) => Some(embed_one(embedder, &passage(&said))?),
            None => None,
        };
        let id = TurnId(self.turns().len() as u32 + 1);
        let turn = Turn { id, said };
        if let Some(disk) = &mut self.disk {
            disk.journal.append(&Entry::Turn(turn.clone()))?;
        }
        let embedding = embedded
            .filter(|(encoder, _)| self.record.accept(encoder))
            .map(|(_, embedding)| embedding);
        let derived = self.record.add(turn, embedding);
        if let Some(disk) = &mut self.disk {
            let mut batch = Batch::new();
            kept::put_turn(&mut batch, id, &derived);
            let (matter, position) = (disk.journal.matter(), disk.journal.position());
            kept::put_state(&mut batch, matter, position, self.record.encoder());
            disk.keep(batch);
        }
        Ok(id)
    }
}
