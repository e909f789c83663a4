//! Answers that are reckoned: of all that the likeliest figures and days of the record may be
//! put together to, what most likely answers the question.
//!
//! What is done with figures is as hard to read off a question as which figures are meant, and
//! one tells the other: a rate asks for a count, a payment is taken off a price. So every sum,
//! balance, product and time limit that a few of the likeliest values make is written out and
//! judged as a whole by a small network that was learnt, beside the values that need no
//! reckoning; and of the likeliest the model tells how likely it would write each.

mod alike;
mod days;
mod expression;
mod features;
mod figure;
mod sums;
mod written;

use std::sync::LazyLock;

use estoppel_memory::extract::{self, Statement};
use estoppel_memory::fact::{DatePrecision, TimeUnit};
use estoppel_memory::{TurnId, Value};
use jiff::civil::DateTime;
use regex::Regex;
use rust_decimal::Decimal;

use super::around::is_plain;
use super::ask::Ask;
use super::choose::{Kind, Told};
use super::coverage::Coverage;
use super::desk::Desk;
use super::evidence_set::EvidenceSets;
use super::guess::Guess;
use super::manner::Manner;
use super::pieces::Pieces;
use super::reply::{Reply, stop, written};
use super::{ReadError, pattern, working};
use crate::language::Language;
pub(crate) use days::working_days;
use days::{Day, OfDays, Stretch};
use expression::Expression;
pub(crate) use features::ReckoningFeatures;
use features::Surroundings;
pub(crate) use figure::amount;
use figure::{Figure, Origin, Unit};

/// What may answer a question.
pub(crate) struct Reckoning {
    pub(crate) manner: Manner,
    /// The places, among the values of the record, of those that it is made of.
    pub(crate) places: Vec<usize>,
    /// The turns that tell them, in the order of the record.
    pub(crate) turns: Vec<u32>,
    /// What it comes to, and the same with what it is made of.
    pub(crate) result: String,
    pub(crate) text: String,
    outcome: Outcome,
    /// How it is written as a working, if it can be.
    working: Option<String>,
    /// How many figures of the question and of the calendar are among it.
    asked: usize,
    calendar: usize,
    expression: Option<Expression>,
}

/// What it comes to.
enum Outcome {
    Figure(Decimal, Kind),
    /// So many days away from the day that it begins with.
    Days(i64, Kind),
}

impl Reckoning {
    /// Whether all that it is made of is told in some turns.
    fn is_told_in(&self, turns: &[TurnId]) -> bool {
        self.turns.iter().all(|turn| turns.contains(&TurnId(*turn)))
    }
}

/// What is known where something is to be reckoned.
pub(crate) struct Workings<'s> {
    pub(crate) question: &'s str,
    /// The values of the record, and how likely the answer is made of each: nats behind the
    /// likeliest.
    pub(crate) told: &'s [Told],
    pub(crate) operands: &'s [f32],
    pub(crate) sets: &'s EvidenceSets,
    pub(crate) guess: &'s Guess,
    /// What the question's tokens find in the clause of each value.
    pub(crate) coverage: &'s Coverage,
}

/// As many figures, days and lengths of time as are put together.
const FIGURES: usize = 7;
const DAYS: usize = 6;
const LENGTHS: usize = 4;
/// And as many figures of the question.
const ASKED: usize = 3;
/// What is less likely than this, as a logarithm, is as unlikely as this.
const FLOOR: f32 = -8.0;
/// Where the model looks, a reckoning whose share among all that is left is less is given as no more
/// than possible: on held-out consultations 2 of 5 such answers were right.
const SURE: f32 = 0.4;
/// How likely it is that a figure of the question plays a role, and one of the calendar.
const OF_QUESTION: f32 = -1.0;
const OF_CALENDAR: f32 = -2.0;

