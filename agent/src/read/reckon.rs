//! Sums that follow from what was said, with what they are made of shown.

use std::sync::LazyLock;

use estoppel_memory::fact::{CLIENT, TimeUnit};
use estoppel_memory::{EmbedError, TurnId, Value};
use regex::Regex;
use rust_decimal::Decimal;

use super::ask::{Ask, Wanted};
use super::desk::{Candidate, Desk};
use super::reply::{Reply, stop};
use crate::language::Language;

/// How the figures are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Plus,
    Minus,
    Times,
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is valid")
}

static SUM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:together|altogether|in total|total|combined|in all)\b|一共|总共|合计|总计|加起来",
    )
});

/// Two things whose figures are added.
static TWO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:do|does|did|would|will|of|for|on|are|is) (?P<a>[^?]{2,60}?) and (?P<b>[^?]{2,60}?) (?:come|cost|total|add|amount|together|combined|altogether|make|in total)\b",
        r"|(?P<za>[^,，?？]{1,20})[和与加](?P<zb>[^,，?？]{1,20}?)(?:一共|总共|合计|总计|加起来|共)",
    ))
});

/// That the figures of two or three like things are added.
static SO_MANY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?P<two>two|both)\b|\b(?P<three>three)\b|(?P<zwei>两[次笔个项位]|俩)|(?P<drei>三[次笔个项位])",
    )
});

/// What is not paid yet.
static OPEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:still (?:to pay|due|ow\w+)|left to pay|outstanding|unpaid|balance)\b|没(?:交|付|还|给|缴)|还(?:差|欠|剩)",
    )
});

/// Names under which what was paid already is kept.
const PAID: [&str; 5] = ["payment", "deposit", "实缴", "首付", "定金"];

/// So much for each day, hour and the like.
static RATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:an?|per|each|every) (?P<en>hour|day|week|month|year)\b|每个?(?P<zh>小时|天|日|周|月|年)|一(?P<one>天|小时)",
    )
});

/// The answer that code can reckon from figures of the record.
pub(super) fn reckon(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    language: Language,
) -> Result<Option<Reply>, EmbedError> {
    let ask = &Ask {
        wanted: Wanted::Money,
        ..ask.clone()
    };
    if SUM.is_match(question) {
        if let Some(parts) = named(desk, ask, question)? {
            return Ok(shown(desk, &parts, Operation::Plus, language));
        }
        let nearest = desk.candidates(ask, question)?;
        if let Some(parts) = by_rate(desk, &nearest, question) {
            return Ok(shown(desk, &parts, Operation::Times, language));
        }
        if let Some(parts) = so_many(desk, &nearest, question) {
            return Ok(shown(desk, &parts, Operation::Plus, language));
        }
    } else if OPEN.is_match(question) {
        let nearest = desk.candidates(ask, question)?;
        if let Some(parts) = due_and_paid(desk, &nearest, question) {
            return Ok(shown(desk, &parts, Operation::Minus, language));
        }
    }
    Ok(None)
}

/// The figures of two things that the question names.
fn named(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
) -> Result<Option<Vec<Candidate>>, EmbedError> {
    let Some(two) = TWO.captures(question) else {
        return Ok(None);
    };
    let mut parts = Vec::new();
    for group in ["a", "b", "za", "zb"] {
        if let Some(phrase) = two.name(group) {
            let nearest = desk.candidates(ask, phrase.as_str())?.into_iter();
            let mut told = nearest.filter(|c| desk.covers(c.line, phrase.as_str()) > 0.0);
            parts.extend(told.next());
        }
    }
    let distinct = parts.len() == 2 && parts[0].item.span != parts[1].item.span;
    Ok(distinct.then_some(parts))
}

/// The nearest figures, as many as the question says there are, if they stand out.
fn so_many(desk: &Desk<'_>, nearest: &[Candidate], question: &str) -> Option<Vec<Candidate>> {
    const STANDS_OUT: f32 = 0.1;
    let found = SO_MANY.captures(question)?;
    let three = found.name("three").or(found.name("drei")).is_some();
    let count = if three { 3 } else { 2 };
    let parts = nearest.get(..count)?;
    let next = nearest.get(count).map_or(0.0, |next| next.score);
    let told = parts.iter().all(|c| desk.is_beside(c, question));
    (told && parts[count - 1].score >= next + STANDS_OUT).then(|| parts.to_vec())
}

/// A figure for each unit of time and how many of them there were, told in one sentence.
fn by_rate(desk: &Desk<'_>, nearest: &[Candidate], question: &str) -> Option<Vec<Candidate>> {
    const NEAREST: usize = 3;
    /// Of the question's words, that the sentence must hold.
    const COVERS: f32 = 0.2;
    let told = |rate: &&Candidate| desk.covers(rate.line, question) >= COVERS;
    let mut nearest = nearest.iter().take(NEAREST).filter(told);
    nearest.find_map(|rate| times(desk, rate))
}

