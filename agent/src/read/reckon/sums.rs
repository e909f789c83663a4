//! What figures may be put together to.

use rust_decimal::Decimal;

use super::Manner;
use super::expression::{Expression, Operation};
use super::figure::{Figure, Unit};

/// As many figures as are added up at most, and as many as that is done with.
const ADDED: usize = 5;

/// Every expression over some of these figures that may be what somebody asks for: sums and
/// balances of figures of one unit, multiples, shares, what is left after one, and parts.
pub(super) fn expressions(figures: &[Figure<'_>]) -> Vec<(Manner, Expression)> {
    let mut found = Vec::new();
    balances(figures, &mut found);
    products(figures, &mut found);
    ratios(figures, &mut found);
    found.retain(|(_, expression)| {
        let value = expression.value(figures);
        value.is_some_and(|value| value > Decimal::ZERO)
    });
    found
}

/// Sums of two to five figures of one unit, with some but the greatest taken off.
fn balances(figures: &[Figure<'_>], found: &mut Vec<(Manner, Expression)>) {
    let countable = (0..figures.len()).filter(|at| figures[*at].is_told());
    let countable: Vec<usize> = countable.collect();
    for mask in 1u32..1 << countable.len() {
        let size = mask.count_ones() as usize;
        if !(2..=ADDED).contains(&size) {
            continue;
        }
        let chosen = chosen(&countable, mask);
        let told = |at: &usize| figures[*at].place().is_some();
        if size == ADDED && !chosen.iter().all(told) || !add_up(figures, &chosen) {
            continue;
        }
        found.push((Manner::Sum, signed(&chosen, 0)));
        let greatest = (0..size).max_by_key(|bit| figures[chosen[*bit]].amount);
        let keeps_greatest = |minus: &u32| greatest.is_none_or(|bit| minus >> bit & 1 == 0);
        for minus in (1u32..(1 << size) - 1).filter(keeps_greatest) {
            let manner = match size {
                2 => Manner::Difference,
                _ => Manner::Balance,
            };
            found.push((manner, signed(&chosen, minus)));
        }
    }
}

fn chosen(of: &[usize], mask: u32) -> Vec<usize> {
    let of = of.iter().enumerate();
    of.filter(|(bit, _)| mask >> bit & 1 == 1)
        .map(|(_, at)| *at)
        .collect()
}

/// Whether each of some figures counts the same as each other.
fn add_up(figures: &[Figure<'_>], of: &[usize]) -> bool {
    let mut rest = of;
    while let [first, others @ ..] = rest {
        if !others
            .iter()
            .all(|at| figures[*at].adds_to(&figures[*first]))
        {
            return false;
        }
        rest = others;
    }
    true
}

/// All of some figures added up, less those whose bits are set.
fn signed(of: &[usize], minus: u32) -> Expression {
    let all = (1u32 << of.len()) - 1;
    let added = chosen(of, all & !minus);
    let sum = |sum: Option<Expression>, at: &usize| {
        let figure = Expression::Figure(*at);
        Some(match sum {
            None => figure,
            Some(sum) => sum.then(Operation::Plus, figure),
        })
    };
    let sum = added.iter().fold(None, sum);
    let sum = sum.expect("not every figure is taken off");
    let taken = chosen(of, minus);
    taken.iter().fold(sum, |sum, at| {
        sum.then(Operation::Minus, Expression::Figure(*at))
    })
}

/// Multiples and shares of figures, of sums and differences of two, and what they come to with
/// another figure.
fn products(figures: &[Figure<'_>], found: &mut Vec<(Manner, Expression)>) {
    use Operation::{Minus, Over, Plus, Times};
    let of = Expression::Figure;
    let wholes = || (0..figures.len()).filter(|at| is_whole(&figures[*at]));
    let factors = |whole: usize| {
        let factors = 0..figures.len();
        factors.filter(move |at| multiplies(figures, *at, whole))
    };
    for whole in wholes() {
        let like = |at: usize| at != whole && figures[at].adds_to(&figures[whole]);
        for factor in factors(whole) {
            let is_share = figures[factor].is_share();
            let (manner, mixed) = match is_share {
                true => (Manner::Share, Manner::ShareLeft),
                false => (Manner::Product, Manner::Mixed),
            };
            let product = || of(whole).then(Times, of(factor));
            found.push((manner, product()));
            if is_share {
                for operation in [Minus, Plus] {
                    let left = || of(whole).then(operation, product());
                    found.push((mixed, left()));
                    let parts = factors(whole).filter(|at| !figures[*at].is_share());
                    found.extend(parts.map(|part| (mixed, left().then(Over, of(part)))));
                }
            } else {
                found.push((Manner::Quotient, of(whole).then(Over, of(factor))));
            }
            for second in factors(whole).filter(|at| *at != factor) {
                if second > factor {
                    let manner = match is_share || figures[second].is_share() {
                        true => Manner::Share,
                        false => Manner::Product,
                    };
                    found.push((manner, product().then(Times, of(second))));
                }
                if figures[factor].adds_to(&figures[second]) {
                    found.push((Manner::Quotient, product().then(Over, of(second))));
                }
            }
            for other in (0..figures.len()).filter(|at| like(*at) && *at != factor) {
                found.push((mixed, product().then(Plus, of(other))));
                found.push((mixed, product().then(Minus, of(other))));
                found.push((mixed, of(other).then(Minus, product())));
                let both = [Plus, Minus].map(|operation| of(whole).then(operation, of(other)));
                for (both, ordered) in both.into_iter().zip([whole < other, true]) {
                    if ordered {
                        found.push((mixed, both.clone().then(Times, of(factor))));
                        if !is_share {
                            found.push((Manner::Quotient, both.then(Over, of(factor))));
                        }
                    }
                }
                for second in factors(other).filter(|at| *at != factor && *at != whole) {
                    if whole < other {
                        let second = || of(other).then(Times, of(second));
                        found.push((mixed, product().then(Plus, second())));
                        found.push((mixed, product().then(Minus, second())));
                        found.push((mixed, second().then(Minus, product())));
                    }
                }
            }
        }
    }
}

/// What a figure, a rise or a fall, or two figures together are of another, in percent.
fn ratios(figures: &[Figure<'_>], found: &mut Vec<(Manner, Expression)>) {
    use Operation::{Minus, Of, Plus};
    let figure = Expression::Figure;
    let told = || (0..figures.len()).filter(|at| is_whole(&figures[*at]));
    let ratio = |one: Expression, other| (Manner::Quotient, one.then(Of, other));
    for of in told() {
        let others = || told().filter(move |at| *at != of && figures[*at].adds_to(&figures[of]));
        for part in others() {
            let (whole, less) = match figures[part].amount > figures[of].amount {
                true => (figure(part), figure(of)),
                false => (figure(of), figure(part)),
            };
            found.push(ratio(figure(part), figure(of)));
            found.push(ratio(whole.then(Minus, less), figure(of)));
            found.push(ratio(figure(part), figure(part).then(Plus, figure(of))));
            for second in others().filter(|second| *second > part) {
                found.push(ratio(figure(part).then(Plus, figure(second)), figure(of)));
            }
        }
    }
}

/// Whether a figure may be multiplied: a share and what is reckoned from days multiply others.
fn is_whole(figure: &Figure<'_>) -> bool {
    !figure.is_share() && figure.is_told()
}

/// Whether one figure may multiply another: a share or a count, which comes second.
fn multiplies(figures: &[Figure<'_>], at: usize, whole: usize) -> bool {
    let (figure, of) = (&figures[at], &figures[whole]);
    let differs = at != whole && figure.amount != Decimal::ONE;
    match (figure.unit, of.unit) {
        (Unit::Share, _) => differs,
        (Unit::Money(_), _) => false,
        (_, Unit::Money(_)) => differs,
        (Unit::Unknown, Unit::Unknown) => differs && at > whole,
        (own, other) => differs && own != other && at > whole,
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
        let found = expressions(figures).into_iter();
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
