//! Gradient descent on a committee of networks: all members at once, as products of matrices.

use candle_core::Tensor;

use super::adam::Adam;
use super::choice::{Choice, moments, shorten};
use super::matrix::{flat, matrix, product, transposed};
use crate::eval::random::SplitMix;
use crate::read::network::{Member, Network, inputs};

/// Networks of a committee, and the width of each.
const MEMBERS: usize = 3;
const WIDTH: usize = 16;
const STEPS: usize = 200;
const RATE: f32 = 0.02;
/// Keeps weights small, in units of an input's deviation.
const DECAY: f32 = 0.05;
/// The share of a network's width that each step does without.
const DROPPED: f64 = 0.2;

/// What an input counts in a member: directly, and in each hidden unit; and in all members.
const OF_MEMBER: usize = 1 + WIDTH;
const OF_INPUT: usize = MEMBERS * OF_MEMBER;

/// What each hidden unit of each member counts in a step: nothing where it is dropped.
type Kept = [[f32; WIDTH]; MEMBERS];

/// A committee that makes what is right likely; the same choices give the same networks.
pub(super) fn learn(choices: &[&Choice]) -> Network {
    let mut seen: Vec<Vec<f32>> = choices
        .iter()
        .flat_map(|choice| inputs(&choice.features()))
        .collect();
    let (mean, deviation) = moments(seen.iter());
    let mut network = Network {
        mean,
        deviation,
        members: Vec::new(),
    };
    for row in &mut seen {
        network.standardise(row);
    }
    if !seen.is_empty() {
        network.members = descend(choices, &matrix(&seen.concat(), network.mean.len()));
    }
    network
}

/// Adam on the members, every choice in each step, whose rows one after another have these inputs.
fn descend(choices: &[&Choice], seen: &Tensor) -> Vec<Member> {
    let width = seen.dims()[1];
    let mut random: Vec<SplitMix> = (0..MEMBERS as u64).map(SplitMix::new).collect();
    let mut committee = Committee::random(width, &mut random);
    let mut adam = Adam::new(committee.numbers.len(), RATE);
    for _ in 0..STEPS {
        let kept = std::array::from_fn(|member| {
            std::array::from_fn(|_| match random[member].unit() < DROPPED {
                true => 0.0,
                false => 1.0 / (1.0 - DROPPED as f32),
            })
        });
        let mut slope = committee.slope(choices, seen, &kept);
        for (slope, number) in slope.iter_mut().zip(&committee.numbers) {
            *slope = *slope / choices.len() as f32 + number * DECAY;
        }
        adam.step(&mut committee.numbers, &slope);
    }
    shorten(&mut committee.numbers);
    (0..MEMBERS)
        .map(|member| committee.member(member))
        .collect()
}

/// The numbers of all members: for each input, what it counts in each member, directly and in each
/// hidden unit; then of each member its units' biases, and what each unit counts.
struct Committee {
    width: usize,
    numbers: Vec<f32>,
}

impl Committee {
    /// Each member as its own source of what is random has it.
    fn random(width: usize, random: &mut [SplitMix]) -> Self {
        let mut numbers = vec![0.0; width * OF_INPUT + MEMBERS * 2 * WIDTH];
        let (of_inputs, of_units) = numbers.split_at_mut(width * OF_INPUT);
        for (member, random) in random.iter_mut().enumerate() {
            let mut even = |deviation: f64| {
                let spread = 3f64.sqrt() * deviation;
                (random.unit().mul_add(2.0, -1.0) * spread) as f32
            };
            for of_input in of_inputs.chunks_exact_mut(OF_INPUT) {
                let hidden = &mut of_input[member * OF_MEMBER..][1..OF_MEMBER];
                hidden.fill_with(|| even(1.0 / (width as f64).sqrt()));
            }
            let out = &mut of_units[member * 2 * WIDTH..][WIDTH..2 * WIDTH];
            out.fill_with(|| even(0.1));
        }
        Self { width, numbers }
    }

    fn weights(&self) -> &[f32] {
        &self.numbers[..self.width * OF_INPUT]
    }

    /// The biases of a member's units, and what they count.
    fn units(&self, member: usize) -> (&[f32], &[f32]) {
        let of_units = &self.numbers[self.width * OF_INPUT..];
        of_units[member * 2 * WIDTH..][..2 * WIDTH].split_at(WIDTH)
    }

    /// What rows come to in each member before its units bend it, `[rows, OF_INPUT]`.
    fn products(&self, seen: &Tensor) -> Vec<f32> {
        flat(&product(seen, &matrix(self.weights(), OF_INPUT)))
    }

