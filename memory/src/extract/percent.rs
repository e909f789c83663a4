//! Shares in percent: 12.5%, ten per cent, 百分之五.

use std::sync::LazyLock;

use super::pattern::pattern;
use regex::Regex;

use super::Found;
use super::number::{self, CHINESE, DIGITS, ENGLISH};
use super::scan::Scan;
use crate::fact::Value;

static PERCENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{DIGITS}|{ENGLISH})\s*(?:[%％]|(?i:per\s?cent)\b)|百分之(?P<zh>{CHINESE}|{DIGITS})"
    ))
});

pub(super) fn find(scan: &Scan<'_>) -> Vec<Found> {
    PERCENT
        .captures_iter(scan.text)
        .filter_map(|c| {
            let number = c.name("n").or_else(|| c.name("zh"))?.as_str();
            let percent = number::parse(number)?;
            Some((c.get(0)?.range(), Value::Percent { percent }))
        })
        .collect()
}
