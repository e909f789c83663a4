//! Weights to tokens.
//!
//! [`generate`] is the seam that the agent uses: a [`Generator`] streams the
//! answer to a [`Prompt`] and tells how much it attended to each marked part.

pub mod attention;
pub mod bench;
mod chat;
mod decoder;
pub mod encoder;
mod error;
pub mod generate;
pub mod gguf;
mod kernels;
pub mod kv;
pub mod local;
pub mod manifest;
mod model_dir;
mod pointer;
pub mod pull;
mod relevance;
mod sampling;
mod stop;
mod teaching;
#[cfg(test)]
mod testing;
pub mod tokenizer;
mod writer;

pub use attention::{Attention, AttentionStats};
pub use decoder::Head;
pub use encoder::{Encoded, Encoder, EncoderError};
pub use error::OpenModelError;
pub use generate::{
    GenerateError, GenerateOptions, Generation, Generator, Message, Part, Prompt, Recall, Speaker,
    Step, Stop,
};
pub use gguf::{Gguf, GgufError, ModelInfo, inspect};
#[doc(hidden)]
pub use kernels::ProductBench;
pub use local::{LocalModel, OpenOptions};
pub use manifest::{ModelKind, ModelSpec};
pub use model_dir::{ModelDir, NoDataDir, ResolveError, default_data_dir};
pub use pointer::{Pointer, PointerError};
pub use pull::pull;
pub use relevance::{HeadRelevance, Relevance, Share};
pub use teaching::{
    PlannedGroup, PlannedOutput, PointerLesson, PointerPlan, PointerTeacher, Spot, Target,
    TeachError, WriterLesson, WriterPlan, WriterTeacher, mean_of_pointers,
};
pub use tokenizer::Tokenizer;
pub use writer::Writer;
