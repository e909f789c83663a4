//! Attention of a few queries over pages of keys and values, in one pass and
//! without a matrix of scores (FlashAttention: Dao et al., 2022,
//! arXiv:2205.14135).
//!
//! What a query reads, and in which order it adds, depends on nothing but the query
//! and the pages: not on how many queries are computed together. So a prompt read
//! in chunks gives the bits of a prompt read token by token.

use super::cells::{add_values, fetch, score_page};
use super::lanes::{Kernel, Lanes, WIDTH};

/// Tokens in a page.
pub(crate) const PAGE: usize = 32;

/// The pages of one key and value head: half floats, keys as `[dim][slot]`, so that
/// one load reads a dimension of many keys; values as `[slot][dim]`.
#[derive(Clone, Copy)]
pub(crate) struct HeadPages<'a> {
    /// From this head's first page on.
    pub(crate) keys: &'a [u16],
    /// From this head's first page on.
    pub(crate) values: &'a [u16],
    /// From one page of this head to its next.
    pub(crate) stride: usize,
    pub(crate) head_dim: usize,
}

impl HeadPages<'_> {
    fn size(&self) -> usize {
        PAGE * self.head_dim
    }

    fn keys(&self, page: usize) -> &[u16] {
        &self.keys[page * self.stride..][..self.size()]
    }

    pub(super) fn values(&self, page: usize) -> &[u16] {
        &self.values[page * self.stride..][..self.size()]
    }
}

/// Scores of queries with every key of some pages, `[page][query][PAGE]`.
pub(crate) struct Score<'a> {
    /// `[queries, head_dim]`, rotated and scaled.
    pub(crate) queries: &'a [f32],
    pub(crate) pages: HeadPages<'a>,
    /// The pages to score, one after the other in `out`.
    pub(crate) chosen: &'a [u32],
    pub(crate) out: &'a mut [f32],
}

impl Kernel for Score<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let count = self.queries.len() / self.pages.head_dim;
        let bases = vec![0f32; count];
        let out = self.out.chunks_exact_mut(count * PAGE);
        for (i, (&page, out)) in self.chosen.iter().zip(out).enumerate() {
            let next = self.chosen.get(i + 1).copied().unwrap_or(page);
            let (keys, next) = (
                self.pages.keys(page as usize),
                self.pages.keys(next as usize),
            );
            // SAFETY: the caller has the instructions of `L`.
            unsafe { score_page::<L, _>(self.queries, &bases, keys, next, out) };
        }
    }
}

/// Attends with queries to pages and writes what was read.
pub(crate) struct Attend<'a> {
    /// `[queries, head_dim]`, rotated and scaled.
    pub(crate) queries: &'a [f32],
    pub(crate) pages: HeadPages<'a>,
    /// Keys that the first query may see.
    pub(crate) visible: usize,
    /// Queries of one position: those after them may see one key more.
    pub(crate) group: usize,
    /// A page of which every score is this much below a query's highest so far is
    /// not read by it: its share of the sum is less than `PAGE * e^-skip`.
    pub(crate) skip: f32,
    /// One a query.
    pub(crate) states: &'a mut [Softmax],
    /// `[queries, head_dim]`.
    pub(crate) out: &'a mut [f32],
}

/// Attends with the queries of one position to chosen keys, whose scores are known.
pub(crate) struct AttendChosen<'a> {
    pub(crate) pages: HeadPages<'a>,
    /// `[page][query][PAGE]` for the pages of `chosen`.
    pub(crate) scores: &'a [f32],
    /// Pages in ascending order, each with the slots to read.
    pub(crate) chosen: &'a [(u32, u32)],
    /// One a query.
    pub(crate) states: &'a mut [Softmax],
    /// `[queries, head_dim]`.
    pub(crate) out: &'a mut [f32],
}

/// What an attention read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Pairs of a query and a key whose value it took.
    pub(crate) pairs: u64,
    /// Pages of which values were read.
    pub(crate) pages: u64,
}

impl Kernel for Attend<'_> {
    type Output = Reads;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Reads {
        let head_dim = self.pages.head_dim;
        let count = self.queries.len() / head_dim;
        let sees = |query: usize| self.visible + query / self.group;
        let states = self.states;
        states.fill(Softmax::EMPTY);
        let bases = vec![0f32; count];
        let mut scores = vec![0f32; count * PAGE];
        let mut masks = vec![0u32; count];
        let mut reads = Reads::default();
        self.out.fill(0.0);
        let pages = sees(count - 1).div_ceil(PAGE);
        for page in 0..pages {
            let next = self.pages.keys((page + 1).min(pages - 1));
            // SAFETY: the caller has the instructions of `L`; `scores` has PAGE
            // values and `out` a row of `head_dim` for each query.
            unsafe {
                score_page::<L, _>(
                    self.queries,
                    &bases,
                    self.pages.keys(page),
                    next,
                    &mut scores,
                );
                fetch::<L, _>(self.pages.values(page), u32::MAX);
                for query in 0..count {
                    let mask = first_slots(sees(query).saturating_sub(page * PAGE));
                    let scores = &mut scores[query * PAGE..][..PAGE];
                    let out = &mut self.out[query * head_dim..][..head_dim];
                    masks[query] = states[query].take::<L>(scores, mask, self.skip, out);
                }
                add_values::<L, _>(&scores, &masks, self.pages.values(page), self.out);
            }
            reads.count(&masks);
        }
        // SAFETY: as above.
        unsafe { normalise::<L>(states, self.out) };
        reads
    }
}

