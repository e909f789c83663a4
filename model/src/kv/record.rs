//! One message's tokens, keys and values.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | number of the message |
//! | 4 | tokens |
//! | 4 | CRC-32 of the checksum before, number, tokens and body |
//! | 4 × tokens | token ids |
//! | layers × 2 × 2 × width × tokens | for each layer keys, then values, `[token][kv_head][dim]` |
//!
//! All integers are little-endian. Half floats lie as the processor has them: a file
//! is not carried from one machine to another of the other byte order.

use super::Layout;
use crate::decoder::Halves;

pub(super) const HEAD: usize = 12;

/// A message in the making, or read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The number that its text carries.
    pub(crate) message: u32,
    pub(crate) tokens: Vec<u32>,
    /// Keys and values of each layer.
    pub(crate) layers: Vec<(Vec<u16>, Vec<u16>)>,
}

impl Record {
    /// The keys and values, layer by layer.
    pub(crate) fn halves(&self) -> impl Iterator<Item = Halves<'_>> {
        let layers = self.layers.iter();
        layers.map(|(keys, values)| Halves { keys, values })
    }

    /// As bytes, behind a record with this checksum; and its own.
    pub(super) fn encode(&self, before: u32) -> (Vec<u8>, u32) {
        let mut bytes = Vec::with_capacity(HEAD);
        bytes.extend(self.message.to_le_bytes());
        bytes.extend((self.tokens.len() as u32).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.tokens.iter().flat_map(|token| token.to_le_bytes()));
        for (keys, values) in &self.layers {
            bytes.extend(bytes_of(keys));
            bytes.extend(bytes_of(values));
        }
        let checksum = checksum(before, &bytes);
        bytes[8..HEAD].copy_from_slice(&checksum.to_le_bytes());
        (bytes, checksum)
    }
}

/// Where a record is, and what its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) message: u32,
    pub(super) tokens: usize,
    pub(super) checksum: u32,
}

impl Head {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        Some(Self {
            message: word(0)?,
            tokens: word(4)? as usize,
            checksum: word(8)?,
        })
    }

    /// Bytes of the whole record.
    pub(super) fn size(&self, layout: &Layout) -> usize {
        HEAD + self.tokens * (4 + layout.token_bytes())
    }
}

/// The tokens of a whole record's bytes.
pub(super) fn tokens(record: &[u8], head: &Head) -> Vec<u32> {
    let (words, _) = record[HEAD..][..4 * head.tokens].as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

/// A whole record's bytes.
pub(super) fn decode(record: &[u8], head: &Head, layout: &Layout) -> Record {
    let each = head.tokens * layout.width();
    let body = &record[HEAD + 4 * head.tokens..];
    let halves = |at: usize| -> Vec<u16> {
        let (halves, _) = body[2 * at * each..2 * (at + 1) * each].as_chunks::<2>();
        halves
            .iter()
            .map(|half| u16::from_ne_bytes(*half))
            .collect()
    };
    Record {
        message: head.message,
        tokens: tokens(record, head),
        layers: (0..layout.layers as usize)
            .map(|layer| (halves(2 * layer), halves(2 * layer + 1)))
            .collect(),
    }
}

pub(super) fn checksum(before: u32, record: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&before.to_le_bytes());
    crc.update(&record[..8]);
    crc.update(&record[HEAD..]);
    crc.finalize()
}

fn bytes_of(halves: &[u16]) -> impl Iterator<Item = u8> {
    halves.iter().flat_map(|half| half.to_ne_bytes())
}
