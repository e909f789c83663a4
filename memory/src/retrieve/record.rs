//! The facts that ranked turns state, with what has become of them.

use std::collections::BTreeSet;
use std::iter;

use crate::fact::{Fact, FactId};
use crate::graph::Graph;
use crate::turn::TurnId;

/// Facts of the ranked turns, those that contradict them, and what has superseded
/// any of these, in order of statement.
pub(super) fn facts(graph: &Graph, ranked: &[(TurnId, f32)]) -> Vec<Fact> {
    let mut found = BTreeSet::new();
    let stated = ranked.iter().flat_map(|&(turn, _)| graph.facts_of(turn));
    for fact in stated {
        let shown = iter::once(fact.id).chain(fact.contradicts.iter().copied());
        for id in shown {
            let later = |id: &FactId| graph.fact(*id)?.superseded_by;
            found.extend(iter::successors(Some(id), later));
        }
    }
    found
        .into_iter()
        .filter_map(|id| graph.fact(id).cloned())
        .collect()
}
