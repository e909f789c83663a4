//! Learning from what a person says of citations.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Matter;
use super::embedding::embed_query;
use super::kept;
use crate::embed::{EmbedError, Embedder, Embedding};
use crate::index::analyse;
use crate::journal::{Entry, JournalError};
use crate::mark::Mark;
use crate::retrieve::{Nudge, likeness, nudges};
use crate::store::Batch;
use crate::turn::{Turn, TurnId};

/// A citation was not marked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarkError {
    /// There is no such turn, or it was forgotten.
    #[error("there is no turn {turn} to mark: the matter has {turns}")]
    NoSuchTurn {
        /// The number given.
        turn: TurnId,
        /// How many there are.
        turns: usize,
    },
    /// A mark counts for questions like the one that it was made for.
    #[error("a mark needs the question that the turn was cited for")]
    EmptyQuestion,
    /// It could not be made durable.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The vectors of marked questions, made when first needed.
#[derive(Debug, Default)]
pub(super) struct QuestionVectors(Mutex<HashMap<String, Vec<f32>>>);

impl QuestionVectors {
    fn of(&self, question: &str, embedder: &mut dyn Embedder) -> Result<Vec<f32>, EmbedError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(vector) = known.get(question) {
            return Ok(vector.clone());
        }
        let vector = embed_query(embedder, question)?.vector;
        known.insert(question.to_owned(), vector.clone());
        Ok(vector)
    }
}

impl Matter {
    /// Says whether a turn is right for a question, or takes back what was said of it.
    /// From then on the turn ranks higher or lower, by a
    /// [bounded](crate::retrieve::nudge::MOST) amount, for this question and those near
    /// it in meaning. Durable when this returns.
    ///
    /// Returns whether anything changed: the same mark twice is one.
    ///
    /// # Errors
    ///
    /// Nothing is marked then.
    pub fn mark(&mut self, mark: Mark) -> Result<bool, MarkError> {
        let mark = Mark {
            question: mark.question.trim().to_owned(),
            ..mark
        };
        if mark.question.is_empty() {
            return Err(MarkError::EmptyQuestion);
        }
        if self.turn(mark.turn).is_none_or(Turn::is_forgotten) {
            return Err(MarkError::NoSuchTurn {
                turn: mark.turn,
                turns: self.turns().len(),
            });
        }
        if self.marks.verdict(&mark.question, mark.turn) == mark.verdict {
            return Ok(false);
        }
        if let Some(disk) = &mut self.disk {
            disk.journal.append(&Entry::Mark(mark.clone()))?;
            let mut batch = Batch::new();
            let (matter, position) = (disk.journal.matter(), disk.journal.position());
            kept::put_state(&mut batch, matter, position, self.record.encoder());
            disk.keep(batch);
        }
        self.marks.add(mark);
        Ok(true)
    }

    /// The marks in force, in the order of marking.
    pub fn marks(&self) -> &[Mark] {
        self.marks.as_slice()
    }

    /// What the marks do for a question. Without vectors only those count that were
    /// made for a question of the same words.
    pub(super) fn nudges(
        &self,
        question: &str,
        asked: Option<&Embedding>,
        mut embedder: Option<&mut (dyn Embedder + '_)>,
    ) -> Result<Vec<Nudge>, EmbedError> {
        let marks = self.marks();
        if marks.is_empty() {
            return Ok(Vec::new());
        }
        let words = analyse(question);
        let mean = self.record.embeddings().map(|e| e.dense().mean());
        let mut likenesses = Vec::with_capacity(marks.len());
        for mark in marks {
            let alike = match (asked, &mean, embedder.as_deref_mut()) {
                _ if mark.question == question.trim() => 1.0,
                (Some(asked), Some(mean), Some(embedder)) => {
                    let marked = self.question_vectors.of(&mark.question, embedder)?;
                    likeness(&asked.vector, &marked, mean)
                }
                _ if !words.is_empty() && analyse(&mark.question) == words => 1.0,
                _ => 0.0,
            };
            likenesses.push((mark, alike));
        }
        Ok(nudges(likenesses))
    }
}
