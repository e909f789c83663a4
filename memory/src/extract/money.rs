//! Amounts of money: £1,385, RM4k, R38 600, Rs. 1,38,000, eighteen hundred dollars, 一万三千五, 押金5800.

use std::ops::Range;
use std::sync::LazyLock;

use super::pattern::pattern;
use regex::{Captures, Regex};
use rust_decimal::Decimal;

use super::Found;
use super::number::{self, CHINESE, DIGITS, ENGLISH};
use super::scan::Scan;
use crate::fact::Value;

/// Thousands parted by spaces, as in R38 600.
const SPACED: &str = r"\d{1,3}(?:[ \u{a0}]\d{3})+(?:\.\d{2})?\b";

static SYMBOL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<cur>(?:\b(?:US|AU|CA|NZ|HK|SG|A|C|S))?\$|[£€¥￥₹₦]|\b(?:RM|USD|GBP|EUR|CNY|RMB|AUD|CAD|NZD|HKD|SGD|MYR|JPY|CHF|INR|ZAR|NGN|Rs\.?|R)\s?|人民币)\s?(?P<n>{SPACED}|{DIGITS})\s?(?P<k>(?i:k|m|mn|bn|thousand|million|billion|lakhs?|crores?)\b|万|亿)?"
    ))
});

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{DIGITS}|{ENGLISH}|\b(?i:an?)\b)\s?(?P<k>(?i:k|thousand|million|lakhs?|crores?)\b)?[\s-]?(?P<cur>(?i:US dollars?|dollars?|bucks?|pounds?|quid|grand|euros?|yuan|ringgit|rmb|usd|gbp|eur|cny|cents?|pence|francs?|rupees?|yen|rand|naira)\b)"
    ))
});

/// 三块五 is 3.5; 五毛 is 0.5.
static CHINESE_UNIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{CHINESE}|{DIGITS}[万亿]?)(?:多|来)?(?P<cur>元|块钱|块|美元|美金|欧元|英镑|镑|港币|港元|日元|毛钱|毛|角钱|分钱)(?P<part>[一二三四五六七八九\d])?(?:(?P<tail>毛|角)(?P<cents>[一二三四五六七八九\d])?)?"
    ))
});

static WAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<about>[一二两三四五六七八九十百]+[来多几](?P<scale>[万千百]))|{CHINESE}|{DIGITS}[万亿]"
    ))
});

/// Stands behind a number that counts something else than money.
const COUNTED: &str = "个件瓶箱台辆份张次人名页套把支条间户股封笔处只家位盒包部本层倍颗根棵袋桶批字票分    年月天日周号岁度米斤吨里公平亩小点几楼室栋期成册幅尊架艘匹罐颗坪首折秒步层站步口碗杯句遍趟回种样项级届排班顿";

/// "from £40 to a hundred and ten": what joins an amount to the one before.
static JOINED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:\s(?:each|apiece|in all|all told))?,?\s(?:(?:and\s)?(?:to|or|and|not|then|rather than|instead of|up to|plus)\s)+(?:(?:about|around|only|just|nearly|another|the)\s)*$|",
        r"^(?:,|，)?(?:到|或|或者|和|至|变成|涨到|降到|不是|而不是)$"
    ))
});

static SPELLED: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"{DIGITS}|{ENGLISH}")));

static BARE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"{DIGITS}(?:\s?k\b)?")));

/// English words that say that a number after them is money, with what may
/// stand in between.
static ENGLISH_LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:deposit|rent|fees?|salary|wages?|price|costs?|bills?|quotes?|invoice total|",
        r"premium|balance|refund|paid|pay|pays|paying|owe|owes|owed|charged?|offered|offer|bid|",
        r"settlement|settle|fine|penalty|budget|loan|debt|payments?|total|sum|transferred|borrowed|borrow|lent|lend|",
        r"gave|gives?|made|fronted|sold for|bought for|worth|earns?|earned|takings|bonus|advance|figure|amount|",
        r"asks?|asked|wants?|wanted|spent|saved|instalments?|installments?|nearer|more like)",
        r"(?:\s+(?:was|is|were|of|at|to|for|me|him|her|them|us|about|it|be|he|she|they|we|in|all|",
        r"around|only|just|another|came to|the|landlord|went up|goes up|rose|dropped|out|back|now|(?-i:[A-Z][a-z]+)))*",
        r"[\s:=]*$"
    ))
});

