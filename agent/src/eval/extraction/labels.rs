//! The format of labelled files.

use std::fs;
use std::ops::Range;
use std::path::Path;

use estoppel_memory::fact::{DatePrecision, TimeUnit};
use estoppel_memory::{NewTurn, Role, Turn, TurnId, Value};
use jiff::civil::{Date, DateTime};
use serde::Deserialize;

use super::ExtractionEvalError;

/// A labelled file whose labels have been found in its texts.
pub(super) struct Labelled {
    pub lang: String,
    pub dialogues: Vec<Dialogue>,
}

/// Turns that are one matter.
pub(super) struct Dialogue {
    pub id: String,
    pub split: String,
    pub turns: Vec<LabelledTurn>,
}

/// A turn and what it says.
pub(super) struct LabelledTurn {
    pub turn: Turn,
    pub values: Vec<ValueLabel>,
    pub authorities: Vec<NameLabel>,
    pub parties: Vec<NameLabel>,
    pub supersedes: Vec<Replaced>,
    pub contradicts: Vec<TurnId>,
}

/// A value and what it is stated of.
pub(super) struct ValueLabel {
    pub span: Range<usize>,
    /// Nothing where it isn't judged.
    pub value: Option<Value>,
    pub approximate: bool,
    pub stated: Stated,
}

/// What a value is stated of.
pub(super) enum Stated {
    /// It is not judged whether it is a fact.
    Open,
    /// It is named to be rejected, so it is none.
    Rejected,
    /// Any of these attributes of any of these subjects, or of any where none is named.
    Of {
        attributes: Vec<String>,
        subjects: Vec<String>,
    },
}

/// A party or an authority where it is named; nothing where it isn't judged.
pub(super) struct NameLabel {
    pub span: Range<usize>,
    pub name: Option<String>,
}

/// An earlier value and the one of this turn that replaces it.
pub(super) struct Replaced {
    pub turn: TurnId,
    pub old: Value,
    pub new: Value,
}

impl Labelled {
    pub(super) fn read(file: &Path) -> Result<Self, ExtractionEvalError> {
        let text = fs::read_to_string(file).map_err(|source| ExtractionEvalError::Read {
            file: file.to_owned(),
            source,
        })?;
        let raw: raw::File =
            serde_json::from_str(&text).map_err(|source| ExtractionEvalError::Parse {
                file: file.to_owned(),
                source,
            })?;
        let mut dialogues = Vec::new();
        for dialogue in raw.dialogues {
            let mut turns = Vec::new();
            for (number, turn) in (1..).zip(dialogue.turns) {
                let read = LabelledTurn::read(TurnId(number), turn);
                turns.push(read.map_err(|reason| ExtractionEvalError::Label {
                    file: file.to_owned(),
                    dialogue: dialogue.id.clone(),
                    turn: number,
                    reason,
                })?);
            }
            dialogues.push(Dialogue {
                id: dialogue.id,
                split: dialogue.split,
                turns,
            });
        }
        Ok(Self {
            lang: raw.lang,
            dialogues,
        })
    }
}

impl LabelledTurn {
    fn read(id: TurnId, raw: raw::Turn) -> Result<Self, String> {
        let text = &raw.text;
        let values = places(text, raw.values, |v| &v.text)?;
        let values = values
            .into_iter()
            .map(|(span, raw)| ValueLabel::read(span, raw));
        let names = |labels: Vec<raw::Name>| -> Result<Vec<NameLabel>, String> {
            let placed = places(text, labels, |n| &n.text)?.into_iter();
            let name = |(span, raw): (Range<usize>, raw::Name)| NameLabel {
                span,
                name: raw.name,
            };
            Ok(placed.map(name).collect())
        };
        let replaced = raw.supersedes.into_iter().map(|raw| {
            Ok(Replaced {
                turn: raw.turn,
                old: read_value(&raw.old)?.0,
                new: read_value(&raw.new)?.0,
            })
        });
        Ok(Self {
            values: values.collect::<Result<_, String>>()?,
            authorities: names(raw.authorities)?,
            parties: names(raw.parties)?,
            supersedes: replaced.collect::<Result<_, String>>()?,
            contradicts: raw.contradicts,
            turn: Turn {
                id,
                said: NewTurn::new(raw.role, raw.at, raw.text),
            },
        })
    }
}

impl ValueLabel {
    fn read(span: Range<usize>, raw: raw::Value) -> Result<Self, String> {
        let (value, approximate) = match &raw.value {
            Some(text) => {
                let (value, approximate) = read_value(text)?;
                (Some(value), approximate)
            }
            None => (None, false),
        };
        let stated = if raw.rejected {
            Stated::Rejected
        } else if raw.attribute.is_empty() {
            Stated::Open
        } else {
            Stated::Of {
                attributes: raw.attribute,
                subjects: raw.subject,
            }
        };
        Ok(Self {
            span,
            value,
            approximate,
            stated,
        })
    }
}

