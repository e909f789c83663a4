//! What words and meaning say of every turn.

use crate::index::{TermCounts, analyse, by_score};
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

    /// Turns that share a word with the question, best first.
    pub(super) fn by_words(&self) -> Vec<(TurnId, f32)> {
        let mut ranked = self.ranked(self.words.scores.iter().copied());
        ranked.retain(|&(_, score)| score > 0.0);
        ranked
    }

    /// Turns with a vector by their nearness to the question.
    pub(super) fn by_meaning(&self) -> Vec<(TurnId, f32)> {
        let scores = self.meaning.iter().flat_map(|meaning| &meaning.scores);
        self.ranked(scores.copied())
    }

    /// Turns with tokens by how well they meet the question's.
    pub(super) fn by_tokens(&self) -> Vec<(TurnId, f32)> {
        let scores = self.tokens.iter().flat_map(|tokens| &tokens.scores);
        self.ranked(scores.copied())
    }

    /// All turns, each by itself.
    pub(super) fn by_relevance(&self) -> Vec<(TurnId, f32)> {
        self.ranked(self.relevance.iter().copied().map(Some))
    }

    /// All turns by the fused score.
    pub(super) fn by_both(&self) -> Vec<(TurnId, f32)> {
        self.ranked(self.hybrid.iter().copied().map(Some))
    }

    /// Positions of the `k` turns that are most relevant by themselves, best first.
    pub(super) fn most_relevant(&self, k: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.relevance.len()).collect();
        order.sort_by(|&a, &b| self.relevance[b].total_cmp(&self.relevance[a]));
        order.truncate(k);
        order
    }

    fn ranked(&self, scores: impl Iterator<Item = Option<f32>>) -> Vec<(TurnId, f32)> {
        let scored = self.turns.iter().zip(scores);
        let mut ranked: Vec<_> = scored
            .filter_map(|(&turn, score)| Some((turn, score?)))
            .collect();
        ranked.sort_unstable_by(by_score);
        ranked
    }

    /// A turn's position in the view.
    pub(super) fn position(&self, turn: TurnId) -> Option<usize> {
        self.turns.binary_search(&turn).ok()
    }
}

impl Signal {
    pub(super) fn new(scores: Vec<Option<f32>>) -> Self {
        let standard = standard(&scores);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        let key = |at: usize| scores[at].unwrap_or(f32::NEG_INFINITY);
        order.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
        let mut ranks = vec![0; scores.len()];
        for (rank, at) in (1..).zip(order) {
            ranks[at] = rank;
        }
        Self {
            best: standard.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            standard,
            scores,
            ranks,
        }
    }
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
