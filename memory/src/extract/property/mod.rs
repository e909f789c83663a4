//! The property that a value is stated of: `deposit`, `signing`, 押金.

mod event;
mod fallback;
mod lexicon;
mod structure;

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

/// Whether a word tells what happened.
pub(super) fn is_verb(word: &str) -> bool {
    lexicon::is_verb(word)
}

/// Whether a property is told by a word that is known to name one.
pub(crate) fn is_property(name: &str) -> bool {
    let head = name.rsplit(' ').next().unwrap_or(name);
    name == OFFER || lexicon::names_property(head) || is_amount_word(name)
}

/// Whether a property is one that somebody has: not an act, an offer or a deadline.
pub(crate) fn is_owned(name: &str) -> bool {
    const ACTS: &str = " payment repayment transfer withdrawal refund fine deduction settlement price cost debt advance letter \
        call text email message visit meeting notice report claim 付款 转账 还款 退款 罚款 扣款 费用 赔偿 补偿 垫付 价格 差额 电话 通知 签订 申请 ";
    const HELD: &str = " 工资 费用 遗嘱 ";
    let listed = |list: &str| list.contains(&format!(" {name} "));
    is_property(name) && name != OFFER && name != DEADLINE && (!listed(ACTS) || listed(HELD))
}

/// What is offered, and the words with which offers are made.
static OFFERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:offer(?:s|ed|ing)?|proposes?|proposed|proposal|in exchange for|bid|(?:they|he|she|we)['’]?(?:re| are|ve| have|s| is| has) (?:at|up to|gone up|gone to|come up|come down))\b|\bwould (?:be fair|settle|accept)\b|\bsettle for\b|\bif (?:we|i|you) (?:pay|paid|drop)\b|\bought to be\b",
        r"|愿意(?:全额)?(?:退|赔|补|给|出)|出到|出[\d一二三四五六七八九十百.]+万|给到|加到|出价|开价|张口|另付|方案|最多(?:退|赔|补|给|出)|一次性|(?:给我|给您|再)补|补偿[^费]|补偿$|再赔|赔您|私了|报了个?价|还价|[说觉][得]?(?:起码|至少|最少|最多|怎么也得|不能少于)|再(?:减|降|让)|先(?:付|给|出|退|赔)"
    ))
});

/// 七十五万才能签: for how much somebody would agree.
static TERMS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^[^,，。]{0,2}(?:才|就)(?:能|肯|行|签|答应|同意|愿意)|^[^,，。]{0,1}我就签")
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
pub(super) fn attribute(place: &Place<'_>, value: &Value) -> Told {
    let sure = |name: String| Told { name, sure: true };
    let clause = &place.text[place.clauses[place.clause].span.clone()];
    let amount = matches!(
        value,
        Value::Money { .. } | Value::Duration { .. } | Value::Percent { .. }
    );
    // "a new proposal: 20%": a value alone is of what stands before it.
    let alone = amount && clause.len() == place.span.len() && place.clause > 0;
    let whole = match place.clauses.get(place.clause.wrapping_sub(1)) {
        Some(before) if alone && before.sentence == place.clauses[place.clause].sentence => {
            &place.text[before.span.start..place.span.end]
        }
        _ => clause,
    };
    let on_terms = place.text[place.span.end..].chars().take(8).collect::<String>();
    if amount && (OFFERS.is_match(whole) || TERMS.is_match(&on_terms)) {
        return sure(OFFER.to_owned());
    }
    if matches!(value, Value::Date { .. }) && (DEADLINES.is_match(clause) || is_limit(place)) {
        return sure(done_before(place, value).unwrap_or_else(|| DEADLINE.to_owned()));
    }
    if let Some(name) = idiom(place, value) {
        return sure(name.to_owned());
    }
    let tied = structure::tied(place, value).or_else(|| event::tied(place, value));
    if let Some(name) = tied {
        return sure(name);
    }
    let nearest = nearest(place, value);
    // What its own clause names is nearer than what another does.
    let elsewhere = nearest.as_ref().is_none_or(|c| !c.own);
    if let Some(name) = fallback::own_clause(place, value).filter(|_| elsewhere) {
        return sure(name);
    }
    // "£95 for a scan" says more than that it was paid.
    let verbal = nearest.as_ref().is_none_or(|c| {
        let spent = is_paying(&c.name) || matches!(c.name.as_str(), "price" | "fee" | "cost");
        c.class == Class::Verb && spent
    });
    if let Some(name) = structure::purpose(place, value).filter(|_| verbal) {
        return sure(name);
    }
    match nearest {
        Some(candidate) => Told {
            sure: !is_paying(&candidate.name),
            name: candidate.name,
        },
        None => Told {
            name: fallback::attribute(place, value).unwrap_or_default(),
            sure: false,
        },
    }
}

