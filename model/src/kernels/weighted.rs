//! Values of chosen keys whose weights are known.

use super::attention::{HeadPages, PAGE, Reads, add_values, fetch};
use super::lanes::{Kernel, Lanes, WIDTH};

/// Sums the values of chosen keys for the queries of one position. The sums of parts of
/// the keys can be added up.
pub(crate) struct AttendWeighted<'a> {
    pub(crate) pages: HeadPages<'a>,
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
        for (i, (&(page, mask), weights)) in self.chosen.iter().zip(weights).enumerate() {
            if let Some(&(page, mask)) = self.chosen.get(i + 1) {
                // SAFETY: the caller has the instructions of `L`.
                unsafe { fetch::<L>(self.pages.values(page as usize), mask) };
            }
            if mask == 0 {
                continue;
            }
            masks.fill(mask);
            // SAFETY: the caller has the instructions of `L`; `weights` has PAGE values
            // and `out` a row of `head_dim` for each query.
            unsafe {
                let nothing = L::splat(0.0);
                for (sum, weights) in self.sums.iter_mut().zip(weights.chunks_exact(PAGE)) {
                    let first = L::load(weights.as_ptr()).select(mask as u16, nothing);
                    let second = L::load(weights.as_ptr().add(WIDTH));
                    let second = second.select((mask >> WIDTH) as u16, nothing);
                    *sum += first.add(second).sum();
                }
                add_values::<L>(weights, &masks, self.pages.values(page as usize), self.out);
            }
            reads.count(&masks);
        }
        reads
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

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
}
