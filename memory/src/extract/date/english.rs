//! English forms of dates.

use std::sync::LazyLock;

use super::super::pattern::pattern;
use jiff::civil::Weekday;
use regex::{Captures, Match, Regex};
use rust_decimal::prelude::ToPrimitive;

use super::super::number::{self, ENGLISH};
use super::{Form, Part, Raw, Week};
use crate::fact::TimeUnit;

/// In small letters as well, where no other word is written so.
const MONTH: &str = r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?|(?:january|february|april|june|july|august|september|october|november|december))\b\.?";
const DAY: &str = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\b";
/// The days of a month in words, in their order.
const ORDINAL: &str = "(?i:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty-first|twenty-second|twenty-third|twenty-fourth|twenty-fifth|twenty-sixth|twenty-seventh|twenty-eighth|twenty-ninth|thirtieth|thirty-first)";
const YEAR: &str = r"(?P<year>(?:19|20)\d\d)\b";
const WEEKDAY: &str = r"(?P<weekday>(?i:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday))";

type Reader = fn(&Captures<'_>) -> Option<Form>;

static FORMS: LazyLock<Vec<(Regex, Reader)>> = LazyLock::new(|| {
    let forms: [(String, Reader); 24] = [
        (r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b|\b(?P<year2>\d{4})/(?P<month2>\d{1,2})/(?P<day2>\d{1,2})\b".into(), iso),
        (format!(r"(?i:\b(?P<part>mid|(?:the\s+)?middle\s+of|(?:the\s+)?end\s+of|(?:the\s+)?last\s+day\s+of)[\s-]+){MONTH}(?:,?\s+{YEAR})?"), part_of_month),
        (r"(?i:\b(?P<part>the middle of|the end of|the last day of)\s+(?P<rel>last|this|next|the)\s+(?P<unit>month|year))\b".into(), part_of_unit),
        (format!(r"(?i:\bthe\s+(?P<nth>first|second|third|fourth|last)\s+){WEEKDAY}\s+(?:of|in)\s+{MONTH}(?:,?\s+{YEAR})?"), nth_weekday),
        (format!(r"(?i:\bthe\s+(?P<nth>first|second|third|fourth|last)\s+){WEEKDAY}\s+(?:of|in)\s+(?P<rel>the|this|last|next)\s+month\b"), nth_weekday_of),
        (format!(r"\b{WEEKDAY}\s+(?:of\s+)?(?P<rel>last|next|this)\s+week\b"), weekday_of_week),
        (format!(r"(?i:\ba\s+(?P<unit>week|fortnight)\s+(?:on|from|this|next)\s+){WEEKDAY}\b|\b{}\s+(?P<unit2>week)\b", WEEKDAY.replace("weekday", "weekday2")), weekday_plus),
        (format!(r"\b(?:{WEEKDAY},?\s+(?:the\s+)?)?{DAY}\s+(?:of\s+)?{MONTH}\s+(?P<rel>last|this|next)\s+year\b"), day_of_year),
        (format!(r"(?i:\bthe\s+)(?P<nth>{ORDINAL})\s+of\s+{MONTH}(?:,?\s+{YEAR})?"), ordinal),
        (format!(r"\b(?:{WEEKDAY},?\s+)?(?:the\s+)?{DAY}\s+(?:of\s+)?{MONTH}(?:,?\s+{YEAR})?"), calendar),
        (format!(r"\b(?:{WEEKDAY},?\s+)?(?i:{MONTH})\s+(?:the\s+)?{DAY}(?:,?\s+{YEAR})?"), calendar),
        (format!(r"\b{MONTH},?\s+(?:of\s+)?{YEAR}"), calendar),
        (format!(r"\b(?:(?P<rel>[Ll]ast|[Nn]ext|[Tt]his)\s+{MONTH}|{}\s+(?P<rel2>last|this|next) year)", MONTH.replace("month", "month2")), month_of_year),
        (format!(r"\b(?i:in|since|until|till|by|from|during|of|for|to|early|late|mid|last)[\s-]{MONTH}"), calendar),
        (format!(r"\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Ff]rom|[Dd]uring|[Oo]f|[Bb]y|[Ff]or|[Bb]ack in|[Ss]ummer|[Ww]inter|[Ss]pring|[Aa]utumn|[Ee]arly|[Ll]ate|[Ww]as|[Ss]o|into)\s+{YEAR}"), calendar),
        (format!(r"\b(?P<rel>[Ll]ast|[Nn]ext|[Tt]his|[Oo]n|[Bb]y|[Uu]ntil|[Ss]ince|[Ff]rom|[Bb]efore|[Cc]oming)\s+{WEEKDAY}\b"), weekday),
        (format!(r"\b{WEEKDAY}\s+(?P<rel>morning|afternoon|evening|night|at|lunchtime)\b"), weekday),
        (r"(?i)\b(?P<word>the day before yesterday|the day after tomorrow|yesterday|today|tonight|tomorrow|last night|this morning|this afternoon|this evening|this day week|a week today)\b".into(), day_word),
        (format!(r"(?P<n>\b\d{{1,3}}|\b(?i:a|an|a couple of)\b|{ENGLISH})\s+(?P<unit>(?i:day|week|fortnight|month|year)s?)(?P<half>\s+and\s+a\s+half)?\s+(?P<dir>ago|back|from now|from today|earlier|later|after that)\b"), shifted),
        (r"(?i)\b(?P<rel>last|next|this)\s+(?P<unit>month|year)\b".into(), unit_word),
        (format!(r"(?i:\bthe\s+(?:(?P<nth>second|third|fourth|following|next)\s+)?){WEEKDAY}\s+(?P<dir>after|following|before)\b|\b(?i:the\s+following)\s+{}\b", WEEKDAY.replace("weekday", "weekday2")), weekday_after),
        (r"(?i)\b(?:the\s+(?P<dir>next|following)\s+day|the\s+day\s+(?P<dir2>after|before)|the\s+(?P<dir3>next)\s+morning)\b".into(), next_day),
        (format!(r"\b{WEEKDAY},?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)\b"), day_of_month),
        (r"\b(?:[Oo]n|[Bb]y|[Uu]ntil|[Tt]ill|[Bb]efore|[Ff]rom|[Ss]ince|[Oo]f|[Dd]ated)\s+the\s+(?P<day>\d{1,2})(?:st|nd|rd|th)\b".into(), day_of_month),
    ];
    forms
        .into_iter()
        .map(|(text, reader)| (pattern(&text), reader))
        .collect()
});

/// "The Friday after", "the day before": a day told by the one that is named next.
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)\b(?:the\s+)?(?:(?P<nth>first|second|last)\s+)?(?:{WEEKDAY}|day)\s+(?P<dir>before|after)\s+(?:the\s+)?$"
    ))
});

