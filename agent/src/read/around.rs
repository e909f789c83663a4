//! The words around a value, and what its form tells of how surely it was told.

use std::ops::Range;
use std::sync::LazyLock;

use estoppel_memory::Value;
use regex::Regex;

use super::line::{Item, Line};

/// What it costs a day to be told only by its number, or from another day.
const VAGUE: f32 = 0.15;

/// The text right beside a value, more of it before than after.
pub(super) fn beside<'t>(text: &'t str, item: &Item) -> &'t str {
    const BEFORE: usize = 45;
    const AFTER: usize = 24;
    let start = floor(text, item.span.start.saturating_sub(BEFORE));
    let end = floor(text, (item.span.end + AFTER).min(text.len()));
    &text[start..end]
}

/// The part of a sentence that a value stands in: from the value before it to the clause
/// of the value after it.
pub(super) fn part_of<'l>(
    line: &'l Line<'_>,
    value: &Range<usize>,
    values: &[Range<usize>],
) -> &'l str {
    let text = &line.turn.text;
    let before = values
        .iter()
        .map(|v| v.end)
        .filter(|end| *end <= value.start);
    let start = before.max().unwrap_or(line.span.start);
    let next = values
        .iter()
        .map(|v| v.start)
        .filter(|start| *start >= value.end);
    let end = next.min().map_or(line.span.end, |next| {
        let mark = text[value.end..next].find([',', ';', ':', '，', '；', '、']);
        mark.map_or(next, |mark| value.end + mark)
    });
    &text[start..end]
}

/// What it costs a day to be told without its month.
pub(super) fn vague(item: &Item) -> f32 {
    static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:after|before|later|earlier)\b|次日|第二天|[当那]天|[前后]天$")
            .expect("the pattern is valid")
    });
    if BESIDE.is_match(&item.surface) && matches!(item.value, Value::Date { .. }) {
        return VAGUE;
    }
    let bare = item
        .surface
        .trim_start_matches("the ")
        .trim_end_matches(['号', '日']);
    let bare = bare.trim_end_matches(char::is_alphabetic);
    let is_day = matches!(item.value, Value::Date { inferred: true, .. });
    match is_day && !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit()) {
        true => VAGUE,
        false => 0.0,
    }
}

/// The last place at or before this one where a character begins.
fn floor(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}
