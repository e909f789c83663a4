//! The consultation as a graph: nodes, typed edges, and facts with validity.

use serde::{Deserialize, Serialize};

use crate::fact::FactId;
use crate::turn::TurnId;

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
    /// Fact to a fact that cannot hold beside it.
    Contradicts,
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
