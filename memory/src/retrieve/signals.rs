//! What words and meaning say of every turn.

use crate::index::{TermCounts, analyse, top};
use crate::turn::TurnId;

use super::fuse;
use super::wanted::Wanted;
use super::{Question, View};

/// The most turns whose tokens are compared with a question's: the costliest score.
const LOOKED_AT: usize = 384;

/// Scores by position in the view's turns.
pub(super) struct Signals {
    pub(super) terms: TermCounts,
    pub(super) words: Signal,
    pub(super) meaning: Option<Signal>,
    /// How well the question's tokens are met.
    pub(super) tokens: Option<Signal>,
    /// Words and meaning of each turn by itself, on one scale.
    pub(super) relevance: Vec<f32>,
    /// Relevance with context and all else that speaks for a turn.
    pub(super) hybrid: Vec<f32>,
    /// What the question asks for.
    pub(super) wanted: Wanted,
    turns: Vec<TurnId>,
}

/// One kind of score with its ranking.
pub(super) struct Signal {
    /// `None` for a turn that cannot be scored: it has no vector.
    pub(super) scores: Vec<Option<f32>>,
    /// The scores with mean 0 and deviation 1, so that kinds can be compared; 0
    /// where there is none.
    pub(super) standard: Vec<f32>,
    /// The best standard score.
    pub(super) best: f32,
    /// Place in the ranking by `scores`, from 1.
    pub(super) ranks: Vec<usize>,
}

impl Signals {
    pub(super) fn new(view: &View, question: &Question) -> Self {
        let terms = analyse(question.text);
        let words = by_position(view, &view.lexical.scores(&terms))
            .into_iter()
            .map(|score| Some(score.unwrap_or(0.0)))
            .collect();
        let words = Signal::new(words);
        let embedded = view.embeddings.zip(question.embedding);
        let meaning = embedded.map(|(turns, asked)| {
            Signal::new(by_position(view, &turns.dense().scores(&asked.vector)))
        });
        let tokens = embedded.and_then(|(turns, asked)| {
            let looked_at = looked_at(view, &words, meaning.as_ref());
            let met = turns.late().scores(&asked.tokens, looked_at);
            (!met.is_empty()).then(|| Signal::new(by_position(view, &met)))
        });
        let wanted = Wanted::of(question.text);
        let relevance = fuse::relevance(&words, meaning.as_ref(), tokens.as_ref());
        let hybrid = fuse::hybrid(view, &terms, wanted, &relevance);
        Self {
            terms,
            words,
            meaning,
            tokens,
            relevance,
            hybrid,
            wanted,
            turns: view.turns.iter().map(|turn| turn.id).collect(),
        }
    }

    /// The `k` best turns that share a word with the question.
    pub(super) fn by_words(&self, k: usize) -> Vec<(TurnId, f32)> {
        let scores = self.words.scores.iter().copied();
        self.best(k, scores.map(|score| score.filter(|&score| score > 0.0)))
    }

    /// The `k` turns with a vector that are nearest to the question.
    pub(super) fn by_meaning(&self, k: usize) -> Vec<(TurnId, f32)> {
        let scores = self.meaning.iter().flat_map(|meaning| &meaning.scores);
        self.best(k, scores.copied())
    }

    /// The `k` turns with tokens that meet the question's best.
    pub(super) fn by_tokens(&self, k: usize) -> Vec<(TurnId, f32)> {
        let scores = self.tokens.iter().flat_map(|tokens| &tokens.scores);
        self.best(k, scores.copied())
    }

    /// The `k` best turns, each by itself.
    pub(super) fn by_relevance(&self, k: usize) -> Vec<(TurnId, f32)> {
        self.best(k, self.relevance.iter().copied().map(Some))
    }

    /// The `k` best turns by the fused score.
    pub(super) fn by_both(&self, k: usize) -> Vec<(TurnId, f32)> {
        self.best(k, self.hybrid.iter().copied().map(Some))
    }

