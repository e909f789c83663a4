//! Telling classes apart by inputs.

use serde::{Deserialize, Serialize};

/// Shares of classes, linear in standard scores of the inputs, by softmax.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Classes {
    /// Of each input.
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
    /// `[classes, inputs]`, row by row.
    pub(crate) weights: Vec<f32>,
    /// `[classes]`
    pub(crate) bias: Vec<f32>,
}

impl Classes {
    /// Inputs as standard scores.
    pub(crate) fn standing(&self, input: &[f32]) -> Vec<f32> {
        let standing = input.iter().zip(&self.mean).zip(&self.deviation);
        standing
            .map(|((x, mean), deviation)| (x - mean) / deviation)
            .collect()
    }

    /// How likely each class is.
    pub(crate) fn shares(&self, input: &[f32]) -> Vec<f32> {
        let input = self.standing(input);
        let rows = self.weights.chunks_exact(input.len().max(1));
        let logits = rows.zip(&self.bias).map(|(row, bias)| {
            let counted = row.iter().zip(&input).map(|(weight, x)| weight * x);
            bias + counted.sum::<f32>()
        });
        let mut shares: Vec<f32> = logits.collect();
        softmax(&mut shares);
        shares
    }
}

/// Turns logits into shares that add up to 1.
pub(crate) fn softmax(logits: &mut [f32]) {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let mut all = 0.0;
    for logit in logits.iter_mut() {
        *logit = (*logit - most).exp();
        all += *logit;
    }
    for share in logits {
        *share /= all;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_follow_the_weights() {
        let classes = Classes {
            mean: vec![1.0, 0.0],
            deviation: vec![2.0, 1.0],
            weights: vec![1.0, 0.0, 0.0, 1.0],
            bias: vec![0.0, 0.5],
        };
        let shares = classes.shares(&[3.0, 0.5]);
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((shares[0] - shares[1]).abs() < 1e-6, "{shares:?}");
    }
}
