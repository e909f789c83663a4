//! Sentences of English and Chinese text, as byte ranges.

use std::ops::Range;

/// Words whose full stop does not end a sentence.
const ABBREVIATIONS: [&str; 18] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "v", "e.g", "i.e", "etc", "ltd", "inc", "co",
    "jr", "sr", "approx", "cf",
];

/// Words whose full stop before a number does not end a sentence.
const BEFORE_NUMBERS: [&str; 6] = ["no", "art", "sec", "p", "para", "cl"];

/// Splits a text into sentences, without the white space between them.
///
/// The last range may be a sentence that is still being written.
pub(crate) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        if !ends_sentence(text, start, at, c) {
            continue;
        }
        let mut end = end;
        while let Some(&(next, closing)) = chars.peek() {
            if !is_closing(closing) {
                break;
            }
            end = next + closing.len_utf8();
            chars.next();
        }
        push_trimmed(text, start..end, &mut found);
        start = end;
    }
    push_trimmed(text, start..text.len(), &mut found);
    found
}

fn push_trimmed(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let part = &text[range.clone()];
    let trimmed = part.trim();
    if !trimmed.is_empty() {
        let start = range.start + (part.len() - part.trim_start().len());
        found.push(start..start + trimmed.len());
    }
}

fn ends_sentence(text: &str, start: usize, at: usize, c: char) -> bool {
    match c {
        '。' | '！' | '？' | '；' | '\n' => true,
        '!' | '?' => true,
        '.' => {
            let after = text[at + 1..].chars().find(|c| !is_closing(*c));
            after.is_none_or(char::is_whitespace) && !abbreviates(&text[start..at], &text[at + 1..])
        }
        _ => false,
    }
}

/// Whether a full stop between these belongs to an abbreviation or an initial.
fn abbreviates(before: &str, after: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || c == '(' || c == '"')
        .next();
    let word = word.unwrap_or("");
    let lower = word.to_lowercase();
    let number_follows = after.trim_start().starts_with(|c: char| c.is_ascii_digit());
    ABBREVIATIONS.contains(&lower.as_str())
        || (word.len() == 1 && word.chars().all(|c| c.is_ascii_uppercase()))
        || (number_follows && BEFORE_NUMBERS.contains(&lower.as_str()))
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '”'
            | '’'
            | ')'
            | '）'
            | '」'
            | '』'
            | ']'
            | '.'
            | '!'
            | '?'
            | '！'
            | '？'
            | '。'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text)
            .into_iter()
            .map(|range| &text[range])
            .collect()
    }

    #[test]
    fn marks_of_both_languages_end_sentences() {
        assert_eq!(
            split("It was £1,325.50. Paid!  Was it?"),
            ["It was £1,325.50.", "Paid!", "Was it?"]
        );
        assert_eq!(
            split("押金6200元。后来补了400!对吗?是"),
            ["押金6200元。", "后来补了400!", "对吗?", "是"]
        );
    }

    #[test]
    fn abbreviations_and_quotes_do_not_split() {
        assert_eq!(
            split("Mr. Hale v. Co. B. Smith said \"no.\" Then left."),
            ["Mr. Hale v. Co. B. Smith said \"no.\"", "Then left."]
        );
        assert_eq!(split(""), Vec::<&str>::new());
    }
}
