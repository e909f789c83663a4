//! The questions that one message asks.

use std::sync::LazyLock;

use regex::Regex;

use super::ask::asks;

static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)[,;]\s*(?:and\s+)?((?:how|what|when|who|where|which|between which|on which|the dates?)\b)|[,，;；](?:还有|另外)?((?:什么时候|哪天|哪一天|多少|几号|谁|怎么))",
    )
    .expect("the pattern is valid")
});

/// The questions of a message, each with what the message says before them; the message
/// itself if it asks only one.
pub(super) fn parts(question: &str) -> Vec<String> {
    let (context, asked) = match question.split_once([':', '：']) {
        Some((context, asked)) if !asked.trim().is_empty() => (context, asked),
        _ => ("", question),
    };
    let mut starts = vec![0];
    for found in NEXT.captures_iter(asked) {
        starts.extend(found.get(1).or(found.get(2)).map(|next| next.start()));
    }
    // A question may well begin with what it supposes: "If so, what".
    let first = starts.get(1).map_or(asked, |next| &asked[..*next]);
    if starts.len() == 1 || !asks(first) {
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
        for one in [
            "When and how did he promise it?",
            "If he stays, what does the rent come to?",
            "押金是多少?",
        ] {
            assert_eq!(parts(one), [one]);
        }
    }
}