/// The same with what stands before it, if that tells a day by this one.
pub(super) fn beside(text: &str, (span, form): &Raw) -> Option<Raw> {
    let c = BESIDE.captures(&text[..span.start])?;
    let back = c["dir"].eq_ignore_ascii_case("before");
    let weekday = match c.name("weekday") {
        Some(name) => Some(week_day(name.as_str())?),
        None => None,
    };
    let nth = match c.name("nth").map(|nth| nth.as_str().to_ascii_lowercase()) {
        Some(nth) if nth == "second" => 2,
        _ => 1,
    };
    let form = Form::Beside {
        of: Box::new(form.clone()),
        weekday,
        nth: if back { -nth } else { nth },
    };
    Some((c.get(0)?.start()..span.end, form))
}

pub(super) fn find(text: &str) -> Vec<Raw> {
    FORMS
        .iter()
        .flat_map(|(regex, reader)| {
            regex
                .captures_iter(text)
                .filter_map(|c| Some((place(text, &c)?, reader(&c)?)))
        })
        .collect()
}

/// The date itself, without the preposition that shows it to be one.
fn place(text: &str, c: &Captures<'_>) -> Option<std::ops::Range<usize>> {
    let whole = c.get(0)?;
    // "12 May Street" is an address.
    let next = text[whole.end()..].trim_start();
    if ["Street", "Road", "Lane", "Avenue", "Close", "Court"]
        .iter()
        .any(|w| next.starts_with(w))
    {
        return None;
    }
    let lead = Regex::find(&LEAD, whole.as_str()).map_or(0, |m| m.end());
    let end = whole.as_str().trim_end_matches('.').len();
    Some(whole.start() + lead..whole.start() + end)
}

