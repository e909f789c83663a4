//! A citation that was followed: the turn in context, its words that bear the answer,
//! and why it was found.

use estoppel::memory::{Turn, TurnId, Verdict};
use estoppel::{Language, Standing};

use super::told;
use crate::room::language::Say;
use crate::room::state::{Followed, State};
use crate::room::text::{Row, Text, Tone};
use crate::room::view::conversation::speaker;

/// Turns before and after that give the context.
const CONTEXT: u32 = 1;

pub(super) fn rows(state: &State, followed: &Followed, columns: usize) -> Vec<Row> {
    let language = state.language;
    let record = &state.talk.record;
    let turn = followed.turn;
    let heading = language.say(format!("Cited: turn {turn}"), format!("引用：第{turn}轮"));
    let mut rows = vec![Row::of(heading, Tone::Heading)];
    if let Some(said) = record.turn(turn) {
        rows.extend(in_context(language, said, Some(&followed.quote), columns));
    }
    rows.extend(why(state, followed, columns));
    let around = turn.0.saturating_sub(CONTEXT)..=turn.0 + CONTEXT;
    for said in around
        .filter(|n| *n != turn.0)
        .filter_map(|n| record.turn(TurnId(n)))
    {
        rows.extend(in_context(language, said, None, columns));
    }
    rows
}

fn why(state: &State, followed: &Followed, columns: usize) -> Vec<Row> {
    let language = state.language;
    let mut lines = vec![match followed.standing {
        Standing::Current => Text::of(language.say("It holds.", "现行有效。"), Tone::Plain),
        Standing::Superseded => {
            let later = state.talk.record.graph.corrected_by(followed.turn);
            let by: Vec<_> = later.iter().map(|turn| format!("[{turn}]")).collect();
            let by = by.join(" ");
            let words = language.say(
                format!("Corrected since, by {by}; cited as history."),
                format!("其后已被{by}更正；仅作历史引用。"),
            );
            Text::of(words, Tone::Doubt)
        }
    }];
    // An answer that the record gave by itself was written by no model.
    if followed.attention > 0.0 {
        let share = (followed.attention * 100.0).round();
        lines.push(Text::of(
            language.say(
                format!("The model gave it {share} % of its attention."),
                format!("模型对其注意力占{share}%。"),
            ),
            Tone::Plain,
        ));
    }
    if let Some(verdict) = state.talk.record.verdict(&followed.question, followed.turn) {
        let (en, zh) = match verdict {
            Verdict::Right => (
                "You said: it is right for this question.",
                "您标记：引用正确。",
            ),
            Verdict::Wrong => (
                "You said: it is wrong for this question.",
                "您标记：引用有误。",
            ),
        };
        lines.push(Text::of(language.say(en, zh), Tone::Strong));
    }
    if !followed.reasons.is_empty() {
        lines.push(Text::of(
            language.say("Found because:", "检索依据："),
            Tone::Plain,
        ));
    }
    for reason in &followed.reasons {
        lines.push(Text::of("· ", Tone::Dim).with(told(reason, language), Tone::Plain));
    }
    let mut rows: Vec<_> = lines
        .iter()
        .flat_map(|line| line.rows(columns, 0))
        .collect();
    rows.push(Row::blank());
    rows
}

fn in_context(language: Language, said: &Turn, quote: Option<&str>, columns: usize) -> Vec<Row> {
    let tone = if quote.is_some() {
        Tone::Strong
    } else {
        Tone::Dim
    };
    let head = format!(
        "[{}] {}, {}",
        said.id,
        speaker(said, language),
        said.at.date()
    );
    let mut rows = Text::of(head, tone).rows(columns, 0);
    let text = match quote {
        _ if said.is_forgotten() => Text::of(language.say("(forgotten)", "（已遗忘）"), Tone::Dim),
        Some(quote) => quoted(&said.text, quote),
        None => Text::of(&said.text, Tone::Dim),
    };
    rows.extend(text.rows(columns, 2));
    rows.push(Row::blank());
    rows
}

/// A text in which the quoted words stand out, between marks of their own.
fn quoted(text: &str, quote: &str) -> Text {
    match text.find(quote).filter(|_| !quote.is_empty()) {
        None => Text::of(text, Tone::Plain),
        Some(at) => Text::of(&text[..at], Tone::Plain)
            .with("»", Tone::Strong)
            .with(quote, Tone::Quoted)
            .with("«", Tone::Strong)
            .with(&text[at + quote.len()..], Tone::Plain),
    }
}
