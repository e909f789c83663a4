//! What a value is stated of: the property (attribute) and whose it is (subject).

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::clause::Stretch;
use super::party::Named;
use super::pattern::pattern;
use crate::fact::Value;
use crate::segment::Word;

/// Properties that consultations turn on, each with the name it is kept under.
static NOUNS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let mut words: HashMap<&str, &str> = "deposit rent fee salary wage price cost bill quote invoice \
        premium excess balance refund payment penalty fine interest loan debt settlement deadline \
        hearing appointment meeting contract lease tenancy agreement notice report certificate letter \
        survey wedding operation surgery interview posting budget bonus allowance pension insurance \
        mortgage tax repair cleaning receipt damages compensation valuation estimate share stake \
        percentage rate hours overtime holiday leave due birthday birth age offset distance height \
        width area size speed mileage weight inspection visit accident crash delivery order permit \
        licence account policy claim warranty alimony maintenance custody income savings 押金 定金 \
        租金 工资 底薪 年薪 奖金 违约金 利息 本金 首付 货款 尾款 罚款 价格 费用 股份 股权 实缴 认缴 \
        注册资本 分红 手术 鉴定费 预产期 学费 彩礼 抚养费 加班费 医药费 保洁 物业费 水电费 中介费 \
        律师费 诉讼费 保证金 余款 借款 贷款 保费 年假 工龄 面积 年龄 体温"
        .split_whitespace()
        .map(|w| (w, w))
        .collect();
    for (word, name) in [
        ("rental", "rent"),
        ("salaries", "salary"),
        ("wages", "wage"),
        ("expiry", "deadline"),
        ("订金", "定金"),
        ("月租", "租金"),
        ("房租", "租金"),
        ("月薪", "工资"),
        ("薪水", "工资"),
        ("作价", "价格"),
        ("标价", "价格"),
        ("售价", "价格"),
        ("房价", "价格"),
    ] {
        words.insert(word, name);
    }
    words
});

/// Verbs that tell the property where no noun does, and what dates are of.
static VERBS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    [
        ("paid", "payment"),
        ("pay", "payment"),
        ("pays", "payment"),
        ("charged", "fee"),
        ("charge", "fee"),
        ("owes", "debt"),
        ("owed", "debt"),
        ("owe", "debt"),
        ("quoted", "quote"),
        ("expires", "deadline"),
        ("moved", "move"),
        ("signed", "signing"),
        ("sent", "sending"),
        ("received", "receipt"),
        ("protected", "protection"),
        ("delivered", "delivery"),
        ("hired", "hiring"),
        ("started", "start"),
        ("fired", "dismissal"),
        ("dismissed", "dismissal"),
        ("born", "birth"),
        ("died", "death"),
        ("married", "wedding"),
        ("posted", "posting"),
        ("filed", "filing"),
        ("inspected", "inspection"),
        ("built", "building"),
        ("told", "telling"),
        ("emailed", "email"),
        ("texted", "text"),
        ("called", "call"),
        ("rang", "call"),
        ("搬", "搬家"),
        ("搬家", "搬家"),
        ("搬走", "搬家"),
        ("搬空", "搬家"),
        ("签", "签订"),
        ("签订", "签订"),
        ("续签", "续签"),
        ("开庭", "开庭"),
        ("调解", "调解"),
        ("到期", "到期"),
        ("截止", "到期"),
        ("入职", "入职"),
        ("离职", "离职"),
        ("退款", "退款"),
        ("出院", "出院"),
        ("住院", "住院"),
        ("发货", "发货"),
        ("下单", "下单"),
    ]
    .into()
});

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

/// Whether a property is told by a noun that is known to name one.
pub(crate) fn is_property(name: &str) -> bool {
    name == OFFER_NAME || NOUNS.values().any(|known| *known == name)
}

