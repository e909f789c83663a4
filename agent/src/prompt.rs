//! What the model reads: the turns that bear on the question, in the order in
//! which they were said, what was corrected, and the question.

use estoppel_memory::{Evidence, Fact, FactId, Role, Turn, TurnId};
use estoppel_model::{Message, Part, Prompt, Speaker};

use crate::annotate::annotate;
use crate::language::Language;
use crate::phrases::{Phrases, day, phrases};

/// How much of the record to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptBudget {
    /// At most this many turns.
    pub turns: usize,
    /// At most this many tokens of quoted turns; the best turn is always shown.
    pub tokens: usize,
}

impl Default for PromptBudget {
    fn default() -> Self {
        Self {
            turns: 6,
            tokens: 900,
        }
    }
}

/// The turns to show: the best within the budget, in the order of the record.
pub(crate) fn choose<'a>(
    evidence: &Evidence,
    turns: &'a [Turn],
    budget: PromptBudget,
    count_tokens: impl Fn(&str) -> usize,
) -> Vec<&'a Turn> {
    let mut left = budget.tokens;
    let mut shown: Vec<&Turn> = Vec::new();
    for ranked in evidence.turns.iter().take(budget.turns) {
        let Some(turn) = find(turns, ranked.turn).filter(|turn| !turn.is_forgotten()) else {
            continue;
        };
        let cost = count_tokens(&turn.text);
        if cost > left && !shown.is_empty() {
            continue;
        }
        left = left.saturating_sub(cost);
        shown.push(turn);
    }
    shown.sort_by_key(|turn| turn.id);
    shown
}

/// The turn of this number.
pub(crate) fn find(turns: &[Turn], id: TurnId) -> Option<&Turn> {
    let at = turns.binary_search_by_key(&id, |turn| turn.id).ok()?;
    Some(&turns[at])
}

/// The prompt. Each quoted turn is marked with its number, so that attention
/// to it can be measured; the numbers themselves are not shown to the model.
pub(crate) fn prompt(question: &str, shown: &[&Turn], facts: &[Fact]) -> Prompt {
    let language = Language::of(question);
    let words = phrases(language);
    let mut parts = vec![plain(format!("{}\n", words.record))];
    for turn in shown {
        parts.push(Part {
            text: quoted(turn, facts, words),
            mark: Some(turn.id.0),
        });
    }
    parts.extend(corrections(shown, facts, words));
    parts.push(plain(format!("\n{} {}", words.question, question.trim())));
    Prompt {
        messages: vec![
            Message::new(
                Speaker::System,
                format!("{} {}", words.system, words.declined),
            ),
            Message {
                speaker: Speaker::User,
                parts,
            },
        ],
        answer_prefix: String::new(),
    }
}

fn plain(text: String) -> Part {
    Part { text, mark: None }
}

fn quoted(turn: &Turn, facts: &[Fact], words: &Phrases) -> String {
    let speaker = match (&turn.speaker, turn.role) {
        (Some(name), _) => name.as_str(),
        (None, Role::Client) => words.client,
        (None, Role::Counsel) => words.counsel,
    };
    let when = day(turn.at.date(), Language::of(words.record));
    format!("{speaker}, {when}: {}\n", annotate(turn, facts))
}

/// A line for each correction that a shown turn makes.
fn corrections(shown: &[&Turn], facts: &[Fact], words: &Phrases) -> Vec<Part> {
    let by_id = |id: FactId| facts.iter().find(|fact| fact.id == id);
    let mut lines: Vec<Part> = Vec::new();
    for stale in facts {
        let Some(current) = stale.superseded_by.and_then(by_id) else {
            continue;
        };
        if !current.holds() || !shown.iter().any(|turn| turn.id == current.turn) {
            continue;
        }
        let text = format!(
            "{} {} {} → {}\n",
            words.corrected, current.attribute, stale.surface, current.surface
        );
        if !lines.iter().any(|line| line.text == text) {
            lines.push(Part {
                text,
                mark: Some(current.turn.0),
            });
        }
    }
    lines
}
