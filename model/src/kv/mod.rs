//! The keys and values of a consultation, kept so that nothing is read twice, also
//! not after a restart.
//!
//! A store is a sequence of records, one a message, in the order in which the
//! model read them. A record holds the message's tokens and, layer by layer, their
//! keys before rotation and their values as half floats: so it can be placed at any
//! position. A file of them is append-only and begins with what it depends on: the
//! weights, the tokenizer and the layout.
//!
//! A record's checksum covers the one before it, since its values do: a record
//! that was changed, lost or moved ends what can be trusted.

mod file;
mod record;

use std::path::{Path, PathBuf};

pub(crate) use file::KvStore;
pub(crate) use record::Record;

/// What keys and values depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Of the weights.
    pub(crate) model: [u8; 32],
    /// Of the vocabulary and its merges.
    pub(crate) tokenizer: [u8; 32],
    pub(crate) layout: Layout,
}

/// The shape of a token's keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) layers: u32,
    pub(crate) kv_heads: u32,
    pub(crate) head_dim: u32,
}

impl Layout {
    /// Halves in a token's keys of one layer, and in its values.
    pub(crate) fn width(&self) -> usize {
        (self.kv_heads * self.head_dim) as usize
    }

    /// Bytes of a token's keys and values.
    pub(crate) fn token_bytes(&self) -> usize {
        self.layers as usize * 2 * self.width() * 2
    }
}

/// Why a file of keys and values, or a part of it, was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distrust {
    /// It is no file of keys and values, or of another version.
    Unknown,
    /// It was written by another model.
    Model,
    /// It was written with another tokenizer.
    Tokenizer,
    /// Its keys and values have another shape.
    Layout,
    /// It ends in the middle of a record, or a record's checksum is wrong: this many
    /// records before it are used.
    Torn {
        /// Records that are used.
        kept: usize,
    },
    /// The messages differ from those it holds: this many before are used.
    Text {
        /// Records that are used.
        kept: usize,
    },
}

impl std::fmt::Display for Distrust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kept = |f: &mut std::fmt::Formatter<'_>, what: &str, kept: &usize| {
            write!(f, "{what} after message {kept}; what follows is read again")
        };
        match self {
            Self::Unknown => f.write_str("they are of an unknown version and are read again"),
            Self::Model => f.write_str("they were made by another model and are read again"),
            Self::Tokenizer => {
                f.write_str("they were made with another tokenizer and are read again")
            }
            Self::Layout => f.write_str("they have another layout and are read again"),
            Self::Torn { kept: n } => kept(f, "they are damaged", n),
            Self::Text { kept: n } => kept(f, "they are of another text", n),
        }
    }
}

/// A file of keys and values could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KvError {
    /// Reading or writing failed.
    #[error("cannot {doing} the keys and values in {path}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("the keys and values in {path} are in use by another process")]
    Locked {
        /// The file.
        path: PathBuf,
    },
}

impl KvError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            doing,
            path: path.to_path_buf(),
            source,
        }
    }
}

/// Removes from a file of keys and values the message of this number and all that
/// were read after it, since their values saw it. Needs no model. A file that is
/// not there, or cannot be understood, is removed.
///
/// # Errors
///
/// If the file cannot be read, cut or removed.
pub fn forget(path: &Path, message: u32) -> Result<(), KvError> {
    file::forget(path, message)
}

#[cfg(test)]
mod tests;
