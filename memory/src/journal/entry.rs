//! What a journal holds.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::turn::{NewTurn, Role, Turn, TurnId};

/// One entry of a journal. Each stands for one turn, in order of their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// Something was said.
    Turn(Turn),
    /// Something was said that has been forgotten since.
    Forgotten(Tombstone),
}

/// What is left of a forgotten turn: its place, and neither its words nor its
/// speaker's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Its number, which is not given again.
    pub id: TurnId,
    /// Which side spoke.
    pub role: Role,
    /// The session it belonged to.
    pub session: u32,
    /// When it was said.
    pub at: DateTime,
}

impl Tombstone {
    /// What remains of a turn.
    pub fn of(turn: &Turn) -> Self {
        Self {
            id: turn.id,
            role: turn.role,
            session: turn.session,
            at: turn.at,
        }
    }
}

impl Entry {
    /// The names of all kinds, as they stand in `type`.
    pub(crate) const KINDS: [&str; 2] = ["turn", "forgotten"];

    /// The turn that the entry stands for.
    pub fn id(&self) -> TurnId {
        match self {
            Self::Turn(turn) => turn.id,
            Self::Forgotten(tombstone) => tombstone.id,
        }
    }
}

/// A turn as the journal keeps it: one without text as its tombstone.
impl From<Turn> for Entry {
    fn from(turn: Turn) -> Self {
        if turn.is_forgotten() {
            Self::Forgotten(Tombstone::of(&turn))
        } else {
            Self::Turn(turn)
        }
    }
}

/// The turn of an entry; a forgotten one has no text and no speaker.
impl From<Entry> for Turn {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Turn(turn) => turn,
            Entry::Forgotten(Tombstone {
                id,
                role,
                session,
                at,
            }) => Turn {
                id,
                said: NewTurn {
                    session,
                    ..NewTurn::new(role, at, "")
                },
            },
        }
    }
}
