//! What can go wrong while measuring extraction.

use std::path::PathBuf;

/// A labelled file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractionEvalError {
    /// It cannot be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not JSON of the format; the message tells line and column.
    #[error("{}: {source}", file.display())]
    Parse {
        /// The file.
        file: PathBuf,
        /// What and where.
        source: serde_json::Error,
    },
    /// A label doesn't fit its turn.
    #[error("{}: {dialogue}, turn {turn}: {reason}", file.display())]
    Label {
        /// The file.
        file: PathBuf,
        /// The dialogue's id.
        dialogue: String,
        /// The turn, counted from 1.
        turn: u32,
        /// What is wrong.
        reason: String,
    },
}
