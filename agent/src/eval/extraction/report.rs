//! What was measured, as JSON and as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use estoppel_memory::TurnId;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::compare::Compared;
use super::labels::Dialogue;
use super::score::{Kind, Score};

/// Scores by language and split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// In the order in which they were first met.
    pub groups: Vec<Group>,
}

/// The dialogues of one language and one split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// As the file says: `en`, `zh`.
    pub lang: String,
    /// As the dialogues say: `dev`, `test`.
    pub split: String,
    /// Turns read.
    pub turns: usize,
    /// What was labelled or found.
    pub kinds: BTreeMap<Kind, Score>,
    /// Every difference, by dialogue.
    pub misses: BTreeMap<String, Vec<Miss>>,
}

/// A label that was not found, or a find without a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// The turn within its dialogue.
    pub turn: TurnId,
    /// Of which kind.
    pub kind: Kind,
    /// What is labelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Report {
    pub(super) fn add(&mut self, lang: &str, dialogue: &Dialogue, compared: Compared) {
        let known = |g: &Group| g.lang == lang && g.split == dialogue.split;
        let at = self.groups.iter().position(known).unwrap_or_else(|| {
            self.groups.push(Group {
                lang: lang.to_owned(),
                split: dialogue.split.clone(),
                turns: 0,
                kinds: BTreeMap::new(),
                misses: BTreeMap::new(),
            });
            self.groups.len() - 1
        });
        let group = &mut self.groups[at];
        group.turns += dialogue.turns.len();
        for (kind, score) in &compared.scores {
            group.kinds.entry(*kind).or_default().add(score);
        }
        if !compared.misses.is_empty() {
            group.misses.insert(dialogue.id.clone(), compared.misses);
        }
    }

    /// Plain text: a table a group, a row a kind.
    pub fn table(&self) -> String {
        let mut out = String::new();
        for (place, group) in self.groups.iter().enumerate() {
            if place > 0 {
                out.push('\n');
            }
            let Group {
                lang, split, turns, ..
            } = group;
            let _ = writeln!(out, "{lang}, {split}: {turns} turns");
            let _ = writeln!(out, "               labels  precision  recall     f1");
            for kind in Kind::ALL {
                let score = group.kinds.get(&kind).copied().unwrap_or_default();
                let _ = writeln!(
                    out,
                    "{kind:<13}  {:>6}  {:>9.3}  {:>6.3}  {:>5.3}",
                    score.labels(),
                    score.precision(),
                    score.recall(),
                    score.f1()
                );
            }
        }
        out
    }
}

/// `{"v":1,"type":"extraction","groups":[…]}`.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("v", &1)?;
        map.serialize_entry("type", "extraction")?;
        map.serialize_entry("groups", &self.groups)?;
        map.end()
    }
}
