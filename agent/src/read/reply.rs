//! Answers that are stated from the record without a model, in the question's language.

use std::sync::LazyLock;

use estoppel_memory::fact::DatePrecision;
use estoppel_memory::{TurnId, Value};
use jiff::civil::Date;
use regex::Regex;
use rust_decimal::Decimal;

use super::desk::{Candidate, Desk};
use crate::language::Language;
use crate::phrases::{day, phrases};

/// An answer with the turns that it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) turns: Vec<TurnId>,
    /// Turns that say what was corrected.
    pub(crate) history: Vec<TurnId>,
}

impl Reply {
    /// That the record does not say.
    pub(crate) fn declined(language: Language) -> Self {
        Self {
            text: phrases(language).declined.to_owned(),
            ..Self::default()
        }
    }

    /// Whether it says that the record does not say.
    pub(crate) fn declines(&self) -> bool {
        self.turns.is_empty()
    }

    /// The same, resting on some more turns.
    pub(crate) fn with(mut self, turns: impl IntoIterator<Item = TurnId>) -> Self {
        for turn in turns {
            if !self.turns.contains(&turn) && !self.history.contains(&turn) {
                self.turns.push(turn);
            }
        }
        self.turns.sort_unstable();
        self
    }

    /// Several answers as one.
    pub(crate) fn joined(replies: Vec<Self>, language: Language) -> Self {
        let mut joined = Self::default();
        let mut texts = Vec::new();
        for reply in replies {
            let text = reply.text.trim_end_matches(stop(language)).to_owned();
            if !texts.contains(&text) {
                texts.push(text);
            }
            joined.turns.extend(reply.turns);
            joined.history.extend(reply.history);
        }
        joined.turns.sort_unstable();
        joined.turns.dedup();
        joined.text = texts.join(between(language)) + stop(language);
        joined
    }

    /// Several values of the record.
    pub(crate) fn values(desk: &Desk<'_>, candidates: &[Candidate], language: Language) -> Self {
        let text = |c: &Candidate| written(&c.item.value, &c.item.surface, language);
        let texts: Vec<String> = candidates.iter().map(text).collect();
        let mut turns: Vec<TurnId> = candidates
            .iter()
            .map(|c| desk.lines[c.line].turn.id)
            .collect();
        turns.dedup();
        Self {
            text: texts.join(between(language)) + stop(language),
            turns,
            history: Vec::new(),
        }
    }

    /// What a turn says, and what was said before and taken back.
    pub(crate) fn corrected(
        text: &str,
        turn: TurnId,
        before: &[(&str, TurnId)],
        language: Language,
    ) -> Self {
        let note = before.last().map(|(old, _)| corrected_note(old, language));
        Self {
            text: format!("{text}{}{}", note.unwrap_or_default(), stop(language)),
            turns: vec![turn],
            history: before
                .iter()
                .map(|(_, old)| *old)
                .filter(|old| *old != turn)
                .collect(),
        }
    }

    /// One value of the record, with what it corrected.
    pub(crate) fn value(desk: &Desk<'_>, candidate: &Candidate, language: Language) -> Self {
        let turn = desk.lines[candidate.line].turn;
        let mut text = written(&candidate.item.value, &candidate.item.surface, language);
        if let Some(note) = relative(candidate, turn.at.date(), language) {
            text.push_str(&note);
        }
        let corrected = desk.corrected(candidate.line, &candidate.item);
        let mut history = Vec::new();
        if let Some(old) = corrected
            .iter()
            .rev()
            .find(|old| old.value != candidate.item.value)
        {
            let old_text = written(&old.value, &old.surface, language);
            text.push_str(&corrected_note(&old_text, language));
            history.extend(
                corrected
                    .iter()
                    .map(|old| old.turn)
                    .filter(|t| *t != turn.id),
            );
        }
        text.push_str(stop(language));
        Self {
            text,
            turns: vec![turn.id],
            history,
        }
    }
}

fn corrected_note(old: &str, language: Language) -> String {
    match language {
        Language::En => format!(" (earlier {old}, since corrected)"),
        Language::Zh => format!("（最初说的{old}已更正）"),
    }
}

/// What was said, between quotation marks of the language.
pub(crate) fn quoted(text: &str, language: Language) -> String {
    let text = text.trim().trim_end_matches(['.', '。', ',', '，']);
    match language {
        Language::En => format!("“{}”", text.trim_matches('"')),
        Language::Zh => format!("“{}”", text.trim_matches('"')),
    }
}

/// The mark between answers.
fn between(language: Language) -> &'static str {
    match language {
        Language::En => "; ",
        Language::Zh => "；",
    }
}

/// The mark that ends a sentence.
pub(crate) fn stop(language: Language) -> &'static str {
    match language {
        Language::En => ".",
        Language::Zh => "。",
    }
}

/// A value as it is written in an answer: days in full, all else as it was said.
pub(crate) fn written(value: &Value, surface: &str, language: Language) -> String {
    match value {
        Value::Date {
            date, precision, ..
        } => dated(*date, *precision, language),
        Value::Money { amount, .. } if is_clipped(surface) => {
            format!("{}万元", (amount / Decimal::from(10_000)).normalize())
        }
        Value::Money { .. } if language == Language::Zh && is_bare(surface) => {
            format!("{surface}元")
        }
        _ => surface.to_owned(),
    }
}

/// Whether an amount lacks its unit.
fn is_bare(surface: &str) -> bool {
    surface.ends_with(|c: char| c.is_ascii_digit() || "万千百十亿".contains(c))
        && !surface.starts_with(|c: char| "£$€¥￥".contains(c))
}

/// Whether an amount in ten thousands leaves the unit of its last digit out, as 两万八 does:
/// with a unit after it, it would read as another.
fn is_clipped(surface: &str) -> bool {
    static CLIPPED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("万[1-9一二两三四五六七八九]$").expect("the pattern is valid"));
    CLIPPED.is_match(surface)
}

fn dated(date: Date, precision: DatePrecision, language: Language) -> String {
    match (precision, language) {
        (DatePrecision::Day, _) => day(date, language),
        (DatePrecision::Month, Language::En) => date.strftime("%B %Y").to_string(),
        (DatePrecision::Month, Language::Zh) => format!("{}年{}月", date.year(), date.month()),
        (DatePrecision::Year, Language::En) => date.year().to_string(),
        (DatePrecision::Year, Language::Zh) => format!("{}年", date.year()),
    }
}

/// How a relative day was reckoned.
fn relative(candidate: &Candidate, said: Date, language: Language) -> Option<String> {
    let inferred = matches!(candidate.item.value, Value::Date { inferred: true, .. });
    let surface = &candidate.item.surface;
    if !inferred || surface.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let said = day(said, language);
    Some(match language {
        Language::En => format!(" (“{surface}”, said on {said})"),
        Language::Zh => format!("（{said}说的“{surface}”）"),
    })
}
