//! The property that a value is stated of: `deposit`, `signing`, 押金.

mod fallback;
mod lexicon;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::pattern;
use super::statement::Place;
use super::{is_han, terms};
use crate::fact::Value;
use crate::segment::Word;
use lexicon::{Class, Entry};

/// The name of a length of time that tells how far off something was.
pub(crate) const DIFFERENCE: &str = "difference";

/// The name that offers are kept under: they follow each other, so they are one
/// property whatever is offered.
pub(crate) const OFFER: &str = "offer";

/// The name of the day until when something can be done.
const DEADLINE: &str = "deadline";

/// Properties of which none is ever another, however alike the words around.
const DISTINCT: &str = " deposit rent salary wage premium excess fine interest loan debt mortgage tax bonus \
    allowance pension insurance share stake 保洁 水电费 押金 定金 租金 工资 底薪 年薪 奖金 违约金 利息 本金 首付 货款 \
    尾款 罚款 股份 股权 实缴 认缴 注册资本 分红 鉴定费 学费 彩礼 抚养费 加班费 医药费 物业费 中介费 律师费 \
    诉讼费 保证金 ";

/// Whether two properties cannot be the same one.
pub(crate) fn are_distinct(a: &str, b: &str) -> bool {
    let listed = |name: &str| DISTINCT.contains(&format!(" {name} "));
    a != b && listed(a) && listed(b)
}

/// Whether a property is told by a word that is known to name one.
pub(crate) fn is_property(name: &str) -> bool {
    let head = name.rsplit(' ').next().unwrap_or(name);
    name == OFFER || lexicon::names_property(head) || is_amount_word(name)
}

/// What is offered, and the words with which offers are made.
static OFFERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:offer(?:s|ed|ing)?|proposes?|proposed|proposal|in exchange for|bid|(?:they|he|she|we)['’]?(?:re| are|ve| have|s| is| has) (?:at|up to|gone up|gone to|come up|come down))\b",
        r"|愿意(?:全额)?(?:退|赔|补|给|出)|出到|出[\d一二三四五六七八九十百.]+万|给到|加到|出价|开价|张口|另付|方案|最多(?:退|赔|补|给|出)|一次性|(?:给我|给您|再)补|补偿[^费]|补偿$|再赔|赔您|私了|报了个?价|还价"
    ))
});

static DEADLINES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:open|valid|good|stands?|holds?|reply|respond|answer|decide|sign|accept|pay|know)\b(?:\s\w+){0,2}\s(?:by|until|till)\b|\bdeadline\b",
        r"|截止|期限|最迟|最晚|(?:前|之前)(?:必须|要|得)?(?:答复|回复|给|付|签|还)"
    ))
});

/// The properties that a text names and that can have such a value: what a question
/// asks for, if the value would answer it.
pub(crate) fn named(text: &str, value: &Value) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = lexicon::named(text, value).collect();
    let amount = matches!(value, Value::Money { .. } | Value::Duration { .. });
    if amount && OFFERS.is_match(text) {
        names.insert(OFFER.to_owned());
    }
    if matches!(value, Value::Date { .. }) && DEADLINES.is_match(text) {
        names.insert(DEADLINE.to_owned());
    }
    names
}

/// The property of which the value is stated: the word that stands nearest to it
/// and can have such a value, in its clause before others; else what stands in
/// the place where a property is named.
pub(super) fn attribute(place: &Place<'_>, value: &Value) -> String {
    let clause = &place.text[place.clauses[place.clause].span.clone()];
    let amount = matches!(
        value,
        Value::Money { .. } | Value::Duration { .. } | Value::Percent { .. }
    );
    if amount && OFFERS.is_match(clause) {
        return OFFER.to_owned();
    }
    if matches!(value, Value::Date { .. }) && (DEADLINES.is_match(clause) || is_limit(place)) {
        return DEADLINE.to_owned();
    }
    if let Some(name) = idiom(place, value) {
        return name.to_owned();
    }
    nearest(place, value)
        .or_else(|| fallback::attribute(place, value))
        .unwrap_or_default()
}

