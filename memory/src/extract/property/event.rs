//! What a day is of, where the form of its clause says so: the thing that came,
//! began or was fixed for it, or that was made on it.

use std::sync::LazyLock;

use regex::Regex;

use super::fallback::{is_noun, singular};
use super::lexicon;
use crate::extract::pattern::pattern;
use crate::extract::statement::Place;
use crate::extract::{is_han, party, terms};
use crate::fact::Value;
use crate::segment::Word;

/// The property that the form ties to a day.
pub(super) fn tied(place: &Place<'_>, value: &Value) -> Option<String> {
    if !matches!(value, Value::Date { .. }) {
        return None;
    }
    thing_that_came(place, value)
        .or_else(|| thing_of(place, value))
        .or_else(|| topic(place, value))
}

/// "The meeting was fixed for 6 October", "probate came through yesterday": the
/// thing before a verb that says no more than that it was so.
fn thing_that_came(place: &Place<'_>, value: &Value) -> Option<String> {
    static LIGHT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"(?i)^(?:(?:and|but|so|then|well|now|no|sorry|actually)\s)*(?:(?:the|my|our|his|her|their|your|its|a|an|this|that)\s)?(?P<np>[a-z][a-z-]*(?:\s[a-z][a-z-]*)?)\s",
            r"(?:is|was|are|were|isn['’]t|wasn['’]t|came|comes|arrived|arrives|began|begins|started|starts|ends?|ended|ran out|runs out|expired?|expires|fell|falls|took place|went|goes|turned up|has|had|due)",
            r"(?:\s(?:only|just|actually|really|now|back|through|out|off|in|on|over|fixed|set|due|dated|booked|listed|adjourned|moved|postponed|scheduled|arranged|put|from|for|until|till|to|at|by|been|originally))*\s$"
        ))
    });
    let clause = &place.clauses[place.clause].span;
    let before = &place.text[clause.start..place.span.start];
    let c = LIGHT.captures(before)?;
    let np = c.name("np")?;
    let words: Vec<&str> = np.as_str().split(' ').collect();
    let head = words.last()?.to_ascii_lowercase();
    let at = clause.start + np.start()..clause.start + np.end();
    let named =
        |(span, _): &(std::ops::Range<usize>, String)| span.start < at.end && at.start < span.end;
    let joint = np.as_str().to_ascii_lowercase().replace(' ', "_");
    if let Some(entry) = lexicon::find(&joint, value).filter(|_| joint.contains('_')) {
        return Some(entry.name);
    }
    let thing = is_noun(&head) && !party::is_person_word(&head)
        || lexicon::find(&head, value).is_some_and(|e| e.class == lexicon::Class::Noun);
    if !thing || place.parties.iter().any(named) {
        return None;
    }
    Some(noun_name(&head, value))
}

fn noun_name(head: &str, value: &Value) -> String {
    match lexicon::find(head, value) {
        Some(entry) if entry.class == lexicon::Class::Noun => entry.name,
        _ => singular(head),
    }
}

/// "sent a proposal last Thursday", "a second will from 2021", "in the storm on
/// 8 November": the thing right before the day, unless a verb tells more.
fn thing_of(place: &Place<'_>, value: &Value) -> Option<String> {
    static THING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?P<lead>\b(?:a|an|the|my|our|his|her|their|in|in the|another|no|first|second|third|new|just a|just)\s)(?P<adjective>[a-z-]+\s)??(?P<noun>[a-z][a-z-]+),?\s(?P<tie>(?:on|from|of|for|dated|in|back in|the|this|last)\s)?(?:the\s)?$",
        )
    });
    const WEAK: &str = " sent send got get had has have made make found put took gave give was were is there filed opened issued did signed need want ";
    let clause = &place.clauses[place.clause].span;
    let before = &place.text[clause.start..place.span.start];
    let c = THING.captures(before)?;
    let noun = c.name("noun")?.as_str();
    const TIMES: &str = " time times week month day year end middle start spring summer autumn winter morning evening weekend ";
    if TIMES.contains(&format!(" {noun} ")) {
        return None;
    }
    let known = lexicon::find(noun, value).is_some_and(|e| e.class == lexicon::Class::Noun);
    let whole = c.get(0)?;
    let head = before[..whole.start()].trim_end();
    let from = c
        .name("tie")
        .is_some_and(|t| matches!(t.as_str().trim(), "from" | "of" | "dated"));
    let verbs: Vec<&str> = head
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| lexicon::is_verb(&w.to_ascii_lowercase()) || w.ends_with("ed") && w.len() > 4)
        .collect();
    let weak = verbs
        .iter()
        .all(|w| WEAK.contains(&format!(" {} ", w.to_ascii_lowercase())));
    let fits = known && (weak || from)
        || weak && verbs.is_empty() && is_noun(noun) && !party::is_person_word(noun);
    fits.then(|| noun_name(noun, value))
}

