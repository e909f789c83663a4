//! Dates, absolute and relative, resolved against the turn's own time.

mod chinese;
mod english;
mod holiday;
mod resolve;

use std::ops::Range;

use jiff::civil::Weekday;

use super::Found;
use super::scan::Scan;
use crate::fact::{DatePrecision, TimeUnit, Value};
use holiday::Holiday;
use resolve::Resolver;

/// A date as it stands in the text, before it is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// Any of the three may be missing: "August 2022", 7月28号, "the 29th".
    Calendar {
        year: Option<i16>,
        month: Option<i8>,
        day: Option<i8>,
    },
    /// 去年7月, "last September": `shift` years from now.
    InYear {
        shift: i16,
        month: Option<i8>,
        day: Option<i8>,
    },
    /// 下个月3号, "last month": `shift` months from now.
    InMonth { shift: i32, day: Option<i8> },
    /// "last Friday": the `shift`-th week from this one, or the nearest in
    /// the past, by [`Week`].
    Weekday { weekday: Weekday, week: Week },
    /// Yesterday, three weeks ago: from now.
    Shift { count: i32, unit: TimeUnit },
    /// Three days later: from the date before it in the text.
    Later { count: i32, unit: TimeUnit },
    /// A fortnight on Monday: weeks after the next such weekday.
    WeekdayPlus { weekday: Weekday, weeks: i32 },
    /// Christmas Eve, 去年中秋.
    Holiday { holiday: Holiday, which: Which },
    /// Mid-May, the last Friday of next month, 去年8月底.
    Within { of: Box<Form>, part: Part },
    /// The Friday before Easter, the day after 3 May: the n-th such weekday or day from there.
    Beside {
        of: Box<Form>,
        weekday: Option<Weekday>,
        nth: i8,
    },
    /// The second Friday after the date before it in the text.
    WeekdayLater { weekday: Weekday, nth: u8 },
}

/// Which year's day is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// The latest before today.
    Last,
    /// The first after today.
    Next,
    /// Of the year that is so many years from now.
    Shift(i16),
    /// Of this year.
    Year(i16),
    /// Past or future by the tense around it.
    Open,
}

/// A part of a month or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// About the fifteenth of a month.
    Middle,
    /// The last day.
    End,
    /// The n-th such weekday of a month; the last is -1.
    Weekday(Weekday, i8),
}

/// Which week a weekday is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Week {
    /// Counted from this one, Monday first: 上周五 is -1.
    Counted(i32),
    /// "last Friday": the latest before today.
    Last,
    /// "next Friday": in next week.
    Next,
    /// "on Friday": past or future by the tense around it.
    Open,
}

type Raw = (Range<usize>, Form);

pub(super) fn find(scan: &Scan<'_>) -> Vec<Found> {
    let mut raw = english::find(scan.text);
    raw.extend(chinese::find(scan.text));
    raw.extend(holiday::find(scan.text));
    let named = |(_, form): &&Raw| {
        let day = matches!(form, Form::Calendar { day: Some(_), .. });
        day || matches!(form, Form::Holiday { .. })
    };
    let beside = raw.iter().filter(named);
    let beside = beside.filter_map(|raw| english::beside(scan.text, raw));
    raw.extend(beside.collect::<Vec<_>>());
    raw.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut resolver = Resolver::new(scan.at.date());
    let mut found: Vec<Found> = Vec::new();
    for (span, form) in raw {
        let overlaps = found.last().is_some_and(|(last, _)| span.start < last.end);
        if overlaps || !scan.is_free(&span) {
            continue;
        }
        if let Some(value) = resolver.resolve(&form, scan.text, &span) {
            found.push((span, value));
        }
    }
    found
}

