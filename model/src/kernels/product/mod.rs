//! Products of quantised weights with activations rounded to 8 bits.
//!
//! One token reads the packed weights once, from memory. Several tokens read a panel
//! that was unpacked into the cache, a tile of tokens at a time. Either way a product
//! is the sum, in the order of the columns, of blocks of 32 that are added up exactly
//! as integers; so how tokens are grouped does not change a bit of the result.

mod arena;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bench;
mod format;
mod matrix;
mod pack;
mod portable;
mod rounded;
mod unpack;

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Range;

use super::{Isa, Team};
pub use bench::ProductBench;
use format::{BLOCK, Format, ROWS, with_format};
pub(crate) use matrix::PackedMatrix;
pub(crate) use rounded::Rounded;
use rounded::{Block, Tile, tiles};
use unpack::{Panel, PanelMut, Unpacked};

/// Tasks for each thread, so that a core that is busy elsewhere holds up no one.
const TASKS: usize = 8;
/// Packed bytes that a task reads at least: a microsecond's work.
const TASK_BYTES: usize = 32 << 10;
/// Bytes of unpacked panels that stay in a core's cache beside a tile of activations.
const CACHED: usize = 256 << 10;

/// `out[i][token, row] = x[token] · weights[i][row]`, each `out[i]` being `[tokens, rows]`
/// of its matrix. All matrices are multiplied in one parallel region.
pub(crate) fn multiply(
    team: &Team,
    weights: &[&PackedMatrix],
    x: &Rounded,
    out: &mut [&mut [f32]],
) {
    multiply_with(Isa::best(), team, weights, x, out);
}

fn multiply_with(
    isa: Isa,
    team: &Team,
    weights: &[&PackedMatrix],
    x: &Rounded,
    out: &mut [&mut [f32]],
) {
    assert_eq!(weights.len(), out.len());
    let products: Vec<_> = weights
        .iter()
        .zip(out)
        .map(|(weights, out)| Product::new(weights, x, out))
        .collect();
    let bytes: usize = weights.iter().map(|weights| weights.bytes()).sum();
    let task_bytes = (bytes / (team.threads() * TASKS)).max(TASK_BYTES);
    let tasks: usize = products.iter().map(|p| p.tasks(task_bytes)).sum();
    team.each(tasks, |mut task| {
        for product in &products {
            let tasks = product.tasks(task_bytes);
            if task < tasks {
                let panels = product.panels(task, task_bytes);
                // SAFETY: `isa` is one that the processor has, and each task has
                // panels of its own.
                return unsafe { product.run(isa, panels) };
            }
            task -= tasks;
        }
    });
}

/// The kernels for one set of instructions.
trait Kernels {
    /// Unpacks a panel.
    ///
    /// # Safety
    /// The processor has the instructions, and `packed` has as many blocks as `panel`.
    unsafe fn unpack<F: Format>(panel: PanelMut<'_>, packed: &[u8]);

    /// The products of a panel with a tile of `T` tokens.
    ///
    /// # Safety
    /// The processor has the instructions, and `x` has `T` blocks for each of the panel's.
    unsafe fn tile<F: Format, const T: usize>(
        panel: Panel<'_>,
        x: &[Block],
        sums: &mut [[f32; ROWS]; T],
    );

    /// The products of a packed panel with one token.
    ///
    /// # Safety
    /// The processor has the instructions, and `x` has as many blocks as the panel.
    unsafe fn row<F: Format>(packed: &[u8], x: &[Block], sums: &mut [f32; ROWS]);
}

/// One matrix, and where its products go.
struct Product<'a> {
    weights: &'a PackedMatrix,
    x: &'a Rounded,
    out: *mut f32,
    lifetime: PhantomData<&'a mut [f32]>,
}

// SAFETY: threads write the rows of their own panels only; the rest is shared data.
unsafe impl Sync for Product<'_> {}

thread_local! {
    static UNPACKED: RefCell<Unpacked> = const { RefCell::new(Unpacked::new()) };
}

impl<'a> Product<'a> {
    fn new(weights: &'a PackedMatrix, x: &'a Rounded, out: &'a mut [f32]) -> Self {
        assert_eq!(weights.columns(), x.columns());
        assert_eq!(out.len(), weights.rows() * x.tokens());
        Self {
            weights,
            x,
            out: out.as_mut_ptr(),
            lifetime: PhantomData,
        }
    }

    /// Panels of a task.
    fn per_task(&self, bytes: usize) -> usize {
        (bytes / self.weights.panel_bytes()).max(1)
    }

    fn tasks(&self, bytes: usize) -> usize {
        self.weights.panels().div_ceil(self.per_task(bytes))
    }