/// Offers follow each other, so they are one property whatever is offered.
static OFFER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:offer(?:s|ed|ing)?|proposes?|proposed|proposal|in exchange for|(?:they|he|she|we)['’]?(?:re| are|ve| have|s| is| has) (?:at|up to|gone up|gone to|come up|come down))\b",
        r"|补偿|愿意(?:全额)?(?:退|赔|补|给|出)|出到|出[\d一二三四五六七八九十百.]+万|给到|加到|出价|开价|张口|另付|方案|最多(?:退|赔|补|给|出)|一次性|(?:给我|给您|再)补|再赔|赔您|私了|报了个?价|还价"
    ))
});

/// Where a value stands.
pub(super) struct Place<'a> {
    pub text: &'a str,
    pub words: &'a [Word<'a>],
    pub parties: &'a [Named],
    pub clauses: &'a [Stretch],
    /// The clause's index.
    pub clause: usize,
    pub span: &'a Range<usize>,
}

/// Until when something can be done.
static DEADLINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:open|valid|good|stands?|holds?|reply|respond|answer|decide|sign|accept|pay|know)\b(?:\s\w+){0,2}\s(?:by|until|till)\b|\bdeadline\b",
        r"|截止|期限|最迟|最晚|(?:前|之前)(?:必须|要|得)?(?:答复|回复|给|付|签|还)"
    ))
});

/// The name of a length of time that tells how far off something was.
pub(crate) const DIFFERENCE: &str = "difference";

/// The name that offers are kept under.
pub(crate) const OFFER_NAME: &str = "offer";

/// The property of which the value is stated: the noun nearest to it in its
/// clause, before it first; else back through the clauses before. What happened
/// tells it where no noun does, and for a date as well as a noun.
pub(super) fn attribute(place: &Place<'_>, value: &Value) -> String {
    let here = &place.clauses[place.clause];
    let amount = matches!(
        value,
        Value::Money { .. } | Value::Duration { .. } | Value::Percent { .. }
    );
    if amount && OFFER.is_match(&place.text[here.span.clone()]) {
        return OFFER_NAME.to_owned();
    }
    let dated = matches!(value, Value::Date { .. });
    if dated && DEADLINE.is_match(&place.text[here.span.clone()]) {
        return "deadline".to_owned();
    }
    let own = || in_clause(place, &here.span, &[&NOUNS]);
    let verb = || in_clause(place, &here.span, &[&VERBS]);
    let back = || {
        let back = place.clauses[..place.clause].iter().rev();
        // A date is seldom of what another sentence tells.
        let reach = u32::from(!dated);
        let mut near = back
            .take_while(|c| here.sentence - c.sentence <= reach)
            .take(3);
        near.find_map(|c| known_in(place, &c.span, &[&NOUNS]).pop())
    };
    let found = match value {
        Value::Identifier { .. } => own(),
        _ if dated => in_clause(place, &here.span, &[&NOUNS, &VERBS]).or_else(back),
        _ => own().or_else(back).or_else(verb),
    };
    match (found, value) {
        (Some(found), _) => found,
        (None, Value::Identifier { .. }) => String::new(),
        (None, _) => fallback(place, &here.span).unwrap_or_default(),
    }
}

type Names = HashMap<&'static str, &'static str>;

/// The known word nearest to the value: what stands before it counts first.
fn in_clause(place: &Place<'_>, clause: &Range<usize>, names: &[&Names]) -> Option<String> {
    let before = known_in(place, &(clause.start..place.span.start), names);
    let after = || known_in(place, &(place.span.end..clause.end), names);
    before
        .last()
        .cloned()
        .or_else(|| after().into_iter().next())
}

/// Known words in a stretch of text, in order, by the names they are kept under.
fn known_in(place: &Place<'_>, span: &Range<usize>, names: &[&Names]) -> Vec<String> {
    let within = |w: &&Word<'_>| span.start <= w.span.start && w.span.end <= span.end;
    let name = |w: &Word<'_>| {
        let lower = w.text.to_ascii_lowercase();
        let singular = lower.strip_suffix('s').unwrap_or(&lower);
        let known = |names: &&Names| {
            names
                .get(lower.as_str())
                .or_else(|| names.get(singular))
                .copied()
        };
        names.iter().find_map(known).map(str::to_owned)
    };
    place.words.iter().filter(within).filter_map(name).collect()
}

