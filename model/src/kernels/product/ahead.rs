//! Memory that is asked for before it is read.

use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

use super::format::{Format, LINE, SUPER};

/// How many bytes of integers memory is asked for before they are read; without, the
/// processor reads half as many bytes a second.
const AHEAD: usize = 4096;

/// Asks for the block that is read some time after `block` of a panel's `blocks`: its
/// integers and its scales, which lie apart. After the last block comes the first of the
/// next panel.
#[inline(always)]
pub(super) fn ask_ahead<F: Format>(panel: &[u8], blocks: usize, block: usize) {
    let ahead = block + AHEAD / F::BLOCK_BYTES;
    let (start, block) = match ahead.checked_sub(blocks) {
        None => (0, ahead),
        Some(ahead) => (panel.len(), ahead),
    };
    let scales = F::scale_bytes(blocks);
    let integers = start + scales + block * F::BLOCK_BYTES;
    prefetch(panel, start + block * F::SCALING.bytes(SUPER) / SUPER);
    for line in 0..F::BITS {
        prefetch(panel, integers + line * LINE);
    }
}

/// The offset may lie past the end.
#[inline(always)]
fn prefetch(panel: &[u8], offset: usize) {
    // SAFETY: a prefetch never faults, and every x86-64 processor has it.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(panel.as_ptr().wrapping_add(offset).cast()) };
}
