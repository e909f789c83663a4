//! A matter as JSON lines, out and in.
//!
//! One line an entry of the journal, `{"v":1,"type":"turn","id":1,…}`: the turns from
//! 1 without gaps, then the marks, `{"v":1,"type":"mark",…}`.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use super::Matter;
use super::remember::InvalidTurn;
use super::said::entries;
use crate::journal::{Entry, Tombstone};
use crate::turn::{Turn, TurnId};

/// The version that [`Matter::export`] writes, and the last that import reads.
pub const EXPORT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Line {
    v: u32,
    #[serde(flatten)]
    entry: Entry,
}

impl Matter {
    /// The matter as JSON lines without line feeds, one a turn, forgotten ones
    /// as they are, and one a mark in force. [`Matters::import`](crate::Matters::import) takes them in.
    pub fn export(&self) -> impl Iterator<Item = String> + '_ {
        entries(self.turns(), &self.marks).map(|entry| {
            let line = Line {
                v: EXPORT_VERSION,
                entry,
            };
            serde_json::to_string(&line).expect("an entry is plain data")
        })
    }
}

/// A line of an import was refused. No message repeats what the line says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It is not one JSON value.
    #[error("it is not JSON from column {column} on")]
    NotJson {
        /// In bytes from 1.
        column: usize,
    },
    /// It is JSON, but not an entry with its version and type.
    #[error("it is not an entry: \"v\" and \"type\" are needed")]
    NotAnEntry,
    /// A newer version of this program wrote it.
    #[error("it was written by a newer version of this program: update to import it")]
    Newer,
    /// A field is wanting.
    #[error("{0}")]
    MissingField(String),
    /// A field does not hold what it should.
    #[error("a field before column {column} does not hold what it should")]
    BadField {
        /// In bytes from 1.
        column: usize,
    },
    /// Turns are numbered from 1 without gaps.
    #[error("it is turn {found} where turn {expected} is due")]
    OutOfOrder {
        /// The number that is due.
        expected: TurnId,
        /// The number in the line.
        found: TurnId,
    },
    /// It marks what is no turn before it.
    #[error("it marks turn {turn}, and there is no such turn before it")]
    MarksNoTurn {
        /// The number in the line.
        turn: TurnId,
    },
    /// It cannot follow the turns before it.
    #[error(transparent)]
    Invalid(#[from] InvalidTurn),
}

/// Why lines could not be read.
#[derive(Debug)]
pub(crate) enum ReadLinesError {
    Io(io::Error),
    Line(usize, LineFault),
}

/// Reads exported lines; blank ones are passed over.
pub(crate) fn read_lines(mut lines: impl BufRead) -> Result<Vec<Entry>, ReadLinesError> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut last: Option<Turn> = None;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if lines
            .read_until(b'\n', &mut line)
            .map_err(ReadLinesError::Io)?
            == 0
        {
            break;
        }
        let fault = |fault| ReadLinesError::Line(number, fault);
        let text = std::str::from_utf8(&line).map_err(|_| fault(LineFault::NotUtf8))?;
        if text.trim().is_empty() {
            continue;
        }
        let entry = parse(text).map_err(fault)?;
        check(&entry, last.as_ref()).map_err(fault)?;
        match &entry {
            Entry::Turn(turn) => last = Some(turn.clone()),
            Entry::Forgotten(tombstone) => last = Some(tombstone.clone().into()),
            Entry::Mark(_) => {}
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn parse(line: &str) -> Result<Entry, LineFault> {
    #[derive(Deserialize)]
    struct Head {
        v: u32,
        r#type: String,
    }
    let value: serde_json::Value =
        serde_json::from_str(line).map_err(|error| LineFault::NotJson {
            column: error.column(),
        })?;
    let head = Head::deserialize(&value).map_err(|_| LineFault::NotAnEntry)?;
    if head.v > EXPORT_VERSION || !Entry::KINDS.contains(&head.r#type.as_str()) {
        return Err(LineFault::Newer);
    }
    serde_json::from_str(line).map_err(|error| bad_field(&error))
}

/// serde's own message repeats the offending value, except for a missing field.
fn bad_field(error: &serde_json::Error) -> LineFault {
    let message = error.to_string();
    match message.split(" at line").next() {
        Some(missing) if missing.starts_with("missing field") => {
            LineFault::MissingField(missing.to_owned())
        }
        _ => LineFault::BadField {
            column: error.column(),
        },
    }
}

fn check(entry: &Entry, last: Option<&Turn>) -> Result<(), LineFault> {
    let turns = last.map_or(0, |turn| turn.id.0);
    if !entry.follows(turns) {
        return Err(match entry {
            Entry::Mark(mark) => LineFault::MarksNoTurn { turn: mark.turn },
            Entry::Turn(Turn { id, .. }) | Entry::Forgotten(Tombstone { id, .. }) => {
                LineFault::OutOfOrder {
                    expected: TurnId(turns + 1),
                    found: *id,
                }
            }
        });
    }
    match entry {
        Entry::Turn(turn) => Ok(InvalidTurn::check(turn, last)?),
        Entry::Forgotten(_) | Entry::Mark(_) => Ok(()),
    }
}
