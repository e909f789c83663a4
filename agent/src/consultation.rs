//! Consultation files: a scripted consultation with probes and their gold
//! evidence, in JSON.
//!
//! Turns are single messages numbered from 1, the client's odd and counsel's
//! even. A probe is a question that the client asks after the turn that it
//! names; it is no part of the history. [`Consultation::read`] checks all that
//! the format promises, so that what it returns can be played as it is.

use std::fmt;
use std::path::{Path, PathBuf};

use estoppel_memory::{NewTurn, Role};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::language::Language;

/// A scripted consultation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Consultation {
    /// Names the consultation; unique among files that are run together.
    pub id: String,
    /// The language it is held in.
    pub lang: Language,
    /// The area of law, in its own language.
    #[serde(default)]
    pub area: String,
    /// Whose law applies.
    #[serde(default)]
    pub jurisdiction: String,
    /// When it began, local time.
    pub started: DateTime,
    /// What was said, in order.
    pub turns: Vec<ScriptedTurn>,
    /// What is asked about it.
    pub probes: Vec<Probe>,
}

/// One message of a consultation file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ScriptedTurn {
    /// Its number, from 1.
    pub turn: u32,
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub text: String,
    /// When, local time.
    pub at: DateTime,
}

impl ScriptedTurn {
    /// The turn as the memory takes it.
    pub fn to_new(&self) -> NewTurn {
        NewTurn::new(self.role, self.at, self.text.clone())
    }
}

/// A question about the consultation, with what a right answer says and cites.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Probe {
    /// Unique within the file.
    pub id: String,
    /// The turn after which it is asked.
    pub after: u32,
    /// What it tests.
    pub kind: ProbeKind,
    /// The question.
    pub question: String,
    /// A right answer in words, for people.
    #[serde(default)]
    pub answer: String,
    /// Forms of the right value, any of which will do.
    pub accept: Vec<Form>,
    /// Values that are wrong when they are stated as current.
    #[serde(default)]
    pub reject: Vec<String>,
    /// Every turn that a right answer cites, and no more.
    pub evidence: Vec<u32>,
    /// Turns whose statement no longer holds.
    #[serde(default)]
    pub superseded: Vec<u32>,
    /// How the right value comes of what was told, for consultations that are learnt from: figures
    /// with signs between them, days with what is added, or the two days between which it lies.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub working: String,
}

/// What an accepted answer holds: one string, or several together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Form {
    /// This string.
    One(String),
    /// All of these.
    All(Vec<String>),
}

impl Form {
    /// The strings that must all occur.
    pub fn parts(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::All(all) => all,
        }
    }
}

/// What a probe tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeKind {
    /// One fact in one turn.
    Single,
    /// Facts from two or more turns.
    Multi,
    /// Order, duration or date arithmetic.
    Temporal,
    /// A corrected or changed fact.
    Update,
    /// Two statements that cannot both hold and were never resolved.
    Contradiction,
    /// Arithmetic on stated amounts.
    Numeric,
    /// The question names the thing differently from the turn.
    Coreference,
    /// Never said: the record does not say.
    Abstain,
}

impl fmt::Display for ProbeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Single => "single",
            Self::Multi => "multi",
            Self::Temporal => "temporal",
            Self::Update => "update",
            Self::Contradiction => "contradiction",
            Self::Numeric => "numeric",
            Self::Coreference => "coreference",
            Self::Abstain => "abstain",
        };
        f.pad(name)
    }
}

/// A consultation file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsultationError {
    /// The file cannot be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not JSON of the format; the message tells line and column.
    #[error("{}: {source}", file.display())]
    Parse {
        /// The file.
        file: PathBuf,
        /// What and where.
        source: serde_json::Error,
    },
    /// The file breaks a promise of the format.
    #[error("{}: {place}: {reason}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Where: a turn, a probe, or the file as a whole.
        place: String,
        /// What is wrong.
        reason: String,
    },
}

impl Consultation {
    /// Reads and checks a file.
    pub fn read(file: &Path) -> Result<Self, ConsultationError> {
        let bytes = std::fs::read(file).map_err(|source| ConsultationError::Read {
            file: file.into(),
            source,
        })?;
        Self::parse(&bytes, file)
    }

    /// Checks a file's content; `file` is named in errors.
    pub fn parse(json: &[u8], file: &Path) -> Result<Self, ConsultationError> {
        let consultation: Self =
            serde_json::from_slice(json).map_err(|source| ConsultationError::Parse {
                file: file.into(),
                source,
            })?;
        consultation
            .check()
            .map_err(|(place, reason)| ConsultationError::Invalid {
                file: file.into(),
                place,
                reason,
            })?;
        Ok(consultation)
    }

    /// The probes that are asked after this turn, in the file's order.
    pub fn probes_after(&self, turn: u32) -> impl Iterator<Item = &Probe> {
        self.probes.iter().filter(move |probe| probe.after == turn)
    }

