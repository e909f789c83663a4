//! The consultation as a graph: nodes, typed edges, and facts with validity.
//!
//! [`Graph::add_turn`] reads one turn into a [`Delta`] and applies it; nothing
//! is ever rebuilt. Every edge and every superseding carries the turn that made
//! it, so the graph can be read as of any turn.

mod affinity;
mod build;
mod delta;
mod dispute;
mod named;
mod neighbours;
mod party;
mod passage;
mod short;
mod supersede;
mod terms;
mod value;

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::ops::Range;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

pub use delta::Delta;
pub use neighbours::Neighbour;

use crate::extract::{Claim, Extraction, Stance, extract_knowing};
use crate::fact::{Fact, FactId};
use crate::turn::{Role, Turn, TurnId};
use named::Named;
use party::Parties;
use terms::{TermId, Terms};
use value::ValueKey;

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "node", content = "key", rename_all = "snake_case")]
pub enum Node {
    /// One message.
    Turn(TurnId),
    /// One sitting, counted from 1.
    Session(u32),
    /// A person, organisation or role, by canonical name.
    Party(String),
    /// One statement.
    Fact(FactId),
    /// Something dated that happened, by the fact that dates it.
    Event(FactId),
    /// A statute or article, by normalised name.
    Authority(String),
}

/// What an edge says of its two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// Turn to the turn after it.
    Next,
    /// Turn to the turn that it answers.
    Answers,
    /// Turn to its session.
    InSession,
    /// Turn to the previous turn of the same speaker.
    SameSpeaker,
    /// Turn to a party, event or authority.
    Mentions,
    /// Turn to a fact.
    States,
    /// Fact to the fact that it replaces.
    Supersedes,
    /// Fact to a fact that cannot hold beside it, or turn to such a turn.
    Contradicts,
    /// Turn to an earlier turn whose statement it corrects or updates.
    Corrects,
    /// Party to another name of the same party.
    AliasOf,
    /// Turn to one of its nearest turns by meaning.
    Similar,
    /// Turn to a turn with which it shares a rare term.
    SharesTerm,
}

/// A directed edge. Bi-temporal: `turn` tells when it entered the record, so
/// the graph can be read as of any turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Where it starts.
    pub from: Node,
    /// Where it ends.
    pub to: Node,
    /// What it says.
    pub kind: EdgeKind,
    /// The turn that made it.
    pub turn: TurnId,
    /// Strength in (0, 1]: cosine for `Similar`, scaled IDF for `SharesTerm`, else 1.
    pub weight: f32,
}

/// The graph of one matter, in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    turns: HashMap<TurnId, TurnNode>,
    last: Option<TurnId>,
    last_of_role: HashMap<Role, TurnId>,
    facts: Vec<Fact>,
    /// The clause of its turn that states a fact, by fact number.
    fact_clauses: Vec<usize>,
    edges: Vec<Edge>,
    /// Positions in `edges`, by either end.
    touching: HashMap<Node, Vec<u32>>,
    /// Facts in order, by what those of the same value have in common.
    by_value: HashMap<ValueKey, Vec<FactId>>,
    /// The client's turns with a flat denial in which a term stands, in order.
    denials: HashMap<TermId, Vec<TurnId>>,
    /// The client's turns that claim or deny an act, in order, by kind of act.
    claiming: HashMap<Discriminant<Claim>, Vec<TurnId>>,
    parties: Parties,
    named: Named,
    terms: Terms,
}

/// What the graph keeps of a turn beside its edges.
#[derive(Clone, Debug, PartialEq)]
struct TurnNode {
    role: Role,
    session: u32,
    at: DateTime,
    facts: Range<u32>,
    clauses: Vec<ClauseTerms>,
}

#[derive(Clone, Debug, PartialEq)]
struct ClauseTerms {
    span: Range<usize>,
    sentence: u32,
    stance: Stance,
    claims: Vec<Claim>,
    terms: Vec<TermId>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one turn with what was read out of it, and gives what changed.
    ///
    /// `links` are its edges to earlier turns that only an index can tell:
    /// [`EdgeKind::Similar`] with the cosine, [`EdgeKind::SharesTerm`] with a
    /// scaled IDF. Turns are added in order.
    pub fn add_turn(
        &mut self,
        turn: &Turn,
        extraction: &Extraction,
        links: &[(TurnId, EdgeKind, f32)],
    ) -> Delta {
        let delta = self.read(turn, extraction, links);
        self.apply(&delta);
        delta
    }

    /// Reads a turn's text, with the names of parties that earlier turns told.
    pub fn extract(&self, turn: &Turn) -> Extraction {
        extract_knowing(&turn.text, turn.at, self.parties.known())
    }

