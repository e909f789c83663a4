//! One client's case: what was said, and everything derived from it.
//!
//! A [`Matter`] joins journal, store, graph and indexes. Its folder holds
//!
//! ```text
//! lock          held while a process has the matter open; its process id
//! journal.log   the truth, see `journal`
//! store/        the view, see `store`: removed and made anew at any time
//! ```
//!
//! A turn goes one way: it is embedded, appended to the journal (from then on it
//! is remembered), read into graph and indexes, and written to the store in one
//! batch that also says how far the store now reaches. A store that failed or
//! fell behind costs time at the next opening and nothing else.

mod ask;
mod check;
mod disk;
mod embedding;
mod forget;
mod kept;
mod lock;
mod marking;
mod open;
mod rebuild;
mod record;
mod remember;
mod said;
pub(crate) mod transfer;
mod why;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::fact::Fact;
use crate::graph::Graph;
use crate::index::Embeddings;
use crate::mark::Marks;
use crate::retrieve::gat::Network;
use crate::turn::{Turn, TurnId};

pub use ask::EvidenceError;
pub use check::{Check, CheckFault};
pub use forget::ForgetError;
pub use kept::Mismatch;
pub use marking::MarkError;
pub use open::{MatterOptions, OpenError, OpenReport, StoreState};
pub use rebuild::RebuildError;
pub use record::Encoder;
pub use remember::{InvalidTurn, RememberError};
pub use transfer::{EXPORT_VERSION, LineFault};
pub use why::{History, Why};

pub(crate) use disk::JOURNAL;
pub(crate) use lock::{LOCK_FILE, Lock, LockError};

use disk::Disk;
use marking::QuestionVectors;
use record::Record;

/// An open matter. Dropping it lets go of it.
#[derive(Debug)]
pub struct Matter {
    record: Record,
    marks: Marks,
    question_vectors: QuestionVectors,
    /// `None` for a matter that ends with its process.
    disk: Option<Disk>,
    opened: OpenReport,
    network: Arc<Network>,
}

impl Matter {
    /// An empty matter that is never written to disk.
    pub fn in_memory() -> Self {
        Self {
            record: Record::default(),
            marks: Marks::default(),
            question_vectors: QuestionVectors::default(),
            disk: None,
            opened: OpenReport {
                torn_bytes: 0,
                store: StoreState::Matched,
            },
            network: Network::shipped(),
        }
    }

    /// Ranks by this graph attention network from now on, and not by the one that
    /// comes with the program; see
    /// [`Ranking::Gat`](crate::Ranking::Gat). Many matters can share one.
    pub fn set_network(&mut self, network: Arc<Network>) {
        self.network = network;
    }

    /// What opening it found and did.
    pub fn opened(&self) -> &OpenReport {
        &self.opened
    }

    /// Its folder, unless it is in memory only.
    pub fn folder(&self) -> Option<&Path> {
        self.disk.as_ref().map(|disk| disk.folder.as_path())
    }

    /// Every turn in order. A [forgotten](Turn::is_forgotten) one keeps its
    /// place, so that turn `n` is at `n - 1`.
    pub fn turns(&self) -> &[Turn] {
        self.record.turns()
    }

    /// One turn by its number.
    pub fn turn(&self, id: TurnId) -> Option<&Turn> {
        self.record.turn(id)
    }

    /// Every fact stated so far, superseded and contradicted ones included and
    /// marked, in order of statement.
    pub fn facts(&self) -> &[Fact] {
        self.record.graph().facts()
    }

    /// The facts as they stood once `turn` had been said.
    pub fn record_as_of(&self, turn: TurnId) -> Vec<Fact> {
        self.record.graph().facts_as_of(turn)
    }

    /// The graph over its turns.
    pub fn graph(&self) -> &Graph {
        self.record.graph()
    }

    /// The encoder of its vectors, once there are any.
    pub fn encoder(&self) -> Option<&Encoder> {
        self.record.encoder()
    }

    /// The vectors of its turns, once there are any.
    pub fn embeddings(&self) -> Option<&Embeddings> {
        self.record.embeddings()
    }

    /// Turns that dense retrieval does not see, because they were remembered
    /// without this matter's encoder. [`embed_missing`](Self::embed_missing)
    /// mends that.
    pub fn missing_vectors(&self) -> Vec<TurnId> {
        self.record.missing_vectors()
    }
}
