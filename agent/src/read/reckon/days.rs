//! What days and lengths of time may be put together to.

use std::sync::LazyLock;

use estoppel_memory::fact::TimeUnit;
use jiff::civil::{Date, Weekday};
use jiff::{Span, Unit};
use regex::Regex;

use super::figure::{Figure, Unit as Counted};
use crate::language::Language;
use crate::phrases::day;
use crate::read::manner::Manner;
use crate::read::pattern;
use crate::read::working::letter;

/// A day that was told.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub(super) date: Date,
    /// As it is written in an answer.
    pub(super) written: String,
    /// The place of its value among those of the record.
    pub(super) place: usize,
}

/// How long it was from one day to another, as a rate for each of these units is told for it.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) count: i64,
    pub(super) unit: TimeUnit,
    /// With both days.
    pub(super) written: String,
    /// The places of the days.
    pub(super) places: [usize; 2],
}

/// From each of these days to each later one, without and with the last day; and in whole weeks and
/// months.
pub(super) fn stretches(days: &[Day], unit: TimeUnit, language: Language) -> Vec<Stretch> {
    let pairs = days.iter().flat_map(|from| {
        let later = days.iter().filter(|to| from.date < to.date);
        later.map(move |to| (from, to))
    });
    let each = pairs.flat_map(|(from, to)| {
        let stretch = move |count: i64| Stretch {
            count,
            unit,
            written: stretch_text(count, unit, from, to, language),
            places: [from.place, to.place],
        };
        let days = i64::from((to.date - from.date).get_days());
        let after = to.date.tomorrow().unwrap_or(to.date);
        let months = |to: Date| {
            let span = from.date.until((Unit::Month, to)).unwrap_or_default();
            (span.get_days() == 0).then(|| i64::from(span.get_months()))
        };
        let counts: Vec<i64> = match unit {
            TimeUnit::Day => vec![days, days + 1],
            TimeUnit::Week => [days, days + 1]
                .into_iter()
                .filter(|days| days % 7 == 0)
                .map(|days| days / 7)
                .collect(),
            TimeUnit::Month => [to.date, after].into_iter().filter_map(months).collect(),
            TimeUnit::Minute | TimeUnit::Hour | TimeUnit::Year => Vec::new(),
        };
        counts.into_iter().filter(|count| *count > 0).map(stretch)
    });
    each.collect()
}

fn stretch_text(count: i64, unit: TimeUnit, from: &Day, to: &Day, language: Language) -> String {
    let name = match unit {
        TimeUnit::Week => Name::WEEK,
        TimeUnit::Month => Name::MONTH,
        _ => Name::DAY,
    };
    let (count, from, to) = (name.of(count, language), &from.written, &to.written);
    match language {
        Language::En => format!("{count} ({from} to {to})"),
        Language::Zh => format!("{count}（{from}到{to}）"),
    }
}

/// What follows from days.
#[derive(Clone, Debug)]
pub(super) struct OfDays {
    pub(super) manner: Manner,
    /// The places of the days and of the length of time that it is made of.
    pub(super) places: Vec<usize>,
    /// What they come to, and the same with what it is made of.
    pub(super) result: String,
    pub(super) text: String,
    /// The same as a working.
    pub(super) working: String,
    /// How many days lie between the first day and what it comes to.
    pub(super) days: i64,
}

/// The unit in which a time is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Days,
    Weeks,
    Months,
    Years,
    /// Whole years alone.
    Age,
}

static MEASURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bhow many (?:\w+ )?(?P<en>days|weeks|months|years)|(?:多少|几)个?(?P<zh>天|日|周|星期|礼拜|月|年)",
    )
});

/// That somebody's age is asked for, which is told in whole years.
static AGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bhow old\b|\bwhat age\b|[多几]大|[几多]少?岁|周岁"));

/// Right behind "three months": "less one day".
static LESS_A_DAY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*(?:less|minus) (?:a|one) day\b|^减[去]?一[天日]"));

/// Right behind "six weeks": "and one day".
static AND_A_DAY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*(?:and|plus) (?:a|one) day\b|^[零又加]一[天日]"));

/// Days on which people work.
static WORKING: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:working|business) days?\b|工作日"));

