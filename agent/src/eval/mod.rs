//! Measuring: answers, ours and those of [`baseline`]s, against scripted consultations, retrieval and extraction
//! against labelled sets.

pub mod answers;
pub mod baseline;
pub(crate) mod bootstrap;
pub mod extraction;
pub mod generate;
pub(crate) mod random;
pub mod retrieval;
