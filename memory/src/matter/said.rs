//! What a journal's entries amount to.

use crate::journal::Entry;
use crate::mark::Marks;
use crate::turn::Turn;

/// The turns in order, and the marks in force.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    pub(super) turns: Vec<Turn>,
    pub(super) marks: Marks,
}

impl FromIterator<Entry> for Said {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut said = Self::default();
        for entry in entries {
            match entry {
                Entry::Turn(turn) => said.turns.push(turn),
                Entry::Forgotten(tombstone) => said.turns.push(tombstone.into()),
                Entry::Mark(mark) => said.marks.add(mark),
            }
        }
        said
    }
}

/// The entries that say the same, without what was said and taken back.
pub(super) fn entries<'a>(turns: &'a [Turn], marks: &'a Marks) -> impl Iterator<Item = Entry> + 'a {
    let turns = turns.iter().cloned().map(Entry::from);
    turns.chain(marks.as_slice().iter().cloned().map(Entry::Mark))
}
