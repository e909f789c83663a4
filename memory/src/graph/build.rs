//! Reading one turn into a delta.

use std::collections::{BTreeMap, BTreeSet};

use super::passage::{take_properties, take_years};
use super::supersede::Changes;
use super::{Delta, Edge, EdgeKind, Graph, Node};
use crate::extract::gender;
use crate::extract::party::{is_organisation, is_own_kin};
use crate::extract::property::{is_owned, is_received};
use crate::extract::subject::{ADDRESSEE, EARLIER, EARLIER_HE, EARLIER_SHE, SPEAKER, can_mean};
use crate::extract::{Alias, Cue, Extraction, Mention, MentionKind, Statement};
use crate::fact::{CLIENT, COUNSEL, Fact, FactId, Value};
use crate::turn::{Role, Turn, TurnId};

impl Graph {
    /// What `turn` adds to the graph as it stands; changes nothing.
    pub(super) fn read(
        &self,
        turn: &Turn,
        extraction: &Extraction,
        links: &[(TurnId, EdgeKind, f32)],
    ) -> Delta {
        let mut facts = self.new_facts(turn, extraction);
        let changes = match turn.role {
            Role::Client => self.changes(turn, extraction, &facts),
            Role::Counsel => Changes::default(),
        };
        take_years(&changes.superseded, &self.facts, &mut facts);
        take_properties(&changes.superseded, &self.facts, &mut facts);
        let aliases = self.new_aliases(extraction);
        let mut edges = Edges {
            turn: turn.id,
            list: Vec::new(),
        };
        edges.sequence(self, turn);
        edges.mentions(&extraction.mentions);
        edges.facts(&facts);
        edges.aliases(&aliases);
        edges.changes(&changes);
        for &(to, kind, weight) in links {
            edges.weighted(Node::Turn(turn.id), Node::Turn(to), kind, weight);
        }
        Delta {
            turn: turn.id,
            role: turn.role,
            session: turn.session,
            at: turn.at,
            clauses: extraction.clauses.clone(),
            facts,
            superseded: changes.superseded,
            contradicting: changes.contradicting,
            aliases,
            edges: edges.list,
        }
    }

    /// A rejected value is no statement of fact.
    fn new_facts(&self, turn: &Turn, extraction: &Extraction) -> Vec<Fact> {
        let stated = |s: &&Statement| s.cue != Cue::Rejected;
        let first = self.facts.len() as u32;
        let mut facts: Vec<Fact> = Vec::new();
        for (id, statement) in (first..).zip(extraction.statements.iter().filter(stated)) {
            let subject = self.subject(turn.role, statement, &facts, &extraction.mentions);
            facts.push(Fact {
                id: FactId(id),
                subject,
                attribute: statement.attribute.clone(),
                value: statement.value.clone(),
                approximate: statement.approximate,
                surface: turn.text[statement.span.clone()].to_owned(),
                clause: statement.clause.clone(),
                turn: turn.id,
                stated: turn.at,
                superseded_by: None,
                contradicts: Vec::new(),
            });
        }
        facts
    }

    /// Who is meant: the sides of the consultation by their names here, others
    /// by their canonical names. A property told without its owner is his of whom
    /// it was told before.
    fn subject(
        &self,
        role: Role,
        statement: &Statement,
        told: &[Fact],
        parties: &[Mention],
    ) -> String {
        let own = role == Role::Client;
        let (subject, attribute) = (statement.subject.as_str(), statement.attribute.as_str());
        match subject {
            SPEAKER if own => CLIENT.to_owned(),
            SPEAKER => COUNSEL.to_owned(),
            "" if is_received(attribute) => self
                .other_side(statement, parties)
                .unwrap_or_else(|| CLIENT.to_owned()),
            // What both have is the client's.
            "" => self
                .owner(attribute, told, |name| name == CLIENT)
                .or_else(|| self.owner(attribute, told, |_| true))
                .unwrap_or_else(|| CLIENT.to_owned()),
            ADDRESSEE if own => COUNSEL.to_owned(),
            ADDRESSEE => CLIENT.to_owned(),
            EARLIER | EARLIER_HE | EARLIER_SHE => self
                .owner(attribute, told, |name| {
                    name != CLIENT && self.can_mean(subject, name)
                })
                .unwrap_or_else(|| self.last_party(subject)),
            name => self.party(name).to_owned(),
        }
    }