/// Behind an English number: no noun that it may count.
static FREE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:[.,;:!?)”’]|$|\s(?:a|an|after|and|as|at|back|before|but|by|cash|each|for|from|in|into|is|it|last|less|minus|now|of|off|on|or|out|over|per|plus|so|the|then|to|was|with)\b)",
    )
});

/// Behind an English number: it is paid.
static FLAT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s(?:flat|even|cash|in cash|all told|all in)\b"));

/// Behind an English number: what it is paid for.
static FOR_EACH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^\s(?:each|apiece|an hour|(?:a|per) (?:hour|day|week|month|night|year))\b")
});

/// Chinese words that say that a number close behind them is money.
static CHINESE_LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:押金|定金|订金|租金|月租|房租|租|工资|月薪|年薪|薪水|底薪|奖金|补贴|费用?|款|价格?|报价|",
        r"作价|标价|金额|总额|总数|本金|利息|首付|货款|增项|算下来|算出来|罚款|违约金|赔偿金?|补偿金?|成本|预算|余额|",
        r"到账|剩下|余下|还差|应退|应付|工钱|欠款|月入|收入|罚单|",
        r"[付交花赔退扣补收还借欠掏转给领拿打涨降加减卖买值充存取垫罚捐输赚挣报估出差要]|每\p{Han}{1,3}|一\p{Han})",
        r"[\p{Han}]{0,6}$"
    ))
});

/// 6899是标价: the noun stands behind.
static PRICE_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^是(?:买|付|交|给|用来|拿来)|^(?:是|为|就是)[\p{Han}]{0,5}(?:价|押金|定金|款|费|租金|工资|本金|总额|奖|补贴|利息)",
    )
});

static CHINESE_NOUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"押金|定金|订金|租金|月租|房租|工资|月薪|费|款|价|钱|金额|赔偿|补偿|元|转账|扣|欠|垫|罚",
    )
});

/// Before a number that counts or names something else.
static NOT_MONEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:第|读数|编号|单号|尾号|卡号|账号|号|号码|楼|栋|室|房|门牌|电话|序列号|版本|型号|约定于|住|在|隔壁|打|拨|密码|代码|车牌|[A-Za-z])$",
    )
});

pub(super) fn find(scan: &Scan<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    found.extend(
        SYMBOL
            .captures_iter(scan.text)
            .filter_map(|c| symbol(scan, &c)),
    );
    found.extend(NAMED.captures_iter(scan.text).filter_map(|c| named(&c)));
    found.extend(
        CHINESE_UNIT
            .captures_iter(scan.text)
            .filter_map(|c| chinese_unit(scan, &c)),
    );
    found.extend(WAN.captures_iter(scan.text).filter_map(|c| wan(scan, &c)));
    let rates = PIECE_RATE.captures_iter(scan.text);
    found.extend(rates.filter_map(|c| piece_rate(&c)));
    found
}

/// 一件四十六: what each costs.
static PIECE_RATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:一|每)(?:件|米|斤|公斤|吨|平|方|亩|棵|节|次|天|趟|桌|套|张|份|本|头|只|小时|个月|个|人)(?P<n>{CHINESE}|{DIGITS})(?:[，。；、！？,;)）]|$)"
    ))
});

fn piece_rate(c: &Captures<'_>) -> Option<Found> {
    let number = c.name("n")?;
    let amount = number::parse(number.as_str())?;
    (amount >= Decimal::TEN).then(|| (number.range(), money(amount, None)))
}

/// Numbers without a currency, next to a word that makes them money. Looked for
/// last: everything else that is made of digits must be taken by then.
pub(super) fn find_bare(scan: &Scan<'_>) -> Vec<Found> {
    let digits = BARE.find_iter(scan.text);
    let digits = digits.filter_map(|m| bare(scan, m.range()));
    let words = SPELLED.find_iter(scan.text);
    let words = words.filter_map(|m| spelled(scan, m.range()));
    digits.chain(words).collect()
}

