//! Shares: 12.5%, ten per cent, a third, 百分之五, 三分之一, 九成.

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
        r"(?P<n>{DIGITS}|{ENGLISH})\s*(?:[%％]|(?i:per\s?cent)\b)|百分之(?P<zh>{CHINESE}|{DIGITS})"
    ))
});

/// 三分之一, "two thirds": the parts behind or before the whole.
static FRACTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?P<whole>[二三四五六七八九十])分之(?P<part>[一二两三四五六七八九])|\b(?P<n>(?i:an?|one|two|three))\s(?P<of>(?i:third|quarter)s?)(?:\s(?P<next>\w+))?",
    )
});

/// 九成, 七成半: tenths.
static TENTHS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?P<n>[一二两三四五六七八九])成(?P<half>半)?"));

pub(super) fn find(scan: &Scan<'_>) -> Vec<Found> {
    let plain = PERCENT.captures_iter(scan.text).filter_map(|c| {
        let number = c.name("n").or_else(|| c.name("zh"))?.as_str();
        let percent = number::parse(number)?;
        Some((c.get(0)?.range(), Value::Percent { percent }))
    });
    let fractions = FRACTION
        .captures_iter(scan.text)
        .filter_map(|c| fraction(&c));
    let tenths = TENTHS
        .captures_iter(scan.text)
        .filter_map(|c| tenths(scan, &c));
    plain.chain(fractions).chain(tenths).collect()
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
    let whole = c.get(0)?;
    let next = scan.text[whole.end()..].chars().next();
    // 一成不变, 三成本 and the like.
    if next.is_some_and(|c| "不本为立功员熟交都年长绩果".contains(c)) {
        return None;
    }
    let half = if c.name("half").is_some() { 5 } else { 0 };
    let percent = number::chinese(&c["n"])? * Decimal::TEN + Decimal::from(half);
    Some((whole.range(), Value::Percent { percent }))
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
        ] {
            assert_eq!(read(text), [percent], "{text}");
        }
        for text in ["a third party paid", "一成不变"] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }
}
