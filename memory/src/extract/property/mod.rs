//! The property that a value is stated of: `deposit`, `signing`, 押金.

mod event;
mod fallback;
mod idiom;
mod lexicon;
mod nearest;
mod structure;
mod word;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::pattern;
use super::statement::Place;
use crate::fact::Value;
use idiom::{done_before, idiom, is_limit};
use lexicon::Class;
use nearest::nearest;
use word::{is_amount_word, is_paying};

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

/// Whether a property is what the other side pays, where nobody is named.
pub(crate) fn is_received(name: &str) -> bool {
    const RECEIVED: &str = " 退款 到账 还款 差额 抚养费 refund repayment shortfall maintenance ";
    RECEIVED.contains(&format!(" {name} "))
}

/// What is offered, and the words with which offers are made.
static OFFERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:offer(?:s|ed|ing)?|proposes?|proposed|proposal|in exchange for|bid|(?:they|he|she|we)['’]?(?:re| are|ve| have|s| is| has) (?:at|up to|gone up|gone to|come up|come down))\b|\bwould (?:be fair|settle|accept)\b|\bsettle for\b|\bif (?:we|i|you) (?:pay|paid|drop)\b|\bmade it (?:[£$€]|RM|\d)|\b(?-i:[A-Z][a-z]+) (?:has |have )?(?:come|came|gone|went) (?:up|down) to\b",
        r"|愿意(?:全额)?(?:退|赔|补|给|出)|出到|出[\d一二三四五六七八九十百.]+万|给到|加到|出价|开价|张口|另付|方案|最多(?:退|赔|补|给|出)|一次性|(?:给我|给您|再)补|补偿[^费]|补偿$|再赔|赔您|私了|报了个?价|还价|[说觉][得]?(?:起码|至少|最少|最多|怎么也得|不能少于)|再(?:减|降|让)"
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
    // "The exit fee would be £900 on that offer" is no offer.
    if let Some(name) = structure::stated_of(place, value).filter(|name| is_property(name)) {
        return sure(name);
    }
    // 我说三万五, where an offer was told before.
    static SAYS: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\p{Han}{1,3}说(?:起码|至少|最多)?$"));
    let sentence = place.clauses[place.clause].sentence;
    let begun = place.clauses.iter().find(|c| c.sentence == sentence);
    let told = begun.map_or("", |c| &place.text[c.span.start..place.span.start]);
    let (before, after) = (
        &clause[..place.span.start - place.clauses[place.clause].span.start],
        &place.text[place.span.end..place.clauses[place.clause].span.end],
    );
    if amount && SAYS.is_match(before) && after.is_empty() && OFFERS.is_match(told) {
        return sure(OFFER.to_owned());
    }
    // "a new proposal: 20%": a value alone is of what stands before it.
    let alone = amount && clause.len() == place.span.len() && place.clause > 0;
    let whole = match place.clauses.get(place.clause.wrapping_sub(1)) {
        Some(before) if alone && before.sentence == place.clauses[place.clause].sentence => {
            &place.text[before.span.start..place.span.end]
        }
        _ => clause,
    };
    let on_terms = place.text[place.span.end..]
        .chars()
        .take(8)
        .collect::<String>();
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
    if let Some(name) = fallback::called(place, value) {
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
    // "Reg is YT62 KLM": a number is of what its own clause names.
    let number = matches!(value, Value::Identifier { .. });
    if let Some(name) = fallback::attribute(place, value).filter(|_| number && elsewhere) {
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
    let since = FROM.is_match(before)
        || after.starts_with('起')
        || place.text[place.span.clone()].ends_with('起');
    since || !told.sure
}
