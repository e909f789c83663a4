//! What the passage around a correction says of the value that was wrong.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::value::{can_both_hold, same_value};
use crate::extract::property::{DIFFERENCE, are_distinct, is_property};
use crate::extract::{Cue, Extraction, Statement};
use crate::fact::{DatePrecision, Fact, FactId, TimeUnit, Value};

/// What a correction adds to the earlier value that it names itself, be it to
/// reject it, to recall it, or by how far off it was.
const REJECTED: f32 = 3.0;
const RECALLED: f32 = 1.0;
const OFFSET: f32 = 1.5;

/// The other values in the sentence of a correction and those beside it.
pub(super) struct Passage<'a> {
    rejected: Vec<&'a Statement>,
    recalled: Vec<&'a Statement>,
}

impl<'a> Passage<'a> {
    pub(super) fn around(statement: &Statement, extraction: &'a Extraction) -> Self {
        let here = clause_sentence(extraction, statement).unwrap_or(0);
        let near = |s: &&Statement| {
            let there = clause_sentence(extraction, s).unwrap_or(0);
            there.abs_diff(here) <= 1 && s.span != statement.span
        };
        let (rejected, recalled) = extraction
            .statements
            .iter()
            .filter(near)
            .partition(|s| s.cue == Cue::Rejected);
        Self { rejected, recalled }
    }

    /// How plainly the passage itself names the old value.
    pub(super) fn names(&self, new: &Fact, old: &Fact) -> f32 {
        let is_old = |s: &&&Statement| {
            let of_others =
                s.subject != old.subject && !s.subject.is_empty() && !old.subject.is_empty();
            (same_value(&s.value, &old.value)
                || s.cue == Cue::Rejected && of_any_year(&s.value, &old.value)
                || s.cue == Cue::Rejected && covers(&s.value, &old.value))
                && !are_distinct(&s.attribute, &old.attribute)
                && (s.cue == Cue::Rejected || !of_others)
        };
        let off = |s: &&&Statement| {
            s.attribute == DIFFERENCE && is_difference(&s.value, &new.value, &old.value)
        };
        if self.rejected.iter().any(|s| is_old(&s)) {
            REJECTED
        } else if self.recalled.iter().any(|s| off(&s)) {
            OFFSET
        } else if matches!(old.value, Value::Date { .. }) {
            // A date is often told again only to say when something else was.
            0.0
        } else if self.recalled.iter().any(|s| is_old(&s)) {
            RECALLED
        } else {
            0.0
        }
    }
}

/// 不是9月: whether a date without a year names one that was told with it.
fn of_any_year(told: &Value, date: &Value) -> bool {
    match (told, date) {
        (
            Value::Date {
                date: a,
                precision: p,
                inferred: true,
            },
            Value::Date {
                date: b,
                precision: q,
                ..
            },
        ) => p == q && *p != DatePrecision::Year && (a.month(), a.day()) == (b.month(), b.day()),
        _ => false,
    }
}

/// "not 2016": whether a year or month names the date in it.
fn covers(told: &Value, date: &Value) -> bool {
    let coarse = matches!(
        told,
        Value::Date { precision, .. } if *precision != DatePrecision::Day
    );
    coarse && matches!(date, Value::Date { .. }) && can_both_hold(told, date)
}

/// "I was two days out": whether a duration is just how far two dates are apart.
fn is_difference(duration: &Value, a: &Value, b: &Value) -> bool {
    let (Value::Duration { count, unit }, Value::Date { date: a, .. }, Value::Date { date: b, .. }) =
        (duration, a, b)
    else {
        return false;
    };
    let days = match unit {
        TimeUnit::Day => *count,
        TimeUnit::Week => *count * Decimal::from(7),
        _ => return false,
    };
    days == Decimal::from((*b - with_year_of(*b, *a)).get_days().abs())
}

/// The sentence that a statement stands in.
pub(super) fn clause_sentence(extraction: &Extraction, statement: &Statement) -> Option<u32> {
    let clause = extraction
        .clauses
        .iter()
        .find(|c| c.span == statement.clause);
    clause.map(|c| c.sentence)
}

/// A day of the year moved into the year of another date.
fn with_year_of(other: Date, date: Date) -> Date {
    Date::new(other.year(), date.month(), date.day()).unwrap_or(date)
}

/// A date that corrects another is of the same year where its own was inferred.
pub(super) fn take_years(superseded: &[(FactId, FactId)], known: &[Fact], new: &mut [Fact]) {
    for fact in new {
        let old = superseded
            .iter()
            .find(|(_, by)| *by == fact.id)
            .map(|(old, _)| old);
        let old = old
            .and_then(|old| known.get(old.0 as usize))
            .map(|old| &old.value);
        if let Value::Date {
            date,
            inferred: true,
            ..
        } = &mut fact.value
            && let Some(Value::Date {
                date: told,
                inferred: false,
                ..
            }) = old
            && date.year() != told.year()
            && date.month().abs_diff(told.month()) <= 2
        {
            *date = with_year_of(*told, *date);
        }
    }
}

/// "It's seventy-one hours": what a correction is of, where it doesn't say so itself,
/// is what it corrects.
pub(super) fn take_properties(superseded: &[(FactId, FactId)], known: &[Fact], new: &mut [Fact]) {
    for fact in new.iter_mut().filter(|fact| !is_property(&fact.attribute)) {
        let old = superseded.iter().find(|(_, by)| *by == fact.id);
        let Some(old) = old.and_then(|(old, _)| known.get(old.0 as usize)) else {
            continue;
        };
        if !old.attribute.is_empty() {
            fact.attribute.clone_from(&old.attribute);
            fact.subject.clone_from(&old.subject);
        }
    }
}
