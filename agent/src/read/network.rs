//! A committee of small networks that choose among rows of features.

use serde::{Deserialize, Serialize};

/// Networks of one hidden layer, each with a linear way around it; what they say is the mean
/// of what each says. They see a row's features, how far each is behind the most that any row
/// has of it, and its standard score among all rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Network {
    /// Of the inputs of the rows that it learnt from.
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
    pub(crate) members: Vec<Member>,
}

/// One network: `direct · x + out · tanh(hidden x + bias)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// `[inputs]`
    pub(crate) direct: Vec<f32>,
    /// `[width, inputs]`, row by row.
    pub(crate) hidden: Vec<f32>,
    /// `[width]`
    pub(crate) bias: Vec<f32>,
    /// `[width]`
    pub(crate) out: Vec<f32>,
}

/// A standard input is cut off there.
const MOST: f32 = 5.0;

impl Network {
    /// How likely each row is to be chosen: logits, the likeliest 0.
    pub(crate) fn logits<R: AsRef<[f32]>>(&self, rows: &[R]) -> Vec<f32> {
        let inputs = inputs(rows);
        let logits: Vec<f32> = inputs
            .into_iter()
            .map(|mut input| {
                self.standardise(&mut input);
                let said = self.members.iter().map(|member| member.says(&input));
                said.sum::<f32>() / self.members.len().max(1) as f32
            })
            .collect();
        let most = logits.iter().copied().fold(f32::MIN, f32::max);
        logits.into_iter().map(|logit| logit - most).collect()
    }

    /// Inputs as standard scores.
    pub(crate) fn standardise(&self, input: &mut [f32]) {
        for ((value, mean), deviation) in input.iter_mut().zip(&self.mean).zip(&self.deviation) {
            *value = ((*value - mean) / deviation).clamp(-MOST, MOST);
        }
    }
}

impl Member {
    fn says(&self, input: &[f32]) -> f32 {
        let hidden = self.hidden.chunks_exact(input.len().max(1));
        let bent = hidden
            .zip(&self.bias)
            .zip(&self.out)
            .map(|((row, bias), out)| out * (dot(row, input) + bias).tanh());
        dot(&self.direct, input) + bent.sum::<f32>()
    }
}

/// What networks see of rows that stand to choice together.
pub(crate) fn inputs<R: AsRef<[f32]>>(rows: &[R]) -> Vec<Vec<f32>> {
    const LEAST: f32 = 1e-6;
    let width = rows.first().map_or(0, |row| row.as_ref().len());
    let count = rows.len().max(1) as f32;
    let column = |at: usize| rows.iter().map(move |row| row.as_ref()[at]);
    let of_column = |at: usize| {
        let mean = column(at).sum::<f32>() / count;
        let squares = column(at).map(|value| (value - mean).powi(2)).sum::<f32>();
        let most = column(at).fold(f32::MIN, f32::max);
        (most, mean, (squares / count).sqrt() + LEAST)
    };
    let columns: Vec<(f32, f32, f32)> = (0..width).map(of_column).collect();
    let input = |row: &R| {
        let row = row.as_ref();
        let behind = row
            .iter()
            .zip(&columns)
            .map(|(value, (most, _, _))| value - most);
        let standing = row.iter().zip(&columns);
        let standing = standing.map(|(value, (_, mean, deviation))| (value - mean) / deviation);
        row.iter().copied().chain(behind).chain(standing).collect()
    };
    rows.iter().map(input).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_seen_beside_the_others() {
        let seen = inputs(&[[1.0], [3.0]]);
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(close(&seen[0], &[1.0, -2.0, -1.0]), "{seen:?}");
        assert!(close(&seen[1], &[3.0, 0.0, 1.0]), "{seen:?}");
    }

    #[test]
    fn the_likeliest_has_no_logit() {
        let network = Network {
            mean: vec![0.0; 3],
            deviation: vec![1.0; 3],
            members: vec![Member {
                direct: vec![1.0, 0.0, 0.0],
                hidden: vec![0.0, 0.0, 1.0],
                bias: vec![0.0],
                out: vec![0.5],
            }],
        };
        let logits = network.logits(&[[0.0], [2.0]]);
        // Each is 2 and tanh(1) apart.
        assert_eq!(logits[1], 0.0);
        assert!((logits[0] + 2.0 + 1f32.tanh()).abs() < 1e-4, "{logits:?}");
    }
}