fn times(desk: &Desk<'_>, rate: &Candidate) -> Option<Vec<Candidate>> {
    let line = &desk.lines[rate.line];
    let unit = unit_of(&line.turn.text[rate.item.clause.clone()])?;
    let counts =
        |value: &Value| matches!(value, Value::Duration { unit: other, .. } if *other == unit);
    let count = line
        .items
        .iter()
        .find(|item| item.holds && counts(&item.value))?;
    let count = Candidate {
        item: count.clone(),
        ..rate.clone()
    };
    Some(vec![rate.clone(), count])
}

fn unit_of(clause: &str) -> Option<TimeUnit> {
    let found = RATE.captures(clause)?;
    let unit = found
        .name("en")
        .or(found.name("zh"))
        .or(found.name("one"))?;
    Some(match unit.as_str().to_lowercase().as_str() {
        "hour" | "小时" => TimeUnit::Hour,
        "day" | "天" | "日" => TimeUnit::Day,
        "week" | "周" => TimeUnit::Week,
        "month" | "月" => TimeUnit::Month,
        _ => TimeUnit::Year,
    })
}

/// What the question names as due, and what the client paid of it.
fn due_and_paid(desk: &Desk<'_>, nearest: &[Candidate], question: &str) -> Option<Vec<Candidate>> {
    let own = |c: &&Candidate| {
        desk.fact(c.line, &c.item)
            .is_some_and(|fact| fact.subject == CLIENT)
    };
    let asked = |c: &&Candidate| {
        !c.item.attribute.is_empty() && question.to_lowercase().contains(&c.item.attribute)
    };
    let of = |wanted: &dyn Fn(&&Candidate) -> bool| {
        let mut found = nearest.iter().filter(|c| wanted(c)).peekable();
        let first = found.peek().copied();
        found.find(own).or(first)
    };
    let due = of(&|c| asked(c) && !PAID.contains(&c.item.attribute.as_str()))?;
    // A figure that is told as open has what was paid taken off already.
    if OPEN.is_match(&desk.lines[due.line].turn.text[due.item.clause.clone()]) {
        return None;
    }
    let paid = of(&|c| PAID.contains(&c.item.attribute.as_str()))?;
    (amount(due)? > amount(paid)?).then(|| vec![due.clone(), paid.clone()])
}

fn amount(candidate: &Candidate) -> Option<Decimal> {
    match &candidate.item.value {
        Value::Money { amount, .. } => Some(*amount),
        Value::Percent { percent } => Some(*percent),
        Value::Quantity { count, .. } | Value::Duration { count, .. } => Some(*count),
        Value::Date { .. } | Value::Identifier { .. } => None,
    }
}

/// The calculation with its figures as they were said, and its result.
fn shown(
    desk: &Desk<'_>,
    parts: &[Candidate],
    operation: Operation,
    language: Language,
) -> Option<Reply> {
    let amounts: Vec<Decimal> = parts.iter().map(amount).collect::<Option<_>>()?;
    let (first, rest) = amounts.split_first()?;
    let result = rest.iter().try_fold(*first, |sum, next| match operation {
        Operation::Plus => sum.checked_add(*next),
        Operation::Minus => sum.checked_sub(*next),
        Operation::Times => sum.checked_mul(*next),
    })?;
    let sign = match operation {
        Operation::Plus => " + ",
        Operation::Minus => " − ",
        Operation::Times => " × ",
    };
    let surfaces: Vec<&str> = parts.iter().map(|c| c.item.surface.as_str()).collect();
    let result = in_money(result, &parts[0].item.surface, language);
    let mut turns: Vec<TurnId> = parts.iter().map(|c| desk.lines[c.line].turn.id).collect();
    turns.sort_unstable();
    turns.dedup();
    Some(Reply {
        text: format!("{} = {result}{}", surfaces.join(sign), stop(language)),
        turns,
        history: Vec::new(),
    })
}

/// A sum of money, written as one that was said.
fn in_money(sum: Decimal, like: &str, language: Language) -> String {
    let ten_thousand = Decimal::from(10_000);
    if like.contains('万') && (sum % ten_thousand).is_zero() {
        return format!("{}万元", plain(sum / ten_thousand));
    }
    let start = like.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    match (&like[..start], language) {
        ("", Language::Zh) => format!("{}元", plain(sum)),
        (sign, _) => format!("{sign}{}", grouped(sum)),
    }
}

/// A number without needless zeros, to the cent.
fn plain(number: Decimal) -> String {
    number.round_dp(2).normalize().to_string()
}

/// The same with marks between thousands.
fn grouped(number: Decimal) -> String {
    let text = plain(number);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && whole.as_bytes()[i - 1].is_ascii_digit()
        {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction.len() {
        0 => grouped,
        1 => format!("{grouped}.{fraction}0"),
        _ => format!("{grouped}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_like_their_parts() {
        for (sum, like, text) in [
            (1_080, "$385", "$1,080"),
            (52_620, "19340", "52,620"),
            (1_234_567, "£9", "£1,234,567"),
        ] {
            assert_eq!(in_money(Decimal::from(sum), like, Language::En), text);
        }
        assert_eq!(
            in_money(Decimal::from(1_900_000), "340万", Language::Zh),
            "190万元"
        );
        assert_eq!(
            in_money(Decimal::from(1_560), "260元", Language::Zh),
            "1560元"
        );
        assert_eq!(grouped(Decimal::new(44_335, 1)), "4,433.50");
    }
}
