//! The word that names a property nearest to a value.

use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{Class, Entry};
use super::word::{entry_at, is_generic, is_generic_noun, is_paying, qualifies};
use crate::extract::pattern::pattern;
use crate::extract::statement::Place;
use crate::extract::{is_han, terms};
use crate::fact::Value;
use crate::segment::Word;

/// A word that names a property, and how far it stands from the value.
pub(super) struct Candidate {
    pub name: String,
    pub class: Class,
    /// Whether it stands in the value's own clause.
    pub own: bool,
    cost: f32,
}

/// What a clause, a sentence and another value of the kind in between cost, in words.
const CLAUSE: f32 = 4.0;
const SENTENCE: f32 = 6.0;
const VALUE: f32 = 6.0;
/// Behind the value, unless something ties it to it.
const BEHIND: f32 = 3.0;
/// A verb for an amount; one that tells only that it was paid; a noun for a date.
const ACT: f32 = 2.5;
const PAYING: f32 = 13.0;
const THING: f32 = 3.5;
/// On the side that the clause's own form speaks against.
const OTHER_SIDE: f32 = 4.0;
/// What is farther away than this is of something else.
const FARTHEST: f32 = 28.0;

pub(super) fn nearest(place: &Place<'_>, value: &Value) -> Option<Candidate> {
    let here = &place.clauses[place.clause];
    let dated = matches!(value, Value::Date { .. });
    // A date is seldom of what another sentence tells, unless this one goes on with it.
    let reach = u32::from(!dated || goes_on(place));
    let tokens = place.tokens;
    let copula =
        COPULA.is_match(&place.text[here.span.start..place.span.start.max(here.span.start)]);
    let mut best: Option<Candidate> = None;
    for (i, token) in tokens.iter().enumerate() {
        let Some(at) = place.clause_at(token.span.start) else {
            continue;
        };
        let clause = &place.clauses[at];
        let behind = token.span.start >= place.span.end;
        let near = here.sentence >= clause.sentence && here.sentence - clause.sentence <= reach;
        // What follows tells of a date ("On 3 May, we signed"), hardly of an amount.
        let ahead = behind && at > place.clause && !dated;
        let inside = token.span.start < place.span.end && place.span.start < token.span.end;
        // "The estate agent says": a name is of nobody's property.
        let named = token.text.is_ascii()
            && place
                .parties
                .iter()
                .any(|(span, _)| span.start <= token.span.start && token.span.end <= span.end);
        if !near || ahead || inside || named {
            continue;
        }
        if token.text == "will" && !is_testament(tokens, i) {
            continue;
        }
        let Some((mut entry, length)) = entry_at(tokens, i, value) else {
            continue;
        };
        // "Mrs Ito charges £140".
        if token.text == "charges"
            && i > 0
            && tokens[i - 1].text.starts_with(|c: char| c.is_uppercase())
        {
            entry.name = "fee".to_owned();
        }
        let end = tokens[i + length - 1].span.end;
        let between = match behind {
            true => place.span.end..token.span.start,
            false => end..place.span.start,
        };
        if between.start > between.end {
            continue;
        }
        let gap = tokens
            .iter()
            .filter(|t| between.start <= t.span.start && t.span.end <= between.end)
            .count();
        let crossed = at.abs_diff(place.clause) as f32;
        let values = place.same_kind.iter();
        let values = values.filter(|v| between.start <= v.start && v.end <= between.end);
        let class = match (dated, entry.class) {
            (true, Class::Noun) => THING,
            (false, Class::Verb) if is_paying(&entry.name) => PAYING,
            (false, Class::Verb) => ACT,
            _ => 0.0,
        };
        let told = match behind {
            // 签合同那天是3月5号: the copula ties it to what stands before.
            true if copula && dated => OTHER_SIDE,
            // "The fee on a claim is £115" is not of the claim.
            false if copula && !dated && is_object(tokens, i) => OTHER_SIDE,
            _ => 0.0,
        };
        let side = match behind {
            true => behind_cost(&place.text[between.clone()], dated),
            false => Some(0.0),
        };
        let Some(side) = side else { continue };
        let cost = gap as f32
            + crossed * CLAUSE
            + (here.sentence - clause.sentence) as f32 * SENTENCE
            + if reach == 1 && dated {
                0.0
            } else {
                values.count() as f32 * VALUE
            }
            + class
            + told
            + side;
        if cost <= FARTHEST && best.as_ref().is_none_or(|b| cost < b.cost) {
            best = Some(Candidate {
                name: spent_on(place, tokens, i, &entry)
                    .unwrap_or_else(|| qualified(place, tokens, i, &entry.name)),
                class: entry.class,
                own: at == place.clause,
                cost,
            });
        }
    }
    best
}

