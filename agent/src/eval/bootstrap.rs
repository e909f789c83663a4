//! How sure a difference between two systems is (Efron, 1979).

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
    let mut random = SplitMix(seed);
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| figure(&mut (0..units).map(|_| random.below(units))))
        .collect();
    drawn.sort_unstable_by(f64::total_cmp);
    [0.025, 0.975].map(|share: f64| drawn[((RESAMPLES - 1) as f64 * share).round() as usize])
}

/// SplitMix64 (Steele, Lea and Flood, 2014): draws must be the same everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}
