//! Numbers as people write them: digits, English words and Chinese characters.

use rust_decimal::Decimal;

/// Digits with thousands separators and a decimal part, as a regex.
/// 1,38,000 is parted as in India.
pub(super) const DIGITS: &str = r"(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d+)(?:\.\d+)?";

/// English number words, as a regex: "eighteen hundred", "two and a half", "one million, three
/// hundred thousand".
pub(super) const ENGLISH: &str = concat!(
    r"(?i:\b(?:half\s+a|a\s+half|(?:a|an)\s+(?:dozen|couple\s+of)|",
    r"(?:(?:a|an)\s+(?:hundred|thousand|million|lakh|crore)|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|",
    r"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|",
    r"ninety)(?:(?:-|\s+|\s+and\s+)(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|",
    r"twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|",
    r"fifty|sixty|seventy|eighty|ninety|hundred|a\s+half|",
    r"(?:thousand|million|lakhs?|crores?)(?:,\s+(?:one|two|three|four|five|six|seven|eight|nine|ten|",
    r"eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|",
    r"forty|fifty|sixty|seventy|eighty|ninety))?))*)\b)",
);

/// Chinese numerals, and digits before a Chinese unit, as a regex: 一万三千五, 捌万贰仟, 3.5万.
pub(super) const CHINESE: &str = concat!(
    r"(?:(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?[百千万亿]{1,2})+(?:\d+|[零一二两三四五六七八九十百千]+)?",
    r"|[壹贰叁肆伍陆柒捌玖][拾佰仟万][零壹贰叁肆伍陆柒捌玖拾佰仟万]*",
    r"|[零〇一二两俩三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?)",
);

/// Reads a number in any of the three ways; nothing if it is none.
pub(super) fn parse(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.is_ascii() {
        digits(text).or_else(|| english(text))
    } else {
        chinese(text)
    }
}

/// Reads `1,385.50`.
pub(super) fn digits(text: &str) -> Option<Decimal> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.replace(',', "").parse().ok()
}

/// Reads "twelve thousand five hundred", "twenty-five", "two and a half".
pub(super) fn english(text: &str) -> Option<Decimal> {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|w| !w.is_empty() && *w != "and" && *w != "of")
        .collect();
    if words.is_empty() {
        return None;
    }
    let half = Decimal::new(5, 1);
    let (words, fraction) = match words.as_slice() {
        ["half", "a"] | ["a", "half"] => return Some(half),
        [rest @ .., "a", "half"] => (rest, half),
        all => (all, Decimal::ZERO),
    };
    let (mut total, mut group) = (Decimal::ZERO, Decimal::ZERO);
    for word in words {
        match *word {
            "a" | "an" => group = Decimal::ONE,
            "hundred" => group = group.checked_mul(100.into())?,
            "dozen" => group = group.checked_mul(12.into())?,
            "couple" => group = 2.into(),
            "thousand" => close(&mut total, &mut group, 1_000)?,
            "million" => close(&mut total, &mut group, 1_000_000)?,
            "lakh" | "lakhs" => close(&mut total, &mut group, 100_000)?,
            "crore" | "crores" => close(&mut total, &mut group, 10_000_000)?,
            word => group = beside(group, small(word)?)?,
        }
    }
    total.checked_add(group)?.checked_add(fraction)
}

/// A number below a hundred behind hundreds, or a digit behind tens; "nine and ten" are two numbers.
fn beside(group: Decimal, number: u32) -> Option<Decimal> {
    let rest = group % Decimal::ONE_HUNDRED;
    let tens = rest >= Decimal::from(20) && (rest % Decimal::TEN).is_zero();
    let goes_on = rest.is_zero() || tens && number < 10;
    goes_on.then(|| group.checked_add(number.into())).flatten()
}

fn close(total: &mut Decimal, group: &mut Decimal, scale: u32) -> Option<()> {
    *total = total.checked_add(group.checked_mul(scale.into())?)?;
    *group = Decimal::ZERO;
    Some(())
}

fn small(word: &str) -> Option<u32> {
    const UNITS: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    let place = |list: &[&str]| list.iter().position(|w| *w == word);
    match place(&UNITS) {
        Some(unit) => Some(unit as u32),
        None => place(&TENS).map(|ten| 20 + 10 * ten as u32),
    }
}