    /// Who pays back, or pays for a child, where nobody is named: the one of whom the
    /// turn tells, else the organisation or the person of whom most has been told.
    fn other_side(&self, statement: &Statement, parties: &[Mention]) -> Option<String> {
        const BACK: usize = 400;
        let kin = |name: &str| self.parties.names_of(name).any(is_own_kin) || is_own_kin(name);
        let before = parties
            .iter()
            .filter(|m| m.span.end <= statement.span.start);
        let here = before.filter_map(|m| match &m.kind {
            MentionKind::Party { name } => Some(self.party(name)),
            _ => None,
        });
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for edge in self.edges.iter().rev().take(BACK) {
            if let (Node::Party(name), EdgeKind::Mentions) = (&edge.to, edge.kind) {
                let name = self.party(name);
                counts.entry(name).or_default().0 += 1;
            }
        }
        for name in here {
            counts.entry(name).or_default().0 += 2;
        }
        for (name, (_, organisation)) in &mut counts {
            *organisation = usize::from(is_organisation(name));
        }
        let others = counts.into_iter().filter(|(name, _)| !kin(name));
        let most = others.max_by_key(|(_, (times, organisation))| (*organisation, *times));
        most.map(|(name, _)| name.to_owned())
    }

    /// Whose a property was when the client told of it, if it is one that
    /// people have rather than do.
    fn owner(
        &self,
        attribute: &str,
        told: &[Fact],
        can_be: impl Fn(&str) -> bool,
    ) -> Option<String> {
        const BACK: usize = 200;
        if !is_owned(attribute) {
            return None;
        }
        let client = |fact: &Fact| {
            let turn = self.turns.get(&fact.turn);
            turn.is_none_or(|turn| turn.role == Role::Client)
        };
        // The first of whom it was told: others come in for comparison.
        let from = self.facts.len().saturating_sub(BACK);
        let mut known = self.facts[from..].iter().chain(told);
        let fact = known.find(|fact| {
            fact.attribute == attribute
                && client(fact)
                && !matches!(fact.subject.as_str(), "" | COUNSEL)
                && can_be(self.party(&fact.subject))
        });
        fact.map(|fact| self.party(&fact.subject).to_owned())
    }

    /// Whether a party can be meant by a pronoun, by any of its names.
    fn can_mean(&self, pronoun: &str, name: &str) -> bool {
        let mut names = self.parties.names_of(name);
        names.all(|name| can_mean(pronoun, name))
    }

    /// The party that a pronoun means: the first that the latest of a few turns
    /// before names and that can be meant; nobody where none is. "They" are rather
    /// an organisation.
    fn last_party(&self, pronoun: &str) -> String {
        const BACK: u32 = 6;
        let last = self.last.map_or(0, |last| last.0);
        let find = |fits: &dyn Fn(&str) -> bool| {
            let mut turns = (last.saturating_sub(BACK)..=last).rev().map(TurnId);
            turns.find_map(|turn| {
                let here = Node::Turn(turn);
                let mut edges = self.edges_of(&here);
                edges.find_map(|edge| match (&edge.to, edge.kind) {
                    (Node::Party(name), EdgeKind::Mentions) if fits(self.party(name)) => {
                        Some(self.party(name).to_owned())
                    }
                    _ => None,
                })
            })
        };
        let organisation = match pronoun {
            EARLIER => find(&is_organisation),
            _ => None,
        };
        let kin = |name: &str| self.parties.names_of(name).any(is_own_kin);
        // Whom counsel has just asked about is meant, whoever he is.
        let here = Node::Turn(TurnId(last));
        let just = self
            .edges_of(&here)
            .find_map(|edge| match (&edge.to, edge.kind) {
                (Node::Party(name), EdgeKind::Mentions)
                    if self.can_mean(pronoun, self.party(name)) =>
                {
                    Some(self.party(name).to_owned())
                }
                _ => None,
            });
        let asked = self
            .turns
            .get(&TurnId(last))
            .is_some_and(|t| t.role == Role::Counsel);
        let just = just.filter(|_| pronoun != EARLIER && asked);
        // Rather one who is known to be a man, or a woman.
        let known = |name: &str| {
            self.parties
                .names_of(name)
                .any(|name| gender::of(name).is_some())
        };
        let just = just.filter(|name| known(name));
        organisation
            .or(just)
            .or_else(|| {
                find(&|name: &str| self.can_mean(pronoun, name) && known(name) && !kin(name))
            })
            .or_else(|| {
                find(&|name: &str| {
                    pronoun == EARLIER_SHE && self.can_mean(pronoun, name) && known(name)
                })
            })
            .or_else(|| find(&|name: &str| self.can_mean(pronoun, name) && !kin(name)))
            .or_else(|| find(&|name: &str| self.can_mean(pronoun, name)))
            .unwrap_or_default()
    }