/// The time between each two of these days, as the question asks for it.
pub(super) fn between(days: &[Day], question: &str, language: Language) -> Vec<OfDays> {
    let measure = Measure::of(question);
    let pairs = days.iter().enumerate();
    let pairs = pairs.flat_map(|(at, one)| days[at + 1..].iter().map(move |other| (one, other)));
    let time = |(one, other): (&Day, &Day)| {
        let (from, to) = if one.date <= other.date {
            (one, other)
        } else {
            (other, one)
        };
        let length = length(from.date, to.date, measure, language);
        let (start, end) = (&from.written, &to.written);
        OfDays {
            manner: Manner::Between,
            places: vec![from.place, to.place],
            text: match language {
                Language::En => format!("{length}: from {start} to {end}"),
                Language::Zh => format!("{length}：{start}到{end}"),
            },
            days: i64::from((to.date - from.date).get_days()),
            working: format!("{} .. {}", from.date, to.date),
            result: length,
        }
    };
    let differ = |(one, other): &(&Day, &Day)| one.date != other.date;
    pairs.filter(differ).map(time).collect()
}

/// The days that lie one of these lengths of time after or before one of these days. Each length
/// is told in a clause.
pub(super) fn limits(
    days: &[Day],
    lengths: &[(Figure<'_>, &str)],
    language: Language,
) -> Vec<OfDays> {
    let each = days
        .iter()
        .flat_map(|day| lengths.iter().map(move |length| (day, length)));
    let both = |(start, (length, clause)): (&Day, &(Figure<'_>, &str))| {
        let limit = Limit::of(length, clause)?;
        let end = |manner: Manner| {
            let end = limit.from(start.date, manner)?;
            Some(OfDays {
                manner,
                places: vec![start.place, length.place()?],
                result: day(end, language),
                working: limit.working(start.date, manner)?,
                text: limit.text(length.surface, start, end, manner, language),
                days: i64::from((end - start.date).get_days()),
            })
        };
        Some([end(Manner::After), end(Manner::Before)])
    };
    each.filter_map(both).flatten().flatten().collect()
}

/// A length of time in which something is to be done.
#[derive(Clone, Copy, Debug)]
struct Limit {
    count: i64,
    unit: TimeUnit,
    working: bool,
    /// Days that are told beside it: one more, or one less.
    beside: i64,
}

impl Limit {
    fn of(length: &Figure<'_>, clause: &str) -> Option<Self> {
        let Counted::Time(unit) = length.unit else {
            return None;
        };
        let whole = length.amount.fract().is_zero() && unit >= TimeUnit::Day;
        let behind = clause
            .split_once(length.surface)
            .map_or("", |(_, behind)| behind);
        whole.then_some(Self {
            count: i64::try_from(length.amount).ok()?,
            unit,
            working: WORKING.is_match(length.surface),
            beside: i64::from(AND_A_DAY.is_match(behind)) - i64::from(LESS_A_DAY.is_match(behind)),
        })
    }

    /// The day that lies so long after or before another.
    fn from(self, start: Date, manner: Manner) -> Option<Date> {
        let sign = if manner == Manner::Before { -1 } else { 1 };
        let end = match self.working {
            true => working_days(start, self.count, sign)?,
            false => self.calendar(start, sign * self.count)?,
        };
        match manner {
            Manner::After => end.checked_add(Span::new().days(self.beside)).ok(),
            _ => Some(end),
        }
    }

    fn working(self, start: Date, manner: Manner) -> Option<String> {
        let unit = match self.working {
            true => 'b',
            false => letter(self.unit)?,
        };
        let sign = if manner == Manner::Before { '-' } else { '+' };
        let beside = match (manner, self.beside) {
            (Manner::After, 1) => " + 1d",
            (Manner::After, -1) => " - 1d",
            _ => "",
        };
        Some(format!("{start} {sign} {}{unit}{beside}", self.count))
    }

    /// The day so many of its units after another.
    fn calendar(self, start: Date, count: i64) -> Option<Date> {
        let length: Span = match self.unit {
            TimeUnit::Day => Span::new().try_days(count),
            TimeUnit::Week => Span::new().try_weeks(count),
            TimeUnit::Month => Span::new().try_months(count),
            TimeUnit::Year => Span::new().try_years(count),
            TimeUnit::Minute | TimeUnit::Hour => return None,
        }
        .ok()?;
        start.checked_add(length).ok()
    }

    fn text(
        self,
        length: &str,
        start: &Day,
        end: Date,
        manner: Manner,
        language: Language,
    ) -> String {
        let (end, start) = (day(end, language), &start.written);
        match (language, manner) {
            (Language::En, Manner::Before) => format!("{end}: {length} before {start}"),
            (Language::En, _) => {
                let beside = match self.beside {
                    0 => "",
                    1 => " and one day",
                    _ => " less one day",
                };
                format!("{end}: {length}{beside} from {start}")
            }
            (Language::Zh, Manner::Before) => format!("{end}：{start}之前{length}"),
            (Language::Zh, _) => {
                let beside = match self.beside {
                    0 => "",
                    1 => "零一天",
                    _ => "减一天",
                };
                format!("{end}：{start}起{length}{beside}")
            }
        }
    }
}

/// The day so many working days away; holidays are not known.
pub(crate) fn working_days(start: Date, count: i64, sign: i64) -> Option<Date> {
    /// More is no time limit.
    const MOST: i64 = 1000;
    if count > MOST {
        return None;
    }
    let mut day = start;
    for _ in 0..count {
        loop {
            day = if sign < 0 {
                day.yesterday()
            } else {
                day.tomorrow()
            }
            .ok()?;
            if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                break;
            }
        }
    }
    Some(day)
}

impl Measure {
    fn of(question: &str) -> Self {
        let found = MEASURE.captures(question);
        let found = found
            .as_ref()
            .and_then(|found| found.name("en").or(found.name("zh")));
        match found.map(|unit| unit.as_str().to_lowercase()).as_deref() {
            Some("weeks" | "周" | "星期" | "礼拜") => Self::Weeks,
            Some("months" | "月") => Self::Months,
            Some("years" | "年") => Self::Years,
            None if AGE.is_match(question) => Self::Age,
            _ => Self::Days,
        }
    }
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
        Measure::Age => (
            i64::from(until(Unit::Year).get_years()),
            0,
            (Name::YEAR, Name::YEAR),
        ),
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
    use estoppel_memory::Value;
    use jiff::civil::date;

    use super::*;
    use crate::read::reckon::figure::Origin;

    fn told(date: Date, place: usize) -> Day {
        Day {
            date,
            written: day(date, Language::En),
            place,
        }
    }

    /// What a limit told in a clause comes to from a Friday on.
    fn after(count: i64, unit: TimeUnit, surface: &str, clause: &str) -> String {
        let value = Value::Duration {
            count: count.into(),
            unit,
        };
        let length = Figure::new(&value, surface, Origin::Record(1)).expect("it counts");
        let found = limits(
            &[told(date(2024, 3, 1), 0)],
            &[(length, clause)],
            Language::En,
        );
        found[0].text.clone()
    }

    #[test]
    fn limits_run_from_a_day() {
        for (count, unit, surface, clause, end) in [
            (
                45,
                TimeUnit::Day,
                "45 days",
                "you have 45 days to pay",
                "15 April 2024: 45 days from 1 March 2024",
            ),
            (
                10,
                TimeUnit::Day,
                "ten working days",
                "within ten working days",
                "15 March 2024: ten working days from 1 March 2024",
            ),
            (
                6,
                TimeUnit::Week,
                "six weeks",
                "once six weeks and one day have gone by",
                "13 April 2024: six weeks and one day from 1 March 2024",
            ),
            (
                3,
                TimeUnit::Month,
                "three months",
                "three months less one day",
                "31 May 2024: three months less one day from 1 March 2024",
            ),
        ] {
            assert_eq!(after(count, unit, surface, clause), end);
        }
    }

    #[test]
    fn rates_run_from_one_day_to_another() {
        let days = [told(date(2025, 3, 26), 0), told(date(2025, 4, 6), 1)];
        let counts = |unit| {
            let found = stretches(&days, unit, Language::En);
            found.iter().map(|of| of.count).collect::<Vec<_>>()
        };
        assert_eq!(counts(TimeUnit::Day), [11, 12]);
        assert!(counts(TimeUnit::Week).is_empty());
        let whole = [told(date(2024, 1, 1), 0), told(date(2024, 9, 30), 1)];
        let found = stretches(&whole, TimeUnit::Month, Language::En);
        assert_eq!(
            found[0].written,
            "9 months (1 January 2024 to 30 September 2024)"
        );
    }

    #[test]
    fn each_two_days_are_apart() {
        let days = [told(date(2024, 6, 7), 3), told(date(2024, 6, 1), 1)];
        let found = between(&days, "How many days was it?", Language::En);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "6 days: from 1 June 2024 to 7 June 2024");
        assert_eq!(
            (found[0].places.as_slice(), found[0].days),
            (&[1, 3][..], 6)
        );
    }

    #[test]
    fn lengths_are_counted_in_the_unit_that_is_asked_for() {
        let (from, to) = (date(2024, 2, 26), date(2025, 5, 5));
        for (measure, en, zh) in [
            (Measure::Days, "434 days", "434天"),
            (Measure::Weeks, "62 weeks", "62周"),
            (Measure::Months, "14 months and 9 days", "14个月零9天"),
            (Measure::Years, "1 year and 2 months", "1年零2个月"),
            (Measure::Age, "1 year", "1年"),
        ] {
            assert_eq!(length(from, to, measure, Language::En), en);
            assert_eq!(length(from, to, measure, Language::Zh), zh);
        }
    }
}
