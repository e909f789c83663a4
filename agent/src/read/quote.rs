//! What was said, in the words in which it was said.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use estoppel_memory::{Role, TurnId, extract};
use regex::Regex;

use super::ask::{Ask, Wanted};
use super::desk::Desk;
use super::evidence_set::EvidenceSets;
use super::line::Line;
use super::reply::{Reply, quoted, stop};
use super::telling::Telling;
use crate::language::Language;

/// The share of the question's words that a sentence holds, with the one before it, if it
/// bears on the question.
const BEARS: f32 = 0.15;

/// The sentences nearest to a question, of the turns that most likely answer it together.
pub(super) fn nearest(
    desk: &Desk<'_>,
    ask: &Ask,
    question: &str,
    telling: &Telling,
    sets: &EvidenceSets,
    language: Language,
) -> Option<Reply> {
    /// Nats behind the best, of a sentence that names somebody.
    const BESIDE: f32 = 1.6;
    let turn = |at: usize| desk.lines[at].turn.id;
    let likeliest = sets.likeliest(|_| true).unwrap_or_default();
    let mut order = telling.ranked(stated(desk, ask));
    if order.iter().any(|at| likeliest.contains(&turn(*at))) {
        order.retain(|at| likeliest.contains(&turn(*at)));
    }
    let mut best = *order.first()?;
    if ask.wanted == Wanted::Name {
        let near = |at: &&usize| telling.ahead(best, **at) <= BESIDE;
        let named = |at: &&usize| tells_name(desk, **at, ask, question);
        match order.iter().take_while(near).find(named) {
            Some(&at) => best = at,
            // Whether the record tells it is a matter for doubt, which knows more.
            None if desk.looking => (),
            None => return Some(Reply::declined(language)),
        }
    }
    let mut chosen = vec![best];
    for of in likeliest.iter().copied().chain([turn(best)]) {
        let of_turn = order.iter().copied().filter(|at| turn(*at) == of);
        chosen.extend(telling.sentences(of_turn));
    }
    if ask.wanted == Wanted::Name && refers_back(desk, best) {
        // Whom the sentence speaks of was named just before.
        chosen.push(best - 1);
    }
    chosen.sort_unstable();
    chosen.dedup();
    let mut turns: Vec<_> = chosen.iter().map(|&at| turn(at)).collect();
    turns.dedup();
    Some(Reply {
        text: said(desk, &chosen, language),
        turns,
        history: Vec::new(),
    })
}

/// An answer with the sentence that tells most of each of some other turns.
pub(super) fn quoting(
    desk: &Desk<'_>,
    reply: Reply,
    others: &[TurnId],
    telling: &Telling,
    language: Language,
) -> Reply {
    let best = |turn: &TurnId| {
        let of_turn = (0..desk.lines.len()).filter(|at| desk.lines[*at].turn.id == *turn);
        telling.ranked(of_turn).into_iter().next()
    };
    let lines: Vec<usize> = others.iter().filter_map(best).collect();
    if lines.is_empty() {
        return reply;
    }
    let between = match language {
        Language::En => " ",
        Language::Zh => "",
    };
    let text = format!("{}{between}{}", reply.text, said(desk, &lines, language));
    Reply { text, ..reply }
}

/// The sentences of whom a question asks about that ask nothing.
fn stated<'d>(desk: &'d Desk<'_>, ask: &'d Ask) -> impl Iterator<Item = usize> + 'd {
    let states = |at: &usize| !desk.lines[*at].asks() && desk.lines[*at].turn.role == ask.said_by;
    (0..desk.lines.len()).filter(states)
}

/// Whether the likeliest sentence shares words with a question.
pub(super) fn bears(desk: &Desk<'_>, ask: &Ask, question: &str, scores: &[f32]) -> bool {
    let best = stated(desk, ask).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    best.is_some_and(|best| desk.covers_with_before(best, question) >= BEARS)
}

fn said(desk: &Desk<'_>, chosen: &[usize], language: Language) -> String {
    let part = |&at: &usize| {
        let line = &desk.lines[at];
        let text = quoted(line.text(), language);
        match (line.turn.role, language) {
            (Role::Client, Language::En) => format!("the client said {text}"),
            (Role::Counsel, Language::En) => format!("counsel said {text}"),
            (Role::Client, Language::Zh) => format!("当事人说{text}"),
            (Role::Counsel, Language::Zh) => format!("律师说{text}"),
        }
    };
    let parts: Vec<String> = chosen.iter().map(part).collect();
    let text = match language {
        Language::En => capitalised(&parts.join("; ")),
        Language::Zh => parts.join("，"),
    };
    text + stop(language)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Whether a sentence names someone whom the question does not, or speaks of someone
/// whom the sentence before it names.
fn tells_name(desk: &Desk<'_>, at: usize, ask: &Ask, question: &str) -> bool {
    !new_names(desk, &desk.lines[at], ask, question).is_empty() || refers_back(desk, at)
}

/// Whether a sentence without a name has a pronoun for one.
fn refers_back(desk: &Desk<'_>, at: usize) -> bool {
    static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:he|she|him|her|they|them)\b|[他她]").expect("the pattern is valid")
    });
    let line = &desk.lines[at];
    let follows = at
        .checked_sub(1)
        .is_some_and(|i| desk.lines[i].turn.id == line.turn.id);
    follows && desk.parties_in(line.text()).is_empty() && PRONOUN.is_match(line.text())
}

fn new_names<'a>(
    desk: &'a Desk<'_>,
    line: &'a Line<'_>,
    ask: &Ask,
    question: &str,
) -> BTreeSet<&'a str> {
    let asked = question.to_lowercase();
    let known = |name: &str| {
        let mut words = name.split_whitespace();
        words.any(|word| asked.contains(&word.to_lowercase()))
    };
    let fits = |name: &&str| !known(name) && (ask.role_will_do || !extract::is_role(name));
    let named = line.names.iter().map(String::as_str);
    named
        .chain(desk.parties_in(line.text()))
        .filter(fits)
        .collect()
}