    /// What the text says, and first names of people known by their full ones.
    fn new_aliases(&self, extraction: &Extraction) -> Vec<Alias> {
        let told = extraction.aliases.iter().cloned();
        let short = extraction.mentions.iter().filter_map(|m| match &m.kind {
            MentionKind::Party { name } => self.parties.joinable(name),
            _ => None,
        });
        let mut aliases: Vec<Alias> = Vec::new();
        for alias in told.chain(short) {
            if self.party(&alias.alias) != self.party(&alias.name) && !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        aliases
    }
}

/// Collects the edges that one turn makes.
struct Edges {
    turn: TurnId,
    list: Vec<Edge>,
}

impl Edges {
    fn weighted(&mut self, from: Node, to: Node, kind: EdgeKind, weight: f32) {
        self.list.push(Edge {
            from,
            to,
            kind,
            turn: self.turn,
            weight,
        });
    }

    fn add(&mut self, from: Node, to: Node, kind: EdgeKind) {
        self.weighted(from, to, kind, 1.0);
    }

    fn sequence(&mut self, graph: &Graph, turn: &Turn) {
        let here = Node::Turn(turn.id);
        self.add(
            here.clone(),
            Node::Session(turn.session),
            EdgeKind::InSession,
        );
        let Some(last) = graph.last else { return };
        self.add(Node::Turn(last), here.clone(), EdgeKind::Next);
        if graph.turns[&last].role != turn.role {
            self.add(here.clone(), Node::Turn(last), EdgeKind::Answers);
        }
        if let Some(&same) = graph.last_of_role.get(&turn.role) {
            self.add(here, Node::Turn(same), EdgeKind::SameSpeaker);
        }
    }

    fn mentions(&mut self, mentions: &[Mention]) {
        let named = mentions.iter().filter_map(|mention| match &mention.kind {
            MentionKind::Party { name } => Some(Node::Party(name.clone())),
            MentionKind::Authority { name } => Some(Node::Authority(name.clone())),
            MentionKind::Value(_) => None,
        });
        // In the order of the text: who is named first is rather meant later.
        let mut seen: BTreeSet<Node> = BTreeSet::new();
        for node in named {
            if seen.insert(node.clone()) {
                self.add(Node::Turn(self.turn), node, EdgeKind::Mentions);
            }
        }
    }

    fn facts(&mut self, facts: &[Fact]) {
        for fact in facts {
            let here = Node::Turn(self.turn);
            self.add(here.clone(), Node::Fact(fact.id), EdgeKind::States);
            if matches!(fact.value, Value::Date { .. }) {
                self.add(here, Node::Event(fact.id), EdgeKind::Mentions);
            }
        }
    }

    fn aliases(&mut self, aliases: &[Alias]) {
        for Alias { name, alias } in aliases {
            let (from, to) = (Node::Party(name.clone()), Node::Party(alias.clone()));
            self.add(from, to, EdgeKind::AliasOf);
        }
    }

    fn changes(&mut self, changes: &Changes) {
        for &(old, new) in &changes.superseded {
            self.add(Node::Fact(new), Node::Fact(old), EdgeKind::Supersedes);
        }
        for &(old, new) in &changes.contradicting {
            self.add(Node::Fact(new), Node::Fact(old), EdgeKind::Contradicts);
        }
        for &old in &changes.corrected {
            self.add(Node::Turn(self.turn), Node::Turn(old), EdgeKind::Corrects);
        }
        for &old in &changes.disputed {
            self.add(
                Node::Turn(self.turn),
                Node::Turn(old),
                EdgeKind::Contradicts,
            );
        }
    }
}
