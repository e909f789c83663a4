//! What the agent says and asks in each language, in one place.

use jiff::civil::Date;

use crate::language::Language;

/// The fixed texts of one language.
pub(crate) struct Phrases {
    /// Heads the consultation; what to say where it holds no answer follows it.
    pub(crate) system: &'static str,
    /// Follows the question.
    pub(crate) answer: &'static str,
    /// Heads what was corrected.
    pub(crate) corrected: &'static str,
    /// Heads the question.
    pub(crate) question: &'static str,
    /// Names the client as a speaker.
    pub(crate) client: &'static str,
    /// Names counsel as a speaker.
    pub(crate) counsel: &'static str,
    /// The whole answer where the record holds none.
    pub(crate) declined: &'static str,
    /// Heads two statements that cannot both hold.
    pub(crate) conflicting: &'static str,
    pub(crate) language: Language,
    /// Wordings by which an answer says that the record does not say.
    declining: &'static [&'static str],
}

const EN: Phrases = Phrases {
    system: "You help a lawyer find what a client said. Below is the record of the \
consultation, message by message. If something was corrected later, only the correction \
counts. If the record does not contain the answer, say: ",
    answer: "Answer in one short sentence with the exact amount, date or name from the record, \
or say that the record does not say.",
    corrected: "Corrected:",
    question: "The client asks:",
    client: "Client",
    counsel: "Counsel",
    declined: "The record does not say.",
    conflicting: "Conflicting statements:",
    language: Language::En,
    declining: &[
        "record does not",
        "record doesn't",
        "does not say",
        "doesn't say",
        "not mentioned",
        "does not mention",
        "doesn't mention",
        "not specified",
        "does not specify",
        "not stated",
        "does not state",
        "not provided",
        "does not provide",
        "no information",
        "no record of",
        "not in the record",
        "does not contain",
        "never said",
        "did not say",
    ],
};

const ZH: Phrases = Phrases {
    system: "你帮律师查找当事人说过的话。下面是咨询记录，一条一条的。后来更正过的，只以更正为准。\
记录里没有答案时，就说：",
    answer: "用一句简短的话回答，给出准确的金额、日期或姓名。",
    corrected: "更正：",
    question: "当事人问：",
    client: "当事人",
    counsel: "律师",
    declined: "记录中没有提到。",
    conflicting: "说法矛盾：",
    language: Language::Zh,
    declining: &[
        "没有提到",
        "没有提及",
        "未提到",
        "未提及",
        "没有说明",
        "未说明",
        "没有记录",
        "未记录",
        "没有提供",
        "未提供",
        "没有说",
        "无法确定",
        "没有相关",
        "并未说",
        "没有明确",
    ],
};

/// The texts of a language.
pub(crate) fn phrases(language: Language) -> &'static Phrases {
    match language {
        Language::En => &EN,
        Language::Zh => &ZH,
    }
}

/// Whether an answer says, in either language, that the record does not say.
pub(crate) fn declines(answer: &str) -> bool {
    let answer = answer.to_lowercase();
    [&EN, &ZH]
        .iter()
        .any(|p| p.declining.iter().any(|wording| answer.contains(wording)))
}

/// A day as people write it.
pub(crate) fn day(date: Date, language: Language) -> String {
    match language {
        Language::En => date.strftime("%-d %B %Y").to_string(),
        Language::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_refusal_is_recognised_as_one() {
        for language in [Language::En, Language::Zh] {
            assert!(declines(phrases(language).declined));
            assert!(!declines("The deposit was £1,325."));
        }
    }

    #[test]
    fn days_are_written_as_people_write_them() {
        let date = jiff::civil::date(2024, 3, 6);
        assert_eq!(day(date, Language::En), "6 March 2024");
        assert_eq!(day(date, Language::Zh), "2024年3月6日");
    }
}
