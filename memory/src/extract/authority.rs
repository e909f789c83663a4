//! Statutes, articles and cases, written one way: 《民法典》第710条 and
//! 民法典第七百一十条 are the same.

use std::ops::Range;
use std::sync::LazyLock;

use super::pattern::pattern;
use regex::Regex;

use super::number::{self, CHINESE};
use super::scan::Scan;

const SECTION: &str = r"\d+[A-Za-z]?(?:[.-]\d+)*(?:\([0-9A-Za-z]{1,3}\))*";

static ENGLISH_ACT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        concat!(
            r"(?:\b(?P<kind>(?i:sections?|ss?\.|articles?|art\.|reg(?:ulation|\.)|rule))\s*|§§?\s*)?",
            r"(?P<no>\b{s}\s+of\s+(?:the\s+)?)?",
            r"\b(?P<act>[A-Z][A-Za-z'’-]+(?:,?\s+(?:(?:and|of|the|for|to|in|on|\(|&)\s+)*[A-Z][A-Za-z'’-]*\)?){{0,8}}",
            r"\s+(?:Act|Code|Ordinance|Regulations?|Rules|Directive|Convention))\b",
            r"(?P<year>\s+(?:19|20)\d\d)?(?P<after>,?\s*(?:§§?|(?i:sections?|ss?\.?|art\.?|articles?))\s*{s})?"
        ),
        s = SECTION
    ))
});

static ENGLISH_SECTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        concat!(
            r"(?P<code>\b(?:\d+\s+)?(?:U\.S\.C\.|USC|C\.F\.R\.|CFR|(?:Cal|Tex|Fla|N\.Y)\.(?:\s[A-Z][a-z]+\.)*(?:\sCode)?)\s*)?",
            r"(?:(?P<sign>§§?)|\b(?P<word>(?i:section|article|art\.)))\s*(?P<no>{s})",
            r"(?:\s+(?:of\s+the\s+)?(?P<law>GDPR|DSGVO|ECHR|TFEU|FLSA|ADA|ERISA)\b)?"
        ),
        s = SECTION
    ))
});

static ENGLISH_OTHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\bPub\. ?L\. ?(?:No\. ?)?\d+-\d+|\b\d+ (?:U\.S\.C\.|CFR|C\.F\.R\.) §? ?\d+[\d.a-z]*|\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)? v\.? [A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?(?: \[\d{4}\] [A-Z]+ \d+)?|\bGDPR\b|\b(?:ORS|RCW|NRS|KRS|MCL|CPLR|RSMo|NJSA|MGL|ARS|CRS|ORC|OCGA|TCA|NRSA|RSA|ILCS)\s§?\s?\d[\d.:-]*[A-Za-z\d]",
    )
});

/// A law in book-title marks, or a bare name that ends like one; then articles.
static CHINESE_LAW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:《(?P<title>[^《》]{{2,40}})》|(?P<name>[\p{{Han}}]{{1,24}}?(?:法典|条例|法)))(?P<articles>(?:[、和及]?第(?:{CHINESE}|\d+)条(?:之[一二三四五六])?(?:第(?:{CHINESE}|\d+)[款项])*)*)"
    ))
});

static ARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"第(?P<no>{CHINESE}|\d+)条(?P<sub>之[一二三四五六])?"
    ))
});

/// Statutes that are named without marks; a longer name stands before its suffix.
const KNOWN: &str = concat!(
    "医疗纠纷预防和处理条例 劳动争议调解仲裁法 消费者权益保护法 医疗事故处理条例 道路交通安全法 ",
    "个人信息保护法 未成年人保护法 妇女权益保障法 治安管理处罚法 城市房地产管理法 反不正当竞争法 ",
    "反家庭暴力法 工伤保险条例 招标投标法 物业管理条例 企业破产法 行政处罚法 行政复议法 行政诉讼法 ",
    "民事诉讼法 刑事诉讼法 劳动合同法 侵权责任法 社会保险法 食品安全法 产品质量法 电子商务法 ",
    "数据安全法 网络安全法 农村土地承包法 土地管理法 合伙企业法 外商投资法 商业银行法 ",
    "强制执行法 国家赔偿法 老年人权益保障法 职业病防治法 安全生产法 环境保护法 海商法 ",
    "著作权法 税收征收管理法 劳动法 公司法 合同法 婚姻法 继承法 收养法 担保法 物权法 商标法 专利法 ",
    "保险法 证券法 票据法 仲裁法 建筑法 公证法 律师法 广告法 价格法 信托法 民法典 民法通则 民法 刑法 宪法 教师法 医师法",
);

