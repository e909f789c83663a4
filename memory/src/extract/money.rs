//! Amounts of money: £1,385, RM 4k, eighteen hundred dollars, 一万三千五, 押金5800.

use std::ops::Range;
use std::sync::LazyLock;

use super::pattern::pattern;
use regex::{Captures, Regex};
use rust_decimal::Decimal;

use super::Found;
use super::number::{self, CHINESE, DIGITS, ENGLISH};
use super::scan::Scan;
use crate::fact::Value;

static SYMBOL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<cur>(?:\b(?:US|AU|CA|NZ|HK|SG|A|C|S))?\$|[£€¥￥]|\b(?:RM|USD|GBP|EUR|CNY|RMB|AUD|CAD|NZD|HKD|SGD|MYR|JPY|CHF|INR)\b\s?|人民币)\s?(?P<n>{DIGITS})\s?(?P<k>(?i:k|m|mn|bn|thousand|million|billion)\b|万|亿)?"
    ))
});

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{DIGITS}|{ENGLISH})\s?(?P<k>(?i:k|thousand|million)\b)?[\s-]?(?P<cur>(?i:US dollars?|dollars?|bucks?|pounds?|quid|euros?|yuan|ringgit|rmb|usd|gbp|eur|cny|cents?|pence|francs?|rupees?|yen)\b)"
    ))
});

/// 三块五 is 3.5; 五毛 is 0.5.
static CHINESE_UNIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{CHINESE}|{DIGITS}[万亿]?)(?:多|来)?(?P<cur>元|块钱|块|美元|美金|欧元|英镑|港币|港元|日元|毛钱|毛|角钱|分钱)(?P<part>[一二三四五六七八九\d])?(?P<tail>毛|角)?"
    ))
});

static WAN: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"{CHINESE}|{DIGITS}[万亿]")));

static BARE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"{DIGITS}(?:\s?k\b)?")));

/// English words that say that a number after them is money, with what may
/// stand in between.
static ENGLISH_LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:deposit|rent|fees?|salary|wages?|price|costs?|bills?|quotes?|invoice total|",
        r"premium|balance|refund|paid|pay|pays|paying|owe|owes|owed|charged?|offered|offer|",
        r"settlement|fine|penalty|budget|loan|debt|payment|total|sum|transferred|borrowed|lent|",
        r"sold for|bought for|worth)(?:\s+(?:was|is|were|of|at|to|for|me|him|her|them|us|about|",
        r"around|only|just|another|came to|the|landlord|went up|goes up|rose|dropped|out|back))*",
        r"[\s:=]*$"
    ))
});

/// Chinese words that say that a number close behind them is money.
static CHINESE_LEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:押金|定金|订金|租金|月租|房租|租|工资|月薪|年薪|薪水|底薪|奖金|补贴|费用?|款|价格?|报价|",
        r"作价|标价|金额|总额|总数|本金|利息|首付|货款|罚款|违约金|赔偿金?|补偿金?|成本|预算|余额|",
        r"[付交花赔退扣补收还借欠掏转给领拿打涨降加减卖买值])",
        r"[\p{Han}]{0,6}$"
    ))
});

/// 6899是标价: the noun stands behind.
static PRICE_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:是|为|就是)[\p{Han}]{0,5}(?:价|押金|定金|款|费|租金|工资|本金|总额)")
});

static CHINESE_NOUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"押金|定金|订金|租金|月租|房租|工资|月薪|费|款|价|钱|金额|赔偿|补偿|元|转账|扣")
});

/// Before a number that counts or names something else.
static NOT_MONEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:第|读数|编号|单号|尾号|卡号|账号|号|号码|楼|栋|室|房|门牌|电话|序列号|版本|型号|约定于|[A-Za-z])$",
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
    found.extend(
        WAN.find_iter(scan.text)
            .filter_map(|m| wan(scan, m.range())),
    );
    found
}

