//! Comparing values: the same, or different as by a slip.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::fact::{DatePrecision, Value};

/// What values that [say the same](same_value) have in common, to find them by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ValueKey {
    Money(Decimal),
    Date(Date),
    Quantity(Decimal),
    Other(Value),
}

impl ValueKey {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Money { amount, .. } => Self::Money(*amount),
            Value::Date { date, .. } => Self::Date(*date),
            Value::Quantity { count, .. } => Self::Quantity(*count),
            other => Self::Other(other.clone()),
        }
    }
}

/// Whether two values say the same; a currency or year left out agrees with any.
pub(super) fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (
            Value::Money {
                amount: x,
                currency: c,
            },
            Value::Money {
                amount: y,
                currency: d,
            },
        ) => x == y && (c == d || c.is_none() || d.is_none()),
        (Value::Date { date: x, .. }, Value::Date { date: y, .. }) => x == y,
        (Value::Quantity { count: x, unit: u }, Value::Quantity { count: y, unit: v }) => {
            x == y && same_unit(u, v)
        }
        (a, b) => a == b,
    }
}

/// Whether two values may both be true of one property: they say the same, one
/// tells the other more exactly, or they are of different kinds.
pub(super) fn can_both_hold(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (
            Value::Date {
                date: x,
                precision: p,
                ..
            },
            Value::Date {
                date: y,
                precision: q,
                ..
            },
        ) => match p.max(q) {
            DatePrecision::Day => x == y,
            DatePrecision::Month => (x.year(), x.month()) == (y.year(), y.month()),
            DatePrecision::Year => x.year() == y.year(),
        },
        (a, b) => same_value(a, b) || likeness(a, b).is_none(),
    }
}

/// How alike two different values of a kind are: a slip of the pen or the tongue
/// leaves most of the digits, or the month. Nothing for different kinds.
pub(super) fn likeness(new: &Value, old: &Value) -> Option<f32> {
    match (new, old) {
        (
            Value::Money {
                amount: a,
                currency: c,
            },
            Value::Money {
                amount: b,
                currency: d,
            },
        ) => {
            let compatible = c == d || c.is_none() || d.is_none();
            compatible.then(|| numbers(*a, *b))
        }
        (Value::Percent { percent: a }, Value::Percent { percent: b }) => Some(numbers(*a, *b)),
        (Value::Quantity { count: a, unit: u }, Value::Quantity { count: b, unit: v }) => {
            same_unit(u, v).then(|| numbers(*a, *b))
        }
        (Value::Duration { count: a, unit: u }, Value::Duration { count: b, unit: v }) => {
            (u == v).then(|| numbers(*a, *b))
        }
        (
            Value::Date {
                date: a,
                precision: p,
                inferred: i,
            },
            Value::Date {
                date: b,
                precision: q,
                inferred: j,
            },
        ) => {
            // A day corrects a month only by telling which of its days it was.
            let finer = *p == DatePrecision::Day && *q == DatePrecision::Month;
            let other = finer && (a.year(), a.month()) != (b.year(), b.month());
            let finer = if other { -0.5 } else { 0.0 };
            Some(dates(*a, *b, *p.max(q), *i || *j) + precisions(*p, *q) + finer)
        }
        (Value::Identifier { id: a }, Value::Identifier { id: b }) => {
            let same_shape = a.len() == b.len();
            Some(if same_shape { 0.3 } else { -0.3 })
        }
        _ => None,
    }
}

/// A month hardly corrects a day, and a day is of no year told alone.
fn precisions(new: DatePrecision, old: DatePrecision) -> f32 {
    use DatePrecision::{Day, Month, Year};
    match (new, old) {
        (Year, Day) | (Day, Year) | (Year, Month) | (Month, Day) => -0.9,
        _ => 0.0,
    }
}

/// Two dates differ by a slip where only one part of them does.
fn dates(a: Date, b: Date, coarser: DatePrecision, inferred: bool) -> f32 {
    if coarser != DatePrecision::Day {
        return if a.year().abs_diff(b.year()) <= 5 {
            0.2
        } else {
            -0.3
        };
    }
    // An inferred year may be off by one.
    let years = a.year().abs_diff(b.year());
    let same = [
        years == 0 || inferred && years == 1,
        a.month() == b.month(),
        a.day() == b.day(),
    ];
    let days = (b - a).get_days().unsigned_abs();
    match (same.iter().filter(|part| **part).count(), days) {
        (2, _) => 0.6,
        (_, 0..=31) => 0.4,
        (_, 32..=366) => 0.1,
        _ => -0.3,
    }
}

fn numbers(a: Decimal, b: Decimal) -> f32 {
    let (x, y) = (digits(a), digits(b));
    // Round numbers differ in one digit by nature.
    let round = |digits: &[u8]| digits.iter().filter(|d| **d != b'0').count() < 2;
    let round = round(&x) && round(&y);
    let mut sorted = (x.clone(), y.clone());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    let differing = x.iter().zip(&y).filter(|(p, q)| p != q).count();
    if !round && x.len() == y.len() && x.len() > 1 && (sorted.0 == sorted.1 || differing == 1) {
        return 0.7;
    }
    let ratio = match (a.to_f32(), b.to_f32()) {
        (Some(a), Some(b)) if b != 0.0 => (a / b).abs(),
        _ => return 0.0,
    };
    match ratio {
        0.5..=2.0 => 0.4,
        0.1..=10.0 => 0.0,
        _ => -1.0,
    }
}

fn digits(n: Decimal) -> Vec<u8> {
    let text = n.normalize().to_string();
    text.bytes().filter(u8::is_ascii_digit).collect()
}

/// `cm` and `centimetres` are one unit, as are singular and plural.
fn same_unit(a: &str, b: &str) -> bool {
    fn fold(unit: &str) -> String {
        let lower = unit.to_lowercase();
        let short = match lower.as_str() {
            "centimetres" | "centimeters" | "centimetre" | "centimeter" | "厘米" => "cm",
            "metres" | "meters" | "metre" | "meter" | "米" => "m",
            "kilometres" | "kilometers" | "公里" => "km",
            "kilograms" | "kilos" | "公斤" | "千克" => "kg",
            "feet" | "foot" => "ft",
            "inches" | "inch" => "in",
            "平方米" | "平米" | "平方" | "sqm" => "m2",
            "people" | "persons" | "人" => "person",
            "名" | "位" => "个",
            other => other.strip_suffix('s').unwrap_or(other),
        };
        short.to_owned()
    }
    a == b || fold(a) == fold(b)
}
