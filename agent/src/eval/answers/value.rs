//! Whether an answer holds the right value.

use std::ops::Range;

use crate::consultation::{Probe, ProbeKind};
use crate::phrases::declines;

/// Words of a clause that gives a value as the earlier or rejected one.
const EARLIER: [&str; 40] = [
    "earlier",
    "original",
    "initial",
    "first said",
    "first gave",
    "first told",
    "correct",
    "previous",
    "formerly",
    "no longer",
    "not ",
    "n't",
    "instead of",
    "rather than",
    "mistake",
    "wrong",
    "was changed",
    "used to",
    "before",
    "revised",
    "conflict",
    "contradict",
    "inconsisten",
    "之前",
    "先前",
    "原先",
    "原来",
    "最初",
    "起初",
    "一开始",
    "更正",
    "纠正",
    "记错",
    "说错",
    "不是",
    "而非",
    "有误",
    "曾",
    "矛盾",
    "不一致",
];

/// Words by which an answer says that two statements conflict.
const CONFLICT: [&str; 22] = [
    "conflict",
    "contradict",
    "inconsisten",
    "both cannot",
    "cannot both",
    "two different",
    "two versions",
    "differ",
    "disagree",
    "but later",
    "but also",
    "then later",
    "not resolved",
    "unresolved",
    "矛盾",
    "不一致",
    "冲突",
    "前后",
    "两种说法",
    "不同的说法",
    "说法不",
    "但后来",
];

/// Whether the answer holds an accepted form and states no rejected value as
/// current. An `abstain` probe is right when the answer declines.
pub fn value_right(probe: &Probe, answer: &str) -> bool {
    if probe.kind == ProbeKind::Abstain {
        return declines(answer);
    }
    let folded = Folded::of(answer);
    let accepted = probe
        .accept
        .iter()
        .any(|form| form.parts().iter().all(|part| folded.holds(part)));
    let conflict_said = probe.kind != ProbeKind::Contradiction || contains_any(answer, &CONFLICT);
    accepted
        && conflict_said
        && !probe
            .reject
            .iter()
            .any(|value| states_as_current(answer, value))
}

fn states_as_current(answer: &str, value: &str) -> bool {
    clauses(answer)
        .into_iter()
        .map(|range| &answer[range])
        .any(|clause| Folded::of(clause).holds(value) && !contains_any(clause, &EARLIER))
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// Parts between marks; a mark between digits (a thousands separator, a
/// decimal point, a time) parts nothing.
fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map_or(' ', |(_, c)| *c);
        let within_number = before.is_ascii_digit() && after.is_ascii_digit();
        if is_mark(c) && !within_number {
            found.push(start..at);
            start = at + c.len_utf8();
        }
        before = c;
    }
    found.push(start..text.len());
    found
}

fn is_mark(c: char) -> bool {
    matches!(
        c,
        ',' | ';'
            | ':'
            | '.'
            | '!'
            | '?'
            | '('
            | ')'
            | '—'
            | '–'
            | '\n'
            | '，'
            | '；'
            | '：'
            | '。'
            | '！'
            | '？'
            | '（'
            | '）'
            | '、'
    )
}

/// A text without case, white space and thousands separators, in which the
/// ends of numbers can still be told.
struct Folded {
    text: String,
    /// Byte offsets at which a number of the original goes on: no match may
    /// begin or end there.
    inside_number: Vec<usize>,
}

impl Folded {
    fn of(original: &str) -> Self {
        let mut folded = Self {
            text: String::new(),
            inside_number: Vec::new(),
        };
        let chars: Vec<char> = original.chars().collect();
        for (at, &c) in chars.iter().enumerate() {
            if c.is_whitespace() || matches!(c, ',' | '，') {
                continue;
            }
            let goes_on = match c {
                '.' => chars.get(at + 1).is_some_and(char::is_ascii_digit),
                _ => c.is_ascii_digit(),
            };
            if goes_on && continues_number(&chars[..at]) {
                folded.inside_number.push(folded.text.len());
            }
            folded.text.extend(c.to_lowercase());
        }
        folded
    }

    fn holds(&self, value: &str) -> bool {
        let value = Self::of(value).text;
        !value.is_empty()
            && self.text.match_indices(&value).any(|(at, found)| {
                !self.inside_number.contains(&at)
                    && !self.inside_number.contains(&(at + found.len()))
            })
    }
}

/// Whether a digit or point after these characters goes on with their number.
fn continues_number(before: &[char]) -> bool {
    match before {
        [.., last] if last.is_ascii_digit() => true,
        [.., digit, ',' | '，' | '.'] if digit.is_ascii_digit() => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consultation::Form;

    fn probe(kind: ProbeKind, accept: &[&str], reject: &[&str]) -> Probe {
        Probe {
            id: "p".into(),
            after: 9,
            kind,
            question: "?".into(),
            answer: String::new(),
            accept: accept
                .iter()
                .map(|form| Form::One((*form).into()))
                .collect(),
            reject: reject.iter().map(|value| (*value).into()).collect(),
            evidence: vec![1],
            superseded: Vec::new(),
            working: String::new(),
        }
    }

    #[test]
    fn case_spaces_and_separators_do_not_count() {
        let date = probe(ProbeKind::Single, &["6 March"], &[]);
        assert!(value_right(&date, "It was on 6  march 2023."));
        let sum = probe(ProbeKind::Single, &["12,500"], &[]);
        assert!(value_right(&sum, "12500元。"));
        assert!(value_right(&sum, "$12,500."));
    }

    #[test]
    fn a_number_is_not_found_inside_another() {
        let sum = probe(ProbeKind::Single, &["785"], &[]);
        for wrong in ["£1,785", "£7,850", "785.50", "1785"] {
            assert!(!value_right(&sum, wrong), "{wrong}");
        }
        assert!(value_right(&sum, "In 2022 785 was paid"));
        assert!(value_right(&sum, "It is 785, paid on 3 May."));
    }

    #[test]
    fn a_rejected_value_may_be_named_as_the_earlier_one() {
        let update = probe(ProbeKind::Update, &["1,325"], &["1,385"]);
        assert!(value_right(
            &update,
            "It was £1,325 (first said to be £1,385)."
        ));
        assert!(value_right(&update, "It was £1,325, not £1,385."));
        assert!(!value_right(&update, "It was £1,385."));
        assert!(!value_right(&update, "£1,325 or £1,385, I am unsure."));
        let zh = probe(ProbeKind::Update, &["6200"], &["5800"]);
        assert!(value_right(&zh, "押金是6200元，最初说的5800元已更正。"));
        assert!(!value_right(&zh, "押金是6200元，另付5800元。"));
    }

    #[test]
    fn a_contradiction_must_be_said() {
        let mut both = probe(ProbeKind::Contradiction, &[], &[]);
        both.accept = vec![Form::All(vec!["hand".into(), "letterbox".into()])];
        assert!(value_right(
            &both,
            "The record conflicts: by hand, or through the letterbox."
        ));
        assert!(!value_right(&both, "By hand and through the letterbox."));
        assert!(!value_right(&both, "The record conflicts."));
    }

    #[test]
    fn abstaining_is_saying_so() {
        let abstain = probe(ProbeKind::Abstain, &[], &[]);
        assert!(value_right(&abstain, "The record does not say."));
        assert!(!value_right(&abstain, "It was £40."));
    }
}
