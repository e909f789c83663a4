//! Values of chosen keys whose weights are known.

use super::attention::{HeadPages, PAGE, Reads};
use super::cells::{add_values, fetch};
use super::coarse::CoarsePages;
use super::lanes::{Kernel, Lanes, WIDTH};

/// Sums the values of chosen keys for the queries of one position. The sums of parts of
/// the keys can be added up.
pub(crate) struct AttendWeighted<'a> {
    pub(crate) pages: HeadPages<'a>,
    /// The values of the first pages in 8 bits, and how many pages these are.
    pub(crate) coarse: Option<(CoarsePages<'a>, u32)>,
    /// `[page][query][PAGE]` for the pages of `chosen`, relative to one score a query.
    pub(crate) weights: &'a [f32],
    /// Pages in ascending order, each with the slots to read.
    pub(crate) chosen: &'a [(u32, u32)],
    /// The weights of the chosen keys, one sum a query.
    pub(crate) sums: &'a mut [f32],
    /// The values times their weights, `[queries, head_dim]`.
    pub(crate) out: &'a mut [f32],
}

impl Kernel for AttendWeighted<'_> {
    type Output = Reads;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Reads {
        let count = self.sums.len();
        assert!(self.weights.len() == self.chosen.len() * count * PAGE);
        self.sums.fill(0.0);
        self.out.fill(0.0);
        let mut masks = vec![0u32; count];
        let mut reads = Reads::default();
        let weights = self.weights.chunks_exact(count * PAGE);
        let mut stepped = vec![0f32; count * PAGE];
        let mut bases = vec![0f32; count];
        let coarse = |page: u32| self.coarse.filter(|(_, pages)| page < *pages);
        for (i, (&(page, mask), weights)) in self.chosen.iter().zip(weights).enumerate() {
            if let Some(&(page, mask)) = self.chosen.get(i + 1) {
                let at = page as usize;
                // SAFETY: the caller has the instructions of `L`.
                unsafe {
                    match coarse(page) {
                        Some((codes, _)) => fetch::<L, _>(codes.codes(at), mask),
                        None => fetch::<L, _>(self.pages.values(at), mask),
                    }
                }
            }
            if mask == 0 {
                continue;
            }
            masks.fill(mask);
            let at = page as usize;
            // SAFETY: the caller has the instructions of `L`; `weights` and `stepped`
            // have PAGE values and `out` a row of `head_dim` for each query.
            unsafe {
                add_weights::<L>(weights, mask, self.sums);
                match coarse(page) {
                    Some((codes, _)) => {
                        let scales = codes.scales(at);
                        step_weights::<L>(weights, mask, scales, &mut stepped, &mut bases);
                        add_values::<L, _>(&stepped, &masks, codes.codes(at), self.out);
                    }
                    None => {
                        add_values::<L, _>(weights, &masks, self.pages.values(at), self.out);
                    }
                }
            }
            reads.count(&masks);
        }
        let head_dim = self.out.len() / count;
        for (out, base) in self.out.chunks_exact_mut(head_dim).zip(&bases) {
            out.iter_mut().for_each(|out| *out += base);
        }
        reads
    }
}

/// Adds up the weights of the slots to read.
#[inline(always)]
unsafe fn add_weights<L: Lanes>(weights: &[f32], mask: u32, sums: &mut [f32]) {
    for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(PAGE)) {
        // SAFETY: the caller has the instructions of `L`; a chunk has 32 weights.
        unsafe {
            let nothing = L::splat(0.0);
            let first = L::load(weights.as_ptr()).select(mask as u16, nothing);
            let second = L::load(weights.as_ptr().add(WIDTH));
            let second = second.select((mask >> WIDTH) as u16, nothing);
            *sum += first.add(second).sum();
        }
    }
}

