//! Whether files and memory still say the same.

use super::Matter;
use super::disk::Disk;
use super::kept;
use super::said::Said;
use crate::journal::{Journal, JournalError};
use crate::store::{Batch, MemoryStore, Store, StoreError, Tree};
use crate::turn::TurnId;

/// What a check of a matter found.
#[derive(Debug)]
pub struct Check {
    /// Turns, the forgotten ones included.
    pub turns: usize,
    /// How many of them are forgotten.
    pub forgotten: usize,
    /// Facts derived from them.
    pub facts: usize,
    /// Turns without a vector, see [`Matter::missing_vectors`].
    pub missing_vectors: usize,
    /// All that is wrong; empty is well.
    pub faults: Vec<CheckFault>,
}

/// Something wrong with a matter's files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckFault {
    /// The journal cannot be read any more.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal was changed behind this process's back.
    #[error("the journal on disk is not the one that was opened")]
    JournalChanged,
    /// The store cannot be read any more.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A write to the store failed since the matter was opened.
    #[error("the store fell behind the journal: open the matter again")]
    StoreBehind,
    /// The store does not hold what follows from the journal.
    #[error("the store does not match the journal at turn {turn}: rebuild it")]
    StoreDiffers {
        /// The first such turn; 0 where a key names no turn.
        turn: TurnId,
    },
}

impl Matter {
    /// Reads the journal again and verifies every checksum, and derives
    /// everything from it again to compare with the store. Changes nothing.
    pub fn check(&self) -> Check {
        let turns = self.turns();
        let mut faults = Vec::new();
        if let Some(disk) = &self.disk {
            faults.extend(self.check_journal(disk).err());
            faults.extend(self.check_store(disk).err());
        }
        Check {
            turns: turns.len(),
            forgotten: turns.iter().filter(|turn| turn.is_forgotten()).count(),
            facts: self.facts().len(),
            missing_vectors: self.missing_vectors().len(),
            faults,
        }
    }

    fn check_journal(&self, disk: &Disk) -> Result<(), CheckFault> {
        let said: Said = Journal::read(disk.journal.path())?.into_iter().collect();
        if said.turns == self.turns() && said.marks == self.marks {
            Ok(())
        } else {
            Err(CheckFault::JournalChanged)
        }
    }

    fn check_store(&self, disk: &Disk) -> Result<(), CheckFault> {
        let Some(store) = disk.store() else {
            return Err(CheckFault::StoreBehind);
        };
        let mut batch = Batch::new();
        kept::derive(self.turns().to_vec(), self.record.vectors(), &mut batch);
        let mut derived = MemoryStore::new();
        derived.apply(batch)?;
        for tree in [Tree::Nodes, Tree::Edges, Tree::Postings, Tree::Vectors] {
            if let Some(key) = first_difference(store, &derived, tree)? {
                return Err(CheckFault::StoreDiffers {
                    turn: kept::turn_of(&key).unwrap_or(TurnId(0)),
                });
            }
        }
        Ok(())
    }
}

/// The first key under which two stores do not hold the same.
fn first_difference(
    one: &dyn Store,
    other: &dyn Store,
    tree: Tree,
) -> Result<Option<Vec<u8>>, StoreError> {
    let (mut ones, mut others) = (one.scan(tree, b""), other.scan(tree, b""));
    loop {
        match (ones.next().transpose()?, others.next().transpose()?) {
            (None, None) => return Ok(None),
            (one, other) if one == other => {}
            (one, other) => return Ok(one.into_iter().chain(other).map(|(key, _)| key).min()),
        }
    }
}
