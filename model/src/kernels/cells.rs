//! Products of queries with one page of keys, and sums of one page of values, whatever
//! these are kept in.

use super::attention::PAGE;
use super::lanes::{Lanes, WIDTH};

/// Bytes that the processor fetches together.
const LINE: usize = 64;

/// What keys and values are kept in.
pub(super) trait Cell: Copy {
    /// Reads 16 of them.
    ///
    /// # Safety
    ///
    /// The processor has the instructions of `L`; there are 16 behind `from`.
    unsafe fn load<L: Lanes>(from: *const Self) -> L;
}

/// Half floats.
impl Cell for u16 {
    #[inline(always)]
    unsafe fn load<L: Lanes>(from: *const Self) -> L {
        // SAFETY: the trait's own requirement.
        unsafe { L::load_f16(from) }
    }
}

/// Codes in 8 bits.
impl Cell for u8 {
    #[inline(always)]
    unsafe fn load<L: Lanes>(from: *const Self) -> L {
        // SAFETY: the trait's own requirement.
        unsafe { L::load_u8(from) }
    }
}

/// Asks for the values of some slots, which lie in rows too short for the processor to
/// foresee.
#[inline(always)]
pub(super) unsafe fn fetch<L: Lanes, C: Cell>(values: &[C], mut slots: u32) {
    let line = LINE / size_of::<C>();
    let head_dim = values.len() / PAGE;
    while slots != 0 {
        let row = slots.trailing_zeros() as usize * head_dim;
        slots &= slots - 1;
        for at in (row..row + head_dim).step_by(line) {
            // SAFETY: the caller has the instructions of `L`.
            unsafe { L::prefetch(values.as_ptr().add(at).cast()) };
        }
    }
}

/// `out[query][slot]`: the products of queries with the keys of one page, on top of a
/// base each. Asks for the `next` page on the way: a page is as long as what the
/// processor foresees by itself.
#[inline(always)]
pub(super) unsafe fn score_page<L: Lanes, C: Cell>(
    queries: &[f32],
    bases: &[f32],
    keys: &[C],
    next: &[C],
    out: &mut [f32],
) {
    let head_dim = keys.len() / PAGE;
    let count = bases.len();
    assert!(queries.len() == count * head_dim && out.len() == count * PAGE);
    let mut done = 0;
    while done < count {
        let now = (count - done).min(L::SCORED).min(8);
        let bases = &bases[done..done + now];
        // SAFETY: the caller has the instructions of `L`; `queries` and `out` have
        // `now` rows from `done` on.
        unsafe {
            let queries = queries.as_ptr().add(done * head_dim);
            let out = out.as_mut_ptr().add(done * PAGE);
            match now {
                1 => score_block::<L, C, 1>(queries, first(bases), keys, next, out),
                2 => score_block::<L, C, 2>(queries, first(bases), keys, next, out),
                3 => score_block::<L, C, 3>(queries, first(bases), keys, next, out),
                4 => score_block::<L, C, 4>(queries, first(bases), keys, next, out),
                5 => score_block::<L, C, 5>(queries, first(bases), keys, next, out),
                6 => score_block::<L, C, 6>(queries, first(bases), keys, next, out),
                7 => score_block::<L, C, 7>(queries, first(bases), keys, next, out),
                _ => score_block::<L, C, 8>(queries, first(bases), keys, next, out),
            }
        }
        done += now;
    }
}

/// The first values of a slice that has at least as many.
#[inline(always)]
fn first<const COUNT: usize>(values: &[f32]) -> &[f32; COUNT] {
    values.first_chunk().expect("a base for each query")
}

