//! Which node of the graph stands for which labelled party.

use std::collections::{BTreeMap, BTreeSet};

use estoppel_memory::Graph;
use estoppel_memory::extract::{Extraction, MentionKind};
use estoppel_memory::graph::{EdgeKind, Node};

use super::labels::LabelledTurn;

/// The party nodes of one turn, and which labels each stands on.
pub(super) struct Seen {
    /// Canonical name to labels, by their place among the turn's labels.
    pub nodes: BTreeMap<String, BTreeSet<usize>>,
}

impl Seen {
    /// The nodes that the graph has the turn mention.
    pub(super) fn of(turn: &LabelledTurn, extraction: &Extraction, graph: &Graph) -> Self {
        let mut nodes: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let here = Node::Turn(turn.turn.id);
        let mentioned = graph.edges_of(&here).filter_map(|edge| match &edge.to {
            Node::Party(name) if edge.kind == EdgeKind::Mentions => Some(name),
            _ => None,
        });
        for name in mentioned {
            let spans = extraction.mentions.iter().filter_map(|m| match &m.kind {
                MentionKind::Party { name: found } if found == name => Some(m.span.clone()),
                _ => None,
            });
            let spans: Vec<_> = spans.collect();
            let labels = turn.parties.iter().enumerate().filter(|(_, label)| {
                let touches = |s: &std::ops::Range<usize>| {
                    s.start < label.span.end && label.span.start < s.end
                };
                spans.iter().any(touches)
            });
            let labels = labels.map(|(at, _)| at);
            let node = nodes.entry(graph.party(name).to_owned()).or_default();
            node.extend(labels);
        }
        Self { nodes }
    }
}

/// Gives every labelled party the node that stands for it most often, and no
/// node to two parties.
pub(super) fn assign(turns: &[LabelledTurn], seen: &[Seen]) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (turn, seen) in turns.iter().zip(seen) {
        for (node, labels) in &seen.nodes {
            let keys: BTreeSet<&str> = labels
                .iter()
                .filter_map(|at| turn.parties[*at].name.as_deref())
                .collect();
            for key in keys {
                *counts.entry((node, key)).or_default() += 1;
            }
        }
    }
    let mut pairs: Vec<((&str, &str), usize)> = counts.into_iter().collect();
    pairs.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut assigned: BTreeMap<String, String> = BTreeMap::new();
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    for ((node, key), _) in pairs {
        if !assigned.contains_key(node) && keys.insert(key) {
            assigned.insert(node.to_owned(), key.to_owned());
        }
    }
    assigned
}
