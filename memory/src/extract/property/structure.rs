//! Where the form of a sentence says what a value is of: the subject of a copula
//! ("the part alone is £310"), "a deposit of £900", "£900 as a deposit", "£95 for
//! a scan", 一千二的热水器.

use std::sync::LazyLock;

use regex::Regex;

use super::fallback::{is_noun, singular};
use super::lexicon;
use super::word::{is_generic, is_offer_word, qualifies};
use crate::extract::pattern::pattern;
use crate::extract::statement::Place;
use crate::extract::{is_han, terms};
use crate::fact::Value;
use crate::segment::Word;

/// What the form around an amount ties it to, before any nearest word is looked for.
pub(super) fn tied(place: &Place<'_>, value: &Value) -> Option<String> {
    if matches!(value, Value::Date { .. } | Value::Identifier { .. }) {
        return None;
    }
    let clause = &place.clauses[place.clause].span;
    let (before, after) = (
        &place.text[clause.start..place.span.start],
        &place.text[place.span.end..clause.end],
    );
    of_before(before, value)
        .or_else(|| as_after(after, value))
        .or_else(|| predicate(after, value))
        .or_else(|| copula_subject(before, value))
        .or_else(|| relative(place, before, value))
        .or_else(|| counted(before, after, value))
        .or_else(|| chinese_noun_behind(place, value))
}

/// The property that a copula states an amount of.
pub(super) fn stated_of(place: &Place<'_>, value: &Value) -> Option<String> {
    let clause = &place.clauses[place.clause].span;
    let dated = matches!(value, Value::Date { .. } | Value::Identifier { .. });
    (!dated).then(|| copula_subject(&place.text[clause.start..place.span.start], value))?
}

/// "£402 for the part", "£27 for a night", which says more than that it was paid.
pub(super) fn purpose(place: &Place<'_>, value: &Value) -> Option<String> {
    // "it needs £11,200 to put right", "had it inspected for £480"
    static TO: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\sto\s(?P<verb>[a-z]+)(?:\s(?P<particle>[a-z]+))?"));
    static FOR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:\s(?:each|apiece|more|extra))?(?:,?\s(?:was|is|were|are|goes|went|to go))?\s(?:for|on|towards|in)\s(?P<np>[a-z][a-z' -]*)",
        )
    });
    if matches!(value, Value::Date { .. } | Value::Identifier { .. }) {
        return None;
    }
    let clause = &place.clauses[place.clause].span;
    let after = &place.text[place.span.end..clause.end];
    if let Some(c) = TO
        .captures(after)
        .filter(|_| matches!(value, Value::Money { .. }))
    {
        let verb = &c["verb"];
        let particle = c.name("particle").map_or("", |p| p.as_str());
        let act = lexicon::act(&format!("{verb}_{particle}")).or_else(|| lexicon::act(verb));
        return Some(act.unwrap_or_else(|| verb.to_owned()));
    }
    let told = FOR.captures(after).and_then(|c| {
        let np = c.name("np")?.as_str();
        name_of(&phrase(np)?, value)
    });
    told.or_else(|| {
        let before = &place.text[clause.start..place.span.start];
        let led = before.ends_with(" for ") && matches!(value, Value::Money { .. });
        let mut words = before.split(|c: char| !c.is_ascii_alphabetic()).rev();
        led.then(|| words.find_map(lexicon::act))?
    })
}

/// A noun under the name that the lists keep it under, else in the singular.
fn name_of(noun: &Phrase<'_>, value: &Value) -> Option<String> {
    let head = noun.head.to_ascii_lowercase();
    if is_offer_word(&head) {
        return Some(super::OFFER.to_owned());
    }
    if let Some(before) = noun.modifier {
        let joint = format!("{}_{head}", before.to_ascii_lowercase());
        if let Some(entry) = lexicon::find(&joint, value) {
            return Some(entry.name);
        }
    }
    let name = match lexicon::find(&head, value) {
        _ if head == "pay" && matches!(value, Value::Money { .. }) => "wage".to_owned(),
        Some(entry) if entry.class == lexicon::Class::Noun => entry.name,
        _ => singular(&head),
    };
    Some(match noun.modifier {
        Some(modifier) if is_generic(&name) && qualifies(modifier) => {
            format!("{} {name}", modifier.to_ascii_lowercase())
        }
        _ => name,
    })
}

/// The noun at the head of a phrase, and the word before it.
struct Phrase<'t> {
    head: &'t str,
    modifier: Option<&'t str>,
}

