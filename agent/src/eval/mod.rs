//! Measuring: answers against scripted consultations, retrieval against
//! labelled sets.

pub mod answers;
pub mod retrieval;
