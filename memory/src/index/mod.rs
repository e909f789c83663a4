//! Finding turns: by words (BM25) and by meaning (one vector a turn, and late
//! interaction of one a token).
//!
//! All indexes live in memory and are filled from what the store keeps: the
//! [`TermCounts`] and the embedding of each turn. Turns enter in ascending order.

mod analyse;
mod dense;
mod embeddings;
mod late;
mod lexical;
mod links;
mod stop;

pub use analyse::{TermCounts, analyse};
pub use dense::Dense;
pub(crate) use dense::cosine;
pub use embeddings::Embeddings;
pub use late::Late;
pub use lexical::Lexical;
pub use links::links;

use std::cmp::Ordering;

use crate::turn::{NewTurn, TurnId};

/// The text under which a turn is analysed and embedded: the speaker's name,
/// where there is one, then what was said. A question that names the speaker
/// so finds what he said.
pub fn passage(turn: &NewTurn) -> String {
    match &turn.speaker {
        Some(name) => format!("{name}: {}", turn.text),
        None => turn.text.clone(),
    }
}

/// Higher scores first; of equal scores the earlier turn, so that every
/// ranking is deterministic.
pub(crate) fn by_score(a: &(TurnId, f32), b: &(TurnId, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// The `k` best of `scores`, best first.
pub(crate) fn top(mut scores: Vec<(TurnId, f32)>, k: usize) -> Vec<(TurnId, f32)> {
    if k == 0 {
        return Vec::new();
    }
    if scores.len() > k {
        scores.select_nth_unstable_by(k - 1, by_score);
        scores.truncate(k);
    }
    scores.sort_unstable_by(by_score);
    scores
}
