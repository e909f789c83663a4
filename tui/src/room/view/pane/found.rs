//! A turn that was searched for.

use estoppel::memory::RankedTurn;

use super::{mark, told};
use crate::room::language::Say;
use crate::room::state::State;
use crate::room::text::{Text, Tone};
use crate::room::view::conversation::speaker;

/// Characters of a turn that are shown.
const SHOWN: usize = 160;

pub(super) fn found(state: &State, found: &RankedTurn) -> Text {
    let language = state.language;
    let mut text = Text::of(mark(found.turn), Tone::Strong);
    if let Some(turn) = state.talk.record.turn(found.turn) {
        let who = speaker(turn, language);
        text.push(format!(" {who}, {}  ", turn.at.date()), Tone::Dim);
        text.push(beginning(&turn.text), Tone::Plain);
    }
    let reasons: Vec<_> = found
        .reasons
        .iter()
        .map(|reason| told(reason, language))
        .collect();
    if !reasons.is_empty() {
        let reasons = reasons.join(language.say("; ", "；"));
        text.push(format!("\n{reasons}"), Tone::Dim);
    }
    text
}

/// A text on one line, cut where it is long.
pub(super) fn beginning(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.replace('\n', " ")
}
