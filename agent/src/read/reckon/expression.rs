//! A calculation from figures of the record, with its figures as they were said.

use estoppel_memory::{TurnId, Value};
use rust_decimal::Decimal;

use super::desk::{Candidate, Desk};
use super::reply::{Reply, stop};
use crate::language::Language;

/// What is done with a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Plus,
    Minus,
    Times,
}

impl Operation {
    fn sign(self) -> &'static str {
        match self {
            Self::Plus => " + ",
            Self::Minus => " − ",
            Self::Times => " × ",
        }
    }

    fn apply(self, so_far: Decimal, figure: Decimal) -> Option<Decimal> {
        match self {
            Self::Plus => so_far.checked_add(figure),
            Self::Minus => so_far.checked_sub(figure),
            Self::Times => so_far.checked_mul(figure),
        }
    }
}

/// Figures, each but the first with what is done with it, from left to right.
pub(super) struct Calculation {
    first: Candidate,
    rest: Vec<(Operation, Candidate)>,
}

impl Calculation {
    pub(super) fn of(first: Candidate) -> Self {
        Self {
            first,
            rest: Vec::new(),
        }
    }

    /// The same with more figures.
    pub(super) fn then(
        mut self,
        operation: Operation,
        figures: impl IntoIterator<Item = Candidate>,
    ) -> Self {
        self.rest
            .extend(figures.into_iter().map(|figure| (operation, figure)));
        self
    }

    /// The figures, each but the first with what is done with it.
    #[cfg(test)]
    pub(super) fn operations(&self) -> impl Iterator<Item = (Option<Operation>, &Candidate)> {
        let rest = self.rest.iter();
        let rest = rest.map(|(operation, figure)| (Some(*operation), figure));
        std::iter::once((None, &self.first)).chain(rest)
    }

    fn figures(&self) -> impl Iterator<Item = &Candidate> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, figure)| figure))
    }

    /// The answer; `None` where a figure is no number or the result too large.
    pub(super) fn reply(&self, desk: &Desk<'_>, language: Language) -> Option<Reply> {
        let mut result = factor(&self.first)?;
        let mut text = self.first.item.surface.clone();
        for (operation, figure) in &self.rest {
            result = operation.apply(result, factor(figure)?)?;
            text.push_str(operation.sign());
            text.push_str(&figure.item.surface);
        }
        let money = |figure: &&Candidate| matches!(figure.item.value, Value::Money { .. });
        let like = self.figures().find(money).unwrap_or(&self.first);
        let result = in_money(result, &like.item.surface, language);
        let mut turns: Vec<TurnId> = self.figures().map(|c| desk.lines[c.line].turn.id).collect();
        turns.sort_unstable();
        turns.dedup();
        Some(Reply {
            text: format!("{text} = {result}{}", stop(language)),
            turns,
            history: Vec::new(),
        })
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

/// The same as it is multiplied: a hundredth of a share in percent.
fn factor(candidate: &Candidate) -> Option<Decimal> {
    let amount = amount(&candidate.item.value)?;
    Some(match candidate.item.value {
        Value::Percent { .. } => amount / Decimal::ONE_HUNDRED,
        _ => amount,
    })
}

/// A sum of money, written as one that was said.
fn in_money(sum: Decimal, like: &str, language: Language) -> String {
    let ten_thousand = Decimal::from(10_000);
    if like.contains('万') && (sum % ten_thousand).is_zero() {
        return format!("{}万元", plain(sum / ten_thousand));
    }
    let start = like.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    match (&like[..start], language) {
        ("", Language::Zh) => format!("{}元", plain(sum)),
        (sign, _) => format!("{sign}{}", grouped(sum)),
    }
}

/// A number without needless zeros, to the cent.
fn plain(number: Decimal) -> String {
    number.round_dp(2).normalize().to_string()
}

/// The same with marks between thousands.
fn grouped(number: Decimal) -> String {
    let text = plain(number);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && whole.as_bytes()[i - 1].is_ascii_digit()
        {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction.len() {
        0 => grouped,
        1 => format!("{grouped}.{fraction}0"),
        _ => format!("{grouped}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_like_their_parts() {
        for (sum, like, text) in [
            (1_080, "$385", "$1,080"),
            (52_620, "19340", "52,620"),
            (1_234_567, "£9", "£1,234,567"),
        ] {
            assert_eq!(in_money(Decimal::from(sum), like, Language::En), text);
        }
        assert_eq!(
            in_money(Decimal::from(1_900_000), "340万", Language::Zh),
            "190万元"
        );
        assert_eq!(
            in_money(Decimal::from(1_560), "260元", Language::Zh),
            "1560元"
        );
        assert_eq!(grouped(Decimal::new(44_335, 1)), "4,433.50");
    }
}
