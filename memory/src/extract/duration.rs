//! Lengths of time: six weeks, a 30-day notice, 两年半, 三个月.

use std::sync::LazyLock;

use super::pattern::pattern;
use regex::{Captures, Regex};
use rust_decimal::Decimal;

use super::Found;
use super::number::{self, CHINESE, DIGITS, ENGLISH};
use super::scan::Scan;
use crate::fact::{TimeUnit, Value};

static ENGLISH_SPAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{DIGITS}|{ENGLISH}|\b(?i:a|an|half an)\b)(?:\s\(\d+\))?[\s-]*(?:(?i:business|working|calendar|full|whole|complete|odd)[\s-]+)?(?P<u>(?i:minute|hour|day|week|fortnight|month|year)s?)\b"
    ))
});

/// Two years and three months, 七年零一个月: told in two units.
static YEARS_AND_MONTHS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<y>{DIGITS}|{ENGLISH}|{CHINESE})\s?(?:(?i:years?,?\s(?:and\s)?)|年(?:零|又|和)?)(?P<m>{DIGITS}|{ENGLISH}|{CHINESE})\s?(?:(?i:months?)\b|个月)"
    ))
});

static CHINESE_SPAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{CHINESE}|{DIGITS}|半)(?P<m>个半|个多|多?个?)(?:工作|自然)?(?P<u>分钟|小时|钟头|天|日|周|星期|礼拜|月|年)(?P<half>半)?"
    ))
});

static SHIFTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{CHINESE}|{DIGITS})(?P<u>个工)(?:[^作程资地人友头厂龄期会业\p{{Latin}}]|$)"
    ))
});

pub(super) fn find(scan: &Scan<'_>) -> Vec<Found> {
    let english = ENGLISH_SPAN
        .captures_iter(scan.text)
        .filter_map(|c| english(scan.text, &c));
    let chinese = CHINESE_SPAN
        .captures_iter(scan.text)
        .filter_map(|c| chinese(scan, &c));
    let both = YEARS_AND_MONTHS.captures_iter(scan.text).filter_map(|c| {
        let (years, months) = (number::parse(&c["y"])?, number::parse(&c["m"])?);
        let count = years.checked_mul(12.into())?.checked_add(months)?;
        let year = years >= Decimal::ONE_HUNDRED;
        (!year).then_some((
            c.get(0)?.range(),
            Value::Duration {
                count,
                unit: TimeUnit::Month,
            },
        ))
    });
    // 七十三个工: a day's work.
    let shifts = SHIFTS.captures_iter(scan.text).filter_map(|c| {
        let count = number::parse(&c["n"])?;
        let span = c.get(0)?.start()..c.name("u")?.end();
        Some((
            span,
            Value::Duration {
                count,
                unit: TimeUnit::Day,
            },
        ))
    });
    both.chain(english).chain(chinese).chain(shifts).collect()
}

fn english(text: &str, c: &Captures<'_>) -> Option<Found> {
    let unit = c["u"].to_ascii_lowercase();
    let count = match c["n"].to_ascii_lowercase().as_str() {
        "a" | "an" => Decimal::ONE,
        "half an" => Decimal::new(5, 1),
        n => number::parse(n)?,
    };
    let (count, unit) = match unit.trim_end_matches('s') {
        "minute" => (count, TimeUnit::Minute),
        "hour" => (count, TimeUnit::Hour),
        "day" => (count, TimeUnit::Day),
        "week" => (count, TimeUnit::Week),
        "fortnight" => (count * Decimal::TWO, TimeUnit::Week),
        "month" => (count, TimeUnit::Month),
        _ => (count, TimeUnit::Year),
    };
    // "a day", "an hour" is a rate or a manner of speaking, but "a week late" is not.
    let article = c["n"].eq_ignore_ascii_case("a") || c["n"].eq_ignore_ascii_case("an");
    let end = c.get(0).expect("the whole match").end();
    let vague = article
        && !["out", "off", "late", "early", "too", "earlier", "later"]
            .iter()
            .any(|w| text[end..].trim_start().starts_with(w))
        && !LIMITED.is_match(&text[..c.get(0).expect("the whole match").start()]);
    (!vague).then(|| {
        (
            c.get(0).expect("the whole match").range(),
            Value::Duration { count, unit },
        )
    })
}

