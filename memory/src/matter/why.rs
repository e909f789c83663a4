//! How a turn stands in the record.

use serde::Serialize;

use super::Matter;
use crate::fact::{Fact, FactId};
use crate::graph::{Edge, Graph, Node};
use crate::turn::{Turn, TurnId};

/// Everything the matter derives from one turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// The turn.
    pub turn: Turn,
    /// For each fact it states, what came before and after.
    pub histories: Vec<History>,
    /// Edges that start or end at the turn, and those that it made elsewhere.
    pub edges: Vec<Edge>,
}

/// A fact with all that it replaces and all that replaces it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct History {
    /// The fact asked about.
    pub fact: FactId,
    /// It and its other versions, in order of statement. The last one holds.
    pub versions: Vec<Fact>,
    /// Facts that cannot hold beside it and that nobody corrected.
    pub contradicting: Vec<Fact>,
}

impl Matter {
    /// Explains a turn; `None` where there is no such turn.
    pub fn why(&self, id: TurnId) -> Option<Why> {
        Some(Why::of(self.turn(id)?, self.graph()))
    }
}

impl Why {
    /// Explains a turn by the graph that it is in.
    pub fn of(turn: &Turn, graph: &Graph) -> Self {
        let node = Node::Turn(turn.id);
        let touches = |edge: &&Edge| edge.turn == turn.id || edge.from == node || edge.to == node;
        let facts = graph.facts_of(turn.id).iter();
        Self {
            turn: turn.clone(),
            histories: facts.map(|fact| History::of(fact, graph)).collect(),
            edges: graph.edges().iter().filter(touches).cloned().collect(),
        }
    }
}

impl History {
    fn of(fact: &Fact, graph: &Graph) -> Self {
        let mut versions = vec![fact.clone()];
        let mut open = vec![fact.id];
        while let Some(id) = open.pop() {
            let replaced = graph.facts().iter();
            let replaced = replaced.filter(|other| other.superseded_by == Some(id));
            open.extend(replaced.clone().map(|other| other.id));
            versions.extend(replaced.cloned());
        }
        let later = |fact: &Fact| graph.fact(fact.superseded_by?).cloned();
        versions.extend(std::iter::successors(later(fact), later));
        versions.sort_by_key(|version| version.id);
        let contradicting = fact.contradicts.iter();
        Self {
            fact: fact.id,
            versions,
            contradicting: contradicting
                .filter_map(|&other| graph.fact(other).cloned())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fact::Value;
    use crate::graph::Delta;
    use crate::turn::Role;

    fn fact(id: u32) -> Fact {
        Fact {
            id: FactId(id),
            subject: String::new(),
            attribute: "deposit".to_owned(),
            value: Value::Identifier { id: id.to_string() },
            approximate: false,
            surface: id.to_string(),
            clause: 0..1,
            turn: TurnId(id + 1),
            stated: date(2025, 3, 4).at(9, 30, 0, 0),
            superseded_by: None,
            contradicts: Vec::new(),
        }
    }

    /// A graph of one fact a turn.
    fn graph(superseded: &[(u32, u32)], contradicting: &[(u32, u32)]) -> Graph {
        let mut graph = Graph::new();
        for id in 0..5 {
            let made = |pairs: &[(u32, u32)]| {
                let made = pairs.iter().filter(|(_, new)| *new == id);
                made.map(|&(old, new)| (FactId(old), FactId(new))).collect()
            };
            graph.apply(&Delta {
                turn: TurnId(id + 1),
                role: Role::Client,
                session: 1,
                at: date(2025, 3, 4).at(9, 30, 0, 0),
                clauses: Vec::new(),
                facts: vec![fact(id)],
                superseded: made(superseded),
                contradicting: made(contradicting),
                aliases: Vec::new(),
                edges: Vec::new(),
            });
        }
        graph
    }

    fn numbers(facts: &[Fact]) -> Vec<u32> {
        facts.iter().map(|fact| fact.id.0).collect()
    }

    #[test]
    fn a_history_goes_both_ways_from_any_version() {
        let graph = graph(&[(0, 2), (1, 2), (2, 4)], &[]);
        for (id, versions) in [
            (0, vec![0, 2, 4]),
            (1, vec![1, 2, 4]),
            (2, vec![0, 1, 2, 4]),
            (3, vec![3]),
            (4, vec![0, 1, 2, 4]),
        ] {
            let history = History::of(graph.fact(FactId(id)).unwrap(), &graph);
            assert_eq!(numbers(&history.versions), versions, "of fact {id}");
        }
    }

    #[test]
    fn what_contradicts_a_fact_is_told_from_either_side() {
        let graph = graph(&[], &[(1, 3)]);
        for (id, other) in [(1, 3), (3, 1)] {
            let history = History::of(graph.fact(FactId(id)).unwrap(), &graph);
            assert_eq!(numbers(&history.contradicting), [other]);
        }
    }
}
