//! Turns to graph to evidence: the memory of a consultation.
//!
//! What was said goes into an append-only [`journal`], the truth of a matter.
//! [`extract`] reads facts, parties, dates and authorities out of a turn,
//! [`graph`] links them with validity in time, [`index`] finds turns by words
//! and by meaning, and [`retrieve`] ranks the turns that bear on a question.
//! [`Matter`] joins them; the embedded [`store`] is a view that can be rebuilt.
//!
//! This crate knows no language model: embeddings come through [`Embedder`].

pub mod embed;
pub mod extract;
pub mod fact;
pub mod graph;
pub mod index;
pub mod journal;
pub mod mark;
pub mod matter;
pub mod matters;
pub mod picture;
pub mod retrieve;
mod segment;
pub mod store;
pub mod turn;

pub use embed::{EmbedError, Embedder, Embedding, TokenVectors};
pub use fact::{Fact, FactId, Value};
pub use graph::{Delta, Graph};
pub use mark::{Mark, Verdict};
pub use matter::{Matter, MatterOptions};
pub use matters::{MatterName, Matters};
pub use picture::Picture;
pub use retrieve::{Evidence, Question, RankedTurn, Ranking, Reason, View};
pub use turn::{NewTurn, Role, Turn, TurnId};
