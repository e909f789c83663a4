//! The table of word embeddings. That of a multilingual model has 250,000 rows, of
//! which a consultation touches a few thousand.

use half::f16;
use memmap2::Mmap;

/// Weights in a block of Q4_0.
const BLOCK: usize = 32;
/// Bytes of a block: an f16 scale, then two weights a byte.
const BLOCK_BYTES: usize = 18;

/// Rows of `width` values, one a token.
pub(super) enum WordTable {
    F32 {
        values: Vec<f32>,
        width: usize,
    },
    /// Left in the file, so only the pages that are touched take memory.
    Q4_0 {
        file: Mmap,
        start: usize,
        width: usize,
    },
}

impl WordTable {
    /// Writes the embedding of `token` to `row`. The token must be in the table.
    pub(super) fn read(&self, token: u32, row: &mut [f32]) {
        let token = token as usize;
        match self {
            Self::F32 { values, width } => row.copy_from_slice(&values[token * width..][..*width]),
            Self::Q4_0 { file, start, width } => {
                let bytes = q4_0_bytes(*width);
                dequantise_q4_0(&file[start + token * bytes..][..bytes], row);
            }
        }
    }
}

/// Bytes of `values` weights in Q4_0; their number is a multiple of 32.
pub(super) fn q4_0_bytes(values: usize) -> usize {
    values / BLOCK * BLOCK_BYTES
}

/// A block holds a scale and 32 weights of 4 bits that are 8 too large: the first
/// 16 in the low halves of its bytes, the others in the high halves.
pub(super) fn dequantise_q4_0(blocks: &[u8], out: &mut [f32]) {
    for (block, out) in blocks
        .chunks_exact(BLOCK_BYTES)
        .zip(out.chunks_exact_mut(BLOCK))
    {
        let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
        let (low, high) = out.split_at_mut(BLOCK / 2);
        for ((&byte, low), high) in block[2..].iter().zip(low).zip(high) {
            *low = (f32::from(byte & 0x0f) - 8.0) * scale;
            *high = (f32::from(byte >> 4) - 8.0) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q4_0_agrees_with_candle() {
        use candle_core::quantized::{GgmlDType, QTensor};
        use candle_core::{Device, Tensor};

        let values: Vec<f32> = (0..64).map(|i| (i as f32 * 0.7).sin() * 3.0).collect();
        let tensor = Tensor::from_vec(values, (2, 32), &Device::Cpu).unwrap();
        let quantised = QTensor::quantize(&tensor, GgmlDType::Q4_0).unwrap();
        let expected: Vec<f32> = quantised
            .dequantize(&Device::Cpu)
            .and_then(|t| t.flatten_all()?.to_vec1())
            .unwrap();
        let mut found = [0.0; 64];
        dequantise_q4_0(&quantised.data().unwrap(), &mut found);
        assert_eq!(found[..], expected[..]);
    }
}
