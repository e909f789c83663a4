//! Products with AVX2: half a panel, eight rows, at a time.

use std::arch::x86_64::*;

use super::Kernels;
use super::format::{Format, LINE, LINES, ROWS, SUPER, SUPER_HALVES, SUPER_MINIMUM, Scaling};
use super::rounded::Block;
use super::unpack::{Lanes, Line, Panel, PanelMut, unpack};

/// Rows of a vector.
const HALF: usize = ROWS / 2;
/// Tokens whose sums fit in the registers.
const ABREAST: usize = 4;

pub(super) struct Avx2;

impl Kernels for Avx2 {
    unsafe fn unpack<F: Format>(panel: PanelMut<'_>, packed: &[u8]) {
        // SAFETY: the processor has the instructions.
        unsafe { unpack_wide::<F>(panel, packed) }
    }

    unsafe fn tile<F: Format, const T: usize>(
        panel: Panel<'_>,
        x: &[Block],
        sums: &mut [[f32; ROWS]; T],
    ) {
        // SAFETY: the processor has the instructions.
        unsafe { tile::<F, T>(panel, x, sums) }
    }

    unsafe fn row<F: Format>(packed: &[u8], x: &[Block], sums: &mut [f32; ROWS]) {
        // SAFETY: the processor has the instructions, and the caller vouches for the sizes.
        unsafe { row::<F>(packed, x, sums) }
    }
}

/// The plain code, with wider vectors.
#[target_feature(enable = "avx2,fma,f16c")]
fn unpack_wide<F: Format>(panel: PanelMut<'_>, packed: &[u8]) {
    unpack::<F>(panel, packed);
}

#[target_feature(enable = "avx2,fma,f16c")]
fn tile<F: Format, const T: usize>(panel: Panel<'_>, x: &[Block], sums: &mut [[f32; ROWS]; T]) {
    for half in [0, HALF] {
        for (i, sums) in sums.chunks_mut(ABREAST).enumerate() {
            let first = i * ABREAST;
            match sums {
                [_, _, _, _] => some_tokens::<F, T, 4>(panel, half, x, first, sums),
                [_, _] => some_tokens::<F, T, 2>(panel, half, x, first, sums),
                _ => some_tokens::<F, T, 1>(panel, half, x, first, sums),
            }
        }
    }
}

/// `N` tokens of a tile, from its `first`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn some_tokens<F: Format, const T: usize, const N: usize>(
    panel: Panel<'_>,
    half: usize,
    x: &[Block],
    first: usize,
    sums: &mut [[f32; ROWS]],
) {
    let mut totals = [_mm256_setzero_ps(); N];
    let (x, _) = x.as_chunks::<T>();
    for (i, (lines, x)) in panel.lines.iter().zip(x).enumerate() {
        // SAFETY: half of the lanes are as long as a vector.
        let lanes = |lanes: &Lanes| unsafe { _mm256_load_ps(lanes.0[half..].as_ptr()) };
        let scales = match F::HALVES {
            true => Scales {
                scale: lanes(&panel.scales[2 * i]),
                high: lanes(&panel.scales[2 * i + 1]),
                minimum: _mm256_setzero_ps(),
            },
            false => Scales {
                scale: lanes(&panel.scales[i]),
                high: _mm256_setzero_ps(),
                minimum: lanes(&panel.minima[i]),
            },
        };
        // SAFETY: half of a line is as long as a vector.
        let weights =
            |line: &Line| unsafe { _mm256_load_si256(line.0[half * 4..].as_ptr().cast()) };
        let mut vectors = [_mm256_setzero_si256(); LINES];
        for (vector, line) in vectors.iter_mut().zip(lines) {
            *vector = weights(line);
        }
        add::<F, N>(&mut totals, &vectors, &scales, &x[first..]);
    }
    for (sums, total) in sums.iter_mut().zip(totals) {
        // SAFETY: half of the rows are as long as a vector.
        unsafe { _mm256_storeu_ps(sums[half..].as_mut_ptr(), total) };
    }
}

/// How far ahead of the integers memory is asked for; without, the processor reads half
/// as many bytes a second.
const AHEAD: usize = 4096;

