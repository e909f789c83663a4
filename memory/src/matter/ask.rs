//! What the matter holds about a question.

use super::Matter;
use super::embedding::{embed_query, encoder_of};
use crate::embed::{EmbedError, Embedder, Embedding};
use crate::retrieve::gat::{Attention, Example, Label};
use crate::retrieve::{Evidence, Question, Ranking, View, attention, retrieve};
use crate::turn::Turn;

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
        mut embedder: Option<&mut dyn Embedder>,
        ranking: Ranking,
        limit: usize,
    ) -> Result<Evidence, EvidenceError> {
        let lent = embedder.as_mut().map(|embedder| &mut **embedder as _);
        let embedding = self.embedded(question, lent)?;
        let nudges = self.nudges(question, embedding.as_ref(), embedder)?;
        let question = Question {
            text: question,
            embedding: embedding.as_ref(),
            nudges: &nudges,
        };
        Ok(retrieve(
            &self.view(self.record.spoken()),
            &question,
            ranking,
            limit,
        ))
    }

    /// What the turns that may answer a question heed of each other, by the attention of
    /// the network.
    pub fn attention(
        &self,
        question: &str,
        embedder: Option<&mut dyn Embedder>,
    ) -> Result<Vec<Attention>, EvidenceError> {
        let embedding = self.embedded(question, embedder)?;
        let question = Question {
            text: question,
            embedding: embedding.as_ref(),
            nudges: &[],
        };
        Ok(attention(&self.view(self.record.spoken()), &question))
    }

    /// The question as a network can be trained on it or measured by it.
    pub fn example(
        &self,
        question: &str,
        embedder: Option<&mut dyn Embedder>,
        label: Label,
    ) -> Result<Example, EvidenceError> {
        self.example_among(self.record.spoken(), question, embedder, label)
    }

    /// The same question of a record that lacks the evidence and everything that
    /// `label` calls outdated, and that therefore does not answer it.
    pub fn example_without(
        &self,
        question: &str,
        embedder: Option<&mut dyn Embedder>,
        label: &Label,
    ) -> Result<Example, EvidenceError> {
        let mut turns = self.record.spoken().to_vec();
        turns.retain(|turn| {
            !label.evidence.contains(&turn.id) && !label.outdated.contains(&turn.id)
        });
        self.example_among(&turns, question, embedder, Label::default())
    }

    fn example_among(
        &self,
        turns: &[Turn],
        question: &str,
        embedder: Option<&mut dyn Embedder>,
        label: Label,
    ) -> Result<Example, EvidenceError> {
        let embedding = self.embedded(question, embedder)?;
        let question = Question {
            text: question,
            embedding: embedding.as_ref(),
            nudges: &[],
        };
        Ok(Example::new(&self.view(turns), &question, label))
    }

    fn view<'a>(&'a self, turns: &'a [Turn]) -> View<'a> {
        View {
            turns,
            graph: self.record.graph(),
            lexical: self.record.lexical(),
            embeddings: self.record.embeddings(),
            network: Some(&self.network),
        }
    }

    /// The question's embedding; none without an embedder or anything to compare it
    /// with.
    fn embedded(
        &self,
        question: &str,
        embedder: Option<&mut dyn Embedder>,
    ) -> Result<Option<Embedding>, EvidenceError> {
        if question.trim().is_empty() {
            return Err(EvidenceError::EmptyQuestion);
        }
        let (Some(embedder), Some(stored)) = (embedder, self.encoder()) else {
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