/// Numbers without a currency, next to a word that makes them money. Looked for
/// last: everything else that is made of digits must be taken by then.
pub(super) fn find_bare(scan: &Scan<'_>) -> Vec<Found> {
    BARE.find_iter(scan.text)
        .filter_map(|m| bare(scan, m.range()))
        .collect()
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
        Some("m" | "mn" | "million") => 1_000_000,
        Some("亿") => 100_000_000,
        Some(_) => 1_000_000_000,
    };
    number::parse(number)?.checked_mul(by.into())
}

fn symbol(scan: &Scan<'_>, c: &Captures<'_>) -> Option<Found> {
    let whole = c.get(0)?;
    let amount = scaled(&c["n"], c.name("k").map(|k| k.as_str()))?;
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
        "RMB" | "人民币" => Some("CNY"),
        code => Some(code),
    };
    Some((
        whole.start()..whole.start() + whole.as_str().trim_end().len(),
        money(amount, currency),
    ))
}

fn named(c: &Captures<'_>) -> Option<Found> {
    let amount = scaled(&c["n"], c.name("k").map(|k| k.as_str()))?;
    let unit = c["cur"].to_ascii_lowercase();
    let currency = match unit.trim_end_matches('s') {
        "us dollar" | "usd" => Some("USD"),
        "pound" | "quid" | "gbp" | "pence" => Some("GBP"),
        "euro" | "eur" => Some("EUR"),
        "yuan" | "rmb" | "cny" => Some("CNY"),
        "ringgit" => Some("MYR"),
        "franc" => Some("CHF"),
        "rupee" => Some("INR"),
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
    let mut amount = match number.strip_suffix(['万', '亿']) {
        Some(head) if head.ends_with(|c: char| c.is_ascii_digit()) => {
            scaled(head, Some(&number[head.len()..]))?
        }
        _ => number::parse(number)?,
    };
    let currency = match unit {
        "美元" | "美金" => "USD",
        "欧元" => "EUR",
        "英镑" => "GBP",
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
                Some(p) => amount += number::parse(p.as_str())? / Decimal::TEN,
                None => end = c.name("cur")?.end(),
            }
        }
        _ => end = c.name("cur")?.end(),
    }
    Some((whole.start()..end, money(amount, Some(currency))))
}

/// 180万, 一万三千五: in Chinese a number of this size without a counted noun
/// behind it is money.
fn wan(scan: &Scan<'_>, span: Range<usize>) -> Option<Found> {
    let text = &scan.text[span.clone()];
    if !text.contains(['万', '亿', '千', '百']) || text.chars().count() < 2 {
        return None;
    }
    let next = scan.text[span.end..].chars().next();
    let sure = text.contains('万');
    let open =
        next.is_none_or(|c| !c.is_alphanumeric() || "的了吧呢给到至和,不左上以,就".contains(c));
    let led = CHINESE_LEAD.is_match(scan.before(span.start));
    let money_noun = next.is_some_and(|c| "押定租补赔罚货首".contains(c));
    if !(open && (sure || led) || money_noun) || NOT_MONEY.is_match(&scan.text[..span.start]) {
        return None;
    }
    let amount = match text.strip_suffix(['万', '亿']) {
        Some(head) if head.ends_with(|c: char| c.is_ascii_digit()) => {
            scaled(head, Some(&text[head.len()..]))?
        }
        _ => number::parse(text)?,
    };
    Some((span, money(amount, Some("CNY"))))
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
            || rate(&scan.text[span.end..]);
        let before = scan.before(span.start);
        let listed = next.is_none_or(|c| !c.is_alphanumeric())
            && amount >= Decimal::ONE_HUNDRED
            && CHINESE_NOUN.is_match(scan.sentence(&span));
        open && !NOT_MONEY.is_match(before) && (CHINESE_LEAD.is_match(before) || listed)
    } else {
        let year = !text.contains([',', '.', 'k'])
            && (Decimal::from(1900)..Decimal::from(2100)).contains(&amount);
        !year
            && amount >= Decimal::ONE_HUNDRED
            && ENGLISH_LEAD.is_match(scan.before(span.start))
            && !counts_next(scan, span.end)
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
            "电表读数4127",
            "住在3栋1201室",
            "来了一万多人",
            "两块地",
            "合同第5800号",
            "百分之五十",
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
