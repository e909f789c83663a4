//! The words around a value, and what its form tells of how surely it was told.

use std::sync::LazyLock;

use estoppel_memory::Value;
use regex::Regex;

use super::line::Item;

/// The text right beside a value, more of it before than after.
pub(super) fn beside<'t>(text: &'t str, item: &Item) -> &'t str {
    const BEFORE: usize = 45;
    const AFTER: usize = 24;
    let start = floor(text, item.span.start.saturating_sub(BEFORE));
    let end = floor(text, (item.span.end + AFTER).min(text.len()));
    &text[start..end]
}

/// Whether a day was told only by its number, or from another day.
pub(super) fn is_vague(item: &Item) -> bool {
    static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:after|before|later|earlier)\b|次日|第二天|[当那]天|[前后]天$")
            .expect("the pattern is valid")
    });
    if BESIDE.is_match(&item.surface) && matches!(item.value, Value::Date { .. }) {
        return true;
    }
    let bare = item
        .surface
        .trim_start_matches("the ")
        .trim_end_matches(['号', '日']);
    let bare = bare.trim_end_matches(char::is_alphabetic);
    let is_day = matches!(item.value, Value::Date { inferred: true, .. });
    is_day && !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit())
}

/// Whether a value is a number that counts nothing that is named.
pub(super) fn is_plain(value: &Value) -> bool {
    matches!(value, Value::Quantity { unit, .. } if unit.is_empty())
}

/// The last place at or before this one where a character begins.
fn floor(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}
