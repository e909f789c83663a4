//! A correction stands before what it corrects.

use std::collections::{HashMap, HashSet};

use crate::turn::TurnId;

/// Moves every turn that corrects a better ranked one to just before it. What
/// was corrected keeps its score; its correction takes it over.
/// `correcting` gives the turns that correct one.
pub(super) fn put_first(
    correcting: impl Fn(TurnId) -> Vec<TurnId>,
    ranked: Vec<(TurnId, f32)>,
) -> Vec<(TurnId, f32)> {
    let mut order = Order {
        correcting,
        scores: ranked.iter().copied().collect(),
        placed: HashSet::new(),
        turns: Vec::with_capacity(ranked.len()),
    };
    for &(turn, score) in &ranked {
        order.place(turn, score);
    }
    order.turns
}

struct Order<F> {
    correcting: F,
    scores: HashMap<TurnId, f32>,
    placed: HashSet<TurnId>,
    turns: Vec<(TurnId, f32)>,
}

impl<F: Fn(TurnId) -> Vec<TurnId>> Order<F> {
    /// Corrections are always later turns, so that the recursion ends.
    fn place(&mut self, turn: TurnId, at_least: f32) {
        let Some(&score) = self.scores.get(&turn) else {
            return;
        };
        if !self.placed.insert(turn) {
            return;
        }
        let score = score.max(at_least);
        for correction in (self.correcting)(turn).into_iter().rev() {
            self.place(correction, score);
        }
        self.turns.push((turn, score));
    }
}
