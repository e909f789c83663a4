//! A turn around the last answer: how much the model attended to it, why it was found,
//! and how the graph links it to the others.

use estoppel::Language;
use estoppel::memory::graph::EdgeKind;

use super::found::beginning;
use super::{mark, told};
use crate::room::language::Say;
use crate::room::state::{Near, State};
use crate::room::text::{Text, Tone};

/// Columns of a whole bar.
const BAR: usize = 10;

pub(super) fn near(state: &State, near: &Near) -> Text {
    let language = state.language;
    let mut text = Text::of(format!("{:<5}", mark(near.turn)), Tone::Strong);
    match near.attention {
        Some(0.0) => text.push(language.say("cited", "已引用"), Tone::Cite(0)),
        Some(share) => {
            let filled = (share * BAR as f32).round() as usize;
            let bar = "█".repeat(filled.min(BAR)) + &"░".repeat(BAR.saturating_sub(filled));
            text.push(bar, Tone::Cite(0));
            text.push(format!(" {:.0} %", share * 100.0), Tone::Plain);
        }
        None => text.push(language.say("not cited", "未引用"), Tone::Dim),
    }
    if let Some(turn) = state.talk.record.turn(near.turn) {
        text.push(format!("\n{}", beginning(&turn.text)), Tone::Plain);
    }
    for reason in &near.reasons {
        text.push(format!("\n· {}", told(reason, language)), Tone::Dim);
    }
    for (turn, kind) in &near.links {
        let link = format!("\n─ {} {}", named(*kind, language), mark(*turn));
        text.push(link, Tone::Dim);
    }
    text
}

/// What an edge between two turns says.
fn named(kind: EdgeKind, language: Language) -> &'static str {
    let (en, zh) = match kind {
        EdgeKind::Next => ("beside", "相邻"),
        EdgeKind::Answers => ("answers, or is answered by", "问答"),
        EdgeKind::SameSpeaker => ("same speaker as", "同一说话人"),
        EdgeKind::Mentions => ("mentions the same as", "提到同一对象"),
        EdgeKind::Contradicts => ("conflicts with", "冲突"),
        EdgeKind::Corrects => ("corrects, or is corrected by", "更正"),
        EdgeKind::Similar => ("similar to", "相似"),
        EdgeKind::SharesTerm => ("shares a rare word with", "共有罕见词"),
        EdgeKind::InSession | EdgeKind::States | EdgeKind::Supersedes | EdgeKind::AliasOf => {
            ("linked to", "相连")
        }
    };
    language.say(en, zh)
}
