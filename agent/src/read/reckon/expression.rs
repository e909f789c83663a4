//! An expression over figures, reckoned and written out.

use std::sync::LazyLock;

use estoppel_memory::fact::TimeUnit;
use regex::Regex;
use rust_decimal::Decimal;

use super::figure::{Figure, Unit};
use crate::language::Language;
use crate::read::choose::Kind;
use crate::read::manner::{Manner, Steps};
use crate::read::pattern;
use crate::read::working::of_figure;

/// What is done with two figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Plus,
    Minus,
    Times,
    Over,
    /// One as a share of the other, in percent.
    Of,
}

/// Figures, by their places, and what is done with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Figure(usize),
    Both(Box<Expression>, Operation, Box<Expression>),
}

impl Operation {
    fn sign(self) -> &'static str {
        match self {
            Self::Plus => " + ",
            Self::Minus => " − ",
            Self::Times => " × ",
            Self::Over | Self::Of => " ÷ ",
        }
    }

    fn in_working(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over | Self::Of => "/",
        }
    }

    fn apply(self, one: Decimal, other: Decimal) -> Option<Decimal> {
        match self {
            Self::Plus => one.checked_add(other),
            Self::Minus => one.checked_sub(other),
            Self::Times => one.checked_mul(other),
            Self::Over => one.checked_div(other),
            Self::Of => one.checked_div(other)?.checked_mul(Decimal::ONE_HUNDRED),
        }
    }

    fn binds(self) -> bool {
        matches!(self, Self::Times | Self::Over | Self::Of)
    }
}

impl Expression {
    /// This and another.
    pub(super) fn then(self, operation: Operation, other: Self) -> Self {
        Self::Both(Box::new(self), operation, Box::new(other))
    }

