//! Learning to tell classes apart.

use super::adam::Adam;
use super::choice::{FOLDS, Fit, moments, shorten};
use super::matrix::{flat, matrix, product, transposed};
use crate::read::classes::{Classes, softmax};
use crate::read::flag;

const STEPS: usize = 200;
const RATE: f32 = 0.01;
/// Keeps weights small, in units of an input's deviation.
const DECAY: f32 = 0.05;

/// A question as an example of a class.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    /// The number of its consultation.
    pub(super) fold: usize,
    pub(super) input: Vec<f32>,
    /// If it is known.
    pub(super) class: Option<usize>,
    /// How much it counts: 1 for one of the mean.
    pub(super) weight: f32,
}

/// How well classes can be learnt, on consultations left out in turn; and the shares that
/// each input's classes have by weights that did not learn from it. The last `plain` inputs
/// are taken as they are, not as standard scores.
pub(super) fn cross_validated(
    of: &[Labelled],
    classes: usize,
    plain: usize,
) -> (Fit, Vec<Vec<f32>>) {
    let mut fit = Fit::default();
    let mut judged = vec![Vec::new(); of.len()];
    for left_out in 0..FOLDS {
        let seen = of.iter().filter(|of| of.fold % FOLDS != left_out);
        let seen: Vec<&Labelled> = seen.collect();
        if seen.is_empty() {
            continue;
        }
        let weights = learn(&seen, classes, plain);
        let own = of.iter().zip(&mut judged);
        for (of, judged) in own.filter(|(of, _)| of.fold % FOLDS == left_out) {
            *judged = weights.shares(&of.input);
            let Some(class) = of.class else { continue };
            let places = judged.iter().filter(|share| **share > judged[class]);
            let place = places.count();
            fit.questions += 1;
            fit.first += f64::from(u8::from(place == 0));
            fit.all_in_five += f64::from(u8::from(place < 5));
            fit.loss -= f64::from(judged[class].max(f32::MIN_POSITIVE)).ln();
        }
    }
    let questions = fit.questions.max(1) as f64;
    fit.first /= questions;
    fit.all_in_five /= questions;
    fit.loss /= questions;
    (fit, judged)
}

/// Adam on the cross-entropy of those whose class is known.
pub(super) fn learn(of: &[&Labelled], classes: usize, plain: usize) -> Classes {
    let known = of
        .iter()
        .filter_map(|of| Some((&of.input, of.class?, of.weight)));
    let known: Vec<(&Vec<f32>, usize, f32)> = known.collect();
    let all: f32 = known.iter().map(|(.., weight)| weight).sum();
    let (mut mean, mut deviation) = moments(of.iter().map(|of| &of.input));
    let width = mean.len();
    mean[width - plain..].fill(0.0);
    deviation[width - plain..].fill(1.0);
    let mut learnt = Classes {
        mean,
        deviation,
        weights: vec![0.0; classes * width],
        bias: vec![0.0; classes],
    };
    if known.is_empty() {
        return learnt;
    }
    let standing: Vec<Vec<f32>> = known
        .iter()
        .map(|(input, ..)| learnt.standing(input))
        .collect();
    let standing = matrix(&standing.concat(), width);
    let mut adam = Adam::new(classes * width, RATE);
    let mut of_bias = Adam::new(classes, RATE);
    for _ in 0..STEPS {
        let weights = matrix(&learnt.weights, width);
        let mut by_logit = flat(&product(&standing, &transposed(&weights)));
        let mut bias = vec![0.0; classes];
        for (logits, (_, class, weight)) in by_logit.chunks_exact_mut(classes).zip(&known) {
            for (logit, bias) in logits.iter_mut().zip(&learnt.bias) {
                *logit += bias;
            }
            softmax(logits);
            for (at, (share, bias)) in logits.iter_mut().zip(&mut bias).enumerate() {
                *share = (*share - flag(at == *class)) * weight / all;
                *bias += *share;
            }
        }
        let by_logit = transposed(&matrix(&by_logit, classes));
        let mut slope = flat(&product(&by_logit, &standing));
        for (slope, weight) in slope.iter_mut().zip(&learnt.weights) {
            *slope += weight * DECAY;
        }
        adam.step(&mut learnt.weights, &slope);
        of_bias.step(&mut learnt.bias, &bias);
    }
    shorten(&mut learnt.weights);
    shorten(&mut learnt.bias);
    learnt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_differ_are_told_apart() {
        let of = |at: usize| -> Labelled {
            let class = at % 3;
            let mut input = vec![(at as f32 * 0.9).sin() * 0.2; 4];
            input[class] += 1.0;
            Labelled {
                fold: at,
                input,
                class: Some(class),
                weight: 1.0,
            }
        };
        let labelled: Vec<Labelled> = (0..60).map(of).collect();
        let (fit, judged) = cross_validated(&labelled, 3, 1);
        assert_eq!((fit.questions, fit.first), (60, 1.0));
        assert!(judged.iter().all(|shares| shares.len() == 3));
    }
}
