//! Retrieval measured against labelled sets: our consultations, LoCoMo, BEAM
//! and MemDaily.
//!
//! Each set is read as it was published into [`Memory`]s: turns with the
//! questions asked about them. [`run`] plays every memory and asks every
//! question of every ranking; [`Report`] holds how much of the labelled
//! evidence was found.

mod beam;
mod dataset;
mod error;
mod figures;
mod locomo;
mod memdaily;
pub(crate) mod memoised;
pub(crate) mod play;
mod report;
mod run;
mod scripted;
#[cfg(test)]
mod testing;

pub use dataset::{Asked, Dataset, Format, Memory, Skipped, UnknownFormat};
pub use error::EvalError;
pub use figures::Figures;
pub(crate) use figures::{share_first, update_first};
pub use play::Progress;
pub use report::{Report, SystemReport};
pub use run::run;