    /// The slope of the loss of all choices by each number.
    fn slope(&self, choices: &[&Choice], seen: &Tensor, kept: &Kept) -> Vec<f32> {
        /// Of choices, each reckoned apart: so many whatever the machine, for the sum depends
        /// on the order.
        const SHARES: usize = 8;
        let mut products = self.products(seen);
        let mut rest = products.as_mut_slice();
        let shares = choices.chunks(choices.len().div_ceil(SHARES).max(1));
        let shares = shares.map(|choices| {
            let rows: usize = choices.iter().map(|choice| choice.rows.len()).sum();
            let (own, others) = std::mem::take(&mut rest).split_at_mut(rows * OF_INPUT);
            rest = others;
            (choices, own)
        });
        let of_units = in_parallel(shares.collect(), |(choices, mut rows)| {
            let mut of_units = vec![0.0; MEMBERS * 2 * WIDTH];
            for choice in choices {
                let (own, others) = rows.split_at_mut(choice.rows.len() * OF_INPUT);
                for member in 0..MEMBERS {
                    let of_units = &mut of_units[member * 2 * WIDTH..][..2 * WIDTH];
                    self.turn_back(choice, member, &kept[member], own, of_units);
                }
                rows = others;
            }
            of_units
        });
        // What the rows came to has become the slope by it.
        let by_product = matrix(&products, OF_INPUT);
        let mut slope = flat(&product(&transposed(seen), &by_product));
        let sum = |at| of_units.iter().map(|of: &Vec<f32>| of[at]).sum::<f32>();
        slope.extend((0..MEMBERS * 2 * WIDTH).map(sum));
        slope
    }

    /// Puts the slope of a choice's loss in the place of what its rows come to in a member, and adds
    /// that by the member's units.
    fn turn_back(
        &self,
        choice: &Choice,
        member: usize,
        kept: &[f32; WIDTH],
        rows: &mut [f32],
        of_units: &mut [f32],
    ) {
        let (_, out) = self.units(member);
        let own = |row: &[f32]| self.bent(member, &row[member * OF_MEMBER..], kept);
        let (logits, units): (Vec<f32>, Vec<[f32; WIDTH]>) =
            rows.chunks_exact(OF_INPUT).map(own).unzip();
        let (_, by_logit) = choice.loss(&logits);
        let (of_bias, of_out) = of_units.split_at_mut(WIDTH);
        let rows = rows.chunks_exact_mut(OF_INPUT);
        for ((row, units), by_logit) in rows.zip(&units).zip(by_logit) {
            let by_logit = by_logit as f32;
            let row = &mut row[member * OF_MEMBER..][..OF_MEMBER];
            row[0] = by_logit;
            for at in 0..WIDTH {
                let by_unit = by_logit * out[at] * kept[at] * (1.0 - units[at] * units[at]);
                row[1 + at] = by_unit;
                of_bias[at] += by_unit;
                of_out[at] += by_logit * units[at] * kept[at];
            }
        }
    }

    /// A member's logit of a row that comes to this, and its hidden units.
    fn bent(&self, member: usize, row: &[f32], kept: &[f32; WIDTH]) -> (f32, [f32; WIDTH]) {
        let (bias, out) = self.units(member);
        let units: [f32; WIDTH] = std::array::from_fn(|at| (row[1 + at] + bias[at]).tanh());
        let counted = units.iter().zip(out).zip(kept);
        let bent = counted.map(|((unit, out), kept)| unit * out * kept);
        (row[0] + bent.sum::<f32>(), units)
    }

    fn member(&self, member: usize) -> Member {
        let of_inputs = || {
            let of_inputs = self.weights().chunks_exact(OF_INPUT);
            of_inputs.map(|of_input| &of_input[member * OF_MEMBER..][..OF_MEMBER])
        };
        let hidden = (1..OF_MEMBER).flat_map(|unit| of_inputs().map(move |of| of[unit]));
        let (bias, out) = self.units(member);
        Member {
            direct: of_inputs().map(|of| of[0]).collect(),
            hidden: hidden.collect(),
            bias: bias.to_vec(),
            out: out.to_vec(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_committee_is_that_of_its_loss() {
        let rows: Vec<Vec<f32>> = (0..9u8)
            .map(|at| (0..3u8).map(|of| f32::from(at * 3 + of).sin()).collect())
            .collect();
        let choice = |rows: &[Vec<f32>], right| Choice {
            rows: (0..).zip(rows.iter().cloned()).collect(),
            right: vec![right],
        };
        let choices = [choice(&rows[..4], 2), choice(&rows[4..], 0)];
        let choices: Vec<&Choice> = choices.iter().collect();
        let seen = matrix(&rows.concat(), 3);
        let mut random: Vec<SplitMix> = (7..7 + MEMBERS as u64).map(SplitMix::new).collect();
        let committee = Committee::random(3, &mut random);
        let kept = std::array::from_fn(|member| {
            std::array::from_fn(|unit| f32::from(u8::from(unit % (member + 2) != 0)))
        });
        let slope = committee.slope(&choices, &seen, &kept);
        let loss = |committee: &Committee| {
            let products = committee.products(&seen);
            let rows: Vec<&[f32]> = products.chunks_exact(OF_INPUT).collect();
            let of_choice = |choice: &Choice, rows: &[&[f32]]| {
                let of_member = |member: usize| {
                    let own = member * OF_MEMBER;
                    let logit = |row: &&[f32]| committee.bent(member, &row[own..], &kept[member]).0;
                    choice.loss(&rows.iter().map(logit).collect::<Vec<_>>()).0
                };
                (0..MEMBERS).map(of_member).sum::<f64>()
            };
            of_choice(choices[0], &rows[..4]) + of_choice(choices[1], &rows[4..])
        };
        for at in 0..slope.len() {
            let moved = |by: f32| {
                let mut numbers = committee.numbers.clone();
                numbers[at] += by;
                loss(&Committee { width: 3, numbers })
            };
            let measured = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            let told = f64::from(slope[at]);
            assert!(
                (measured - told).abs() < 1e-3,
                "number {at}: {measured} {told}"
            );
        }
    }
}
