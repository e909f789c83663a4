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
pub mod nudge;
mod pagerank;
mod record;
mod signals;
mod wanted;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::embed::Embedding;
use crate::fact::Fact;
use crate::graph::Graph;
use crate::index::{Embeddings, Lexical, by_score};
use crate::mark::Verdict;
use crate::turn::{Turn, TurnId};

use candidates::Candidates;
pub use nudge::Nudge;
pub(crate) use nudge::{likeness, nudges};
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
    pub embeddings: Option<&'a Embeddings>,
    /// The graph attention network; without one [`Ranking::Gat`] is the hybrid.
    pub network: Option<&'a gat::Network>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The question as the client put it.
    pub text: &'a str,
    /// Its embedding, from the encoder that made the turns'.
    pub embedding: Option<&'a Embedding>,
    /// What marks on answers to such questions do; nothing for rankings that exist to
    /// be compared with.
    pub nudges: &'a [Nudge],
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
/// If the question's vectors and the index's differ in length.
pub fn retrieve(view: &View, question: &Question, ranking: Ranking, limit: usize) -> Evidence {
    let signals = Signals::new(view, question);
    let (mut ranked, answerable) = match (ranking, view.network) {
        (Ranking::Gat, Some(network)) => {
            let candidates = Candidates::gather(view, &signals);
            let (mut ranked, answerable) = network.judge(view, &signals, question, &candidates);
            nudge::apply(&mut ranked, question.nudges);
            let correcting = |turn| view.graph.corrected_by(turn);
            (corrections::put_first(correcting, ranked), answerable)
        }
        _ => (
            untrained(view, &signals, question.nudges, ranking, limit),
            answerable::estimate(view, &signals),
        ),
    };
    ranked.truncate(limit);
    Evidence {
        facts: record::facts(view.graph, &ranked),
        turns: explain::explain(view, &signals, question.nudges, &ranked),
        answerable,
    }
}

/// What the turns heed among which a question's evidence is looked for; nothing without
/// a network.
pub fn attention(view: &View, question: &Question) -> Vec<gat::Attention> {
    let Some(network) = view.network else {
        return Vec::new();
    };
    let signals = Signals::new(view, question);
    network.attention(
        view,
        &signals,
        question,
        &Candidates::gather(view, &signals),
    )
}

/// Turns by a ranking that needs no network, best first; at least `limit` of them
/// where it ranks as many.
fn untrained(
    view: &View,
    signals: &Signals,
    nudges: &[Nudge],
    ranking: Ranking,
    limit: usize,
) -> Vec<(TurnId, f32)> {
    let candidates = || Candidates::gather(view, signals);
    match ranking {
        Ranking::Bm25 => signals.by_words(limit),
        Ranking::Dense => signals.by_meaning(limit),
        Ranking::Late => signals.by_tokens(limit),
        Ranking::Fused => signals.by_relevance(limit),
        Ranking::PageRank => sorted(pagerank::ranked(view, signals, &candidates())),
        Ranking::Hybrid | Ranking::Gat => {
            let correcting = |turn| view.graph.corrected_by(turn);
            let mut ranked = candidates().ranked(signals);
            nudge::apply(&mut ranked, nudges);
            corrections::put_first(correcting, ranked)
        }
    }
}

fn sorted(mut scored: Vec<(TurnId, f32)>) -> Vec<(TurnId, f32)> {
    scored.sort_unstable_by(by_score);
    scored
}

/// Which ranking to use. All but [`Ranking::Gat`] exist to be compared with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranking {
    /// Words alone.
    Bm25,
    /// Meaning alone, by one vector a turn.
    Dense,
    /// Meaning alone, by one vector a token.
    Late,
    /// All three on one scale, each turn by itself.
    Fused,
    /// The same with what neighbouring turns lend, and what else speaks for a turn.
    Hybrid,
    /// Personalised PageRank from the relevant turns.
    PageRank,
    /// The hybrid score with the logit of the graph attention network.
    #[default]
    Gat,
}

impl fmt::Display for Ranking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Bm25 => "bm25",
            Self::Dense => "dense",
            Self::Late => "late",
            Self::Fused => "fused",
            Self::Hybrid => "hybrid",
            Self::PageRank => "pagerank",
            Self::Gat => "gat",
        })
    }
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
    /// It was marked for this question or one like it.
    Marked {
        /// As right or as wrong.
        verdict: Verdict,
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
