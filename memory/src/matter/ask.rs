//! What the matter holds about a question.

use super::Matter;
use super::embedding::{embed_query, encoder_of};
use crate::embed::{EmbedError, Embedder};
use crate::retrieve::{Evidence, Question, Ranking, View, retrieve};

/// A question could not be looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// Nothing was asked.
    #[error("the question is empty")]
    EmptyQuestion,
    /// The matter's vectors come from another encoder than the question's would.
    #[error(
        "this matter's vectors were made by the encoder {stored}, the question's would be \
         by {given}: embed the matter with {given} first, or ask without an encoder"
    )]
    OtherEncoder {
        /// Id of the matter's encoder.
        stored: String,
        /// Id of the one given.
        given: String,
    },
    /// The encoder failed; without an encoder the question can still be asked.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

impl Matter {
    /// The turns that bear on a question, best first and at most `limit`, the
    /// facts that they state, and why they were found. Leaves no trace.
    ///
    /// Without an embedder retrieval goes by words and graph.
    pub fn evidence(
        &self,
        question: &str,
        embedder: Option<&mut dyn Embedder>,
        ranking: Ranking,
        limit: usize,
    ) -> Result<Evidence, EvidenceError> {
        if question.trim().is_empty() {
            return Err(EvidenceError::EmptyQuestion);
        }
        let vector = match embedder {
            Some(embedder) => self.question_vector(question, embedder)?,
            None => None,
        };
        let spoken = self.record.spoken();
        let view = View {
            turns: &spoken,
            graph: self.record.graph(),
            lexical: self.record.lexical(),
            dense: self.record.dense(),
            network: self.network.as_deref(),
        };
        let question = Question {
            text: question,
            vector: vector.as_deref(),
        };
        Ok(retrieve(&view, &question, ranking, limit))
    }

    /// `None` where there is nothing to compare it with.
    fn question_vector(
        &self,
        question: &str,
        embedder: &mut dyn Embedder,
    ) -> Result<Option<Vec<f32>>, EvidenceError> {
        let Some(stored) = self.encoder() else {
            return Ok(None);
        };
        let given = encoder_of(embedder);
        if *stored != given {
            return Err(EvidenceError::OtherEncoder {
                stored: stored.id.clone(),
                given: given.id,
            });
        }
        Ok(Some(embed_query(embedder, question)?))
    }
}
