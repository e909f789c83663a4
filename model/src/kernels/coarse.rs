//! Keys and values in 8 bits: half of the memory to read.
//!
//! Each dimension of a page of keys has its own least value and step, and each slot of a
//! page of values (Liu et al., 2024, arXiv:2402.02750): some dimensions of some models'
//! keys are a hundred times as large as the others, and would leave these nothing of a
//! scale that they shared.

use super::attention::PAGE;
use super::cells::score_page;
use super::lanes::{Kernel, Lanes, WIDTH};

/// Steps between the least and the greatest key of a dimension.
const STEPS: f32 = 255.0;

/// The keys or the values of one key head, in 8 bits.
#[derive(Clone, Copy)]
pub(crate) struct CoarsePages<'a> {
    /// `[row][column]` a page, from this head's first page on: rows are dimensions of
    /// keys, or slots of values.
    pub(crate) codes: &'a [u8],
    /// Half floats, `[least, step][row]` a page, from this head's first page on.
    pub(crate) scales: &'a [u16],
    /// Pages from one of this head to its next: as many as there are heads.
    pub(crate) heads: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl CoarsePages<'_> {
    pub(super) fn codes(&self, page: usize) -> &[u8] {
        let size = self.rows * self.columns;
        &self.codes[page * self.heads * size..][..size]
    }

    pub(super) fn scales(&self, page: usize) -> (&[u16], &[u16]) {
        let size = 2 * self.rows;
        self.scales[page * self.heads * size..][..size].split_at(self.rows)
    }
}

/// Brings the keys or the values of all heads of a page to 8 bits.
pub(crate) struct Coarsen<'a> {
    /// Half floats, `[head][row][column]`.
    pub(crate) halves: &'a [u16],
    /// As long, and laid out alike.
    pub(crate) codes: &'a mut [u8],
    /// Half floats, `[head][least, step][row]`.
    pub(crate) scales: &'a mut [u16],
    pub(crate) rows: usize,
    /// A multiple of 16.
    pub(crate) columns: usize,
}

impl Kernel for Coarsen<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        assert!(self.codes.len() == self.halves.len());
        let halves = self.halves.chunks_exact(self.columns);
        let codes = self.codes.chunks_exact_mut(self.columns);
        for (at, (halves, codes)) in halves.zip(codes).enumerate() {
            let (head, row) = (at / self.rows, at % self.rows);
            let scales = &mut self.scales[head * 2 * self.rows..][..2 * self.rows];
            let columns = (0..self.columns).step_by(WIDTH);
            // SAFETY: the caller has the instructions of `L`; a row has as many halves
            // and codes as there are columns.
            unsafe {
                let from = halves.as_ptr();
                let (mut most, mut least) = (L::load_f16(from), L::load_f16(from));
                for column in columns.clone() {
                    let values = L::load_f16(from.add(column));
                    (most, least) = (most.max(values), least.min(values));
                }
                let (most, least) = (most.largest(), -L::splat(0.0).sub(least).largest());
                // Codes are steps of what is stored of the step.
                let step = half::f16::from_f32((most - least) / STEPS);
                let steps = match step.to_f32() > 0.0 {
                    true => 1.0 / step.to_f32(),
                    false => 0.0,
                };
                scales[row] = half::f16::from_f32(least).to_bits();
                scales[self.rows + row] = step.to_bits();
                let (least, steps, most) = (L::splat(least), L::splat(steps), L::splat(STEPS));
                for column in columns {
                    let values = L::load_f16(from.add(column)).sub(least);
                    let codes = codes.as_mut_ptr().add(column);
                    values.mul(steps).min(most).store_u8(codes);
                }
            }
        }
    }
}

/// Scores of queries with every key of some pages in 8 bits, `[page][query][PAGE]`.
pub(crate) struct ScoreCoarse<'a> {
    /// `[queries, head_dim]`, rotated and scaled.
    pub(crate) queries: &'a [f32],
    /// Of keys.
    pub(crate) pages: CoarsePages<'a>,
    /// The pages to score, one after the other in `out`.
    pub(crate) chosen: &'a [u32],
    pub(crate) out: &'a mut [f32],
}

impl Kernel for ScoreCoarse<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let head_dim = self.pages.rows;
        let count = self.queries.len() / head_dim;
        let mut stepped = vec![0f32; self.queries.len()];
        let mut bases = vec![0f32; count];
        let out = self.out.chunks_exact_mut(count * PAGE);
        for (i, (&page, out)) in self.chosen.iter().zip(out).enumerate() {
            let next = self.chosen.get(i + 1).copied().unwrap_or(page);
            let page = page as usize;
            // SAFETY: the caller has the instructions of `L`; `stepped` has the shape of
            // the queries, `bases` one value a query.
            unsafe {
                let scales = self.pages.scales(page);
                step_queries::<L>(self.queries, scales, &mut stepped, &mut bases);
                let (codes, next) = (self.pages.codes(page), self.pages.codes(next as usize));
                score_page::<L, _>(&stepped, &bases, codes, next, out);
            }
        }
    }
}

