//! Where no known word names the property: the noun or the verb in the place
//! where one is named.

use std::sync::LazyLock;

use regex::Regex;

use super::lexicon;
use super::word::{adjoin, is_modifier};
use crate::extract::pattern::pattern;
use crate::extract::statement::Place;
use crate::extract::{is_han, terms};
use crate::fact::Value;
use crate::segment::Word;

pub(super) fn attribute(place: &Place<'_>, value: &Value) -> Option<String> {
    let dated = matches!(value, Value::Date { .. });
    match value {
        Value::Identifier { .. } => chinese_label(place).or_else(|| noun_before(place)),
        Value::Money { .. } if is_whole(place) => Some("price".to_owned()),
        _ if dated => verb(place)
            .or_else(|| chinese(place, value))
            .or_else(|| noun_before(place))
            .or_else(|| any_noun(place)),
        Value::Money { .. } if place.text[..place.span.start].ends_with("一共") => {
            chinese(place, value).or_else(|| Some("总额".to_owned()))
        }
        _ => told_after(place)
            .or_else(|| chinese(place, value))
            .or_else(|| noun_before(place))
            .or_else(|| any_noun(place)),
    }
}

/// 受理号GS2025: the word right before an identifier.
fn chinese_label(place: &Place<'_>) -> Option<String> {
    let head = place.text[..place.span.start].trim_end_matches(['是', '为', ':', '：', ' ']);
    let end = head.len();
    let mut words = place.tokens.iter().rev().filter(|t| t.span.end <= end);
    let last = words
        .next()
        .filter(|t| t.span.end == end && t.text.chars().all(is_han))?;
    let label = match words.next() {
        Some(before)
            if before.span.end == last.span.start && before.tag.starts_with(['n', 'v', 'x']) =>
        {
            format!("{}{}", before.text, last.text)
        }
        _ => last.text.to_owned(),
    };
    (label.chars().count() >= 2).then_some(label)
}

/// "It was £2,964": a price is told of what needs no name.
fn is_whole(place: &Place<'_>) -> bool {
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:^|\b(?:and|but|so|then)\s)(?:it|that|this)(?:['’]s|\s(?:is|was|were|came to|comes to|cost|costs|would be|will be))(?:\s(?:meant to be|supposed to be|about|around|only|just|all|now))*\s$",
        )
    });
    let clause = &place.clauses[place.clause].span;
    WHOLE.is_match(&place.text[clause.start..place.span.start])
}

/// 收了我3000,说是担保费: what the next clause calls an amount.
pub(super) fn called(place: &Place<'_>, value: &Value) -> Option<String> {
    static CALLED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r#"^(?:说是|算是|名义是|作为)["“]?(?P<name>\p{Han}{1,4}[费款金钱])["”]?"#)
    });
    if !matches!(value, Value::Money { .. }) {
        return None;
    }
    let next = place.clauses.get(place.clause + 1)?;
    let c = CALLED.captures(&place.text[next.span.clone()])?;
    Some(c["name"].to_owned())
}