/// # Safety
/// `packed` is a panel, and `x` has as many blocks.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn row<F: Format>(packed: &[u8], x: &[Block], sums: &mut [f32; ROWS]) {
    let (packed_scales, integers) = packed.split_at(F::scale_bytes(x.len()));
    debug_assert_eq!(integers.len(), x.len() * F::BLOCK_BYTES);
    let mut totals = [[_mm256_setzero_ps()]; 2];
    for (i, x) in x.iter().enumerate() {
        for (half, totals) in totals.iter_mut().enumerate() {
            // SAFETY: the panel has a block of integers and its scales for each block of
            // `x`. Prefetching past the end is no access.
            let (weights, scales) = unsafe {
                let integers = integers.as_ptr().add(i * F::BLOCK_BYTES);
                for line in (half..F::BITS).step_by(2) {
                    let ahead = integers.wrapping_add(AHEAD + line * LINE);
                    _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
                }
                (
                    load::<F>(integers.add(half * LINE / 2)),
                    load_scales::<F>(packed_scales.as_ptr(), i, half * HALF),
                )
            };
            add::<F, 1>(totals, &weights, &scales, std::slice::from_ref(x));
        }
    }
    for (half, [total]) in totals.into_iter().enumerate() {
        // SAFETY: half of the rows are as long as a vector.
        unsafe { _mm256_storeu_ps(sums[half * HALF..].as_mut_ptr(), total) };
    }
}

/// What the integers of a block are multiplied by.
struct Scales {
    /// The block's, or its first half's.
    scale: __m256,
    high: __m256,
    minimum: __m256,
}

/// Adds the products of a block with the activations of `N` tokens.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add<F: Format, const N: usize>(
    totals: &mut [__m256; N],
    weights: &[__m256i; LINES],
    scales: &Scales,
    x: &[Block],
) {
    let mut products = [_mm256_setzero_ps(); N];
    if F::HALVES {
        let low = dot::<F, N>(weights, x, 0..LINES / 2, |x| x.halves[0]);
        let high = dot::<F, N>(weights, x, LINES / 2..LINES, |x| x.halves[1]);
        for n in 0..N {
            let low = _mm256_mul_ps(_mm256_cvtepi32_ps(low[n]), scales.scale);
            products[n] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(high[n]), scales.high, low);
        }
    } else {
        let sums = dot::<F, N>(weights, x, 0..LINES, |x| x.negated);
        for n in 0..N {
            products[n] = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[n]), scales.scale);
        }
    }
    for n in 0..N {
        totals[n] = _mm256_fmadd_ps(products[n], _mm256_set1_ps(x[n].scale), totals[n]);
        if F::MINIMUM {
            totals[n] = _mm256_fmadd_ps(scales.minimum, _mm256_set1_ps(x[n].sum), totals[n]);
        }
    }
}

/// How many lines' products of neighbouring bytes, two at a time, can be added up in
/// 16 bits: the largest weight times 127, twice a line.
const fn addends(bits: usize) -> usize {
    match bits {
        4 => 8,
        5 => 4,
        6 => 2,
        _ => 1,
    }
}

/// Sums of products of some of a block's lines with the activations of `N` tokens.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn dot<F: Format, const N: usize>(
    weights: &[__m256i; LINES],
    x: &[Block],
    lines: std::ops::Range<usize>,
    negated: impl Fn(&Block) -> i32,
) -> [__m256i; N] {
    let mut sums = [_mm256_setzero_si256(); N];
    for n in 0..N {
        sums[n] = start::<F>(negated(&x[n]));
    }
    let addends = addends(F::BITS);
    for first in lines.step_by(addends) {
        let mut pairs = [_mm256_setzero_si256(); N];
        for (line, &weights) in weights.iter().enumerate().skip(first).take(addends) {
            for n in 0..N {
                let x = x[n].integers.as_chunks::<4>().0[line];
                let x = _mm256_set1_epi32(i32::from_le_bytes(x.map(|x| x as u8)));
                pairs[n] = _mm256_add_epi16(pairs[n], multiply::<F>(weights, x));
            }
        }
        for n in 0..N {
            let four = _mm256_madd_epi16(pairs[n], _mm256_set1_epi16(1));
            sums[n] = _mm256_add_epi32(sums[n], four);
        }
    }
    sums
}

/// Products of bytes, neighbours added.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn multiply<F: Format>(weights: __m256i, x: __m256i) -> __m256i {
    if F::BITS < 8 {
        return _mm256_maddubs_epi16(weights, x);
    }
    // Two products with weights up to 255 don't fit in 16 bits; less their zero, and
    // with their signs moved to the activations, they do.
    let signed = _mm256_xor_si256(weights, _mm256_set1_epi8(-128));
    _mm256_maddubs_epi16(_mm256_abs_epi8(signed), _mm256_sign_epi8(x, signed))
}

/// What sums begin with, so that the format's zero counts for nothing.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn start<F: Format>(negated: i32) -> __m256i {
    let negated = _mm256_set1_epi32(negated);
    match F::ZERO {
        Some(8) => _mm256_slli_epi32::<3>(negated),
        Some(16) => _mm256_slli_epi32::<4>(negated),
        Some(32) => _mm256_slli_epi32::<5>(negated),
        // None, or taken off by `multiply`.
        _ => _mm256_setzero_si256(),
    }
}