/// 催款函上周一寄的, 合同到明年二月底: the thing that a Chinese clause begins with.
fn topic(place: &Place<'_>, value: &Value) -> Option<String> {
    const THINGS: &str = "函证书单表信件款费金会议告同约票据知录案险板址账卡像";
    let clause = &place.clauses[place.clause].span;
    let before: Vec<&Word<'_>> = place
        .tokens
        .iter()
        .filter(|t| clause.start <= t.span.start && t.span.end <= place.span.start)
        .copied()
        .collect();
    if before.is_empty() || before.iter().any(|t| !t.text.chars().all(is_han)) {
        return None;
    }
    let noun = |t: &Word<'_>| matches!(t.tag, "n" | "vn" | "nz" | "nl" | "l" | "j" | "x" | "v");
    let run = before
        .iter()
        .take_while(|t| noun(t) && !is_person(place, t))
        .count();
    let head = before.get(..run)?.iter().rev().find(|t| {
        let entry = lexicon::find(t.text, value);
        entry.is_some_and(|e| e.class == lexicon::Class::Noun)
            || t.text.chars().count() >= 2
                && t.text.ends_with(|c: char| THINGS.contains(c))
                && terms::is_content(t.text)
    })?;
    // 签合同那天: a verb leads the thing.
    let led = before[..run]
        .iter()
        .any(|t| t.tag == "v" && t.span.end <= head.span.start);
    // What stands between must leave the thing in its place: 的, 是, 原来, a pronoun.
    let rest = &before[run..];
    let short = rest.len() <= 3
        && rest.iter().all(|t| {
            t.tag.starts_with(['r', 'd', 'u', 'p', 'c', 't', 'f'])
                || matches!(
                    t.text,
                    "是" | "不是" | "定" | "到" | "写" | "原来" | "推" | "改" | "推到" | "改到"
                )
        });
    if led || !short {
        return None;
    }
    Some(
        lexicon::find(head.text, value)
            .filter(|e| e.class == lexicon::Class::Noun)
            .map_or_else(|| head.text.to_owned(), |entry| entry.name),
    )
}

fn is_person(place: &Place<'_>, word: &Word<'_>) -> bool {
    let mut parties = place.parties.iter();
    parties.any(|(span, _)| span.start < word.span.end && word.span.start < span.end)
}

#[cfg(test)]
mod tests {
    fn told(text: &str) -> Vec<(String, String)> {
        let at = jiff::civil::date(2025, 6, 18).at(9, 0, 0, 0);
        let statements = crate::extract::extract(text, at).statements.into_iter();
        let named = |s: crate::extract::Statement| (text[s.span].to_owned(), s.attribute);
        statements.map(named).collect()
    }

    #[test]
    fn a_day_is_of_the_thing_that_came_or_was_fixed() {
        for (text, attribute) in [
            ("The meeting was fixed for 6 October.", "meeting"),
            ("Probate came through yesterday.", "probate"),
            ("He sent a proposal last Thursday.", "proposal"),
            ("There's a second will from 2021.", "will"),
            ("催款函上周一寄的", "催款函"),
            ("上周五出的院", "出院"),
            ("今年2月14号领了证", "结婚"),
        ] {
            let found = told(text);
            assert_eq!(found[0].1, attribute, "{text}: {found:?}");
        }
    }

    #[test]
    fn a_day_beside_an_amount_is_of_what_the_amount_is_of() {
        let found = told("The rent goes up to £870 from 1 November and I must sign.");
        assert_eq!(found[1].1, "rent", "{found:?}");
        let found = told("费用从四月起涨到6680");
        assert_eq!(found[0].1, "费用", "{found:?}");
    }
}
