//! The sentences and values before the reader, each with how likely it is to answer: what
//! doubt and the sets of turns are judged from.

use std::rc::Rc;

use super::ReadError;
use super::ask::Ask;
use super::choose::{Told, operands, ranked};
use super::coverage::Coverage;
use super::desk::{Candidate, Desk};
use super::guess::Guess;
use super::weigh::{Row, ValueFeatures, Weights};

/// Sentences and values, judged one by one for a question.
pub(crate) struct Pieces {
    /// Each sentence's turn and features, and how likely it is.
    pub(super) sentences: Vec<(u32, Row)>,
    pub(super) logits: Vec<f32>,
    /// The values with what is known of each, and how likely each is the answer, and what the
    /// answer is made of.
    pub(super) found: Vec<Candidate>,
    pub(super) told: Vec<Told>,
    pub(super) values: Vec<ValueFeatures>,
    pub(super) value_logits: Vec<f32>,
    pub(super) operand_logits: Vec<f32>,
    /// What the question's tokens find in each turn, and in the clause of each value.
    pub(super) coverage: Coverage,
    pub(super) coverage_of_values: Coverage,
}

impl Pieces {
    /// The values, the likeliest to answer first.
    pub(super) fn answers(&self) -> Vec<Candidate> {
        ranked(&self.found, &self.value_logits)
    }

    /// The values that an answer may be made of, the likeliest first.
    pub(super) fn operands(&self) -> Vec<Candidate> {
        let places = operands(&self.told);
        let found: Vec<Candidate> = places.iter().map(|at| self.found[*at].clone()).collect();
        let logits: Vec<f32> = places.iter().map(|at| self.operand_logits[*at]).collect();
        ranked(&found, &logits)
    }
}

impl Desk<'_> {
    /// What is before the reader for a question; `ask` and `guess` are what its words tell.
    pub(super) fn pieces(
        &mut self,
        ask: &Ask,
        question: &str,
        guess: &Guess,
    ) -> Result<Rc<Pieces>, ReadError> {
        if let Some(known) = self.pieces.get(question) {
            return Ok(known.clone());
        }
        let rows = self.rows(ask, question)?;
        let weights = Weights::shipped();
        let logits = weights.sentences.by(self.looking).logits(&rows);
        let (found, told) = self.values(ask, question)?;
        let values = self.value_features(&told, &logits, guess);
        let coverage = self.coverage(question)?;
        let coverage_of_values = self.coverage_of(&found, question)?;
        let turn = |line: usize| self.lines[line].turn.id.0;
        let sentences = rows.into_iter().enumerate();
        let pieces = Rc::new(Pieces {
            coverage,
            coverage_of_values,
            operand_logits: self.operand_logits(&told, &logits, guess),
            sentences: sentences.map(|(at, row)| (turn(at), row)).collect(),
            value_logits: weights.values.by(self.looking).logits(&values),
            logits,
            found,
            told,
            values,
        });
        self.pieces.insert(question.to_owned(), pieces.clone());
        Ok(pieces)
    }
}
