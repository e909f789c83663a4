//! Content words by number: how rare each is in the matter, and where it is.

use std::collections::{BTreeSet, HashMap};

use super::ClauseTerms;
use crate::turn::TurnId;

pub(super) type TermId = u32;

/// The vocabulary of a matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Terms {
    ids: HashMap<String, TermId>,
    /// The turns that have a term, in order, by term number.
    turns_with: Vec<Vec<TurnId>>,
    /// Whether the term is a number, which names a thing more surely than a word.
    numeric: Vec<bool>,
    turns: u32,
}

impl Terms {
    pub(super) fn intern(&mut self, terms: &[String]) -> Vec<TermId> {
        terms.iter().map(|term| self.id(term)).collect()
    }

    fn id(&mut self, term: &str) -> TermId {
        if let Some(&id) = self.ids.get(term) {
            return id;
        }
        let id = self.turns_with.len() as TermId;
        self.ids.insert(term.to_owned(), id);
        self.turns_with.push(Vec::new());
        let digits = term.len() >= 3 && term.bytes().all(|b| b.is_ascii_digit());
        self.numeric.push(digits);
        id
    }

    /// Numbers of the terms that have occurred before.
    pub(super) fn known(&self, terms: &[String]) -> Vec<TermId> {
        terms
            .iter()
            .filter_map(|term| self.ids.get(term).copied())
            .collect()
    }

    pub(super) fn count_turn(&mut self, turn: TurnId, clauses: &[ClauseTerms]) {
        let distinct: BTreeSet<TermId> = clauses.iter().flat_map(|c| c.terms.clone()).collect();
        for id in distinct {
            self.turns_with[id as usize].push(turn);
        }
        self.turns += 1;
    }

    /// The terms of which two clauses share at least one if what they share out of
    /// `terms` is to be as rare as `least` in sum: all but the commonest, which
    /// together fall short of it.
    pub(super) fn telling(&self, terms: &[TermId], least: f32) -> Vec<TermId> {
        // Sums in another order may differ in the last digits.
        const SLACK: f32 = 1e-3;
        let mut rarest = terms.to_vec();
        rarest.sort_unstable_by(|&a, &b| self.rarity(b).total_cmp(&self.rarity(a)));
        let mut short = 0.0;
        while let Some(&commonest) = rarest.last() {
            short += self.rarity(commonest);
            if short + SLACK >= least {
                break;
            }
            rarest.pop();
        }
        rarest
    }

    /// The turns that have a term, in order.
    pub(super) fn turns_with(&self, term: TermId) -> &[TurnId] {
        &self.turns_with[term as usize]
    }

    /// Inverse document frequency as in BM25, scaled so that a term that
    /// occurred once counts 1.
    pub(super) fn rarity(&self, term: TermId) -> f32 {
        let turns = self.turns as f32;
        let idf = |with: f32| (1.0 + (turns - with + 0.5) / (with + 0.5)).ln();
        let rarity = idf(self.turns_with(term).len() as f32) / idf(1.0);
        match self.numeric[term as usize] {
            true => 1.5 * rarity.max(0.8),
            false => rarity,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whoever_shares_enough_shares_a_telling_term(
            turns in prop::collection::vec(prop::collection::btree_set(0u32..12, 1..6), 1..30),
            least in 0.1f32..3.0,
        ) {
            let mut terms = Terms::default();
            terms.intern(&(0..12).map(|n| n.to_string()).collect::<Vec<_>>());
            for (turn, held) in (1..).map(TurnId).zip(&turns) {
                for &term in held {
                    terms.turns_with[term as usize].push(turn);
                }
                terms.turns += 1;
            }
            let asked: Vec<TermId> = turns[0].iter().copied().collect();
            let telling = terms.telling(&asked, least);
            for held in &turns {
                let shared = || asked.iter().filter(|term| held.contains(term));
                let sum: f32 = shared().map(|term| terms.rarity(*term)).sum();
                prop_assert!(sum < least || shared().any(|term| telling.contains(term)));
            }
        }
    }
}