/// Without a known property: the noun nearest before the value, or the first after it.
fn fallback(place: &Place<'_>, clause: &Range<usize>) -> Option<String> {
    let within = |w: &&Word<'_>| clause.start <= w.span.start && w.span.end <= clause.end;
    let noun = |w: &&Word<'_>| {
        let chinese = matches!(w.tag, "n" | "vn" | "nz" | "nl") && w.text.chars().count() >= 2;
        chinese && !w.text.is_ascii()
    };
    let words = place.words.iter().filter(within).filter(noun);
    let before = words.clone().rfind(|w| w.span.end <= place.span.start);
    let after = words.clone().find(|w| w.span.start >= place.span.end);
    if let Some(word) = before.or(after) {
        return Some(word.text.to_owned());
    }
    english_head(&place.text[clause.start..place.span.start.max(clause.start)])
}

/// "the service charge was", "my boiler cost": the word before the verb that
/// follows a determiner.
fn english_head(before: &str) -> Option<String> {
    const VERBS: [&str; 16] = [
        "was", "is", "were", "are", "of", "at", "for", "cost", "costs", "came", "says", "said",
        "to", "on", "be", "been",
    ];
    let words: Vec<&str> = before
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '\''))
        .filter(|w| !w.is_empty())
        .collect();
    let verb = words.iter().rposition(|w| VERBS.contains(w))?;
    let head = words[..verb].iter().rev().find(|w| !VERBS.contains(w))?;
    let lower = head.to_ascii_lowercase();
    let plain = lower.len() > 2 && head.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    let singular = match lower.strip_suffix('s') {
        Some(stem) if !lower.ends_with("ss") => stem.to_owned(),
        _ => lower,
    };
    if singular.ends_with("ed") || singular.ends_with("ing") {
        return None;
    }
    const NO_NOUN: [&str; 18] = [
        "done", "off", "out", "she'd", "that", "this", "there", "which", "what", "she", "they",
        "you", "his", "her", "who", "then", "all", "and",
    ];
    (plain && !NO_NOUN.contains(&singular.as_str())).then_some(singular)
}

/// The party of which the value is stated: the last named before it in its
/// clause, the speaker or the one spoken to, else the last in the sentence.
pub(super) fn subject(place: &Place<'_>) -> String {
    let here = &place.clauses[place.clause];
    let named = |from: usize| {
        let before = |(span, _): &&Named| from <= span.start && span.end <= place.span.start;
        place.parties.iter().rfind(before)
    };
    if let Some((_, name)) = named(here.span.start) {
        return name.clone();
    }
    if let Some(person) = person(&place.text[here.span.start..place.span.start]) {
        return person.to_owned();
    }
    let sentence = place.clauses.iter().find(|c| c.sentence == here.sentence);
    let start = sentence.map_or(here.span.start, |c| c.span.start);
    named(start).map_or_else(String::new, |(_, name)| name.clone())
}

/// Subjects that depend on who speaks.
pub(crate) const SPEAKER: &str = "I";
pub(crate) const ADDRESSEE: &str = "you";

/// The person of the last pronoun before the value, if it is the first or second.
fn person(before: &str) -> Option<&'static str> {
    static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?P<i>\b(?:I|[Mm]y|me|[Ww]e|[Oo]ur|us)\b|我们?|咱们?)|(?P<you>\b(?:[Yy]ou|[Yy]our)\b|您|你)|(?P<other>\b(?:[Hh]e|[Ss]he|[Tt]hey|[Hh]is|[Hh]er|[Tt]heir)\b|[他她])",
        )
    });
    let last = PRONOUN.captures_iter(before).last()?;
    if last.name("i").is_some() {
        Some(SPEAKER)
    } else if last.name("you").is_some() {
        Some(ADDRESSEE)
    } else {
        None
    }
}