/// Brings weights to the unit of a page's codes: in each slot times the step; and adds up
/// what they have with the least values.
#[inline(always)]
unsafe fn step_weights<L: Lanes>(
    weights: &[f32],
    mask: u32,
    (least, step): (&[u16], &[u16]),
    stepped: &mut [f32],
    bases: &mut [f32],
) {
    assert!(least.len() == PAGE && step.len() == PAGE && stepped.len() == weights.len());
    let rows = weights.chunks_exact(PAGE);
    let rows = rows.zip(stepped.chunks_exact_mut(PAGE));
    for (base, (weights, stepped)) in bases.iter_mut().zip(rows) {
        // SAFETY: the caller has the instructions of `L`; all rows have 32 values.
        unsafe {
            let mut sum = L::splat(0.0);
            for at in [0, WIDTH] {
                let weights = L::load(weights.as_ptr().add(at));
                let read = weights.select((mask >> at) as u16, L::splat(0.0));
                sum = read.mul_add(L::load_f16(least.as_ptr().add(at)), sum);
                let steps = L::load_f16(step.as_ptr().add(at));
                weights.mul(steps).store(stepped.as_mut_ptr().add(at));
            }
            *base += sum.sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::super::coarse::Coarsen;
    use super::super::{Isa, lanes};
    use super::*;

    #[test]
    fn chosen_values_are_summed_by_weight() {
        const DIM: usize = 32;
        const QUERIES: usize = 3;
        let values: Vec<f32> = (0..3 * PAGE * DIM)
            .map(|i| (i * 31 % 64) as f32 / 8.0)
            .collect();
        let halves: Vec<u16> = values.iter().map(|v| f16::from_f32(*v).to_bits()).collect();
        let chosen = [(0, 0x8001_00f0), (1, 0), (2, u32::MAX)];
        let weights: Vec<f32> = (0..3 * QUERIES * PAGE)
            .map(|i| (i * 7 % 13) as f32)
            .collect();
        for isa in Isa::all() {
            let (mut sums, mut out) = ([9.0; QUERIES], [9.0; QUERIES * DIM]);
            let attend = AttendWeighted {
                pages: HeadPages {
                    keys: &[],
                    values: &halves,
                    stride: PAGE * DIM,
                    head_dim: DIM,
                },
                coarse: None,
                weights: &weights,
                chosen: &chosen,
                sums: &mut sums,
                out: &mut out,
            };
            let reads = lanes::run(isa, attend);
            assert_eq!((reads.pairs, reads.pages), (3 * (6 + 32), 2));
            for query in 0..QUERIES {
                let (mut sum, mut row) = (0.0, [0.0; DIM]);
                for (page, mask) in chosen {
                    for slot in (0..PAGE).filter(|slot| mask >> slot & 1 == 1) {
                        let at = page as usize * PAGE + slot;
                        let weight = weights[(page as usize * QUERIES + query) * PAGE + slot];
                        sum += weight;
                        for (dim, row) in row.iter_mut().enumerate() {
                            *row += weight * values[at * DIM + dim];
                        }
                    }
                }
                // Small whole numbers and eighths: no rounding on the way.
                assert_eq!(sums[query], sum, "{isa:?}");
                assert_eq!(out[query * DIM..][..DIM], row, "{isa:?}");
            }
        }
    }

    #[test]
    fn values_in_8_bits_are_those_of_their_codes() {
        const DIM: usize = 32;
        const QUERIES: usize = 2;
        let halves: Vec<u16> = (0..3 * PAGE * DIM)
            .map(|i| f16::from_f32((i * 31 % 97) as f32 / 9.0 - 4.0).to_bits())
            .collect();
        let chosen = [(0, 0x8001_00f0), (2, u32::MAX)];
        let weights: Vec<f32> = (0..2 * QUERIES * PAGE)
            .map(|i| (i * 7 % 13) as f32 / 13.0)
            .collect();
        for isa in Isa::all() {
            let (mut codes, mut scales) = (vec![0; halves.len()], vec![0; 3 * 2 * PAGE]);
            lanes::run(
                isa,
                Coarsen {
                    halves: &halves,
                    codes: &mut codes,
                    scales: &mut scales,
                    rows: PAGE,
                    columns: DIM,
                },
            );
            let read = |coarse| {
                let (mut sums, mut out) = ([0.0; QUERIES], [0.0; QUERIES * DIM]);
                let attend = AttendWeighted {
                    pages: HeadPages {
                        keys: &[],
                        values: &halves,
                        stride: PAGE * DIM,
                        head_dim: DIM,
                    },
                    coarse,
                    weights: &weights,
                    chosen: &chosen,
                    sums: &mut sums,
                    out: &mut out,
                };
                let reads = lanes::run(isa, attend);
                (reads, sums, out)
            };
            let pages = CoarsePages {
                codes: &codes,
                scales: &scales,
                heads: 1,
                rows: PAGE,
                columns: DIM,
            };
            let exact = read(None);
            for whole in [1, 3] {
                let coarse = read(Some((pages, whole)));
                assert_eq!((coarse.0, coarse.1), (exact.0, exact.1));
                for (coarse, exact) in coarse.2.iter().zip(exact.2) {
                    // Half a step is 0.022; forty of them mostly cancel out.
                    assert!((coarse - exact).abs() < 0.3, "{isa:?}: {coarse} {exact}");
                }
                assert!(coarse.2 != exact.2);
            }
        }
    }
}
