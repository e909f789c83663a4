//! How much two statements seem to be of the same thing.

use std::collections::HashMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::terms::TermId;
use super::{ClauseTerms, Graph};
use crate::extract::statement::{OFFER_NAME, are_distinct, is_property};
use crate::fact::{DatePrecision, Fact, Value};
use crate::turn::{Role, TurnId};

/// Weight of a term by where it stands: in the clause, its sentence, the
/// sentences beside, or elsewhere in the turn.
const NEARNESS: [f32; 4] = [1.0, 0.7, 0.35, 0.1];

/// How much two statements seem to be of the same thing, by what tells so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// Rare words that both share, each 1 at most.
    pub words: f32,
    /// How much of the new clause's words the old clause has.
    pub clause: f32,
    /// Whether the property is the same.
    pub attribute: f32,
    /// Whether it is the same party's.
    pub subject: f32,
    /// Whether the one value can be a slip for the other.
    pub alike: f32,
}

impl Match {
    pub(super) fn score(&self) -> f32 {
        self.topic() + self.alike
    }

    /// Without the likeness of the values.
    pub(super) fn topic(&self) -> f32 {
        self.words + self.clause + self.attribute + self.subject
    }
}

/// A new statement's words, weighted by how near they stand to it.
pub(super) struct Affinity<'a> {
    graph: &'a Graph,
    near: HashMap<TermId, f32>,
    clause: Vec<TermId>,
}

impl<'a> Affinity<'a> {
    pub(super) fn new(graph: &'a Graph, clauses: &[ClauseTerms], at: usize) -> Self {
        Self {
            graph,
            near: nearness(clauses, at),
            clause: clauses.get(at).map_or_else(Vec::new, |c| c.terms.clone()),
        }
    }

    /// How likely `new` is of the same thing as `old`; nothing where their kinds
    /// of value are different.
    pub(super) fn to_fact(&self, new: &Fact, old: &Fact) -> Option<Match> {
        let alike = likeness(&new.value, &old.value)?;
        let clauses = self.graph.terms_of(old.turn);
        let at = self.graph.fact_clauses[old.id.0 as usize];
        let subjects = (
            self.graph.party(&new.subject),
            self.graph.party(&old.subject),
        );
        Some(Match {
            words: self.shared(&nearness(clauses, at)),
            attribute: match (new.attribute.as_str(), old.attribute.as_str()) {
                ("", _) | (_, "") => 0.0,
                (a, b) if a == b && is_property(a) => 0.8,
                (a, b) if a == b => 0.5,
                (a, b) if are_distinct(a, b) => -1.5,
                _ => -0.2,
            },
            clause: self.coverage(clauses.get(at)),
            subject: match subjects {
                ("", _) | (_, "") => 0.0,
                (a, b) if a == b => 0.4,
                _ => -0.3,
            },
            alike: if new.attribute == OFFER_NAME && old.attribute == OFFER_NAME {
                // Offers may differ by any factor.
                alike.max(0.4)
            } else {
                alike
            },
        })
    }

    /// In [0, 0.8]; a clause of one word covers little.
    fn coverage(&self, other: Option<&ClauseTerms>) -> f32 {
        let Some(other) = other.filter(|_| !self.clause.is_empty()) else {
            return 0.0;
        };
        let weight = |terms: &mut dyn Iterator<Item = &TermId>| -> f32 {
            terms.map(|term| self.graph.rarity(*term)).sum()
        };
        let shared = weight(&mut self.clause.iter().filter(|t| other.terms.contains(t)));
        let all = weight(&mut self.clause.iter());
        0.8 * shared / (all + 0.4)
    }

    fn shared(&self, other: &HashMap<TermId, f32>) -> f32 {
        self.near
            .iter()
            .filter_map(|(term, here)| {
                let there = other.get(term)?;
                Some(here * there * self.graph.rarity(*term))
            })
            .sum()
    }

    /// The client's earlier turn with a sentence nearest in words, if near enough.
    pub(super) fn nearest_turn(&self, before: TurnId, least: f32) -> Option<TurnId> {
        let turns = self.graph.turns.iter();
        let client = turns.filter(|(id, node)| **id < before && node.role == Role::Client);
        let best = client.map(|(id, node)| {
            let score = (0..node.clauses.len())
                .map(|at| self.shared(&nearness(&node.clauses, at)))
                .fold(0.0, f32::max);
            (score, *id)
        });
        best.filter(|(score, _)| *score >= least)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, id)| id)
    }
}

fn nearness(clauses: &[ClauseTerms], at: usize) -> HashMap<TermId, f32> {
    let mut near: HashMap<TermId, f32> = HashMap::new();
    let Some(here) = clauses.get(at) else {
        return near;
    };
    for (i, clause) in clauses.iter().enumerate() {
        let weight = match clause.sentence.abs_diff(here.sentence) {
            0 if i == at => NEARNESS[0],
            0 => NEARNESS[1],
            1 => NEARNESS[2],
            _ => NEARNESS[3],
        };
        for &term in &clause.terms {
            let best = near.entry(term).or_insert(weight);
            *best = best.max(weight);
        }
    }
    near
}

/// How alike two different values of a kind are: a slip of the pen or the tongue
/// leaves most of the digits, or the month. Nothing for different kinds.
fn likeness(new: &Value, old: &Value) -> Option<f32> {
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
        ) => Some(dates(*a, *b, *p.max(q), *i || *j) + precisions(*p, *q)),
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
pub(super) fn same_unit(a: &str, b: &str) -> bool {
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
