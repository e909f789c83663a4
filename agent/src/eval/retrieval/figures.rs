//! How much of the labelled evidence a ranking finds.

use std::collections::HashSet;

use estoppel_memory::TurnId;
use serde::Serialize;

/// Means over questions, each in [0, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// How many questions were asked.
    pub questions: usize,
    /// Mean share of the evidence turns among the first 1.
    #[serde(rename = "recall@1")]
    pub recall_1: f64,
    /// Mean share of the evidence turns among the first 5.
    #[serde(rename = "recall@5")]
    pub recall_5: f64,
    /// Mean share of the evidence turns among the first 10.
    #[serde(rename = "recall@10")]
    pub recall_10: f64,
    /// Mean share of the evidence turns among the first 20.
    #[serde(rename = "recall@20")]
    pub recall_20: f64,
    /// Share of questions with every evidence turn among the first 5.
    #[serde(rename = "all@5")]
    pub all_5: f64,
    /// Share of questions with every evidence turn among the first 10.
    #[serde(rename = "all@10")]
    pub all_10: f64,
    /// Normalised discounted cumulative gain of the first 10, each evidence
    /// turn worth the same (Järvelin and Kekäläinen, 2002).
    #[serde(rename = "ndcg@10")]
    pub ndcg_10: f64,
}

/// The longest ranking that a figure looks at.
pub(super) const DEPTH: usize = 20;

impl Figures {
    /// The figures of one question. `evidence` holds at least one turn.
    pub(crate) fn of(ranked: &[TurnId], evidence: &[TurnId]) -> Self {
        let evidence: HashSet<TurnId> = evidence.iter().copied().collect();
        let found = |k: usize| {
            ranked
                .iter()
                .take(k)
                .filter(|turn| evidence.contains(turn))
                .count()
        };
        let recall = |k| found(k) as f64 / evidence.len() as f64;
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let gained: f64 = ranked
            .iter()
            .take(10)
            .enumerate()
            .filter(|(_, turn)| evidence.contains(turn))
            .map(|(rank, _)| gain(rank))
            .sum();
        let ideal: f64 = (0..evidence.len().min(10)).map(gain).sum();
        Self {
            questions: 1,
            recall_1: recall(1),
            recall_5: recall(5),
            recall_10: recall(10),
            recall_20: recall(20),
            all_5: f64::from(found(5) == evidence.len()),
            all_10: f64::from(found(10) == evidence.len()),
            ndcg_10: gained / ideal,
        }
    }

    /// The mean of single questions' figures; all 0 over no question.
    pub(crate) fn mean<'a>(each: impl Iterator<Item = &'a Self>) -> Self {
        let mut mean = Self::default();
        for one in each {
            mean.questions += 1;
            for (sum, value) in mean.values_mut().into_iter().zip(one.values()) {
                *sum += value;
            }
        }
        let questions = mean.questions.max(1) as f64;
        for value in mean.values_mut() {
            *value /= questions;
        }
        mean
    }

    /// The figures in the order of [`NAMES`].
    pub(super) fn values(&self) -> [f64; 7] {
        [
            self.recall_1,
            self.recall_5,
            self.recall_10,
            self.recall_20,
            self.all_5,
            self.all_10,
            self.ndcg_10,
        ]
    }

    fn values_mut(&mut self) -> [&mut f64; 7] {
        [
            &mut self.recall_1,
            &mut self.recall_5,
            &mut self.recall_10,
            &mut self.recall_20,
            &mut self.all_5,
            &mut self.all_10,
            &mut self.ndcg_10,
        ]
    }
}

/// Whether a ranking has an update before what it updates; nothing where it lacks either.
pub(crate) fn update_first(
    ranked: &[TurnId],
    evidence: &[TurnId],
    outdated: &[TurnId],
) -> Option<bool> {
    let first = |wanted: &dyn Fn(&TurnId) -> bool| ranked.iter().position(wanted);
    let old = first(&|turn| outdated.contains(turn))?;
    let new = first(&|turn| evidence.contains(turn) && !outdated.contains(turn))?;
    Some(new < old)
}

/// The share of the updates that came first; nothing where there were none.
pub(crate) fn share_first(updates: &[bool]) -> Option<f64> {
    let first = updates.iter().filter(|first| **first).count();
    (!updates.is_empty()).then(|| first as f64 / updates.len() as f64)
}

/// The figures' names.
pub(super) const NAMES: [&str; 7] = [
    "recall@1",
    "recall@5",
    "recall@10",
    "recall@20",
    "all@5",
    "all@10",
    "ndcg@10",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(ids: &[u32]) -> Vec<TurnId> {
        ids.iter().copied().map(TurnId).collect()
    }

    #[test]
    fn recall_is_the_share_found() {
        let ranked = turns(&[4, 1, 9, 8, 7, 6, 2]);
        let figures = Figures::of(&ranked, &turns(&[1, 2]));
        assert_eq!(figures.recall_1, 0.0);
        assert_eq!(figures.recall_5, 0.5);
        assert_eq!(figures.recall_10, 1.0);
        assert_eq!(figures.all_10, 1.0);
        let expected = (1.0 / 3f64.log2() + 1.0 / 8f64.log2()) / (1.0 + 1.0 / 3f64.log2());
        assert!((figures.ndcg_10 - expected).abs() < 1e-12);
    }

    #[test]
    fn updates_stand_before_what_they_update() {
        let first = |ranked: &[u32]| update_first(&turns(ranked), &turns(&[5, 1]), &turns(&[1]));
        assert_eq!(first(&[3, 5, 1]), Some(true));
        assert_eq!(first(&[1, 5]), Some(false));
        assert_eq!(first(&[5, 3]), None);
        assert_eq!(share_first(&[true, false]), Some(0.5));
        assert_eq!(share_first(&[]), None);
    }

    #[test]
    fn a_perfect_ranking_has_full_gain() {
        let ids: Vec<u32> = (1..=15).collect();
        let figures = Figures::of(&turns(&ids), &turns(&ids));
        assert_eq!(figures.ndcg_10, 1.0);
        assert_eq!(figures.all_10, 0.0);
        assert_eq!(figures.recall_20, 1.0);
    }

    #[test]
    fn the_mean_weighs_questions_alike() {
        let full = Figures::of(&turns(&[1]), &turns(&[1]));
        let none = Figures::of(&[], &turns(&[1, 2, 3]));
        let mean = Figures::mean([full, none].iter());
        assert_eq!((mean.questions, mean.recall_1), (2, 0.5));
        assert_eq!(Figures::mean([].iter()), Figures::default());
    }
}
