//! Sentences that say what somebody or something is called.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What a sentence says of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It is the name.
    Is,
    /// It is not: "not Nathaniel Langtry".
    IsNot,
}

/// A name and whose it is, as one sentence tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Naming<'t> {
    /// Who or what has the name: `the tree surgeon`; empty if an earlier sentence says.
    pub(super) of: &'t str,
    pub(super) name: &'t str,
    pub(super) says: Says,
}

/// The words of the patterns below that stand for more than themselves.
const WORDS: [(&str, &str); 7] = [
    (
        "NAME",
        r"(?P<name>(?:(?:Mrs?|Ms|Miss|Dr|Prof|Judge|Officer)\.?\s)?WORD(?:\s(?:\p{Lu}\.\s)?WORD|\s(?:de|van|von|der|al|bin)\b){0,3})",
    ),
    ("OTHER", r"(?P<other>WORD(?:\sWORD){0,3})"),
    ("WORD", r"\p{Lu}\p{L}+(?:[’'-]\p{Lu}\p{L}*)*"),
    (
        "THING",
        r"(?P<of>\b(?:[Aa]n?|[Tt]he|[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir)\s\p{Ll}[\w’'-]*(?:\s[\p{Ll}\d][\w’'-]*){0,5}?)",
    ),
    ("SOMEBODY", r"(?P<of>\p{Han}[\p{Han}A-Za-z0-9]{1,14}?)"),
    (
        "CALLED",
        r"(?P<name>[\p{Han}--[我你您他她它人大别去来]][\p{Han}·]{1,7}?)",
    ),
    ("FORMER", r"(?P<other>[\p{Han}·]{2,8}?)STOP"),
];

fn pattern(text: &str) -> Regex {
    let mut text = text.to_owned();
    for (word, meaning) in WORDS {
        text = text.replace(word, meaning);
    }
    let text = text.replace("STOP", r"(?:[,，。;；.!！?？、]|$)");
    Regex::new(&text).expect("the pattern is valid")
}

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"(?:spoke|talked|spoken) (?:to|with) THING[,;](?: and)? (?:the|his|her|their) name (?:is|was) NAME",
        r"THING(?:\s(?:is|was)|[’']s)?(?:\scalled|\snamed|\sgoes by(?: the name of)?)\sNAME(?:,?\snot\sOTHER)?",
        r"(?i:the (?:right |correct )?name) of THING\s(?:is|was)\sNAME(?:,?\snot\sOTHER)?",
        r"THING[’']s (?:right |correct )?name\s(?:is|was)\sNAME(?:,?\snot\sOTHER)?",
        r"(?i:the (?:right|correct|real) name)\s(?:is|was)\sNAME(?:,?\snot\sOTHER)?",
        r"THING\s(?:is|was)\sNAME(?:,?\snot\sOTHER|[.,;!?]|$)",
        r"NAME\s(?:is|was)\s(?P<of>(?:the|my|our|his|her|their)\s\p{Ll}[\w’'-]*(?:\s[\p{Ll}\d][\w’'-]*){0,5})(?:[.,;!?]|$)",
        r"THING,\sNAME(?:[.,;!?]|$)",
        r"(?:^|[,，。;；:：])(?:我跟)?SOMEBODY(?:现在)?(?:的(?:名字|姓名))?(?:就|也)?(?:是叫|叫做|名叫|名为|叫)CALLED(?:[,，]?(?:而)?(?:不叫|不是|并非)FORMER|STOP)",
        r"(?:^|[,，。;；:：])SOMEBODY的(?:名字|姓名)(?:就|应该)?是CALLED(?:[,，]?(?:而)?(?:不叫|不是|并非)FORMER|STOP)",
        r"(?:^|[,，。;；:：])SOMEBODY就?是CALLED[,，]?(?:而)?(?:不叫|不是|并非)FORMER",
        r"(?:^|[,，。;；:：])SOMEBODY就是CALLEDSTOP",
        r"(?:^|[,，。;；:：])SOMEBODY[,，](?:大家|人家|我们|他们)都?(?:叫|喊)[他她]?CALLEDSTOP",
        r"(?:^|[,，。;；:：])我?[跟和]SOMEBODY(?:谈|聊|说|见|通|联系)过(?:话|面|电话)?[,，](?:[他她]的?|对方的?)?名字(?:是|叫)CALLEDSTOP",
    ]
    .iter()
    .map(|text| pattern(text))
    .collect()
});

/// "is not called Rosamund Fairweather": no other name is told.
static NOT_CALLED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"THING\s(?:(?:is|was) not|isn[’']t|wasn[’']t)(?: called| named)?\sNAME(?:[.,;!?]|$)",
        r"(?:^|[,，。;；:：])SOMEBODY(?:并)?(?:不叫|不是叫)CALLEDSTOP",
    ]
    .iter()
    .map(|text| pattern(text))
    .collect()
});

