//! Memory for packed weights.

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use memmap2::{MmapMut, MmapRaw};

use super::format::LINE;

/// Bytes that are asked for at once. What is never written to costs nothing.
const CHUNK: usize = 64 << 20;

/// Zeroed memory that begins on a line.
///
/// Weights are read from end to end for every token, and each small page of memory
/// would be looked up again. So they lie in large pages where the system has them,
/// and small matrices share those.
pub(super) struct Region {
    start: NonNull<u8>,
    len: usize,
    /// Keeps the memory.
    _chunk: Arc<MmapRaw>,
}

// SAFETY: a region is the only one to point to its bytes, as a `Vec` is.
unsafe impl Send for Region {}
// SAFETY: likewise.
unsafe impl Sync for Region {}

/// The chunk that regions are cut from, and how much of it they have taken.
static CURRENT: Mutex<(Weak<MmapRaw>, usize)> = Mutex::new((Weak::new(), 0));

impl Region {
    /// None if there is no memory.
    pub(super) fn new(len: usize) -> Option<Self> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        let (chunk, used) = match current.0.upgrade() {
            Some(chunk) if chunk.len() - current.1 >= len => (chunk, current.1),
            _ => (Arc::new(map(len.max(CHUNK))?), 0),
        };
        // SAFETY: `used` is at most the chunk's length.
        let start = NonNull::new(unsafe { chunk.as_mut_ptr().add(used) })?;
        let taken = (used + len).next_multiple_of(LINE).min(chunk.len());
        *current = (Arc::downgrade(&chunk), taken);
        Some(Self {
            start,
            len,
            _chunk: chunk,
        })
    }
}

fn map(len: usize) -> Option<MmapRaw> {
    let map = MmapMut::map_anon(len).ok()?;
    #[cfg(target_os = "linux")]
    // Only a hint.
    let _ = map.advise(memmap2::Advice::HugePage);
    Some(map.into())
}

impl Deref for Region {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the bytes lie in the chunk, and nobody else has them.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl DerefMut for Region {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: likewise.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_aligned_zeroed_and_apart() {
        let lengths = [1, 64, 100, 4096, CHUNK / 2, CHUNK / 2, 3, CHUNK + 5, 7];
        let mut regions: Vec<_> = lengths
            .iter()
            .map(|&len| Region::new(len).unwrap())
            .collect();
        for (i, (region, len)) in regions.iter_mut().zip(lengths).enumerate() {
            assert_eq!(region.len(), len);
            assert_eq!(region.as_ptr() as usize % LINE, 0);
            let ends = [region[0], region[len - 1]];
            assert_eq!(ends, [0, 0]);
            region[0] = i as u8 + 1;
            region[len - 1] = i as u8 + 1;
        }
        for (i, region) in regions.iter().enumerate() {
            let ends = [region[0], region[region.len() - 1]];
            assert_eq!(ends, [i as u8 + 1; 2]);
        }
    }
}
