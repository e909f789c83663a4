//! Ranking the turns that bear on a question.
//!
//! Every turn is scored by words and by meaning. The best, with their
//! neighbours in time and in the graph, become candidates; they
//! are ranked, corrections before what they correct; and the ranking is
//! explained and joined with the facts it touches.

mod answerable;
mod candidates;
mod corrections;
mod explain;
mod fuse;
pub mod gat;
mod record;
mod signals;
mod wanted;

use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::graph::Graph;
use crate::index::{Dense, Lexical, by_score};
use crate::turn::{Turn, TurnId};

use candidates::Candidates;
use signals::Signals;
pub use wanted::Wanted;

/// What retrieval reads: a matter as it stands.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Every turn, ascending.
    pub turns: &'a [Turn],
    /// The graph over them.
    pub graph: &'a Graph,
    /// Their words.
    pub lexical: &'a Lexical,
    /// Their vectors; without them retrieval goes by words and graph.
    pub dense: Option<&'a Dense>,
    /// The graph attention network; without one [`Ranking::Gat`] is the hybrid.
    pub network: Option<&'a gat::Network>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The question as the client put it.
    pub text: &'a str,
    /// Its vector, from the encoder that made the turns' vectors.
    pub vector: Option<&'a [f32]>,
}

/// Ranks the turns that bear on a question, at most `limit` of them, and
/// gathers the facts that they state. Reads only; without a turn the evidence
/// is empty.
///
/// [`Ranking::Dense`] without vectors finds nothing; [`Ranking::Hybrid`] then
/// goes by words.
///
/// # Panics
///
/// If the question's vector and the index's differ in length.
pub fn retrieve(view: &View, question: &Question, ranking: Ranking, limit: usize) -> Evidence {
    let signals = Signals::new(view, question);
    let mut ranked = match (ranking, view.network) {
        (Ranking::Bm25, _) => signals.by_words(),
        (Ranking::Dense, _) => signals.by_meaning(),
        (Ranking::Gat, Some(network)) => {
            let candidates = Candidates::gather(view, &signals);
            let mut ranked = network.scores(view, &signals, &candidates);
            ranked.sort_unstable_by(by_score);
            corrections::put_first(view.graph, ranked)
        }
        (Ranking::Hybrid | Ranking::Gat, _) => {
            let candidates = Candidates::gather(view, &signals);
            corrections::put_first(view.graph, candidates.ranked(&signals))
        }
    };
    ranked.truncate(limit);
    let turns = explain::explain(view, &signals, &ranked);
    Evidence {
        facts: record::facts(view.graph, &ranked),
        answerable: answerable::estimate(view, &signals),
        turns,
    }
}

/// Which ranking to use. All but [`Ranking::Gat`] exist to be compared with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranking {
    /// Words alone.
    Bm25,
    /// Meaning alone.
    Dense,
    /// Both, each with its neighbouring turns, fused on one scale.
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

#[cfg(test)]
mod tests;
