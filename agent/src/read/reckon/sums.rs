//! What figures may be put together to.

use rust_decimal::Decimal;

use super::expression::{Expression, Operation};
use super::figure::{Figure, Unit};
use crate::read::manner::Manner;

/// Figures that a product inside of something else has at most.
const MULTIPLIED: usize = 3;

/// Every expression over just these figures, each once, that may be what somebody asks for: sums
/// and balances of one unit, multiples, shares, what is left after one, parts, and sums of these; at
/// most so many, the plainest. The whole that a share is taken off stands twice.
pub(super) fn expressions(
    of: &[usize],
    figures: &[Figure<'_>],
    most: usize,
) -> Vec<(Manner, Expression)> {
    let parts = Parts(figures);
    let sums = parts.sums(of).into_iter().chain(parts.products(of));
    let all = sums
        .map(|part| part.expression)
        .chain(ratios(of, figures))
        .filter(|of| {
            let value = of.value(figures);
            value.is_some_and(|value| value > Decimal::ZERO)
        });
    let mut found: Vec<Expression> = all.collect();
    found.sort_by_cached_key(Expression::intricacy);
    found.truncate(most);
    let with_manner = found.into_iter().map(|of| (of.manner(figures), of));
    with_manner.collect()
}

/// An expression, with what it counts.
#[derive(Clone)]
struct Part<'t> {
    expression: Expression,
    unit: Unit<'t>,
}

/// What some of these figures make.
struct Parts<'f, 't>(&'f [Figure<'t>]);

impl<'t> Parts<'_, 't> {
    /// A figure that something is added to or done to: no share, and nothing that is reckoned from
    /// days or the calendar.
    fn figure(&self, at: usize) -> Option<Part<'t>> {
        let figure = &self.0[at];
        let is_whole = figure.is_told() && !figure.is_share();
        is_whole.then_some(Part {
            expression: Expression::Figure(at),
            unit: figure.unit,
        })
    }

    /// What may stand in a sum: a figure or a product.
    fn terms(&self, of: &[usize]) -> Vec<Part<'t>> {
        match of {
            [only] => self.figure(*only).into_iter().collect(),
            _ if of.len() <= MULTIPLIED => self.products(of),
            _ => Vec::new(),
        }
    }

    /// Two terms or more of one unit, some of them taken off.
    fn sums(&self, of: &[usize]) -> Vec<Part<'t>> {
        let mut found = Vec::new();
        for blocks in partitions(of).iter().filter(|blocks| blocks.len() > 1) {
            let mut rows: Vec<Vec<Part<'t>>> = vec![Vec::new()];
            for block in blocks {
                let terms = self.terms(block);
                let adds = |row: &[Part<'t>], term: &Part<'t>| {
                    row.iter().all(|other| other.unit.adds_to(term.unit))
                };
                let longer = rows.iter().flat_map(|row| {
                    let terms = terms.iter().filter(|term| adds(row, term));
                    terms.map(|term| [row.as_slice(), std::slice::from_ref(term)].concat())
                });
                rows = longer.collect();
            }
            for row in rows {
                let all = (1u32 << row.len()) - 1;
                found.extend((0..all).map(|taken| signed(&row, taken)));
            }
        }
        found
    }

    /// A figure, a product or a sum times one figure more, over it, by a share of it or by what lies
    /// between two shares.
    fn products(&self, of: &[usize]) -> Vec<Part<'t>> {
        let mut found = Vec::new();
        for &factor in of {
            let rest = without(of, factor);
            for base in self.bases(&rest) {
                found.extend(self.by(base, factor));
            }
            for &other in rest.iter().filter(|at| self.exceeds(factor, **at)) {
                let of = Expression::Figure;
                let between = of(factor).then(Operation::Minus, of(other));
                for base in self.bases(&without(&rest, other)) {
                    let expression = base.expression.then(Operation::Times, between.clone());
                    found.push(Part { expression, ..base });
                }
            }
        }
        found
    }

    /// What may be multiplied.
    fn bases(&self, of: &[usize]) -> Vec<Part<'t>> {
        let mut bases = self.terms(of);
        if of.len() > 1 {
            bases.extend(self.sums(of));
        }
        bases
    }

    /// Whether both are shares, and one is greater.
    fn exceeds(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.0[one], &self.0[other]);
        one.is_share() && other.is_share() && one.amount > other.amount
    }

    /// What a part and a figure come to.
    fn by(&self, base: Part<'t>, factor: usize) -> Vec<Part<'t>> {
        use Operation::{Minus, Over, Plus, Times};
        let figure = &self.0[factor];
        if figure.amount == Decimal::ONE || !multiplies(figure.unit, base.unit) {
            return Vec::new();
        }
        let Part { expression, unit } = base;
        let product = || expression.clone().then(Times, Expression::Figure(factor));
        let mut made = Vec::new();
        // One product of the same factors is enough: they stand in their order.
        let before = match &expression {
            Expression::Figure(at) if !figure.is_share() && !unit.is_money() => Some(*at),
            Expression::Both(_, Times, last) => last.figure(),
            _ => None,
        };
        if before.is_none_or(|before| before < factor) {
            made.push(product());
        }
        if !figure.is_share() {
            made.push(expression.clone().then(Over, Expression::Figure(factor)));
        } else if expression.places().len() < MULTIPLIED {
            made.extend([Minus, Plus].map(|sign| expression.clone().then(sign, product())));
        }
        let part = |expression| Part { expression, unit };
        made.into_iter().map(part).collect()
    }
}

