//! Statements that cannot both be true and that nobody corrected.
//!
//! The bar is high: most later mentions of a thing add to it and contradict
//! nothing. What only meaning could tell is left to the reader.

use std::collections::BTreeSet;
use std::mem::discriminant;

use super::supersede::Stated;
use super::terms::TermId;
use super::value::can_both_hold;
use super::{ClauseTerms, Graph};
use crate::extract::property::{OFFER, is_property};
use crate::extract::{Clause, Cue, Stance};
use crate::fact::{Fact, FactId};
use crate::turn::{Role, TurnId};

/// The rare words that two clauses share, out of all that they have, from which
/// on they state the same property of the same thing.
const SAME_THING: f32 = 0.6;
/// The most earlier statements that one contradicts. What has had more values, each
/// other than the last, is a property of many things that the words don't tell apart.
const MOST: usize = 8;
/// Rare words, in sum, that a denial and what it denies must share.
const DENIED: f32 = 0.8;

/// The words of a clause's sentence and those beside it.
fn passage(clauses: &[ClauseTerms], at: usize) -> BTreeSet<TermId> {
    let here = clauses[at].sentence;
    let near = clauses.iter().filter(|c| c.sentence.abs_diff(here) <= 1);
    near.flat_map(|c| c.terms.iter().copied()).collect()
}

fn distinct<'a>(turns: impl Iterator<Item = &'a TurnId>) -> BTreeSet<TurnId> {
    turns.copied().collect()
}

impl Graph {
    /// Pairs of an old fact and a new one of the same property that differ.
    pub(super) fn contradicting(
        &self,
        stated: &[Stated<'_>],
        clauses: &[ClauseTerms],
    ) -> Vec<(FactId, FactId)> {
        let plain = |new: &&Stated<'_>| {
            let property = is_property(&new.fact.attribute) && new.fact.attribute != OFFER;
            new.statement.cue == Cue::None && property
        };
        let mut pairs = Vec::new();
        for new in stated.iter().filter(plain) {
            let Some(here) = clauses.iter().find(|c| c.span == new.fact.clause) else {
                continue;
            };
            let reach = new.affinity.reach();
            let earlier = reach.iter().flat_map(|turn| self.facts_of(*turn));
            let alike = earlier.filter_map(|old| {
                let at = self.fact_clauses[old.id.0 as usize];
                let there = &self.turns[&old.turn].clauses[at];
                let alike = self
                    .may_contradict(new.fact, old)
                    .then(|| self.sameness(here, there))?;
                (alike >= SAME_THING).then_some((alike, old.id))
            });
            let mut old: Vec<(f32, FactId)> = alike.collect();
            old.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
            old.truncate(MOST);
            old.sort_unstable_by_key(|(_, id)| *id);
            pairs.extend(old.into_iter().map(|(_, old)| (old, new.fact.id)));
        }
        pairs
    }

    fn may_contradict(&self, new: &Fact, old: &Fact) -> bool {
        old.attribute == new.attribute
            && old.holds()
            && self.turns[&old.turn].role == Role::Client
            && self.party(&old.subject) == new.subject
            && !can_both_hold(&old.value, &new.value)
    }

    /// Weighted Jaccard similarity of two clauses' words.
    fn sameness(&self, a: &ClauseTerms, b: &ClauseTerms) -> f32 {
        let rarity = |t: &u32| self.terms.rarity(*t);
        let shared: f32 = a
            .terms
            .iter()
            .filter(|t| b.terms.contains(t))
            .map(rarity)
            .sum();
        let all = a.terms.iter().chain(&b.terms).map(rarity).sum::<f32>() - shared;
        if all > 0.0 { shared / all } else { 0.0 }
    }

    /// The client's earlier turns with a claim that one of this turn's opposes.
    pub(super) fn opposed(&self, clauses: &[Clause], known: &[ClauseTerms]) -> BTreeSet<TurnId> {
        let mut found = BTreeSet::new();
        for (at, clause) in clauses.iter().enumerate() {
            if clause.cue != Cue::None || clause.claims.is_empty() {
                continue;
            }
            let here = passage(known, at);
            let kinds = clause.claims.iter().map(discriminant);
            let claiming = kinds.filter_map(|kind| self.claiming.get(&kind)).flatten();
            found.extend(claiming.filter(|turn| {
                let others = &self.turns[turn].clauses;
                others.iter().enumerate().any(|(place, other)| {
                    let mut claims = clause.claims.iter();
                    claims.any(|claim| {
                        let mut old = other.claims.iter().filter(|old| claim.opposes(old));
                        let shared = || self.shared_rarity(&here, &passage(others, place));
                        old.any(|old| shared() >= claim.needs(old))
                    })
                })
            }));
        }
        found
    }

    fn shared_rarity(&self, a: &BTreeSet<TermId>, b: &BTreeSet<TermId>) -> f32 {
        a.intersection(b).map(|term| self.terms.rarity(*term)).sum()
    }

    /// The client's earlier turns that affirm what a clause of this turn denies
    /// flatly, or the other way round.
    pub(super) fn disputed(&self, clauses: &[Clause], known: &[ClauseTerms]) -> BTreeSet<TurnId> {
        let mut found = BTreeSet::new();
        for (clause, known) in clauses.iter().zip(known) {
            let turns = match (clause.cue, clause.stance) {
                (Cue::None, Stance::Affirms) => {
                    let denials = |term: &TermId| self.denials.get(term);
                    distinct(known.terms.iter().filter_map(denials).flatten())
                }
                (Cue::None, Stance::Denies) => {
                    let telling = self.terms.telling(&known.terms, DENIED);
                    let with = |term: &TermId| self.terms.turns_with(*term);
                    distinct(telling.iter().flat_map(with))
                }
                _ => continue,
            };
            let client = turns
                .into_iter()
                .filter(|turn| self.turns[turn].role == Role::Client);
            found.extend(client.filter(|turn| {
                let others = &self.turns[turn].clauses;
                others
                    .iter()
                    .any(|other| self.denies(clause.stance, known, other))
            }));
        }
        found
    }

    fn denies(&self, stance: Stance, here: &ClauseTerms, there: &ClauseTerms) -> bool {
        let opposed = matches!(
            (stance, there.stance),
            (Stance::Denies, Stance::Affirms) | (Stance::Affirms, Stance::Denies)
        );
        let shared = here
            .terms
            .iter()
            .filter(|t| opposed && there.terms.contains(t));
        let shared: Vec<f32> = shared.map(|t| self.terms.rarity(*t)).collect();
        shared.len() >= 2 && shared.iter().sum::<f32>() >= DENIED
    }
}