/// In Chinese, what the value's own clause names, be it a known property or not: the
/// thing before an amount, the act around a day.
pub(super) fn own_clause(place: &Place<'_>, value: &Value) -> Option<String> {
    let clause = &place.clauses[place.clause].span;
    let (before, after) = (
        &place.text[clause.start..place.span.start],
        &place.text[place.span.end..clause.end],
    );
    if !before.contains(is_han) && !after.contains(is_han) {
        return None;
    }
    let within = || {
        place
            .tokens
            .iter()
            .filter(|t| clause.start <= t.span.start && t.span.end <= clause.end)
    };
    let named = |t: &Word<'_>| {
        let mut parties = place.parties.iter();
        parties.any(|(span, _)| span.start < t.span.end && t.span.start < span.end)
    };
    let fits = |t: &&&Word<'_>| {
        t.text.chars().count() >= 2
            && t.text.chars().all(is_han)
            && terms::is_content(t.text)
            && !is_adverbial(t.text)
            && !named(t)
    };
    if matches!(value, Value::Money { .. } | Value::Percent { .. }) {
        if let Some(name) = by_the_month(place, before) {
            return Some(name.to_owned());
        }
        static RATIO: LazyLock<Regex> =
            LazyLock::new(|| pattern(r"(?P<name>\p{Han}{1,3}率)(?:是|为|达|高达|在|有)?$"));
        if let Some(c) = RATIO.captures(before) {
            return Some(c["name"].to_owned());
        }
        if before.ends_with("合计") || before.ends_with("总计") {
            return Some("总额".to_owned());
        }
        // 那五千是买瓷砖的, 化验的250
        if let Some(rest) = after.strip_prefix('是')
            && rest.ends_with('的')
        {
            let last = within()
                .filter(fits)
                .rfind(|t| t.tag.starts_with(['n', 'v', 'x']));
            return last
                .filter(|t| t.span.start >= place.span.end)
                .map(|t| t.text.to_owned());
        }
        let thing = |t: &&&Word<'_>| matches!(t.tag, "n" | "vn" | "nz" | "nl" | "x");
        let mut things = within()
            .filter(|t| t.span.end <= place.span.start)
            .filter(fits);
        return things.rfind(thing).map(|t| t.text.to_owned());
    }
    if !matches!(value, Value::Date { .. }) {
        return None;
    }
    // 她4月底就回娘家了: a verb of one character with what it is done to.
    let mut behind = within()
        .filter(|t| t.span.start >= place.span.end)
        .peekable();
    while let Some(word) = behind.next() {
        let single = word.text.chars().count() == 1;
        if word.tag.starts_with(['v', 'l', 'i']) && !single && fits(&word) {
            // 发来律师函: what was sent.
            let thing = behind.peek().filter(|t| {
                t.tag.starts_with('n')
                    && t.text
                        .ends_with(['函', '证', '书', '单', '件', '信', '款', '条', '票', '告'])
            });
            let thing = thing.filter(|t| fits(t)).map(|t| t.text.to_owned());
            return thing
                .or_else(|| Some(word.text.trim_end_matches(['了', '过', '着']).to_owned()));
        }
        if word.tag == "v" && single && !"是有来去要到会能".contains(word.text) {
            let particle =
                |t: &&&Word<'_>| matches!(t.text, "了" | "过" | "完" | "个" | "一个" | "的");
            let mut object = behind.clone().skip_while(particle);
            let object = object.next().filter(|t| t.tag.starts_with('n') && fits(t));
            // 做了双眼皮 is of what was done.
            let light = "做办弄搞打拍开".contains(word.text);
            return object.map(|object| match light {
                true => object.text.to_owned(),
                false => format!("{}{}", word.text, object.text),
            });
        }
    }
    None
}

/// 一个月五千四, where nothing is named: pay where the talk is of work, else a charge.
fn by_the_month(place: &Place<'_>, before: &str) -> Option<&'static str> {
    static RATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^(?:[我他她])?(?:一天|一个?月|每天|每个?月|一年|每年|一小时|每小时)$")
    });
    static WORK: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"上班|打工|做工|干活|干了|做了|当[\p{Han}]{1,4}[员工师]|开车|工地|厂里|入职")
    });
    RATE.is_match(before).then(|| {
        let so_far = &place.text[..place.span.start];
        match WORK.is_match(so_far) {
            true => "工资",
            false => "费用",
        }
    })
}

/// The nearest word in the sentence that can be a noun: before the value first.
fn any_noun(place: &Place<'_>) -> Option<String> {
    let here = &place.clauses[place.clause];
    let sentence = || place.clauses.iter().filter(|c| c.sentence == here.sentence);
    let start = sentence().next().map_or(here.span.start, |c| c.span.start);
    let noun = |t: &&&Word<'_>| {
        let named = place
            .parties
            .iter()
            .any(|(span, _)| span.start < t.span.end && t.span.start < span.end);
        // "Tyres were new": the first word's capital tells nothing.
        let first = t.span.start == start && t.text.len() > 3;
        is_noun(&if first {
            t.text.to_ascii_lowercase()
        } else {
            t.text.to_owned()
        }) && !named
    };
    let words = place.tokens.iter().filter(noun);
    let before = words
        .clone()
        .rfind(|t| start <= t.span.start && t.span.end <= place.span.start);
    let after = || {
        let mut words = words.clone();
        words.find(|t| place.span.end <= t.span.start && t.span.end <= here.span.end)
    };
    before
        .or_else(after)
        .map(|t| singular(&t.text.to_ascii_lowercase()))
}

