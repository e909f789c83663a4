//! Values told as approximate: "about £40", "ten or so", 两万出头, 大概三个月.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::pattern;

static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i:\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|some|circa|",
        r"close to|nearer|more like|something like|in the region of|just (?:over|under)|",
        r"(?:a (?:bit|little) )?(?:over|under)|more than|less than|upwards of|between)(?: (?:an?|the))?)\s*$|",
        r"(?:大概|大约|约|约莫|差不多|将近|接近|近|估计|也就|不到|超过|上下|起码|至少|小)(?:有|是|要|花了?)?$"
    ))
});

static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?i:,?\s*(?:or so|or thereabouts|or more|-?ish\b|odd\b|and a bit|give or take))|",
        r"^(?:块|元|万|个|天|年|月|块钱)?(?:钱)?(?:左右|上下|出头|来块|多块|多|来|挂零|不到|以上|开外)"
    ))
});

/// Inside the value itself: 四百多块, 四十来万.
static WITHIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[多来几]|出头|中旬|[月年]底|^(?i:mid|the middle of|the end of)\b"));

/// Whether the value at `span` is told as approximate.
pub(super) fn is_approximate(text: &str, span: &Range<usize>) -> bool {
    BEFORE.is_match(&text[..span.start])
        || AFTER.is_match(&text[span.end..])
        || WITHIN.is_match(&text[span.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, value: &str) -> bool {
        let start = text.find(value).expect("the value");
        is_approximate(text, &(start..start + value.len()))
    }

    #[test]
    fn tells_what_is_about() {
        for (text, value) in [
            ("it cost about £40", "£40"),
            ("nearly three hundred pounds", "three hundred pounds"),
            ("£200 or so", "£200"),
            ("大概三万块", "三万块"),
            ("欠我两万出头", "两万"),
            ("四百多块", "四百多块"),
        ] {
            assert!(told(text, value), "{text}");
        }
        for (text, value) in [
            ("it cost £40", "£40"),
            ("I thought about it. £40", "£40"),
            ("付了三万块", "三万块"),
        ] {
            assert!(!told(text, value), "{text}");
        }
    }
}