/// Nine hundred and fifty, of which something was paid.
fn spelled(scan: &Scan<'_>, span: Range<usize>) -> Option<Found> {
    let text = &scan.text[span.clone()];
    let amount = number::english(text)?;
    let after = &scan.text[span.end..];
    let year = (Decimal::from(1900)..Decimal::from(2100)).contains(&amount);
    // Three thousand of nothing that is counted is a sum, and two hundred flat.
    let sum = amount >= Decimal::ONE_THOUSAND && !year && FREE.is_match(after)
        || FLAT.is_match(after)
        || FOR_EACH.is_match(after);
    let led = amount >= Decimal::ONE_HUNDRED
        && (sum || ENGLISH_LEAD.is_match(scan.before(span.start)))
        && !counts_next(scan, span.end);
    led.then(|| (span, money(amount, None)))
}

fn money(amount: Decimal, currency: Option<&str>) -> Value {
    Value::Money {
        amount: amount.normalize(),
        currency: currency.map(str::to_owned),
    }
}

fn scaled(number: &str, scale: Option<&str>) -> Option<Decimal> {
    let by: u64 = match scale.map(str::to_ascii_lowercase).as_deref() {
        None => 1,
        Some("k" | "thousand") => 1_000,
        Some("万") => 10_000,
        Some("lakh" | "lakhs") => 100_000,
        Some("crore" | "crores") => 10_000_000,
        Some("m" | "mn" | "million") => 1_000_000,
        Some("亿") => 100_000_000,
        Some(_) => 1_000_000_000,
    };
    number::parse(number)?.checked_mul(by.into())
}

fn symbol(scan: &Scan<'_>, c: &Captures<'_>) -> Option<Found> {
    let whole = c.get(0)?;
    let digits: String = c["n"].chars().filter(|c| !c.is_whitespace()).collect();
    let amount = scaled(&digits, c.name("k").map(|k| k.as_str()))?;
    let span = whole.start()..whole.start() + whole.as_str().trim_end().len();
    let next = scan.text[span.end..].chars().next();
    let goes_on = next.is_some_and(|c| c.is_ascii_alphanumeric() || "-/".contains(c));
    // R12 may name a room, and R418/24 a case.
    if c["cur"].trim() == "R" && (amount < Decimal::ONE_HUNDRED || goes_on) {
        return None;
    }
    let currency = match c["cur"].trim() {
        // Which dollar is meant, the text alone does not tell.
        "$" => None,
        "US$" | "USD" => Some("USD"),
        "AU$" | "A$" | "AUD" => Some("AUD"),
        "CA$" | "C$" | "CAD" => Some("CAD"),
        "NZ$" | "NZD" => Some("NZD"),
        "HK$" | "HKD" => Some("HKD"),
        "SG$" | "S$" | "SGD" => Some("SGD"),
        "£" => Some("GBP"),
        "€" => Some("EUR"),
        "¥" | "￥" => scan.text.contains(super::is_han).then_some("CNY"),
        "RM" => Some("MYR"),
        "Rs" | "Rs." | "₹" => Some("INR"),
        "R" => Some("ZAR"),
        "₦" => Some("NGN"),
        "RMB" | "人民币" => Some("CNY"),
        code => Some(code),
    };
    Some((span, money(amount, currency)))
}

fn named(c: &Captures<'_>) -> Option<Found> {
    let unit = c["cur"].to_ascii_lowercase();
    let scale = c.name("k").map(|k| k.as_str());
    let amount = match (c["n"].to_ascii_lowercase().as_str(), unit.as_str()) {
        ("a" | "an", "grand") => Decimal::ONE_THOUSAND,
        ("a" | "an", _) => return None,
        (n, "grand") => scaled(n, Some("k"))?,
        (n, _) => scaled(n, scale)?,
    };
    let currency = match unit.trim_end_matches('s') {
        "us dollar" | "usd" => Some("USD"),
        "pound" | "quid" | "gbp" | "pence" => Some("GBP"),
        "euro" | "eur" => Some("EUR"),
        "yuan" | "rmb" | "cny" => Some("CNY"),
        "ringgit" => Some("MYR"),
        "franc" => Some("CHF"),
        "rupee" => Some("INR"),
        "rand" => Some("ZAR"),
        "naira" => Some("NGN"),
        "yen" => Some("JPY"),
        _ => None,
    };
    let hundredths = matches!(unit.as_str(), "cent" | "cents" | "pence");
    let amount = if hundredths {
        amount / Decimal::ONE_HUNDRED
    } else {
        amount
    };
    Some((c.get(0)?.range(), money(amount, currency)))
}

