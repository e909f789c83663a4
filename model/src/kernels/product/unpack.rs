//! Panels with a byte a weight and a float a scale, for products with many tokens.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::format::{Format, LINE, LINES, ROWS, SUPER, SUPER_HALVES, SUPER_MINIMUM, Scaling};

/// Four columns of sixteen rows.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [u8; LINE]);

/// A value of each of sixteen rows.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [f32; ROWS]);

impl Lanes {
    pub(super) const ZERO: Self = Self([0.0; ROWS]);
}

/// Room for unpacked panels.
pub(super) struct Unpacked {
    lines: Vec<Line>,
    scales: Vec<Lanes>,
    minima: Vec<Lanes>,
}

/// One unpacked panel: eight lines a block, a scale a block (or two, for its halves)
/// and a minimum a block in the formats that have one.
#[derive(Clone, Copy)]
pub(super) struct Panel<'a> {
    pub(super) lines: &'a [[Line; LINES]],
    pub(super) scales: &'a [Lanes],
    pub(super) minima: &'a [Lanes],
}

/// A panel to be written.
pub(super) struct PanelMut<'a> {
    pub(super) lines: &'a mut [[Line; LINES]],
    pub(super) scales: &'a mut [Lanes],
    pub(super) minima: &'a mut [Lanes],
}

/// Scales of a block.
const fn scales<F: Format>() -> usize {
    if F::HALVES { 2 } else { 1 }
}

impl Unpacked {
    pub(super) const fn new() -> Self {
        Self {
            lines: Vec::new(),
            scales: Vec::new(),
            minima: Vec::new(),
        }
    }

    /// Makes room for that many blocks.
    pub(super) fn reserve<F: Format>(&mut self, blocks: usize) {
        let grow =
            |lanes: &mut Vec<Lanes>, len: usize| lanes.resize(len.max(lanes.len()), Lanes::ZERO);
        let lines = (blocks * LINES).max(self.lines.len());
        self.lines.resize(lines, Line([0; LINE]));
        grow(&mut self.scales, blocks * scales::<F>());
        grow(&mut self.minima, blocks);
    }

    /// The `index`th of the panels of that many blocks.
    pub(super) fn panel<F: Format>(&self, index: usize, blocks: usize) -> Panel<'_> {
        let per_panel = blocks * scales::<F>();
        Panel {
            lines: &self.lines.as_chunks().0[index * blocks..][..blocks],
            scales: &self.scales[index * per_panel..][..per_panel],
            minima: &self.minima[index * blocks..][..blocks],
        }
    }

    /// The same, to be written.
    pub(super) fn panel_mut<F: Format>(&mut self, index: usize, blocks: usize) -> PanelMut<'_> {
        let per_panel = blocks * scales::<F>();
        PanelMut {
            lines: &mut self.lines.as_chunks_mut().0[index * blocks..][..blocks],
            scales: &mut self.scales[index * per_panel..][..per_panel],
            minima: &mut self.minima[index * blocks..][..blocks],
        }
    }
}

/// Unpacks a panel in plain code.
pub(super) fn unpack<F: Format>(panel: PanelMut<'_>, packed: &[u8]) {
    let (packed_scales, integers) = packed.split_at(F::scale_bytes(panel.lines.len()));
    let integers = integers.chunks_exact(F::BLOCK_BYTES);
    for (lines, integers) in panel.lines.iter_mut().zip(integers) {
        unpack_integers::<F>(integers, lines);
    }
    let (scales, minima) = (panel.scales, panel.minima);
    match F::SCALING {
        Scaling::Block => block(packed_scales, scales),
        Scaling::BlockMinimum => block_minimum(packed_scales, scales, minima),
        Scaling::SuperMinimum => super_minimum(packed_scales, scales, minima),
        Scaling::SuperHalves => super_halves(packed_scales, scales),
    }
}

fn unpack_integers<F: Format>(packed: &[u8], lines: &mut [Line; LINES]) {
    let (packed, _) = packed.as_chunks::<LINE>();
    if F::BITS == 8 {
        for (line, packed) in lines.iter_mut().zip(packed) {
            line.0 = *packed;
        }
        return;
    }
    for (i, line) in lines.iter_mut().enumerate() {
        let nibbles = &packed[i % (LINES / 2)];
        line.0 = nibbles.map(|byte| byte >> (i / (LINES / 2) * 4) & 0xf);
        let (plane, shift, mask) = match F::BITS {
            5 => (LINES / 2, i, 1),
            6 => (LINES / 2 + i / 4, i % 4 * 2, 3),
            _ => continue,
        };
        for (byte, bits) in line.0.iter_mut().zip(&packed[plane]) {
            *byte |= (bits >> shift & mask) << 4;
        }
    }
}

/// Sixteen halves.
fn halves(bytes: &[u8]) -> [f32; ROWS] {
    let (bytes, _) = bytes[..2 * ROWS].as_chunks::<2>();
    let halves: [f16; ROWS] = std::array::from_fn(|i| f16::from_le_bytes(bytes[i]));
    let mut floats = [0.0; ROWS];
    halves.convert_to_f32_slice(&mut floats);
    floats
}

/// `scale` times each of sixteen small integers.
fn times(scale: &[f32; ROWS], integers: impl Fn(usize) -> f32) -> Lanes {
    Lanes(std::array::from_fn(|row| scale[row] * integers(row)))
}

fn block(packed: &[u8], scales: &mut [Lanes]) {
    for (scale, packed) in scales.iter_mut().zip(packed.chunks_exact(2 * ROWS)) {
        scale.0 = halves(packed);
    }
}

fn block_minimum(packed: &[u8], scales: &mut [Lanes], minima: &mut [Lanes]) {
    let packed = packed.chunks_exact(4 * ROWS);
    for ((scale, minimum), packed) in scales.iter_mut().zip(minima).zip(packed) {
        scale.0 = halves(packed);
        minimum.0 = halves(&packed[2 * ROWS..]);
    }
}

fn super_minimum(packed: &[u8], scales: &mut [Lanes], minima: &mut [Lanes]) {
    let blocks = scales.chunks_mut(SUPER).zip(minima.chunks_mut(SUPER));
    for ((scales, minima), packed) in blocks.zip(packed.chunks_exact(SUPER_MINIMUM)) {
        let d = halves(packed);
        let e = halves(&packed[2 * ROWS..]).map(|e| -e);
        let bytes = packed[4 * ROWS..].chunks_exact(2 * ROWS);
        for ((scale, minimum), bytes) in scales.iter_mut().zip(minima).zip(bytes) {
            *scale = times(&d, |row| f32::from(bytes[row]));
            *minimum = times(&e, |row| f32::from(bytes[ROWS + row]));
        }
    }
}

fn super_halves(packed: &[u8], scales: &mut [Lanes]) {
    let supers = scales.chunks_mut(2 * SUPER);
    for (scales, packed) in supers.zip(packed.chunks_exact(SUPER_HALVES)) {
        let d = halves(packed);
        for (scale, bytes) in scales.iter_mut().zip(packed[2 * ROWS..].chunks_exact(ROWS)) {
            *scale = times(&d, |row| f32::from(bytes[row] as i8));
        }
    }
}
