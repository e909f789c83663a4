//! Shares: 12.5%, ten per cent, a third, half, 百分之五, 万分之三, 三分之一, 九成, 六成五, 一半.

use std::sync::LazyLock;

use super::pattern::pattern;
use regex::{Captures, Regex};
use rust_decimal::Decimal;

use super::Found;
use super::number::{self, CHINESE, DIGITS, ENGLISH};
use super::scan::Scan;
use crate::fact::Value;

static PERCENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{DIGITS}|{ENGLISH})\s*(?:[%％]|(?i:per\s?cent)\b)|(?P<of>[百千万])分之(?P<zh>{CHINESE}|{DIGITS})"
    ))
});

/// 三分之一, "two thirds": the parts behind or before the whole.
static FRACTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?P<whole>[二三四五六七八九十])分之(?P<part>[一二两三四五六七八九])|\b(?P<n>(?i:an?|one|two|three))\s(?P<of>(?i:third|quarter)s?)(?:\s(?P<next>\w+))?",
    )
});

/// Half of something, which is no half hour, half brother or first half.
static HALF: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?i:half)(?:\sof)?\s(?i:the|this|that|my|your|his|her|its|our|their|what|whatever|all|everything|it|each|is|was|share|in)\b|\b(?i:pay|repay|return|refund|keep|get|take|owe|forfeit|lose)s?\s(?P<half>(?i:half))\b[.,;:!?]|一半|对半",
    )
});

/// What makes a half the first or second one, or an hour.
static WHICH_HALF: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i:first|second|other|latter|top|bottom|better|and a)\s$"));

/// 九成, 七成半, 六成五: tenths.
static TENTHS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?P<bare>(?P<n>[一二两三四五六七八九])成)(?:(?P<half>半)|(?P<fifth>[一二三四五六七八九]))?",
    )
});

pub(super) fn find(scan: &Scan<'_>) -> Vec<Found> {
    let plain = PERCENT.captures_iter(scan.text).filter_map(|c| {
        let number = c.name("n").or_else(|| c.name("zh"))?.as_str();
        let before = &scan.text[..c.get(0)?.start()];
        if before.ends_with(['十', '百', '千']) && c.name("of").is_some() {
            return None;
        }
        let part = number::parse(number)?;
        let percent = match c.name("of").map(|of| of.as_str()) {
            Some("千") => part.checked_div(Decimal::TEN)?,
            Some("万") => part.checked_div(Decimal::ONE_HUNDRED)?,
            _ => part,
        };
        Some((c.get(0)?.range(), Value::Percent { percent }))
    });
    let fractions = FRACTION
        .captures_iter(scan.text)
        .filter_map(|c| fraction(&c));
    let tenths = TENTHS
        .captures_iter(scan.text)
        .filter_map(|c| tenths(scan, &c));
    let halves = HALF.captures_iter(scan.text).filter_map(|c| {
        let all = c.get(0)?;
        let named = all.as_str().find(char::is_whitespace);
        let first = all.start()..all.start() + named.unwrap_or(all.len());
        let span = c.name("half").map_or(first, |half| half.range());
        let percent = Decimal::from(50);
        let which = WHICH_HALF.is_match(&scan.text[..span.start]);
        (!which).then_some((span, Value::Percent { percent }))
    });
    plain.chain(fractions).chain(tenths).chain(halves).collect()
}

fn fraction(c: &Captures<'_>) -> Option<Found> {
    let start = c.get(0)?.start();
    let (part, whole, end) = match (c.name("whole"), c.name("part")) {
        (Some(whole), Some(part)) => (
            number::chinese(part.as_str())?,
            number::chinese(whole.as_str())?,
            part.end(),
        ),
        _ => {
            // "a third party", "a quarter hour" are no shares.
            let next = c.name("next").map_or("of", |next| next.as_str());
            if !["of", "share", "off", "each", "to", "and"].contains(&next) {
                return None;
            }
            let of = c.name("of")?;
            let part = match c["n"].to_ascii_lowercase().as_str() {
                "a" | "an" => Decimal::ONE,
                n => number::english(n)?,
            };
            let third = of.as_str().to_ascii_lowercase().starts_with("third");
            (part, Decimal::from(if third { 3 } else { 4 }), of.end())
        }
    };
    let percent = (part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole)?).round_dp(2);
    Some((start..end, Value::Percent { percent }))
}

fn tenths(scan: &Scan<'_>, c: &Captures<'_>) -> Option<Found> {
    let next = |at: usize| scan.text[at..].chars().next().unwrap_or(' ');
    let bare = c.name("bare")?;
    let more = c.name("half").or(c.name("fifth"));
    // 三成三天内: three tenths, within three days.
    let more = more.filter(|more| !"个天日月年周次起手万千百十".contains(next(more.end())));
    let end = more.map_or(bare.end(), |more| more.end());
    // 一成不变, 三成本 and the like.
    if "不本为立功员熟交都年长绩果".contains(next(end)) {
        return None;
    }
    let more = match more.map(|more| more.as_str()) {
        Some("半") => Decimal::from(5),
        Some(fifth) => number::chinese(fifth)?,
        None => Decimal::ZERO,
    };
    let percent = number::chinese(&c["n"])? * Decimal::TEN + more;
    Some((bare.start()..end, Value::Percent { percent }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let at = jiff::civil::date(2024, 5, 6).at(9, 0, 0, 0);
        let statements = super::super::extract(text, at).statements.into_iter();
        let percent = statements.filter_map(|s| match s.value {
            Value::Percent { percent } => Some(percent.normalize().to_string()),
            _ => None,
        });
        percent.collect()
    }

    #[test]
    fn reads_shares() {
        for (text, percent) in [
            ("he owns 12.5% of it", "12.5"),
            ("ten per cent more", "10"),
            ("they pay a third.", "33.33"),
            ("three quarters of the flat", "75"),
            ("我占百分之五", "5"),
            ("他出三分之一", "33.33"),
            ("退我九成", "90"),
            ("按六成五退", "65"),
            ("先付三成三天内付清", "30"),
            ("每天万分之三", "0.03"),
            ("千分之二的违约金", "0.2"),
            ("half of the cost is his", "50"),
            ("I get half the house", "50"),
            ("Then I've to repay half.", "50"),
            ("他出一半", "50"),
        ] {
            assert_eq!(read(text), [percent], "{text}");
        }
        for text in [
            "a third party paid",
            "一成不变",
            "half an hour",
            "the second half of the year",
            "my half brother",
            "two and a half the usual",
        ] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }
}