/// "by Monday", 周一前: a day until when, where nothing says that it is over.
fn is_limit(place: &Place<'_>) -> bool {
    static BY: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bby(?: the)?\s$"));
    static OVER: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:was|were|had|did|sent|came|got|[a-z]{3,}ed)\b|了|过"));
    let clause = &place.clauses[place.clause].span;
    let (before, after) = (
        &place.text[clause.start..place.span.start],
        &place.text[place.span.end..clause.end],
    );
    let limit = BY.is_match(before) || after.starts_with('前') || after.starts_with("之前");
    limit && !OVER.is_match(before) && !OVER.is_match(after)
}

/// What set phrases tell: "£400 down" is a deposit, "14 days to pay" a deadline.
fn idiom(place: &Place<'_>, value: &Value) -> Option<&'static str> {
    static TO_ACT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\s(?:in which )?to (?:answer|reply|respond|pay|object|decide|appeal|leave|find|reject|remedy|fix|sign|move|claim|comply|apply|return|vacate|cancel)\b",
        )
    });
    let clause = &place.clauses[place.clause].span;
    let (before, after) = (
        &place.text[clause.start..place.span.start],
        &place.text[place.span.end..clause.end],
    );
    match value {
        Value::Money { .. } if after == " down" || after.starts_with(" down ") => Some("deposit"),
        Value::Duration { .. } if TO_ACT.is_match(after) => Some(DEADLINE),
        Value::Duration { .. }
            if after.starts_with(['内'])
                || after.starts_with("之内")
                || after.starts_with("以内") =>
        {
            Some("期限")
        }
        Value::Duration { .. }
            if before.ends_with("限期") || before.contains('给') && before.ends_with(is_han) =>
        {
            Some("期限")
        }
        _ => None,
    }
}

/// A word that names a property, and how far it stands from the value.
struct Candidate {
    name: String,
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

fn nearest(place: &Place<'_>, value: &Value) -> Option<String> {
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
        if !near || ahead || inside {
            continue;
        }
        let Some((entry, length)) = entry_at(tokens, i, value) else {
            continue;
        };
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
            + values.count() as f32 * VALUE
            + class
            + told
            + side;
        if cost <= FARTHEST && best.as_ref().is_none_or(|b| cost < b.cost) {
            best = Some(Candidate {
                name: spent_on(place, tokens, i, &entry)
                    .unwrap_or_else(|| qualified(place, tokens, i, &entry.name)),
                cost,
            });
        }
    }
    best.map(|candidate| candidate.name)
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
            r"(?i)^(?:(?:so|but|and|now|no|sorry|actually)[,\s]+)*(?:it|that|this|they)(?:['’]s|\s)|^(?:现在|又|后来|结果)?(?:改|推|挪|提前|延)",
        )
    });
    let here = &place.clauses[place.clause];
    let sentence = place.clauses.iter().find(|c| c.sentence == here.sentence);
    sentence.is_some_and(|c| GOES_ON.is_match(&place.text[c.span.clone()]))
}