/// All terms added up, less those whose bits are set.
fn signed<'t>(terms: &[Part<'t>], taken: u32) -> Part<'t> {
    let is_taken = |at: usize| taken >> at & 1 == 1;
    let of = |which: bool| {
        let own = terms.iter().enumerate();
        let own = own.filter(move |(at, _)| is_taken(*at) == which);
        own.map(|(_, term)| term.expression.clone())
    };
    let sum = of(false).reduce(|sum, term| sum.then(Operation::Plus, term));
    let sum = sum.expect("not every term is taken off");
    let known = terms.iter().find(|term| term.unit != Unit::Unknown);
    Part {
        expression: of(true).fold(sum, |sum, term| sum.then(Operation::Minus, term)),
        unit: known.unwrap_or(&terms[0]).unit,
    }
}

/// All ways to part some figures.
fn partitions(of: &[usize]) -> Vec<Vec<Vec<usize>>> {
    let Some((first, rest)) = of.split_first() else {
        return vec![Vec::new()];
    };
    let mut found = Vec::new();
    for blocks in partitions(rest) {
        for at in 0..blocks.len() {
            let mut with = blocks.clone();
            with[at].insert(0, *first);
            found.push(with);
        }
        found.push([vec![vec![*first]], blocks].concat());
    }
    found
}

fn without(of: &[usize], one: usize) -> Vec<usize> {
    of.iter().copied().filter(|at| *at != one).collect()
}

/// What a figure, a rise or a fall, or two figures together are of another, in percent.
fn ratios(of: &[usize], figures: &[Figure<'_>]) -> Vec<Expression> {
    use Operation::{Minus, Of, Plus};
    let figure = Expression::Figure;
    let is_whole = |at: &usize| figures[*at].is_told() && !figures[*at].is_share();
    let alike = |at: &usize| figures[*at].unit.adds_to(figures[of[0]].unit);
    let mut found = Vec::new();
    if !of.iter().all(|at| is_whole(at) && alike(at)) {
        return found;
    }
    for &whole in of {
        match without(of, whole)[..] {
            [part] => {
                let (more, less) = match figures[part].amount > figures[whole].amount {
                    true => (figure(part), figure(whole)),
                    false => (figure(whole), figure(part)),
                };
                found.push(figure(part).then(Of, figure(whole)));
                found.push(more.then(Minus, less).then(Of, figure(whole)));
                found.push(figure(part).then(Of, figure(part).then(Plus, figure(whole))));
            }
            [one, other] => {
                let both = figure(one).then(Plus, figure(other));
                found.push(both.then(Of, figure(whole)));
            }
            _ => {}
        }
    }
    found
}

/// Whether a share or a count may multiply what counts this.
fn multiplies(factor: Unit<'_>, whole: Unit<'_>) -> bool {
    match (factor, whole) {
        (Unit::Share, _) => true,
        (Unit::Money(_), _) => false,
        (_, Unit::Money(_)) | (Unit::Unknown, Unit::Unknown) => true,
        (own, other) => own != other,
    }
}

#[cfg(test)]
mod tests {
    use estoppel_memory::fact::TimeUnit;

    use super::super::figure::Origin;
    use super::*;

    fn figure(amount: i64, unit: Unit<'static>, surface: &'static str) -> Figure<'static> {
        Figure {
            amount: Decimal::new(amount, 2),
            unit,
            surface,
            origin: Origin::Question,
        }
    }

    fn written(figures: &[Figure<'_>]) -> Vec<String> {
        let all = 1usize << figures.len();
        let sets = (0..all).map(|set| (0..figures.len()).filter(move |at| set >> at & 1 == 1));
        let found = sets.flat_map(|set| expressions(&set.collect::<Vec<_>>(), figures, usize::MAX));
        found
            .map(|(_, expression)| expression.text(figures))
            .collect()
    }

    #[test]
    fn figures_of_one_unit_are_added_and_taken_off() {
        let pounds = Unit::Money(Some("GBP"));
        let [a, b, c] = [(90_000, "£900"), (25_000, "£250"), (10_000, "£100")]
            .map(|(amount, surface)| figure(amount, pounds, surface));
        let found = written(&[a.clone(), b, c]);
        let is_ratio = |text: &String| text.contains('÷');
        let (ratios, mut found): (Vec<String>, Vec<String>) = found.into_iter().partition(is_ratio);
        // Of each of the three: each of the others, what lies between, its part of both, and both.
        assert_eq!(ratios.len(), 3 * (2 * 3 + 1));
        assert!(ratios.iter().any(|text| text == "(£900 − £250) ÷ £900"));
        found.sort();
        let wanted = [
            "£250 + £100",
            "£250 − £100",
            "£900 + £100",
            "£900 + £100 − £250",
            "£900 + £250",
            "£900 + £250 + £100",
            "£900 + £250 − £100",
            "£900 − £100",
            "£900 − £250",
            "£900 − £250 − £100",
        ];
        assert_eq!(found, wanted);
        let euros = figure(5_000, Unit::Money(Some("EUR")), "€50");
        assert!(written(&[a, euros]).is_empty());
    }

    #[test]
    fn sums_are_multiplied_and_shared() {
        let dollars = Unit::Money(Some("USD"));
        let figures = [
            figure(8_500, dollars, "$85"),
            figure(4_500, dollars, "$45"),
            figure(3_200, Unit::Time(TimeUnit::Week), "32 weeks"),
            figure(15, Unit::Share, "15%"),
        ];
        let found = written(&figures);
        for wanted in [
            "($85 + $45) × 32 weeks",
            "$85 × 32 weeks",
            "$85 × 32 weeks − $45",
            "$85 − $85 × 15%",
            "$45 × 32 weeks × 15%",
            "$45 ÷ 32 weeks",
            "($85 − $45) × 15%",
        ] {
            assert!(found.iter().any(|text| text == wanted), "{wanted}");
        }
        assert!(!found.iter().any(|text| text.starts_with("15%")));
    }
}