    fn panels(&self, task: usize, bytes: usize) -> Range<usize> {
        let per_task = self.per_task(bytes);
        let end = self.weights.panels().min((task + 1) * per_task);
        task * per_task..end
    }

    /// # Safety
    /// The processor has the instructions; no other thread runs these panels.
    unsafe fn run(&self, isa: Isa, panels: Range<usize>) {
        let run: unsafe fn(&Self, Isa, Range<usize>) =
            with_format!(self.weights.kind(), F => Self::run_on::<F>);
        // SAFETY: as the caller says.
        unsafe { run(self, isa, panels) };
    }

    /// # Safety
    /// As for [`run`](Self::run).
    unsafe fn run_on<F: Format>(&self, isa: Isa, panels: Range<usize>) {
        // SAFETY: as the caller says.
        unsafe {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => self.run_with::<avx512::Avx512, F>(panels),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => self.run_with::<avx2::Avx2, F>(panels),
                Isa::Portable => self.run_with::<portable::Portable, F>(panels),
            }
        }
    }

    /// # Safety
    /// As for [`run`](Self::run).
    unsafe fn run_with<K: Kernels, F: Format>(&self, panels: Range<usize>) {
        // SAFETY: as the caller says.
        unsafe {
            match self.x.tokens() {
                1 => self.one_token::<K, F>(panels),
                _ => self.many_tokens::<K, F>(panels),
            }
        }
    }

    /// # Safety
    /// As for [`run`](Self::run); there is one token.
    unsafe fn one_token<K: Kernels, F: Format>(&self, panels: Range<usize>) {
        let x = self.x.tile(Tile { first: 0, width: 1 });
        for panel in panels {
            let mut sums = [0.0; ROWS];
            // SAFETY: as the caller says; a token has a block for each of the panel's.
            unsafe {
                K::row::<F>(self.weights.panel(panel), x, &mut sums);
                self.put(panel, 0, &sums);
            }
        }
    }

    /// # Safety
    /// As for [`run`](Self::run).
    unsafe fn many_tokens<K: Kernels, F: Format>(&self, panels: Range<usize>) {
        let blocks = self.weights.columns() / BLOCK;
        let cached = (CACHED / (blocks * BLOCK * ROWS)).max(1);
        UNPACKED.with_borrow_mut(|unpacked| {
            for first in panels.clone().step_by(cached) {
                let panels = first..panels.end.min(first + cached);
                unpacked.reserve::<F>(panels.len() * blocks);
                for (index, panel) in panels.clone().enumerate() {
                    let packed = self.weights.panel(panel);
                    // SAFETY: as the caller says.
                    unsafe { K::unpack::<F>(unpacked.panel_mut::<F>(index, blocks), packed) };
                }
                for tile in tiles(self.x.tokens()) {
                    for (index, panel) in panels.clone().enumerate() {
                        let weights = unpacked.panel::<F>(index, blocks);
                        // SAFETY: as the caller says.
                        unsafe {
                            match tile.width {
                                16 => self.tile::<K, F, 16>(panel, weights, tile),
                                8 => self.tile::<K, F, 8>(panel, weights, tile),
                                4 => self.tile::<K, F, 4>(panel, weights, tile),
                                2 => self.tile::<K, F, 2>(panel, weights, tile),
                                _ => self.tile::<K, F, 1>(panel, weights, tile),
                            }
                        }
                    }
                }
            }
        });
    }

    /// # Safety
    /// As for [`run`](Self::run); the tile has `T` tokens.
    unsafe fn tile<K: Kernels, F: Format, const T: usize>(
        &self,
        panel: usize,
        weights: Panel<'_>,
        tile: Tile,
    ) {
        let mut sums = [[0.0; ROWS]; T];
        // SAFETY: as the caller says; a tile has a block for each of its tokens and
        // each of the matrix's blocks of columns.
        unsafe { K::tile::<F, T>(weights, self.x.tile(tile), &mut sums) };
        for (token, sums) in sums.iter().enumerate() {
            // SAFETY: as the caller says.
            unsafe { self.put(panel, tile.first + token, sums) };
        }
    }

    /// # Safety
    /// No other thread puts sums of this panel; `token` is one of the tokens.
    unsafe fn put(&self, panel: usize, token: usize, sums: &[f32; ROWS]) {
        let row = panel * ROWS;
        let rows = ROWS.min(self.weights.rows() - row);
        // SAFETY: `new` checked the output's length.
        unsafe {
            let out = self.out.add(token * self.weights.rows() + row);
            out.copy_from_nonoverlapping(sums.as_ptr(), rows);
        }
    }
}

#[cfg(test)]
mod tests;