/// What a sentence says of names.
pub(super) fn namings(sentence: &str) -> Vec<Naming<'_>> {
    let mut found = Vec::new();
    for captures in NOT_CALLED.iter().flat_map(|p| p.captures_iter(sentence)) {
        add(&mut found, &captures, "name", Says::IsNot);
    }
    for captures in PATTERNS.iter().flat_map(|p| p.captures_iter(sentence)) {
        add(&mut found, &captures, "name", Says::Is);
        add(&mut found, &captures, "other", Says::IsNot);
    }
    found
}

/// Adds what a group of a match names, unless that is known already.
fn add<'t>(found: &mut Vec<Naming<'t>>, captures: &Captures<'t>, name: &str, says: Says) {
    let (of, name) = (group(captures, "of"), group(captures, name));
    if !name.is_empty() && found.iter().all(|naming| naming.name != name) {
        found.push(Naming { of, name, says });
    }
}

fn group<'t>(captures: &Captures<'t>, name: &str) -> &'t str {
    captures.name(name).map_or("", |group| group.as_str())
}

/// Whose name a question asks for, if it asks for a name and nothing else.
pub(super) fn asked(question: &str) -> Option<&str> {
    static ASKED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            r"(?i)\b(?:what|which) (?:is|was|’s|'s) the (?:\w+ )?name of (?P<of>[^?,]+)",
            r"(?i)\bwhat(?: is| was|’s|'s) (?P<of>[^?]+?)(?:’s|'s) name\b",
            r"(?i)\bwhat (?:is|was|are|were) (?P<of>[^?]+?) (?:called|named)\b",
            r"(?i)\bwho (?:is|was) (?P<of>(?:the|my|our|his|her|their) [^?,]+)",
            r"(?P<of>\p{Han}[^,，?？:：]{0,24}?)(?:的)?(?:(?:姓名|名字)(?:是什么|叫什么)|叫什么(?:名字?)?)",
        ]
        .iter()
        .map(|text| Regex::new(text).expect("the pattern is valid"))
        .collect()
    });
    let of = ASKED
        .iter()
        .find_map(|p| p.captures(question)?.name("of"))?;
    Some(of.as_str().trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_people() {
        for (sentence, of, name) in [
            (
                "The roofer is called Ivo Marchetti.",
                "The roofer",
                "Ivo Marchetti",
            ),
            ("A caseworker named Dee rang.", "A caseworker", "Dee"),
            ("My uncle goes by the name of Tam.", "My uncle", "Tam"),
            (
                "The name of the clerk at the desk is Una Boyle.",
                "the clerk at the desk",
                "Una Boyle",
            ),
            (
                "Una Boyle is the clerk at the desk.",
                "the clerk at the desk",
                "Una Boyle",
            ),
            (
                "Then I saw the locksmith, Piet Vos.",
                "the locksmith",
                "Piet Vos",
            ),
            ("Our vet's name is Dr Amin.", "Our vet", "Dr Amin"),
            (
                "I spoke to the roofer; his name is Ivo.",
                "the roofer",
                "Ivo",
            ),
            ("装修队长叫洪大川。", "装修队长", "洪大川"),
            ("收银员的名字是卜小青。", "收银员", "卜小青"),
            ("评估师就是莫一凡。", "评估师", "莫一凡"),
            ("我跟保安谈过，名字是欧海。", "保安", "欧海"),
        ] {
            let told = Naming {
                of,
                name,
                says: Says::Is,
            };
            assert_eq!(namings(sentence), [told], "{sentence}");
        }
    }

    #[test]
    fn names_are_rejected() {
        let told = |sentence: &'static str| -> Vec<(&str, Says)> {
            namings(sentence).iter().map(|n| (n.name, n.says)).collect()
        };
        assert_eq!(
            told("I had it wrong: the roofer is Ivo Marchetti, not Ivan Marek."),
            [("Ivo Marchetti", Says::Is), ("Ivan Marek", Says::IsNot)]
        );
        assert_eq!(
            told("更正：收银员是卜小青，不是卜小琴。"),
            [("卜小青", Says::Is), ("卜小琴", Says::IsNot)]
        );
        assert_eq!(
            told("The roofer is not called Ivan Marek."),
            [("Ivan Marek", Says::IsNot)]
        );
        assert_eq!(told("The right name is Ivo."), [("Ivo", Says::Is)]);
    }

    #[test]
    fn other_sentences_name_nobody() {
        for sentence in [
            "The rent is due on Monday.",
            "I rang the office and nobody came.",
            "押金是两千块。",
            "他叫我别着急。",
        ] {
            assert_eq!(namings(sentence), [], "{sentence}");
        }
    }

    #[test]
    fn questions_ask_for_names() {
        for (question, of) in [
            ("What is the name of the roofer?", "the roofer"),
            ("What is my uncle's name?", "my uncle"),
            (
                "What is the clerk at the desk called?",
                "the clerk at the desk",
            ),
            ("Who was the vet?", "the vet"),
            ("装修队长叫什么?", "装修队长"),
            ("收银员的姓名是什么？", "收银员"),
        ] {
            assert_eq!(asked(question), Some(of), "{question}");
        }
        assert_eq!(asked("Who signed for the parcel?"), None);
        assert_eq!(asked("How much was it?"), None);
    }
}
