//! All that is derived from a matter's turns, in memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::embed::Embedding;
use crate::extract::Extraction;
use crate::graph::{Delta, Graph};
use crate::index::{self, Embeddings, Lexical, TermCounts};
use crate::turn::{Turn, TurnId};

/// Which encoder made a matter's vectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoder {
    /// The encoder's own [id](crate::Embedder::id).
    pub id: String,
    /// Length of its vectors.
    pub dim: usize,
}

/// Vectors of one encoder by turn; not every turn need have one.
#[derive(Debug)]
pub(super) struct Vectors {
    pub(super) encoder: Encoder,
    pub(super) by_turn: BTreeMap<TurnId, Embedding>,
}

impl Vectors {
    pub(super) fn none_of(encoder: Encoder) -> Self {
        Self {
            encoder,
            by_turn: BTreeMap::new(),
        }
    }
}

/// The turns of a matter with graph and indexes over them.
#[derive(Debug, Default)]
pub(super) struct Record {
    turns: Vec<Turn>,
    /// The turns that have not been forgotten, once one has.
    spoken: Option<Vec<Turn>>,
    graph: Graph,
    lexical: Lexical,
    embeddings: Option<(Encoder, Embeddings)>,
}

/// What one turn added to a [`Record`].
#[derive(Debug)]
pub(super) struct Derived {
    pub(super) delta: Delta,
    pub(super) terms: TermCounts,
    pub(super) embedding: Option<Embedding>,
}

impl Record {
    /// An empty record for vectors of an encoder.
    pub(super) fn of(encoder: Option<Encoder>) -> Self {
        let embeddings = encoder.map(|encoder| {
            let embeddings = Embeddings::new(encoder.dim);
            (encoder, embeddings)
        });
        Self {
            embeddings,
            ..Self::default()
        }
    }

    /// Reads a turn: extraction, indexes, links and graph. The embedding, if
    /// any, is of the record's encoder.
    pub(super) fn add(&mut self, turn: Turn, embedding: Option<Embedding>) -> Derived {
        let (extraction, terms) = if turn.is_forgotten() {
            (Extraction::default(), TermCounts::default())
        } else {
            let terms = index::analyse(&index::passage(&turn));
            (self.graph.extract(&turn), terms)
        };
        self.index(&turn, &terms, embedding.as_ref());
        let links = if turn.is_forgotten() {
            Vec::new()
        } else {
            index::links(
                &self.lexical,
                self.embeddings().map(Embeddings::dense),
                turn.id,
            )
        };
        let delta = self.graph.add_turn(&turn, &extraction, &links);
        self.push(turn);
        Derived {
            delta,
            terms,
            embedding,
        }
    }

    /// Takes in a turn that was read before.
    pub(super) fn restore(&mut self, turn: Turn, derived: &Derived) {
        self.index(&turn, &derived.terms, derived.embedding.as_ref());
        self.graph.apply(&derived.delta);
        self.push(turn);
    }

    fn push(&mut self, turn: Turn) {
        match &mut self.spoken {
            Some(spoken) if !turn.is_forgotten() => spoken.push(turn.clone()),
            None if turn.is_forgotten() => self.spoken = Some(self.turns.clone()),
            _ => {}
        }
        self.turns.push(turn);
    }

    fn index(&mut self, turn: &Turn, terms: &TermCounts, embedding: Option<&Embedding>) {
        if !turn.is_forgotten() {
            self.lexical.insert(turn.id, terms);
        }
        if let (Some((_, embeddings)), Some(embedding)) = (&mut self.embeddings, embedding) {
            embeddings.insert(turn.id, embedding);
        }
    }

    /// Makes room for vectors of an encoder, unless there are some of another:
    /// whether vectors of this encoder can be added.
    pub(super) fn accept(&mut self, encoder: &Encoder) -> bool {
        if self.embeddings.is_none() {
            self.embeddings = Some((encoder.clone(), Embeddings::new(encoder.dim)));
        }
        self.encoder() == Some(encoder)
    }

    /// Every turn, the forgotten ones included, so that turn `n` is at `n - 1`.
    pub(super) fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The turns that have not been forgotten.
    pub(super) fn spoken(&self) -> &[Turn] {
        self.spoken.as_ref().unwrap_or(&self.turns)
    }

    pub(super) fn turn(&self, id: TurnId) -> Option<&Turn> {
        self.turns.get((id.0 as usize).checked_sub(1)?)
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(super) fn lexical(&self) -> &Lexical {
        &self.lexical
    }

    pub(super) fn embeddings(&self) -> Option<&Embeddings> {
        self.embeddings.as_ref().map(|(_, embeddings)| embeddings)
    }

    pub(super) fn encoder(&self) -> Option<&Encoder> {
        self.embeddings.as_ref().map(|(encoder, _)| encoder)
    }

    /// The vectors it has, if it has an encoder.
    pub(super) fn vectors(&self) -> Option<Vectors> {
        let (encoder, embeddings) = self.embeddings.as_ref()?;
        let embedding = |turn: &Turn| Some((turn.id, embeddings.embedding(turn.id)?));
        Some(Vectors {
            encoder: encoder.clone(),
            by_turn: self.turns.iter().filter_map(embedding).collect(),
        })
    }

    /// Turns that have a text and no vector.
    pub(super) fn missing_vectors(&self) -> Vec<TurnId> {
        let has = |turn: &Turn| self.embeddings().is_some_and(|e| e.holds(turn.id));
        let missing = self.turns.iter().filter(|t| !t.is_forgotten() && !has(t));
        missing.map(|turn| turn.id).collect()
    }
}
