//! Numbers that count nothing that is named: "she counted 9 on the north", "my last 930", 剩三十二.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;

use super::number::{self, CHINESE, DIGITS, ENGLISH};
use super::pattern::pattern;
use super::scan::Scan;

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("{DIGITS}万?|{ENGLISH}|{CHINESE}")));

/// What stands before a number that names something or tells the time.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:\b(?:clauses?|sections?|articles?|art|regulations?|rules?|nos?|numbers?|pages?|paragraphs?|paras?|rows?|flat|units?|rooms?|levels?|bays?|gates?|forms?|lines?|apt|apartment|house|chapters?|parts?|schedules?|items?|exhibits?|box|lots?|case|ref|tickets?|invoices?|orders?|platform|floor|steps?|options?|seats?|doors?|chairs?|slips?|class|grade|type|model|route|highway|court|half|past|gone|around|quarter to)\.?",
        r"|[#№/:\-–.]|第|每|这|那|哪|另|某|唯|统|专|万|初|周|星期|礼拜)\s*$",
    ))
});

/// What stands before a number that tells the time, if it is one that clocks show.
static AT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bat\s*$"));
const LAST_HOUR: u32 = 24;

/// What stands before 2000 where that is a year.
static IN_YEAR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:in|since|until|till|by|from|of|year)\s*$"));

/// What stands behind a number that is part of a word, a time or a place.
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:[-–:/]?[a-z0-9]|[.,]\d|%|\s?(?:[ap]\.?m\b|o['’]?clock|past\b|thirty\b|odd\b|of\s+(?:us|them|you)\b)|[点号日月年楼栋室条款页层级届版期环线中院路街幢排座])",
    )
});

/// "Three-ten a week", "it would be eighteen fifty": hundreds, and what is above them. "Ten fifteen"
/// alone may be a time.
static HUNDREDS: LazyLock<Regex> = LazyLock::new(|| {
    const BELOW: &str = "(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)";
    const REST: &str = "(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:one|two|three|four|five|six|seven|eight|nine))?)";
    pattern(&format!(
        r"(?i)\b(?P<n>(?P<hundreds>{BELOW})[-\s](?P<rest>{REST}))\s+(?:an?|each|per|every|all in|plus)\b|\b(?P<no_hour>(?P<teens>thirteen|fourteen|fifteen|sixteen|seventeen|eighteen)[-\s](?P<tens>{REST}))\b"
    ))
});

/// In order of their place.
pub(super) fn find(scan: &Scan<'_>) -> Vec<(Range<usize>, Decimal)> {
    let hundreds = HUNDREDS.captures_iter(scan.text).filter_map(|c| {
        let either = |one, other| c.name(one).or_else(|| c.name(other));
        let of = |one, other| number::english(either(one, other)?.as_str());
        let count = of("hundreds", "teens")? * Decimal::ONE_HUNDRED + of("rest", "tens")?;
        Some((either("n", "no_hour")?.range(), count))
    });
    let mut found: Vec<_> = hundreds.filter(|(span, _)| scan.is_free(span)).collect();
    let numbers = NUMBER.find_iter(scan.text);
    let numbers = numbers.filter_map(|m| plain(scan, m.range(), m.as_str()));
    let apart = |span: &Range<usize>| {
        let mut taken = found.iter();
        taken.all(|(other, _)| other.end <= span.start || span.end <= other.start)
    };
    let numbers: Vec<_> = numbers.filter(|(span, _)| apart(span)).collect();
    found.extend(numbers);
    found.sort_by_key(|(span, _)| span.start);
    found
}

fn plain(scan: &Scan<'_>, span: Range<usize>, text: &str) -> Option<(Range<usize>, Decimal)> {
    let (before, after) = (&scan.text[..span.start], &scan.text[span.end..]);
    let is_part = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
        || NAMES.is_match(before)
        || GOES_ON.is_match(after);
    if is_part || !scan.is_free(&span) {
        return None;
    }
    // 三 alone and 万一 are hardly ever a count.
    let is_chinese = !text.is_ascii();
    let begins = |c: char| c.is_ascii_digit() || "一二两三四五六七八九十".contains(c);
    if is_chinese && (text.chars().count() < 2 || !text.starts_with(begins)) {
        return None;
    }
    let count = match text.strip_suffix('万') {
        Some(head) if head.ends_with(|c: char| c.is_ascii_digit()) => {
            number::digits(head)?.checked_mul(10_000.into())?
        }
        _ => number::parse(text)?,
    };
    let is_time = count <= LAST_HOUR.into() && AT.is_match(before);
    let part_of_one = count > Decimal::ZERO && !count.fract().is_zero();
    let counts = (count > Decimal::ONE || part_of_one) && !is_time && !is_year(text, before);
    counts.then(|| (span, count.normalize()))
}

/// Whether digits behind this are those of a year: in Chinese 年 would say so.
fn is_year(text: &str, before: &str) -> bool {
    let is_chinese = before.chars().last().is_some_and(|c| c as u32 > 0x2E7F);
    let may_be = text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    may_be && !is_chinese && (text != "2000" || IN_YEAR.is_match(before))
}

#[cfg(test)]
mod tests {
    use super::super::extract;

    fn read(text: &str) -> Vec<String> {
        let at = jiff::civil::date(2024, 5, 6).at(9, 0, 0, 0);
        let numbers = extract(text, at).numbers.into_iter();
        numbers.map(|number| number.count.to_string()).collect()
    }

    #[test]
    fn reads_numbers_that_count_nothing_named() {
        for (text, numbers) in [
            (
                "She counted 9 on the north, 8 on the east.",
                &["9", "8"][..],
            ),
            ("Her registered length is 9.4.", &["9.4"]),
            ("He had 14 such cases and nine got back on.", &["9"]),
            ("I'm sixty-one, and she was told to go at 58.", &["61"]),
            ("It is three-ten a week, wifi included.", &["310"]),
            ("The tow would be sixteen eighty, he said.", &["1680"]),
            (
                "Their expert at 412, and sixty for a stamp.",
                &["412", "60"],
            ),
            ("He paid me 2000 and kept the rest.", &["2000"]),
            (
                "儿童房是0.29，改成1950，先2000。",
                &["0.29", "1950", "2000"],
            ),
            ("量了两回，头回三十二，后来三十八。", &["32", "38"]),
        ] {
            let read = read(text);
            for number in numbers {
                assert!(read.iter().any(|n| n == number), "{text}: {read:?}");
            }
        }
    }

    #[test]
    fn what_is_a_value_or_a_name_is_no_plain_number() {
        for text in [
            "The rent is £900, due on 5 March 2024.",
            "See clause 12 of the lease and page 4.",
            "Quote Q-6681, at ten past nine, room 14.",
            "It was 2019 then, and the 9th, back in 2000.",
            "We met at 11 and ate at 9, at ten fifteen.",
            "第三十二条写着，住三楼302室。",
            "We met at 11:40 on one Monday.",
        ] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }
}
