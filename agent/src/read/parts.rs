//! The questions that one message asks.

use std::sync::LazyLock;

use regex::Regex;

use super::ask::asks;
use crate::language::Language;

static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)[,;]\s*(?:and\s+)?((?:how|what|when|who|where|which|between which|on which|the dates?)\b)",
    )
    .expect("the pattern is valid")
});

/// That what a question supposes comes first: "Set against the first offer, how much".
static SUPPOSES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:set|take|taking|put|given|suppos\w+|if|once|after|before)\b")
        .expect("the pattern is valid")
});

/// That a message asks so many things.
static COUNTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:two|three) (?:things|questions)|(?:问)?[两三](?:件事|个问题))$")
        .expect("the pattern is valid")
});

/// The questions of a message, each with what the message says before them; the message
/// itself if it asks only one.
pub(super) fn parts(question: &str) -> Vec<String> {
    let (context, asked) = match question.split_once([':', '：']) {
        Some((context, asked)) if !asked.trim().is_empty() => (context, asked),
        _ => ("", question),
    };
    let context = if COUNTS.is_match(context) {
        ""
    } else {
        context
    };
    if Language::of(asked) == Language::Zh {
        return chinese(context, asked).unwrap_or_else(|| vec![question.to_owned()]);
    }
    let mut starts = vec![0];
    for found in NEXT.captures_iter(asked) {
        starts.extend(found.get(1).map(|next| next.start()));
    }
    // A question may well begin with what it supposes: "If so, what".
    let first = starts.get(1).map_or(asked, |next| &asked[..*next]);
    if starts.len() == 1 || !asks(first) || SUPPOSES.is_match(first) {
        return vec![question.to_owned()];
    }
    let ends = starts[1..].iter().copied().chain([asked.len()]);
    let part = |(start, end): (&usize, usize)| {
        let part = asked[*start..end].trim().trim_end_matches(" and");
        let part = part.trim_end_matches([',', ';', '，', '；']);
        format!("{context} {part}").trim().to_owned()
    };
    starts.iter().zip(ends).map(part).collect()
}

/// A Chinese question has its question word anywhere: each stretch that has one is a
/// question, with the stretches before it that have none.
fn chinese(context: &str, asked: &str) -> Option<Vec<String>> {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("多少|几|谁|哪|什么|怎么|吗|有没有|是否").expect("the pattern is valid")
    });
    static JOINS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("^(?:还有|另外|以及|再有|还想问)[,，]?").expect("the pattern is valid")
    });
    let mut parts: Vec<String> = Vec::new();
    let mut pending = context.to_owned();
    for stretch in asked.split_inclusive([',', '，', ';', '；', '?', '？']) {
        pending.push_str(&JOINS.replace(stretch.trim(), ""));
        if WORD.is_match(stretch) {
            let part = pending.trim_end_matches([',', ';', '，', '；']).to_owned();
            parts.push(part);
            pending = context.to_owned();
        }
    }
    (parts.len() > 1 && pending == context).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_ask_two_things() {
        assert_eq!(
            parts("How long was my notice, and how many days of leave did I have left?"),
            [
                "How long was my notice",
                "how many days of leave did I have left?"
            ]
        );
        assert_eq!(
            parts("On the boiler: when did it fail, and when was it mended?"),
            [
                "On the boiler when did it fail",
                "On the boiler when was it mended?"
            ]
        );
        assert_eq!(
            parts("两件事：押金是多少？还有合同是哪天签的？"),
            ["押金是多少？", "合同是哪天签的？"]
        );
        assert_eq!(
            parts("保洁员叫什么，工资是多少？"),
            ["保洁员叫什么", "工资是多少？"]
        );
        for one in [
            "空调和墙面,我有什么可以反驳?",
            "When and how did he promise it?",
            "If he stays, what does the rent come to?",
            "押金是多少?",
        ] {
            assert_eq!(parts(one), [one]);
        }
    }
}
