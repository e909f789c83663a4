//! A correction stands before what it corrects.

use std::collections::{HashMap, HashSet};

use crate::graph::Graph;
use crate::turn::TurnId;

/// Moves every turn that corrects a better ranked one to just before it. What
/// was corrected keeps its score; its correction takes it over.
pub(super) fn put_first(graph: &Graph, ranked: Vec<(TurnId, f32)>) -> Vec<(TurnId, f32)> {
    let mut order = Order {
        graph,
        scores: ranked.iter().copied().collect(),
        placed: HashSet::new(),
        turns: Vec::with_capacity(ranked.len()),
    };
    for &(turn, score) in &ranked {
        order.place(turn, score);
    }
    order.turns
}

struct Order<'a> {
    graph: &'a Graph,
    scores: HashMap<TurnId, f32>,
    placed: HashSet<TurnId>,
    turns: Vec<(TurnId, f32)>,
}

impl Order<'_> {
    /// Corrections are always later turns, so that the recursion ends.
    fn place(&mut self, turn: TurnId, at_least: f32) {
        let Some(&score) = self.scores.get(&turn) else {
            return;
        };
        if !self.placed.insert(turn) {
            return;
        }
        let score = score.max(at_least);
        for correction in self.graph.corrected_by(turn).into_iter().rev() {
            self.place(correction, score);
        }
        self.turns.push((turn, score));
    }
}