/// Reads 一万三千五 (13500: the last digit counts the next lower unit), 一百零五,
/// 二〇二四 (digit by digit), 3.5万, 三点五.
pub(super) fn chinese(text: &str) -> Option<Decimal> {
    let mut reader = Chinese::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            let end = rest
                .find(|c: char| !(c.is_ascii_digit() || c == ',' || c == '.'))
                .unwrap_or(rest.len());
            reader.number(digits(&rest[..end])?)?;
            rest = &rest[end..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c == '点' {
            return reader.finish()?.checked_add(decimals(rest)?);
        }
        match (digit(c), unit(c)) {
            (Some(d), _) => reader.number(d.into())?,
            (_, Some(u)) => reader.unit(u)?,
            _ => return None,
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Chinese {
    total: Decimal,
    /// Of the current group below 万.
    group: Decimal,
    pending: Option<Decimal>,
    /// The unit read last, for a digit that ends the number without its own.
    last_unit: Option<u64>,
    /// Whether the digits are told one by one, as in a year.
    plain: bool,
    seen: bool,
}

impl Chinese {
    fn number(&mut self, n: Decimal) -> Option<()> {
        self.seen = true;
        if n.is_zero() && self.last_unit.is_some() && self.pending.is_none() {
            self.last_unit = None;
            return Some(());
        }
        self.pending = Some(match self.pending {
            None => n,
            // 两三 is two or three.
            Some(p) if p < 10.into() && !p.is_zero() && n == p + Decimal::ONE => return None,
            Some(p) => {
                self.plain = true;
                p.checked_mul(10.into())?.checked_add(n)?
            }
        });
        Some(())
    }

    fn unit(&mut self, unit: u64) -> Option<()> {
        self.seen = true;
        if unit >= 10_000 {
            let group = self
                .group
                .checked_add(self.pending.take().unwrap_or_default())?;
            if group.is_zero() {
                // 一万亿: the unit scales everything read so far.
                self.total = self.total.checked_mul(unit.into())?;
            } else {
                self.total = self.total.checked_add(group.checked_mul(unit.into())?)?;
            }
            self.group = Decimal::ZERO;
        } else {
            let count = match self.pending.take() {
                Some(n) => n,
                None if unit == 10 => Decimal::ONE,
                None => return None,
            };
            self.group = self.group.checked_add(count.checked_mul(unit.into())?)?;
        }
        self.last_unit = Some(unit);
        Some(())
    }

    fn finish(&mut self) -> Option<Decimal> {
        if !self.seen {
            return None;
        }
        let last = match (self.pending.take(), self.last_unit) {
            (Some(n), Some(unit)) if unit > 10 && !self.plain && n < 10.into() => {
                n.checked_mul((unit / 10).into())?
            }
            (Some(n), _) => n,
            (None, _) => Decimal::ZERO,
        };
        self.total.checked_add(self.group)?.checked_add(last)
    }
}

fn decimals(text: &str) -> Option<Decimal> {
    let (mut n, mut scale) = (0i64, 0u32);
    for c in text.chars() {
        n = n.checked_mul(10)?.checked_add(digit(c)?.into())?;
        scale += 1;
    }
    Decimal::try_new(n, scale).ok().filter(|_| scale > 0)
}

fn digit(c: char) -> Option<u32> {
    Some(match c {
        '零' | '〇' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '俩' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(c: char) -> Option<u64> {
    Some(match c {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_three_ways() {
        for (text, value) in [
            ("1,385", "1385"),
            ("216.5", "216.5"),
            ("eighteen hundred", "1800"),
            ("twelve thousand five hundred", "12500"),
            ("twenty-five", "25"),
            ("two and a half", "2.5"),
            ("a hundred and five", "105"),
            ("a thousand two hundred", "1200"),
            ("one million, three hundred and fifty thousand", "1350000"),
            ("two lakh fifty thousand", "250000"),
            ("捌万贰仟", "82000"),
            ("一万三千五", "13500"),
            ("三万五", "35000"),
            ("一百零五", "105"),
            ("两千零三十", "2030"),
            ("十二", "12"),
            ("二十", "20"),
            ("3.5万", "35000"),
            ("二〇二四", "2024"),
            ("三点五", "3.5"),
            ("1千2", "1200"),
            ("一万亿", "1000000000000"),
            ("七百一十", "710"),
            ("一千二百一十八", "1218"),
        ] {
            assert_eq!(parse(text), Some(value.parse().unwrap()), "{text}");
        }
        for text in [
            "",
            "abc",
            "千",
            "点五",
            "half",
            "两三",
            "七八",
            "nine and ten thousand",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    /// Writes 1 to 99,999,999 in Chinese characters, the full way.
    fn to_chinese(n: u32) -> String {
        const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
        if n >= 10_000 {
            let rest = n % 10_000;
            let high = to_chinese(n / 10_000) + "万";
            return match rest {
                0 => high,
                1..1000 => high + "零" + &to_chinese(rest),
                _ => high + &to_chinese(rest),
            };
        }
        let (mut text, mut gap) = (String::new(), false);
        for (scale, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
            let digit = n / scale % 10;
            if digit == 0 {
                gap = !text.is_empty();
                continue;
            }
            if gap {
                text.push('零');
                gap = false;
            }
            text.push(DIGITS[digit as usize]);
            text.push_str(name);
        }
        text
    }

    fn to_english(n: u32) -> String {
        const ONES: [&str; 20] = [
            "",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ];
        const TENS: [&str; 10] = [
            "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
        ];
        match n {
            0..20 => ONES[n as usize].to_owned(),
            20..100 => match n % 10 {
                0 => TENS[n as usize / 10].to_owned(),
                one => format!("{}-{}", TENS[n as usize / 10], ONES[one as usize]),
            },
            100..1000 => format!("{} hundred {}", ONES[n as usize / 100], to_english(n % 100)),
            _ => format!("{} thousand {}", to_english(n / 1000), to_english(n % 1000)),
        }
    }

    proptest! {
        #[test]
        fn chinese_round_trips(n in 1u32..100_000_000) {
            prop_assert_eq!(parse(&to_chinese(n)), Some(n.into()));
        }

        #[test]
        fn english_round_trips(n in 1u32..1_000_000) {
            prop_assert_eq!(parse(&to_english(n)), Some(n.into()));
        }

        #[test]
        fn no_text_panics(text in "[零一二两三四五六七八九十百千万亿点0-9,. a-z]{0,40}") {
            let _ = parse(&text);
        }
    }
}
