//! The turns that name a party or an authority, by what they name.

use std::collections::HashMap;

use super::party::Parties;
use super::{Node, add_last};
use crate::turn::TurnId;

/// Turns in order, a party's under its canonical name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Named {
    parties: HashMap<String, Vec<TurnId>>,
    authorities: HashMap<String, Vec<TurnId>>,
}

impl Named {
    /// A turn, later than all before, mentions a node.
    pub(super) fn mention(&mut self, node: &Node, turn: TurnId, parties: &Parties) {
        let turns = match node {
            Node::Party(name) => {
                let name = parties.canonical(name).to_owned();
                self.parties.entry(name).or_default()
            }
            Node::Authority(name) => self.authorities.entry(name.clone()).or_default(),
            _ => return,
        };
        add_last(turns, turn);
    }

    /// What was the party `alias` is the party `name` from now on.
    pub(super) fn join(&mut self, alias: &str, name: &str) {
        let Some(joined) = self.parties.remove(alias) else {
            return;
        };
        let turns = self.parties.entry(name.to_owned()).or_default();
        turns.extend(joined);
        turns.sort_unstable();
        turns.dedup();
    }

    /// The turns that name a party, given by its canonical name.
    pub(super) fn party(&self, name: &str) -> &[TurnId] {
        self.parties.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn authority(&self, name: &str) -> &[TurnId] {
        self.authorities.get(name).map_or(&[], Vec::as_slice)
    }
}
