//! What words and meaning say of every turn.

use crate::index::{TermCounts, analyse, by_score};
use crate::turn::TurnId;

use super::fuse;
use super::wanted::Wanted;
use super::{Question, View};

/// Scores by position in the view's turns.
pub(super) struct Signals {
    pub(super) terms: TermCounts,
    pub(super) words: Signal,
    pub(super) meaning: Option<Signal>,
    /// Words and meaning of each turn by itself, on one scale.
    pub(super) relevance: Vec<f32>,
    /// Relevance with context and all else that speaks for a turn.
    pub(super) hybrid: Signal,
    /// What the question asks for.
    pub(super) wanted: Wanted,
    turns: Vec<TurnId>,
}

/// One kind of score with its ranking.
pub(super) struct Signal {
    pub(super) scores: Vec<f32>,
    /// The scores with mean 0 and deviation 1, so that kinds can be compared.
    pub(super) standard: Vec<f32>,
    /// The best standard score.
    pub(super) best: f32,
    /// Place in the ranking by `scores`, from 1.
    pub(super) ranks: Vec<usize>,
}

impl Signals {
    pub(super) fn new(view: &View, question: &Question) -> Self {
        let terms = analyse(question.text);
        let spread = |found: Vec<(TurnId, f32)>| Signal::new(by_position(view, &found));
        let words = spread(view.lexical.scores(&terms));
        let meaning = match (view.dense, question.vector) {
            (Some(dense), Some(vector)) => Some(spread(dense.scores(vector))),
            _ => None,
        };
        let wanted = Wanted::of(question.text);
        let relevance = fuse::relevance(&words, meaning.as_ref());
        let hybrid = Signal::new(fuse::hybrid(view, &terms, wanted, &relevance));
        Self {
            terms,
            words,
            meaning,
            relevance,
            hybrid,
            wanted,
            turns: view.turns.iter().map(|turn| turn.id).collect(),
        }
    }

    /// Turns that share a word with the question, best first.
    pub(super) fn by_words(&self) -> Vec<(TurnId, f32)> {
        let mut ranked = self.ranked(&self.words.scores);
        ranked.retain(|&(_, score)| score > 0.0);
        ranked
    }

    /// All turns by their nearness to the question; none without vectors.
    pub(super) fn by_meaning(&self) -> Vec<(TurnId, f32)> {
        self.meaning
            .as_ref()
            .map(|meaning| self.ranked(&meaning.scores))
            .unwrap_or_default()
    }

    /// All turns by the fused score.
    pub(super) fn by_both(&self) -> Vec<(TurnId, f32)> {
        self.ranked(&self.hybrid.scores)
    }

    /// Positions of the `k` turns that are most relevant by themselves, best first.
    pub(super) fn most_relevant(&self, k: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.relevance.len()).collect();
        order.sort_by(|&a, &b| self.relevance[b].total_cmp(&self.relevance[a]));
        order.truncate(k);
        order
    }

    fn ranked(&self, scores: &[f32]) -> Vec<(TurnId, f32)> {
        let mut ranked: Vec<_> = self
            .turns
            .iter()
            .copied()
            .zip(scores.iter().copied())
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
    fn new(scores: Vec<f32>) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let mut ranks = vec![0; scores.len()];
        for (rank, at) in (1..).zip(order) {
            ranks[at] = rank;
        }
        let standard = standard(&scores);
        Self {
            best: standard.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            standard,
            scores,
            ranks,
        }
    }
}

/// Scores found by turn, laid out by position; zero where none was found.
fn by_position(view: &View, found: &[(TurnId, f32)]) -> Vec<f32> {
    let mut found = found.iter().peekable();
    view.turns
        .iter()
        .map(|turn| {
            while found.next_if(|hit| hit.0 < turn.id).is_some() {}
            found
                .next_if(|hit| hit.0 == turn.id)
                .map_or(0.0, |hit| hit.1)
        })
        .collect()
}

/// Mean 0 and deviation 1; all 0 where every turn scores the same.
fn standard(scores: &[f32]) -> Vec<f32> {
    let n = scores.len().max(1) as f32;
    let mean = scores.iter().sum::<f32>() / n;
    let deviation = (scores.iter().map(|s| (s - mean).powi(2)).sum::<f32>() / n).sqrt();
    if deviation <= f32::EPSILON * mean.abs() {
        return vec![0.0; scores.len()];
    }
    scores.iter().map(|s| (s - mean) / deviation).collect()
}