fn chinese_unit(scan: &Scan<'_>, c: &Captures<'_>) -> Option<Found> {
    let whole = c.get(0)?;
    let (mut end, unit) = (whole.end(), &c["cur"]);
    let number = &c["n"];
    // 买了一块,是一块表: a piece, not a yuan.
    let piece = ["买了", "换了", "有", "送了", "要了", "是"].iter();
    let before = &scan.text[..whole.start()];
    let open = !scan.text[whole.end()..]
        .starts_with(['钱', '多', '二', '五', '八', '三', '四', '六', '七', '九']);
    if unit == "块" && number == "一" && open && piece.into_iter().any(|w| before.ends_with(w)) {
        return None;
    }
    let mut amount = match number.strip_suffix(['万', '亿']) {
        Some(head) if head.ends_with(|c: char| c.is_ascii_digit()) => {
            scaled(head, Some(&number[head.len()..]))?
        }
        _ => number::parse(number)?,
    };
    let currency = match unit {
        "美元" | "美金" => "USD",
        "欧元" => "EUR",
        "英镑" | "镑" => "GBP",
        "港币" | "港元" => "HKD",
        "日元" => "JPY",
        _ => "CNY",
    };
    match unit {
        "毛" | "毛钱" | "角钱" => amount /= Decimal::TEN,
        "角" => return None,
        "分钱" => amount /= Decimal::ONE_HUNDRED,
        "块" => {
            // 三块地, 一块儿: a piece, not money.
            let part = c.name("part");
            let next = scan.text[part.map_or(end, |p| p.end())..].chars().next();
            let piece = part.is_none()
                && next.is_some_and(|c| "地肉砖木布石玻蛋糖手屏表铁煤瓷牌田空".contains(c));
            if piece {
                return None;
            }
            match part {
                Some(p) => {
                    amount += number::parse(p.as_str())? / Decimal::TEN;
                    if let Some(cents) = c.name("cents") {
                        amount += number::parse(cents.as_str())? / Decimal::ONE_HUNDRED;
                    }
                }
                None => end = c.name("cur")?.end(),
            }
        }
        _ => end = c.name("cur")?.end(),
    }
    Some((whole.start()..end, money(amount, Some(currency))))
}

/// 180万, 一万三千五: in Chinese a number of this size without a counted noun
/// behind it is money.
fn wan(scan: &Scan<'_>, c: &Captures<'_>) -> Option<Found> {
    let span = c.get(0)?.range();
    let text = &scan.text[span.clone()];
    if !text.contains(['万', '亿', '千', '百', '仟', '佰']) || text.chars().count() < 2 {
        return None;
    }
    let next = scan.text[span.end..].chars().next();
    // 一千二: only amounts are told without their last unit.
    let clipped = text.chars().count() >= 3 && text.ends_with(is_digit) && !text.contains('零');
    let sure = text.contains(['万', '仟']) || clipped;
    let behind = scan.text[span.end..].trim_start_matches(['多', '来', '几']);
    let counted = behind.starts_with(|c: char| COUNTED.contains(c) || c.is_ascii_alphanumeric());
    let open =
        next.is_none_or(|c| !c.is_alphanumeric() || "的了吧呢给到至和,不左上以,就是".contains(c));
    let before = scan.before(span.start);
    let led = CHINESE_LEAD.is_match(before);
    let listed = before.ends_with(['有', '每']) && CHINESE_NOUN.is_match(scan.sentence(&span));
    let money_noun = next.is_some_and(|c| "押定租补赔罚货首".contains(c));
    let after = &scan.text[span.end..];
    let told =
        PRICE_BEHIND.is_match(after) || after.starts_with("工钱") || after.starts_with("工资");
    if !(sure && !counted || open && (led || listed) || money_noun || told)
        || NOT_MONEY.is_match(&scan.text[..span.start])
    {
        return None;
    }
    if let (Some(_), Some(scale)) = (c.name("about"), c.name("scale")) {
        let number: String = text.chars().filter(|c| !"来多几".contains(*c)).collect();
        let amount = number::parse(&number)?;
        let beside = scan.text[scale.end()..].starts_with(['万', '亿']);
        return (!beside).then(|| (span, money(amount, Some("CNY"))));
    }
    let amount = match text.strip_suffix(['万', '亿']) {
        Some(head) if head.ends_with(|c: char| c.is_ascii_digit()) => {
            scaled(head, Some(&text[head.len()..]))?
        }
        _ => number::parse(text)?,
    };
    Some((span, money(amount, Some("CNY"))))
}