#[inline(always)]
unsafe fn score_block<L: Lanes, C: Cell, const QUERIES: usize>(
    queries: *const f32,
    bases: &[f32; QUERIES],
    keys: &[C],
    next: &[C],
    out: *mut f32,
) {
    let head_dim = keys.len() / PAGE;
    // SAFETY: the caller has the instructions of `L`, QUERIES rows of `head_dim`
    // behind `queries` and QUERIES rows of PAGE behind `out`; `keys` has `head_dim`
    // rows of PAGE.
    unsafe {
        let mut sums = [[L::splat(0.0); 2]; QUERIES];
        // A length that is known keeps the sums in registers.
        for (sums, base) in sums.iter_mut().zip(bases) {
            *sums = [L::splat(*base); 2];
        }
        for dim in 0..head_dim {
            let row = keys.as_ptr().add(dim * PAGE);
            if (dim * PAGE * size_of::<C>()).is_multiple_of(LINE) {
                L::prefetch(next.as_ptr().add(dim * PAGE).cast());
            }
            let (first, second) = (C::load::<L>(row), C::load::<L>(row.add(WIDTH)));
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

/// `out[query] += sum over slots of weights[query][slot] * values[slot]`, over the
/// slots that any of the queries counts; the others' weights are 0.
#[inline(always)]
pub(super) unsafe fn add_values<L: Lanes, C: Cell>(
    weights: &[f32],
    masks: &[u32],
    values: &[C],
    out: &mut [f32],
) {
    let head_dim = values.len() / PAGE;
    let mut done = 0;
    while done < masks.len() {
        let now = (masks.len() - done).min(L::SUMMED.0);
        let slots = masks[done..done + now].iter().fold(0, |all, m| all | m);
        let weights = &weights[done * PAGE..][..now * PAGE];
        let out = &mut out[done * head_dim..][..now * head_dim];
        if slots != 0 {
            // SAFETY: the caller has the instructions of `L`; weights and out have
            // `now` rows.
            unsafe {
                match now {
                    1 => add_block::<L, C, 1>(weights, slots, values, out),
                    2 => add_block::<L, C, 2>(weights, slots, values, out),
                    3 => add_block::<L, C, 3>(weights, slots, values, out),
                    4 => add_block::<L, C, 4>(weights, slots, values, out),
                    5 => add_block::<L, C, 5>(weights, slots, values, out),
                    _ => add_block::<L, C, 6>(weights, slots, values, out),
                }
            }
        }
        done += now;
    }
}

#[inline(always)]
unsafe fn add_block<L: Lanes, C: Cell, const QUERIES: usize>(
    weights: &[f32],
    slots: u32,
    values: &[C],
    out: &mut [f32],
) {
    let head_dim = values.len() / PAGE;
    let mut dim = 0;
    // SAFETY: the caller has the instructions of `L`, and QUERIES rows of weights
    // and of out; `wide * WIDTH` dimensions from `dim` on are inside a head.
    unsafe {
        while L::SUMMED.1 == 4 && dim + 4 * WIDTH <= head_dim {
            add_columns::<L, C, QUERIES, 4>(weights, slots, values, out, dim);
            dim += 4 * WIDTH;
        }
        while dim + 2 * WIDTH <= head_dim {
            add_columns::<L, C, QUERIES, 2>(weights, slots, values, out, dim);
            dim += 2 * WIDTH;
        }
        while dim < head_dim {
            add_columns::<L, C, QUERIES, 1>(weights, slots, values, out, dim);
            dim += WIDTH;
        }
    }
}

#[inline(always)]
unsafe fn add_columns<L: Lanes, C: Cell, const QUERIES: usize, const WIDE: usize>(
    weights: &[f32],
    slots: u32,
    values: &[C],
    out: &mut [f32],
    dim: usize,
) {
    let head_dim = values.len() / PAGE;
    // SAFETY: see `add_block`; a slot is below PAGE.
    unsafe {
        let mut sums = [[L::splat(0.0); WIDE]; QUERIES];
        for (query, sums) in sums.iter_mut().enumerate() {
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = L::load(out.as_ptr().add(query * head_dim + dim + i * WIDTH));
            }
        }
        let mut left = slots;
        while left != 0 {
            let slot = left.trailing_zeros() as usize;
            left &= left - 1;
            let row = values.as_ptr().add(slot * head_dim + dim);
            let mut value = [L::splat(0.0); WIDE];
            for (i, value) in value.iter_mut().enumerate() {
                *value = C::load::<L>(row.add(i * WIDTH));
            }
            for (query, sums) in sums.iter_mut().enumerate() {
                let weight = L::splat(*weights.as_ptr().add(query * PAGE + slot));
                for (sum, value) in sums.iter_mut().zip(&value) {
                    *sum = weight.mul_add(*value, *sum);
                }
            }
        }
        for (query, sums) in sums.iter().enumerate() {
            for (i, sum) in sums.iter().enumerate() {
                sum.store(out.as_mut_ptr().add(query * head_dim + dim + i * WIDTH));
            }
        }
    }
}
