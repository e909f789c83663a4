//! What the model reads: the consultation, once; then, for each question, what was
//! corrected in the turns that bear on it, and the question.

use estoppel_memory::{Fact, FactId, Role, Turn, TurnId};
use estoppel_model::{Message, Part, Prompt, Recall, Speaker};

use crate::annotate::{Annotated, annotate};
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
            turns: 10,
            tokens: 2000,
        }
    }
}

/// Which turns an answer attends to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecallScope {
    /// Those that retrieval chose. A small model answers better from these alone, and
    /// sooner.
    #[default]
    Evidence,
    /// All turns, those that retrieval chose in any case: for models that find their
    /// way in long contexts.
    Everything,
}

/// The turns to show: the first of those ranked within the budget, in the order of the
/// record.
pub(crate) fn choose(
    ranked: impl Iterator<Item = TurnId>,
    turns: &[Turn],
    budget: PromptBudget,
    count_tokens: impl Fn(&str) -> usize,
) -> Vec<&Turn> {
    let mut left = budget.tokens;
    let mut shown: Vec<&Turn> = Vec::new();
    for id in ranked.take(budget.turns) {
        let Some(turn) = find(turns, id).filter(|turn| !turn.is_forgotten()) else {
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

/// The consultation as the model reads it, once: what it is for, then each turn,
/// marked with its number.
pub(crate) fn history(turns: &[Turn]) -> Vec<Message> {
    let Some(language) = language(turns) else {
        return Vec::new();
    };
    let words = phrases(language);
    let system = format!("{}{}", words.system, words.declined);
    let turns = turns.iter().filter(|turn| !turn.is_forgotten());
    let message = |turn: &Turn| Message {
        speaker: Speaker::User,
        parts: vec![Part {
            text: Written::new(turn, words).text(),
            mark: Some(turn.id.0),
        }],
    };
    std::iter::once(Message::new(Speaker::System, system))
        .chain(turns.map(message))
        .collect()
}

/// The prompt: the consultation, of which the model recalls the shown turns, what they
/// corrected, and the question. To a question in another language the turns are quoted
/// anew, under headings in that language: a small model translates what stands beside
/// the question better than what it read before.
///
/// Turns are marked with their numbers, so that attention to them can be measured; the
/// numbers themselves are not shown to the model.
pub(crate) fn prompt(
    question: &str,
    turns: &[Turn],
    shown: &[&Turn],
    facts: &[Fact],
    recall: RecallScope,
) -> Prompt {
    let words = phrases(Language::of(question));
    let foreign = language(turns).is_some_and(|language| language != words.language);
    let mut parts = Vec::new();
    if foreign {
        parts.extend(shown.iter().map(|turn| quoted(turn, words)));
    }
    parts.extend(corrections(shown, facts, words));
    parts.extend(conflicts(shown, facts, words));
    parts.push(plain(format!(
        "{} {}\n{}",
        words.question,
        question.trim(),
        words.answer
    )));
    let marks = shown.iter().map(|turn| turn.id.0).collect();
    Prompt {
        history: history(turns),
        recall: match recall {
            RecallScope::Evidence if foreign => Recall::Only {
                messages: Vec::new(),
            },
            RecallScope::Evidence => Recall::Only { messages: marks },
            RecallScope::Everything => Recall::All { focus: marks },
        },
        messages: vec![Message {
            speaker: Speaker::User,
            parts,
        }],
        answer_prefix: String::new(),
    }
}

/// The prompt that tells where a model looks for what a phrase asks about: the phrase
/// alone is marked, and `shown` are the turns that it recalls of `history`.
pub(crate) fn look(phrase: &str, history: Vec<Message>, shown: &[&Turn]) -> Prompt {
    let words = phrases(Language::of(phrase));
    let phrase = Part {
        text: phrase.trim().to_owned(),
        mark: Some(0),
    };
    Prompt {
        history,
        recall: Recall::Only {
            messages: shown.iter().map(|turn| turn.id.0).collect(),
        },
        messages: vec![Message {
            speaker: Speaker::User,
            parts: vec![plain(format!("{} ", words.question)), phrase],
        }],
        answer_prefix: String::new(),
    }
}

/// Turns as the model reads them among `turns`, which are the record's.
pub(crate) fn written(turns: &[Turn], some: &[&Turn]) -> Vec<(TurnId, Written)> {
    let words = language(turns).map(phrases);
    let write = |turn: &&Turn| Some((turn.id, Written::new(turn, words?)));
    some.iter().filter_map(write).collect()
}

/// A turn as the model reads it: who spoke and when, then the text with its notes.
pub(crate) struct Written {
    heading: String,
    annotated: Annotated,
}

impl Written {
    fn new(turn: &Turn, words: &Phrases) -> Self {
        Self {
            heading: format!("{}: ", heading(turn, words)),
            annotated: annotate(turn),
        }
    }

    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.heading, self.annotated.text)
    }

    /// Where the turn's text begins in it.
    pub(crate) fn start(&self) -> usize {
        self.heading.len()
    }

    /// The place in the turn's text of a place in what the model reads.
    pub(crate) fn place(&self, at: usize) -> usize {
        self.annotated.place(at.saturating_sub(self.heading.len()))
    }
}

fn plain(text: String) -> Part {
    Part { text, mark: None }
}

/// The language of a consultation: that of its first turn that is still there.
fn language(turns: &[Turn]) -> Option<Language> {
    let first = turns.iter().find(|turn| !turn.is_forgotten())?;
    Some(Language::of(&first.text))
}

fn quoted(turn: &Turn, words: &Phrases) -> Part {
    Part {
        text: format!("{}\n", Written::new(turn, words).text()),
        mark: Some(turn.id.0),
    }
}

/// Who spoke, and when.
pub(crate) fn heading(turn: &Turn, words: &Phrases) -> String {
    let speaker = match (&turn.speaker, turn.role) {
        (Some(name), _) => name.as_str(),
        (None, Role::Client) => words.client,
        (None, Role::Counsel) => words.counsel,
    };
    let when = day(turn.at.date(), words.language);
    format!("{speaker}, {when}")
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

/// A line for each two statements of shown turns that cannot both hold.
fn conflicts(shown: &[&Turn], facts: &[Fact], words: &Phrases) -> Vec<Part> {
    let is_shown = |fact: &Fact| shown.iter().any(|turn| turn.id == fact.turn);
    let by_id = |id: &FactId| facts.iter().find(|fact| fact.id == *id);
    let held = || facts.iter().filter(|fact| fact.holds() && is_shown(fact));
    held()
        .flat_map(|one| {
            let others = one.contradicts.iter().filter_map(by_id);
            let later = others.filter(|other| other.id > one.id && other.holds());
            later
                .filter(|other| is_shown(other))
                .map(move |other| Part {
                    text: format!(
                        "{} {}: {} / {}\n",
                        words.conflicting, one.attribute, one.surface, other.surface
                    ),
                    mark: Some(other.turn.0),
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use estoppel_memory::NewTurn;
    use jiff::civil::date;

    use super::*;

    fn turn(id: u32, text: &str) -> Turn {
        let at = date(2024, 3, 5).at(9, 0, 0, 0);
        Turn {
            id: TurnId(id),
            said: NewTurn::new(Role::Client, at, text),
        }
    }

    #[test]
    fn a_forgotten_first_turn_changes_no_language() {
        let turns = [turn(1, "我在上海租了一套房子。"), turn(2, "押金是八千五。")];
        assert_eq!(language(&turns), Some(Language::Zh));
        let forgotten = [turn(1, ""), turns[1].clone()];
        assert!(forgotten[0].is_forgotten());
        assert_eq!(language(&forgotten), Some(Language::Zh));
        assert_eq!(language(&forgotten[..1]), None);
    }
}