/// Reads a noun phrase from its beginning: what stands before the first
/// preposition, verb or conjunction.
fn phrase(text: &str) -> Option<Phrase<'_>> {
    const LEADS: &str = " a an the my our his her their your its this that these those one another each every some any both all no ";
    const ENDS: &str = " of on for with in at to from by after before about under over and or but which who that when if than \
        is was are were be been has have had will would can could says said per until till since because so as plus less \
        i we he she they you it me him them us not now then ";
    let mut words: Vec<&str> = Vec::new();
    let mut determined = false;
    for word in text.split(' ') {
        let lower = word.to_ascii_lowercase();
        let is = |list: &str| list.contains(&format!(" {lower} "));
        if words.is_empty() && is(LEADS) {
            determined = true;
            continue;
        }
        if is(ENDS) || word.is_empty() {
            break;
        }
        words.push(word.trim_end_matches("'s").trim_end_matches("’s"));
    }
    while words.last().is_some_and(|w| is_trailing(w)) {
        words.pop();
    }
    let (&head, rest) = words.split_last()?;
    let lower = head.to_ascii_lowercase();
    // "the cut", "my pay": an article makes a noun of a verb.
    let made = determined && rest.is_empty() && super::is_verb(&lower);
    (made || is_noun(&lower) || lexicon::names_property(&lower) || is_offer_word(&lower)).then(
        || Phrase {
            head,
            modifier: rest.last().copied(),
        },
    )
}

/// Behind a noun without being a part of it: "the part alone".
fn is_trailing(word: &str) -> bool {
    const WORDS: &str = " alone itself altogether alike too also only still really already ";
    WORDS.contains(&format!(" {word} ")) || word.ends_with("ly")
}

/// "a deposit of £900", "the balance of about £50".
fn of_before(before: &str, value: &Value) -> Option<String> {
    static OF: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:^|[\s(])(?:(?P<modifier>[A-Za-z-]+)\s)?(?P<noun>[A-Za-z-]+)\sof\s(?:about\s|around\s|roughly\s|some\s|nearly\s|only\s|just\s)?$",
        )
    });
    const NOT: &str = " total sum amount figure out instead because period term lot kind couple most all rest value ";
    let c = OF.captures(before)?;
    let head = c.name("noun")?.as_str();
    let lower = head.to_ascii_lowercase();
    if NOT.contains(&format!(" {lower} ")) || !(is_noun(&lower) || lexicon::names_property(&lower))
    {
        return None;
    }
    let modifier = c.name("modifier").map(|m| m.as_str());
    name_of(&Phrase { head, modifier }, value)
}

/// "£900 was the second instalment".
fn predicate(after: &str, value: &Value) -> Option<String> {
    static IS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^\s(?:is|was|were)\s(?:the|a|an|my|our|his|her|their)\s(?P<np>[a-z][a-z' -]*)")
    });
    // "The extra £25 was for keys"
    static FOR: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\s(?:is|was|were)\sfor\s(?P<np>[a-z][a-z' -]*)"));
    let c = IS.captures(after).or_else(|| FOR.captures(after))?;
    name_of(&phrase(c.name("np")?.as_str())?, value)
}

/// "£900 as a deposit".
fn as_after(after: &str, value: &Value) -> Option<String> {
    static AS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^,?\s(?:as|by way of|in)\s(?:a|an|the|my|our|his|her|their)\s(?P<np>[a-z][a-z' -]*)",
        )
    });
    let np = AS.captures(after)?.name("np")?.as_str();
    name_of(&phrase(np)?, value)
}

/// "The contract price was £9,000": the head of what stands before the copula,
/// back to where its own clause begins.
fn copula_subject(before: &str, value: &Value) -> Option<String> {
    static COPULA: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"\s(?:(?:is|was|are|were|isn['’]t|wasn['’]t|will be|would be|has been|had been|came to|comes to|come to|came out at|comes out at|stands at|stood at|",
            r"goes up to|go up to|went up to|goes to|rises to|rose to|went down to|goes down to|dropped to|fell to|came in at|ran to|runs to)",
            r"(?: (?:now|only|just|about|around|actually|really|roughly|nearly|over|under|at|then|still|originally|meant to be|supposed to be))*)\s$"
        ))
    });
    static BEGINS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"(?i)(?:^|\s)(?:says?|said|thinks?|thought|reckons?|because|and|but|so|if|when|where|while|whereas|then|shows?|showed|means?|that|told (?:me|us|him|her|them)|know|knew|found|find)\s",
            r"(?:that\s)?(?P<det>the|a|an|my|our|his|her|their|your|its|this)\s"
        ))
    });
    let copula = COPULA.find(before)?;
    let head = &before[..copula.start()];
    let start = BEGINS
        .captures_iter(head)
        .last()
        .and_then(|c| c.name("det").map(|det| det.start()));
    let own = head[start.unwrap_or(0)..].trim_start();
    let own = match own.split_once(' ') {
        Some((first, rest)) if start.is_none() && is_opener(first) => rest,
        _ => own,
    };
    let noun = phrase(own)?;
    // "They were £50": who has no property of his own name.
    let proper = noun.head.starts_with(|c: char| c.is_uppercase()) && own.trim() != noun.head;
    (!proper).then(|| name_of(&noun, value))?
}

