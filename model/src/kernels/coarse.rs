//! Keys in 8 bits: half of the memory to read where keys are only scored to be chosen
//! and weighed, as sparse attention does.
//!
//! Each dimension of a page has its own least value and step (Liu et al., 2024,
//! arXiv:2402.02750): some dimensions of some models' keys are a hundred times as large
//! as the others, and would leave these nothing of a scale that they shared.

use super::attention::PAGE;
use super::lanes::{Kernel, Lanes, WIDTH};

/// Steps between the least and the greatest key of a dimension.
const STEPS: f32 = 255.0;

/// The pages of one key head, in 8 bits.
#[derive(Clone, Copy)]
pub(crate) struct CoarsePages<'a> {
    /// `[dim][slot]` a page, from this head's first page on.
    pub(crate) codes: &'a [u8],
    /// Half floats, `[least, step][dim]` a page, from this head's first page on.
    pub(crate) scales: &'a [u16],
    /// Codes from one page of this head to its next.
    pub(crate) stride: usize,
    pub(crate) head_dim: usize,
}

impl CoarsePages<'_> {
    fn codes(&self, page: usize) -> &[u8] {
        &self.codes[page * self.stride..][..PAGE * self.head_dim]
    }

    fn scales(&self, page: usize) -> (&[u16], &[u16]) {
        let start = page * self.stride / PAGE * 2;
        self.scales[start..][..2 * self.head_dim].split_at(self.head_dim)
    }
}

/// Brings the keys of some heads' pages to 8 bits.
pub(crate) struct Coarsen<'a> {
    /// Half floats, `[dim][PAGE]`; all dimensions of all heads of a page.
    pub(crate) keys: &'a [u16],
    /// As long, and laid out alike.
    pub(crate) codes: &'a mut [u8],
    /// Half floats, `[head][least, step][dim]`.
    pub(crate) scales: &'a mut [u16],
    pub(crate) head_dim: usize,
}

impl Kernel for Coarsen<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let (keys, _) = self.keys.as_chunks::<PAGE>();
        let (codes, _) = self.codes.as_chunks_mut::<PAGE>();
        for (at, (keys, codes)) in keys.iter().zip(codes).enumerate() {
            let (head, dim) = (at / self.head_dim, at % self.head_dim);
            let scales = &mut self.scales[head * 2 * self.head_dim..][..2 * self.head_dim];
            // SAFETY: the caller has the instructions of `L`; a row has 32 keys and 32
            // codes.
            unsafe {
                let first = L::load_f16(keys.as_ptr());
                let second = L::load_f16(keys.as_ptr().add(WIDTH));
                let zero = L::splat(0.0);
                let least = -zero.sub(first).max(zero.sub(second)).largest();
                let range = first.max(second).largest() - least;
                // What is stored of the step is what codes are steps of.
                let step = half::f16::from_f32(range / STEPS);
                let steps = match step.to_f32() > 0.0 {
                    true => 1.0 / step.to_f32(),
                    false => 0.0,
                };
                scales[dim] = half::f16::from_f32(least).to_bits();
                scales[self.head_dim + dim] = step.to_bits();
                let (least, steps, most) = (L::splat(least), L::splat(steps), L::splat(STEPS));
                let code = |keys: L| keys.sub(least).mul(steps).min(most);
                code(first).store_u8(codes.as_mut_ptr());
                code(second).store_u8(codes.as_mut_ptr().add(WIDTH));
            }
        }
    }
}

/// Scores of queries with every key of some pages in 8 bits, `[page][query][PAGE]`.
pub(crate) struct ScoreCoarse<'a> {
    /// `[queries, head_dim]`, rotated and scaled.
    pub(crate) queries: &'a [f32],
    pub(crate) pages: CoarsePages<'a>,
    /// The pages to score, one after the other in `out`.
    pub(crate) chosen: &'a [u32],
    pub(crate) out: &'a mut [f32],
}

impl Kernel for ScoreCoarse<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let head_dim = self.pages.head_dim;
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
                score_page::<L>(&stepped, &bases, codes, next, out);
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

/// `out[query][slot]`: the products of queries with the codes of one page, on top of
/// the bases. Asks for the `next` page on the way.
#[inline(always)]
unsafe fn score_page<L: Lanes>(
    queries: &[f32],
    bases: &[f32],
    codes: &[u8],
    next: &[u8],
    out: &mut [f32],
) {
    let head_dim = codes.len() / PAGE;
    assert!(out.len() == bases.len() * PAGE);
    let mut done = 0;
    while done < bases.len() {
        let now = (bases.len() - done).min(L::SCORED).min(8);
        let bases = &bases[done..done + now];
        // SAFETY: the caller has the instructions of `L`; `queries` and `out` have
        // `now` rows from `done` on.
        unsafe {
            let queries = queries.as_ptr().add(done * head_dim);
            let out = out.as_mut_ptr().add(done * PAGE);
            match now {
                1 => score_block::<L, 1>(queries, bases, codes, next, out),
                2 => score_block::<L, 2>(queries, bases, codes, next, out),
                3 => score_block::<L, 3>(queries, bases, codes, next, out),
                4 => score_block::<L, 4>(queries, bases, codes, next, out),
                5 => score_block::<L, 5>(queries, bases, codes, next, out),
                6 => score_block::<L, 6>(queries, bases, codes, next, out),
                7 => score_block::<L, 7>(queries, bases, codes, next, out),
                _ => score_block::<L, 8>(queries, bases, codes, next, out),
            }
        }
        done += now;
    }
}

#[inline(always)]
unsafe fn score_block<L: Lanes, const QUERIES: usize>(
    queries: *const f32,
    bases: &[f32],
    codes: &[u8],
    next: &[u8],
    out: *mut f32,
) {
    let head_dim = codes.len() / PAGE;
    // SAFETY: the caller has the instructions of `L`, QUERIES rows of `head_dim`
    // behind `queries` and QUERIES rows of PAGE behind `out`; `codes` has `head_dim`
    // rows of PAGE.
    unsafe {
        let mut sums: [[L; 2]; QUERIES] = std::array::from_fn(|query| [L::splat(bases[query]); 2]);
        for dim in 0..head_dim {
            let row = codes.as_ptr().add(dim * PAGE);
            if dim % 2 == 0 {
                L::prefetch(next.as_ptr().add(dim * PAGE).cast());
            }
            let (first, second) = (L::load_u8(row), L::load_u8(row.add(WIDTH)));
            for (query, sums) in sums.iter_mut().enumerate() {
                let value = L::splat(*queries.add(query * head_dim + dim));
                sums[0] = value.mul_add(first, sums[0]);
                sums[1] = value.mul_add(second, sums[1]);
            }
        }
        for (query, sums) in sums.iter().enumerate() {
            sums[0].store(out.add(query * PAGE));
            sums[1].store(out.add(query * PAGE + WIDTH));
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
            keys,
            codes: &mut codes,
            scales: &mut scales,
            head_dim: DIM,
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
        let stride = HEADS * DIM * PAGE;
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
                            stride,
                            head_dim: DIM,
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
