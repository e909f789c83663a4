//! Products with AVX-512 and its dot products of bytes.

use std::arch::x86_64::*;

use super::Kernels;
use super::format::{Format, LINE, LINES, ROWS, SUPER, SUPER_HALVES, SUPER_MINIMUM, Scaling};
use super::rounded::Block;
use super::unpack::{Lanes, Panel, PanelMut};

pub(super) struct Avx512;

impl Kernels for Avx512 {
    unsafe fn unpack<F: Format>(panel: PanelMut<'_>, packed: &[u8]) {
        // SAFETY: the processor has the instructions, and the caller vouches for the sizes.
        unsafe { unpack::<F>(panel, packed) }
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

/// # Safety
/// `packed` is a panel of as many blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn unpack<F: Format>(panel: PanelMut<'_>, packed: &[u8]) {
    let blocks = panel.lines.len();
    let (packed_scales, integers) = packed.split_at(F::scale_bytes(blocks));
    debug_assert_eq!(integers.len(), blocks * F::BLOCK_BYTES);
    for (i, lines) in panel.lines.iter_mut().enumerate() {
        // SAFETY: the panel has a block of integers and its scales for each block.
        let (weights, scales) = unsafe {
            (
                load::<F>(integers.as_ptr().add(i * F::BLOCK_BYTES)),
                load_scales::<F>(packed_scales.as_ptr(), i),
            )
        };
        for (line, weights) in lines.iter_mut().zip(weights) {
            // SAFETY: a line is as long as a vector.
            unsafe { _mm512_store_si512(line.0.as_mut_ptr().cast(), weights) };
        }
        // SAFETY: lanes are as long as a vector.
        let store = |to: &mut Lanes, lanes| unsafe { _mm512_store_ps(to.0.as_mut_ptr(), lanes) };
        match F::HALVES {
            true => {
                store(&mut panel.scales[2 * i], scales.scale);
                store(&mut panel.scales[2 * i + 1], scales.high);
            }
            false => store(&mut panel.scales[i], scales.scale),
        }
        if F::MINIMUM {
            store(&mut panel.minima[i], scales.minimum);
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn tile<F: Format, const T: usize>(panel: Panel<'_>, x: &[Block], sums: &mut [[f32; ROWS]; T]) {
    let mut totals = [_mm512_setzero_ps(); T];
    let (x, _) = x.as_chunks::<T>();
    for (i, (lines, x)) in panel.lines.iter().zip(x).enumerate() {
        let mut weights = [_mm512_setzero_si512(); LINES];
        for (weights, line) in weights.iter_mut().zip(lines) {
            // SAFETY: a line is as long as a vector.
            *weights = unsafe { _mm512_load_si512(line.0.as_ptr().cast()) };
        }
        // SAFETY: lanes are as long as a vector.
        let lanes = |lanes: &Lanes| unsafe { _mm512_load_ps(lanes.0.as_ptr()) };
        let scales = match F::HALVES {
            true => Scales {
                scale: lanes(&panel.scales[2 * i]),
                high: lanes(&panel.scales[2 * i + 1]),
                minimum: _mm512_setzero_ps(),
            },
            false => Scales {
                scale: lanes(&panel.scales[i]),
                high: _mm512_setzero_ps(),
                minimum: lanes(&panel.minima[i]),
            },
        };
        for (total, x) in totals.iter_mut().zip(x) {
            *total = add::<F>(*total, &weights, &scales, x);
        }
    }
    for (sums, total) in sums.iter_mut().zip(totals) {
        // SAFETY: sixteen rows are as long as a vector.
        unsafe { _mm512_storeu_ps(sums.as_mut_ptr(), total) };
    }
}

/// How far ahead of the integers memory is asked for; without, the processor reads half
/// as many bytes a second.
const AHEAD: usize = 4096;

/// # Safety
/// `packed` is a panel, and `x` has as many blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn row<F: Format>(packed: &[u8], x: &[Block], sums: &mut [f32; ROWS]) {
    let (packed_scales, integers) = packed.split_at(F::scale_bytes(x.len()));
    debug_assert_eq!(integers.len(), x.len() * F::BLOCK_BYTES);
    let mut total = _mm512_setzero_ps();
    for (i, x) in x.iter().enumerate() {
        // SAFETY: the panel has a block of integers and its scales for each block of
        // `x`. Prefetching past the end is no access.
        unsafe {
            let integers = integers.as_ptr().add(i * F::BLOCK_BYTES);
            for line in 0..F::BITS {
                let ahead = integers.wrapping_add(AHEAD + line * LINE);
                _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
            }
            let weights = load::<F>(integers);
            let scales = load_scales::<F>(packed_scales.as_ptr(), i);
            total = add::<F>(total, &weights, &scales, x);
        }
    }
    // SAFETY: sixteen rows are as long as a vector.
    unsafe { _mm512_storeu_ps(sums.as_mut_ptr(), total) };
}

/// What the integers of a block are multiplied by.
struct Scales {
    /// The block's, or its first half's.
    scale: __m512,
    high: __m512,
    minimum: __m512,
}

/// Adds the products of a block with a token's activations.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn add<F: Format>(total: __m512, weights: &[__m512i; LINES], scales: &Scales, x: &Block) -> __m512 {
    let (x_lines, _) = x.integers.as_chunks::<4>();
    let product = if F::HALVES {
        let mut low = start::<F>(x.halves[0]);
        let mut high = start::<F>(x.halves[1]);
        for line in 0..LINES / 2 {
            low = dot(low, weights[line], x_lines[line]);
            high = dot(high, weights[line + LINES / 2], x_lines[line + LINES / 2]);
        }
        let low = _mm512_mul_ps(_mm512_cvtepi32_ps(low), scales.scale);
        _mm512_fmadd_ps(_mm512_cvtepi32_ps(high), scales.high, low)
    } else {
        let mut sums = start::<F>(x.negated);
        for line in 0..LINES {
            sums = dot(sums, weights[line], x_lines[line]);
        }
        _mm512_mul_ps(_mm512_cvtepi32_ps(sums), scales.scale)
    };
    let total = _mm512_fmadd_ps(product, _mm512_set1_ps(x.scale), total);
    match F::MINIMUM {
        true => _mm512_fmadd_ps(scales.minimum, _mm512_set1_ps(x.sum), total),
        false => total,
    }
}

/// What sums begin with, so that the format's zero counts for nothing.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn start<F: Format>(negated: i32) -> __m512i {
    let negated = _mm512_set1_epi32(negated);
    match F::ZERO {
        Some(8) => _mm512_slli_epi32::<3>(negated),
        Some(16) => _mm512_slli_epi32::<4>(negated),
        Some(32) => _mm512_slli_epi32::<5>(negated),
        Some(_) => _mm512_slli_epi32::<7>(negated),
        None => _mm512_setzero_si512(),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn dot(sums: __m512i, weights: __m512i, x: [i8; 4]) -> __m512i {
    let x = i32::from_le_bytes(x.map(|x| x as u8));
    _mm512_dpbusd_epi32(sums, weights, _mm512_set1_epi32(x))
}

/// The integers of a block, unpacked.
///
/// # Safety
/// `packed` points to the block's lines.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn load<F: Format>(packed: *const u8) -> [__m512i; LINES] {
    // SAFETY: as the caller says.
    let line = |i: usize| unsafe { _mm512_load_si512(packed.add(i * LINE).cast()) };
    let mut weights = [_mm512_setzero_si512(); LINES];
    if F::BITS == 8 {
        for (i, weights) in weights.iter_mut().enumerate() {
            *weights = line(i);
        }
        return weights;
    }
    let nibble = _mm512_set1_epi8(0xf);
    for i in 0..LINES / 2 {
        let both = line(i);
        weights[i] = _mm512_and_si512(both, nibble);
        weights[i + LINES / 2] = _mm512_and_si512(_mm512_srli_epi16::<4>(both), nibble);
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
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn fifth_bits(weights: &mut [__m512i; LINES], plane: __m512i) {
    let shifted = [
        _mm512_slli_epi16::<4>(plane),
        _mm512_slli_epi16::<3>(plane),
        _mm512_slli_epi16::<2>(plane),
        _mm512_slli_epi16::<1>(plane),
        plane,
        _mm512_srli_epi16::<1>(plane),
        _mm512_srli_epi16::<2>(plane),
        _mm512_srli_epi16::<3>(plane),
    ];
    for (weights, shifted) in weights.iter_mut().zip(shifted) {
        *weights = insert(*weights, shifted, _mm512_set1_epi8(0x10));
    }
}

/// Bits `2 i` and `2 i + 1` of the plane are bits 4 and 5 of line `i`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn further_bits(weights: &mut [__m512i], plane: __m512i) {
    let shifted = [
        _mm512_slli_epi16::<4>(plane),
        _mm512_slli_epi16::<2>(plane),
        plane,
        _mm512_srli_epi16::<2>(plane),
    ];
    for (weights, shifted) in weights.iter_mut().zip(shifted) {
        *weights = insert(*weights, shifted, _mm512_set1_epi8(0x30));
    }
}

/// `weights | bits & mask`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn insert(weights: __m512i, bits: __m512i, mask: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xf8>(weights, bits, mask)
}

/// The scales of a panel's `block`.
///
/// # Safety
/// `packed` points to the panel's scales.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn load_scales<F: Format>(packed: *const u8, block: usize) -> Scales {
    // SAFETY: as the caller says, these and the offsets below.
    let halves = |at: usize| unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(packed.add(at).cast())) };
    // SAFETY: likewise.
    let bytes = |at: usize| unsafe { _mm_loadu_si128(packed.add(at).cast()) };
    let zero = _mm512_setzero_ps();
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
            let float = |bytes| _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
            let negated = _mm512_sub_ps(zero, halves(at + 2 * ROWS));
            Scales {
                scale: _mm512_mul_ps(halves(at), float(bytes(block))),
                high: zero,
                minimum: _mm512_mul_ps(negated, float(bytes(block + ROWS))),
            }
        }
        Scaling::SuperHalves => {
            let at = index * SUPER_HALVES;
            let block = at + 2 * ROWS + within * 2 * ROWS;
            let float = |bytes| _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
            Scales {
                scale: _mm512_mul_ps(halves(at), float(bytes(block))),
                high: _mm512_mul_ps(halves(at), float(bytes(block + ROWS))),
                minimum: zero,
            }
        }
    }
}