/// "£60 for petrol", "£280 the tyres": the noun that says what an amount is for.
fn told_after(place: &Place<'_>) -> Option<String> {
    static FOR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^,?\s(?:(?:for|on|towards)\s)(?:(?:a|an|the|my|our|his|her|their|some|one|each)\s)?(?P<noun>[a-z][a-z-]+(?:\s[a-z][a-z-]+)?)",
        )
    });
    let clause = &place.clauses[place.clause].span;
    let captures = FOR.captures(&place.text[place.span.end..clause.end])?;
    let words: Vec<&str> = captures["noun"].split(' ').collect();
    let noun = words.into_iter().rev().find(|word| is_noun(word));
    noun.map(singular)
}

/// The nearest word before the value in its clause that an article, a possessive
/// or a number leads, or that opens the clause.
fn noun_before(place: &Place<'_>) -> Option<String> {
    let clause = &place.clauses[place.clause].span;
    let tokens: Vec<&Word<'_>> = place
        .tokens
        .iter()
        .filter(|t| clause.start <= t.span.start && t.span.end <= place.span.start)
        .copied()
        .collect();
    let led = |i: usize| {
        let leads = (i.saturating_sub(3)..i).rev();
        i == 0
            || leads
                .take_while(|&j| adjoin(place.text, tokens[j].span.end..tokens[j + 1].span.start))
                .any(|j| is_determiner(tokens[j].text))
    };
    let named = |t: &Word<'_>| {
        let mut parties = place.parties.iter();
        parties.any(|(span, _)| span.start < t.span.end && t.span.start < span.end)
    };
    let found = (0..tokens.len()).rev().find(|&i| {
        let word = tokens[i].text;
        is_noun(&word.to_ascii_lowercase()) && !named(tokens[i]) && led(i)
    });
    found.map(|i| singular(&tokens[i].text.to_ascii_lowercase()))
}

fn is_determiner(word: &str) -> bool {
    const WORDS: &str = " the a an my our his her their your its this that these those one two three four five six some each ";
    WORDS.contains(&format!(" {} ", word.to_ascii_lowercase()))
}

pub(super) fn is_noun(word: &str) -> bool {
    const NOT: &str = " worth hour hours minute minutes pound pounds penny mile miles ought night lieu online set pair must can could may might should would shall drop somebody someone anybody anyone nobody everybody everyone others another came went took gave made kept brought broke held lost met ran spoke stood wrote think thinks want wants reckon reckons takes needs means shows knows keeps gives comes asks seems looks put late early pregnant thereabouts altogether meanwhile  within without under over between among against towards during despite one two three four five six seven eight nine ten half both couple alone each apiece left due total way bit lot end start first second third \
        part-time deal least most around together instead myself himself herself enough later \
        earlier back ago away off down apparently nothing something anything everything ";
    word.len() > 2
        && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        && terms::is_content(word)
        && !lexicon::is_verb(word)
        && !is_modifier(word)
        && !NOT.contains(&format!(" {word} "))
        && !word.ends_with("ed")
        && !word.ends_with("ing")
}

