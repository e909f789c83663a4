//! What every labelled set is read into.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use estoppel_memory::{NewTurn, TurnId};
use serde::Serialize;

use super::{EvalError, beam, locomo, memdaily, scripted};

/// The layouts of labelled sets that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Our own consultation files.
    Consultation,
    /// LoCoMo (Maharana et al., 2024): one file of several conversations.
    Locomo,
    /// BEAM: a chat file and a questions file beside it.
    Beam,
    /// MemDaily (MemSim; Zhang et al., 2024): trajectories of notes in Chinese.
    Memdaily,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Consultation, Self::Locomo, Self::Beam, Self::Memdaily];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consultation => "consultation",
            Self::Locomo => "locomo",
            Self::Beam => "beam",
            Self::Memdaily => "memdaily",
        }
    }

    /// Whether questions of a kind count in the figures over all questions.
    /// LoCoMo's fifth category asks about the wrong person and stands apart.
    pub fn counts(self, kind: &str) -> bool {
        self != Self::Locomo || kind != locomo::ADVERSARIAL
    }

    /// Reads files of this format.
    ///
    /// A label that names no turn is left out and listed, and so is a question
    /// that has none left; questions that are meant to have no answer carry no
    /// labels and are passed over.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is not of this format.
    pub fn read(self, files: &[PathBuf]) -> Result<Dataset, EvalError> {
        match self {
            Self::Consultation => each(files, scripted::read),
            Self::Locomo => each(files, locomo::read),
            Self::Beam => each(&beam::chats(files), beam::read),
            Self::Memdaily => each(files, memdaily::read),
        }
    }
}

fn each(
    files: &[PathBuf],
    read: impl Fn(&Path) -> Result<Dataset, EvalError>,
) -> Result<Dataset, EvalError> {
    let mut all = Dataset::default();
    for file in files {
        let Dataset { memories, skipped } = read(file)?;
        all.memories.extend(memories);
        all.skipped.extend(skipped);
    }
    Ok(all)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A format was named that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no format {0:?}: use consultation, locomo, beam or memdaily")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(name.into()))
    }
}

/// Memories with their questions, and the labels that could not be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// In the order of the files.
    pub memories: Vec<Memory>,
    /// In the order in which they were met.
    pub skipped: Vec<Skipped>,
}

/// Turns and what is asked about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Names it: the file, with the part of the file where it holds several.
    pub name: String,
    /// What was said, in order; turn `n` of the memory is `turns[n - 1]`.
    pub turns: Vec<NewTurn>,
    /// What is asked, in order of `after`.
    pub questions: Vec<Asked>,
}

/// A question with the turns that hold its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub text: String,
    /// What the set calls this kind of question.
    pub kind: String,
    /// The turns that hold the answer; at least one, none twice.
    pub evidence: Vec<TurnId>,
    /// Turns that say what the evidence has corrected or replaced.
    pub outdated: Vec<TurnId>,
    /// It is asked after this turn; later turns are not known yet.
    pub after: TurnId,
}

/// A label, or all labels of a question, that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The memory.
    pub memory: String,
    /// The question, by its place in the file.
    pub question: String,
    /// What was skipped and why.
    pub label: String,
}
