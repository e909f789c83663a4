//! Numbers that name things: invoice 1047, Flat 14, （2023）沪0115民初88号, 6号楼602.

use std::sync::LazyLock;

use super::pattern::pattern;
use regex::Regex;

use super::Found;
use super::scan::Scan;
use crate::fact::Value;

/// Labels and the identifier behind them; group `id` is the identifier, or the
/// whole match where the label is part of the name (Flat 14).
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"(?P<id>[（(]\d{4}[)）][\p{Han}]{1,3}\d{0,6}[\p{Han}]{1,4}\d+号)",
        r"(?i:invoice|case|policy|account|claim|order|permit|plate|licen[cs]e|passport|docket|file|ticket|tracking|serial|reference|ref|contract|booking|PO|ID)(?i:\s+(?:number|no\.?|nr\.?|is|was)|\s*[#:])*\s*(?P<id>\b[A-Z]{0,4}[-/]?\d[A-Z0-9/-]*[A-Z0-9]\b)",
        r"\b(?P<id>(?:Flat|Apt\.?|Apartment|Unit|Room|Suite|Lot|Plot|Bay|Floor)\s+\d+[A-Za-z]?\b)",
        r"(?P<id>\d+号楼(?:\d+单元)?\d{2,5}室?|\d+[栋幢](?:\d+单元)?(?:\d{2,5})?室?|\d{3,5}[室房]|\d+号[楼院铺])",
        r"(?:案号|号)?[是为:：\s，,]?(?P<id>[\p{Han}--[是号为了]]{2,8}字?[〔（(\[]\d{4}[〕）)\]]第?\d+号)",
        r"\b(?P<id>[A-Z]{2}\d{2}\s?[A-Z]{3})\b",
        r"(?P<id>[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·.\s]?[A-Z0-9]{5,6}\b)",
        r"(?:单号|编号|保单号?|账号|帐号|车牌号?|合同号|案号|卡号|尾号|身份证号?|电话|手机号?|序列号|快递号|档案号)[是为:：\s]*(?P<id>[A-Za-z0-9][A-Za-z0-9-]{3,})",
        r"\b(?P<id>(?:[A-Z]{1,4}-?\d{3,}[A-Z0-9-]*|\d{3,}-[A-Z0-9]+(?:-[A-Z0-9]+)*))\b",
    ]
    .iter()
    .map(|text| pattern(text))
    .collect()
});

/// A sum of money that looks like one.
static CURRENCY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:(?:RM|USD|INR|ZAR|NGN|HK|Rs)\d+|R\d{3,5})$"));

pub(super) fn find(scan: &Scan<'_>) -> Vec<Found> {
    PATTERNS
        .iter()
        .flat_map(|pattern| pattern.captures_iter(scan.text))
        .filter_map(|c| {
            let id = c.name("id")?;
            let currency =
                CURRENCY.is_match(id.as_str()) && !scan.text[id.end()..].starts_with(['/', '-']);
            let dated = id.as_str().len() == 10 && id.as_str().matches('-').count() == 2;
            let value = Value::Identifier {
                id: id.as_str().to_owned(),
            };
            (!currency && !dated).then(|| (id.range(), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let at = jiff::civil::date(2024, 5, 6).at(9, 0, 0, 0);
        super::super::extract(text, at)
            .statements
            .into_iter()
            .filter_map(|s| match s.value {
                Value::Identifier { id } => Some(id),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn reads_identifiers() {
        for (text, id) in [
            ("Invoice no. 2207 is unpaid", "2207"),
            ("I live in Flat 9B", "Flat 9B"),
            ("policy HX-44120 lapsed", "HX-44120"),
            ("PO 2291-B", "2291-B"),
            ("案号是（2023）沪0115民初1234号", "（2023）沪0115民初1234号"),
            ("我住8号楼1402", "8号楼1402"),
            ("车牌粤B12K45", "粤B12K45"),
            ("保单号PICC20231", "PICC20231"),
            (
                "案号是京朝劳人仲字〔2026〕第1187号",
                "京朝劳人仲字〔2026〕第1187号",
            ),
            ("Reg is YT62 KLM.", "YT62 KLM"),
        ] {
            assert_eq!(read(text), [id], "{text}");
        }
    }

    #[test]
    fn leaves_other_numbers_alone() {
        for text in [
            "on 2024-05-01 we met",
            "RM4000 in cash",
            "3 rooms",
            "9月1号",
        ] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }
}
