//! How much two statements seem to be of the same thing.

use std::collections::HashMap;

use super::terms::TermId;
use super::value::likeness;
use super::{ClauseTerms, Graph};
use crate::extract::statement::{OFFER_NAME, are_distinct, is_property};
use crate::fact::Fact;
use crate::turn::{Role, TurnId};

/// Weight of a term by where it stands: in the clause, its sentence, the
/// sentences beside, or elsewhere in the turn.
const NEARNESS: [f32; 4] = [1.0, 0.7, 0.35, 0.1];

/// How much two statements seem to be of the same thing, by what tells so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// Rare words that both share, each 1 at most.
    pub words: f32,
    /// How much of the new clause's words the old clause has.
    pub clause: f32,
    /// Whether the property is the same.
    pub attribute: f32,
    /// Whether it is the same party's.
    pub subject: f32,
    /// Whether the one value can be a slip for the other.
    pub alike: f32,
}

impl Match {
    pub(super) fn score(&self) -> f32 {
        self.topic() + self.alike
    }

    /// Without the likeness of the values.
    pub(super) fn topic(&self) -> f32 {
        self.words + self.clause + self.attribute + self.subject
    }
}

/// A new statement's words, weighted by how near they stand to it.
pub(super) struct Affinity<'a> {
    graph: &'a Graph,
    near: HashMap<TermId, f32>,
    clause: Vec<TermId>,
}

impl<'a> Affinity<'a> {
    pub(super) fn new(graph: &'a Graph, clauses: &[ClauseTerms], at: usize) -> Self {
        Self {
            graph,
            near: nearness(clauses, at),
            clause: clauses.get(at).map_or_else(Vec::new, |c| c.terms.clone()),
        }
    }

    /// How likely `new` is of the same thing as `old`; nothing where their kinds
    /// of value are different.
    pub(super) fn to_fact(&self, new: &Fact, old: &Fact) -> Option<Match> {
        let alike = likeness(&new.value, &old.value)?;
        let clauses = self.graph.terms_of(old.turn);
        let at = self.graph.fact_clauses[old.id.0 as usize];
        let subjects = (
            self.graph.party(&new.subject),
            self.graph.party(&old.subject),
        );
        Some(Match {
            words: self.shared(&nearness(clauses, at)),
            attribute: match (new.attribute.as_str(), old.attribute.as_str()) {
                ("", _) | (_, "") => 0.0,
                (a, b) if a == b && is_property(a) => 0.8,
                (a, b) if a == b => 0.5,
                (a, b) if are_distinct(a, b) => -1.5,
                _ => -0.2,
            },
            clause: self.coverage(clauses.get(at)),
            subject: match subjects {
                ("", _) | (_, "") => 0.0,
                (a, b) if a == b => 0.4,
                _ => -0.3,
            },
            alike: if new.attribute == OFFER_NAME && old.attribute == OFFER_NAME {
                // Offers may differ by any factor.
                alike.max(0.4)
            } else {
                alike
            },
        })
    }

    /// In [0, 0.8]; a clause of one word covers little.
    fn coverage(&self, other: Option<&ClauseTerms>) -> f32 {
        let Some(other) = other.filter(|_| !self.clause.is_empty()) else {
            return 0.0;
        };
        let weight = |terms: &mut dyn Iterator<Item = &TermId>| -> f32 {
            terms.map(|term| self.graph.rarity(*term)).sum()
        };
        let shared = weight(&mut self.clause.iter().filter(|t| other.terms.contains(t)));
        let all = weight(&mut self.clause.iter());
        0.8 * shared / (all + 0.4)
    }

    fn shared(&self, other: &HashMap<TermId, f32>) -> f32 {
        self.near
            .iter()
            .filter_map(|(term, here)| {
                let there = other.get(term)?;
                Some(here * there * self.graph.rarity(*term))
            })
            .sum()
    }

    /// The client's earlier turn with a sentence nearest in words, if near enough.
    pub(super) fn nearest_turn(&self, before: TurnId, least: f32) -> Option<TurnId> {
        let turns = self.graph.turns.iter();
        let client = turns.filter(|(id, node)| **id < before && node.role == Role::Client);
        let best = client.map(|(id, node)| {
            let score = (0..node.clauses.len())
                .map(|at| self.shared(&nearness(&node.clauses, at)))
                .fold(0.0, f32::max);
            (score, *id)
        });
        best.filter(|(score, _)| *score >= least)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, id)| id)
    }
}

fn nearness(clauses: &[ClauseTerms], at: usize) -> HashMap<TermId, f32> {
    let mut near: HashMap<TermId, f32> = HashMap::new();
    let Some(here) = clauses.get(at) else {
        return near;
    };
    for (i, clause) in clauses.iter().enumerate() {
        let weight = match clause.sentence.abs_diff(here.sentence) {
            0 if i == at => NEARNESS[0],
            0 => NEARNESS[1],
            1 => NEARNESS[2],
            _ => NEARNESS[3],
        };
        for &term in &clause.terms {
            let best = near.entry(term).or_insert(weight);
            *best = best.max(weight);
        }
    }
    near
}
