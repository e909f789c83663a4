//! How much of the attention of a group of queries each key gets.

use super::attention::PAGE;
use super::lanes::{Kernel, Lanes, WIDTH};

/// The attention of queries over scored pages: for each key the sum of its shares,
/// one softmax a query over all slots that may be seen.
pub(crate) struct Importance<'a> {
    /// `[page][query][PAGE]`; overwritten with exponentials.
    pub(crate) scores: &'a mut [f32],
    pub(crate) queries: usize,
    /// Which slots of each page may be seen.
    pub(crate) visible: &'a [u32],
    /// `[page][PAGE]`; 0 for slots that may not be seen. Sums to `queries`.
    pub(crate) shares: &'a mut [f32],
}

impl Kernel for Importance<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let size = self.queries * PAGE;
        assert!(self.scores.len() == self.visible.len() * size);
        assert!(self.shares.len() == self.visible.len() * PAGE);
        self.shares.fill(0.0);
        for query in 0..self.queries {
            let at = |page: usize, half: usize| page * size + query * PAGE + half * WIDTH;
            let seen = |page: usize, half: usize| (self.visible[page] >> (half * WIDTH)) as u16;
            let halves = || (0..self.visible.len()).flat_map(|page| [(page, 0), (page, 1)]);
            // SAFETY: the caller has the instructions of `L`; `at` is the first of
            // 16 scores of a page that the assertions say is there.
            unsafe {
                let hidden = L::splat(f32::NEG_INFINITY);
                let mut highest = hidden;
                for (page, half) in halves() {
                    let score = L::load(self.scores.as_ptr().add(at(page, half)));
                    highest = highest.max(score.select(seen(page, half), hidden));
                }
                let highest = L::splat(highest.largest());
                let mut sum = L::splat(0.0);
                for (page, half) in halves() {
                    let place = self.scores.as_mut_ptr().add(at(page, half));
                    let score = L::load(place).select(seen(page, half), hidden);
                    let exp = score.sub(highest).exp();
                    sum = sum.add(exp);
                    exp.store(place);
                }
                let scale = L::splat(1.0 / sum.sum());
                for (page, half) in halves() {
                    let exp = L::load(self.scores.as_ptr().add(at(page, half)));
                    let place = self.shares.as_mut_ptr().add(page * PAGE + half * WIDTH);
                    exp.mul_add(scale, L::load(place)).store(place);
                }
            }
        }
    }
}

/// Which slots of each page have at least a share.
pub(crate) struct AtLeast<'a> {
    /// `[page][PAGE]`.
    pub(crate) shares: &'a [f32],
    pub(crate) share: f32,
}

impl Kernel for AtLeast<'_> {
    type Output = Vec<u32>;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Vec<u32> {
        let (pages, _) = self.shares.as_chunks::<PAGE>();
        let mut masks = Vec::with_capacity(pages.len());
        for page in pages {
            // SAFETY: the caller has the instructions of `L`; a page has 32 shares.
            unsafe {
                let share = L::splat(self.share);
                let low = L::load(page.as_ptr()).at_least(share);
                let high = L::load(page.as_ptr().add(WIDTH)).at_least(share);
                masks.push(u32::from(low) | u32::from(high) << WIDTH);
            }
        }
        masks
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Isa, lanes};
    use super::*;

    #[test]
    fn shares_are_those_of_softmaxes() {
        const QUERIES: usize = 3;
        let visible = [u32::MAX, 0b1011, 1 << 31];
        let scores: Vec<f32> = (0..3 * QUERIES * PAGE)
            .map(|i| ((i * 71 % 97) as f32 - 48.0) / 5.0)
            .collect();
        let keys = || (0..3 * PAGE).filter(|key| visible[key / PAGE] >> (key % PAGE) & 1 == 1);
        let score = |query, key: usize| {
            let at = key / PAGE * QUERIES * PAGE + query * PAGE + key % PAGE;
            f64::from(scores[at]).exp()
        };
        for isa in Isa::all() {
            let mut shares = vec![9.0; 3 * PAGE];
            lanes::run(
                isa,
                Importance {
                    scores: &mut scores.clone(),
                    queries: QUERIES,
                    visible: &visible,
                    shares: &mut shares,
                },
            );
            for (key, share) in shares.iter().enumerate() {
                let expected: f64 = (0..QUERIES)
                    .filter(|_| keys().any(|seen| seen == key))
                    .map(|q| score(q, key) / keys().map(|k| score(q, k)).sum::<f64>())
                    .sum();
                assert!((f64::from(*share) - expected).abs() < 1e-6, "{isa:?} {key}");
            }
        }
    }
}
