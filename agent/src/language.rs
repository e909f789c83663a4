//! The languages that Estoppel speaks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language of prompts and answers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Language {
    /// The language of a text: Chinese if Han characters outnumber Latin words.
    pub fn of(text: &str) -> Self {
        let han = text.chars().filter(|c| is_han(*c)).count();
        let latin = text
            .split(|c: char| !c.is_ascii_alphabetic())
            .filter(|word| !word.is_empty())
            .count();
        if han > latin { Self::Zh } else { Self::En }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::En => "en",
            Self::Zh => "zh",
        })
    }
}

/// Whether a character is a Han ideograph.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_text_goes_by_its_weight() {
        for (text, language) in [
            ("How much was the deposit?", Language::En),
            ("押金是多少?", Language::Zh),
            ("押金付给 Callum Whitcombe 的日期", Language::Zh),
            ("What does 押金 mean in the lease?", Language::En),
            ("£1,385?", Language::En),
        ] {
            assert_eq!(Language::of(text), language, "{text}");
        }
    }
}