static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?i:dated|on|in|since|until|till|by|from|during|of|for|back in|before|into|was|so|to)\s+",
    )
});

fn num<T: std::str::FromStr>(m: Option<Match<'_>>) -> Option<T> {
    m?.as_str().parse().ok()
}

fn month(name: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let head = name.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|m| *m == head)?;
    Some(at as i8 + 1)
}

fn week_day(name: &str) -> Option<Weekday> {
    Some(match name.to_ascii_lowercase().as_str() {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

fn iso(c: &Captures<'_>) -> Option<Form> {
    Some(Form::Calendar {
        year: Some(num(c.name("year").or(c.name("year2")))?),
        month: Some(num(c.name("month").or(c.name("month2")))?),
        day: Some(num(c.name("day").or(c.name("day2")))?),
    })
}

/// "5 September this year".
fn day_of_year(c: &Captures<'_>) -> Option<Form> {
    Some(Form::InYear {
        shift: match &c["rel"] {
            "last" => -1,
            "this" => 0,
            _ => 1,
        },
        month: Some(month(&c["month"])?),
        day: Some(num(c.name("day"))?),
    })
}

fn calendar(c: &Captures<'_>) -> Option<Form> {
    let year = num(c.name("year"));
    let month = match c.name("month") {
        Some(name) => Some(month(name.as_str())?),
        None => None,
    };
    let day = num(c.name("day"));
    Some(Form::Calendar { year, month, day })
}

fn month_of_year(c: &Captures<'_>) -> Option<Form> {
    let name = c.name("month").or(c.name("month2"))?.as_str();
    let month = month(name)?;
    let whole_year = c.name("rel2").map(|r| r.as_str());
    Some(
        match (
            c.name("rel")
                .map(|r| r.as_str().to_ascii_lowercase())
                .as_deref(),
            whole_year,
        ) {
            (_, Some("last")) => Form::InYear {
                shift: -1,
                month: Some(month),
                day: None,
            },
            (_, Some("next")) => Form::InYear {
                shift: 1,
                month: Some(month),
                day: None,
            },
            (Some("this"), _) | (_, Some(_)) => Form::InYear {
                shift: 0,
                month: Some(month),
                day: None,
            },
            // "last September" is the latest that is over, whatever the year.
            _ => Form::Calendar {
                year: None,
                month: Some(month),
                day: None,
            },
        },
    )
}

fn weekday(c: &Captures<'_>) -> Option<Form> {
    let weekday = week_day(c.name("weekday")?.as_str())?;
    let week = match c["rel"].to_ascii_lowercase().as_str() {
        "last" => Week::Last,
        "next" => Week::Next,
        "this" | "coming" => Week::Counted(0),
        _ => Week::Open,
    };
    Some(Form::Weekday { weekday, week })
}

fn day_word(c: &Captures<'_>) -> Option<Form> {
    let count = match c["word"].to_ascii_lowercase().as_str() {
        "the day before yesterday" => -2,
        "yesterday" | "last night" => -1,
        "tomorrow" => 1,
        "the day after tomorrow" => 2,
        "this day week" | "a week today" => 7,
        _ => 0,
    };
    Some(Form::Shift {
        count,
        unit: TimeUnit::Day,
    })
}

fn unit(name: &str) -> Option<(i32, TimeUnit)> {
    Some(match name.to_ascii_lowercase().trim_end_matches('s') {
        "day" => (1, TimeUnit::Day),
        "week" => (1, TimeUnit::Week),
        "fortnight" => (2, TimeUnit::Week),
        "month" => (1, TimeUnit::Month),
        "year" => (1, TimeUnit::Year),
        _ => return None,
    })
}

fn shifted(c: &Captures<'_>) -> Option<Form> {
    let count = match c["n"].to_ascii_lowercase().as_str() {
        "a" | "an" => 1,
        "a couple of" => 2,
        n => number::parse(n)?.to_i32()?,
    };
    let (by, unit) = unit(&c["unit"])?;
    let mut count = count.checked_mul(by)?;
    let mut unit = unit;
    if c.name("half").is_some() {
        // A year and a half is told to the month, not to the day.
        (count, unit) = match unit {
            TimeUnit::Year => (count * 12 + 6, TimeUnit::Month),
            _ => return None,
        };
    }
    Some(match &c["dir"] {
        "ago" | "back" => Form::Shift {
            count: -count,
            unit,
        },
        "from now" | "from today" => Form::Shift { count, unit },
        "earlier" => Form::Later {
            count: -count,
            unit,
        },
        _ => Form::Later { count, unit },
    })
}

fn part(name: &str) -> Part {
    if name.to_ascii_lowercase().contains("mid") {
        Part::Middle
    } else {
        Part::End
    }
}

fn part_of_month(c: &Captures<'_>) -> Option<Form> {
    let of = Box::new(calendar(c)?);
    Some(Form::Within {
        of,
        part: part(&c["part"]),
    })
}

fn part_of_unit(c: &Captures<'_>) -> Option<Form> {
    let of = Box::new(unit_word(c)?);
    Some(Form::Within {
        of,
        part: part(&c["part"]),
    })
}

fn nth(name: &str) -> i8 {
    match name.to_ascii_lowercase().as_str() {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        _ => -1,
    }
}

fn nth_weekday(c: &Captures<'_>) -> Option<Form> {
    let part = Part::Weekday(week_day(&c["weekday"])?, nth(&c["nth"]));
    let of = Box::new(calendar(c)?);
    Some(Form::Within { of, part })
}

fn nth_weekday_of(c: &Captures<'_>) -> Option<Form> {
    let part = Part::Weekday(week_day(&c["weekday"])?, nth(&c["nth"]));
    let shift = shift(&c["rel"]);
    let of = Box::new(Form::InMonth { shift, day: None });
    Some(Form::Within { of, part })
}

/// Last is one back, next one ahead.
fn shift(rel: &str) -> i32 {
    match rel.to_ascii_lowercase().as_str() {
        "last" => -1,
        "next" => 1,
        _ => 0,
    }
}

fn weekday_of_week(c: &Captures<'_>) -> Option<Form> {
    Some(Form::Weekday {
        weekday: week_day(&c["weekday"])?,
        week: Week::Counted(shift(&c["rel"])),
    })
}

fn weekday_plus(c: &Captures<'_>) -> Option<Form> {
    let weekday = week_day(c.name("weekday").or(c.name("weekday2"))?.as_str())?;
    let fortnight = c.name("unit").is_some_and(|u| u.as_str() == "fortnight");
    let weeks = if fortnight { 2 } else { 1 };
    Some(Form::WeekdayPlus { weekday, weeks })
}

fn ordinal(c: &Captures<'_>) -> Option<Form> {
    let name = c["nth"].to_ascii_lowercase();
    let day = ORDINAL.trim_start_matches("(?i:").trim_end_matches(')');
    let day = day.split('|').position(|word| word == name)? as i8 + 1;
    Some(Form::Calendar {
        year: num(c.name("year")),
        month: Some(month(c.name("month")?.as_str())?),
        day: Some(day),
    })
}

fn unit_word(c: &Captures<'_>) -> Option<Form> {
    let shift = shift(&c["rel"]);
    Some(if c["unit"].eq_ignore_ascii_case("month") {
        Form::InMonth { shift, day: None }
    } else {
        Form::InYear {
            shift: shift as i16,
            month: None,
            day: None,
        }
    })
}

fn weekday_after(c: &Captures<'_>) -> Option<Form> {
    let name = c.name("weekday").or(c.name("weekday2"))?;
    let weekday = week_day(name.as_str())?;
    if c.name("dir").is_some_and(|d| d.as_str() == "before") {
        return None;
    }
    let nth = match c
        .name("nth")
        .map(|n| n.as_str().to_ascii_lowercase())
        .as_deref()
    {
        Some("second") => 2,
        Some("third") => 3,
        Some("fourth") => 4,
        _ => 1,
    };
    Some(Form::WeekdayLater { weekday, nth })
}

fn next_day(c: &Captures<'_>) -> Option<Form> {
    let back = c
        .name("dir2")
        .is_some_and(|d| d.as_str().eq_ignore_ascii_case("before"));
    let count = if back { -1 } else { 1 };
    Some(Form::Later {
        count,
        unit: TimeUnit::Day,
    })
}

fn day_of_month(c: &Captures<'_>) -> Option<Form> {
    Some(Form::Calendar {
        year: None,
        month: None,
        day: num(c.name("day")),
    })
}