fn is_digit(c: char) -> bool {
    "一二两三四五六七八九".contains(c)
}

/// Numbers that an amount right before them makes money: "£500 or 600",
/// "from forty quid to a hundred and ten".
pub(super) fn find_joined(scan: &Scan<'_>, known: &[Found]) -> Vec<Found> {
    let joined = |span: Range<usize>| {
        let text = &scan.text[span.clone()];
        let (_, value) = known.iter().rfind(|(before, value)| {
            before.end <= span.start
                && matches!(value, Value::Money { .. })
                && JOINED.is_match(&scan.text[before.end..span.start])
        })?;
        let Value::Money { currency, .. } = value else {
            return None;
        };
        let amount = number::parse(text)?;
        let next = scan.text[span.end..].chars().next();
        let open = !next.is_some_and(|c| c.is_alphanumeric() || "-/%:".contains(c));
        let alone = amount >= Decimal::TEN && open && !counts_next(scan, span.end);
        alone.then(|| (span, money(amount, currency.as_deref())))
    };
    let numbers = SPELLED.find_iter(scan.text);
    numbers.filter_map(|m| joined(m.range())).collect()
}

fn bare(scan: &Scan<'_>, span: Range<usize>) -> Option<Found> {
    let text = &scan.text[span.clone()];
    let number = text.trim_end_matches('k').trim_end();
    let amount = scaled(number, text.ends_with('k').then_some("k"))?;
    let head = &scan.text[..span.start];
    let glued = head.ends_with(|c: char| c.is_ascii_alphanumeric() || "-/.#".contains(c));
    let next = scan.text[span.end..].chars().next();
    if glued
        || amount < Decimal::TEN
        || next.is_some_and(|c| c.is_ascii_alphanumeric() || "-/%:".contains(c))
    {
        return None;
    }
    if PRICE_BEHIND.is_match(&scan.text[span.end..]) && amount >= Decimal::ONE_HUNDRED {
        return Some((span, money(amount, None)));
    }
    let led = if head.ends_with(super::is_han) {
        let open = next
            .is_none_or(|c| !c.is_alphanumeric() || "的了吧呢给到至和不就我是作修退押".contains(c))
            || next.is_some_and(|c| !scan.is_free(&(span.end..span.end + c.len_utf8())))
            || rate(&scan.text[span.end..]);
        let before = scan.before(span.start);
        let year = (Decimal::from(1900)..Decimal::from(2100)).contains(&amount);
        let listed = next.is_none_or(|c| !c.is_alphanumeric())
            && amount >= Decimal::ONE_HUNDRED
            && (!year || CHINESE_NOUN.is_match(scan.sentence(&span)));
        open && !NOT_MONEY.is_match(before)
            && (CHINESE_LEAD.is_match(before) || listed || rate(&scan.text[span.end..]))
    } else {
        let year = !text.contains([',', '.', 'k'])
            && (Decimal::from(1900)..Decimal::from(2100)).contains(&amount);
        let led = amount >= Decimal::ONE_HUNDRED && ENGLISH_LEAD.is_match(scan.before(span.start));
        // 38,400 of nothing that is counted is a sum.
        let after = &scan.text[span.end..];
        let sum = text.contains(',') && FREE.is_match(after);
        let rated = FOR_EACH.is_match(after);
        !year && (led || sum || rated) && !counts_next(scan, span.end)
    };
    let end = span.start + text.trim_end().len();
    led.then(|| (span.start..end, money(amount, None)))
}

/// 280一天: an amount for each day, month or year.
fn rate(after: &str) -> bool {
    ["一天", "一个月", "一月", "一年", "一次", "每天", "每月"]
        .iter()
        .any(|unit| after.starts_with(unit))
}

