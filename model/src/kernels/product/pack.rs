//! Weights from the blocks of the file into panels.

use super::format::{
    BLOCK, Format, LINE, LINES, Q4_0, Q4_1, Q4K, Q5_0, Q5K, Q6K, Q8_0, ROWS, SUPER, SUPER_HALVES,
    SUPER_MINIMUM, Scaling,
};

/// One row of a panel, to be written.
pub(super) struct Row<'a> {
    scales: &'a mut [u8],
    integers: &'a mut [u8],
    row: usize,
}

/// Packs up to sixteen rows, each of `len` bytes, into a panel of zeros.
pub(super) fn pack_panel<F: Format>(source: &[u8], len: usize, panel: &mut [u8]) {
    let blocks = len / F::SOURCE.1 * (F::SOURCE.0 / BLOCK);
    let (scales, integers) = panel.split_at_mut(F::scale_bytes(blocks));
    for (row, source) in source.chunks_exact(len).enumerate() {
        let mut row = Row {
            scales,
            integers,
            row,
        };
        F::pack(source, &mut row);
    }
}

impl Row<'_> {
    /// Four columns of the row, in a line.
    fn word(&mut self, offset: usize, line: usize, word: u32) {
        let at = offset + line * LINE + self.row * 4;
        self.integers[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }

    /// The four low bits of a block's columns.
    fn nibbles(&mut self, offset: usize, columns: [u32; LINES]) {
        for line in 0..LINES / 2 {
            let [low, high] = [columns[line], columns[line + LINES / 2]].map(|w| w & 0x0f0f_0f0f);
            self.word(offset, line, low | high << 4);
        }
    }

    /// The half of this row among sixteen.
    fn half(&mut self, offset: usize, half: &[u8]) {
        let at = offset + self.row * 2;
        self.scales[at..at + 2].copy_from_slice(half);
    }

    /// The byte of this row among sixteen.
    fn byte(&mut self, offset: usize, byte: u8) {
        self.scales[offset + self.row] = byte;
    }
}

