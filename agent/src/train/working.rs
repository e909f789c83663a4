//! What the workings of questions come to, as consultations tell them.

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::read::reckon::working_days;

/// What a working comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Figure(Decimal),
    Day(Date),
    /// A length of time as it was told.
    Length(i64),
    /// The time from one day to another.
    Between(Date, Date),
}

/// What a working comes to; `None` if it is none.
pub(super) fn outcome(text: &str) -> Option<Outcome> {
    if let Some((from, to)) = text.split_once(" .. ") {
        return Some(Outcome::Between(date(from)?, date(to)?));
    }
    if let Some(share) = text.strip_prefix("% ") {
        return Some(Outcome::Figure(figure(share)? * Decimal::ONE_HUNDRED));
    }
    let mut words = text.split(' ');
    if let Some(day) = date(words.next()?) {
        let rest: Vec<&str> = words.collect();
        let day = rest.chunks(2).try_fold(day, |day, pair| match pair {
            ["+", length] => shifted(day, 1, length),
            ["-", length] => shifted(day, -1, length),
            _ => None,
        });
        return day.map(Outcome::Day);
    }
    match length(text) {
        Some(length) => Some(Outcome::Length(length)),
        None => Some(Outcome::Figure(figure(text)?)),
    }
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

fn length(text: &str) -> Option<i64> {
    text.strip_suffix(['d', 'b', 'w', 'm', 'y'])?.parse().ok()
}

/// The day so long after another, or before it.
fn shifted(day: Date, sign: i64, length: &str) -> Option<Date> {
    let (count, unit) = length.split_at_checked(length.len().checked_sub(1)?)?;
    let count: i64 = count.parse().ok()?;
    let span = Span::new();
    let span = match unit {
        "b" => return working_days(day, count, sign),
        "d" => span.try_days(sign * count),
        "w" => span.try_weeks(sign * count),
        "m" => span.try_months(sign * count),
        "y" => span.try_years(sign * count),
        _ => return None,
    };
    day.checked_add(span.ok()?).ok()
}

/// What figures and signs come to; products before sums, from left to right.
fn figure(text: &str) -> Option<Decimal> {
    let mut rest = Rest(text.as_bytes());
    let sum = rest.sum()?;
    rest.0.is_empty().then_some(sum)
}

/// What is still to be read.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    fn next(&mut self, one_of: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        one_of.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn sum(&mut self) -> Option<Decimal> {
        let mut sum = self.product()?;
        while let Some(sign) = self.next(b"+-") {
            let next = self.product()?;
            sum = match sign {
                b'+' => sum.checked_add(next)?,
                _ => sum.checked_sub(next)?,
            };
        }
        Some(sum)
    }

    fn product(&mut self) -> Option<Decimal> {
        let mut product = self.factor()?;
        while let Some(sign) = self.next(b"*/") {
            let next = self.factor()?;
            product = match sign {
                b'*' => product.checked_mul(next)?,
                _ => product.checked_div(next)?,
            };
        }
        Some(product)
    }

    fn factor(&mut self) -> Option<Decimal> {
        if self.next(b"(").is_some() {
            let inner = self.sum()?;
            return self.next(b")").map(|_| inner);
        }
        let is_digit = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
        let digits = self.0.iter().take_while(is_digit).count();
        let (digits, rest) = self.0.split_at(digits);
        self.0 = rest;
        let amount: Decimal = std::str::from_utf8(digits).ok()?.parse().ok()?;
        Some(match self.next(b"%") {
            Some(_) => amount / Decimal::ONE_HUNDRED,
            None => amount,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use estoppel_memory::Value;
    use estoppel_memory::extract::extract;

    use super::*;
    use crate::consultation::Consultation;

    #[test]
    fn figures_and_days_are_read() {
        let figure = |text: &str| match outcome(text) {
            Some(Outcome::Figure(figure)) => figure.normalize().to_string(),
            other => format!("{other:?}"),
        };
        for (text, value) in [
            ("44500-29760", "14740"),
            ("(1380-1260)*2*4", "960"),
            ("8.5%*38400-500-1900", "864"),
            ("12/4/3", "1"),
            ("% 45/125", "36"),
        ] {
            assert_eq!(figure(text), value, "{text}");
        }
        let day = |text: &str| text.parse::<Date>().expect("it is a day");
        let april = day("2025-04-03");
        for (text, to) in [
            ("2025-04-03", "2025-04-03"),
            ("2025-04-03 + 3m - 1d", "2025-07-02"),
            ("2025-04-03 - 2w", "2025-03-20"),
            ("2025-04-03 + 2b", "2025-04-07"),
            ("2024-02-29 + 1y", "2025-02-28"),
        ] {
            assert_eq!(outcome(text), Some(Outcome::Day(day(to))), "{text}");
        }
        assert_eq!(outcome("14d"), Some(Outcome::Length(14)));
        let between = outcome("2025-04-03 .. 2025-04-19");
        assert_eq!(between, Some(Outcome::Between(april, day("2025-04-19"))));
        for broken in [
            "",
            "12+",
            "(3",
            "3)",
            "1..2",
            "% ",
            "2025-04-03 + x",
            "2025-04-03 +",
        ] {
            assert_eq!(outcome(broken), None, "{broken}");
        }
    }

    /// Of all consultations that are learnt from: figures and days come to what the answer says, and
    /// days that a time lies between are in order.
    #[test]
    fn workings_come_to_the_answer() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/consultations");
        let mut workings = 0;
        for folder in ["learn", "reader"].map(|name| folder.join(name)) {
            for file in folder.read_dir().expect("it is there") {
                let file = file.expect("it can be read").path();
                let consultation = Consultation::read(&file).expect("it is whole");
                let with = consultation.probes.iter();
                for probe in with.filter(|probe| !probe.working.is_empty()) {
                    let place = || format!("{}: {} {}", file.display(), probe.id, probe.working);
                    match outcome(&probe.working).unwrap_or_else(|| panic!("{}", place())) {
                        Outcome::Figure(figure) => {
                            assert!(says(&probe.answer, figure), "{}", place());
                        }
                        Outcome::Day(day) => assert!(tells(&probe.answer, day), "{}", place()),
                        Outcome::Between(from, to) => assert!(from < to, "{}", place()),
                        Outcome::Length(length) => {
                            assert!(says(&probe.answer, length.into()), "{}", place());
                        }
                    }
                    workings += 1;
                }
            }
        }
        assert!(workings > 3000, "{workings}");
    }

    /// Whether an answer tells a day, whose year may be left out.
    fn tells(answer: &str, day: Date) -> bool {
        let told = extract(answer, day.at(9, 0, 0, 0)).statements.into_iter();
        let mut days = told.filter_map(|told| match told.value {
            Value::Date { date, .. } => Some(date),
            _ => None,
        });
        days.any(|told| (told.month(), told.day()) == (day.month(), day.day()))
    }

    /// Whether an answer says a figure, as exactly as people do.
    fn says(answer: &str, figure: Decimal) -> bool {
        let plain: String = answer
            .chars()
            .filter(|c| !", ，\u{a0}".contains(*c))
            .collect();
        let units = ["", "万", "亿", "million"];
        let mut units = units.iter().zip([1i64, 10_000, 100_000_000, 1_000_000]);
        units.any(|(unit, size)| {
            let counted = figure / Decimal::from(size);
            let mut forms = [10, 2, 1, 0]
                .map(|places| counted.round_dp(places))
                .into_iter();
            let is_said = |form: Decimal| plain.contains(&format!("{form}{unit}"));
            forms.any(|form| is_said(form) || is_said(form.normalize()))
        })
    }
}
