//! A record in a store: what is kept of each turn, and of which journal.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::embedding;
use super::record::{Derived, Encoder, Record, Vectors};
use crate::embed::Embedding;
use crate::graph::Delta;
use crate::journal::{MatterId, Position};
use crate::store::{Batch, Store, StoreError, Tree};
use crate::turn::{Turn, TurnId};

/// The rules by which a record is derived. A store of other rules is derived
/// again; every release may change them.
const RULES: &str = concat!(env!("CARGO_PKG_VERSION"), "+5");

const STATE: &[u8] = b"state";

/// What a store belongs to, and how far it reaches.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    rules: String,
    matter: String,
    position: Position,
    encoder: Option<Encoder>,
}

/// A state of a journal, and how many turns it has then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) position: Position,
    pub(super) turns: usize,
}

/// Why a store had to be derived again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// There was none.
    Missing,
    /// It could not be read.
    Damaged,
    /// It was of another matter, or of this one as it no longer is.
    OtherJournal,
    /// It was derived by another version of this program.
    OtherRules,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there was none",
            Self::Damaged => "it could not be read",
            Self::OtherJournal => "it was not this journal's",
            Self::OtherRules => "another version of this program had made it",
        })
    }
}

/// Why a record could not be read from a store.
pub(super) enum Unusable {
    /// It does not fit the journal; these are the vectors that still can be used.
    Mismatch(Mismatch, Option<Vectors>),
    /// The system refused; another time it may not.
    Failed(StoreError),
}

impl From<StoreError> for Unusable {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { .. } => Self::Mismatch(Mismatch::Damaged, None),
            other => Self::Failed(other),
        }
    }
}

/// Adds what was derived from one turn to a batch.
pub(super) fn put_turn(batch: &mut Batch, turn: TurnId, derived: &Derived) {
    let key = turn.0.to_be_bytes();
    let mut nodes = derived.delta.clone();
    let edges = std::mem::take(&mut nodes.edges);
    batch.put(Tree::Nodes, key, json(&nodes));
    batch.put(Tree::Edges, key, json(&edges));
    batch.put(Tree::Postings, key, json(&derived.terms));
    if let Some(embedding) = &derived.embedding {
        batch.put(Tree::Vectors, key, embedding::to_bytes(embedding));
    }
}

/// The turn under whose key something is kept.
pub(super) fn turn_of(key: &[u8]) -> Option<TurnId> {
    key.try_into().ok().map(u32::from_be_bytes).map(TurnId)
}

/// Says in a batch how far the store then reaches.
pub(super) fn put_state(
    batch: &mut Batch,
    matter: MatterId,
    position: Position,
    encoder: Option<&Encoder>,
) {
    let state = State {
        rules: RULES.to_owned(),
        matter: matter.to_string(),
        position,
        encoder: encoder.cloned(),
    };
    batch.put(Tree::Meta, STATE, json(&state));
}

/// Derives a record from all turns, and fills a batch with it.
pub(super) fn derive(
    turns: impl IntoIterator<Item = Turn>,
    vectors: Option<Vectors>,
    batch: &mut Batch,
) -> Record {
    let (encoder, mut by_turn) = match vectors {
        Some(vectors) => (Some(vectors.encoder), vectors.by_turn),
        None => Default::default(),
    };
    let mut record = Record::of(encoder);
    for turn in turns {
        let id = turn.id;
        let derived = record.add(turn, by_turn.remove(&id));
        put_turn(batch, id, &derived);
    }
    record
}

/// Reads the record of a journal's turns as far as the store reaches.
/// `reaches` are the journal's, before the first entry and after each.
pub(super) fn load(
    store: &dyn Store,
    matter: MatterId,
    turns: &[Turn],
    reaches: &[Reach],
) -> Result<Record, Unusable> {
    let unusable = |because| Unusable::Mismatch(because, None);
    let state = store
        .get(Tree::Meta, STATE)?
        .ok_or(unusable(Mismatch::Missing))?;
    let state: State = serde_json::from_slice(&state).map_err(|_| unusable(Mismatch::Damaged))?;
    let reached = usize::try_from(state.position.entries).unwrap_or(usize::MAX);
    let reached = reaches
        .get(reached)
        .filter(|reach| state.matter == matter.to_string() && reach.position == state.position)
        .ok_or(unusable(Mismatch::OtherJournal))?;
    let turns = &turns[..reached.turns];
    if state.rules != RULES {
        let vectors = read_vectors(store, state.encoder, turns)?;
        return Err(Unusable::Mismatch(Mismatch::OtherRules, vectors));
    }
    let mut record = Record::of(state.encoder);
    for turn in turns {
        let derived =
            read_turn(store, turn.id, record.encoder())?.ok_or(unusable(Mismatch::Damaged))?;
        record.restore(turn.clone(), &derived);
    }
    Ok(record)
}

/// What the store keeps of a turn; `None` where it is not whole.
fn read_turn(
    store: &dyn Store,
    turn: TurnId,
    encoder: Option<&Encoder>,
) -> Result<Option<Derived>, StoreError> {
    let key = turn.0.to_be_bytes();
    let (Some(nodes), Some(edges), Some(terms)) = (
        store.get(Tree::Nodes, &key)?,
        store.get(Tree::Edges, &key)?,
        store.get(Tree::Postings, &key)?,
    ) else {
        return Ok(None);
    };
    let parsed = || -> serde_json::Result<Derived> {
        let mut delta: Delta = serde_json::from_slice(&nodes)?;
        delta.edges = serde_json::from_slice(&edges)?;
        Ok(Derived {
            delta,
            terms: serde_json::from_slice(&terms)?,
            embedding: None,
        })
    };
    let Ok(mut derived) = parsed() else {
        return Ok(None);
    };
    if let Some(encoder) = encoder {
        derived.embedding = read_embedding(store, turn, encoder)?;
    }
    Ok(Some(derived))
}

fn read_vectors(
    store: &dyn Store,
    encoder: Option<Encoder>,
    turns: &[Turn],
) -> Result<Option<Vectors>, StoreError> {
    let Some(encoder) = encoder else {
        return Ok(None);
    };
    let mut vectors = Vectors::none_of(encoder);
    for turn in turns {
        if let Some(embedding) = read_embedding(store, turn.id, &vectors.encoder)? {
            vectors.by_turn.insert(turn.id, embedding);
        }
    }
    Ok(Some(vectors))
}

/// A turn's embedding; one of another shape counts as none.
fn read_embedding(
    store: &dyn Store,
    turn: TurnId,
    encoder: &Encoder,
) -> Result<Option<Embedding>, StoreError> {
    let bytes = store.get(Tree::Vectors, &turn.0.to_be_bytes())?;
    Ok(bytes.and_then(|bytes| embedding::from_bytes(&bytes, encoder.dim)))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("what is derived from a turn is plain data")
}
