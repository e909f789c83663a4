//! From text to terms, English and Chinese alike.

use std::collections::BTreeMap;

use rust_stemmers::{Algorithm, Stemmer};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::stop;
use crate::segment::JIEBA;

/// The terms of a text and how often each occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TermCounts(BTreeMap<String, u32>);

impl TermCounts {
    /// Terms in alphabetical order with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(term, &count)| (term.as_str(), count))
    }

    /// How often `term` occurs.
    pub fn count(&self, term: &str) -> u32 {
        self.0.get(term).copied().unwrap_or(0)
    }

    /// Occurrences of all terms together: the length of the text in terms.
    pub fn total(&self) -> u32 {
        self.0.values().sum()
    }

    /// Whether the text holds no term at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, term: &str) {
        match self.0.get_mut(term) {
            Some(count) => *count += 1,
            None => {
                self.0.insert(term.to_owned(), 1);
            }
        }
    }
}

/// Splits a text into the terms under which it is found.
///
/// The text is normalised (NFKC, lower case; full-width forms fold). English
/// words lose their ending (Snowball) and stop words fall out; Chinese is cut
/// into words with their parts (jieba, search mode). A number is one term, its
/// thousands separators removed. A word with digits in it (`iphone13`) counts
/// by its parts too. Traditional and simplified characters stay apart.
///
/// Never fails; a text of punctuation has no terms.
pub fn analyse(text: &str) -> TermCounts {
    let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let stemmer = Stemmer::create(Algorithm::English);
    let mut terms = TermCounts::default();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let run = Run::of(first);
        let end = run.end(rest);
        let (piece, after) = rest.split_at(end);
        match run {
            Run::Han => add_chinese(piece, &mut terms),
            Run::Word => add_word(piece, &stemmer, &mut terms),
            Run::Number => terms.add(&number(piece)),
            Run::Other => {}
        }
        rest = after;
    }
    terms
}

/// A stretch of text that is read in one way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Han,
    /// Letters first; digits and apostrophes may follow.
    Word,
    /// Digits with separators between them.
    Number,
    Other,
}

impl Run {
    fn of(first: char) -> Self {
        match first {
            c if is_han(c) => Self::Han,
            c if c.is_numeric() => Self::Number,
            c if c.is_alphabetic() => Self::Word,
            _ => Self::Other,
        }
    }

    /// Where the run that `text` starts with ends, in bytes.
    fn end(self, text: &str) -> usize {
        let mut chars = text.char_indices().peekable();
        let mut end = 0;
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|&(_, next)| next);
            let inside = match self {
                Self::Han => is_han(c),
                Self::Word => is_word(c) || (is_apostrophe(c) && next.is_some_and(is_word)),
                Self::Number => {
                    c.is_numeric()
                        || (at > 0 && matches!(c, ',' | '.') && next.is_some_and(char::is_numeric))
                }
                Self::Other => Self::of(c) == Self::Other,
            };
            if !inside {
                break;
            }
            end = at + c.len_utf8();
        }
        end
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' | '々' | '〇')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

fn add_chinese(piece: &str, terms: &mut TermCounts) {
    // Without jieba's model of unknown words, which joins the same name with
    // other neighbours in one text and not in the next; character by character
    // a name is at least the same everywhere.
    for token in JIEBA.cut_for_search(piece, false) {
        if !stop::is_chinese(token.word) {
            terms.add(token.word);
        }
    }
}

fn add_word(piece: &str, stemmer: &Stemmer, terms: &mut TermCounts) {
    let word = piece.replace('’', "'");
    if stop::is_english(&word) {
        return;
    }
    // Snowball removes the possessive only as `'s`; what is left of other
    // apostrophes (o'neill) is part of the name.
    terms.add(&stemmer.stem(&word));
    if word.contains(char::is_numeric) {
        for part in parts(&word) {
            terms.add(&stemmer.stem(part));
        }
    }
}

/// `iphone13` as `iphone` and `13`.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let numeric = rest.chars().next()?.is_numeric();
        let end = rest
            .find(|c: char| c.is_numeric() != numeric)
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(part)
    })
}

/// `1,250,000.00` as `1250000`, `12.50` as `12.5`; dates and versions
/// (`2024.03.01`) stay as they are.
fn number(piece: &str) -> String {
    let whole = piece.replace(',', "");
    match whole.split_once('.') {
        Some((_, fraction)) if !fraction.contains('.') => {
            whole.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(text: &str) -> Vec<String> {
        analyse(text).iter().map(|(term, _)| term.into()).collect()
    }

    #[test]
    fn english_words_lose_stop_words_and_endings() {
        assert_eq!(
            terms("What were the tenants' deposits?"),
            ["deposit", "tenant"]
        );
        assert_eq!(terms("Don't! It’s O'Neill's."), terms("o'neill"));
    }

    #[test]
    fn numbers_are_one_term_however_they_are_grouped() {
        assert_eq!(terms("$2,500.00"), ["2500"]);
        assert_eq!(terms("２５００"), ["2500"]);
        assert_eq!(terms("12.50, 3"), ["12.5", "3"]);
        assert_eq!(terms("2024.10.00"), ["2024.10.00"]);
        assert_eq!(terms("100"), ["100"]);
    }

    #[test]
    fn words_with_digits_count_by_their_parts_too() {
        assert_eq!(terms("iPhone13"), ["13", "iphon", "iphone13"]);
    }

    #[test]
    fn chinese_is_cut_into_words() {
        assert_eq!(terms("房东要我付押金5800元。"), {
            let mut expected = vec!["5800", "付", "元", "房东", "押金", "要"];
            expected.sort_unstable();
            expected
        });
    }

    #[test]
    fn counts_are_kept() {
        let counts = analyse("rent, rent and RENT");
        assert_eq!((counts.count("rent"), counts.total()), (3, 3));
        assert_eq!(counts.count("deposit"), 0);
    }

    proptest! {
        #[test]
        fn any_text_is_analysed(text in "\\PC*") {
            let counts = analyse(&text);
            prop_assert!(counts.iter().all(|(term, count)| !term.is_empty() && count > 0));
        }

        #[test]
        fn case_and_width_do_not_matter(text in "[a-z0-9 ]{0,40}") {
            let wide: String = text
                .chars()
                .map(|c| if c == ' ' { c } else { char::from_u32(c as u32 + 0xfee0).unwrap() })
                .collect();
            prop_assert_eq!(analyse(&text), analyse(&wide));
            prop_assert_eq!(analyse(&text), analyse(&text.to_uppercase()));
        }
    }
}