/// Opens a sentence without saying anything of it.
fn is_opener(word: &str) -> bool {
    const WORDS: &str = " and but so then now well also yes no because actually apparently originally sorry ok okay plus ";
    WORDS.contains(&format!(" {} ", word.to_ascii_lowercase()))
}

/// "a dehumidifier, which was £27 a day": the noun before the relative clause.
fn relative(place: &Place<'_>, before: &str, value: &Value) -> Option<String> {
    static WHICH: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^which\s(?:is|was|are|were|cost|costs|came to|comes to)\s(?:\w+\s){0,2}$")
    });
    if !WHICH.is_match(before) {
        return None;
    }
    let here = &place.clauses[place.clause];
    let before: &Vec<&Word<'_>> = &place
        .tokens
        .iter()
        .filter(|t| t.span.end <= here.span.start)
        .filter(|t| {
            place
                .clause_at(t.span.start)
                .is_some_and(|c| place.clauses[c].sentence == here.sentence)
        })
        .copied()
        .collect();
    let at = before.iter().rposition(|t| is_noun(t.text))?;
    let modifier = at.checked_sub(1).map(|i| before[i].text);
    name_of(
        &Phrase {
            head: before[at].text,
            modifier,
        },
        value,
    )
}

/// "a £75 call-out", "another £280 deposit": a noun right behind an amount that an
/// article or a possessive leads.
fn counted(before: &str, after: &str, value: &Value) -> Option<String> {
    static LED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)(?:^|\s)(?:a|an|the|my|our|his|her|their|your|this|that|another)\s$")
    });
    static NOUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[\s-](?P<np>[a-z][a-z -]*)"));
    // "four days' pay"
    static OWN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^['’]s?\s(?P<np>[a-z][a-z -]*)"));
    if let Some(c) = OWN
        .captures(after)
        .filter(|_| matches!(value, Value::Duration { .. }))
    {
        return name_of(&phrase(c.name("np")?.as_str())?, value);
    }
    if !LED.is_match(before) {
        return None;
    }
    let np = NOUN.captures(after)?.name("np")?.as_str();
    name_of(&phrase(np)?, value)
}

/// 一千二的热水器, 750块的评估费: what a value with 的 qualifies.
fn chinese_noun_behind(place: &Place<'_>, value: &Value) -> Option<String> {
    let rest = place.text[place.span.end..].strip_prefix('的')?;
    let at = place.text.len() - rest.len();
    let mut words = place.tokens.iter().filter(|t| t.span.start >= at);
    let first = words.next().filter(|t| t.span.start == at)?;
    let mut noun = first.text.to_owned();
    if let Some(next) = words.next()
        && next.span.start == first.span.end
        && next.tag.starts_with('n')
        && first.tag.starts_with(['n', 'v', 'x'])
    {
        noun.push_str(next.text);
    }
    let noun_like = first.tag.starts_with(['n', 'v', 'x', 'l', 'j']);
    let long = noun.chars().count() >= 2 && noun.chars().all(is_han);
    if !noun_like || !long || !terms::is_content(&noun) {
        return None;
    }
    Some(lexicon::find(&noun, value).map_or(noun, |entry| entry.name))
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
    fn the_form_of_a_clause_names_the_property() {
        for (text, surface, attribute) in [
            (
                "My electricity went up. He said the valve alone is £310.",
                "£310",
                "valve",
            ),
            ("The fee on a claim that size is £115.", "£115", "fee"),
            ("We paid a retainer of £750.", "£750", "retainer"),
            ("I gave her £950 as a deposit.", "£950", "deposit"),
            ("£250 was the second instalment.", "£250", "payment"),
            ("We hired a heater, which was £27 a day.", "£27", "heater"),
            ("I paid £95 for a private scan.", "£95", "scan"),
            ("My brother lent us £1,200 for a plumber.", "£1,200", "loan"),
            ("The extra £25 was for keys.", "£25", "key"),
            ("And the cut came to 22 hours.", "22 hours", "cut"),
            ("师傅来修了,换了个一千二的热水器。", "一千二", "热水器"),
        ] {
            let found = told(text).into_iter().find(|(s, _)| s == surface);
            assert_eq!(found.map(|(_, a)| a).as_deref(), Some(attribute), "{text}");
        }
    }
}