    fn check(&self) -> Result<(), (String, String)> {
        let whole = |reason: &str| Err(("the file".to_owned(), reason.to_owned()));
        if self.id.trim().is_empty() {
            return whole("`id` is empty");
        }
        if self.turns.is_empty() {
            return whole("it has no turns");
        }
        for (index, turn) in self.turns.iter().enumerate() {
            check_turn(turn, index as u32 + 1)?;
        }
        let mut seen = std::collections::HashSet::new();
        for probe in &self.probes {
            let place = format!("probe {}", probe.id);
            if !seen.insert(&probe.id) {
                return Err((place, "its id occurs twice".into()));
            }
            self.check_probe(probe).map_err(|reason| (place, reason))?;
        }
        Ok(())
    }

    fn check_probe(&self, probe: &Probe) -> Result<(), String> {
        let last = self.turns.len() as u32;
        if !(1..=last).contains(&probe.after) {
            return Err(format!(
                "`after` is {}, the file has turns 1 to {last}",
                probe.after
            ));
        }
        if probe.question.trim().is_empty() {
            return Err("`question` is empty".into());
        }
        if probe.kind == ProbeKind::Abstain {
            if probe.evidence.is_empty() && probe.accept.is_empty() {
                return Ok(());
            }
            return Err("an abstain probe has no `evidence` and no `accept`".into());
        }
        if probe.evidence.is_empty() || probe.accept.is_empty() {
            return Err(format!(
                "a {} probe needs `evidence` and `accept`",
                probe.kind
            ));
        }
        if probe.kind == ProbeKind::Update && probe.superseded.is_empty() {
            return Err("an update probe names its `superseded` turns".into());
        }
        for &turn in probe.evidence.iter().chain(&probe.superseded) {
            if turn == 0 || turn > probe.after {
                return Err(format!(
                    "it refers to turn {turn}, which is not between 1 and its `after` ({})",
                    probe.after
                ));
            }
        }
        Ok(())
    }
}

fn check_turn(turn: &ScriptedTurn, expected: u32) -> Result<(), (String, String)> {
    let place = format!("turn {expected}");
    if turn.turn != expected {
        return Err((
            place,
            format!("it is numbered {}; turns are numbered 1..n", turn.turn),
        ));
    }
    let role = if expected % 2 == 1 {
        Role::Client
    } else {
        Role::Counsel
    };
    if turn.role != role {
        let (odd, even) = ("the client's", "counsel's");
        return Err((place, format!("odd turns are {odd}, even turns are {even}")));
    }
    if turn.text.trim().is_empty() {
        return Err((place, "`text` is empty".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> serde_json::Value {
        serde_json::json!({
            "id": "sample", "lang": "en", "started": "2025-03-04T09:30:00",
            "turns": [
                {"turn": 1, "role": "client", "text": "I paid $90.", "at": "2025-03-04T09:30:00"},
                {"turn": 2, "role": "counsel", "text": "Noted.", "at": "2025-03-04T09:31:00"}
            ],
            "probes": [
                {"id": "p1", "after": 2, "kind": "single", "question": "How much?",
                 "accept": ["90", ["ninety", "dollars"]], "evidence": [1]}
            ]
        })
    }

    fn parse(value: &serde_json::Value) -> Result<Consultation, ConsultationError> {
        Consultation::parse(value.to_string().as_bytes(), Path::new("sample.json"))
    }

    #[test]
    fn a_good_file_is_read() {
        let read = parse(&sample()).unwrap();
        assert_eq!(read.turns.len(), 2);
        assert_eq!(read.probes_after(2).count(), 1);
        assert_eq!(read.probes[0].accept[1].parts(), ["ninety", "dollars"]);
    }

    #[test]
    fn every_breach_names_file_place_and_reason() {
        type Breach = fn(&mut serde_json::Value);
        let breaches: [(Breach, &str, &str); 8] = [
            (|v| v["turns"][1]["turn"] = 3.into(), "turn 2", "numbered"),
            (
                |v| v["turns"][1]["role"] = "client".into(),
                "turn 2",
                "counsel's",
            ),
            (|v| v["turns"][0]["text"] = "  ".into(), "turn 1", "empty"),
            (
                |v| v["turns"] = serde_json::json!([]),
                "the file",
                "no turns",
            ),
            (
                |v| v["probes"][0]["after"] = 9.into(),
                "probe p1",
                "`after` is 9",
            ),
            (
                |v| v["probes"][0]["evidence"] = serde_json::json!([]),
                "probe p1",
                "evidence",
            ),
            (
                |v| v["probes"][0]["evidence"] = serde_json::json!([7]),
                "probe p1",
                "turn 7",
            ),
            (
                |v| v["probes"][0]["kind"] = "update".into(),
                "probe p1",
                "superseded",
            ),
        ];
        for (breach, place, reason) in breaches {
            let mut broken = sample();
            breach(&mut broken);
            let message = parse(&broken).unwrap_err().to_string();
            for part in ["sample.json", place, reason] {
                assert!(message.contains(part), "{message:?} lacks {part:?}");
            }
        }
    }

    #[test]
    fn an_unknown_kind_is_placed_by_line_and_column() {
        let mut broken = sample();
        broken["probes"][0]["kind"] = "riddle".into();
        let message = parse(&broken).unwrap_err().to_string();
        assert!(
            message.contains("riddle") && message.contains("line 1"),
            "{message}"
        );
    }
}
