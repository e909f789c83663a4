//! Which turns a turn leads to: directly, or over a name that both mention.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Edge, EdgeKind, Graph, Node};
use crate::turn::TurnId;

/// Turns reached over one name, on either side in time. A party in most turns
/// says little about any of them, so that it must not link everything.
const REACH: usize = 3;
/// A name in more than this share of the turns links nothing, once the matter
/// is long enough for a share to mean something.
const HUB_SHARE: f32 = 0.4;
const HUB_TURNS: usize = 8;

/// A turn next to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// Which turn.
    pub turn: TurnId,
    /// How it is reached; `Mentions` means over a party or authority.
    pub kind: EdgeKind,
    /// In (0, 1]; a name's weight falls with the number of turns that have it.
    pub weight: f32,
    /// The name in between, where there is one.
    pub over: Option<String>,
}

impl Graph {
    /// The turns one edge away, and those two away over a party or authority,
    /// the strongest link to each, in order of weight.
    ///
    /// A name reaches only the three turns before and after that are nearest
    /// in time, and none once it is in two fifths of the turns.
    pub fn neighbours(&self, turn: TurnId) -> Vec<Neighbour> {
        let here = Node::Turn(turn);
        let mut found = HashMap::new();
        for edge in self.edges_of(&here) {
            match other_end(edge, &here) {
                Node::Turn(far) => keep(&mut found, direct(edge, *far)),
                name @ (Node::Party(_) | Node::Authority(_)) => {
                    for neighbour in self.over_name(turn, name) {
                        keep(&mut found, neighbour);
                    }
                }
                _ => {}
            }
        }
        let mut found: Vec<Neighbour> = found.into_values().collect();
        found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.turn.cmp(&b.turn)));
        found
    }

    fn over_name(&self, turn: TurnId, name: &Node) -> Vec<Neighbour> {
        let (turns, label) = match name {
            Node::Party(party) => {
                let party = self.party(party);
                (self.named.party(party), party)
            }
            Node::Authority(law) => (self.named.authority(law), law.as_str()),
            _ => return Vec::new(),
        };
        let share = turns.len() as f32 / self.turns.len() as f32;
        if turns.len() > HUB_TURNS && share > HUB_SHARE {
            return Vec::new();
        }
        let weight = 1.0 / (1.0 + turns.len() as f32).log2();
        let at = turns.partition_point(|&t| t < turn);
        let before = turns[..at].iter().rev().take(REACH);
        let after = turns[at..].iter().filter(|&&t| t > turn).take(REACH);
        before
            .chain(after)
            .map(|&turn| Neighbour {
                turn,
                kind: EdgeKind::Mentions,
                weight,
                over: Some(label.to_owned()),
            })
            .collect()
    }
}

fn other_end<'a>(edge: &'a Edge, here: &Node) -> &'a Node {
    if edge.from == *here {
        &edge.to
    } else {
        &edge.from
    }
}

fn direct(edge: &Edge, turn: TurnId) -> Neighbour {
    Neighbour {
        turn,
        kind: edge.kind,
        weight: edge.weight,
        over: None,
    }
}

/// Keeps the link that says most: corrections and contradictions first, then weight.
fn keep(found: &mut HashMap<TurnId, Neighbour>, new: Neighbour) {
    let rank = |n: &Neighbour| {
        let strong = matches!(n.kind, EdgeKind::Corrects | EdgeKind::Contradicts);
        (strong, Reverse(n.kind))
    };
    match found.get(&new.turn) {
        Some(old)
            if (rank(old).0, old.weight, rank(old).1)
                >= (rank(&new).0, new.weight, rank(&new).1) => {}
        _ => {
            found.insert(new.turn, new);
        }
    }
}
