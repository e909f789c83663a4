//! What a baseline reads: turns as they were said, and the question.

use estoppel_memory::Turn;
use estoppel_model::{Message, Part, Speaker};

use crate::language::Language;
use crate::phrases::phrases;
use crate::prompt::heading;

/// A turn behind who spoke and when.
pub(super) fn headed(turn: &Turn) -> String {
    let words = phrases(Language::of(&turn.text));
    format!("{}: {}", heading(turn, words), turn.text)
}

/// The instructions in the language of the consultation, and the turns that stand in the
/// context.
pub(super) fn history(consultation: &[Turn], standing: &[Turn]) -> Vec<Message> {
    let Some(first) = consultation.first() else {
        return Vec::new();
    };
    let words = phrases(Language::of(&first.text));
    let system = format!("{}{}", words.system, words.declined);
    let message = |turn: &Turn| Message {
        speaker: Speaker::User,
        parts: vec![marked(turn, headed(turn))],
    };
    std::iter::once(Message::new(Speaker::System, system))
        .chain(standing.iter().map(message))
        .collect()
}

/// The passages, the question and how to answer it.
pub(super) fn question(question: &str, passages: &[Turn]) -> Message {
    let words = phrases(Language::of(question));
    let mut parts: Vec<Part> = passages
        .iter()
        .map(|turn| marked(turn, format!("{}\n", headed(turn))))
        .collect();
    let text = format!("{} {}\n{}", words.question, question.trim(), words.answer);
    parts.push(Part { text, mark: None });
    Message {
        speaker: Speaker::User,
        parts,
    }
}

fn marked(turn: &Turn, text: String) -> Part {
    Part {
        text,
        mark: Some(turn.id.0),
    }
}