/// What is put together of all that might be.
struct Reach {
    /// Values that may be the answer as they were told.
    told: usize,
    /// Sets of two figures, of three and so on that make anything, the likeliest first; none is less
    /// likely than `least`.
    sets: [usize; 4],
    least: f32,
    /// What each set comes to, the plainest first.
    each: usize,
}

impl Reach {
    /// What is judged.
    const JUDGED: Self = Self {
        told: 12,
        sets: [16, 16, 10, 4],
        least: f32::MIN,
        each: 24,
    };

    /// All that figures which are as likely as any come to.
    const ALL: Self = Self {
        told: usize::MAX,
        sets: [usize::MAX; 4],
        least: FLOOR / 2.0,
        each: usize::MAX,
    };
}

/// So much for each day, hour and the like.
static RATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:an?|per|each|every) (?P<en>hour|day|week|month|year)\b|每个?(?P<zh>小时|天|日|周|星期|礼拜|月|年)|(?:^|[^第后头])一个?(?P<one>天|日|小时|月|年)|(?P<ly>hourly|daily|weekly|monthly|yearly)\b|(?P<short>[时日周月年])薪",
    )
});

/// For each of which unit of time a clause tells something.
pub(crate) fn rate(clause: &str) -> Option<TimeUnit> {
    let found = RATE.captures(clause)?;
    let named = ["en", "zh", "one", "ly", "short"].into_iter();
    let unit = named.filter_map(|name| found.name(name)).next()?;
    Some(match unit.as_str().to_lowercase().as_str() {
        "hour" | "小时" | "hourly" | "时" => TimeUnit::Hour,
        "day" | "天" | "日" | "daily" => TimeUnit::Day,
        "week" | "周" | "星期" | "礼拜" | "weekly" => TimeUnit::Week,
        "month" | "月" | "monthly" => TimeUnit::Month,
        _ => TimeUnit::Year,
    })
}

