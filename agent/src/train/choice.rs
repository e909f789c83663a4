//! Learning to choose: rows of features, of which some are right.

use serde::Serialize;

use super::committee::learn;
use crate::read::network::Network;

pub(super) const FOLDS: usize = 5;

/// Rows to choose from, each with the thing that it is of, and the things that are right.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) rows: Vec<(u32, Vec<f32>)>,
    pub(super) right: Vec<u32>,
}

/// How well networks fit, on consultations that they were not learnt from: each fifth of them
/// left out in turn.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Fit {
    /// Questions learnt from.
    pub questions: usize,
    /// The share of questions whose likeliest row is right.
    pub first: f64,
    /// The share whose right things are all among the first five.
    pub all_in_five: f64,
    /// Mean loss, nats.
    pub loss: f64,
}

/// How well choices, each with the number of its consultation, can be learnt; and the
/// logits of each choice's rows by the networks that did not learn from it.
pub(super) fn cross_validated(choices: &[(usize, Choice)]) -> (Fit, Vec<Vec<f32>>) {
    let mut fit = Fit {
        questions: choices.len(),
        ..Fit::default()
    };
    let mut judged = vec![Vec::new(); choices.len()];
    for left_out in 0..FOLDS {
        let is_judge = |of: usize| of % FOLDS == left_out;
        let seen = choices.iter().filter(|(of, _)| !is_judge(*of));
        let seen: Vec<&Choice> = seen.map(|(_, choice)| choice).collect();
        if seen.is_empty() {
            continue;
        }
        let network = learn(&seen);
        let judges = choices.iter().enumerate();
        for (at, (_, choice)) in judges.filter(|(_, (of, _))| is_judge(*of)) {
            let logits = choice.logits(&network);
            let ranked = choice.ranked(&logits);
            let place = |right: &u32| ranked.iter().position(|other| other == right);
            let places = choice
                .right
                .iter()
                .map(|right| place(right).unwrap_or(usize::MAX));
            let places: Vec<usize> = places.collect();
            fit.first += f64::from(u8::from(places.contains(&0)));
            fit.all_in_five += f64::from(u8::from(places.iter().all(|place| *place < 5)));
            fit.loss += choice.loss(&logits).0;
            judged[at] = logits;
        }
    }
    let questions = choices.len().max(1) as f64;
    fit.first /= questions;
    fit.all_in_five /= questions;
    fit.loss /= questions;
    (fit, judged)
}

impl Choice {
    /// Nothing to choose from.
    pub(super) fn none() -> Self {
        Self {
            rows: Vec::new(),
            right: Vec::new(),
        }
    }

    /// Whether any row is right, and any wrong.
    pub(super) fn is_useful(&self) -> bool {
        let right = |(of, _): &(u32, Vec<f32>)| self.right.contains(of);
        self.rows.iter().any(right) && !self.rows.iter().all(right)
    }

    pub(super) fn features(&self) -> Vec<&[f32]> {
        self.rows
            .iter()
            .map(|(_, features)| features.as_slice())
            .collect()
    }

    pub(super) fn logits(&self, network: &Network) -> Vec<f32> {
        network.logits(&self.features())
    }

    /// The things, that of the likeliest row first.
    pub(super) fn ranked(&self, logits: &[f32]) -> Vec<u32> {
        let mut scored: Vec<(f32, u32)> = logits
            .iter()
            .zip(&self.rows)
            .map(|(logit, (of, _))| (*logit, *of))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut ranked = Vec::new();
        for (_, of) in scored {
            if !ranked.contains(&of) {
                ranked.push(of);
            }
        }
        ranked
    }

    /// The loss and its slope by each logit: for each right thing, how unlikely its rows are
    /// together among all that are of no other such thing.
    pub(super) fn loss(&self, logits: &[f32]) -> (f64, Vec<f64>) {
        let most = logits.iter().copied().fold(f32::MIN, f32::max);
        let weights: Vec<f64> = logits
            .iter()
            .map(|logit| f64::from(logit - most).exp())
            .collect();
        let mut slopes = vec![0.0; logits.len()];
        let found = |right: &&u32| self.rows.iter().any(|(of, _)| of == *right);
        let right: Vec<&u32> = self.right.iter().filter(found).collect();
        let mut loss = 0.0;
        for thing in &right {
            let own = |at: usize| self.rows[at].0 == **thing;
            let other = |at: usize| !own(at) && self.right.contains(&self.rows[at].0);
            let sum = |which: &dyn Fn(usize) -> bool| -> f64 {
                let chosen = (0..weights.len()).filter(|at| which(*at));
                chosen
                    .map(|at| weights[at])
                    .sum::<f64>()
                    .max(f64::MIN_POSITIVE)
            };
            let (all, of_thing) = (sum(&|at| !other(at)), sum(&own));
            loss += (all / of_thing).ln();
            for at in (0..weights.len()).filter(|at| !other(*at)) {
                slopes[at] += weights[at] / all;
                if own(at) {
                    slopes[at] -= weights[at] / of_thing;
                }
            }
        }
        let things = right.len().max(1) as f64;
        slopes.iter_mut().for_each(|slope| *slope /= things);
        (loss / things, slopes)
    }
}

/// Numbers to five digits: all that counts, in a file half as long.
pub(super) fn shorten(numbers: &mut [f32]) {
    for number in numbers {
        *number = format!("{number:.4e}").parse().unwrap_or(*number);
    }
}

/// Mean and deviation of each input; a deviation of one where an input never changes.
pub(super) fn moments<'r>(
    rows: impl Iterator<Item = &'r Vec<f32>> + Clone,
) -> (Vec<f32>, Vec<f32>) {
    let count = rows.clone().count().max(1) as f64;
    let width = rows.clone().next().map_or(0, Vec::len);
    let mut mean = vec![0.0; width];
    let mut squares = vec![0.0; width];
    for row in rows {
        for (at, value) in row.iter().map(|value| f64::from(*value)).enumerate() {
            mean[at] += value / count;
            squares[at] += value * value / count;
        }
    }
    let deviation = mean.iter().zip(&squares).map(|(mean, square)| {
        let deviation = (square - mean * mean).max(0.0).sqrt();
        if deviation > 1e-6 {
            deviation as f32
        } else {
            1.0
        }
    });
    let mut deviation: Vec<f32> = deviation.collect();
    let mut mean: Vec<f32> = mean.into_iter().map(|mean| mean as f32).collect();
    shorten(&mut mean);
    shorten(&mut deviation);
    (mean, deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_loss() {
        let choice = Choice {
            rows: (1..=10).map(|of| (of, Vec::new())).collect(),
            right: vec![2, 5, 99],
        };
        let logits: Vec<f32> = (0..10).map(|at| (at as f32).cos()).collect();
        let (_, slopes) = choice.loss(&logits);
        for at in 0..10 {
            let moved = |by: f32| {
                let mut logits = logits.clone();
                logits[at] += by;
                choice.loss(&logits).0
            };
            let measured = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((measured - slopes[at]).abs() < 1e-4, "logit {at}");
        }
    }
}
