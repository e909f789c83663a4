//! Why a model cannot be opened.

use std::path::PathBuf;

use crate::gguf::GgufError;

/// A model could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenModelError {
    /// The file is no readable GGUF, or lacks something.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// The architecture is not one that can be run.
    #[error(
        "{path} holds a model of the family {family:?}; the supported families are qwen2 and llama"
    )]
    UnknownFamily {
        /// The file.
        path: PathBuf,
        /// Its architecture.
        family: String,
    },
    /// The family is supported, this variant of it is not.
    #[error("the model in {path} cannot be run: {what}")]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported.
        what: String,
    },
    /// The tokenizer is no byte-level BPE.
    #[error(
        "{path} has a tokenizer of the kind {tokenizer:?}; only gpt2 (byte-level BPE) is supported"
    )]
    UnknownTokenizer {
        /// The file.
        path: PathBuf,
        /// Its kind.
        tokenizer: String,
    },
    /// The rule that cuts text into words is not known.
    #[error(
        "{path} cuts text into words by the rule {pre_tokenizer:?}; only qwen2 and smollm are supported"
    )]
    UnknownPreTokenizer {
        /// The file.
        path: PathBuf,
        /// The rule's name.
        pre_tokenizer: String,
    },
    /// The vocabulary contradicts itself.
    #[error("the vocabulary of {path} is broken: {reason}")]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// How.
        reason: String,
    },
    /// The chat template is not ChatML.
    #[error("{path} has a chat template that is not ChatML, the only one that is supported")]
    UnknownTemplate {
        /// The file.
        path: PathBuf,
    },
}
