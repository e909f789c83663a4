//! A matrix of packed weights.

use candle_core::quantized::GgmlDType;

use super::arena::Region;
use super::format::{BLOCK, Format, Kind, ROWS, with_format};
use super::pack::pack_panel;
use crate::gguf::Matrix;
use crate::kernels::Team;

/// Weights, `[rows, columns]`, in panels of sixteen rows; the last one is filled up
/// with zeros.
pub(crate) struct PackedMatrix {
    kind: Kind,
    rows: usize,
    columns: usize,
    panel_bytes: usize,
    /// Begins on a line, so that all lines of all panels are aligned.
    panels: Region,
}

impl PackedMatrix {
    /// Packs weights; none if their format has no packed form, or if there is no
    /// memory for it.
    pub(crate) fn pack(weights: &dyn Matrix, team: &Team) -> Option<Self> {
        let shape = (weights.rows(), weights.columns());
        Self::pack_blocks(weights.dtype(), shape, weights.raw(), team)
    }

    /// Packs `[rows, columns]` weights from their blocks in the file.
    pub(super) fn pack_blocks(
        dtype: GgmlDType,
        (rows, columns): (usize, usize),
        source: &[u8],
        team: &Team,
    ) -> Option<Self> {
        let kind = Kind::of(dtype)?;
        with_format!(kind, F => {
            if columns == 0 || !columns.is_multiple_of(F::SOURCE.0) {
                return None;
            }
            let panel_bytes = F::panel_bytes(columns / BLOCK);
            let mut panels = Region::new(rows.div_ceil(ROWS) * panel_bytes)?;
            let row_bytes = columns / F::SOURCE.0 * F::SOURCE.1;
            team.each_chunk(&mut panels, panel_bytes, |i, panel| {
                let source = &source[i * ROWS * row_bytes..];
                let len = source.len().min(ROWS * row_bytes);
                pack_panel::<F>(&source[..len], row_bytes, panel);
            });
            Some(Self { kind, rows, columns, panel_bytes, panels })
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.panels.len()
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// How many panels there are.
    pub(super) fn panels(&self) -> usize {
        self.panels.len() / self.panel_bytes
    }

    pub(super) fn panel_bytes(&self) -> usize {
        self.panel_bytes
    }

    pub(super) fn panel(&self, index: usize) -> &[u8] {
        &self.panels[index * self.panel_bytes..][..self.panel_bytes]
    }
}
