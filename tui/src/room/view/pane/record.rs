//! Facts, dates and parties, an item each.

use estoppel::Language;
use estoppel::memory::Fact;
use estoppel::memory::fact::DatePrecision;

use super::mark;
use crate::room::language::Say;
use crate::room::state::{Dated, Entry, Party};
use crate::room::text::{Text, Tone};

/// Turns of a party that are named.
const NAMED: usize = 8;

/// A fact that holds; below it what it replaced, and what conflicts with it.
pub(super) fn entry(entry: &Entry, language: Language) -> Text {
    let fact = &entry.fact;
    let mut text = Text::of(what(fact), Tone::Plain)
        .with(&fact.surface, Tone::Strong)
        .with(format!(" {}", mark(fact.turn)), Tone::Dim);
    for earlier in &entry.before {
        text.push("\n", Tone::Plain);
        text.push(language.say("  was ", "  原为 "), Tone::Dim);
        text.push(&earlier.surface, Tone::Struck);
        let corrected = language.say(" corrected", " 已更正");
        text.push(format!(" {}{corrected}", mark(earlier.turn)), Tone::Dim);
    }
    for other in &entry.against {
        let words = language.say("\n  ≠ conflicts with ", "\n  ≠ 与此冲突：");
        text.push(words, Tone::Doubt);
        text.push(
            format!("{} {}", other.surface, mark(other.turn)),
            Tone::Doubt,
        );
    }
    text
}

fn what(fact: &Fact) -> String {
    let named = [fact.subject.as_str(), &fact.attribute].into_iter();
    let named: Vec<_> = named.filter(|part| !part.is_empty()).collect();
    match named.is_empty() {
        true => String::new(),
        false => format!("{}: ", named.join(", ")),
    }
}

/// A date and what it dates.
pub(super) fn dated(dated: &Dated) -> Text {
    let date = dated.date;
    let day = match dated.precision {
        DatePrecision::Day => date.to_string(),
        DatePrecision::Month => format!("{:04}-{:02}", date.year(), date.month()),
        DatePrecision::Year => format!("{:04}", date.year()),
    };
    Text::of(format!("{day:<12}"), Tone::Strong)
        .with(&dated.clause, Tone::Plain)
        .with(format!(" {}", mark(dated.turn)), Tone::Dim)
}

/// A party, its other names, and where it is mentioned.
pub(super) fn party(party: &Party, language: Language) -> Text {
    let mut text = Text::of(&party.name, Tone::Strong);
    if !party.aliases.is_empty() {
        let aliases = party.aliases.join(language.say(", ", "、"));
        text.push(
            language.say(format!(" ({aliases})"), format!("（{aliases}）")),
            Tone::Plain,
        );
    }
    for turn in party.turns.iter().take(NAMED) {
        text.push(format!(" {}", mark(*turn)), Tone::Dim);
    }
    if let Some(more @ 1..) = party.turns.len().checked_sub(NAMED) {
        let words = language.say(format!(" and {more} more"), format!(" 等另外{more}轮"));
        text.push(words, Tone::Dim);
    }
    text
}
