//! Days that have a name: Boxing Day, Thanksgiving, 元旦, 去年中秋.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use regex::{Captures, Regex};

use super::super::pattern::pattern;
use super::{Form, Raw, Which};

/// How a named day is found in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holiday {
    /// The same day every year.
    Fixed(i8, i8),
    /// The n-th such weekday of a month; the last is -1.
    Weekday(i8, Weekday, i8),
    /// Days from Easter Sunday.
    Easter(i32),
    /// Days from a festival of the Chinese calendar.
    Lunar(Festival, i32),
}

/// Festivals of the Chinese calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Festival {
    Spring,
    DragonBoat,
    MidAutumn,
}

/// The first year of the tables of festivals.
const FIRST: i16 = 2015;
/// Month and day of the festivals by year.
const SPRING: [(i8, i8); 16] = [
    (2, 19),
    (2, 8),
    (1, 28),
    (2, 16),
    (2, 5),
    (1, 25),
    (2, 12),
    (2, 1),
    (1, 22),
    (2, 10),
    (1, 29),
    (2, 17),
    (2, 6),
    (1, 26),
    (2, 13),
    (2, 3),
];
const DRAGON_BOAT: [(i8, i8); 16] = [
    (6, 20),
    (6, 9),
    (5, 30),
    (6, 18),
    (6, 7),
    (6, 25),
    (6, 14),
    (6, 3),
    (6, 22),
    (6, 10),
    (5, 31),
    (6, 19),
    (6, 9),
    (5, 28),
    (6, 16),
    (6, 5),
];
const MID_AUTUMN: [(i8, i8); 16] = [
    (9, 27),
    (9, 15),
    (10, 4),
    (9, 24),
    (9, 13),
    (10, 1),
    (9, 21),
    (9, 10),
    (9, 29),
    (9, 17),
    (10, 6),
    (9, 25),
    (9, 15),
    (10, 3),
    (9, 22),
    (9, 12),
];

impl Holiday {
    /// The day in a year; nothing outside the tables.
    pub(super) fn in_year(self, year: i16) -> Option<Date> {
        match self {
            Self::Fixed(month, day) => Date::new(year, month, day).ok(),
            Self::Weekday(month, weekday, nth) => {
                date(year, month, 1).nth_weekday_of_month(nth, weekday).ok()
            }
            Self::Easter(days) => easter(year)?.checked_add(days.days()).ok(),
            Self::Lunar(festival, days) => {
                let table = match festival {
                    Festival::Spring => SPRING,
                    Festival::DragonBoat => DRAGON_BOAT,
                    Festival::MidAutumn => MID_AUTUMN,
                };
                let at = usize::try_from(year - FIRST).ok()?;
                let (month, day) = *table.get(at)?;
                date(year, month, day).checked_add(days.days()).ok()
            }
        }
    }
}

/// Easter Sunday of a year (the anonymous Gregorian algorithm, Meeus 1991).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    Date::new(year, month as i8, day as i8).ok()
}

static ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:(?P<rel>[Ll]ast|[Tt]his|[Nn]ext)\s+)?(?P<day>Christmas Eve|Christmas(?: Day)?|Boxing Day|New Year['’]s (?:Day|Eve)|",
        r"Valentine['’]s(?: Day)?|Hallowe['’]?en|Good Friday|Easter Monday|Easter(?: Sunday)?|Labou?r Day|Thanksgiving|",
        r"Independence Day|Canada Day|Australia Day|Anzac Day|Memorial Day|Remembrance Day)\b(?:,?\s+(?P<year>(?:19|20)\d\d)\b)?"
    ))
});

static CHINESE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:(?P<rel>大前年|前年|去年|今年|明年)(?:的)?|(?P<year>\d{4})年(?:的)?)?",
        r"(?P<day>元旦|除夕|大年三十|年三十|大年初一|春节|元宵|清明|五一|劳动节|端午|中秋|国庆|双十一|平安夜|圣诞)(?:节)?(?:当天|那天|当晚|那晚)?"
    ))
});

