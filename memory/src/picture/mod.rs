//! Pictures of a matter: its whole graph, or the turns around an answer with the
//! attention between them. As data (JSON), as SVG, and as DOT for Graphviz.
//!
//! The data, which [`Picture::to_json`] writes:
//!
//! ```text
//! {"v":1,"title":"…",
//!  "nodes":[{"id":"t1","kind":"turn","turn":1,"label":"…","text":"…",…}],
//!  "edges":[{"from":"t2","to":"f0","kind":"states","turn":2,"weight":1.0}],
//!  "attention":[{"turn":3,"to":1,"weight":0.41}]}
//! ```
//!
//! A node's `id` is `t` and a turn's number, `f` and a fact's, or `p` and `a` for the
//! parties and authorities in order of mention. Edges have the kinds of
//! [`EdgeKind`]. SVG and DOT leave out those that only say that
//! turns are alike, and of what a turn heeds they show the two turns that it heeds most.

mod dot;
mod layout;
mod short;
mod svg;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::fact::{Fact, FactId};
use crate::graph::{Edge, EdgeKind, Graph, Node};
use crate::retrieve::Evidence;
use crate::retrieve::gat::Attention;
use crate::turn::{Role, Turn, TurnId};

/// Attention below this share is left out.
const FAINT: f32 = 0.02;
/// The turns that are drawn of those that a turn heeds.
const MOST_HEEDED: usize = 2;

/// A graph to be shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picture {
    /// What it is of.
    pub title: String,
    /// Turns in order, then facts, parties and authorities.
    pub nodes: Vec<Shown>,
    /// What the graph says of them.
    pub edges: Vec<Line>,
    /// What turns heed for a question, where one is asked.
    pub attention: Vec<Attention>,
}

/// A node that is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Its name in the picture.
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: Kind,
    /// The turn, or the one that first names or states it.
    pub turn: TurnId,
    /// A few words for it.
    pub label: String,
    /// All of its words.
    pub text: String,
    /// How well a turn bears on the question, where one is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A message.
    Turn {
        /// Who spoke.
        role: Role,
    },
    /// A statement.
    Fact {
        /// Whether nothing superseded it.
        holds: bool,
    },
    /// A party, under all of its names.
    Party,
    /// A statute or article.
    Authority,
}

/// An edge that is shown, between nodes of the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Where it starts.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// What it says.
    pub kind: EdgeKind,
    /// The turn that made it.
    pub turn: TurnId,
    /// In (0, 1].
    pub weight: f32,
}

impl Picture {
    /// All of a matter.
    pub fn whole(title: &str, turns: &[Turn], graph: &Graph) -> Self {
        let mut drawing = Drawing::new(graph);
        for turn in turns {
            drawing.turn(turn, None);
        }
        drawing.finish(title, Vec::new())
    }

    /// The turns that bear on a question, with what they state and name, and what they
    /// heed of each other.
    pub fn around(
        title: &str,
        turns: &[Turn],
        graph: &Graph,
        evidence: &Evidence,
        attention: &[Attention],
    ) -> Self {
        let scores: BTreeMap<TurnId, f32> = evidence
            .turns
            .iter()
            .map(|ranked| (ranked.turn, ranked.score))
            .collect();
        let mut drawing = Drawing::new(graph);
        for turn in turns {
            if let Some(&score) = scores.get(&turn.id) {
                drawing.turn(turn, Some(score));
            }
        }
        let shown = |a: &&Attention| {
            a.weight >= FAINT && scores.contains_key(&a.turn) && scores.contains_key(&a.to)
        };
        drawing.finish(title, attention.iter().filter(shown).copied().collect())
    }

    /// As one JSON object, see the [module](self).
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Versioned<'a> {
            v: u32,
            #[serde(flatten)]
            picture: &'a Picture,
        }
        let versioned = Versioned {
            v: 1,
            picture: self,
        };
        serde_json::to_string(&versioned).expect("a picture is plain data")
    }

    /// The attention that is drawn.
    fn heeded(&self) -> impl Iterator<Item = &Attention> {
        self.attention.iter().filter(|heeded| {
            let of_turn = self.attention.iter().filter(|a| a.turn == heeded.turn);
            of_turn.filter(|a| a.weight > heeded.weight).count() < MOST_HEEDED
        })
    }

    /// The edges that are drawn.
    fn drawn(&self) -> impl Iterator<Item = &Line> {
        self.edges.iter().filter(|line| {
            matches!(
                line.kind,
                EdgeKind::Next
                    | EdgeKind::States
                    | EdgeKind::Mentions
                    | EdgeKind::Supersedes
                    | EdgeKind::Contradicts
                    | EdgeKind::Corrects
            )
        })
    }
}

