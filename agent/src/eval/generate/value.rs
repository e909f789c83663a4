//! Values that are told of things: amounts, days, names and references, each once.

use std::collections::HashSet;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use super::grammar::{Grammar, Property};
use crate::consultation::Form;
use crate::eval::random::SplitMix;
use crate::language::Language;
use crate::phrases::day;

/// A value as it is said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Told {
    Amount(u32),
    Day(Date),
    Name(String),
    Number(String),
}

impl Told {
    /// The amount; 0 of anything else.
    pub(super) fn amount(&self) -> u32 {
        match self {
            Self::Amount(amount) => *amount,
            Self::Day(_) | Self::Name(_) | Self::Number(_) => 0,
        }
    }

    /// The day; before all days for anything else.
    pub(super) fn date(&self) -> Date {
        match self {
            Self::Day(date) => *date,
            Self::Amount(_) | Self::Name(_) | Self::Number(_) => Date::MIN,
        }
    }
}

/// The values of one consultation.
pub(super) struct Values {
    grammar: &'static Grammar,
    /// The sign before or behind amounts.
    currency: &'static str,
    /// The last day that anything happened on.
    before: Date,
    used: HashSet<Told>,
}

impl Values {
    pub(super) fn new(grammar: &'static Grammar, started: DateTime, random: &mut SplitMix) -> Self {
        let currencies = match grammar.language {
            Language::En => ["£", "$", "€"].as_slice(),
            Language::Zh => &["元", "块钱"],
        };
        Self {
            grammar,
            currency: *random.pick(currencies),
            before: started.date(),
            used: HashSet::new(),
        }
    }

    /// A value that was not drawn before.
    pub(super) fn draw(&mut self, property: Property, random: &mut SplitMix) -> Told {
        loop {
            let value = self.any(property, random);
            if self.used.insert(value.clone()) {
                return value;
            }
        }
    }

    fn any(&self, property: Property, random: &mut SplitMix) -> Told {
        match property {
            Property::Price => Told::Amount(match random.below(3) {
                0 => 35 + random.below(400) as u32,
                1 => 10 * (20 + random.below(300) as u32),
                _ => 1000 + random.below(8000) as u32,
            }),
            Property::Day => {
                let back = 3 + random.below(150) as i64;
                Told::Day(self.before.saturating_sub(back.days()))
            }
            Property::Name => {
                let (given, family) = (
                    random.pick(self.grammar.given),
                    random.pick(self.grammar.family),
                );
                Told::Name(match self.grammar.language {
                    Language::En => format!("{given} {family}"),
                    Language::Zh => format!("{family}{given}"),
                })
            }
            Property::Number => {
                let mut letter = || char::from(b'A' + random.below(26) as u8);
                let letters = [letter(), letter()];
                let number = 10_000 + random.below(90_000);
                Told::Number(format!("{}{}-{number}", letters[0], letters[1]))
            }
        }
    }

    /// The value in a sentence.
    pub(super) fn said(&self, value: &Told) -> String {
        match value {
            Told::Amount(amount) => match self.grammar.language {
                Language::En => format!("{}{}", self.currency, grouped(*amount)),
                Language::Zh => format!("{amount}{}", self.currency),
            },
            Told::Day(date) => match self.grammar.language {
                Language::En => date.strftime("%-d %B").to_string(),
                Language::Zh => format!("{}月{}日", date.month(), date.day()),
            },
            Told::Name(text) | Told::Number(text) => text.clone(),
        }
    }

    /// The forms of the value, any of which an answer may hold.
    pub(super) fn forms(&self, value: &Told) -> Vec<String> {
        match value {
            Told::Amount(amount) => vec![grouped(*amount), amount.to_string()],
            Told::Day(date) => match self.grammar.language {
                Language::En => vec![
                    date.strftime("%-d %B").to_string(),
                    date.strftime("%B %-d").to_string(),
                    date.to_string(),
                ],
                Language::Zh => vec![
                    format!("{}月{}日", date.month(), date.day()),
                    format!("{}月{}号", date.month(), date.day()),
                    day(*date, Language::En),
                ],
            },
            Told::Name(text) | Told::Number(text) => vec![text.clone()],
        }
    }
}

/// An amount with its thousands apart.
fn grouped(amount: u32) -> String {
    match amount {
        0..1000 => amount.to_string(),
        _ => format!("{},{:03}", amount / 1000, amount % 1000),
    }
}

/// Forms any of which will do.
pub(super) fn any_of(forms: Vec<String>) -> Vec<Form> {
    forms.into_iter().map(Form::One).collect()
}

/// Each form of one value with each of another.
pub(super) fn both_of(one: &[String], other: &[String]) -> Vec<Form> {
    one.iter()
        .flat_map(|a| other.iter().map(|b| Form::All(vec![a.clone(), b.clone()])))
        .collect()
}
