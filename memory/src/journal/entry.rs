//! What a journal holds.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::mark::Mark;
use crate::turn::{NewTurn, Role, Turn, TurnId};

/// One entry of a journal. Turns are in order of their numbers, which go up by one; a
/// mark stands behind the turn that it is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// Something was said.
    Turn(Turn),
    /// Something was said that has been forgotten since.
    Forgotten(Tombstone),
    /// A citation was marked, or a mark taken back.
    Mark(Mark),
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

/// The name of the kind that is no turn.
pub(super) const MARK: &str = "mark";

impl Entry {
    /// The names of all kinds, as they stand in `type`.
    pub(crate) const KINDS: [&str; 3] = ["turn", "forgotten", MARK];

    /// The turn that the entry stands for, if it stands for one.
    pub fn turn(&self) -> Option<TurnId> {
        match self {
            Self::Turn(turn) => Some(turn.id),
            Self::Forgotten(tombstone) => Some(tombstone.id),
            Self::Mark(_) => None,
        }
    }

    /// Whether it can stand behind `turns` turns.
    pub(crate) fn follows(&self, turns: u32) -> bool {
        match self {
            Self::Mark(mark) => (1..=turns).contains(&mark.turn.0),
            entry => entry.turn() == Some(TurnId(turns + 1)),
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

/// A forgotten turn has no text and no speaker.
impl From<Tombstone> for Turn {
    fn from(tombstone: Tombstone) -> Self {
        let Tombstone {
            id,
            role,
            session,
            at,
        } = tombstone;
        Self {
            id,
            said: NewTurn {
                session,
                ..NewTurn::new(role, at, "")
            },
        }
    }
}