pub(super) fn find(text: &str) -> Vec<Raw> {
    let english = ENGLISH.captures_iter(text).filter_map(|c| {
        let which = match c
            .name("rel")
            .map(|r| r.as_str().to_ascii_lowercase())
            .as_deref()
        {
            Some("last") => Which::Last,
            Some("next") => Which::Next,
            Some(_) => Which::Shift(0),
            None => Which::Open,
        };
        raw(&c, english(&c["day"])?, which)
    });
    let chinese = CHINESE.captures_iter(text).filter_map(|c| {
        let which = match c.name("rel").map(|r| r.as_str()) {
            Some("大前年") => Which::Shift(-3),
            Some("前年") => Which::Shift(-2),
            Some("去年") => Which::Shift(-1),
            Some("今年") => Which::Shift(0),
            Some(_) => Which::Shift(1),
            None => Which::Open,
        };
        // 五一路, 中秋月饼 are something else, and so is 六块五一盒.
        let found = c.get(0)?;
        let next = text[found.end()..].chars().next();
        let last = text[..found.start()].chars().next_back();
        let other = next.is_some_and(|c| "路街广桥小中礼月档".contains(c))
            || last.is_some_and(|c| "块百千万十点".contains(c));
        (!other)
            .then(|| raw(&c, chinese(&c["day"])?, which))
            .flatten()
    });
    english.chain(chinese).collect()
}

fn raw(c: &Captures<'_>, holiday: Holiday, which: Which) -> Option<Raw> {
    let span: Range<usize> = c.get(0)?.range();
    let which = match c.name("year") {
        Some(year) => Which::Year(year.as_str().parse().ok()?),
        None => which,
    };
    Some((span, Form::Holiday { holiday, which }))
}

fn english(name: &str) -> Option<Holiday> {
    use Weekday::{Monday, Thursday};
    let name = name.to_ascii_lowercase().replace(['\'', '’'], "");
    Some(match name.as_str() {
        "christmas eve" => Holiday::Fixed(12, 24),
        "christmas" | "christmas day" => Holiday::Fixed(12, 25),
        "boxing day" => Holiday::Fixed(12, 26),
        "new years day" => Holiday::Fixed(1, 1),
        "new years eve" => Holiday::Fixed(12, 31),
        "valentines" | "valentines day" => Holiday::Fixed(2, 14),
        "halloween" => Holiday::Fixed(10, 31),
        "good friday" => Holiday::Easter(-2),
        "easter" | "easter sunday" => Holiday::Easter(0),
        "easter monday" => Holiday::Easter(1),
        "labor day" | "labour day" => Holiday::Weekday(9, Monday, 1),
        "thanksgiving" => Holiday::Weekday(11, Thursday, 4),
        "memorial day" => Holiday::Weekday(5, Monday, -1),
        "independence day" => Holiday::Fixed(7, 4),
        "canada day" => Holiday::Fixed(7, 1),
        "australia day" => Holiday::Fixed(1, 26),
        "anzac day" => Holiday::Fixed(4, 25),
        "remembrance day" => Holiday::Fixed(11, 11),
        _ => return None,
    })
}

fn chinese(name: &str) -> Option<Holiday> {
    use Festival::{DragonBoat, MidAutumn, Spring};
    Some(match name {
        "元旦" => Holiday::Fixed(1, 1),
        "除夕" | "大年三十" | "年三十" => Holiday::Lunar(Spring, -1),
        "春节" | "大年初一" => Holiday::Lunar(Spring, 0),
        "元宵" => Holiday::Lunar(Spring, 14),
        "清明" => Holiday::Fixed(4, 4),
        "五一" | "劳动节" => Holiday::Fixed(5, 1),
        "端午" => Holiday::Lunar(DragonBoat, 0),
        "中秋" => Holiday::Lunar(MidAutumn, 0),
        "国庆" => Holiday::Fixed(10, 1),
        "双十一" => Holiday::Fixed(11, 11),
        "平安夜" => Holiday::Fixed(12, 24),
        "圣诞" => Holiday::Fixed(12, 25),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_movable_days() {
        use Festival::{MidAutumn, Spring};
        for (holiday, day) in [
            (Holiday::Easter(0), date(2024, 3, 31)),
            (Holiday::Easter(0), date(2026, 4, 5)),
            (
                Holiday::Weekday(11, Weekday::Thursday, 4),
                date(2025, 11, 27),
            ),
            (Holiday::Lunar(Spring, -1), date(2024, 2, 9)),
            (Holiday::Lunar(MidAutumn, 0), date(2023, 9, 29)),
        ] {
            assert_eq!(holiday.in_year(day.year()), Some(day));
        }
        assert_eq!(Holiday::Lunar(Spring, 0).in_year(1999), None);
    }
}
