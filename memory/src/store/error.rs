//! What can go wrong with a store.

use std::io;
use std::path::PathBuf;

/// A store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another handle, in this process or another, has it open.
    #[error("the store in {} is in use", path.display())]
    InUse {
        /// Which folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot use the store in {}: {source}", path.display())]
    Io {
        /// Which folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its files cannot be read; it has to be derived again from the journal.
    #[error("the store in {} is damaged: {reason}", path.display())]
    Damaged {
        /// Which folder.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
}
