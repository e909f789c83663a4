//! The facts that ranked turns state, with what has become of them.

use std::collections::BTreeSet;

use crate::fact::{Fact, FactId};
use crate::graph::Graph;
use crate::turn::TurnId;

/// Facts of the ranked turns, and those that supersede or contradict them, in
/// order of statement.
pub(super) fn facts(graph: &Graph, ranked: &[(TurnId, f32)]) -> Vec<Fact> {
    let mut found = BTreeSet::new();
    let mut open: Vec<FactId> = ranked
        .iter()
        .flat_map(|&(turn, _)| graph.facts_of(turn))
        .map(|fact| fact.id)
        .collect();
    while let Some(id) = open.pop() {
        if !found.insert(id) {
            continue;
        }
        if let Some(fact) = graph.fact(id) {
            open.extend(fact.superseded_by);
            open.extend(&fact.contradicts);
        }
    }
    found
        .into_iter()
        .filter_map(|id| graph.fact(id).cloned())
        .collect()
}
