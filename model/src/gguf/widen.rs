//! Formats that another one holds exactly.

/// `f16` scale, 32 high bits, 32 low nibbles.
const Q5_0: usize = 2 + 4 + 16;
/// `f16` scale, 32 signed bytes.
const Q8_0: usize = 2 + 32;

/// A value of Q5_0 is the scale times an integer from -16 to 15, so Q8_0 holds it
/// as it is. candle has vector code for Q8_0 only: a token of a 0.5B model takes a
/// quarter of the time, for half as much memory again.
pub(super) fn q5_0_to_q8_0(blocks: &[u8]) -> Vec<u8> {
    let mut wide = vec![0; blocks.len() / Q5_0 * Q8_0];
    for (block, wide) in blocks.chunks_exact(Q5_0).zip(wide.chunks_exact_mut(Q8_0)) {
        let (scale, rest) = block.split_at(2);
        let (high, low) = rest.split_at(4);
        wide[..2].copy_from_slice(scale);
        for (i, value) in wide[2..].iter_mut().enumerate() {
            let nibble = low[i % 16] >> (i / 16 * 4) & 0x0f;
            let bit = high[i / 8] >> (i % 8) & 1;
            *value = (nibble | bit << 4).wrapping_sub(16);
        }
    }
    wide
}
