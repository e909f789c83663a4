//! What is reckoned with: values that can be counted, told in the record or in the question.

use estoppel_memory::Value;
use estoppel_memory::fact::TimeUnit;
use rust_decimal::Decimal;

/// A value that can be counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure<'t> {
    /// A share as a fraction of one.
    pub(super) amount: Decimal,
    pub(super) unit: Unit<'t>,
    /// As it was written.
    pub(super) surface: &'t str,
    pub(super) origin: Origin,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit<'t> {
    /// In a currency, where that was told.
    Money(Option<&'t str>),
    Share,
    Time(TimeUnit),
    Things(&'t str),
    /// Of what, was not told.
    Unknown,
}

/// Where a figure is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The place of its value among those of the record.
    Record(usize),
    Question,
    /// The calendar: so many weeks or months make a year.
    Calendar,
    /// Two days of the record, by the places of their values: the time that lies between them.
    Between([usize; 2]),
}

impl Unit<'_> {
    pub(super) fn is_money(self) -> bool {
        matches!(self, Self::Money(_))
    }

    /// Whether both count the same, as far as was told: a currency or unit that was left out agrees
    /// with any.
    pub(super) fn adds_to(self, other: Unit<'_>) -> bool {
        match (self, other) {
            (Unit::Money(Some(own)), Unit::Money(Some(other))) => own == other,
            (Unit::Money(_), Unit::Money(_)) => true,
            (Unit::Share, _) | (_, Unit::Share) => false,
            (Unit::Unknown, _) | (_, Unit::Unknown) => true,
            (own, other) => own == other,
        }
    }
}

impl<'t> Figure<'t> {
    /// A value as a figure; `None` for days and names.
    pub(super) fn new(value: &'t Value, surface: &'t str, origin: Origin) -> Option<Self> {
        let unit = match value {
            Value::Money { currency, .. } => Unit::Money(currency.as_deref()),
            Value::Percent { .. } => Unit::Share,
            Value::Duration { unit, .. } => Unit::Time(*unit),
            Value::Quantity { unit, .. } if unit.is_empty() => Unit::Unknown,
            Value::Quantity { unit, .. } => Unit::Things(unit),
            Value::Date { .. } | Value::Identifier { .. } => return None,
        };
        Some(Self {
            amount: factor(value)?,
            unit,
            surface,
            origin,
        })
    }

    /// How many of a unit of time make a year.
    pub(super) fn of_year(per: TimeUnit) -> Option<Self> {
        let (amount, surface) = match per {
            TimeUnit::Week => (52, "52"),
            TimeUnit::Month => (12, "12"),
            _ => return None,
        };
        Some(Self {
            amount: Decimal::from(amount),
            unit: Unit::Time(per),
            surface,
            origin: Origin::Calendar,
        })
    }

    pub(super) fn is_share(&self) -> bool {
        self.unit == Unit::Share
    }

    pub(super) fn is_money(&self) -> bool {
        self.unit.is_money()
    }

    /// The place of its value among those of the record.
    pub(super) fn place(&self) -> Option<usize> {
        match self.origin {
            Origin::Record(place) => Some(place),
            Origin::Question | Origin::Calendar | Origin::Between(_) => None,
        }
    }

    /// The places of all values of the record that it is made of.
    pub(super) fn places(&self) -> &[usize] {
        match &self.origin {
            Origin::Record(place) => std::slice::from_ref(place),
            Origin::Between(places) => places,
            Origin::Question | Origin::Calendar => &[],
        }
    }

    /// Whether it was told as a figure, not reckoned from days or the calendar.
    pub(super) fn is_told(&self) -> bool {
        matches!(self.origin, Origin::Record(_) | Origin::Question)
    }
}

/// How much a value is that can be counted.
pub(crate) fn amount(value: &Value) -> Option<Decimal> {
    match value {
        Value::Money { amount, .. } => Some(*amount),
        Value::Percent { percent } => Some(*percent),
        Value::Quantity { count, .. } | Value::Duration { count, .. } => Some(*count),
        Value::Date { .. } | Value::Identifier { .. } => None,
    }
}

/// The same as it is multiplied: a hundredth of a share in percent. Thirds, which are told in
/// percent to two places, are whole.
fn factor(value: &Value) -> Option<Decimal> {
    let amount = amount(value)?;
    let Value::Percent { .. } = value else {
        return Some(amount);
    };
    let thirds = [(3333, 1), (6667, 2)].into_iter();
    let mut thirds = thirds.filter(|(hundredths, _)| amount == Decimal::new(*hundredths, 2));
    let third = thirds
        .next()
        .map(|(_, thirds)| Decimal::from(thirds) / Decimal::from(3));
    Some(third.unwrap_or(amount / Decimal::ONE_HUNDRED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_is_a_whole_third() {
        let percent = |of: i64| Value::Percent {
            percent: Decimal::new(of, 2),
        };
        let third = factor(&percent(3333)).expect("it is a share");
        assert_eq!(
            (third * Decimal::from(21_500)).round_dp(2),
            Decimal::new(716_667, 2)
        );
        assert_eq!(factor(&percent(1250)), Some(Decimal::new(125, 3)));
    }
}
