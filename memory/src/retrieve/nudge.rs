//! What marks on earlier answers add to turns' scores, for questions like those that
//! were marked, and by no more than a bound.

use std::collections::BTreeMap;

use crate::index::{by_score, cosine};
use crate::mark::{Mark, Verdict};
use crate::turn::TurnId;

/// The most that marks move a turn's score, in standard deviations of the scores that
/// it stands among.
pub const MOST: f32 = 2.0;
/// Questions whose embeddings have this cosine or less, both taken from the mean of
/// the record's, are of different things; from `ALIKE` on they are one question. In
/// between a mark counts in part. With multilingual-e5-small one question in other words
/// reaches 0.55 to 0.96, and of 247 pairs on other things all but one stay below 0.58.
const APART: f32 = 0.6;
const ALIKE: f32 = 0.85;

/// How much marks move one turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nudge {
    /// Which turn.
    pub turn: TurnId,
    /// In [-1, 1], of [`MOST`]: above 0 towards the first place.
    pub by: f32,
}

/// How alike two questions are, in [0, 1], by their vectors and the mean of the
/// record's, which says nothing of either.
pub(crate) fn likeness(a: &[f32], b: &[f32], mean: &[f32]) -> f32 {
    let from_mean = |v: &[f32]| -> Vec<f32> { v.iter().zip(mean).map(|(v, m)| v - m).collect() };
    let cosine = cosine(&from_mean(a), &from_mean(b));
    ((cosine - APART) / (ALIKE - APART)).clamp(0.0, 1.0)
}

/// The nudges that marks give, each with how alike its question is to the one asked.
pub(crate) fn nudges<'a>(marks: impl IntoIterator<Item = (&'a Mark, f32)>) -> Vec<Nudge> {
    let mut by_turn: BTreeMap<TurnId, f32> = BTreeMap::new();
    for (mark, likeness) in marks {
        let towards = match mark.verdict {
            Some(Verdict::Right) => likeness,
            Some(Verdict::Wrong) => -likeness,
            None => 0.0,
        };
        *by_turn.entry(mark.turn).or_default() += towards;
    }
    by_turn
        .into_iter()
        .filter(|(_, by)| *by != 0.0)
        .map(|(turn, by)| Nudge {
            turn,
            by: by.clamp(-1.0, 1.0),
        })
        .collect()
}

/// Moves the turns that are ranked, best first; adds none and leaves the scores of
/// others as they are.
pub(super) fn apply(ranked: &mut [(TurnId, f32)], nudges: &[Nudge]) {
    if nudges.is_empty() {
        return;
    }
    let deviation = deviation(ranked);
    for (turn, score) in ranked.iter_mut() {
        if let Some(nudge) = nudges.iter().find(|nudge| nudge.turn == *turn) {
            *score += nudge.by * MOST * deviation;
        }
    }
    ranked.sort_unstable_by(by_score);
}

/// The standard deviation of the scores.
fn deviation(ranked: &[(TurnId, f32)]) -> f32 {
    let n = ranked.len().max(1) as f32;
    let mean = ranked.iter().map(|(_, score)| score).sum::<f32>() / n;
    let squares = ranked.iter().map(|(_, score)| (score - mean).powi(2));
    (squares.sum::<f32>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(turn: u32, verdict: Verdict) -> Mark {
        Mark {
            question: String::new(),
            turn: TurnId(turn),
            verdict: Some(verdict),
        }
    }

    #[test]
    fn likeness_fades_and_ends() {
        let mean = [0.5, 0.0];
        let one = [1.0, 0.0];
        for (other, expected) in [([1.5, 0.0], 1.0), ([1.5, 0.5], 1.0), ([0.5, 1.0], 0.0)] {
            assert_eq!(likeness(&one, &other, &mean), expected, "{other:?}");
        }
        let between = likeness(&one, &[1.5, 1.2], &mean);
        assert!(0.0 < between && between < 1.0, "{between}");
    }

    proptest! {
        #[test]
        fn no_score_moves_past_the_bound_and_no_other_at_all(
            scores in prop::collection::vec(-20i16..20, 1..40),
            marks in prop::collection::vec((0u32..60, any::<bool>(), 0.0f32..=1.0), 0..20),
        ) {
            let mut before: Vec<(TurnId, f32)> =
                (0..).map(TurnId).zip(scores.iter().map(|&s| f32::from(s) / 4.0)).collect();
            before.sort_unstable_by(by_score);
            let marks: Vec<(Mark, f32)> = marks
                .into_iter()
                .map(|(turn, right, likeness)| {
                    let verdict = if right { Verdict::Right } else { Verdict::Wrong };
                    (mark(turn, verdict), likeness)
                })
                .collect();
            let nudges = nudges(marks.iter().map(|(mark, likeness)| (mark, *likeness)));
            let mut after = before.clone();
            apply(&mut after, &nudges);
            prop_assert_eq!(after.len(), before.len());
            let bound = MOST * deviation(&before) + 1e-4;
            for &(turn, score) in &before {
                let moved = after.iter().find(|(t, _)| *t == turn).unwrap().1 - score;
                let marked = marks.iter().any(|(mark, l)| mark.turn == turn && *l > 0.0);
                prop_assert!(moved.abs() <= if marked { bound } else { 0.0 }, "{turn} {moved}");
            }
            prop_assert!(after.is_sorted_by(|a, b| by_score(a, b).is_le()));
        }
    }
}
