//! What a turn's reader must know beside its words: the day that a relative date
//! means.

use std::collections::BTreeMap;

use estoppel_memory::extract::{self, MentionKind};
use estoppel_memory::fact::DatePrecision;
use estoppel_memory::{Turn, Value};

use crate::language::Language;
use crate::phrases::day;

/// The turn's text with the day in brackets behind each date that the turn's own time
/// completes.
pub(crate) fn annotate(turn: &Turn) -> String {
    let language = Language::of(&turn.text);
    let mut notes: BTreeMap<usize, String> = BTreeMap::new();
    for mention in extract::extract(&turn.text, turn.at).mentions {
        if let MentionKind::Value(Value::Date {
            date,
            precision: DatePrecision::Day,
            inferred: true,
        }) = mention.kind
        {
            notes.insert(mention.span.end, day(date, language));
        }
    }
    insert(&turn.text, &notes)
}

fn insert(text: &str, notes: &BTreeMap<usize, String>) -> String {
    let mut annotated = String::with_capacity(text.len() + 24 * notes.len());
    let mut from = 0;
    for (&at, note) in notes {
        annotated.push_str(&text[from..at]);
        annotated.push_str(&format!(" ({note})"));
        from = at;
    }
    annotated.push_str(&text[from..]);
    annotated
}

#[cfg(test)]
mod tests {
    use estoppel_memory::{NewTurn, Role, TurnId};
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_relative_date_is_followed_by_the_day_it_means() {
        let text = "He paid me yesterday, all of it.";
        let at = date(2024, 3, 5).at(9, 0, 0, 0);
        let turn = Turn {
            id: TurnId(1),
            said: NewTurn::new(Role::Client, at, text),
        };
        assert_eq!(
            annotate(&turn),
            "He paid me yesterday (4 March 2024), all of it."
        );
    }
}
