//! Ranking the turns that bear on a question.

use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::turn::TurnId;

/// Which ranking to use. All but [`Ranking::Gat`] exist to be compared with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranking {
    /// Words alone.
    Bm25,
    /// Meaning alone.
    Dense,
    /// Both, each with its neighbouring turns, fused by rank.
    Hybrid,
    /// The hybrid score plus the gated logit of the graph attention network.
    #[default]
    Gat,
}

/// Why a turn was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// It shares words with the question; the heaviest first.
    Words {
        /// Place in the BM25 ranking, from 1.
        rank: usize,
        /// The shared terms.
        terms: Vec<String>,
    },
    /// It is near in meaning.
    Meaning {
        /// Place in the dense ranking, from 1.
        rank: usize,
        /// Cosine with the question.
        cosine: f32,
    },
    /// It stands next to a turn that was found.
    Neighbour {
        /// That turn.
        of: TurnId,
    },
    /// It is linked to a turn or to the question over a party, an authority or a fact.
    Linked {
        /// The name or fact that links them.
        over: String,
    },
    /// It corrects a turn that was found.
    Corrects {
        /// That turn.
        turn: TurnId,
    },
    /// A later turn corrects what it says.
    CorrectedBy {
        /// That turn.
        turn: TurnId,
    },
}

/// A turn in the order of its bearing on the question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedTurn {
    /// Which turn.
    pub turn: TurnId,
    /// Higher is better; comparable within one answer only.
    pub score: f32,
    /// Why it is here.
    pub reasons: Vec<Reason>,
}

/// What the memory holds about a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Turns, best first.
    pub turns: Vec<RankedTurn>,
    /// Facts of these turns: those that hold, and those superseded or
    /// contradicted, marked as such, in order of statement.
    pub facts: Vec<Fact>,
    /// How likely it is that the record answers the question, in [0, 1].
    pub answerable: f32,
}
