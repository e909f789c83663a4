//! Counted and measured things: 53 centimetres, twelve boxes, six long letters, 9瓶, 68岁, 四亩六.

use std::sync::LazyLock;

use super::pattern::pattern;
use regex::{Captures, Regex};
use rust_decimal::Decimal;

use super::Found;
use super::number::{self, CHINESE, DIGITS, ENGLISH};
use super::scan::Scan;
use crate::fact::Value;

static ENGLISH_COUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{DIGITS}|{ENGLISH})[\s-]?(?:(?P<what>[a-z]+)\s)??(?P<u>(?:(?i:square|cubic)\s+)?(?:sqm|sq ft|km|kg|cm|mm|mph|kWh|GB|MB|ft|lbs?|[a-z]{{3,}}s|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days|feet|inch|metre|meter|tonne|ton|hectare|acre|people|children|men|women|percent)\b)"
    ))
});

static CHINESE_COUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<n>{CHINESE}|{DIGITS}万?)(?:多|来)?(?P<u>平方米|平米|平方|平|公里|厘米|毫米|公斤|千克|米|斤|吨|亩|度|岁|个|件|瓶|箱|台|辆|份|张|次|人|名|页|套|把|支|条|间|户|股|封|笔|处|只|家|位|盒|包|部|本|层|倍|颗|根|棵|袋|桶|批|字|票|分|趟|遍|节|期|场|车|桌|顿|捆|丛|株|头|匹|宿)(?P<part>[一二三四五六七八九半])?(?P<more>[十百千个天年月号日点])?"
    ))
});

pub(super) fn find(scan: &Scan<'_>) -> Vec<Found> {
    let english = ENGLISH_COUNT
        .captures_iter(scan.text)
        .filter_map(|c| english(&c));
    let chinese = CHINESE_COUNT
        .captures_iter(scan.text)
        .filter_map(|c| chinese(scan, &c));
    english.chain(chinese).collect()
}

fn english(c: &Captures<'_>) -> Option<Found> {
    /// Words in -s that are not counted.
    const NOT_COUNTED: [&str; 12] = [
        "was",
        "has",
        "its",
        "less",
        "plus",
        "this",
        "does",
        "versus",
        "hundreds",
        "thousands",
        "always",
        "minus",
    ];
    /// Words that do not tell what kind of thing is counted.
    const NOT_KINDS: [&str; 40] = [
        "the", "a", "an", "of", "and", "or", "for", "in", "on", "at", "to", "from", "by", "with",
        "my", "your", "his", "her", "its", "our", "their", "this", "that", "is", "was", "are",
        "were", "has", "had", "it", "he", "she", "they", "we", "i", "you", "but", "as", "after",
        "per",
    ];
    let unit = c["u"].to_owned();
    let year = |n: &str| n.len() == 4 && (n.starts_with("19") || n.starts_with("20"));
    let what = c.name("what").map(|what| what.as_str());
    if NOT_COUNTED.contains(&unit.as_str())
        || what.is_some_and(|what| NOT_KINDS.contains(&what) || year(&c["n"]))
    {
        return None;
    }
    let count = number::parse(&c["n"])?;
    Some((c.get(0)?.range(), Value::Quantity { count, unit }))
}

fn chinese(scan: &Scan<'_>, c: &Captures<'_>) -> Option<Found> {
    let whole = c.get(0)?;
    let head = &scan.text[..whole.start()];
    let ordinal = head.ends_with([
        '第', '每', '这', '那', '哪', '另', '某', '唯', '万', '统', '.',
    ]);
    // 一个, 一次 and the like are articles, not counts.
    let article = matches!(&c["n"], "一" | "两")
        && matches!(
            &c["u"],
            "个" | "次"
                | "下"
                | "份"
                | "家"
                | "位"
                | "条"
                | "张"
                | "部"
                | "名"
                | "人"
                | "度"
                | "笔"
                | "分"
                | "处"
                | "倍"
        );
    if ordinal || article {
        return None;
    }
    let number = &c["n"];
    let count = match number.strip_suffix('万') {
        Some(head) if head.ends_with(|c: char| c.is_ascii_digit()) => {
            number::parse(head)?.checked_mul(10_000.into())?
        }
        _ => number::parse(number)?,
    };
    let unit = c["u"].to_owned();
    // 四亩六 is 4.6.
    // 一平均 tells of a mean.
    let behind = scan.text[c.name("u")?.end()..].chars().next();
    if unit == "平" && behind.is_some_and(|c| "均时台常安等日分摊".contains(c)) {
        return None;
    }
    let parts = matches!(&*unit, "亩" | "斤" | "米" | "吨" | "公斤" | "平");
    let part = c.name("part").filter(|_| parts && c.name("more").is_none());
    let (count, end) = match part {
        Some(part) => {
            let tenths = match part.as_str() {
                "半" => Decimal::from(5),
                digit => number::parse(digit)?,
            };
            ((count + tenths / Decimal::TEN).normalize(), part.end())
        }
        None => (count, c.name("u")?.end()),
    };
    Some((whole.start()..end, Value::Quantity { count, unit }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let at = jiff::civil::date(2024, 5, 6).at(9, 0, 0, 0);
        super::super::extract(text, at)
            .statements
            .into_iter()
            .filter_map(|s| match s.value {
                Value::Quantity { count, unit } => Some((count.to_string(), unit)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn reads_quantities() {
        for (text, count, unit) in [
            ("a strip of 53 centimetres", "53", "centimetres"),
            ("twelve boxes arrived", "12", "boxes"),
            ("it weighs 4.5 kg", "4.5", "kg"),
            ("一共9瓶", "9", "瓶"),
            ("他今年68岁", "68", "岁"),
            ("房子89.5平米", "89.5", "平米"),
            ("三万股", "30000", "股"),
            ("后坑四亩六", "4.6", "亩"),
            ("泡了二十六平半", "26.5", "平"),
            ("住了四宿", "4", "宿"),
            ("交了12期", "12", "期"),
            ("six counselling sessions", "6", "sessions"),
            ("152 linear feet", "152", "feet"),
            ("on twenty-two Fridays", "22", "Fridays"),
            ("66 tonne all up", "66", "tonne"),
        ] {
            assert_eq!(read(text), [(count.to_owned(), unit.to_owned())], "{text}");
        }
    }

    #[test]
    fn leaves_ordinals_and_articles_alone() {
        for text in [
            "第三个人",
            "有一个问题",
            "this one was late",
            "每三个",
            "in 2022 the boards came",
            "the two of us",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