/// The entry of the word at a place, or of it and the next, that can have such a value.
fn entry_at(tokens: &[&Word<'_>], i: usize, value: &Value) -> Option<(Entry, usize)> {
    let word = tokens[i].text;
    if let Some(next) = tokens.get(i + 1) {
        let joint = if word.is_ascii() { "_" } else { "" };
        if let Some(entry) = lexicon::find(&format!("{word}{joint}{}", next.text), value) {
            return Some((entry, 2));
        }
    }
    if let Some(entry) = lexicon::find(word, value) {
        return Some((entry, 1));
    }
    let amount = matches!(value, Value::Money { .. } | Value::Percent { .. });
    let noun = |name: String| Entry {
        name,
        class: Class::Noun,
    };
    if amount && is_amount_word(word) {
        return Some((noun(word.to_owned()), 1));
    }
    // 查漏 + 费, where the segmenter knows no such word.
    let next = tokens
        .get(i + 1)
        .filter(|next| matches!(next.text, "费" | "款" | "金" | "价"));
    next.filter(|next| amount && next.span.start == tokens[i].span.end && word.chars().all(is_han))
        .map(|next| (noun(format!("{word}{}", next.text)), 2))
}

/// 检测费, 工程款: whatever ends like an amount of money is one.
fn is_amount_word(word: &str) -> bool {
    const ENDS: [char; 9] = ['费', '款', '金', '价', '薪', '租', '税', '险', '额'];
    const NOT: [&str; 8] = [
        "现金", "免费", "资金", "保险", "危险", "风险", "奖金", "美金",
    ];
    word.chars().count() >= 2 && word.ends_with(ENDS) && !NOT.contains(&word)
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
    if apart {
        None
    } else if TIED.is_match(between) && !dated {
        Some(if between.trim() == "的" { -2.0 } else { 0.5 })
    } else if dated && between.contains(is_han) {
        // What happened mostly stands behind its date.
        Some(0.0)
    } else if dated {
        Some(2.0)
    } else {
        Some(BEHIND)
    }
}

/// Whether a verb says nothing of what an amount was paid for.
fn is_paying(name: &str) -> bool {
    matches!(name, "payment" | "付款" | "费用" | "转账" | "收款")
}

/// 打车花了380: what stands right before the spending tells what it was for.
fn spent_on(place: &Place<'_>, tokens: &[&Word<'_>], i: usize, entry: &Entry) -> Option<String> {
    let before = tokens[i.checked_sub(1)?];
    let adjoins = before.span.end == tokens[i].span.start && before.span.end <= place.span.start;
    let named = before.tag.starts_with(['n', 'v']) && before.text.chars().count() >= 2;
    let fits = entry.name == "费用" && entry.class == Class::Verb;
    (fits && adjoins && named).then(|| before.text.to_owned())
}

/// Fees and the like are told apart by the word before them: "admission fee".
fn qualified(place: &Place<'_>, tokens: &[&Word<'_>], i: usize, name: &str) -> String {
    const GENERIC: &str = " fee price cost bill charge pay rate limit deposit payment ";
    let before = i.checked_sub(1).map(|at| tokens[at]);
    let Some(before) = before.filter(|_| GENERIC.contains(&format!(" {name} "))) else {
        return name.to_owned();
    };
    let adjoins = place.text[before.span.end..tokens[i].span.start] == *" ";
    let word = before.text.to_ascii_lowercase();
    let content = before.text.starts_with(|c: char| c.is_ascii_lowercase())
        && word.len() > 2
        && terms::is_content(&word)
        && !lexicon::is_verb(&word)
        && !is_modifier(&word);
    match adjoins && content && !is_generic_noun(&tokens[i].text.to_ascii_lowercase()) {
        true => format!("{word} {name}"),
        false => name.to_owned(),
    }
}

/// A verb form that is also kept under a generic name.
fn is_generic_noun(form: &str) -> bool {
    matches!(
        form,
        "charges" | "charged" | "cost" | "costs" | "pays" | "paid"
    )
}

/// Tells which one, not what kind.
fn is_modifier(word: &str) -> bool {
    const WORDS: &str = " monthly weekly yearly annual daily total full whole original current previous \
        first second third last next new old final higher lower extra separate same other another own \
        small big large actual initial usual agreed unpaid outstanding missing stage stages half ";
    WORDS.contains(&format!(" {word} ")) || word.ends_with("ly")
}

/// Whether the gap between two places holds nothing but blanks.
fn adjoin(text: &str, gap: Range<usize>) -> bool {
    text[gap].trim().is_empty()
}
