//! The sentences and values before the reader, each with how likely it is to answer: what
//! doubt and the sets of turns are judged from.

use std::rc::Rc;

use super::ReadError;
use super::ask::Ask;
use super::choose::{Told, operands, ranked};
use super::coverage::Coverage;
use super::desk::{Candidate, Desk};
use super::guess::Guess;
use super::weigh::{Row, ValueFeatures};

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
    /// The values that may be given, the likeliest to answer first.
    pub(super) fn answers(&self) -> Vec<Candidate> {
        self.standing(0..self.told.len(), &self.value_logits)
    }

    /// The values that may be given where an answer is made of several, the likeliest first.
    pub(super) fn operands(&self) -> Vec<Candidate> {
        self.standing(operands(&self.told).into_iter(), &self.operand_logits)
    }

    fn standing(&self, places: impl Iterator<Item = usize>, logits: &[f32]) -> Vec<Candidate> {
        let places = places.filter(|at| self.told[*at].stands);
        let (found, logits): (Vec<Candidate>, Vec<f32>) = places
            .map(|at| (self.found[at].clone(), logits[at]))
            .unzip();
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
        let weights = self.weights();
        let logits = weights.sentences.logits(&rows);
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
            value_logits: weights.values.logits(&values),
            logits,
            found,
            told,
            values,
        });
        self.pieces.insert(question.to_owned(), pieces.clone());
        Ok(pieces)
    }
}
