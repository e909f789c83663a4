//! The time between two things that the record dates.

use std::sync::LazyLock;

use estoppel_memory::Value;
use jiff::Unit;
use jiff::civil::Date;
use regex::Regex;

use super::ask::Ask;
use super::desk::{Candidate, Desk};
use super::guess::Guess;
use super::reply::{Reply, stop, written};
use super::{ReadError, pattern};
use crate::language::Language;

/// The unit that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Days,
    Weeks,
    Months,
    Years,
}

static MEASURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bhow many (?:\w+ )?(?P<en>days|weeks|months|years)|(?:多少|几)个?(?P<zh>天|日|周|星期|礼拜|月|年)",
    )
});

/// Two things, as a question names them.
static TWO: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"(?i)^from (?P<a>.+?),? (?:to|until|till) (?P<b>.+?),? how (?:many|long)\b",
        r"(?i)^from (?P<a>.+?),? how (?:many \w+|long)\b.*?\b(?:to|until|till|before) (?P<b>.+)$",
        r"(?i)\bseparates? (?P<a>.+?) (?:and|from) (?P<b>.+)$",
        r"(?i)\b(?P<ctx>.*?)\bfrom (?P<a>.+?) (?:to|until|till) (?P<b>.+)$",
        r"(?i)\bbetween (?P<a>.+?) and (?P<b>.+)$",
        r"(?i)\bhow (?:many \w+|long)(?: \w+)? (?:after|since|before) (?P<a>.+?),? (?:did|do|was|were|had|have|has|is|are|until) (?P<b>.+)$",
        r"(?i)\bhow (?:many \w+|long|late) (?:did|was|were|is|are|had|have|has) (?P<b>.+?) (?:after|before|since) (?P<a>.+)$",
        r"从(?P<a>.+?)(?:开始)?[,，]?[到至](?P<b>.+?)[,，、]?(?:中间|一共|总共|前后)?(?:隔|相隔|差|相差|过|用|有|是|花)?了?(?:多少|几|多久|多长)",
        r"^(?P<a>.+?)[,，]到(?P<b>.+?)[,，]?(?:中间|一共)?(?:隔|相隔|相差|差|过)了?(?:多少|几|多久|多长)",
        r"^(?P<a>.+?)(?:的时候|那天|当天|以后|之后|后)?[,，]?过了(?:多少|几)个?(?:天|日|周|星期|月)[,，]?(?P<b>.+)$",
        r"^(?P<a>.+?)[,，]?离(?P<b>.+?)还?(?:有|隔|差)着?(?:多少|几)",
        r"^(?P<a>.+?)[和与跟同](?P<b>.+?)(?:之间|中间)?(?:隔|相隔|相差|差|相距)了?(?:多少|几|多久|多长)",
        r"^(?P<a>.+?)(?:的时候|时|那天|当天|以后|之后|后)[,，]?(?P<b>.*?(?:过期|逾期|超期|到期|迟|晚|隔|过).*)$",
    ]
    .iter()
    .map(|text| pattern(text))
    .collect()
});

/// The time between the two things that a question names, if the record dates both.
pub(super) fn between(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    guess: &Guess,
    language: Language,
) -> Result<Option<Reply>, ReadError> {
    let question = question.trim().trim_end_matches(['?', '？', '.', '。']);
    let days = desk.operands(ask, question, guess)?;
    let (first, second) = match two(question) {
        Some((a, b)) => (
            also_by(desk.candidates(ask, &a)?, &days),
            also_by(desk.candidates(ask, &b)?, &days),
        ),
        None => (days.clone(), days),
    };
    let Some((start, end)) = pair(&first, &second, |a, b| date(a) == date(b)) else {
        return Ok(None);
    };
    let (from, to) = (date(start), date(end));
    let (from, to, start, end) = if from <= to {
        (from, to, start, end)
    } else {
        (to, from, end, start)
    };
    let measure = MEASURE.captures(question).map_or(Measure::Days, |found| {
        match found
            .name("en")
            .or(found.name("zh"))
            .map(|m| m.as_str().to_lowercase())
            .as_deref()
        {
            Some("weeks" | "周" | "星期" | "礼拜") => Measure::Weeks,
            Some("months" | "月") => Measure::Months,
            Some("years" | "年") => Measure::Years,
            _ => Measure::Days,
        }
    });
    let length = length(from, to, measure, language);
    let (from, to) = (said(start, language), said(end, language));
    let text = match language {
        Language::En => format!("{length}: from {from} to {to}"),
        Language::Zh => format!("{length}：{from}到{to}"),
    };
    let mut turns = vec![desk.lines[start.line].turn.id, desk.lines[end.line].turn.id];
    turns.sort_unstable();
    turns.dedup();
    Ok(Some(Reply {
        text: text + stop(language),
        turns,
        history: Vec::new(),
    }))
}

