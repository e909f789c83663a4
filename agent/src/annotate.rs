//! What a turn's reader must know beside its words: the day that a relative date
//! means.

use std::collections::BTreeMap;
use std::ops::Range;

use estoppel_memory::extract::{self, MentionKind};
use estoppel_memory::fact::DatePrecision;
use estoppel_memory::{Turn, Value};

use crate::language::Language;
use crate::phrases::day;

/// A text with notes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Annotated {
    pub(crate) text: String,
    /// The notes' bytes in it, in order.
    notes: Vec<Range<usize>>,
}

impl Annotated {
    /// The place in the text without notes of a place in the text with them; notes are
    /// where they were put in.
    pub(crate) fn place(&self, at: usize) -> usize {
        let before = self.notes.iter().take_while(|note| note.start < at);
        at - before
            .map(|note| note.end.min(at) - note.start)
            .sum::<usize>()
    }
}

/// The turn's text with the day in brackets behind each date that the turn's own time
/// completes.
pub(crate) fn annotate(turn: &Turn) -> Annotated {
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

fn insert(text: &str, notes: &BTreeMap<usize, String>) -> Annotated {
    let mut annotated = Annotated {
        text: String::with_capacity(text.len() + 24 * notes.len()),
        notes: Vec::new(),
    };
    let mut from = 0;
    for (&at, note) in notes {
        annotated.text.push_str(&text[from..at]);
        let start = annotated.text.len();
        annotated.text.push_str(&format!(" ({note})"));
        annotated.notes.push(start..annotated.text.len());
        from = at;
    }
    annotated.text.push_str(&text[from..]);
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
        let annotated = annotate(&turn);
        let with_note = "He paid me yesterday (4 March 2024), all of it.";
        assert_eq!(annotated.text, with_note);
        for (note, word) in [("He", "He"), ("(4 March", ","), (", all", ",")] {
            let at = with_note.find(note).expect("it is there");
            assert_eq!(Some(annotated.place(at)), text.find(word), "{note}");
        }
    }
}
