//! What can go wrong with a journal. No message holds text of a turn.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A journal could not be created, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is one already.
    #[error("{} exists already", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The file does not begin as a journal does.
    #[error("{} is not a journal of this program", path.display())]
    NotAJournal {
        /// Which file.
        path: PathBuf,
    },
    /// The format is of a later version.
    #[error(
        "{} was written by a newer version of this program \
         (journal format {version}, this one reads up to {reads}): update to open it",
        path.display()
    )]
    NewerFormat {
        /// Which file.
        path: PathBuf,
        /// Its format.
        version: u32,
        /// The last format that this version reads.
        reads: u32,
    },
    /// An entry is of a kind that this version does not know.
    #[error(
        "{}, line {line}: an entry of kind \"{kind}\" was written by a newer version \
         of this program: update to open it",
        path.display()
    )]
    NewerEntry {
        /// Which file.
        path: PathBuf,
        /// Where, from 1.
        line: u64,
        /// The kind as written.
        kind: String,
    },
    /// Something that had been acknowledged can no longer be read.
    #[error(
        "{} is damaged at line {line} (byte {offset}): {fault}. Nothing was changed; \
         restore the file from a backup or an export",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// The first bad line, from 1.
        line: u64,
        /// Where that line begins, in bytes from 0.
        offset: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// An earlier append failed, so the end of the file is unknown.
    #[error(
        "an earlier write to {} failed: open the matter again before writing to it",
        path.display()
    )]
    Broken {
        /// Which file.
        path: PathBuf,
    },
}

impl JournalError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// What is wrong with a line of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It is not of the form sequence number, checksum, entry.
    Shape,
    /// Its sequence number is not the next one.
    Sequence,
    /// Its checksum does not fit the log up to it.
    Checksum,
    /// The checksum fits, yet it is no entry.
    Entry,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "it does not have the form of an entry",
            Self::Sequence => "its number is not the next one",
            Self::Checksum => "the checksum does not fit",
            Self::Entry => "the entry has a field missing or of the wrong type, or names another turn than is due",
        })
    }
}
