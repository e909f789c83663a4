//! Measuring: answers against scripted consultations, retrieval and extraction
//! against labelled sets.

pub mod answers;
pub(crate) mod bootstrap;
pub mod extraction;
pub mod retrieval;
