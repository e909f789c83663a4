//! Estoppel: a private, local consultation agent that never loses what the
//! client said and shows where it was said.

pub mod consultation;
pub mod eval;
mod language;

pub use language::Language;
