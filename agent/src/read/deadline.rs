//! The last day of a time limit: a length of time that was told, from a day that was told.

use std::sync::LazyLock;

use estoppel_memory::Value;
use estoppel_memory::fact::TimeUnit;
use jiff::Span;
use jiff::civil::Date;
use regex::Regex;

use super::around::beside;
use super::ask::{Ask, Wanted};
use super::desk::{Candidate, Desk};
use super::line::{Item, Line};
use super::reply::{Reply, stop, written};
use super::span::date;
use super::{ReadError, pattern};
use crate::language::Language;
use crate::phrases::day;

/// That a question asks for the last day of something.
static LIMIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:deadline|cut-?off|(?:last|final|latest|closing) (?:possible )?(?:day|date)",
        r"|by (?:what|which) (?:date|day)|by when|no later than|time limit",
        r"|(?:time|period|clock|window|limit|notice)\b[^?]{0,60}\b(?:run(?:s|ning)? out|end|lapse|expire|up)",
        r"|run(?:s|ning)? out|expires?|lapses?)\b",
        r"|截止|最晚|最迟|到期|最后一天|最后期限|哪[一]?天(?:之)?前",
    ))
});

/// That a length of time is one within which something is to be done.
static WITHIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:within|inside|under|no more than|(?:you|they|he|she|it|we|i|who|party|parties) (?:then )?(?:have|has|had|gets?|got)",
        r"|allows?|gives?|limit|time to|deadline|notice|must|payment|respond|reply|appeal)\b",
        r"|内|之内|以内|期限|届满|起",
    ))
});

/// That a day is the last of something.
static IS_LAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:by|until|till|due|no later than|before|deadline|expires?|last day|latest|cut-?off)\b|截止|之前|以前|最晚|最迟|到期|届满",
    )
});

/// What a length of time runs from, after it.
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[^.;:]{0,30}?\b(?:of|from|after|since|following|running from)\b\s+(?P<event>[^.;:,]{3,80})",
    )
});

/// What it runs from, before it.
static ZH_FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:自|从|由)?(?P<event>[^,，。;；:：自从由]{2,30}?)(?:之日|当日|当天|之后|以后|的|后|之)?(?:起算|起|开始|后)?[,，]?(?:的)?$",
    )
});

/// "Three months less one day."
static LESS_A_DAY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*(?:less|minus) (?:a|one) day\b"));

/// A time limit of the record.
struct Limit {
    line: usize,
    length: Item,
    /// What it runs from, in the words of who told it.
    from: String,
    less_a_day: bool,
}

/// Whether the wording of a question asks for the last day of something.
pub(super) fn asks_for_last_day(question: &str) -> bool {
    LIMIT.is_match(question)
}

/// The last day of the time limit that a question asks about, if the record tells the limit
/// about as near to the question as any day.
pub(super) fn last_day(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    scores: &[f32],
    language: Language,
) -> Result<Option<Reply>, ReadError> {
    /// Nats: many, for a question prefers days.
    const BEHIND: f32 = 5.0;
    let Some(limit) = nearest(desk, scores) else {
        return Ok(None);
    };
    let ask = Ask {
        wanted: Wanted::Date,
        ..ask.clone()
    };
    let told = desk.candidates(&ask, question)?;
    let is_told = |c: &Candidate| {
        let text = &desk.lines[c.line].turn.text;
        scores[c.line] > scores[limit.line] + BEHIND || IS_LAST.is_match(beside(text, &c.item))
    };
    if told.first().is_some_and(is_told) {
        return Ok(None);
    }
    let event = match limit.from.is_empty() {
        true => question.to_owned(),
        false => limit.from.clone(),
    };
    let starts = desk.candidates(&ask, &event)?;
    let Some(start) = starts.first() else {
        return Ok(None);
    };
    let Some(end) = limit.after(date(start)) else {
        return Ok(None);
    };
    let length = &limit.length.surface;
    let from = written(&start.item.value, &start.item.surface, language);
    let less = limit.less_a_day;
    let text = match language {
        Language::En => {
            let less = if less { " less one day" } else { "" };
            format!("{}: {length}{less} from {from}", day(end, language))
        }
        Language::Zh => {
            let less = if less { "减一天" } else { "" };
            format!("{}：{from}起{length}{less}", day(end, language))
        }
    };
    let mut turns = [limit.line, start.line]
        .map(|at| desk.lines[at].turn.id)
        .to_vec();
    turns.sort_unstable();
    turns.dedup();
    Ok(Some(Reply {
        text: text + stop(language),
        turns,
        history: Vec::new(),
    }))
}

/// The limit told nearest to a question, in one of the likeliest turns.
fn nearest(desk: &Desk<'_>, scores: &[f32]) -> Option<Limit> {
    const LIKELY: usize = 5;
    let likely = desk.likely(scores);
    let likely = &likely[..likely.len().min(LIKELY)];
    let mut order: Vec<usize> = (0..scores.len())
        .filter(|at| likely.contains(&desk.lines[*at].turn.id))
        .collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    order.into_iter().find_map(|at| limit(at, &desk.lines[at]))
}

fn limit(at: usize, line: &Line<'_>) -> Option<Limit> {
    if line.asks() || !WITHIN.is_match(line.text()) {
        return None;
    }
    let lasts = |item: &&Item| {
        matches!(item.value, Value::Duration { unit, .. } if unit >= TimeUnit::Day) && item.holds
    };
    let length = line.items.iter().find(lasts)?.clone();
    let text = &line.turn.text;
    let after = &text[length.span.end..line.span.end];
    let before = &text[line.span.start..length.span.start];
    let less = LESS_A_DAY.find(after);
    let after = less.map_or(after, |less| &after[less.end()..]);
    let event = FROM.captures(after).or_else(|| ZH_FROM.captures(before));
    Some(Limit {
        line: at,
        from: event.map_or_else(String::new, |found| found["event"].trim().to_owned()),
        less_a_day: less.is_some(),
        length,
    })
}

impl Limit {
    /// Its last day, if it runs from this one.
    fn after(&self, start: Date) -> Option<Date> {
        let Value::Duration { count, unit } = &self.length.value else {
            return None;
        };
        let count = i64::try_from(*count).ok()?;
        let length: Span = match unit {
            TimeUnit::Day => Span::new().try_days(count),
            TimeUnit::Week => Span::new().try_weeks(count),
            TimeUnit::Month => Span::new().try_months(count),
            TimeUnit::Year => Span::new().try_years(count),
            TimeUnit::Minute | TimeUnit::Hour => return None,
        }
        .ok()?;
        let end = start.checked_add(length).ok()?;
        match self.less_a_day {
            true => end.yesterday().ok(),
            false => Some(end),
        }
    }
}
