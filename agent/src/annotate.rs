//! What a quoted turn's reader must know beside its words: the day that a
//! relative date means, and that a value was corrected or is contradicted.

use std::collections::BTreeMap;

use estoppel_memory::extract::{self, MentionKind};
use estoppel_memory::fact::DatePrecision;
use estoppel_memory::{Fact, Turn, Value};

use crate::language::Language;
use crate::phrases::{day, phrases};

/// The turn's text with notes in brackets behind the values they concern.
pub(crate) fn annotate(turn: &Turn, facts: &[Fact]) -> String {
    let language = Language::of(&turn.text);
    let mut notes: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for mention in extract::extract(&turn.text, turn.at).mentions {
        if let MentionKind::Value(Value::Date {
            date,
            precision: DatePrecision::Day,
            inferred: true,
        }) = mention.kind
        {
            note(&mut notes, mention.span.end, day(date, language));
        }
    }
    for fact in facts.iter().filter(|fact| fact.turn == turn.id) {
        let Some(at) = place(turn, fact) else {
            continue;
        };
        if !fact.holds() {
            note(&mut notes, at, phrases(language).superseded.into());
        } else if !fact.contradicts.is_empty() {
            note(&mut notes, at, phrases(language).conflicting.into());
        }
    }
    insert(&turn.text, &notes)
}

fn note(notes: &mut BTreeMap<usize, Vec<String>>, at: usize, text: String) {
    let here = notes.entry(at).or_default();
    if !here.contains(&text) {
        here.push(text);
    }
}

/// Where in the turn the fact's value ends.
fn place(turn: &Turn, fact: &Fact) -> Option<usize> {
    let clause = turn.text.get(fact.clause.clone())?;
    let at = clause.find(&fact.surface)?;
    Some(fact.clause.start + at + fact.surface.len())
}

fn insert(text: &str, notes: &BTreeMap<usize, Vec<String>>) -> String {
    let mut annotated = String::with_capacity(text.len() + 24 * notes.len());
    let mut from = 0;
    for (&at, here) in notes {
        annotated.push_str(&text[from..at]);
        annotated.push_str(&format!(" ({})", here.join("; ")));
        from = at;
    }
    annotated.push_str(&text[from..]);
    annotated
}

#[cfg(test)]
mod tests {
    use estoppel_memory::{FactId, NewTurn, Role, TurnId};
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_superseded_value_is_marked_where_it_stands() {
        let text = "The deposit was £1,385, I think.";
        let at = date(2024, 3, 5).at(9, 0, 0, 0);
        let turn = Turn {
            id: TurnId(1),
            said: NewTurn::new(Role::Client, at, text),
        };
        let fact = Fact {
            id: FactId(0),
            subject: String::new(),
            attribute: "deposit".into(),
            value: Value::Money {
                amount: 1385.into(),
                currency: Some("GBP".into()),
            },
            surface: "£1,385".into(),
            clause: 0..23,
            turn: TurnId(1),
            stated: at,
            superseded_by: Some(FactId(4)),
            contradicts: Vec::new(),
        };
        assert_eq!(
            annotate(&turn, &[fact]),
            "The deposit was £1,385 (wrong, corrected later), I think."
        );
    }
}
