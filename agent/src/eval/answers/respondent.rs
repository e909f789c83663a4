//! What can be played a consultation and asked about it.

use std::fmt;

use estoppel_memory::NewTurn;
use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::answering::Event;
use crate::error::AskError;

/// A system whose answers are measured, all over the same weights.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// The last turns in the context.
    Window,
    /// Every turn in the context.
    Full,
    /// The turns that share the question's words, quoted in the prompt.
    Bm25,
    /// The turns nearest to the question in meaning, quoted in the prompt.
    Dense,
    /// [`Agent`].
    #[default]
    Estoppel,
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Window => "window",
            Self::Full => "full",
            Self::Bm25 => "bm25",
            Self::Dense => "dense",
            Self::Estoppel => "estoppel",
        })
    }
}

/// The events of one answer, the last of which is [`Event::Done`].
pub type Events<'a> = Box<dyn Iterator<Item = Result<Event, AskError>> + 'a>;

/// Something that is told a consultation turn by turn and asked about it.
pub trait Respondent {
    /// Which system it is.
    fn system(&self) -> System;

    /// Takes a turn as it is.
    fn hear(&mut self, turn: NewTurn) -> Result<(), AskError>;

    /// Reads what it was told and has not read yet. `progress` is told how many tokens
    /// were read, of how many, and stops it by answering false.
    fn read_ahead(
        &mut self,
        progress: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<(), AskError>;

    /// Answers a question that leaves no trace.
    fn probe<'a>(&'a mut self, question: &str) -> Result<Events<'a>, AskError>;
}

impl Respondent for Agent {
    fn system(&self) -> System {
        System::Estoppel
    }

    fn hear(&mut self, turn: NewTurn) -> Result<(), AskError> {
        self.remember(turn).map(drop)
    }

    fn read_ahead(
        &mut self,
        progress: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<(), AskError> {
        Self::read_ahead(self, progress)
    }

    fn probe<'a>(&'a mut self, question: &str) -> Result<Events<'a>, AskError> {
        Ok(Box::new(Self::probe(self, question)?))
    }
}
