//! What can go wrong, by operation.

use crate::read::ReadError;
use estoppel_memory::matter::{EvidenceError, RebuildError, RememberError};
use estoppel_memory::matters::{MattersError, NameError};
use estoppel_memory::retrieve::gat::NetworkError;
use estoppel_model::kv::KvError;
use estoppel_model::{EncoderError, GenerateError, NoDataDir, OpenModelError, ResolveError};

/// An agent cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No data directory is known.
    #[error(transparent)]
    NoDataDir(#[from] NoDataDir),
    /// A name is no known model, or its weights are not here.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The language model cannot be loaded.
    #[error(transparent)]
    Model(#[from] OpenModelError),
    /// What the model has read before cannot be taken up.
    #[error(transparent)]
    Stored(#[from] GenerateError),
    /// The text encoder cannot be loaded.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The weights of the graph attention network cannot be read.
    #[error(transparent)]
    Retriever(#[from] NetworkError),
    /// A text encoder was asked to answer, or a language model to encode.
    #[error("{name} is {is}, not {wanted}")]
    WrongKind {
        /// The model.
        name: String,
        /// What it is.
        is: &'static str,
        /// What was wanted.
        wanted: &'static str,
    },
    /// No matter can have this name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The matter cannot be opened.
    #[error(transparent)]
    Matter(#[from] MattersError),
    /// The matter's turns cannot be embedded.
    #[error(transparent)]
    Embed(#[from] RebuildError),
}

/// A question cannot be answered, or a turn not be remembered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// There is nothing to answer.
    #[error("the question is empty")]
    EmptyQuestion,
    /// The question is longer than a question can be.
    #[error("the question has {bytes} bytes, the most is {limit}: ask about one thing at a time")]
    QuestionTooLong {
        /// Its length.
        bytes: usize,
        /// The longest allowed.
        limit: usize,
    },
    /// The turn was not written; nothing of it is kept.
    #[error(transparent)]
    Remember(#[from] RememberError),
    /// The memory could not be read. The question, if it was to be kept, is.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The model failed. The question, if it was to be kept, is.
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

impl From<ReadError> for AskError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Embed(error) => EvidenceError::from(error).into(),
            ReadError::Generate(error) => error.into(),
        }
    }
}

/// A turn was not forgotten, or not everywhere; forgetting it again finishes it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// What the model has read of it could not be removed.
    #[error(transparent)]
    Stored(#[from] KvError),
    /// The memory could not forget it.
    #[error(transparent)]
    Memory(#[from] estoppel_memory::matter::ForgetError),
    /// What the model has read besides cannot be taken up again.
    #[error(transparent)]
    Generate(#[from] GenerateError),
}
