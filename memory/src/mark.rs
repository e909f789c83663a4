//! What a person says of a citation: that it was right or wrong for a question.

use serde::{Deserialize, Serialize};

use crate::turn::TurnId;

/// Whether a turn answers a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Right,
    /// It doesn't.
    Wrong,
}

/// A verdict on one turn for one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The question, as it was put.
    pub question: String,
    /// The turn that was cited.
    pub turn: TurnId,
    /// `None` takes an earlier verdict back.
    pub verdict: Option<Verdict>,
}

/// The marks in force: one for each question and turn, in the order of marking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(Vec<Mark>);

impl Marks {
    /// A later mark takes the place of an earlier one of the same question and turn.
    pub(crate) fn add(&mut self, mark: Mark) {
        self.0
            .retain(|old| (old.turn, &old.question) != (mark.turn, &mark.question));
        if mark.verdict.is_some() {
            self.0.push(mark);
        }
    }

    /// The verdict on a turn for exactly this question.
    pub(crate) fn verdict(&self, question: &str, turn: TurnId) -> Option<Verdict> {
        let mut marks = self.0.iter();
        let mark = marks.find(|mark| (mark.turn, mark.question.as_str()) == (turn, question));
        mark?.verdict
    }

    /// Removes the marks of a turn.
    pub(crate) fn forget(&mut self, turn: TurnId) {
        self.0.retain(|mark| mark.turn != turn);
    }

    pub(crate) fn as_slice(&self) -> &[Mark] {
        &self.0
    }
}
