//! Forgetting a turn for good.

use super::Matter;
use super::said::entries;
use crate::journal::{Entry, JournalError, Tombstone};
use crate::store::StoreError;
use crate::turn::TurnId;

/// A turn was not forgotten, or not everywhere.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// There is no such turn.
    #[error("there is no turn {turn}: the matter has {turns}")]
    NoSuchTurn {
        /// The number given.
        turn: TurnId,
        /// How many there are.
        turns: usize,
    },
    /// The journal could not be written without it; nothing was changed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal no longer holds it, the store's files may.
    #[error(
        "the turn is gone from the journal, but not yet from the store: {0}. Open the matter again to finish"
    )]
    Store(#[from] StoreError),
}

impl Matter {
    /// Forgets a turn: its text, its speaker's name, its terms, its vector, the marks
    /// on it, and every fact and link that it made. Its number, side and time stay, and
    /// what it had corrected holds again. Forgetting it twice changes nothing.
    ///
    /// Journal and store are written anew without it. What other turns say of
    /// it stays with them; what the disk's own blocks hold of files that were
    /// removed is beyond this program.
    pub fn forget(&mut self, turn: TurnId) -> Result<(), ForgetError> {
        let Some(present) = self.turn(turn) else {
            return Err(ForgetError::NoSuchTurn {
                turn,
                turns: self.turns().len(),
            });
        };
        if present.is_forgotten() {
            return Ok(());
        }
        let mut turns = self.turns().to_vec();
        turns[turn.0 as usize - 1] = Tombstone::of(present).into();
        let mut marks = self.marks.clone();
        marks.forget(turn);
        if let Some(disk) = &mut self.disk {
            let entries: Vec<Entry> = entries(&turns, &marks).collect();
            disk.journal.rewrite(&entries)?;
        }
        self.marks = marks;
        let mut vectors = self.record.vectors();
        if let Some(vectors) = &mut vectors {
            vectors.by_turn.remove(&turn);
        }
        Ok(self.derive_anew(turns, vectors)?)
    }
}
