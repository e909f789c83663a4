//! What one turn adds to the graph, as data that a store can keep.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::Edge;
use crate::extract::{Alias, Clause};
use crate::fact::{Fact, FactId};
use crate::turn::{Role, TurnId};

/// All that one turn added to or changed in a [`Graph`](super::Graph).
///
/// Applying a matter's deltas in order gives the same graph as adding its turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// The turn.
    pub turn: TurnId,
    /// Who spoke.
    pub role: Role,
    /// The sitting, counted from 1.
    pub session: u32,
    /// When it was said.
    pub at: DateTime,
    /// Its clauses, by whose words later corrections find it.
    pub clauses: Vec<Clause>,
    /// The facts it states, with numbers that go on from the matter's last.
    pub facts: Vec<Fact>,
    /// Facts that no longer hold, each with the fact of this turn that replaces it.
    pub superseded: Vec<(FactId, FactId)>,
    /// Pairs that cannot both hold, the older first.
    pub contradicting: Vec<(FactId, FactId)>,
    /// Names that this turn showed to be one party's.
    pub aliases: Vec<Alias>,
    /// The edges it made.
    pub edges: Vec<Edge>,
}
