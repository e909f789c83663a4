//! How a turn stands in the record.

use serde::Serialize;

use super::Matter;
use crate::fact::{Fact, FactId};
use crate::graph::{Edge, Node};
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
        let turn = self.turn(id)?.clone();
        let node = Node::Turn(id);
        let touches = |edge: &&Edge| edge.turn == id || edge.from == node || edge.to == node;
        let facts = self.graph().facts_of(id);
        Some(Why {
            turn,
            histories: facts.iter().map(|fact| self.history(fact)).collect(),
            edges: self
                .graph()
                .edges()
                .iter()
                .filter(touches)
                .cloned()
                .collect(),
        })
    }

    fn history(&self, fact: &Fact) -> History {
        let graph = self.graph();
        let mut versions = vec![fact.clone()];
        let mut open = vec![fact.id];
        while let Some(id) = open.pop() {
            let earlier = graph.facts().iter();
            let earlier = earlier.filter(|earlier| earlier.superseded_by == Some(id));
            open.extend(earlier.clone().map(|earlier| earlier.id));
            versions.extend(earlier.cloned());
        }
        let later = |fact: &Fact| graph.fact(fact.superseded_by?).cloned();
        versions.extend(std::iter::successors(later(fact), later));
        versions.sort_by_key(|version| version.id);
        let contradicting = fact.contradicts.iter();
        History {
            fact: fact.id,
            versions,
            contradicting: contradicting
                .filter_map(|&other| graph.fact(other).cloned())
                .collect(),
        }
    }
}