/// "within a week" is a length of time where "a week" alone is a rate.
static LIMITED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:within|inside|under|over|less than|more than|took|takes|lasted|nearly|almost|only|for|in)\s$",
    )
});

fn chinese(scan: &Scan<'_>, c: &Captures<'_>) -> Option<Found> {
    let whole = c.get(0)?;
    let half = Decimal::new(5, 1);
    let mut count = if &c["n"] == "半" {
        half
    } else {
        number::parse(&c["n"])?
    };
    if &c["m"] == "个半" || c.name("half").is_some() {
        count += half;
    }
    let unit = match &c["u"] {
        "分钟" => TimeUnit::Minute,
        "小时" | "钟头" => TimeUnit::Hour,
        "天" | "日" => TimeUnit::Day,
        "周" | "星期" | "礼拜" => TimeUnit::Week,
        // 三月 is March; only 三个月 is a span.
        "月" if !c["m"].contains('个') => return None,
        "月" => TimeUnit::Month,
        _ => TimeUnit::Year,
    };
    let ordinal = scan.text[..whole.start()].ends_with(['第', '星', '周', '初', '拜'])
        || scan.text[..whole.start()].ends_with("星期");
    // 最后一天, 下一周 and 一年挣多少 are no lengths of time.
    let before = &scan.text[..whole.start()];
    let after = &scan.text[whole.end()..];
    let one = &c["n"] == "一";
    let named = ["最后", "头", "下", "上", "这", "那", "每", "另", "某"]
        .iter()
        .any(|w| before.ends_with(w));
    let rate = ["挣", "赚", "多少", "能挣", "收入"]
        .iter()
        .any(|w| after.starts_with(w));
    if one && (named || rate) {
        return None;
    }
    let calendar = matches!(&c["u"], "年") && c["n"].chars().count() == 4;
    (!ordinal && !calendar).then(|| (whole.range(), Value::Duration { count, unit }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, TimeUnit)> {
        let at = jiff::civil::date(2024, 5, 6).at(9, 0, 0, 0);
        super::super::extract(text, at)
            .statements
            .into_iter()
            .filter_map(|s| match s.value {
                Value::Duration { count, unit } => Some((count.normalize().to_string(), unit)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn reads_durations() {
        for (text, count, unit) in [
            ("We gave six weeks' notice", "6", TimeUnit::Week),
            ("a 30-day period", "30", TimeUnit::Day),
            ("I worked there two and a half years", "2.5", TimeUnit::Year),
            ("ten business days", "10", TimeUnit::Day),
            ("it broke within a week", "1", TimeUnit::Week),
            ("after two years and three months", "27", TimeUnit::Month),
            ("干了七年零一个月", "85", TimeUnit::Month),
            ("it took half an hour", "0.5", TimeUnit::Hour),
            ("租了两年半", "2.5", TimeUnit::Year),
            ("拖了三个月", "3", TimeUnit::Month),
            ("等了一个半小时", "1.5", TimeUnit::Hour),
            ("十五个工作日", "15", TimeUnit::Day),
            ("做了四个多月", "4", TimeUnit::Month),
            ("工期九十天", "90", TimeUnit::Day),
            ("一共七十三个工", "73", TimeUnit::Day),
            ("seven complete years", "7", TimeUnit::Year),
            ("forty-five (45) days after that", "45", TimeUnit::Day),
        ] {
            assert_eq!(read(text), [(count.to_owned(), unit)], "{text}");
        }
    }

    #[test]
    fn leaves_dates_and_ordinals_alone() {
        for text in [
            "once a day",
            "房租一个月4000",
            "护工费260一天",
            "2019年签的",
            "第三天才到",
            "三月下雨",
            "three weeks ago",
            "最后一天再说",
            "您一年挣多少",
            "拖了两三个月",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
