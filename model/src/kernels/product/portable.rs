//! Products in plain code.

use super::format::{Format, LINES, ROWS};
use super::rounded::Block;
use super::unpack::{Line, Panel, PanelMut, unpack};
use super::{Kernels, UNPACKED};

pub(super) struct Portable;

impl Kernels for Portable {
    unsafe fn unpack<F: Format>(panel: PanelMut<'_>, packed: &[u8]) {
        unpack::<F>(panel, packed);
    }

    unsafe fn tile<F: Format, const T: usize>(
        panel: Panel<'_>,
        x: &[Block],
        sums: &mut [[f32; ROWS]; T],
    ) {
        *sums = [[0.0; ROWS]; T];
        let (x, _) = x.as_chunks::<T>();
        for (i, (lines, x)) in panel.lines.iter().zip(x).enumerate() {
            for (sums, x) in sums.iter_mut().zip(x) {
                let product = scaled::<F>(&panel, i, lines, x);
                for row in 0..ROWS {
                    sums[row] += product[row] * x.scale;
                    if F::MINIMUM {
                        sums[row] += panel.minima[i].0[row] * x.sum;
                    }
                }
            }
        }
    }

    unsafe fn row<F: Format>(packed: &[u8], x: &[Block], sums: &mut [f32; ROWS]) {
        UNPACKED.with_borrow_mut(|unpacked| {
            unpacked.reserve::<F>(x.len());
            unpack::<F>(unpacked.panel_mut::<F>(0, x.len()), packed);
            let panel = unpacked.panel::<F>(0, x.len());
            // SAFETY: plain code; the caller vouches for the sizes.
            unsafe { Self::tile::<F, 1>(panel, x, std::array::from_mut(sums)) };
        });
    }
}

/// Products of a block with a token's activations as integers, times the weights' scales.
#[inline(always)]
fn scaled<F: Format>(panel: &Panel<'_>, i: usize, lines: &[Line; LINES], x: &Block) -> [f32; ROWS] {
    let zero = F::ZERO.unwrap_or(0);
    let (x_lines, _) = x.integers.as_chunks::<4>();
    if F::HALVES {
        let (low, high) = lines.split_at(LINES / 2);
        let (x_low, x_high) = x_lines.split_at(LINES / 2);
        let low = dot(low, x_low, zero * x.halves[0]);
        let high = dot(high, x_high, zero * x.halves[1]);
        let [low_scale, high_scale] = [&panel.scales[2 * i].0, &panel.scales[2 * i + 1].0];
        std::array::from_fn(|row| {
            low[row] as f32 * low_scale[row] + high[row] as f32 * high_scale[row]
        })
    } else {
        let sums = dot(lines, x_lines, zero * x.negated);
        std::array::from_fn(|row| sums[row] as f32 * panel.scales[i].0[row])
    }
}

#[inline(always)]
fn dot(lines: &[Line], x: &[[i8; 4]], start: i32) -> [i32; ROWS] {
    let mut sums = [start; ROWS];
    for (line, x) in lines.iter().zip(x) {
        let (line, _) = line.0.as_chunks::<4>();
        for (sum, weights) in sums.iter_mut().zip(line) {
            for c in 0..4 {
                *sum += i32::from(weights[c]) * i32::from(x[c]);
            }
        }
    }
    sums
}