/// A picture in the making: first all turns, then what they lead to.
struct Drawing<'a> {
    graph: &'a Graph,
    turns: BTreeSet<TurnId>,
    nodes: Vec<Shown>,
    facts: Vec<Shown>,
    names: Vec<Shown>,
    /// The names of parties and authorities in the picture.
    ids: BTreeMap<Node, String>,
}

impl<'a> Drawing<'a> {
    fn new(graph: &'a Graph) -> Self {
        Self {
            graph,
            turns: BTreeSet::new(),
            nodes: Vec::new(),
            facts: Vec::new(),
            names: Vec::new(),
            ids: BTreeMap::new(),
        }
    }

    fn turn(&mut self, turn: &Turn, score: Option<f32>) {
        self.turns.insert(turn.id);
        self.nodes.push(Shown {
            id: format!("t{}", turn.id),
            kind: Kind::Turn { role: turn.role },
            turn: turn.id,
            label: short::turn(turn),
            text: turn.text.clone(),
            score,
        });
        for fact in self.graph.facts_of(turn.id) {
            self.facts.push(shown_fact(fact));
        }
        let here = Node::Turn(turn.id);
        for edge in self.graph.edges_of(&here) {
            if edge.from == here && edge.kind == EdgeKind::Mentions {
                self.name(turn.id, &edge.to);
            }
        }
    }

    fn name(&mut self, turn: TurnId, node: &Node) {
        let node = self.canonical(node);
        if self.ids.contains_key(&node) {
            return;
        }
        let (lead, kind, name) = match &node {
            Node::Party(name) => ('p', Kind::Party, name),
            Node::Authority(name) => ('a', Kind::Authority, name),
            _ => return,
        };
        let same = |shown: &&Shown| shown.kind == kind;
        let id = format!("{lead}{}", self.names.iter().filter(same).count());
        self.names.push(Shown {
            id: id.clone(),
            kind,
            turn,
            label: short::name(name),
            text: name.clone(),
            score: None,
        });
        self.ids.insert(node, id);
    }

    fn canonical(&self, node: &Node) -> Node {
        match node {
            Node::Party(name) => Node::Party(self.graph.party(name).to_owned()),
            node => node.clone(),
        }
    }

    fn finish(mut self, title: &str, attention: Vec<Attention>) -> Picture {
        let edges = self.graph.edges().iter();
        let mut edges: Vec<Line> = edges.filter_map(|edge| self.line(edge)).collect();
        // A party may be named in one turn by two of its names.
        let mut known = BTreeSet::new();
        edges.retain(|line| known.insert((line.from.clone(), line.to.clone(), line.kind as u8)));
        self.nodes.append(&mut self.facts);
        self.nodes.append(&mut self.names);
        Picture {
            title: title.to_owned(),
            nodes: self.nodes,
            edges,
            attention,
        }
    }

    fn line(&self, edge: &Edge) -> Option<Line> {
        Some(Line {
            from: self.id(&edge.from)?,
            to: self.id(&edge.to)?,
            kind: edge.kind,
            turn: edge.turn,
            weight: edge.weight,
        })
    }

    /// The name of a node, if it is in the picture. A party's names are one node, and a
    /// dated fact stands for its event.
    fn id(&self, node: &Node) -> Option<String> {
        match node {
            Node::Turn(turn) => self.turns.contains(turn).then(|| format!("t{turn}")),
            Node::Fact(FactId(id)) => {
                let turn = self.graph.fact(FactId(*id))?.turn;
                self.turns.contains(&turn).then(|| format!("f{id}"))
            }
            Node::Party(_) | Node::Authority(_) => self.ids.get(&self.canonical(node)).cloned(),
            Node::Session(_) | Node::Event(_) => None,
        }
    }
}

fn shown_fact(fact: &Fact) -> Shown {
    let named = [&fact.subject, &fact.attribute];
    let named: Vec<&str> = named
        .into_iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    let text = match named.is_empty() {
        true => fact.surface.clone(),
        false => format!("{}: {}", named.join(" "), fact.surface),
    };
    Shown {
        id: format!("f{}", fact.id.0),
        kind: Kind::Fact {
            holds: fact.holds(),
        },
        turn: fact.turn,
        label: short::fact(&fact.attribute, &fact.surface),
        text,
        score: None,
    }
}