/// "Her will", not "it will".
fn is_testament(tokens: &[&Word<'_>], i: usize) -> bool {
    const LEADS: &str = " the a an my our his her their your this that first second last later new old later earlier own valid ";
    let before = i
        .checked_sub(1)
        .map(|at| tokens[at].text.to_ascii_lowercase());
    before.is_some_and(|word| LEADS.contains(&format!(" {word} ")))
}

/// Right before a value that is stated of the subject of its clause.
static COPULA: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:is|was|are|were|be|comes? to|came to)(?: (?:now|only|just|about|around|for|on))?\s$|(?:是|为|共|总共)$",
    )
});

/// Whether a preposition leads the word: "on a claim".
fn is_object(tokens: &[&Word<'_>], i: usize) -> bool {
    const PREPOSITIONS: &str = " on of for with in at to from by after before about under over ";
    let is = |word: &str, list: &str| list.contains(&format!(" {} ", word.to_ascii_lowercase()));
    let before = |n: usize| i.checked_sub(n).map(|at| tokens[at].text);
    let led = |n: usize| before(n).is_some_and(|word| is(word, PREPOSITIONS));
    led(1)
        || led(2)
            && before(1).is_some_and(|word| is(word, " a an the my our his her their this that "))
}

/// "It's now 13 October", 改到13号了: goes on with what the sentence before tells.
fn goes_on(place: &Place<'_>) -> bool {
    static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:(?:so|but|and|now|no|sorry|actually)[,\s]+)*(?:it|that|this|they)(?:['’]s|\s)|\b(?:it['’]s|it is|it was|that['’]s) (?:now|actually)\b|^(?:现在|又|后来|结果)?(?:改|推|挪|提前|延)",
        )
    });
    let here = &place.clauses[place.clause];
    let sentence = place.clauses.iter().find(|c| c.sentence == here.sentence);
    sentence.is_some_and(|c| GOES_ON.is_match(&place.text[c.span.clone()]))
}

/// How loosely a word behind a value is tied to it: "£750 admission fee", "£60
/// for petrol" and 750块的评估费 name what it is; "after tax" doesn't.
fn behind_cost(between: &str, dated: bool) -> Option<f32> {
    static TIED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:\s+|\s*-\s*)(?:(?i:(?:for|as|in|of)\s+)?(?:(?i:a|an|the|my|our|his|her|their)\s+)?(?:[a-z]+\s+)?)?$|^的$",
        )
    });
    static APART: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:after|before|plus|including|excluding|less|a|an|per|every|each|to|from|with|without|by|and|out of the|out of my)\s+$",
        )
    });
    let apart = !dated && APART.is_match(between);
    if between.is_empty() && !dated {
        // 一万八医药费
        Some(0.5)
    } else if apart {
        None
    } else if TIED.is_match(between) && !dated {
        Some(if between.trim() == "的" { -2.0 } else { 0.5 })
    } else if between.contains(" and ") || between.contains(" but ") {
        Some(BEHIND + 4.0)
    } else if dated && between.contains(is_han) {
        // What happened mostly stands behind its date.
        Some(0.0)
    } else if dated {
        Some(2.0)
    } else {
        Some(BEHIND)
    }
}

/// 打车花了380: what stands right before the spending tells what it was for.
fn spent_on(place: &Place<'_>, tokens: &[&Word<'_>], i: usize, entry: &Entry) -> Option<String> {
    let before = tokens[i.checked_sub(1)?];
    let adjoins = before.span.end == tokens[i].span.start && before.span.end <= place.span.start;
    let named = before.tag.starts_with(['n', 'v', 'x', 'l', 'm', 'j'])
        && before.text.chars().count() >= 2
        && before.text.chars().all(is_han)
        && terms::is_content(before.text);
    let fits =
        matches!(entry.name.as_str(), "费用" | "付款" | "出资") && entry.class == Class::Verb;
    (fits && adjoins && named).then(|| before.text.to_owned())
}

/// Fees and the like are told apart by the word before them: "admission fee".
fn qualified(place: &Place<'_>, tokens: &[&Word<'_>], i: usize, name: &str) -> String {
    let before = i.checked_sub(1).map(|at| tokens[at]);
    let Some(before) = before.filter(|_| is_generic(name)) else {
        return name.to_owned();
    };
    let adjoins = place.text[before.span.end..tokens[i].span.start] == *" ";
    match adjoins
        && qualifies(before.text)
        && !is_generic_noun(&tokens[i].text.to_ascii_lowercase())
    {
        true => format!("{} {name}", before.text.to_ascii_lowercase()),
        false => name.to_owned(),
    }
}