/// What a value is of, and whether more than its mere nearness says so.
pub(super) struct Told {
    pub name: String,
    pub sure: bool,
}

/// Since when an amount holds, or when it was paid: a day beside an amount whose
/// clause tells of nothing else that happened is of what the amount is of.
pub(super) fn goes_with_amount(place: &Place<'_>, told: &Told) -> bool {
    static FROM: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:from|as of|starting|effective)\s$|从$"));
    let clause = &place.clauses[place.clause].span;
    let (before, after) = (
        &place.text[clause.start..place.span.start],
        &place.text[place.span.end..clause.end],
    );
    let since = FROM.is_match(before) || after.starts_with('起') || place.text[place.span.clone()].ends_with('起');
    since || !told.sure
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

/// 12月31日前交房: what is to be done by a day, where the verb stands right behind.
fn done_before(place: &Place<'_>, value: &Value) -> Option<String> {
    let after = &place.text[place.span.end..];
    let surface = &place.text[place.span.clone()];
    let led = ["之前", "前"].iter().find(|word| after.starts_with(**word));
    let from = match led {
        Some(word) => place.span.end + word.len(),
        None if surface.ends_with('前') => place.span.end,
        None => return None,
    };
    let at = place.tokens.iter().position(|t| t.span.start == from)?;
    let (entry, _) = entry_at(place.tokens, at, value)?;
    (entry.class == Class::Verb && !is_paying(&entry.name)).then_some(entry.name)
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
    static BACK: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:gave|paid|give|pay)\b[^,.;]{1,40}\bback\s$"));
    static SINCE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:been|have|has|['’]ve|work|works|worked|working|live|lived|living|there|here)\b[^,.;]{0,40}\bsince(?: the)?\s$")
    });
    static DO_FOR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:do|does|did|done|fix|finish|sell|sold|buy|bought|get|got|let)\b[^,.;]{0,20}\sfor\s$|\splace\sat\s$")
    });
    static MUST: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:must|has to|have to|needs? to|no later)\b[^.;]*\b(?:within|in|than)\s$")
    });
    static CAME: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)(?:^|\s)(?:it|that|which|they)\s(?:came|arrived|turned up)(?: on)?(?: the)?\s$")
    });
    static HAD: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:had|got|received|taken|took)(?: another| a further)?\s$"));
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:everything|the (?:whole|full) (?:thing|lot|job|package)|all of it|the lot)\s(?:is|was|came to|comes to|cost|costs|would be|will be)\b[a-z ]*$",
        )
    });
    match value {
        Value::Date { .. } if CAME.is_match(before) => Some("delivery"),
        Value::Money { .. } | Value::Percent { .. } if after == " off" || after.starts_with(" off ") => Some("discount"),
        Value::Money { .. } if after.starts_with(" from") && HAD.is_match(before) => Some("payment"),
        Value::Money { .. } if WHOLE.is_match(before) => Some("price"),
        Value::Date { .. } if BACK.is_match(before) => Some("repayment"),
        Value::Date { .. } if SINCE.is_match(before) => Some("start"),
        Value::Money { .. } if DO_FOR.is_match(before) => Some("price"),
        Value::Duration { .. } if MUST.is_match(before) => Some(DEADLINE),
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
    class: Class,
    /// Whether it stands in the value's own clause.
    own: bool,
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

fn nearest(place: &Place<'_>, value: &Value) -> Option<Candidate> {
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
        if token.text == "will" && !is_testament(tokens, i) {
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
            + if reach == 1 && dated { 0.0 } else { values.count() as f32 * VALUE }
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
    let before = i.checked_sub(1).map(|at| tokens[at].text.to_ascii_lowercase());
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

/// The entry of the word at a place, or of it and the next, that can have such a value.
fn entry_at(tokens: &[&Word<'_>], i: usize, value: &Value) -> Option<(Entry, usize)> {
    let word = tokens[i].text;
    if let Some(next) = tokens.get(i + 1) {
        let joint = if word.is_ascii() { "_" } else { "" };
        if let Some(entry) = lexicon::find(&format!("{word}{joint}{}", next.text), value) {
            return Some((entry, 2));
        }
    }
    if let Some(found) = apart(tokens, i, value) {
        return Some(found);
    }
    if let Some(entry) = lexicon::find(word, value) {
        return Some((entry, 1));
    }
    // 摔断了, 签过: the particle is no part of the verb.
    let bare = word.strip_suffix(['了', '过', '着']);
    if let Some(entry) = bare.and_then(|bare| lexicon::find(bare, value)) {
        return Some((entry, 1));
    }
    // 月工资 is 工资.
    let kind = word.strip_prefix(['月', '年', '日', '总', '净', '实']);
    if let Some(entry) = kind.and_then(|kind| lexicon::find(kind, value))
        && entry.class == Class::Noun
    {
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

/// Verbs that stand apart from their second half: 出的院, 领了证, "pick it up".
fn apart(tokens: &[&Word<'_>], i: usize, value: &Value) -> Option<(Entry, usize)> {
    let (word, middle, last) = (tokens[i].text, tokens.get(i + 1)?, tokens.get(i + 2)?);
    let joint = match word.is_ascii() {
        true => {
            let pronoun = matches!(
                middle.text,
                "it" | "them" | "him" | "her" | "me" | "us" | "that" | "this"
            );
            pronoun.then(|| format!("{word}_{}", last.text))?
        }
        false => {
            let particle = matches!(middle.text, "的" | "了" | "过" | "完" | "着");
            particle.then(|| format!("{word}{}", last.text))?
        }
    };
    lexicon::find(&joint, value).map(|entry| (entry, 3))
}

/// 检测费, 工程款: whatever ends like an amount of money is one.
fn is_amount_word(word: &str) -> bool {
    const ENDS: [char; 9] = ['费', '款', '金', '价', '薪', '租', '税', '险', '额'];
    const NOT: [&str; 12] = [
        "现金", "免费", "资金", "保险", "危险", "风险", "奖金", "美金", "条款", "三金", "黄金", "五金",
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

/// Whether a verb says nothing of what an amount was paid for.
fn is_paying(name: &str) -> bool {
    matches!(name, "payment" | "付款" | "费用" | "转账" | "收款" | "出资")
}

/// 打车花了380: what stands right before the spending tells what it was for.
fn spent_on(place: &Place<'_>, tokens: &[&Word<'_>], i: usize, entry: &Entry) -> Option<String> {
    let before = tokens[i.checked_sub(1)?];
    let adjoins = before.span.end == tokens[i].span.start && before.span.end <= place.span.start;
    let named = before.tag.starts_with(['n', 'v', 'x', 'l', 'm', 'j'])
        && before.text.chars().count() >= 2
        && before.text.chars().all(is_han)
        && terms::is_content(before.text);
    let fits = matches!(entry.name.as_str(), "费用" | "付款" | "出资") && entry.class == Class::Verb;
    (fits && adjoins && named).then(|| before.text.to_owned())
}

/// Fees and the like are told apart by the word before them: "admission fee".
fn qualified(place: &Place<'_>, tokens: &[&Word<'_>], i: usize, name: &str) -> String {
    let before = i.checked_sub(1).map(|at| tokens[at]);
    let Some(before) = before.filter(|_| is_generic(name)) else {
        return name.to_owned();
    };
    let adjoins = place.text[before.span.end..tokens[i].span.start] == *" ";
    match adjoins && qualifies(before.text) && !is_generic_noun(&tokens[i].text.to_ascii_lowercase()) {
        true => format!("{} {name}", before.text.to_ascii_lowercase()),
        false => name.to_owned(),
    }
}

/// Whether a property's name tells little without the word before it.
fn is_generic(name: &str) -> bool {
    const GENERIC: &str = " fee price cost bill charge pay rate limit deposit payment ";
    GENERIC.contains(&format!(" {name} "))
}

/// Whether a word before such a name tells of what kind it is.
fn qualifies(before: &str) -> bool {
    let word = before.to_ascii_lowercase();
    before.starts_with(|c: char| c.is_ascii_lowercase())
        && word.len() > 2
        && terms::is_content(&word)
        && !lexicon::is_verb(&word)
        && !is_modifier(&word)
}

/// Whether a word names an offer.
fn is_offer_word(word: &str) -> bool {
    matches!(word, "offer" | "bid" | "proposal")
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