/// Labels are in the order of the text: each is looked for behind the one before.
fn places<T>(
    text: &str,
    labels: Vec<T>,
    surface: impl Fn(&T) -> &str,
) -> Result<Vec<(Range<usize>, T)>, String> {
    let mut from = 0;
    labels
        .into_iter()
        .map(|label| {
            let surface = surface(&label);
            let at = text[from..].find(surface);
            let at =
                at.ok_or_else(|| format!("{surface:?} is not in the text, or not in order"))?;
            let span = from + at..from + at + surface.len();
            from = span.end;
            Ok((span, label))
        })
        .collect()
}

/// Reads `GBP 1385`, `2024-03-01`, `2024-03`, `2024`, `5 year`, `15%`, `#AB12`,
/// `3 key`, each perhaps behind a `~` for "about".
fn read_value(text: &str) -> Result<(Value, bool), String> {
    let wrong = || format!("{text:?} is no value");
    let (approximate, bare) = match text.strip_prefix('~') {
        Some(bare) => (true, bare),
        None => (false, text),
    };
    let value = if let Some(id) = bare.strip_prefix('#') {
        Value::Identifier { id: id.to_owned() }
    } else if let Some(percent) = bare.strip_suffix('%') {
        Value::Percent {
            percent: percent.parse().map_err(|_| wrong())?,
        }
    } else if let Some((first, second)) = bare.split_once(' ') {
        match (first.parse(), time_unit(second)) {
            (Ok(count), Some(unit)) => Value::Duration { count, unit },
            (Ok(count), None) => Value::Quantity {
                count,
                unit: second.to_owned(),
            },
            (Err(_), _) => Value::Money {
                amount: second.parse().map_err(|_| wrong())?,
                currency: Some(first.to_owned()),
            },
        }
    } else {
        let (padded, precision) = match bare.len() {
            4 => (format!("{bare}-01-01"), DatePrecision::Year),
            7 => (format!("{bare}-01"), DatePrecision::Month),
            _ => (bare.to_owned(), DatePrecision::Day),
        };
        let date: Date = padded.parse().map_err(|_| wrong())?;
        Value::Date {
            date,
            precision,
            inferred: false,
        }
    };
    Ok((value, approximate))
}

fn time_unit(word: &str) -> Option<TimeUnit> {
    Some(match word {
        "minute" => TimeUnit::Minute,
        "hour" => TimeUnit::Hour,
        "day" => TimeUnit::Day,
        "week" => TimeUnit::Week,
        "month" => TimeUnit::Month,
        "year" => TimeUnit::Year,
        _ => return None,
    })
}

/// The file as it is written.
mod raw {
    use super::{DateTime, Deserialize, Role, TurnId};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct File {
        pub lang: String,
        #[serde(rename = "about")]
        pub _about: String,
        pub dialogues: Vec<Dialogue>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Dialogue {
        pub id: String,
        pub split: String,
        #[serde(rename = "area")]
        pub _area: String,
        pub turns: Vec<Turn>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Turn {
        pub role: Role,
        pub at: DateTime,
        pub text: String,
        #[serde(default)]
        pub values: Vec<Value>,
        #[serde(default)]
        pub authorities: Vec<Name>,
        #[serde(default)]
        pub parties: Vec<Name>,
        #[serde(default)]
        pub supersedes: Vec<Replaced>,
        #[serde(default)]
        pub contradicts: Vec<TurnId>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Value {
        pub text: String,
        pub value: Option<String>,
        #[serde(default)]
        pub rejected: bool,
        #[serde(default)]
        pub attribute: Vec<String>,
        #[serde(default)]
        pub subject: Vec<String>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Name {
        pub text: String,
        #[serde(alias = "party")]
        pub name: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Replaced {
        pub turn: TurnId,
        pub old: String,
        pub new: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_form() {
        for (text, kind) in [
            ("~GBP 1385", "money"),
            ("2024-03-01", "date"),
            ("2024", "date"),
            ("9.5 year", "duration"),
            ("33.33%", "percent"),
            ("#AB12", "identifier"),
            ("3 key", "quantity"),
        ] {
            let (value, approximate) = read_value(text).unwrap();
            let json = serde_json::to_value(&value).unwrap();
            assert_eq!(json["type"], kind, "{text}");
            assert_eq!(approximate, text.starts_with('~'));
        }
        for text in ["", "GBP", "GBP x", "2024-13-01", "soon"] {
            assert!(read_value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn labels_are_found_in_order() {
        let found = places("one two one", vec!["one", "one"], |s| s).unwrap();
        let spans: Vec<Range<usize>> = found.into_iter().map(|(span, _)| span).collect();
        assert_eq!(spans, [0..3, 8..11]);
        assert!(places("one", vec!["one", "one"], |s| s).is_err());
    }
}
