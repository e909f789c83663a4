//! Which earlier statements a turn corrects, updates or contradicts.

use std::collections::BTreeSet;

use super::Graph;
use crate::extract::Extraction;
use crate::fact::{Fact, FactId};
use crate::turn::{Turn, TurnId};

/// What one turn does to the record so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// The old fact and the new one that replaces it.
    pub superseded: Vec<(FactId, FactId)>,
    /// The old fact and the new one that cannot hold beside it.
    pub contradicting: Vec<(FactId, FactId)>,
    /// Turns of which this one corrects something.
    pub corrected: BTreeSet<TurnId>,
    /// Turns that this one contradicts.
    pub disputed: BTreeSet<TurnId>,
}

impl Graph {
    pub(super) fn changes(&self, turn: &Turn, extraction: &Extraction, facts: &[Fact]) -> Changes {
        let _ = (turn, extraction, facts);
        Changes::default()
    }
}