    /// What it comes to; `None` if that is too large or nothing divides it.
    pub(super) fn value(&self, figures: &[Figure<'_>]) -> Option<Decimal> {
        match self {
            Self::Figure(place) => Some(figures[*place].amount),
            Self::Both(one, operation, other) => {
                operation.apply(one.value(figures)?, other.value(figures)?)
            }
        }
    }

    /// The places of its figures, from left to right.
    pub(super) fn places(&self) -> Vec<usize> {
        match self {
            Self::Figure(place) => vec![*place],
            Self::Both(one, _, other) => [one.places(), other.places()].concat(),
        }
    }

    /// Whether something like this is done somewhere in it.
    pub(super) fn does(&self, which: Operation) -> bool {
        self.count(which) > 0
    }

    /// The place of the figure that it is, if it is one alone.
    pub(super) fn figure(&self) -> Option<usize> {
        match self {
            Self::Figure(place) => Some(*place),
            Self::Both(..) => None,
        }
    }

    /// How often something like this is done in it.
    pub(super) fn count(&self, which: Operation) -> usize {
        match self {
            Self::Figure(_) => 0,
            Self::Both(one, operation, other) => {
                usize::from(*operation == which) + one.count(which) + other.count(which)
            }
        }
    }

    /// How many sums in it are multiplied, divided or taken off as a whole.
    pub(super) fn brackets(&self) -> usize {
        match self {
            Self::Figure(_) => 0,
            Self::Both(one, operation, other) => {
                let needs = |part: &Self, is_second: bool| match part {
                    Self::Both(_, own, _) => needs_brackets(*own, *operation, is_second),
                    Self::Figure(_) => false,
                };
                let own = usize::from(needs(one, false)) + usize::from(needs(other, true));
                own + one.brackets() + other.brackets()
            }
        }
    }

    /// How far it is from a plain sum.
    pub(super) fn intricacy(&self) -> usize {
        let divided = self.count(Operation::Over) + self.count(Operation::Of);
        self.count(Operation::Minus) + 2 * divided + 2 * self.brackets()
    }

    /// How it comes about.
    pub(super) fn manner(&self, figures: &[Figure<'_>]) -> Manner {
        let steps = Steps {
            adds: self.does(Operation::Plus),
            taken: self.count(Operation::Minus),
            times: self.does(Operation::Times),
            shares: self.places().iter().any(|at| figures[*at].is_share()),
            parts: self.does(Operation::Over) || self.does(Operation::Of),
        };
        steps.manner().unwrap_or(Manner::Told)
    }

    /// Its figures as they were said, with signs between them.
    pub(super) fn text(&self, figures: &[Figure<'_>]) -> String {
        self.written(&|at| figures[at].surface.to_owned(), Operation::sign)
    }

    /// The same in digits, as a working.
    pub(super) fn working(&self, figures: &[Figure<'_>]) -> String {
        let digits = |at: usize| of_figure(figures[at].amount, figures[at].is_share());
        let written = self.written(&digits, Operation::in_working);
        match self.is_share() {
            true => format!("% {written}"),
            false => written,
        }
    }

    fn written(
        &self,
        figure: &dyn Fn(usize) -> String,
        sign: fn(Operation) -> &'static str,
    ) -> String {
        let (one, operation, other) = match self {
            Self::Figure(at) => return figure(*at),
            Self::Both(one, operation, other) => (one, *operation, other),
        };
        let part = |part: &Self, is_second: bool| {
            let text = part.written(figure, sign);
            match part {
                Self::Both(_, own, _) if needs_brackets(*own, operation, is_second) => {
                    format!("({text})")
                }
                _ => text,
            }
        };
        part(one, false) + sign(operation) + &part(other, true)
    }

    /// What it counts: money if any of its figures does, or else what the first does of which that
    /// is known and that is no share, or else what is not known.
    fn like<'f, 't>(&self, figures: &'f [Figure<'t>]) -> Option<&'f Figure<'t>> {
        let places = self.places();
        let first = |is: &dyn Fn(&Figure<'_>) -> bool| {
            let mut own = places.iter().map(|at| &figures[*at]);
            own.find(|figure| is(figure))
        };
        first(&|figure| figure.is_money())
            .or_else(|| first(&|figure| !matches!(figure.unit, Unit::Share | Unit::Unknown)))
            .or_else(|| first(&|figure| !figure.is_share()))
    }

    fn is_share(&self) -> bool {
        matches!(self, Self::Both(_, Operation::Of, _))
    }

    /// The kind of value that it comes to.
    pub(super) fn kind(&self, figures: &[Figure<'_>]) -> Kind {
        match self.like(figures).map(|figure| figure.unit) {
            _ if self.is_share() => Kind::Percent,
            Some(Unit::Money(_)) => Kind::Money,
            Some(Unit::Time(_)) => Kind::Duration,
            Some(Unit::Things(_) | Unit::Unknown) => Kind::Quantity,
            Some(Unit::Share) | None => Kind::Percent,
        }
    }

    /// What it comes to, written as what it counts is.
    pub(super) fn result(&self, figures: &[Figure<'_>], language: Language) -> Option<String> {
        let result = self.value(figures)?;
        if self.is_share() {
            return Some(format!("{}%", result.round_dp(1).normalize()));
        }
        let like = self.like(figures)?;
        Some(match like.unit {
            Unit::Money(_) => in_money(result, like.surface, language),
            Unit::Time(unit) => length(result, unit, language),
            Unit::Things(unit) => counted(result, unit, language),
            Unit::Unknown => counted(result, "", language),
            Unit::Share => return None,
        })
    }
}

fn needs_brackets(own: Operation, around: Operation, is_second: bool) -> bool {
    let looser = around.binds() && !own.binds();
    looser
        || is_second
            && matches!(around, Operation::Minus | Operation::Over | Operation::Of)
            && own.binds() == around.binds()
}

/// A sum of money, written as one that was said; one that was said in ten thousands, so as well.
fn in_money(sum: Decimal, like: &str, language: Language) -> String {
    let ten_thousand = Decimal::from(10_000);
    let (sign, unit) = around(like);
    if like.contains('万') && sum >= ten_thousand && unit == "元" {
        let short = format!("{}万元", (sum / ten_thousand).round_dp(6).normalize());
        return match (sum % ten_thousand).is_zero() {
            true => short,
            false => format!("{}元（{short}）", plain(sum)),
        };
    }
    match (sign, language) {
        ("", Language::Zh) => format!("{}{unit}", plain(sum)),
        (_, Language::Zh) => format!("{sign}{}", plain(sum)),
        ("", Language::En) if !unit.is_ascii() || unit.is_empty() => grouped(sum),
        ("", Language::En) => format!("{} {unit}", grouped(sum)),
        (_, Language::En) => format!("{sign}{}", grouped(sum)),
    }
}

/// What stands before the number of a sum of money that was said, as £ or RM, and what behind it,
/// as euros or 美元; 元 where that was left out.
fn around(said: &str) -> (&str, &str) {
    static UNIT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?P<zh>[美欧日港澳加新台]元|欧元|英镑|港币|元)|(?P<en>\b(?:dollars|pounds|euros?|quid|rand|ringgit|rupees|naira|francs|yuan))",
        )
    });
    let digits = said.find(|c: char| c.is_ascii_digit());
    let sign = digits.map_or("", |start| &said[..start]);
    let unit = UNIT.find(said).map_or("", |unit| unit.as_str());
    let is_chinese = said.chars().any(|c| "万千百十块钱".contains(c)) || said.is_ascii();
    (
        sign,
        if unit.is_empty() && is_chinese {
            "元"
        } else {
            unit
        },
    )
}

/// So many units of time.
fn length(count: Decimal, unit: TimeUnit, language: Language) -> String {
    let (en, zh) = match unit {
        TimeUnit::Minute => ("minute", "分钟"),
        TimeUnit::Hour => ("hour", "小时"),
        TimeUnit::Day => ("day", "天"),
        TimeUnit::Week => ("week", "周"),
        TimeUnit::Month => ("month", "个月"),
        TimeUnit::Year => ("year", "年"),
    };
    match language {
        Language::En if count == Decimal::ONE => format!("1 {en}"),
        Language::En => format!("{} {en}s", number(count)),
        Language::Zh => plain(count) + zh,
    }
}

/// So many of a thing.
fn counted(count: Decimal, unit: &str, language: Language) -> String {
    match language {
        Language::En => format!("{} {unit}", number(count)).trim_end().to_owned(),
        Language::Zh => plain(count) + unit,
    }
}

/// A number with marks between thousands if it is whole.
fn number(number: Decimal) -> String {
    match number.fract().is_zero() {
        true => grouped(number),
        false => plain(number),
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
    use crate::read::reckon::figure::Origin;

    fn figure(amount: i64, surface: &'static str, unit: Unit<'static>) -> Figure<'static> {
        Figure {
            amount: Decimal::new(amount, 2),
            unit,
            surface,
            origin: Origin::Question,
        }
    }

    #[test]
    fn what_is_reckoned_is_shown() {
        let dollars = Unit::Money(Some("USD"));
        let figures = [
            figure(8_500, "$85", dollars),
            figure(4_500, "$45", dollars),
            figure(3_200, "32 weeks", Unit::Time(TimeUnit::Week)),
            figure(50, "half", Unit::Share),
        ];
        let of = Expression::Figure;
        let sum = || of(0).then(Operation::Plus, of(1));
        for (expression, text, result) in [
            (sum(), "$85 + $45", "$130"),
            (
                sum().then(Operation::Times, of(2)),
                "($85 + $45) × 32 weeks",
                "$4,160",
            ),
            (
                of(0).then(Operation::Minus, of(1).then(Operation::Times, of(3))),
                "$85 − $45 × half",
                "$62.50",
            ),
            (
                of(0).then(Operation::Minus, sum()),
                "$85 − ($85 + $45)",
                "$-45",
            ),
            (
                of(2).then(Operation::Times, of(3)),
                "32 weeks × half",
                "16 weeks",
            ),
            (
                of(1).then(Operation::Of, sum()),
                "$45 ÷ ($85 + $45)",
                "34.6%",
            ),
        ] {
            assert_eq!(expression.text(&figures), text);
            let written = expression.result(&figures, Language::En);
            assert_eq!(written.as_deref(), Some(result));
        }
        let share = of(1).then(Operation::Of, sum());
        assert_eq!(share.working(&figures), "% 45/(85+45)");
        let less = of(0).then(Operation::Minus, of(1).then(Operation::Times, of(3)));
        assert_eq!(less.working(&figures), "85-45*50%");
    }

    #[test]
    fn sums_are_written_like_their_parts() {
        for (sum, like, text) in [
            (1_080, "$385", "$1,080"),
            (1_234_567, "£9", "£1,234,567"),
            (4_160, "RM 85", "RM 4,160"),
            (70, "fifty quid", "70 quid"),
        ] {
            assert_eq!(in_money(Decimal::from(sum), like, Language::En), text);
        }
        for (sum, like, text) in [
            (1_900_000, "340万", "190万元"),
            (49_600, "1.98万", "49600元（4.96万元）"),
            (1_560, "260元", "1560元"),
            (52_620, "19340", "52620元"),
            (800, "500美元", "800美元"),
        ] {
            assert_eq!(in_money(Decimal::from(sum), like, Language::Zh), text);
        }
        assert_eq!(grouped(Decimal::new(44_335, 1)), "4,433.50");
        assert_eq!(counted(60_000.into(), "股", Language::Zh), "60000股");
        assert_eq!(counted(1_690.into(), "kilos", Language::En), "1,690 kilos");
        assert_eq!(length(8.into(), TimeUnit::Week, Language::En), "8 weeks");
    }
}