fn word(bytes: &[u8], index: usize) -> u32 {
    let bytes = &bytes[index * 4..index * 4 + 4];
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Eight words of a block's 32 bytes.
fn words(bytes: &[u8]) -> [u32; LINES] {
    std::array::from_fn(|i| word(bytes, i))
}

/// Sixteen bytes that hold columns 0 to 15 low and 16 to 31 high.
fn split(bytes: &[u8]) -> [u32; LINES] {
    std::array::from_fn(|i| word(bytes, i % 4) >> (i / 4 * 4))
}

/// Bit `i` of a byte for each of four columns, from bit `i` of `bits`.
fn spread(bits: u32) -> u32 {
    (bits & 0xf).wrapping_mul(0x0020_4081) & 0x0101_0101
}

impl Format for Q4_0 {
    const BITS: usize = 4;
    const ZERO: Option<i32> = Some(8);
    const SCALING: Scaling = Scaling::Block;
    const SOURCE: (usize, usize) = (BLOCK, 18);

    fn pack(source: &[u8], row: &mut Row<'_>) {
        for (block, source) in source.chunks_exact(18).enumerate() {
            row.half(block * 2 * ROWS, &source[..2]);
            row.nibbles(block * Self::BLOCK_BYTES, split(&source[2..]));
        }
    }
}

impl Format for Q4_1 {
    const BITS: usize = 4;
    const ZERO: Option<i32> = None;
    const SCALING: Scaling = Scaling::BlockMinimum;
    const SOURCE: (usize, usize) = (BLOCK, 20);

    fn pack(source: &[u8], row: &mut Row<'_>) {
        for (block, source) in source.chunks_exact(20).enumerate() {
            row.half(block * 4 * ROWS, &source[..2]);
            row.half(block * 4 * ROWS + 2 * ROWS, &source[2..4]);
            row.nibbles(block * Self::BLOCK_BYTES, split(&source[4..]));
        }
    }
}

impl Format for Q5_0 {
    const BITS: usize = 5;
    const ZERO: Option<i32> = Some(16);
    const SCALING: Scaling = Scaling::Block;
    const SOURCE: (usize, usize) = (BLOCK, 22);

    fn pack(source: &[u8], row: &mut Row<'_>) {
        for (block, source) in source.chunks_exact(22).enumerate() {
            row.half(block * 2 * ROWS, &source[..2]);
            let offset = block * Self::BLOCK_BYTES;
            row.nibbles(offset, split(&source[6..]));
            let fifth = word(&source[2..], 0);
            let plane = (0..LINES).map(|line| spread(fifth >> (4 * line)) << line);
            row.word(offset, LINES / 2, plane.fold(0, |plane, bits| plane | bits));
        }
    }
}

impl Format for Q8_0 {
    const BITS: usize = 8;
    const ZERO: Option<i32> = Some(128);
    const SCALING: Scaling = Scaling::Block;
    const SOURCE: (usize, usize) = (BLOCK, 34);

    fn pack(source: &[u8], row: &mut Row<'_>) {
        for (block, source) in source.chunks_exact(34).enumerate() {
            row.half(block * 2 * ROWS, &source[..2]);
            for (line, signed) in words(&source[2..]).into_iter().enumerate() {
                row.word(block * Self::BLOCK_BYTES, line, signed ^ 0x8080_8080);
            }
        }
    }
}

/// Scale and minimum of a block, each of six bits, among the twelve bytes of a
/// super-block.
fn scale_and_minimum(bytes: &[u8], block: usize) -> (u8, u8) {
    match block {
        0..4 => (bytes[block] & 63, bytes[block + 4] & 63),
        _ => (
            bytes[block + 4] & 0xf | bytes[block - 4] >> 6 << 4,
            bytes[block + 4] >> 4 | bytes[block] >> 6 << 4,
        ),
    }
}

/// What Q4_K and Q5_K begin with: scale, minimum, and those of the blocks.
fn super_minimum(source: &[u8], index: usize, row: &mut Row<'_>) {
    let offset = index * SUPER_MINIMUM;
    row.half(offset, &source[..2]);
    row.half(offset + 2 * ROWS, &source[2..4]);
    for block in 0..SUPER {
        let (scale, minimum) = scale_and_minimum(&source[4..16], block);
        let offset = offset + 4 * ROWS + block * 2 * ROWS;
        row.byte(offset, scale);
        row.byte(offset + ROWS, minimum);
    }
}

/// Two blocks share 32 bytes: the even one has the low nibbles.
fn super_nibbles(bytes: &[u8], block: usize) -> [u32; LINES] {
    words(&bytes[block / 2 * 32..]).map(|w| w >> (block % 2 * 4))
}

impl Format for Q4K {
    const BITS: usize = 4;
    const ZERO: Option<i32> = None;
    const SCALING: Scaling = Scaling::SuperMinimum;
    const SOURCE: (usize, usize) = (SUPER * BLOCK, 144);

    fn pack(source: &[u8], row: &mut Row<'_>) {
        for (index, source) in source.chunks_exact(144).enumerate() {
            super_minimum(source, index, row);
            for block in 0..SUPER {
                let offset = (index * SUPER + block) * Self::BLOCK_BYTES;
                row.nibbles(offset, super_nibbles(&source[16..], block));
            }
        }
    }
}

impl Format for Q5K {
    const BITS: usize = 5;
    const ZERO: Option<i32> = None;
    const SCALING: Scaling = Scaling::SuperMinimum;
    const SOURCE: (usize, usize) = (SUPER * BLOCK, 176);

    fn pack(source: &[u8], row: &mut Row<'_>) {
        for (index, source) in source.chunks_exact(176).enumerate() {
            super_minimum(source, index, row);
            let fifth = words(&source[16..]);
            for block in 0..SUPER {
                let offset = (index * SUPER + block) * Self::BLOCK_BYTES;
                row.nibbles(offset, super_nibbles(&source[48..], block));
                let plane = (0..LINES).map(|line| (fifth[line] >> block & 0x0101_0101) << line);
                row.word(offset, LINES / 2, plane.fold(0, |plane, bits| plane | bits));
            }
        }
    }
}

impl Format for Q6K {
    const BITS: usize = 6;
    const ZERO: Option<i32> = Some(32);
    const SCALING: Scaling = Scaling::SuperHalves;
    const SOURCE: (usize, usize) = (SUPER * BLOCK, 210);

    fn pack(source: &[u8], row: &mut Row<'_>) {
        for (index, source) in source.chunks_exact(210).enumerate() {
            let (integers, scales) = source.split_at(192);
            let offset = index * SUPER_HALVES;
            row.half(offset, &scales[16..]);
            for (i, &scale) in scales[..16].iter().enumerate() {
                row.byte(offset + 2 * ROWS + i * ROWS, scale);
            }
            for block in 0..SUPER {
                // Four blocks share 64 bytes of nibbles and 32 of two further bits.
                let (four, within) = (block / 4, block % 4);
                let low = words(&integers[four * 64 + within % 2 * 32..]);
                let high = words(&integers[128 + four * 32..]);
                let offset = (index * SUPER + block) * Self::BLOCK_BYTES;
                row.nibbles(offset, low.map(|w| w >> (within / 2 * 4)));
                let bits = high.map(|w| w >> (2 * within) & 0x0303_0303);
                for plane in 0..2 {
                    let four = &bits[plane * 4..];
                    let word = four[0] | four[1] << 2 | four[2] << 4 | four[3] << 6;
                    row.word(offset, LINES / 2 + plane, word);
                }
            }
        }
    }
}