pub(super) fn find(scan: &Scan<'_>) -> Vec<(Range<usize>, String)> {
    let mut found = chinese(scan.text);
    found.extend(acts(scan.text));
    found.extend(sections(scan.text));
    found.extend(
        ENGLISH_OTHER
            .find_iter(scan.text)
            .map(|m| (m.range(), spaced(m.as_str()))),
    );
    found
}

/// What opens a sentence before the name of an act.
const LEADS: &str =
    " under in by see and but with from as for per using quote also so if when because since not ";

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "section 11 of the Landlord and Tenant Act 1985" is told as
/// "Landlord and Tenant Act 1985 s 11".
fn acts(text: &str) -> Vec<(Range<usize>, String)> {
    ENGLISH_ACT
        .captures_iter(text)
        .filter_map(|c| {
            let act = c.name("act")?;
            let name = act.as_str();
            // "Under the Tenant Fees Act": the name begins behind the article.
            let led = name
                .split_once(" the ")
                .filter(|(lead, _)| LEADS.contains(&format!(" {} ", lead.to_ascii_lowercase())));
            let name = led.map_or(name, |(_, rest)| rest);
            let name = name.strip_prefix("The ").unwrap_or(name);
            // "The Act", "Our Code": no name, only a reference.
            if name.split_whitespace().count() < 2 {
                return None;
            }
            let year = c.name("year").map_or("", |y| y.as_str());
            let number = |part: &str| {
                let no = part.trim_start_matches(|c: char| !c.is_ascii_digit());
                no.split_whitespace().next().unwrap_or(no).to_owned()
            };
            let section = c
                .name("no")
                .or_else(|| c.name("after"))
                .map(|m| number(m.as_str()));
            let mark = match c.name("kind").map(|k| k.as_str().to_ascii_lowercase()) {
                Some(kind) if kind.starts_with("art") => "art",
                _ => "s",
            };
            let start = if c.name("no").is_some() {
                c.get(0)?.start()
            } else {
                act.end() - name.len()
            };
            let mut full = format!("{}{year}", spaced(name));
            if let Some(section) = section {
                full = format!("{full} {mark} {section}");
            }
            Some((start..c.get(0)?.end(), spaced(&full)))
        })
        .collect()
}

fn sections(text: &str) -> Vec<(Range<usize>, String)> {
    ENGLISH_SECTION
        .captures_iter(text)
        .filter_map(|c| {
            let whole = c.get(0)?;
            let code = c.name("code").map_or("", |m| m.as_str()).trim();
            let law = c.name("law").map(|m| m.as_str());
            let word = c.name("word").map(|w| w.as_str().to_ascii_lowercase());
            let mark = match word.as_deref() {
                Some("section") => "s",
                Some(_) => "art",
                None => "§",
            };
            // "section 3 of the lease" is no authority.
            let tail = text[whole.end()..].trim_start();
            if law.is_none()
                && (tail.starts_with("of the ")
                    || tail.starts_with("of our ")
                    || tail.starts_with("of my "))
            {
                return None;
            }
            let name = match law {
                Some(law) => format!("{law} {mark} {}", &c["no"]),
                None => format!("{code} {mark} {}", &c["no"]),
            };
            Some((whole.range(), name.trim().to_owned()))
        })
        .collect()
}