    fn best(&self, k: usize, scores: impl Iterator<Item = Option<f32>>) -> Vec<(TurnId, f32)> {
        let scored = self.turns.iter().zip(scores);
        let scored = scored.filter_map(|(&turn, score)| Some((turn, score?)));
        top(scored.collect(), k)
    }

    /// A turn's position in the view.
    pub(super) fn position(&self, turn: TurnId) -> Option<usize> {
        self.turns.binary_search(&turn).ok()
    }
}

impl Signal {
    pub(super) fn new(scores: Vec<Option<f32>>) -> Self {
        let standard = standard(&scores);
        let key =
            |(at, score): (usize, &Option<f32>)| falling(score.unwrap_or(f32::NEG_INFINITY), at);
        let mut order: Vec<u64> = scores.iter().enumerate().map(key).collect();
        order.sort_unstable();
        let mut ranks = vec![0; scores.len()];
        for (rank, key) in (1..).zip(order) {
            ranks[key as u32 as usize] = rank;
        }
        Self {
            best: standard.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            standard,
            scores,
            ranks,
        }
    }
}

/// A number that is the lower the higher a score is, as [`f32::total_cmp`] has it, and
/// of equal scores the earlier its place, which is the lower half. Numbers are sorted
/// several times faster than scores.
fn falling(score: f32, at: usize) -> u64 {
    let bits = score.to_bits();
    let high = if score.is_sign_negative() {
        bits
    } else {
        !bits & !(1 << 31)
    };
    u64::from(high) << 32 | at as u64
}

/// The turns whose tokens are compared with the question's: all of them, or in a
/// long matter the most relevant by words and one vector each, ascending.
fn looked_at(view: &View, words: &Signal, meaning: Option<&Signal>) -> Vec<TurnId> {
    let mut positions: Vec<usize> = (0..view.turns.len()).collect();
    if positions.len() > LOOKED_AT {
        let relevance = fuse::relevance(words, meaning, None);
        positions.select_nth_unstable_by(LOOKED_AT, |&a, &b| relevance[b].total_cmp(&relevance[a]));
        positions.truncate(LOOKED_AT);
        positions.sort_unstable();
    }
    positions.into_iter().map(|at| view.turns[at].id).collect()
}

/// Scores found by turn, laid out by position.
fn by_position(view: &View, found: &[(TurnId, f32)]) -> Vec<Option<f32>> {
    let mut found = found.iter().peekable();
    view.turns
        .iter()
        .map(|turn| {
            while found.next_if(|hit| hit.0 < turn.id).is_some() {}
            found.next_if(|hit| hit.0 == turn.id).map(|hit| hit.1)
        })
        .collect()
}

/// Mean 0 and deviation 1; all 0 where every turn scores the same.
fn standard(scores: &[Option<f32>]) -> Vec<f32> {
    let present = || scores.iter().flatten();
    let n = present().count().max(1) as f32;
    let mean = present().sum::<f32>() / n;
    let deviation = (present().map(|s| (s - mean).powi(2)).sum::<f32>() / n).sqrt();
    if deviation <= f32::EPSILON * mean.abs() {
        return vec![0.0; scores.len()];
    }
    let standard = |score: &Option<f32>| score.map_or(0.0, |s| (s - mean) / deviation);
    scores.iter().map(standard).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_fall_with_the_score_and_rise_with_the_place(
            scores in prop::collection::vec(prop::option::of(-4i8..4), 0..60),
        ) {
            let scores: Vec<Option<f32>> =
                scores.iter().map(|score| score.map(|score| f32::from(score) / 2.0)).collect();
            let signal = Signal::new(scores.clone());
            let key = |at: usize| scores[at].unwrap_or(f32::NEG_INFINITY);
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
            for (rank, at) in (1..).zip(order) {
                prop_assert_eq!(signal.ranks[at], rank);
            }
        }
    }
}