pub(super) fn singular(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(stem) if !word.ends_with("ss") && word.len() > 3 => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// What happened on a date: the nearest verb in the past tense in its clause, by
/// the form it would have without its ending.
fn verb(place: &Place<'_>) -> Option<String> {
    let clause = &place.clauses[place.clause].span;
    let past = |t: &&&Word<'_>| {
        let word = t.text;
        word.len() > 4 && word.ends_with("ed") && word.bytes().all(|b| b.is_ascii_lowercase())
    };
    let within = place
        .tokens
        .iter()
        .filter(|t| clause.start <= t.span.start && t.span.end <= clause.end);
    let before = within
        .clone()
        .filter(past)
        .rfind(|t| t.span.end <= place.span.start);
    let after = || {
        within
            .clone()
            .filter(past)
            .find(|t| t.span.start >= place.span.end)
    };
    let word = before.or_else(after)?.text;
    let stem = word.strip_suffix("ed").unwrap_or(word);
    let mut letters = stem.chars().rev();
    let doubled = letters
        .next()
        .is_some_and(|last| letters.next() == Some(last) && !"lsz".contains(last));
    Some(match doubled {
        true => stem[..stem.len() - 1].to_owned(),
        false => stem.to_owned(),
    })
}

/// The nearest noun before the value, or of a date the nearest verb around it;
/// else what stands behind the value.
fn chinese(place: &Place<'_>, value: &Value) -> Option<String> {
    let dated = matches!(value, Value::Date { .. });
    let lasts = matches!(value, Value::Duration { .. });
    let here = &place.clauses[place.clause];
    let sentence = || place.clauses.iter().filter(|c| c.sentence == here.sentence);
    let start = sentence().next().map_or(here.span.start, |c| c.span.start);
    // What happened often stands in the next clause: 3月5号,我搬进去了.
    let end = match dated {
        true => sentence().next_back().map_or(here.span.end, |c| c.span.end),
        false => here.span.end,
    };
    let han = |t: &&&Word<'_>| t.text.chars().all(is_han) && terms::is_content(t.text);
    let within = place
        .tokens
        .iter()
        .filter(|t| start <= t.span.start && t.span.end <= end)
        .filter(han);
    let long = |t: &&Word<'_>| t.text.chars().count() >= 2;
    let thing = |t: &&Word<'_>| {
        matches!(t.tag, "n" | "vn" | "nz" | "nl") && long(t) && !is_adverbial(t.text)
    };
    // 只剩六十天
    if lasts && place.text[..place.span.start].ends_with(['剩', '有']) {
        return Some("期限".to_owned());
    }
    // 借期一年: the thing right before.
    if lasts
        && let Some(last) = place
            .tokens
            .iter()
            .rev()
            .find(|t| t.span.end <= place.span.start)
        && last.span.end == place.span.start
        && matches!(last.tag, "n" | "vn" | "nz" | "x")
        && long(last)
        && last.text.chars().all(is_han)
        && !is_adverbial(last.text)
        && !place
            .parties
            .iter()
            .any(|(span, _)| span.start < last.span.end && last.span.start < span.end)
    {
        return Some(last.text.to_owned());
    }
    // 两个星期假: what a length of time is of may stand right behind it.
    if lasts
        && let Some(next) = place.tokens.iter().find(|t| t.span.start >= place.span.end)
        && next.span.start == place.span.end
        && (matches!(next.tag, "n" | "vn" | "v") && long(next) || next.text == "假")
        && !is_adverbial(next.text)
    {
        return Some(next.text.to_owned());
    }
    let act = |t: &&Word<'_>| t.tag.starts_with('v') && (long(t) || lasts) && !is_adverbial(t.text);
    let fits = |t: &&&Word<'_>| match dated || lasts {
        true => act(t) || lasts && thing(t),
        false => thing(t),
    };
    let words = within.clone().filter(fits);
    let before = words.clone().rfind(|t| t.span.end <= place.span.start);
    let after = words.clone().find(|t| t.span.start >= place.span.end);
    let word = match dated {
        true => after.or(before),
        false => before.or(after),
    };
    word.map(|t| t.text.trim_end_matches(['了', '过', '着']).to_owned())
}

/// Verbs and nouns to the segmenter that tell how, not what.
fn is_adverbial(word: &str) -> bool {
    const WORDS: &str = " 不到 起码 提前 差不多 将近 至少 最多 左右 一共 合计 总共 听说 说好 算是 据说 大概 估计 超过 为止 \
        前后 期间 当晚 人家 下班 放学 到现在 到今天 开始 答应 愿意 ";
    WORDS.contains(&format!(" {word} "))
}
