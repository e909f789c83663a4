//! Whether a clause affirms, denies flatly, or neither.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::pattern::pattern;

/// Says flatly that something never was.
static DENIES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:never|not once|not a (?:single|word)|no one ever|nobody ever)\b|",
        r"从来没|从没|从未|从头到尾[^,，。]{0,3}没|一次[都也]没|根本没|压根没|绝对没|没有?[^,，。]{1,3}过"
    ))
});

/// Any negation, and any question: such a clause affirms nothing.
static HEDGES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:not|no|never|nothing|none|nobody|neither|if|would|could|should|might)\b|n['’]t\b|不|没|未|无|别|吗|吧|呢|如果|要是|会不会|是否|怎么|谁|哪",
    )
});

/// What a clause says of whether the thing it tells of is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// It tells that it is so.
    Affirms,
    /// It tells that it never was.
    Denies,
    /// It asks, supposes, or denies in part.
    Hedges,
}

impl Stance {
    pub(super) fn of(clause: &str) -> Self {
        if DENIES.is_match(clause) {
            Self::Denies
        } else if HEDGES.is_match(clause) {
            Self::Hedges
        } else {
            Self::Affirms
        }
    }
}
