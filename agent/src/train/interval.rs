//! How sure a difference between two systems is.

use serde::Serialize;

use crate::eval::bootstrap::middle_95;

/// Decides which groups are drawn.
const SEED: u64 = 0x5eed;

/// A difference and the range that holds it nineteen times in twenty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The difference of the means.
    pub difference: f64,
    /// The range's lower end.
    pub low: f64,
    /// The range's upper end.
    pub high: f64,
}

/// The mean of paired differences, with its range by bootstrap over groups (Efron,
/// 1979): whole groups are drawn, since questions of one conversation are alike.
/// `groups` holds the differences of each; the same groups give the same range.
pub fn paired_interval(groups: &[Vec<f64>]) -> Interval {
    let sums: Vec<(f64, usize)> = groups
        .iter()
        .map(|group| (group.iter().sum(), group.len()))
        .collect();
    let mean = |chosen: &mut dyn Iterator<Item = usize>| {
        let (sum, count) = chosen.fold((0.0, 0), |(sum, count), at| {
            (sum + sums[at].0, count + sums[at].1)
        });
        sum / count.max(1) as f64
    };
    let [low, high] = middle_95(sums.len(), SEED, mean);
    Interval {
        difference: mean(&mut (0..sums.len())),
        low,
        high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_holds_the_difference_and_grows_with_disagreement() {
        let agreed = paired_interval(&[vec![0.1, 0.2], vec![0.15], vec![0.12, 0.18]]);
        assert!((agreed.difference - 0.15).abs() < 1e-9);
        assert!(0.1 < agreed.low && agreed.low <= 0.15 && agreed.high < 0.2);
        let split = paired_interval(&[vec![0.9], vec![-0.8], vec![0.2]]);
        assert!(split.low < 0.0 && split.high > 0.5);
    }

    #[test]
    fn without_differences_it_is_zero() {
        let none = paired_interval(&[vec![0.0; 4], vec![0.0; 2]]);
        assert_eq!((none.low, none.difference, none.high), (0.0, 0.0, 0.0));
    }
}
