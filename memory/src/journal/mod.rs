//! The truth of a matter: an append-only log of what was said.
//!
//! # Format (version 1)
//!
//! One UTF-8 file, one line an entry, so that it can be read, searched and
//! copied with ordinary tools should this program be gone:
//!
//! ```text
//! estoppel-journal 1 <matter id, 32 hex digits> <checksum>\n
//! 1 <checksum> {"type":"turn","id":1,"role":"client",…}\n
//! 2 <checksum> {"type":"forgotten","id":2,…}\n
//! 3 <checksum> {"type":"mark","question":"…","turn":1,"verdict":"right"}\n
//! ```
//!
//! - A frame is the entry's sequence number (from 1, without gaps), its checksum
//!   in 8 hex digits, and the entry as JSON, parted by single spaces. JSON
//!   escapes line breaks and control characters, so the line feed alone ends a
//!   frame and no length is needed: reading finds the next frame whatever
//!   happened to the one before. JSON over a compact encoding, because a journal
//!   outlives the program, and talk is text anyway.
//! - A checksum is the CRC-32 (IEEE) of everything before it in the file,
//!   checksums left out, and of its own line. It so vouches for the whole log up
//!   to its entry: a line taken out, moved or brought in from another matter is
//!   found. The last one names a state of the log, [`Position`], by which the
//!   store knows whether it belongs to it.
//! - An append writes one whole frame and returns after `fdatasync`. A new log
//!   and a rewritten one are written beside it (`*.new`), synced, renamed over
//!   it, and the folder synced.
//!
//! # After a crash
//!
//! What stands after the last line feed was never acknowledged: it is cut off
//! and reported as [`Opened::torn_bytes`]. So is a last line that holds NUL
//! bytes, which JSON cannot: a file system that had grown the file but not yet
//! written the block. Anything else that does not read is damage to what had
//! been acknowledged: an error that names line and byte, and nothing is changed.

mod entry;
mod error;
mod frame;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use entry::{Entry, Tombstone};
pub use error::{Fault, JournalError};
pub use frame::Position;
pub(crate) use write::sync_folder_of;

/// Names a matter for good: random, given once, in the journal and in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MatterId(u128);

impl MatterId {
    /// A new one that no other matter has.
    pub fn random() -> Self {
        Self(rand::random())
    }
}

impl fmt::Display for MatterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The open log of one matter. Whoever opens it holds the matter's lock.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    matter: MatterId,
    position: Position,
    /// Length of the file up to the last acknowledged frame, in bytes.
    len: u64,
    /// An append failed half-way: what is on disk is unknown until reopened.
    broken: bool,
}

/// What opening a journal found.
#[derive(Debug)]
pub struct Opened {
    /// The journal, ready to append.
    pub journal: Journal,
    /// Every entry in order.
    pub entries: Vec<Entry>,
    /// The state of the log before the first entry, then after each.
    pub positions: Vec<Position>,
    /// Bytes of an unfinished last frame that were cut off.
    pub torn_bytes: u64,
}

impl Journal {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose it is.
    pub fn matter(&self) -> MatterId {
        self.matter
    }

    /// The state after the last entry.
    pub fn position(&self) -> Position {
        self.position
    }
}
