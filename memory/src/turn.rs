//! What was said: a turn is one message of one speaker.

use std::fmt;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// The number of a turn within its matter, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TurnId(pub u32);

impl fmt::Display for TurnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which side of the consultation speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person who seeks advice, whose statements make the record.
    Client,
    /// The person or program that advises.
    Counsel,
}

/// A turn that has not been written yet: it has no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTurn {
    /// Who speaks.
    pub role: Role,
    /// The speaker's name, where the source gives one.
    pub speaker: Option<String>,
    /// The session it belongs to, counted from 1; sessions only grow.
    pub session: u32,
    /// When it was said, in the speaker's local time. Relative dates in the
    /// text ("last Friday", 上周五) are resolved against it.
    pub at: DateTime,
    /// What was said, verbatim.
    pub text: String,
}

impl NewTurn {
    /// A turn of session 1 without a speaker's name.
    pub fn new(role: Role, at: DateTime, text: impl Into<String>) -> Self {
        Self {
            role,
            speaker: None,
            session: 1,
            at,
            text: text.into(),
        }
    }
}

/// A turn as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number, dense from 1.
    pub id: TurnId,
    /// What was said, by whom and when.
    #[serde(flatten)]
    pub said: NewTurn,
}

impl Turn {
    /// Whether it was forgotten: it keeps its number, its side and its time, and
    /// has neither text nor speaker. No turn is remembered without a text.
    pub fn is_forgotten(&self) -> bool {
        self.text.is_empty()
    }
}

impl std::ops::Deref for Turn {
    type Target = NewTurn;

    fn deref(&self) -> &NewTurn {
        &self.said
    }
}
