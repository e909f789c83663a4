//! Sentences and clauses: where the text stops.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::pattern;

/// A clause's place and the sentence it belongs to, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub span: Range<usize>,
    pub sentence: u32,
}

/// Splits at the marks of both languages. Nothing is split inside `whole`
/// (values: "March 6, 2017", 1,385), numbers, or after "Mr." and the like.
pub(super) fn clauses(text: &str, whole: &[Range<usize>]) -> Vec<Stretch> {
    let (mut found, mut start, mut sentence) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        let stop = stop_at(text, at, c);
        if stop == Stop::None || whole.iter().any(|w| w.start <= at && at < w.end) {
            continue;
        }
        push(text, start..at, sentence, whole, &mut found);
        start = at + c.len_utf8();
        sentence += u32::from(stop == Stop::Sentence);
    }
    push(text, start..text.len(), sentence, whole, &mut found);
    renumber(&mut found);
    found
        .into_iter()
        .flat_map(|stretch| at_conjunctions(text, stretch, whole))
        .collect()
}

/// "1047 went out in March and 1074 in April" states two things: a clause with
/// values on either side of a conjunction is two.
fn at_conjunctions(text: &str, stretch: Stretch, whole: &[Range<usize>]) -> Vec<Stretch> {
    static CONJUNCTION: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\s(?:and|but|so|while|whereas|then|before|after)\s"));
    let Stretch { span, sentence } = stretch;
    let valued = |r: Range<usize>| whole.iter().any(|w| r.start <= w.start && w.end <= r.end);
    let mut parts = Vec::new();
    let mut start = span.start;
    for m in CONJUNCTION.find_iter(&text[span.clone()]) {
        let (end, next) = (span.start + m.start(), span.start + m.end());
        let cuts_value = whole.iter().any(|w| w.start < next && end < w.end);
        if !cuts_value && valued(start..end) && valued(next..span.end) {
            parts.push(Stretch {
                span: start..end,
                sentence,
            });
            start = next;
        }
    }
    parts.push(Stretch {
        span: start..span.end,
        sentence,
    });
    parts
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    None,
    Clause,
    Sentence,
}

fn stop_at(text: &str, at: usize, c: char) -> Stop {
    let before = text[..at].chars().next_back();
    let after = text[at + c.len_utf8()..].chars().next();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    match c {
        '。' | '!' | '！' | '?' | '？' | '\n' | ';' | '；' | '…' => Stop::Sentence,
        '.' if digit(before) && digit(after) => Stop::None,
        '.' if after.is_some_and(|c| !(c.is_whitespace() || "\"'”’)".contains(c))) => {
            Stop::None
        }
        '.' if abbreviates(&text[..at]) => Stop::None,
        '.' => Stop::Sentence,
        ',' | ':' if digit(before) && digit(after) => Stop::None,
        ',' | '，' | ':' | '：' | '—' | '–' | '(' | ')' | '（' | '）' => Stop::Clause,
        _ => Stop::None,
    }
}

/// Whether a full stop after `head` belongs to an abbreviation or an initial.
fn abbreviates(head: &str) -> bool {
    const SHORT: [&str; 18] = [
        "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "No", "Art", "Pub", "Inc", "Ltd", "Co", "v", "vs",
        "Sgt", "Rev", "approx", "Cal",
    ];
    let word = head
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let initial = word.len() == 1 && word.starts_with(|c: char| c.is_ascii_uppercase());
    (initial && word != "I") || SHORT.contains(&word)
}

/// Trims blanks and quotes, but never a value; a stretch without any word is
/// no clause.
fn push(
    text: &str,
    span: Range<usize>,
    sentence: u32,
    whole: &[Range<usize>],
    found: &mut Vec<Stretch>,
) {
    let trim = |c: char| !c.is_alphanumeric();
    let body = &text[span.clone()];
    let mut start = span.start + (body.len() - body.trim_start_matches(trim).len());
    let mut end = span.start + body.trim_end_matches(trim).len();
    for value in whole
        .iter()
        .filter(|w| span.start <= w.start && w.end <= span.end)
    {
        start = start.min(value.start);
        end = end.max(value.end);
    }
    if start < end {
        found.push(Stretch {
            span: start..end,
            sentence,
        });
    }
}

/// Sentences without any clause ("...") leave no gap in the numbers.
fn renumber(found: &mut [Stretch]) {
    let (mut last, mut number) = (None, 0);
    for stretch in found {
        if last.is_some_and(|last| last != stretch.sentence) {
            number += 1;
        }
        last = Some(stretch.sentence);
        stretch.sentence = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(u32, &str)> {
        clauses(text, &[])
            .into_iter()
            .map(|s| (s.sentence, &text[s.span]))
            .collect()
    }

    #[test]
    fn splits_both_languages() {
        assert_eq!(
            split("Mr. Ito paid £1,200.50, I think. Then J. Roe left!"),
            [
                (0, "Mr. Ito paid £1,200.50"),
                (0, "I think"),
                (1, "Then J. Roe left")
            ]
        );
        assert_eq!(
            split("定金3000,尾款另付;他说:“不退”。"),
            [(0, "定金3000"), (0, "尾款另付"), (1, "他说"), (1, "不退")]
        );
        assert_eq!(split("...!?"), []);
    }
}
