//! Which of two things came first.

use std::sync::LazyLock;

use estoppel_memory::Value;
use jiff::civil::Date;
use regex::Regex;

use super::ReadError;
use super::ask::{Ask, Wanted};
use super::desk::{Candidate, Desk};
use super::reply::{Reply, stop, written};
use crate::language::Language;

static WHICH: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        r"(?i)\b(?:which|what) (?:one )?(?:came|was|happened|is|comes) (?:first|earlier|sooner|later|last)[,:;]?\s+(?P<a>[^?,]{3,80}?),? or (?P<b>[^?]{3,80})",
        r"(?P<a>[^,，:：?？]{2,40}?)[和跟与同](?P<b>[^,，?？]{2,40}?)[,，]?\s*(?:哪个|哪一个|哪件|谁)(?:事)?(?:发生)?(?:在前|在先|在后|先|后|早|晚|更早|更晚)",
    ]
    .map(|pattern| Regex::new(pattern).expect("the pattern is valid"))
});

/// The days of the two things that a question asks to put in order, and which came first.
pub(super) fn of_two(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    language: Language,
) -> Result<Option<Reply>, ReadError> {
    let Some(found) = WHICH.iter().find_map(|pattern| pattern.captures(question)) else {
        return Ok(None);
    };
    let ask = Ask {
        wanted: Wanted::Date,
        ..ask.clone()
    };
    let (a, b) = (found["a"].trim(), found["b"].trim());
    let (first, second) = (desk.candidates(&ask, a)?, desk.candidates(&ask, b)?);
    // One statement cannot date both, though they may be of one day.
    let same =
        |a: &Candidate, b: &Candidate| (a.line, a.item.span.start) == (b.line, b.item.span.start);
    let Some((one, other)) = pair(&first, &second, same) else {
        return Ok(None);
    };
    let mut turns = [one, other].map(|c| desk.lines[c.line].turn.id).to_vec();
    turns.sort_unstable();
    turns.dedup();
    Ok(Some(Reply {
        text: told((a, one), (b, other), language),
        turns,
        history: Vec::new(),
    }))
}

/// The nearest two that are not one and the same.
fn pair<'c>(
    first: &'c [Candidate],
    second: &'c [Candidate],
    same: impl Fn(&Candidate, &Candidate) -> bool,
) -> Option<(&'c Candidate, &'c Candidate)> {
    let (a, b) = (first.first()?, second.first()?);
    if !same(a, b) {
        return Some((a, b));
    }
    let other = |of: &'c [Candidate]| of.iter().find(|c| !same(c, a));
    let (next_a, next_b) = (other(first), other(second));
    let loss = |best: &Candidate, next: Option<&Candidate>| {
        next.map_or(f32::MAX, |n| best.score - n.score)
    };
    if loss(a, next_a) < loss(b, next_b) {
        Some((next_a?, b))
    } else {
        Some((a, next_b?))
    }
}

fn date(candidate: &Candidate) -> Date {
    match candidate.item.value {
        Value::Date { date, .. } => date,
        _ => Date::ZERO,
    }
}

fn told(a: (&str, &Candidate), b: (&str, &Candidate), language: Language) -> String {
    let ((name_a, a), (name_b, b)) = (a, b);
    let said = |c: &Candidate| written(&c.item.value, &c.item.surface, language);
    let (said_a, said_b) = (said(a), said(b));
    let first = if date(a) < date(b) { name_a } else { name_b };
    let text = match (language, date(a) == date(b)) {
        (Language::En, true) => format!("The same day, {said_a}, for both"),
        (Language::En, false) => {
            format!("{first} came first: {name_a} on {said_a}, {name_b} on {said_b}")
        }
        (Language::Zh, true) => format!("是同一天，都是{said_a}"),
        (Language::Zh, false) => format!("{first}在前：{name_a}是{said_a}，{name_b}是{said_b}"),
    };
    text + stop(language)
}
