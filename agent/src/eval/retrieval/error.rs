//! What can go wrong while measuring retrieval.

use std::path::{Path, PathBuf};

use estoppel_memory::Ranking;
use estoppel_memory::matter::{EvidenceError, RememberError};
use serde::de::DeserializeOwned;

use crate::consultation::ConsultationError;

/// A labelled set cannot be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file cannot be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not JSON of its format; the message tells line and column.
    #[error("{}: {source}", file.display())]
    Parse {
        /// The file.
        file: PathBuf,
        /// What and where.
        source: serde_json::Error,
    },
    /// A file breaks a promise of its format.
    #[error("{}: {place}: {reason}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Where in the file.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A consultation file cannot be used.
    #[error(transparent)]
    Consultation(#[from] ConsultationError),
    /// A ranking was asked for that goes by meaning, without an encoder.
    #[error("the ranking {0:?} needs an encoder, and none is loaded: pull one, or leave it out")]
    NoEncoder(Ranking),
    /// A turn could not be remembered.
    #[error("{memory}: {source}")]
    Remember {
        /// The memory.
        memory: String,
        /// Why.
        source: RememberError,
    },
    /// A question could not be looked up.
    #[error("{memory}: {question:?}: {source}")]
    Ask {
        /// The memory.
        memory: String,
        /// The question.
        question: String,
        /// Why.
        source: EvidenceError,
    },
    /// What was encoded cannot be kept.
    #[error("{}: {source}: name another folder for the cache, or none", file.display())]
    Cache {
        /// The cache's file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The encoder failed.
    #[error(transparent)]
    Embed(#[from] estoppel_memory::EmbedError),
}

impl EvalError {
    pub(super) fn invalid(
        file: &Path,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            file: file.into(),
            place: place.into(),
            reason: reason.into(),
        }
    }
}

/// Reads a JSON file.
pub(super) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T, EvalError> {
    let bytes = std::fs::read(file).map_err(|source| EvalError::Read {
        file: file.into(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| EvalError::Parse {
        file: file.into(),
        source,
    })
}