    /// Applies what an earlier [`add_turn`](Self::add_turn) gave.
    pub fn apply(&mut self, delta: &Delta) {
        let first = self.facts.len() as u32;
        for fact in &delta.facts {
            let clause = delta.clauses.iter().position(|c| c.span == fact.clause);
            self.fact_clauses.push(clause.unwrap_or(0));
            let alike = self.by_value.entry(ValueKey::of(&fact.value)).or_default();
            alike.push(fact.id);
            self.facts.push(fact.clone());
        }
        for &(old, new) in &delta.superseded {
            self.facts[old.0 as usize].superseded_by = Some(new);
        }
        for &(old, new) in &delta.contradicting {
            self.facts[old.0 as usize].contradicts.push(new);
            self.facts[new.0 as usize].contradicts.push(old);
        }
        let clauses: Vec<ClauseTerms> = delta
            .clauses
            .iter()
            .map(|clause| ClauseTerms {
                span: clause.span.clone(),
                sentence: clause.sentence,
                stance: clause.stance,
                claims: clause.claims.clone(),
                terms: self.terms.intern(&clause.terms),
            })
            .collect();
        self.terms.count_turn(delta.turn, &clauses);
        if delta.role == Role::Client {
            self.index_claims(delta.turn, &clauses);
        }
        let node = TurnNode {
            role: delta.role,
            session: delta.session,
            at: delta.at,
            facts: first..self.facts.len() as u32,
            clauses,
        };
        self.turns.insert(delta.turn, node);
        self.last = Some(delta.turn);
        self.last_of_role.insert(delta.role, delta.turn);
        for alias in &delta.aliases {
            if self.parties.join(alias) {
                let name = self.parties.canonical(&alias.name);
                self.named.join(&alias.alias, name);
            }
        }
        for edge in &delta.edges {
            self.connect(edge.clone());
        }
    }

    fn index_claims(&mut self, turn: TurnId, clauses: &[ClauseTerms]) {
        let denying = clauses.iter().filter(|c| c.stance == Stance::Denies);
        for term in denying.flat_map(|clause| &clause.terms) {
            add_last(self.denials.entry(*term).or_default(), turn);
        }
        for claim in clauses.iter().flat_map(|clause| &clause.claims) {
            add_last(self.claiming.entry(discriminant(claim)).or_default(), turn);
        }
    }

    fn connect(&mut self, edge: Edge) {
        let at = self.edges.len() as u32;
        if let Node::Party(name) = &edge.to {
            self.parties.see(name);
        }
        if edge.kind == EdgeKind::Mentions {
            self.named.mention(&edge.to, edge.turn, &self.parties);
        }
        self.touching.entry(edge.from.clone()).or_default().push(at);
        self.touching.entry(edge.to.clone()).or_default().push(at);
        self.edges.push(edge);
    }

    /// Every fact, in order of statement.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// One fact by its number.
    pub fn fact(&self, id: FactId) -> Option<&Fact> {
        self.facts.get(id.0 as usize)
    }

    /// The facts that one turn states.
    pub fn facts_of(&self, turn: TurnId) -> &[Fact] {
        let Some(node) = self.turns.get(&turn) else {
            return &[];
        };
        &self.facts[node.facts.start as usize..node.facts.end as usize]
    }

    /// The record as it stood after `turn`: later facts left out, and earlier
    /// ones marked only by what had been said by then.
    pub fn facts_as_of(&self, turn: TurnId) -> Vec<Fact> {
        let known = |id: &FactId| self.fact(*id).is_some_and(|fact| fact.turn <= turn);
        self.facts
            .iter()
            .filter(|fact| fact.turn <= turn)
            .map(|fact| Fact {
                superseded_by: fact.superseded_by.filter(known),
                contradicts: fact.contradicts.iter().copied().filter(known).collect(),
                ..fact.clone()
            })
            .collect()
    }

    /// Every edge, in the order in which they were made.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges that start or end at a node, in the order in which they were made.
    pub fn edges_of(&self, node: &Node) -> impl Iterator<Item = &Edge> {
        let at = self.touching.get(node).map_or(&[][..], Vec::as_slice);
        at.iter().map(|&i| &self.edges[i as usize])
    }

    /// Every party by its canonical name, in order of first mention.
    pub fn parties(&self) -> Vec<&str> {
        self.parties.canonical_names()
    }

    /// Every name and role under which parties were mentioned, in that order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parties.all()
    }

    /// The canonical name of a party: that of the person, where the text told
    /// who a role is; else the name itself.
    pub fn party<'a>(&'a self, name: &'a str) -> &'a str {
        self.parties.canonical(name)
    }

    /// Later turns that correct or update what this turn says, in order.
    pub fn corrected_by(&self, turn: TurnId) -> Vec<TurnId> {
        self.turn_ends(turn, EdgeKind::Corrects, |edge| (&edge.to, &edge.from))
    }

    /// Earlier turns that this turn corrects or updates, in order.
    pub fn corrects(&self, turn: TurnId) -> Vec<TurnId> {
        self.turn_ends(turn, EdgeKind::Corrects, |edge| (&edge.from, &edge.to))
    }

    fn turn_ends(
        &self,
        turn: TurnId,
        kind: EdgeKind,
        ends: impl Fn(&Edge) -> (&Node, &Node),
    ) -> Vec<TurnId> {
        let here = Node::Turn(turn);
        let mut turns: Vec<TurnId> = self
            .edges_of(&here)
            .filter(|edge| edge.kind == kind)
            .filter_map(|edge| match ends(edge) {
                (near, Node::Turn(far)) if *near == here => Some(*far),
                _ => None,
            })
            .collect();
        turns.sort_unstable();
        turns.dedup();
        turns
    }
}

/// Adds a turn to others in order, once.
fn add_last(turns: &mut Vec<TurnId>, turn: TurnId) {
    if turns.last() != Some(&turn) {
        turns.push(turn);
    }
}

#[cfg(test)]
mod tests;
