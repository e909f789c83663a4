//! Which keys to read: the fewest that hold the wanted attention.

use crate::attention::Budget;
use crate::kernels::attention::PAGE;
use crate::kernels::importance::AtLeast;
use crate::kernels::{Isa, lanes};

/// Chooses slots of scored pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    /// Slots to read, of all that there are.
    pub(super) least: usize,
    pub(super) most: usize,
    /// Attention to hold, in the unit of the shares.
    pub(super) mass: f32,
    /// Shares below this are never needed: all together they hold less than may be
    /// left out.
    pub(super) floor: f32,
}

impl Choice {
    /// `positions` may be read; the shares sum to `total`.
    pub(super) fn new(budget: Budget, positions: usize, total: f32) -> Self {
        let count = |share: f32| (f64::from(share) * positions as f64).round() as usize;
        Self {
            least: count(budget.least),
            most: count(budget.most).max(1),
            mass: budget.mass * total,
            floor: match budget.least > 0.0 {
                true => 0.0,
                false => (1.0 - budget.mass).max(0.0) * total / positions as f32,
            },
        }
    }

    /// A mask of slots for each page of `shares`, `[page][PAGE]`: the forced ones, and
    /// of the visible others the greatest, until both the mass and the least count
    /// are reached or the most are taken. Returns what the chosen ones hold.
    pub(super) fn choose(
        &self,
        isa: Isa,
        shares: &[f32],
        visible: &[u32],
        forced: &[u32],
        chosen: &mut Vec<u32>,
    ) -> f32 {
        chosen.clear();
        chosen.extend(forced.iter().zip(visible).map(|(f, v)| f & v));
        let mut taken = Taken::default();
        for (page, mask) in chosen.iter().enumerate() {
            for slot in slots(*mask) {
                taken.add(shares[page * PAGE + slot]);
            }
        }
        if self.enough(&taken) {
            return taken.mass;
        }
        let at_least = |share| lanes::run(isa, AtLeast { shares, share });
        let free: Vec<u32> = visible.iter().zip(&*chosen).map(|(v, c)| v & !c).collect();
        let mut histogram = Histogram::new();
        let pages = shares.chunks_exact(PAGE);
        for ((shares, counts), free) in pages.zip(at_least(self.floor)).zip(&free) {
            histogram.add(shares, counts & free);
        }
        let Some(edge) = histogram.edge(self, &mut taken) else {
            chosen.copy_from_slice(visible);
            return taken.mass;
        };
        let mut at_edge: Vec<(f32, usize)> = Vec::new();
        let from_edge = at_least(least_of(edge));
        for (page, above) in at_least(least_of(edge + 1)).into_iter().enumerate() {
            chosen[page] |= above & free[page];
            for slot in slots(from_edge[page] & !above & free[page]) {
                let key = page * PAGE + slot;
                at_edge.push((shares[key], key));
            }
        }
        at_edge.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (share, key) in at_edge {
            if self.enough(&taken) {
                break;
            }
            taken.add(share);
            chosen[key / PAGE] |= 1 << (key % PAGE);
        }
        taken.mass
    }

    fn enough(&self, taken: &Taken) -> bool {
        taken.count >= self.most || (taken.count >= self.least && taken.mass >= self.mass)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    count: usize,
    mass: f32,
}

impl Taken {
    fn add(&mut self, share: f32) {
        self.count += 1;
        self.mass += share;
    }
}

fn slots(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (mask != 0).then(|| {
            let slot = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            slot
        })
    })
}

/// How many shares, and how much they hold, an eighth of an octave a bucket: finding
/// the greatest then takes one pass and a sort of the few in the last bucket.
struct Histogram {
    counts: Vec<u32>,
    masses: Vec<f32>,
}

/// Buckets of the positive floats.
const BUCKETS: usize = 1 << 11;

/// The float's exponent and the first three bits behind it.
fn bucket(share: f32) -> usize {
    (share.to_bits() >> 20) as usize & (BUCKETS - 1)
}

/// The least share of a bucket.
fn least_of(bucket: usize) -> f32 {
    f32::from_bits((bucket as u32) << 20)
}