fn chinese(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    for c in CHINESE_LAW.captures_iter(text) {
        let whole = c.get(0).expect("the whole match");
        let articles = c.name("articles").map_or("", |m| m.as_str());
        let (start, law) = match (c.name("title"), c.name("name")) {
            (Some(title), _) if is_law_title(title.as_str()) => (whole.start(), title.as_str()),
            (None, Some(name)) => match bare_law(name.as_str(), !articles.is_empty()) {
                Some(law) => (name.end() - law.len(), law),
                None => continue,
            },
            _ => continue,
        };
        let law = law
            .trim_start_matches("中华人民共和国")
            .trim_start_matches('新');
        if articles.is_empty() {
            found.push((start..whole.end(), law.to_owned()));
        }
        let from = whole.end() - articles.len();
        for (i, article) in ARTICLE.captures_iter(articles).enumerate() {
            let place = article.get(0).expect("the whole match");
            let Some(no) = number::parse(&article["no"]) else {
                continue;
            };
            let sub = article.name("sub").map_or("", |s| s.as_str());
            let begin = if i == 0 { start } else { from + place.start() };
            found.push((begin..from + place.end(), format!("{law}第{no}条{sub}")));
        }
    }
    found
}

fn is_law_title(title: &str) -> bool {
    [
        "法", "法典", "条例", "规定", "解释", "办法", "规则", "通则", "决定",
    ]
    .iter()
    .any(|end| title.ends_with(end))
}

/// The statute's name at the end of a run of text that may begin before it
/// (根据劳动合同法). Unknown names count only with an article behind them.
fn bare_law(run: &str, with_article: bool) -> Option<&str> {
    let known = KNOWN
        .split_whitespace()
        .filter(|law| run.ends_with(law))
        .max_by_key(|law| law.len());
    if let Some(law) = known {
        return Some(&run[run.len() - law.len()..]);
    }
    // A 条例 of some length is one without an article as well.
    let long = run.ends_with("条例") && run.chars().count() >= 6;
    if !with_article && !long {
        return None;
    }
    let cut = [
        "根据", "依据", "依照", "按照", "违反", "适用", "按", "依", "照", "看", "查", "是", "和",
        "新",
    ]
    .iter()
    .filter_map(|lead| run.rfind(lead).map(|at| at + lead.len()))
    .max()
    .unwrap_or(0);
    let law = &run[cut..];
    let least = if with_article { 3 } else { 6 };
    (law.chars().count() >= least).then_some(law)
}

#[cfg(test)]
mod tests {
    fn read(text: &str) -> Vec<String> {
        let at = jiff::civil::date(2024, 5, 6).at(9, 0, 0, 0);
        super::super::extract(text, at)
            .mentions
            .into_iter()
            .filter_map(|m| match m.kind {
                super::super::MentionKind::Authority { name } => Some(name),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn reads_authorities() {
        for (text, name) in [
            ("根据民法典第七百一十条", "民法典第710条"),
            ("《中华人民共和国民法典》第710条规定", "民法典第710条"),
            ("按新公司法第五十七条", "公司法第57条"),
            ("违反劳动合同法第三十九条第二项", "劳动合同法第39条"),
            ("依据农药管理条例第五条", "农药管理条例第5条"),
            ("《商品房屋租赁管理办法》有规定", "商品房屋租赁管理办法"),
            ("under the Housing Act 2004", "Housing Act 2004"),
            (
                "by section 11 of the Landlord and Tenant Act 1985",
                "Landlord and Tenant Act 1985 s 11",
            ),
            ("see Cal. Civ. Code § 1950.5", "Cal. Civ. Code § 1950.5"),
            ("§ 1950.5 says", "§ 1950.5"),
            ("Art. 5 GDPR applies", "GDPR art 5"),
            ("the Human Rights Code protects", "Human Rights Code"),
            ("Pub. L. 116-127", "Pub. L. 116-127"),
            ("a section 21 notice", "s 21"),
            (
                "Under the Tenant Fees Act 2019 that is void",
                "Tenant Fees Act 2019",
            ),
            ("the Trustee Act 2000 s 1 applies", "Trustee Act 2000 s 1"),
            ("see RCW 59.18.280.", "RCW 59.18.280"),
            ("29 U.S.C. § 255 says", "29 U.S.C. § 255"),
            ("as in Donoghue v Stevenson", "Donoghue v Stevenson"),
        ] {
            assert_eq!(read(text), [name], "{text}");
        }
    }

    #[test]
    fn leaves_contracts_alone() {
        for text in [
            "合同第九条写的",
            "section 4 of the lease",
            "没办法",
            "这个方法不行",
            "an act of God",
        ] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }
}