impl Kernel for AttendChosen<'_> {
    type Output = Reads;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Reads {
        let head_dim = self.pages.head_dim;
        let count = self.out.len() / head_dim;
        let states = self.states;
        states.fill(Softmax::EMPTY);
        let mut weights = vec![0f32; count * PAGE];
        let mut masks = vec![0u32; count];
        let mut reads = Reads::default();
        self.out.fill(0.0);
        let scores = self.scores.chunks_exact(count * PAGE);
        for (i, (&(page, mask), scores)) in self.chosen.iter().zip(scores).enumerate() {
            if let Some(&(page, mask)) = self.chosen.get(i + 1) {
                // SAFETY: the caller has the instructions of `L`.
                unsafe { fetch::<L, _>(self.pages.values(page as usize), mask) };
            }
            if mask == 0 {
                continue;
            }
            weights.copy_from_slice(scores);
            masks.fill(mask);
            // SAFETY: the caller has the instructions of `L`; `weights` has PAGE
            // values and `out` a row of `head_dim` for each query.
            unsafe {
                for query in 0..count {
                    let scores = &mut weights[query * PAGE..][..PAGE];
                    let out = &mut self.out[query * head_dim..][..head_dim];
                    states[query].take::<L>(scores, mask, f32::INFINITY, out);
                }
                add_values::<L, _>(&weights, &masks, self.pages.values(page as usize), self.out);
            }
            reads.count(&masks);
        }
        // SAFETY: as above.
        unsafe { normalise::<L>(states, self.out) };
        reads
    }
}

/// A mask of the first `slots` slots of a page.
pub(crate) fn first_slots(slots: usize) -> u32 {
    match slots {
        0 => 0,
        PAGE.. => u32::MAX,
        _ => (1 << slots) - 1,
    }
}

impl Reads {
    pub(super) fn count(&mut self, masks: &[u32]) {
        let pairs: u32 = masks.iter().map(|mask| mask.count_ones()).sum();
        self.pairs += u64::from(pairs);
        self.pages += u64::from(pairs > 0);
    }
}

/// A softmax in the making: the highest score, and the sum of the exponentials of
/// all scores relative to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Softmax {
    highest: f32,
    sum: f32,
}

impl Softmax {
    pub(crate) const EMPTY: Self = Self {
        highest: f32::NEG_INFINITY,
        sum: 0.0,
    };

    /// The share of a score in the sum.
    pub(crate) fn share(&self, score: f32) -> f32 {
        (score - self.highest).exp() / self.sum
    }

    /// Turns a page's scores into weights relative to the highest so far; what was
    /// read before is scaled to it. Returns the slots that count.
    #[inline(always)]
    unsafe fn take<L: Lanes>(
        &mut self,
        scores: &mut [f32],
        mask: u32,
        skip: f32,
        out: &mut [f32],
    ) -> u32 {
        if mask == 0 {
            scores.fill(0.0);
            return 0;
        }
        // SAFETY: the caller has the instructions of `L`; `scores` has 32 values,
        // `out` a multiple of 16.
        unsafe {
            let least = L::splat(f32::NEG_INFINITY);
            let first = L::load(scores.as_ptr()).select(mask as u16, least);
            let second = L::load(scores.as_ptr().add(WIDTH)).select((mask >> 16) as u16, least);
            let highest = first.max(second).largest();
            if highest < self.highest - skip {
                scores.fill(0.0);
                return 0;
            }
            if highest > self.highest {
                self.rescale::<L>(highest, out);
            }
            let highest = L::splat(self.highest);
            let (first, second) = (first.sub(highest).exp(), second.sub(highest).exp());
            self.sum += first.add(second).sum();
            first.store(scores.as_mut_ptr());
            second.store(scores.as_mut_ptr().add(WIDTH));
        }
        mask
    }

    #[inline(always)]
    unsafe fn rescale<L: Lanes>(&mut self, highest: f32, out: &mut [f32]) {
        if self.sum > 0.0 {
            // SAFETY: the caller has the instructions of `L`; each chunk has 16
            // values.
            unsafe {
                let by = L::splat(self.highest - highest).exp();
                self.sum = L::splat(self.sum).mul(by).largest();
                for out in out.chunks_exact_mut(WIDTH) {
                    L::load(out.as_ptr()).mul(by).store(out.as_mut_ptr());
                }
            }
        }
        self.highest = highest;
    }
}

#[inline(always)]
unsafe fn normalise<L: Lanes>(states: &[Softmax], out: &mut [f32]) {
    let head_dim = out.len() / states.len();
    for (state, out) in states.iter().zip(out.chunks_exact_mut(head_dim)) {
        for out in out.chunks_exact_mut(WIDTH) {
            // SAFETY: the caller has the instructions of `L`; a chunk has 16 values.
            unsafe {
                let sum = L::splat(state.sum);
                L::load(out.as_ptr()).div(sum).store(out.as_mut_ptr());
            }
        }
    }
}

#[cfg(test)]
mod tests;