/// The integers of half a block, unpacked.
///
/// # Safety
/// `packed` points to the block's lines, or to their second halves.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn load<F: Format>(packed: *const u8) -> [__m256i; LINES] {
    // SAFETY: as the caller says.
    let line = |i: usize| unsafe { _mm256_load_si256(packed.add(i * LINE).cast()) };
    let mut weights = [_mm256_setzero_si256(); LINES];
    if F::BITS == 8 {
        for (i, weights) in weights.iter_mut().enumerate() {
            *weights = line(i);
        }
        return weights;
    }
    let nibble = _mm256_set1_epi8(0xf);
    for i in 0..LINES / 2 {
        let both = line(i);
        weights[i] = _mm256_and_si256(both, nibble);
        weights[i + LINES / 2] = _mm256_and_si256(_mm256_srli_epi16::<4>(both), nibble);
    }
    match F::BITS {
        5 => fifth_bits(&mut weights, line(LINES / 2)),
        6 => {
            let (low, high) = weights.split_at_mut(LINES / 2);
            further_bits(low, line(LINES / 2));
            further_bits(high, line(LINES / 2 + 1));
        }
        _ => {}
    }
    weights
}

/// Bit `i` of the plane is bit 4 of line `i`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn fifth_bits(weights: &mut [__m256i; LINES], plane: __m256i) {
    let shifted = [
        _mm256_slli_epi16::<4>(plane),
        _mm256_slli_epi16::<3>(plane),
        _mm256_slli_epi16::<2>(plane),
        _mm256_slli_epi16::<1>(plane),
        plane,
        _mm256_srli_epi16::<1>(plane),
        _mm256_srli_epi16::<2>(plane),
        _mm256_srli_epi16::<3>(plane),
    ];
    for (weights, shifted) in weights.iter_mut().zip(shifted) {
        let bit = _mm256_and_si256(shifted, _mm256_set1_epi8(0x10));
        *weights = _mm256_or_si256(*weights, bit);
    }
}

/// Bits `2 i` and `2 i + 1` of the plane are bits 4 and 5 of line `i`.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn further_bits(weights: &mut [__m256i], plane: __m256i) {
    let shifted = [
        _mm256_slli_epi16::<4>(plane),
        _mm256_slli_epi16::<2>(plane),
        plane,
        _mm256_srli_epi16::<2>(plane),
    ];
    for (weights, shifted) in weights.iter_mut().zip(shifted) {
        let bits = _mm256_and_si256(shifted, _mm256_set1_epi8(0x30));
        *weights = _mm256_or_si256(*weights, bits);
    }
}

/// The scales of a panel's `block`, for the eight rows from `row`.
///
/// # Safety
/// `packed` points to the panel's scales.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn load_scales<F: Format>(packed: *const u8, block: usize, row: usize) -> Scales {
    // SAFETY: as the caller says, these and the offsets below.
    let halves =
        |at: usize| unsafe { _mm256_cvtph_ps(_mm_loadu_si128(packed.add(at + 2 * row).cast())) };
    // SAFETY: likewise.
    let bytes = |at: usize| unsafe { _mm_loadl_epi64(packed.add(at + row).cast()) };
    let zero = _mm256_setzero_ps();
    let (index, within) = (block / SUPER, block % SUPER);
    match F::SCALING {
        Scaling::Block => Scales {
            scale: halves(block * 2 * ROWS),
            high: zero,
            minimum: zero,
        },
        Scaling::BlockMinimum => Scales {
            scale: halves(block * 4 * ROWS),
            high: zero,
            minimum: halves(block * 4 * ROWS + 2 * ROWS),
        },
        Scaling::SuperMinimum => {
            let at = index * SUPER_MINIMUM;
            let block = at + 4 * ROWS + within * 2 * ROWS;
            let float = |bytes| _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
            let negated = _mm256_sub_ps(zero, halves(at + 2 * ROWS));
            Scales {
                scale: _mm256_mul_ps(halves(at), float(bytes(block))),
                high: zero,
                minimum: _mm256_mul_ps(negated, float(bytes(block + ROWS))),
            }
        }
        Scaling::SuperHalves => {
            let at = index * SUPER_HALVES;
            let block = at + 2 * ROWS + within * 2 * ROWS;
            let float = |bytes| _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
            Scales {
                scale: _mm256_mul_ps(halves(at), float(bytes(block))),
                high: _mm256_mul_ps(halves(at), float(bytes(block + ROWS))),
                minimum: zero,
            }
        }
    }
}
