//! Compiling the patterns of this module.

use regex::Regex;

/// Compiles a pattern that is part of the program. `\b` looks at ASCII letters
/// only, so that a Latin word is found right next to Chinese characters.
pub(super) fn pattern(text: &str) -> Regex {
    let ascii_boundaries = text.replace(r"\b", r"(?-u:\b)");
    Regex::new(&ascii_boundaries).expect("the pattern is valid")
}
