//! Learning to choose: rows of features, of which some are right.

use serde::Serialize;

use super::adam::Adam;
use crate::eval::random::SplitMix;
use crate::read::network::{Member, Network, inputs};

pub(super) const FOLDS: usize = 5;
/// Networks of a committee, and the width of each.
const MEMBERS: u64 = 3;
const WIDTH: usize = 16;
const STEPS: usize = 200;
const RATE: f32 = 0.02;
/// Keeps weights small, in units of an input's deviation.
const DECAY: f32 = 0.05;
/// The share of a network's width that each step does without.
const DROPPED: f64 = 0.2;

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

    fn features(&self) -> Vec<&[f32]> {
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
    fn loss(&self, logits: &[f32]) -> (f64, Vec<f64>) {
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

/// A committee that makes what is right likely; the same choices give the same networks.
pub(super) fn learn(choices: &[&Choice]) -> Network {
    let mut seen: Vec<Vec<Vec<f32>>> = choices
        .iter()
        .map(|choice| inputs(&choice.features()))
        .collect();
    let (mean, deviation) = moments(seen.iter().flatten());
    let mut network = Network {
        mean,
        deviation,
        members: Vec::new(),
    };
    for row in seen.iter_mut().flatten() {
        network.standardise(row);
    }
    let width = network.mean.len();
    network.members = (0..MEMBERS)
        .map(|seed| member(choices, &seen, width, seed))
        .collect();
    network
}

/// Adam on one network, every choice in each step, whose rows have these inputs.
fn member(choices: &[&Choice], seen: &[Vec<Vec<f32>>], width: usize, seed: u64) -> Member {
    /// Of choices, each with a slope of its own: so many whatever the machine, for the sum
    /// depends on the order.
    const SHARES: usize = 8;
    let mut random = SplitMix::new(seed);
    let mut layer = Layer::random(width, &mut random);
    let mut adam = Adam::new(layer.numbers.len(), RATE);
    let share = choices.len().div_ceil(SHARES).max(1);
    for _ in 0..STEPS {
        let kept = std::array::from_fn(|_| match random.unit() < DROPPED {
            true => 0.0,
            false => 1.0 / (1.0 - DROPPED as f32),
        });
        let shares = choices.chunks(share).zip(seen.chunks(share));
        let slopes = in_parallel(shares.collect(), |(choices, seen)| {
            let mut slope = Layer::zero(width);
            for (choice, rows) in choices.iter().zip(seen) {
                layer.add_slope(choice, rows, &kept, &mut slope);
            }
            slope.numbers
        });
        let mut slope: Vec<f32> = layer.numbers.iter().map(|w| w * DECAY).collect();
        for of_share in slopes {
            for (slope, own) in slope.iter_mut().zip(of_share) {
                *slope += own / choices.len() as f32;
            }
        }
        adam.step(&mut layer.numbers, &slope);
    }
    shorten(&mut layer.numbers);
    layer.member()
}

/// Numbers to five digits: all that counts, in a file half as long.
pub(super) fn shorten(numbers: &mut [f32]) {
    for number in numbers {
        *number = format!("{number:.4e}").parse().unwrap_or(*number);
    }
}

/// What a function makes of each thing, on all processors.
fn in_parallel<T: Send, R: Send>(things: Vec<T>, make: impl Fn(T) -> R + Sync) -> Vec<R> {
    let make = &make;
    std::thread::scope(|scope| {
        let threads = things
            .into_iter()
            .map(|thing| scope.spawn(move || make(thing)));
        let threads: Vec<_> = threads.collect();
        let made = threads.into_iter().map(|thread| thread.join());
        made.map(|made| made.expect("no thread panics")).collect()
    })
}

/// The numbers of a network, or their slopes: for each input, what it counts directly and in
/// each hidden unit; then the units' biases, and what each counts.
struct Layer {
    width: usize,
    numbers: Vec<f32>,
}

impl Layer {
    const OF_INPUT: usize = 1 + WIDTH;

    fn zero(width: usize) -> Self {
        Self {
            width,
            numbers: vec![0.0; width * Self::OF_INPUT + 2 * WIDTH],
        }
    }

    fn random(width: usize, random: &mut SplitMix) -> Self {
        let mut layer = Self::zero(width);
        let mut even = |deviation: f64| {
            let spread = 3f64.sqrt() * deviation;
            (random.unit().mul_add(2.0, -1.0) * spread) as f32
        };
        let (of_inputs, units) = layer.numbers.split_at_mut(width * Self::OF_INPUT);
        for of_input in of_inputs.chunks_exact_mut(Self::OF_INPUT) {
            of_input[1..].fill_with(|| even(1.0 / (width as f64).sqrt()));
        }
        units[WIDTH..].fill_with(|| even(0.1));
        layer
    }

    fn units(&self) -> (&[f32], &[f32]) {
        self.numbers[self.width * Self::OF_INPUT..].split_at(WIDTH)
    }

    /// The logit of a row, and its hidden units.
    fn forward(&self, row: &[f32], kept: &[f32; WIDTH]) -> (f32, [f32; WIDTH]) {
        let (bias, out) = self.units();
        let mut units = [0.0; WIDTH];
        units.copy_from_slice(bias);
        let mut logit = 0.0;
        for (x, of_input) in row.iter().zip(self.numbers.chunks_exact(Self::OF_INPUT)) {
            logit += x * of_input[0];
            for (unit, weight) in units.iter_mut().zip(&of_input[1..]) {
                *unit += x * weight;
            }
        }
        units = units.map(f32::tanh);
        let counted = units.iter().zip(out).zip(kept);
        let bent = counted.map(|((unit, out), kept)| unit * out * kept);
        (logit + bent.sum::<f32>(), units)
    }

    /// Adds the slope of a choice's loss.
    fn add_slope(&self, choice: &Choice, rows: &[Vec<f32>], kept: &[f32; WIDTH], slope: &mut Self) {
        let forward = rows.iter().map(|row| self.forward(row, kept));
        let (logits, units): (Vec<f32>, Vec<[f32; WIDTH]>) = forward.unzip();
        let (_, by_logit) = choice.loss(&logits);
        let (_, out) = self.units();
        let (of_inputs, of_units) = slope.numbers.split_at_mut(self.width * Self::OF_INPUT);
        let (of_bias, of_out) = of_units.split_at_mut(WIDTH);
        for ((row, units), by_logit) in rows.iter().zip(&units).zip(by_logit) {
            let by_logit = by_logit as f32;
            let mut by_unit = [0.0; WIDTH];
            for at in 0..WIDTH {
                of_out[at] += by_logit * units[at] * kept[at];
                by_unit[at] = by_logit * out[at] * kept[at] * (1.0 - units[at] * units[at]);
                of_bias[at] += by_unit[at];
            }
            for (x, of_input) in row.iter().zip(of_inputs.chunks_exact_mut(Self::OF_INPUT)) {
                of_input[0] += x * by_logit;
                for (slope, by_unit) in of_input[1..].iter_mut().zip(&by_unit) {
                    *slope += x * by_unit;
                }
            }
        }
    }

    fn member(&self) -> Member {
        let of_inputs = || self.numbers[..self.width * Self::OF_INPUT].chunks_exact(Self::OF_INPUT);
        let hidden = (0..WIDTH).flat_map(|unit| of_inputs().map(move |of| of[1 + unit]));
        let (bias, out) = self.units();
        Member {
            direct: of_inputs().map(|of_input| of_input[0]).collect(),
            hidden: hidden.collect(),
            bias: bias.to_vec(),
            out: out.to_vec(),
        }
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
    fn the_slope_of_a_network_is_that_of_its_loss() {
        let width = 3;
        let rows: Vec<Vec<f32>> = (0..4u8)
            .map(|at| (0..3u8).map(|of| f32::from(at * 3 + of).sin()).collect())
            .collect();
        let choice = Choice {
            rows: rows
                .iter()
                .zip(0..)
                .map(|(row, of)| (of, row.clone()))
                .collect(),
            right: vec![2],
        };
        let layer = Layer::random(width, &mut SplitMix::new(7));
        let kept = std::array::from_fn(|unit| f32::from(u8::from(unit % 3 != 0)));
        let mut slope = Layer::zero(width);
        layer.add_slope(&choice, &rows, &kept, &mut slope);
        for at in 0..layer.numbers.len() {
            let loss = |by: f32| {
                let mut moved = Layer::zero(width);
                moved.numbers.copy_from_slice(&layer.numbers);
                moved.numbers[at] += by;
                let logits = rows.iter().map(|row| moved.forward(row, &kept).0);
                choice.loss(&logits.collect::<Vec<_>>()).0
            };
            let measured = (loss(1e-2) - loss(-1e-2)) / 2e-2;
            let told = f64::from(slope.numbers[at]);
            assert!(
                (measured - told).abs() < 1e-3,
                "number {at}: {measured} {told}"
            );
        }
    }

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
