//! What became of a turn: its facts with all their versions, and what conflicts.

use estoppel::memory::Fact;
use estoppel::memory::matter::Why;

use super::mark;
use crate::room::language::Say;
use crate::room::state::State;
use crate::room::text::{Row, Text, Tone};
use crate::room::view::conversation::speaker;

pub(super) fn rows(state: &State, why: &Why, columns: usize) -> Vec<Row> {
    let language = state.language;
    let turn = &why.turn;
    let heading = language.say(
        format!("What became of turn {}", turn.id),
        format!("第{}轮的来龙去脉", turn.id),
    );
    let mut rows = Text::of(heading, Tone::Heading).rows(columns, 0);
    let head = format!(
        "{} {}, {}",
        mark(turn.id),
        speaker(turn, language),
        turn.at.date()
    );
    rows.extend(Text::of(head, Tone::Strong).rows(columns, 0));
    rows.extend(Text::of(&turn.text, Tone::Plain).rows(columns, 2));
    rows.push(Row::blank());
    if why.histories.is_empty() {
        let words = language.say(
            "It states no fact that the record could hold.",
            "其中没有可以入档的事实。",
        );
        rows.extend(Text::of(words, Tone::Dim).rows(columns, 0));
    }
    for history in &why.histories {
        for (place, fact) in history.versions.iter().enumerate() {
            let lead = if place == 0 { "  " } else { "→ " };
            rows.extend(version(lead, fact).rows(columns, 0));
        }
        for fact in &history.contradicting {
            rows.extend(version("≠ ", fact).rows(columns, 0));
        }
        rows.push(Row::blank());
    }
    rows
}

fn version(lead: &str, fact: &Fact) -> Text {
    let tone = if fact.holds() {
        Tone::Strong
    } else {
        Tone::Struck
    };
    Text::of(lead, Tone::Plain)
        .with(format!("{} ", mark(fact.turn)), Tone::Dim)
        .with(format!("{}: ", fact.attribute), Tone::Plain)
        .with(&fact.surface, tone)
}