/// Brings queries to the unit of a page's codes: in each dimension times the step; and
/// what they have with the least keys.
#[inline(always)]
unsafe fn step_queries<L: Lanes>(
    queries: &[f32],
    (least, step): (&[u16], &[u16]),
    stepped: &mut [f32],
    bases: &mut [f32],
) {
    let head_dim = least.len();
    assert!(stepped.len() == queries.len() && queries.len() == bases.len() * head_dim);
    // SAFETY: the caller has the instructions of `L`; rows are of `head_dim` values,
    // which is a multiple of 16.
    unsafe {
        for (query, base) in bases.iter_mut().enumerate() {
            let mut sum = L::splat(0.0);
            for dim in (0..head_dim).step_by(WIDTH) {
                let at = query * head_dim + dim;
                let values = L::load(queries.as_ptr().add(at));
                sum = values.mul_add(L::load_f16(least.as_ptr().add(dim)), sum);
                let stepped = stepped.as_mut_ptr().add(at);
                values
                    .mul(L::load_f16(step.as_ptr().add(dim)))
                    .store(stepped);
            }
            *base = sum.sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use half::f16;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::super::{Isa, lanes};
    use super::*;

    const HEADS: usize = 2;
    const DIM: usize = 32;
    const PAGES: usize = 3;

    /// Keys of some heads; the third dimension of each is far away and wide.
    fn keys() -> Vec<u16> {
        let mut random = StdRng::seed_from_u64(3);
        (0..PAGES * HEADS * DIM * PAGE)
            .map(|at| {
                let value = random.random_range(-2f32..2.0);
                let value = match at / PAGE % DIM {
                    3 => 150.0 + 20.0 * value,
                    5 => 0.25,
                    _ => value,
                };
                f16::from_f32(value).to_bits()
            })
            .collect()
    }

    fn coarse(isa: Isa, keys: &[u16]) -> (Vec<u8>, Vec<u16>) {
        let (mut codes, mut scales) = (vec![0; keys.len()], vec![0; keys.len() / PAGE * 2]);
        let coarsen = Coarsen {
            halves: keys,
            codes: &mut codes,
            scales: &mut scales,
            rows: DIM,
            columns: PAGE,
        };
        lanes::run(isa, coarsen);
        (codes, scales)
    }

    #[test]
    fn codes_are_within_half_a_step() {
        let keys = keys();
        for isa in Isa::all() {
            let (codes, scales) = coarse(isa, &keys);
            for (at, (key, code)) in keys.iter().zip(&codes).enumerate() {
                let row = at / PAGE;
                let scale = row / DIM * 2 * DIM + row % DIM;
                let [least, step] =
                    [scale, scale + DIM].map(|at| f16::from_bits(scales[at]).to_f32());
                let key = f16::from_bits(*key).to_f32();
                let got = least + step * f32::from(*code);
                // A step is rounded to a half float itself: at the far end that adds up.
                let bound = step * (0.5 + 255.0 / 2048.0) + 1e-6;
                assert!((got - key).abs() <= bound, "{isa:?}: {got} {key} {step}");
            }
        }
    }

    #[test]
    fn scores_are_those_of_the_codes() {
        let keys = keys();
        let chosen = [0, 2];
        for isa in Isa::all() {
            let (codes, scales) = coarse(isa, &keys);
            for count in 1..=9 {
                let queries: Vec<f32> = (0..count * DIM)
                    .map(|i| ((i * 37 % 101) as f32 - 50.0) / 60.0)
                    .collect();
                for head in 0..HEADS {
                    let mut out = vec![0f32; chosen.len() * count * PAGE];
                    let score = ScoreCoarse {
                        queries: &queries,
                        pages: CoarsePages {
                            codes: &codes[head * DIM * PAGE..],
                            scales: &scales[head * 2 * DIM..],
                            heads: HEADS,
                            rows: DIM,
                            columns: PAGE,
                        },
                        chosen: &chosen,
                        out: &mut out,
                    };
                    lanes::run(isa, score);
                    for (at, got) in out.iter().enumerate() {
                        let page = chosen[at / (count * PAGE)] as usize;
                        let (query, slot) = (at / PAGE % count, at % PAGE);
                        let (mut exact, mut size) = (0.0, 0.0);
                        for dim in 0..DIM {
                            let row = page * HEADS + head;
                            let scale = |part: usize| {
                                f64::from(f16::from_bits(scales[row * 2 * DIM + part * DIM + dim]))
                            };
                            let code = f64::from(codes[(row * DIM + dim) * PAGE + slot]);
                            let key = scale(0) + scale(1) * code;
                            let product = key * f64::from(queries[query * DIM + dim]);
                            exact += product;
                            size += product.abs();
                        }
                        let error = (f64::from(*got) - exact).abs();
                        assert!(error < 1e-6 * size, "{isa:?}: {got} {exact}");
                    }
                }
            }
        }
    }
}
