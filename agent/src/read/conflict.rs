//! Two accounts of one thing that differ and that nobody corrected.

use std::sync::LazyLock;

use estoppel_memory::TurnId;
use regex::Regex;

use super::ask::{Ask, Wanted};
use super::desk::Desk;
use super::line::{Line, terms};
use super::reply::{Reply, quoted, stop};
use crate::language::Language;
use crate::phrases::day;

/// How far behind the nearest sentence the other account may be.
const MARGIN: f32 = 1.0;
/// The share of the question's words that each account must hold.
const COVERS: f32 = 0.1;

/// The two accounts, if the nearest sentences of two of the client's turns are known to
/// contradict each other, or one affirms what is asked and the other denies it.
pub(super) fn accounts(
    desk: &Desk<'_>,
    ask: &Ask,
    question: &str,
    scores: &[f32],
    language: Language,
) -> Option<Reply> {
    let mut order: Vec<usize> = (0..scores.len()).filter(|at| desk.is_client(*at)).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let &first = order.first()?;
    let turn = |at: usize| desk.lines[at].turn.id;
    let near = |at: &usize| scores[*at] >= scores[first] - MARGIN && turn(*at) != turn(first);
    let bears = |at: usize| desk.covers(at, question) >= COVERS;
    let opposed = |at: usize| {
        ask.wanted == Wanted::Whether
            && bears(at)
            && bears(first)
            && !desk.corrects(turn(at.max(first)), turn(at.min(first)))
            && denies(desk, at, question) != denies(desk, first, question)
    };
    let differs = |at: &usize| desk.contradict(turn(first), turn(*at)) || opposed(*at);
    let second = order.iter().copied().filter(near).find(differs)?;
    let (one, other) = (first.min(second), first.max(second));
    Some(Reply {
        text: told(&desk.lines[one], &desk.lines[other], language),
        turns: vec![turn(one), turn(other)],
        history: Vec::<TurnId>::new(),
    })
}

fn told(one: &Line<'_>, other: &Line<'_>, language: Language) -> String {
    let when = |line: &Line<'_>| day(line.turn.at.date(), language);
    let (said, later) = (quoted(one.text(), language), quoted(other.text(), language));
    let text = match language {
        Language::En => format!(
            "The record conflicts, and nothing resolves it: on {} it says {said}, on {} it says {later}",
            when(one),
            when(other)
        ),
        Language::Zh => format!(
            "记录前后矛盾，一直没有澄清：{}说{said}，{}说{later}",
            when(one),
            when(other)
        ),
    };
    text + stop(language)
}

static FLAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:never|nothing|not once|no idea|nobody|none)\b|从来没|从没|从未|根本没|压根没",
    )
    .expect("the pattern is valid")
});

static NOT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:\bnot|\bno|n['’]t)\b(?P<en>(?:\s+\w+){1,3})|(?:没有?|未|不)(?P<zh>\p{Han}{1,3})",
    )
    .expect("the pattern is valid")
});

/// Whether a sentence, or the one after it, denies what is asked.
fn denies(desk: &Desk<'_>, at: usize, question: &str) -> bool {
    let turn = desk.lines[at].turn.id;
    let after = desk
        .lines
        .get(at + 1)
        .filter(|line| line.turn.id == turn && line.names.is_empty());
    let asked = terms(question);
    let of = |line: &Line<'_>| {
        let text = line.text();
        let verb = |found: regex::Captures<'_>| {
            let denied = found
                .name("en")
                .or(found.name("zh"))
                .map_or("", |m| m.as_str());
            let shares = |term: &String| denied.contains(term.as_str());
            !terms(denied).is_disjoint(&asked) || asked.iter().filter(|t| !t.is_ascii()).any(shares)
        };
        FLAT.is_match(text) || NOT.captures_iter(text).any(verb)
    };
    of(&desk.lines[at]) || after.is_some_and(|line| FLAT.is_match(line.text()))
}