fn value(date: jiff::civil::Date, precision: DatePrecision, inferred: bool) -> Value {
    Value::Date {
        date,
        precision,
        inferred,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use proptest::prelude::*;

    use super::*;

    /// A Wednesday.
    fn at() -> jiff::civil::DateTime {
        date(2024, 5, 15).at(9, 0, 0, 0)
    }

    fn read(text: &str) -> Vec<(Date, DatePrecision)> {
        super::super::extract(text, at())
            .statements
            .into_iter()
            .filter_map(|s| match s.value {
                Value::Date {
                    date, precision, ..
                } => Some((date, precision)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn reads_days() {
        for (text, day) in [
            ("I paid on 29 August 2022.", date(2022, 8, 29)),
            ("signed August 29th, 2022", date(2022, 8, 29)),
            ("the 3rd of March 2021", date(2021, 3, 3)),
            ("sent 2022-08-29", date(2022, 8, 29)),
            ("it arrived on Aug 2", date(2023, 8, 2)),
            ("The hearing is due on 2 August.", date(2024, 8, 2)),
            ("he rang last Friday", date(2024, 5, 10)),
            ("he came on Monday", date(2024, 5, 13)),
            ("I will see him on Monday", date(2024, 5, 20)),
            ("we meet next Tuesday", date(2024, 5, 21)),
            ("yesterday it broke", date(2024, 5, 14)),
            ("three weeks ago it broke", date(2024, 4, 24)),
            ("It must be paid by the 22nd", date(2024, 5, 22)),
            ("2024年7月28日签的", date(2024, 7, 28)),
            ("二〇二三年十月三号", date(2023, 10, 3)),
            ("3月28号搬的", date(2024, 3, 28)),
            ("九月一号就退租了", date(2023, 9, 1)),
            ("预产期是11月6号", date(2024, 11, 6)),
            ("4月30号到期那天我又去了一趟", date(2024, 4, 30)),
            ("6月20号我跟他讲过到期不续了", date(2023, 6, 20)),
            ("上周五他来过", date(2024, 5, 10)),
            ("下周一开庭", date(2024, 5, 20)),
            ("前天收到", date(2024, 5, 13)),
            ("下个月3号到期", date(2024, 6, 3)),
            ("去年12月5号付的", date(2023, 12, 5)),
            ("22号就出院了", date(2024, 4, 22)),
            ("our wedding is on 5 September this year", date(2024, 9, 5)),
            ("it was Sunday the 12th", date(2024, 5, 12)),
            ("he must have had it by the 12th of May", date(2024, 5, 12)),
            ("he paid on Monday and says he will go", date(2024, 5, 13)),
            ("五月底前不签就没奖励了", date(2024, 5, 31)),
            ("余款年底结", date(2024, 12, 31)),
            ("两周前寄的", date(2024, 5, 1)),
            ("it came on friday, april 12", date(2024, 4, 12)),
            ("the letter was dated june 24", date(2023, 6, 24)),
            ("I gave it to him Friday 3rd, at noon", date(2024, 5, 3)),
            ("they want it by end of June", date(2024, 6, 30)),
            (
                "back since the Monday before Good Friday",
                date(2024, 3, 25),
            ),
            ("he called the Friday after Labor Day", date(2023, 9, 8)),
            ("she came the day after Easter Monday", date(2024, 4, 2)),
            ("the hearing was moved to 21 May", date(2024, 5, 21)),
            ("what I moved to him that 9 May was cash", date(2024, 5, 9)),
            ("上个月最后一个星期五来的", date(2024, 4, 26)),
            ("辞职信是今年3月第一个周五交的", date(2024, 3, 1)),
            ("4月最后一个星期一通知的", date(2024, 4, 29)),
        ] {
            assert_eq!(read(text), [(day, DatePrecision::Day)], "{text}");
        }
    }

    #[test]
    fn reads_months_and_years() {
        use DatePrecision::{Month, Year};
        for (text, day, precision) in [
            ("in November 2005", date(2005, 11, 1), Month),
            ("it was last September", date(2023, 9, 1), Month),
            ("he left in October", date(2023, 10, 1), Month),
            ("I started in 2019", date(2019, 1, 1), Year),
            ("去年7月修过", date(2023, 7, 1), Month),
            ("2022年3月入股", date(2022, 3, 1), Month),
            ("2019年开的店", date(2019, 1, 1), Year),
            ("上个月没发工资", date(2024, 4, 1), Month),
        ] {
            assert_eq!(read(text), [(day, precision)], "{text}");
        }
    }

    #[test]
    fn follows_dates_in_the_text() {
        for (text, second) in [
            (
                "I paid on 9 November 2021. On 12 January he replied.",
                date(2022, 1, 12),
            ),
            (
                "He wrote on 7 May and came the Tuesday after.",
                date(2024, 5, 14),
            ),
            (
                "I signed on 2 May 2024 and left three days later.",
                date(2024, 5, 5),
            ),
            ("我4月3号签合同,签合同后的第二个周五付款", date(2024, 4, 12)),
            ("3月28号做的手术,第二天发烧", date(2024, 3, 29)),
            ("2023年续签的时候,8月30号又补过", date(2023, 8, 30)),
            ("去年到期没续。4月10号出的院", date(2024, 4, 10)),
            ("8月1日到13日都在", date(2024, 8, 13)),
            ("合同1月11号签的。22号住的院", date(2024, 4, 22)),
            (
                "I've been there since April 2021. I told her on 12 May.",
                date(2024, 5, 12),
            ),
        ] {
            let dates = read(text);
            assert_eq!(dates.len(), 2, "{text}: {dates:?}");
            assert_eq!(dates[1].0, second, "{text}");
        }
    }

    #[test]
    fn leaves_other_words_alone() {
        for text in [
            "I may march on Sundays",
            "He lives at 12 May Street",
            "住6号楼",
            "坐3号线",
            "2000 people came",
            "the second contract",
            "每周五开会",
            "1号仓",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn dates_round_trip(days in 0i32..20_000) {
            let day = date(1990, 1, 1).saturating_add(jiff::Span::new().days(days));
            for text in [
                format!("It was on {} there.", day.strftime("%-d %B %Y")),
                format!("It was on {} there.", day.strftime("%B %-d, %Y")),
                format!("It was on {} there.", day.strftime("%A %-d %B %Y")),
                format!("It was on {} there.", day.strftime("%A, %B %-d, %Y")),
                format!("It was on {day} there."),
                format!("是{}年{}月{}日的", day.year(), day.month(), day.day()),
            ] {
                prop_assert_eq!(read(&text), [(day, DatePrecision::Day)], "{}", text);
            }
        }
    }
}
