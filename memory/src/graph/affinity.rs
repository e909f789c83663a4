//! How much two statements seem to be of the same thing.

use std::collections::{BTreeSet, HashMap};

use super::terms::TermId;
use super::value::likeness;
use super::{ClauseTerms, Graph};
use crate::extract::property::{OFFER, are_distinct, is_property};
use crate::fact::{CLIENT, Fact};
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
    /// The terms around it, weighted by nearness and rarity.
    near: Nearness,
    /// The terms of its own clause, weighted by rarity.
    clause: Nearness,
}

impl<'a> Affinity<'a> {
    pub(super) fn new(graph: &'a Graph, clauses: &[ClauseTerms], at: usize) -> Self {
        let mut near = nearness(clauses, at);
        for (term, weight) in &mut near {
            *weight *= graph.rarity(*term);
        }
        let own = clauses.get(at).map_or(&[][..], |clause| &clause.terms);
        let clause = own.iter().map(|term| (*term, graph.rarity(*term)));
        Self {
            graph,
            near,
            clause: clause.collect(),
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
                (a, b) if is_property(a) && is_property(b) => -0.2,
                _ => 0.0,
            },
            clause: self.coverage(clauses.get(at)),
            subject: match subjects {
                ("", _) | (_, "") => 0.0,
                // What names nobody is the client's as well.
                (CLIENT, CLIENT) => 0.2,
                (a, b) if a == b => 0.4,
                (CLIENT, _) | (_, CLIENT) => 0.0,
                _ => -0.3,
            },
            alike: if new.attribute == OFFER && old.attribute == OFFER {
                // Offers may differ by any factor.
                alike.max(0.4)
            } else {
                alike
            },
        })
    }

    /// In [0, 0.8]; a clause of one word covers little.
    fn coverage(&self, other: Option<&ClauseTerms>) -> f32 {
        let Some(other) = other else { return 0.0 };
        let has = |(term, _): &&(TermId, f32)| other.terms.contains(term);
        let shared: f32 = self
            .clause
            .iter()
            .filter(has)
            .map(|(_, rarity)| rarity)
            .sum();
        let all: f32 = self.clause.iter().map(|(_, rarity)| rarity).sum();
        0.8 * shared / (all + 0.4)
    }

    fn shared(&self, other: &Nearness) -> f32 {
        let (mut sum, mut rest) = (0.0, other.iter().peekable());
        for (term, here) in &self.near {
            while rest.next_if(|(other, _)| other < term).is_some() {}
            if let Some((_, there)) = rest.next_if(|(other, _)| other == term) {
                sum += here * there;
            }
        }
        sum
    }

    /// The earlier turns that this can be about: all of a short matter, else the
    /// latest and those that share the most.
    pub(super) fn reach(&self) -> BTreeSet<TurnId> {
        const LATEST: usize = 50;
        const NEAREST: usize = 150;
        // Of a term in more turns than this the latest count: it weighs little.
        const OF_TERM: usize = 1024;
        let graph = self.graph;
        if graph.turns.len() <= LATEST + NEAREST {
            return graph.turns.keys().copied().collect();
        }
        let mut shared: HashMap<TurnId, f32> = HashMap::new();
        for (term, weight) in &self.near {
            for &turn in graph.terms.turns_with(*term).iter().rev().take(OF_TERM) {
                *shared.entry(turn).or_default() += weight;
            }
        }
        let mut nearest: Vec<(TurnId, f32)> = shared.into_iter().collect();
        nearest.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        let nearest = nearest.into_iter().take(NEAREST).map(|(turn, _)| turn);
        let last = graph.last.map_or(0, |last| last.0);
        let latest = (0..=last).rev().take(LATEST).map(TurnId);
        let known = latest.filter(|turn| graph.turns.contains_key(turn));
        nearest.chain(known).collect()
    }

    /// The client's earlier turn with a sentence nearest in words, if near enough.
    pub(super) fn nearest_turn(&self, before: TurnId, least: f32) -> Option<TurnId> {
        let reach = self.reach().into_iter().filter(|id| *id < before);
        let nodes = reach.map(|id| (id, &self.graph.turns[&id]));
        let client = nodes.filter(|(_, node)| node.role == Role::Client);
        let best = client.map(|(id, node)| {
            let score = (0..node.clauses.len())
                .map(|at| self.shared(&nearness(&node.clauses, at)))
                .fold(0.0, f32::max);
            (score, id)
        });
        best.filter(|(score, _)| *score >= least)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, id)| id)
    }
}

/// The terms around a clause in order of number, each with its weight.
type Nearness = Vec<(TermId, f32)>;

fn nearness(clauses: &[ClauseTerms], at: usize) -> Nearness {
    let Some(here) = clauses.get(at) else {
        return Nearness::new();
    };
    let mut near = Nearness::new();
    for (i, clause) in clauses.iter().enumerate() {
        let weight = match clause.sentence.abs_diff(here.sentence) {
            0 if i == at => NEARNESS[0],
            0 => NEARNESS[1],
            1 => NEARNESS[2],
            _ => NEARNESS[3],
        };
        near.extend(clause.terms.iter().map(|term| (*term, weight)));
    }
    // The nearest place of a term counts.
    near.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    near.dedup_by_key(|(term, _)| *term);
    near
}
