//! Weights to tokens.
//!
//! [`generate`] is the seam that the agent uses: a [`Generator`] streams the
//! answer to a [`Prompt`] and tells how much it attended to each marked part.

pub mod generate;

pub use generate::{
    GenerateError, GenerateOptions, Generation, Generator, Message, Part, Prompt, Speaker, Step,
    Stop,
};
