//! The sentences and values before the reader, each with how likely it is to answer: what
//! doubt and the sets of turns are judged from.

use std::rc::Rc;

use super::ReadError;
use super::ask::Ask;
use super::choose::Told;
use super::desk::Desk;
use super::guess::Guess;
use super::weigh::{Row, ValueFeatures, Weights};

/// Sentences and values, judged one by one for a question.
pub(crate) struct Pieces {
    /// Each sentence's turn and features, and how likely it is.
    pub(super) sentences: Vec<(u32, Row)>,
    pub(super) logits: Vec<f32>,
    /// The values with their features, and how likely each is the answer.
    pub(super) told: Vec<Told>,
    pub(super) values: Vec<ValueFeatures>,
    pub(super) value_logits: Vec<f32>,
    /// The turns of what the answer can be made of, and how likely it is made of each.
    pub(super) operands: Vec<(u32, f32)>,
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
        let (_, told) = self.values(ask, question)?;
        let values = self.value_features(&told, &logits, guess);
        let operands = self.operands(ask, question, guess)?;
        let turn = |line: usize| self.lines[line].turn.id.0;
        let operands = operands.iter().map(|c| (turn(c.line), c.score));
        let sentences = rows.into_iter().enumerate();
        let pieces = Rc::new(Pieces {
            operands: operands.collect(),
            sentences: sentences.map(|(at, row)| (turn(at), row)).collect(),
            value_logits: weights.values.by(self.looking).logits(&values),
            logits,
            told,
            values,
        });
        self.pieces.insert(question.to_owned(), pieces.clone());
        Ok(pieces)
    }
}