impl Workings<'_> {
    /// What may answer, with what tells whether it does; the values as they were told among it.
    pub(crate) fn reckonings(&self) -> Vec<(Reckoning, ReckoningFeatures)> {
        let (asked, stretches) = (self.asked(), self.stretches());
        let figures = self.figures(&asked, &stretches);
        let reckonings = self.within(&figures, &Reach::JUDGED);
        let surroundings = Surroundings::new(self, &figures);
        let judged = reckonings.into_iter().map(|reckoning| {
            let features = surroundings.features(&reckoning);
            (reckoning, features)
        });
        judged.collect()
    }

    /// All that the likeliest values come to.
    pub(crate) fn all(&self) -> Vec<Reckoning> {
        let (asked, stretches) = (self.asked(), self.stretches());
        self.within(&self.figures(&asked, &stretches), &Reach::ALL)
    }

    fn within(&self, figures: &[Figure<'_>], reach: &Reach) -> Vec<Reckoning> {
        let language = Language::of(self.question);
        let mut told = self.as_told(language);
        told.sort_by(|a, b| self.likely(&b.places).total_cmp(&self.likely(&a.places)));
        told.truncate(reach.told);
        let expressions = self.expressions(figures, reach).into_iter();
        let of_figures = expressions.filter_map(|(manner, expression)| {
            self.of_figures(manner, expression, figures, language)
        });
        told.into_iter()
            .chain(of_figures)
            .chain(self.of_days(language))
            .collect()
    }

    /// What the likeliest sets of figures come to, of which some is of the record.
    fn expressions(&self, figures: &[Figure<'_>], reach: &Reach) -> Vec<(Manner, Expression)> {
        let mut found = Vec::new();
        for (size, most) in (2..).zip(reach.sets) {
            let sets = self.likeliest_sets(figures, size);
            let likely = sets.iter().take_while(|(likely, _)| *likely >= reach.least);
            let made = likely.map(|(_, set)| sums::expressions(set, figures, reach.each));
            let made = made.filter(|made| !made.is_empty()).take(most);
            found.extend(made.flatten());
        }
        found
    }

    /// Sets of so many figures with how likely an answer is made of each, the likeliest first.
    fn likeliest_sets(&self, figures: &[Figure<'_>], size: usize) -> Vec<(f32, Vec<usize>)> {
        let likely = |at: &usize| match figures[*at].origin {
            Origin::Question => OF_QUESTION,
            Origin::Calendar => OF_CALENDAR,
            Origin::Record(_) | Origin::Between(_) => self.likely(figures[*at].places()),
        };
        let mut sets: Vec<(f32, Vec<usize>)> = subsets(figures.len(), size)
            .into_iter()
            .filter(|set| set.iter().any(|at| !figures[*at].places().is_empty()))
            .map(|set| (set.iter().map(likely).sum(), set))
            .collect();
        sets.sort_by(|a, b| b.0.total_cmp(&a.0));
        sets
    }

    /// The figures that the question tells.
    fn asked(&self) -> Vec<Statement> {
        // A day of the question is no figure, so its own day plays no role.
        extract::extract(self.question, DateTime::default()).statements
    }

    /// The turns that tell the values in some places, in the order of the record.
    fn turns(&self, places: &[usize]) -> Vec<u32> {
        let mut turns: Vec<u32> = places.iter().map(|at| self.told[*at].turn).collect();
        turns.sort_unstable();
        turns.dedup();
        turns
    }

    /// How likely an answer is made of all of these values.
    fn likely(&self, places: &[usize]) -> f32 {
        places.iter().map(|at| self.operands[*at].max(FLOOR)).sum()
    }

    /// The likeliest values that this holds of, each value once, in the order of the record.
    fn likeliest(&self, most: usize, which: impl Fn(&Told) -> bool) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.told.len())
            .filter(|at| which(&self.told[*at]))
            .collect();
        places.sort_by(|a, b| self.operands[*b].total_cmp(&self.operands[*a]));
        let mut likeliest: Vec<usize> = Vec::new();
        for place in places {
            let same = |other: &usize| self.told[*other].value == self.told[place].value;
            if likeliest.len() < most && !likeliest.iter().any(same) {
                likeliest.push(place);
            }
        }
        likeliest.sort_unstable();
        likeliest
    }

    /// The places of the likeliest figures of the record; a number without a unit that is told
    /// with one elsewhere is no other figure.
    fn likeliest_figures(&self) -> Vec<usize> {
        let counts = |told: &Told| !matches!(told.kind, Kind::Date | Kind::Identifier);
        let places = self.likeliest(FIGURES, counts);
        let value = |at: usize| &self.told[at].value;
        let again = |at: usize| {
            let mut others = places.iter().filter(|other| **other != at);
            others.any(|other| amount(value(*other)) == amount(value(at)))
        };
        let kept = places.iter().copied();
        kept.filter(|at| !(is_plain(value(*at)) && again(*at)))
            .collect()
    }

    /// The units of time for each of which some of these values are told.
    fn rates(&self, places: &[usize]) -> Vec<TimeUnit> {
        let rates = places.iter().filter_map(|at| self.told[*at].per);
        let mut rates: Vec<TimeUnit> = rates.collect();
        rates.sort_unstable();
        rates.dedup();
        rates
    }

    /// How long it was between the likeliest days, in the units for each of which something is
    /// told.
    fn stretches(&self) -> Vec<Stretch> {
        /// Days between which rates run.
        const ENDS: usize = 3;
        let language = Language::of(self.question);
        let days = self.days(ENDS, language);
        let rates = self.rates(&self.likeliest_figures()).into_iter();
        rates
            .flat_map(|per| days::stretches(&days, per, language))
            .collect()
    }

    /// The likeliest figures of the record, those of the question, and what the calendar and the
    /// days of the record make of rates.
    fn figures<'t>(&'t self, asked: &'t [Statement], stretches: &'t [Stretch]) -> Vec<Figure<'t>> {
        let likeliest = self.likeliest_figures();
        let own = likeliest.iter().filter_map(|&at| {
            let told = &self.told[at];
            Figure::new(&told.value, &told.surface, Origin::Record(at))
        });
        let mut figures: Vec<Figure<'_>> = own.collect();
        let of_question = asked.iter().filter_map(|statement| {
            let surface = &self.question[statement.span.clone()];
            Figure::new(&statement.value, surface, Origin::Question)
        });
        for figure in of_question.take(ASKED) {
            if !figures
                .iter()
                .any(|own| (own.amount, own.unit) == (figure.amount, figure.unit))
            {
                figures.push(figure);
            }
        }
        let rates = self.rates(&likeliest).into_iter();
        figures.extend(rates.filter_map(Figure::of_year));
        figures.extend(stretches.iter().map(|stretch| Figure {
            amount: Decimal::from(stretch.count),
            unit: Unit::Time(stretch.unit),
            surface: &stretch.written,
            origin: Origin::Between(stretch.places),
        }));
        figures
    }

    /// The values as they were told.
    fn as_told(&self, language: Language) -> Vec<Reckoning> {
        let told = |(at, told): (usize, &Told)| {
            let outcome = match (&told.value, amount(&told.value)) {
                (Value::Date { .. }, _) => Outcome::Days(0, Kind::Date),
                (_, amount) => Outcome::Figure(amount?, told.kind),
            };
            let text = written(&told.value, &told.surface, language);
            Some(Reckoning {
                manner: Manner::Told,
                places: vec![at],
                turns: vec![told.turn],
                text: text.clone() + stop(language),
                result: text,
                outcome,
                working: working::of_value(&told.value),
                asked: 0,
                calendar: 0,
                expression: None,
            })
        };
        let standing = self.told.iter().enumerate().filter(|(_, told)| told.stands);
        standing.filter_map(told).collect()
    }

    /// What an expression comes to.
    fn of_figures(
        &self,
        manner: Manner,
        expression: Expression,
        figures: &[Figure<'_>],
        language: Language,
    ) -> Option<Reckoning> {
        let mut own = expression.places();
        own.sort_unstable();
        own.dedup();
        let from = |origin: Origin| {
            own.iter()
                .filter(|at| figures[**at].origin == origin)
                .count()
        };
        let result = expression.result(figures, language)?;
        let places = places_of(&expression, figures);
        Some(Reckoning {
            manner,
            turns: self.turns(&places),
            places,
            outcome: Outcome::Figure(expression.value(figures)?, expression.kind(figures)),
            text: format!("{} = {result}{}", expression.text(figures), stop(language)),
            result,
            working: Some(expression.working(figures)),
            asked: from(Origin::Question),
            calendar: from(Origin::Calendar),
            expression: Some(expression),
        })
    }

    /// The likeliest days of the record.
    fn days(&self, most: usize, language: Language) -> Vec<Day> {
        let whole = |told: &Told| {
            matches!(
                told.value,
                Value::Date {
                    precision: DatePrecision::Day,
                    ..
                }
            )
        };
        let days = self.likeliest(most, whole).into_iter();
        let days = days.filter_map(|place| match self.told[place].value {
            Value::Date { date, .. } => Some(Day {
                date,
                written: written(&self.told[place].value, &self.told[place].surface, language),
                place,
            }),
            _ => None,
        });
        days.collect()
    }

    /// What the likeliest days and lengths of time come to.
    fn of_days(&self, language: Language) -> Vec<Reckoning> {
        let days = self.days(DAYS, language);
        let lengths = self
            .likeliest(LENGTHS, |told| told.kind == Kind::Duration)
            .into_iter();
        let lengths = lengths.filter_map(|at| {
            let told = &self.told[at];
            let length = Figure::new(&told.value, &told.surface, Origin::Record(at))?;
            Some((length, told.clause.as_str()))
        });
        let lengths: Vec<(Figure<'_>, &str)> = lengths.collect();
        let between = days::between(&days, self.question, language);
        let limits = days::limits(&days, &lengths, language);
        let all = between.into_iter().chain(limits);
        all.map(|of| self.reckoning(of, language)).collect()
    }

    fn reckoning(&self, of: OfDays, language: Language) -> Reckoning {
        let kind = match of.manner {
            Manner::Between => Kind::Duration,
            _ => Kind::Date,
        };
        Reckoning {
            manner: of.manner,
            turns: self.turns(&of.places),
            places: of.places,
            outcome: Outcome::Days(of.days, kind),
            result: of.result,
            working: Some(of.working),
            text: of.text + stop(language),
            asked: 0,
            calendar: 0,
            expression: None,
        }
    }
}

/// All sets of so many of the first `of` numbers.
fn subsets(of: usize, size: usize) -> Vec<Vec<usize>> {
    let Some(rest) = size.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let with_last = |last: usize| {
        let smaller = subsets(last, rest).into_iter();
        smaller.map(move |set| [set, vec![last]].concat())
    };
    (rest..of).flat_map(with_last).collect()
}

/// The places, among the values of the record, of those in an expression.
fn places_of(expression: &Expression, figures: &[Figure<'_>]) -> Vec<usize> {
    let own = expression.places().into_iter();
    let mut places: Vec<usize> = own
        .flat_map(|at| figures[at].places().iter().copied())
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

impl Desk<'_> {
    /// What most likely answers a question of all that the record's values come to.
    pub(super) fn reckoned(
        &mut self,
        ask: &Ask,
        question: &str,
        guess: &Guess,
        sets: &EvidenceSets,
    ) -> Result<Option<Reply>, ReadError> {
        let pieces = self.pieces(ask, question, guess)?;
        let workings = Workings {
            question,
            told: &pieces.told,
            operands: &pieces.operand_logits,
            sets,
            guess,
            coverage: &pieces.coverage_of_values,
        };
        let (reckonings, features): (Vec<Reckoning>, Vec<ReckoningFeatures>) =
            workings.reckonings().into_iter().unzip();
        let logits = self.weights().reckonings.logits(&features);
        // Each is as likely as it is by itself and as the likeliest set with its turns is; of those
        // that are as likely as another, the first is taken.
        let in_sets = |(reckoning, logit): (Reckoning, f32)| {
            let has_all = |set: &[TurnId]| reckoning.is_told_in(set);
            (logit - sets.behind_with(has_all), reckoning)
        };
        let judged = reckonings.into_iter().zip(logits).map(in_sets);
        let judged = self.as_written(question, judged.collect())?;
        let all: f32 = judged.iter().map(|(logit, _)| logit.exp()).sum();
        let likeliest = judged.into_iter().next();
        Ok(likeliest.map(|(logit, reckoning)| {
            let is_sure = !self.looking || logit.exp() >= SURE * all;
            self.replied(reckoning, is_sure, &pieces, sets, question)
        }))
    }

    fn replied(
        &self,
        reckoning: Reckoning,
        is_sure: bool,
        pieces: &Pieces,
        sets: &EvidenceSets,
        question: &str,
    ) -> Reply {
        let language = Language::of(question);
        let turns = sets.around(reckoning.turns.into_iter().map(TurnId).collect());
        let reply = match (reckoning.manner, reckoning.places.as_slice()) {
            (Manner::Told, [only]) => Reply::value(self, &pieces.found[*only], language),
            _ => Reply {
                text: match (is_sure, language) {
                    (true, _) => reckoning.text,
                    (false, Language::En) => format!("Perhaps {}", reckoning.text),
                    (false, Language::Zh) => format!("可能是{}", reckoning.text),
                },
                ..Reply::default()
            },
        };
        reply.with(turns)
    }
}