/// Whether an English noun is counted by the number that ends here ("paid 300 people").
fn counts_next(scan: &Scan<'_>, end: usize) -> bool {
    let word: String = scan
        .after(end)
        .trim_start()
        .chars()
        .take_while(|c| c.is_ascii_alphabetic())
        .collect();
    word.len() > 3
        && word.ends_with('s')
        && !matches!(word.as_str(), "plus" | "less" | "was" | "towards")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let at = jiff::civil::date(2024, 5, 6).at(9, 0, 0, 0);
        super::super::extract(text, at)
            .statements
            .into_iter()
            .filter_map(|s| match s.value {
                Value::Money { amount, currency } => Some((
                    text[s.span].to_owned(),
                    format!("{amount} {}", currency.unwrap_or_default())
                        .trim()
                        .to_owned(),
                )),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn reads_money() {
        for (text, surface, value) in [
            ("I paid £2,450.50 for it", "£2,450.50", "2450.5 GBP"),
            ("It was $900, cash", "$900", "900"),
            ("He wants RM 4k", "RM 4k", "4000 MYR"),
            ("about 12.5k euros", "12.5k euros", "12500 EUR"),
            (
                "eighteen hundred dollars",
                "eighteen hundred dollars",
                "1800",
            ),
            ("US$3 million in all", "US$3 million", "3000000 USD"),
            ("fifty quid", "fifty quid", "50 GBP"),
            ("the rent is 1150 now", "1150", "1150"),
            ("租房押金4300", "4300", "4300"),
            ("每月涨到7200了", "7200", "7200"),
            ("他要一万三千五", "一万三千五", "13500 CNY"),
            ("总共3.5万", "3.5万", "35000 CNY"),
            ("电费216.5元", "216.5元", "216.5 CNY"),
            ("一斤三块五", "三块五", "3.5 CNY"),
            ("省了五毛钱", "五毛钱", "0.5 CNY"),
            ("花了800块修车", "800块", "800 CNY"),
            ("欠我500美元", "500美元", "500 USD"),
            ("the ward bill was RM18,460 in all", "RM18,460", "18460 MYR"),
            (
                "they offered Rs. 1,38,000 for it",
                "Rs. 1,38,000",
                "138000 INR",
            ),
            ("₹2.5 lakh as advance", "₹2.5 lakh", "250000 INR"),
            ("the slab cost R38 600 then", "R38 600", "38600 ZAR"),
            ("R450 for each day", "R450", "450 ZAR"),
            ("boat made 38,400 after fuel", "38,400", "38400"),
            ("six nights, 129 each with tax", "129", "129"),
            ("还剩41万6千2百", "41万6千2百", "416200 CNY"),
            (
                "the stone was two thousand three hundred and fifty.",
                "two thousand three hundred and fifty",
                "2350",
            ),
            ("he handed over, two hundred even", "two hundred", "200"),
            (
                "two million, three hundred thousand cash that day",
                "two million, three hundred thousand",
                "2300000",
            ),
            ("一斤三块五毛五", "三块五毛五", "3.55 CNY"),
            ("写的捌万贰仟", "捌万贰仟", "82000 CNY"),
            ("活儿是一件四十六,干完了", "四十六", "46"),
            ("开店以后换了门头2600,", "2600", "2600"),
            ("算下来是6640一个月", "6640", "6640"),
        ] {
            assert_eq!(
                read(text),
                [(surface.to_owned(), value.to_owned())],
                "{text}"
            );
        }
    }

    #[test]
    fn leaves_other_numbers_alone() {
        for text in [
            "Flat 1150, second floor",
            "I moved there in 2019",
            "they paid 300 people",
            "case R418207/24",
            "4,800,000 shares vest",
            "电表读数4127",
            "住在3栋1201室",
            "来了一万多人",
            "两块地",
            "合同第5800号",
            "百分之五十",
            "我住302,",
            "two thousand people came",
            "since two thousand and nineteen.",
            "陆家在隔壁",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn amounts_round_trip(cents in 100u32..100_000_000) {
            let amount = Decimal::new(cents.into(), 2).normalize();
            let text = format!("The bill was £{amount}.");
            prop_assert_eq!(read(&text), [(format!("£{amount}"), format!("{amount} GBP"))]);
        }
    }
}