/// Days told for a part of a question, as likely as they are for it and for the whole, the
/// likeliest first.
fn also_by(mut part: Vec<Candidate>, whole: &[Candidate]) -> Vec<Candidate> {
    /// As unlikely as a day gets that the whole does not know of, in nats.
    const UNKNOWN: f32 = -8.0;
    for day in &mut part {
        let same = |other: &&Candidate| other.line == day.line && other.item.span == day.item.span;
        day.score += whole.iter().find(same).map_or(UNKNOWN, |whole| whole.score);
    }
    part.sort_by(|a, b| b.score.total_cmp(&a.score));
    part
}

fn two(question: &str) -> Option<(String, String)> {
    let found = TWO.iter().find_map(|pattern| pattern.captures(question))?;
    let context = found.name("ctx").map_or("", |m| m.as_str().trim());
    let part = |name: &str| format!("{context} {}", &found[name]).trim().to_owned();
    Some((part("a"), part("b")))
}

/// The nearest two that are not one and the same.
pub(super) fn pair<'c>(
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

pub(super) fn date(candidate: &Candidate) -> Date {
    match candidate.item.value {
        Value::Date { date, .. } => date,
        _ => Date::ZERO,
    }
}

fn said(candidate: &Candidate, language: Language) -> String {
    written(&candidate.item.value, &candidate.item.surface, language)
}

/// The length in the unit, with what is left over in the next smaller one.
fn length(from: Date, to: Date, measure: Measure, language: Language) -> String {
    let until = |unit: Unit| from.until((unit, to)).unwrap_or_default();
    let (count, rest, units) = match measure {
        Measure::Days => (i64::from((to - from).get_days()), 0, (Name::DAY, Name::DAY)),
        Measure::Weeks => {
            let days = i64::from((to - from).get_days());
            (days / 7, days % 7, (Name::WEEK, Name::DAY))
        }
        Measure::Months => {
            let span = until(Unit::Month);
            let units = (Name::MONTH, Name::DAY);
            (
                i64::from(span.get_months()),
                i64::from(span.get_days()),
                units,
            )
        }
        Measure::Years => {
            let span = until(Unit::Year);
            let units = (Name::YEAR, Name::MONTH);
            (
                i64::from(span.get_years()),
                i64::from(span.get_months()),
                units,
            )
        }
    };
    let whole = units.0.of(count, language);
    match (rest, language) {
        (0, _) => whole,
        (_, Language::En) => format!("{whole} and {}", units.1.of(rest, language)),
        (_, Language::Zh) => format!("{whole}零{}", units.1.of(rest, language)),
    }
}

/// A unit's name in each language.
struct Name(&'static str, &'static str);

impl Name {
    const DAY: Self = Self("day", "天");
    const WEEK: Self = Self("week", "周");
    const MONTH: Self = Self("month", "个月");
    const YEAR: Self = Self("year", "年");

    fn of(&self, count: i64, language: Language) -> String {
        match (language, count) {
            (Language::En, 1) => format!("1 {}", self.0),
            (Language::En, _) => format!("{count} {}s", self.0),
            (Language::Zh, _) => format!("{count}{}", self.1),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_question_names_two_things() {
        for (question, a, b) in [
            (
                "How many days after I paid the fee did they reply",
                "I paid the fee",
                "they reply",
            ),
            (
                "How long was it from the crash to the hearing",
                "How long was it the crash",
                "How long was it the hearing",
            ),
            ("从我入职到被辞退,中间隔了多少天", "我入职", "被辞退"),
            (
                "From my lodging the appeal, how many days until they came back",
                "my lodging the appeal",
                "they came back",
            ),
            (
                "How many days separate my last show and his filing",
                "my last show",
                "his filing",
            ),
            (
                "我搬走之后过了多少天,他把门锁给换了",
                "我搬走",
                "他把门锁给换了",
            ),
        ] {
            assert_eq!(two(question), Some((a.into(), b.into())), "{question}");
        }
        assert_eq!(two("How long was the lease"), None);
    }

    #[test]
    fn lengths_are_counted_in_the_unit_that_is_asked_for() {
        let (from, to) = (date(2024, 2, 26), date(2025, 5, 5));
        for (measure, en, zh) in [
            (Measure::Days, "434 days", "434天"),
            (Measure::Weeks, "62 weeks", "62周"),
            (Measure::Months, "14 months and 9 days", "14个月零9天"),
            (Measure::Years, "1 year and 2 months", "1年零2个月"),
        ] {
            assert_eq!(length(from, to, measure, Language::En), en);
            assert_eq!(length(from, to, measure, Language::Zh), zh);
        }
    }
}
