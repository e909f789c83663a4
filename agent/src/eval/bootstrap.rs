//! How sure a difference between two systems is (Efron, 1979).

use super::random::SplitMix;

/// How often units are drawn anew.
const RESAMPLES: usize = 10_000;

/// The middle 95% of what `figure` gives for draws of `units` of so many, with
/// replacement. The same seed gives the same range.
pub(crate) fn middle_95(
    units: usize,
    seed: u64,
    mut figure: impl FnMut(&mut dyn Iterator<Item = usize>) -> f64,
) -> [f64; 2] {
    if units == 0 {
        return [0.0; 2];
    }
    let mut random = SplitMix::new(seed);
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| figure(&mut (0..units).map(|_| random.below(units))))
        .collect();
    drawn.sort_unstable_by(f64::total_cmp);
    [0.025, 0.975].map(|share: f64| drawn[((RESAMPLES - 1) as f64 * share).round() as usize])
}
