//! How answers that are reckoned are written for the model, which tells how likely it would write
//! each: figures with signs between them, days with what is added to them, or two days between which
//! a time lies. `tests/consultations/README.md` has the form.

use estoppel_memory::Value;
use estoppel_memory::fact::TimeUnit;
use rust_decimal::Decimal;

/// The characters that workings are written in.
pub(crate) const ALPHABET: &str = "0123456789.+-*/()% dwmyb";

/// A value by itself; `None` of a name and of what is told in hours.
pub(crate) fn of_value(value: &Value) -> Option<String> {
    Some(match value {
        Value::Date { date, .. } => date.to_string(),
        Value::Duration { count, unit, .. } => format!("{}{}", digits(*count), letter(*unit)?),
        Value::Percent { percent } => format!("{}%", digits(*percent)),
        Value::Money { amount: count, .. } | Value::Quantity { count, .. } => digits(*count),
        Value::Identifier { .. } => return None,
    })
}

/// A figure; a share, which is a fraction of one, in percent.
pub(crate) fn of_figure(amount: Decimal, is_share: bool) -> String {
    match is_share {
        true => format!("{}%", digits(amount * Decimal::ONE_HUNDRED)),
        false => digits(amount),
    }
}

fn digits(amount: Decimal) -> String {
    amount.round_dp(4).normalize().to_string()
}

/// A unit of time.
pub(crate) fn letter(unit: TimeUnit) -> Option<char> {
    Some(match unit {
        TimeUnit::Day => 'd',
        TimeUnit::Week => 'w',
        TimeUnit::Month => 'm',
        TimeUnit::Year => 'y',
        TimeUnit::Minute | TimeUnit::Hour => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_in_digits() {
        let tenths = |of: i64| Decimal::new(of, 1);
        assert_eq!(of_figure(tenths(14_000), false), "1400");
        assert_eq!(of_figure(Decimal::new(125, 3), true), "12.5%");
        let days = Value::Duration {
            count: tenths(140),
            unit: TimeUnit::Day,
        };
        assert_eq!(of_value(&days).as_deref(), Some("14d"));
        let hours = Value::Duration {
            count: tenths(20),
            unit: TimeUnit::Hour,
        };
        assert_eq!(of_value(&hours), None);
    }
}
