//! Learning to choose: rows of features, of which some are right.

use serde::Serialize;

use crate::read::weigh::Counts;

const FOLDS: usize = 5;
const STEPS: usize = 300;
const RATE: f64 = 0.05;
/// Keeps weights small, in units of a feature's deviation.
const DECAY: f64 = 0.05;

/// Rows to choose from, each with the thing that it is of, and the things that are right.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) rows: Vec<(u32, Vec<f32>)>,
    pub(super) right: Vec<u32>,
}

/// How well weights fit, on consultations that they were not learnt from: each fifth of them
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

/// How well choices, each with the number of its consultation, can be learnt.
pub(super) fn cross_validated(choices: &[(usize, Choice)], width: usize) -> Fit {
    let mut fit = Fit {
        questions: choices.len(),
        ..Fit::default()
    };
    for left_out in 0..FOLDS {
        let (judges, seen): (Vec<_>, Vec<_>) =
            choices.iter().partition(|(of, _)| of % FOLDS == left_out);
        if seen.is_empty() {
            continue;
        }
        let counts = learn(
            &seen.iter().map(|(_, choice)| choice).collect::<Vec<_>>(),
            width,
        );
        for (_, choice) in judges {
            let ranked = choice.ranked(&counts);
            let place = |right: &u32| ranked.iter().position(|other| other == right);
            let places: Vec<usize> = choice
                .right
                .iter()
                .map(|right| place(right).unwrap_or(usize::MAX))
                .collect();
            fit.first += f64::from(u8::from(places.contains(&0)));
            fit.all_in_five += f64::from(u8::from(places.iter().all(|place| *place < 5)));
            let logits = choice.rows.iter();
            let logits: Vec<f64> = logits
                .map(|(_, f)| f64::from(counts.sharpness * counts.score(f)))
                .collect();
            fit.loss += choice.loss(&logits).0;
        }
    }
    let questions = choices.len().max(1) as f64;
    Fit {
        first: fit.first / questions,
        all_in_five: fit.all_in_five / questions,
        loss: fit.loss / questions,
        ..fit
    }
}

impl Choice {
    /// Whether any row is right, and any wrong.
    pub(super) fn is_useful(&self) -> bool {
        let right = |(of, _): &(u32, Vec<f32>)| self.right.contains(of);
        self.rows.iter().any(right) && !self.rows.iter().all(right)
    }

    /// The things, that of the likeliest row first.
    pub(super) fn ranked(&self, counts: &Counts) -> Vec<u32> {
        let mut scored: Vec<(f32, u32)> = self
            .rows
            .iter()
            .map(|(of, features)| (counts.score(features), *of))
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
    fn loss(&self, logits: &[f64]) -> (f64, Vec<f64>) {
        let most = logits.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<f64> = logits.iter().map(|logit| (logit - most).exp()).collect();
        let mut slopes = vec![0.0; logits.len()];
        let found = |right: &&u32| self.rows.iter().any(|(of, _)| of == *right);
        let right: Vec<&u32> = self.right.iter().filter(found).collect();
        let mut loss = 0.0;
        for thing in &right {
            let own = |at: usize| self.rows[at].0 == **thing;
            let other = |at: usize| !own(at) && self.right.contains(&self.rows[at].0);
            let sum = |which: &dyn Fn(usize) -> bool| -> f64 {
                let chosen = (0..weights.len()).filter(|at| which(*at));
                chosen.map(|at| weights[at]).sum()
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

/// Adam on standardised features, every choice in each step; rows are `width` wide.
pub(super) fn learn(choices: &[&Choice], width: usize) -> Counts {
    let (mean, deviation) = moments(choices, width);
    let standard = |features: &[f32]| -> Vec<f64> {
        let each = features.iter().zip(&mean).zip(&deviation);
        each.map(|((f, m), d)| (f64::from(*f) - m) / d).collect()
    };
    let inputs: Vec<Vec<Vec<f64>>> = choices
        .iter()
        .map(|choice| choice.rows.iter().map(|(_, f)| standard(f)).collect())
        .collect();
    let mut weights = vec![0.0; width];
    let mut momentum = vec![(0.0, 0.0); width];
    for step in 1..=STEPS {
        let mut slope: Vec<f64> = weights.iter().map(|weight| DECAY * weight).collect();
        for (choice, inputs) in choices.iter().zip(&inputs) {
            let logits: Vec<f64> = inputs.iter().map(|input| dot(input, &weights)).collect();
            let (_, slopes) = choice.loss(&logits);
            for (input, by_logit) in inputs.iter().zip(slopes) {
                for (slope, value) in slope.iter_mut().zip(input) {
                    *slope += by_logit * value / choices.len() as f64;
                }
            }
        }
        for ((weight, slope), (first, second)) in weights.iter_mut().zip(slope).zip(&mut momentum) {
            *first = 0.9 * *first + 0.1 * slope;
            *second = 0.99 * *second + 0.01 * slope * slope;
            let of_step = |decay: f64| 1.0 - decay.powi(step as i32);
            let moved = (*first / of_step(0.9)) / ((*second / of_step(0.99)).sqrt() + 1e-8);
            *weight -= RATE * moved;
        }
    }
    let raw: Vec<f64> = weights.iter().zip(&deviation).map(|(w, d)| w / d).collect();
    let centre = dot(&raw, &mean);
    let spread = spread(&inputs, &weights);
    Counts::scaled(&raw, centre, spread)
}

/// The deviation of the scores that weights give.
fn spread(inputs: &[Vec<Vec<f64>>], weights: &[f64]) -> f64 {
    let scores = inputs.iter().flatten().map(|input| dot(input, weights));
    let (count, sum) = scores.fold((0.0, 0.0), |(n, sum), score| (n + 1.0, sum + score * score));
    (sum / f64::max(count, 1.0)).sqrt().max(1e-6)
}

/// Mean and deviation of each feature; a deviation of one where a feature never changes.
fn moments(choices: &[&Choice], width: usize) -> (Vec<f64>, Vec<f64>) {
    let all = || choices.iter().flat_map(|c| &c.rows).map(|(_, f)| f);
    let count = all().count().max(1) as f64;
    let each = |at: usize| all().map(move |features: &Vec<f32>| f64::from(features[at]));
    let mean: Vec<f64> = (0..width).map(|at| each(at).sum::<f64>() / count).collect();
    let deviation = |at: usize| {
        let squares = each(at)
            .map(|value| (value - mean[at]).powi(2))
            .sum::<f64>();
        match (squares / count).sqrt() {
            deviation if deviation > 1e-6 => deviation,
            _ => 1.0,
        }
    };
    let deviations = (0..width).map(deviation).collect();
    (mean, deviations)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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
        let logits: Vec<f64> = (0..10).map(|at| f64::from(at).cos()).collect();
        let (_, slopes) = choice.loss(&logits);
        for at in 0..10 {
            let moved = |by: f64| {
                let mut logits = logits.clone();
                logits[at] += by;
                choice.loss(&logits).0
            };
            let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((measured - slopes[at]).abs() < 1e-6, "logit {at}");
        }
    }
}
