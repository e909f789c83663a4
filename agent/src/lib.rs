//! Estoppel: a private, local consultation agent that never loses what the
//! client said and shows where it was said.
//!
//! An [`Agent`] joins the [`memory`] of a matter with a language [`model`]:
//! [`Agent::remember`] keeps a turn, [`Agent::ask`] answers a question as a
//! stream of [`Event`]s. Which turns a sentence rests on is measured, not
//! generated; see [`Citation`]. [`eval`] plays scripted consultations and
//! scores the answers.

mod agent;
mod annotate;
mod answering;
mod cite;
mod cited;
pub mod consultation;
mod data;
mod encoder;
mod error;
pub mod eval;
mod language;
mod phrases;
mod prompt;
mod read;
mod sentence;
mod stated;
mod stored;
pub mod train;

pub use agent::{Agent, AgentBuilder, MAX_QUESTION_BYTES, Settings};
pub use answering::{Answer, Answering, Ended, Event, Millis, Times};
pub use cite::{Attribution, Citation, Standing};
pub use cited::{Sentences, cited_answers};
pub use data::DataDir;
pub use error::{AskError, ForgetError, OpenError};
pub use language::Language;
pub use prompt::{PromptBudget, RecallScope};
pub use stored::forget_stored;

pub use estoppel_memory as memory;
pub use estoppel_model as model;