impl Histogram {
    fn new() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            masses: vec![0.0; BUCKETS],
        }
    }

    fn add(&mut self, shares: &[f32], slots_to_add: u32) {
        let mut count = |share: f32| {
            let at = bucket(share);
            self.counts[at] += 1;
            self.masses[at] += share;
        };
        match slots_to_add {
            u32::MAX => shares.iter().for_each(|share| count(*share)),
            some => slots(some).for_each(|slot| count(shares[slot])),
        }
    }

    /// Takes whole buckets from the greatest on; returns the one of which some are
    /// enough, or none if all are needed.
    fn edge(&self, choice: &Choice, taken: &mut Taken) -> Option<usize> {
        for at in (0..BUCKETS).rev().filter(|at| self.counts[*at] > 0) {
            let whole = Taken {
                count: taken.count + self.counts[at] as usize,
                mass: taken.mass + self.masses[at],
            };
            if choice.enough(&whole) {
                return Some(at);
            }
            *taken = whole;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choose(choice: Choice, shares: &[f32], visible: &[u32], forced: &[u32]) -> (Vec<u32>, f32) {
        let mut chosen = Vec::new();
        let mass = choice.choose(Isa::best(), shares, visible, forced, &mut chosen);
        (chosen, mass)
    }

    proptest! {
        #[test]
        fn takes_the_forced_and_the_greatest(
            shares in prop::collection::vec(prop_oneof![Just(0f32), 0f32..1.0, 0f32..1e-6], 4 * PAGE),
            visible in prop::collection::vec(any::<u32>(), 4),
            forced in prop::collection::vec(any::<u32>().prop_map(|m| m & m >> 3 & m >> 7), 4),
            most in 1usize..140,
            least in 0usize..60,
            mass in 0f32..40.0,
        ) {
            let choice = Choice { least: least.min(most), most, mass, floor: 0.0 };
            let (chosen, held) = choose(choice, &shares, &visible, &forced);
            let mut sum = 0.0;
            let (mut worst, mut best_left) = (f32::INFINITY, f32::NEG_INFINITY);
            let mut count = 0;
            for key in 0..4 * PAGE {
                let bit = |masks: &[u32]| masks[key / PAGE] >> (key % PAGE) & 1 == 1;
                let free = !bit(&forced);
                prop_assert!(!bit(&chosen) || bit(&visible));
                prop_assert!(bit(&chosen) || !bit(&forced) || !bit(&visible));
                if bit(&chosen) {
                    count += 1;
                    sum += shares[key];
                    if free { worst = worst.min(shares[key]); }
                } else if bit(&visible) {
                    best_left = best_left.max(shares[key]);
                }
            }
            prop_assert!((sum - held).abs() < 1e-3);
            if worst.is_finite() {
                prop_assert!(worst >= best_left, "{worst} {best_left}");
                prop_assert!(count <= most);
            }
            if best_left >= 0.0 {
                // Something was left out, so it was not needed.
                prop_assert!(count >= most || (count >= choice.least && sum >= mass - 1e-3));
            }
        }
    }

    #[test]
    fn a_fixed_share_is_met_to_the_key() {
        let shares: Vec<f32> = (0..2 * PAGE).map(|i| (i * 29 % 64) as f32).collect();
        let choice = Choice::new(Budget::share(0.2), 2 * PAGE, shares.iter().sum());
        let (chosen, _) = choose(choice, &shares, &[u32::MAX; 2], &[0; 2]);
        let keys: Vec<usize> = (0..64)
            .filter(|k| chosen[k / PAGE] >> (k % PAGE) & 1 == 1)
            .collect();
        assert_eq!(keys.len(), 13);
        assert!(keys.iter().all(|k| shares[*k] >= 51.0));
    }

    #[test]
    fn everything_is_everything() {
        let shares = vec![0.5; 2 * PAGE];
        let visible = [u32::MAX, 0b111];
        let choice = Choice::new(Budget::share(1.0), 35, 17.5);
        assert_eq!(choose(choice, &shares, &visible, &[0; 2]).0, visible);
    }
}
