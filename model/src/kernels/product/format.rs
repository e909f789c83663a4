//! The forms in which weights are packed.
//!
//! Sixteen rows make a panel. In it, a block of 32 columns is eight lines of 64
//! bytes, a line being four columns of each of the sixteen rows, row after row: one
//! multiply-add of bytes against four repeated activations gives sixteen row sums
//! in sixteen lanes, with nothing to add across lanes.
//!
//! Weights are unsigned integers with a scale and either a fixed zero or a minimum.
//! Formats of fewer than eight bits keep the lines' low nibbles in four lines (line
//! `g` low, line `g + 4` high) and further bits in planes. Scales are kept as the
//! file has them, so a packed matrix is hardly larger than the file's.

use candle_core::quantized::GgmlDType;

/// Rows of a panel.
pub(super) const ROWS: usize = 16;
/// Columns of a block: one scale for the activations.
pub(super) const BLOCK: usize = 32;
/// Lines of a block, of four columns each.
pub(super) const LINES: usize = BLOCK / 4;
/// Bytes of a line.
pub(super) const LINE: usize = ROWS * 4;
/// Blocks of a super-block, in the formats that have them.
pub(super) const SUPER: usize = 8;

/// How integers become weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scaling {
    /// A half a block.
    Block,
    /// Two halves a block: scale and minimum, `w = d·q + m`.
    BlockMinimum,
    /// Two halves a super-block, and a byte for scale and minimum of each block:
    /// `w = d·s·q − e·m`.
    SuperMinimum,
    /// A half a super-block, and a signed byte for every 16 columns: `w = d·s·q`.
    SuperHalves,
}

impl Scaling {
    /// Bytes of the scales of a panel with that many blocks of columns.
    const fn bytes(self, blocks: usize) -> usize {
        match self {
            Self::Block => blocks * 2 * ROWS,
            Self::BlockMinimum => blocks * 4 * ROWS,
            Self::SuperMinimum => blocks / SUPER * SUPER_MINIMUM,
            Self::SuperHalves => blocks / SUPER * SUPER_HALVES,
        }
    }
}

/// Bytes of a super-block's scales: 16 halves `d`, 16 halves `e`, then for each block
/// 16 bytes `s` and 16 bytes `m`.
pub(super) const SUPER_MINIMUM: usize = 4 * ROWS + SUPER * 2 * ROWS;
/// Bytes of a super-block's scales: 16 halves `d`, then for each half block 16 bytes.
pub(super) const SUPER_HALVES: usize = 2 * ROWS + SUPER * 2 * ROWS;

/// A packed form.
pub(super) trait Format {
    /// Bits of a weight: 4, 5, 6 or 8.
    const BITS: usize;
    /// The integer that stands for zero, a power of two; in formats with a minimum
    /// there is none.
    const ZERO: Option<i32>;
    const SCALING: Scaling;
    /// Columns and bytes of a block in the file.
    const SOURCE: (usize, usize);
    /// Packs one row of the file.
    fn pack(source: &[u8], row: &mut super::pack::Row<'_>);

    /// Bytes of a block's integers.
    const BLOCK_BYTES: usize = Self::BITS * LINE;
    /// Whether weights have a minimum.
    const MINIMUM: bool = Self::ZERO.is_none();
    /// Whether every 16 columns have their own scale.
    const HALVES: bool = matches!(Self::SCALING, Scaling::SuperHalves);

    /// Bytes of a panel's scales; the integers follow them, on the next line.
    fn scale_bytes(blocks: usize) -> usize {
        Self::SCALING.bytes(blocks).next_multiple_of(LINE)
    }

    /// Bytes of a panel.
    fn panel_bytes(blocks: usize) -> usize {
        Self::scale_bytes(blocks) + blocks * Self::BLOCK_BYTES
    }
}

pub(super) struct Q4_0;
pub(super) struct Q4_1;
pub(super) struct Q5_0;
pub(super) struct Q8_0;
pub(super) struct Q4K;
pub(super) struct Q5K;
pub(super) struct Q6K;

/// Which of the packed forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Q4_0,
    Q4_1,
    Q5_0,
    Q8_0,
    Q4K,
    Q5K,
    Q6K,
}

impl Kind {
    /// The form for weights of a type, if there is one.
    pub(super) fn of(dtype: GgmlDType) -> Option<Self> {
        Some(match dtype {
            GgmlDType::Q4_0 => Self::Q4_0,
            GgmlDType::Q4_1 => Self::Q4_1,
            GgmlDType::Q5_0 => Self::Q5_0,
            GgmlDType::Q8_0 => Self::Q8_0,
            GgmlDType::Q4K => Self::Q4K,
            GgmlDType::Q5K => Self::Q5K,
            GgmlDType::Q6K => Self::Q6K,
            _ => return None,
        })
    }
}

/// Evaluates an expression with `$format` standing for the type of a [`Kind`].
macro_rules! with_format {
    ($kind:expr, $format:ident => $body:expr) => {{
        use $crate::kernels::product::format;
        macro_rules! with {
            ($type:ty) => {{
                type $format = $type;
                $body
            }};
        }
        match $kind {
            format::Kind::Q4_0 => with!(format::Q4_0),
            format::Kind::Q4_1 => with!(format::Q4_1),
            format::Kind::Q5_0 => with!(format::Q5_0),
            format::Kind::Q8_0 => with!(format::Q8_0),
            format::Kind::Q4K => with!(format::Q4K),
            format::Kind::Q5K => with!(format::Q5K),
            format::Kind::Q6K => with!(format::Q6K),
        }
    }};
}
pub(super) use with_format;
