//! What is known of a reckoning beside a question.

use std::sync::LazyLock;

use estoppel_memory::TurnId;
use estoppel_memory::fact::TimeUnit;
use regex::Regex;

use super::alike::alike;
use super::expression::Operation;
use super::figure::{Figure, Origin, Unit};
use super::{FLOOR, Outcome, Reckoning, Workings, amount};
use crate::read::choose::{Kind, Told};
use crate::read::desk::flag;
use crate::read::manner::Manner;
use crate::read::pattern;
use crate::read::pointing::{EVIDENCE, STALE, WORDS, in_nats};
use crate::read::purpose::Purpose;

/// What is known of a reckoning.
pub(crate) type ReckoningFeatures = [f32; WIDTH];

const WIDTH: usize = Manner::ALL.len() + 83;

/// That figures are added up.
static SUM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:together|altogether|in total|total|combined|in all|all told|add(?:s|ed|ing)?|plus|sum|put together|both)\b|一共|总共|合计|总计|共|加起来|加一块|统共|拢",
    )
});

/// That something is taken off, or one figure compared with another.
static LESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:still|left|remain\w*|short\w*|unpaid|outstanding|balance|differ\w*|more|less|higher|lower|above|below|over\w*|minus|net|once|after|off|deduct\w*|gap|keep|back|apart|pricier|cheaper|dearer|better|worse)\b|[扣减剩差欠退]|还有|没|多出|高出|(?:^|[^多])少",
    )
});

/// That a share is split.
static SPLIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:half|halves|third|quarter|split|share|cut|piece|each of|per ?cent)\b|[半摊占]|[一二两三四五六七八九]成|分之|[均平对]分|比例",
    )
});

/// That something is told for each of a kind.
static EACH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:an?|per|each|every|apiece|rate of)\b|每|一[天个小人件节次亩斤]|/")
});

/// That a length of time is one within which something is to be done.
static WITHIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:within|inside|under|no more than|(?:you|they|he|she|it|we|i|who|party|parties) (?:then )?(?:have|has|had|gets?|got)",
        r"|allows?|gives?|limit|time to|deadline|notice|must|payment|respond|reply|appeal)\b",
        r"|[日天周月年]内|之内|以内|期限|届满|起算|[日天]起",
    ))
});

/// That a day is the last of something.
static IS_LAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:by|until|till|due|no later than|before|deadline|expires?|last day|latest|cut-?off)\b|截止|之前|以前|最晚|最迟|到期|届满",
    )
});

/// That a length of time lies before what it is told of.
static AHEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:before|prior|ahead|in advance)\b|之前|以前|提前"));

/// Places of what [`Told`] knows of a value.
const BESIDE: usize = 4;
const PROPERTY: usize = 5;
const VAGUE: usize = 6;
const CLIENT: usize = 7;
const ASKS: usize = 9;
const INFERRED: usize = 17;

/// What a reckoning is judged beside.
pub(super) struct Surroundings<'w> {
    workings: &'w Workings<'w>,
    figures: &'w [Figure<'w>],
    /// How many figures the question tells.
    asked: usize,
    /// The question's wording.
    wording: Wording,
    /// Shares of what is pointed at, of all values together.
    words: f32,
}

struct Wording {
    sum: f32,
    less: f32,
    split: f32,
    each: f32,
}

impl<'w> Surroundings<'w> {
    pub(super) fn new(workings: &'w Workings<'w>, figures: &'w [Figure<'w>]) -> Self {
        let is = |pattern: &Regex| flag(pattern.is_match(workings.question));
        Self {
            workings,
            figures,
            asked: figures
                .iter()
                .filter(|figure| figure.origin == Origin::Question)
                .count(),
            wording: Wording {
                sum: is(&SUM),
                less: is(&LESS),
                split: is(&SPLIT),
                each: is(&EACH),
            },
            words: workings
                .told
                .iter()
                .map(|told| told.pointed[0][WORDS])
                .sum(),
        }
    }

    pub(super) fn features(&self, reckoning: &Reckoning) -> ReckoningFeatures {
        let mut features = Manner::ALL
            .map(|manner| flag(manner == reckoning.manner))
            .to_vec();
        features.extend(self.of_question(reckoning));
        features.extend(self.of_values(reckoning));
        features.extend(self.of_turns(reckoning));
        features.extend(self.of_units(reckoning));
        features.extend(self.of_result(reckoning));
        features.extend(self.of_days(reckoning));
        features.extend(self.of_coverage(reckoning));
        features.extend(of_shape(reckoning));
        features.try_into().expect("every feature has its place")
    }

    fn of(&self, reckoning: &Reckoning) -> impl Iterator<Item = &'w Told> {
        let told = self.workings.told;
        reckoning
            .places
            .clone()
            .into_iter()
            .map(move |at| &told[at])
    }

    /// The values that are left out of it and that it might have been made of.
    fn rest(&self, reckoning: &Reckoning) -> impl Iterator<Item = (usize, &'w Told)> {
        let of_days = matches!(reckoning.outcome, Outcome::Days(..));
        let told = self.workings.told.iter().enumerate();
        let places = reckoning.places.clone();
        let first: Vec<_> = places
            .iter()
            .map(|at| self.workings.told[*at].value.clone())
            .collect();
        told.filter(move |(at, told)| {
            let may = match told.kind {
                Kind::Date => of_days,
                Kind::Identifier => false,
                _ => !of_days,
            };
            may && !places.contains(at) && !first.contains(&told.value)
        })
    }

    /// How well the manner goes with the question.
    fn of_question(&self, reckoning: &Reckoning) -> [f32; 13] {
        let guess = self.workings.guess;
        let manner = guess.manner(reckoning.manner);
        let purpose = match reckoning.manner {
            Manner::Told => guess.share(Purpose::One) + guess.current(),
            Manner::Between => guess.share(Purpose::Between),
            Manner::After | Manner::Before => guess.share(Purpose::LastDay),
            _ => guess.share(Purpose::Reckoning),
        };
        let does = |operation: Operation| {
            let expression = reckoning.expression.as_ref();
            flag(expression.is_some_and(|expression| expression.does(operation)))
        };
        let [plus, minus, over] = [Operation::Plus, Operation::Minus, Operation::Over].map(does);
        let shared = self.of(reckoning).any(|told| told.kind == Kind::Percent);
        let shared = flag(shared).max(over);
        let Wording {
            sum,
            less,
            split,
            each,
        } = self.wording;
        [
            manner,
            in_nats(manner),
            purpose,
            in_nats(purpose),
            sum * plus,
            sum * minus,
            sum * (1.0 - plus),
            less * minus,
            less * plus,
            (1.0 - less) * minus,
            split * shared,
            (1.0 - split) * shared,
            each * does(Operation::Times),
        ]
    }

    /// How likely it is made of just these values.
    fn of_values(&self, reckoning: &Reckoning) -> [f32; 23] {
        let logit = |at: usize| self.workings.operands[at].max(FLOOR);
        let own = || reckoning.places.iter().map(|at| logit(*at));
        let count = reckoning.places.len();
        let left = || self.rest(reckoning).map(|(at, _)| logit(at));
        let (least, left_most) = (own().fold(0.0, f32::min), left().fold(FLOOR, f32::max));
        let pointed = |told: &Told| told.pointed[0][WORDS];
        let words = || self.of(reckoning).map(pointed);
        let most_left = self
            .rest(reckoning)
            .map(|(_, told)| pointed(told))
            .fold(0.0, f32::max);
        let least_words = words().fold(1.0, f32::min);
        let most = |at: usize| {
            self.of(reckoning)
                .map(|told| told.known[at])
                .fold(0.0, f32::max)
        };
        let mean =
            |at: usize| self.of(reckoning).map(|told| told.known[at]).sum::<f32>() / count as f32;
        [
            flag(count == 1),
            flag(count == 2),
            flag(count == 3),
            flag(count > 3),
            own().sum::<f32>(),
            own().sum::<f32>() / count as f32,
            least,
            left_most,
            least - left_most,
            left().filter(|logit| *logit > least).count().min(4) as f32,
            words().sum::<f32>() / self.words.max(f32::MIN_POSITIVE),
            in_nats(words().sum::<f32>()),
            in_nats(least_words),
            in_nats(most_left),
            in_nats(least_words) - in_nats(most_left),
            mean(BESIDE),
            mean(PROPERTY),
            most(VAGUE),
            mean(CLIENT),
            most(ASKS),
            flag(self.of(reckoning).any(|told| !told.holds())),
            reckoning.asked as f32,
            self.asked.min(3) as f32 - reckoning.asked as f32,
        ]
    }

    /// How much of the question its values answer between them.
    fn of_coverage(&self, reckoning: &Reckoning) -> [f32; 3] {
        let places = |of: &mut dyn Iterator<Item = usize>| of.map(|at| at as u32).collect();
        let own: Vec<u32> = places(&mut reckoning.places.iter().copied());
        let rest: Vec<u32> = places(&mut self.rest(reckoning).map(|(at, _)| at));
        self.workings.coverage.gains(&own, &rest)
    }

    /// How likely the turns that tell its values answer, and no others.
    fn of_turns(&self, reckoning: &Reckoning) -> [f32; 13] {
        let turns = &reckoning.turns;
        let exactly = |set: &[TurnId]| set.iter().map(|turn| turn.0).eq(turns.iter().copied());
        let has_all = |set: &[TurnId]| turns.iter().all(|turn| set.contains(&TurnId(*turn)));
        let behind = self.workings.sets.behind_with(exactly);
        let lines: Vec<usize> = self.of(reckoning).map(|told| told.line).collect();
        let same_line = lines.iter().max() == lines.iter().min();
        let evidence = |told: &Told| told.pointed[1][EVIDENCE];
        let least = self.of(reckoning).map(evidence).fold(1.0, f32::min);
        let left = self
            .rest(reckoning)
            .filter(|(_, told)| !turns.contains(&told.turn));
        let left = left.map(|(_, told)| evidence(told)).fold(0.0, f32::max);
        let stale = self
            .of(reckoning)
            .map(|told| told.pointed[1][STALE])
            .fold(0.0, f32::max);
        let own = self
            .of(reckoning)
            .map(|told| told.pointed[0][EVIDENCE])
            .fold(1.0, f32::min);
        let count = self.workings.guess.count(turns.len());
        [
            behind,
            flag(behind == 0.0),
            self.workings.sets.behind_with(has_all),
            count,
            in_nats(count),
            flag(turns.len() == 1),
            flag(turns.len() == 2),
            flag(turns.len() > 2),
            flag(same_line),
            in_nats(least),
            in_nats(left),
            in_nats(stale),
            in_nats(own),
        ]
    }

    /// Whether rates meet what they are told for.
    fn of_units(&self, reckoning: &Reckoning) -> [f32; 10] {
        let expression = reckoning.expression.as_ref();
        let places = expression
            .map(|expression| expression.places())
            .unwrap_or_default();
        let own = || places.iter().map(|at| &self.figures[*at]);
        let told = |figure: &Figure<'_>| Some(&self.workings.told[figure.place()?]);
        let multiplies = expression.is_some_and(|expression| expression.does(Operation::Times));
        let rates = || own().filter_map(|figure| told(figure)?.per);
        let times = || {
            own().filter_map(|figure| match figure.unit {
                Unit::Time(unit) => Some(unit),
                _ => None,
            })
        };
        let met = rates().any(|per| times().any(|unit| unit == per));
        let longer = rates().any(|per| times().any(|unit: TimeUnit| unit > per));
        let counts = own().filter_map(|figure| match figure.unit {
            Unit::Things(unit) => Some(unit.trim_end_matches('s').to_lowercase()),
            _ => None,
        });
        let counts: Vec<String> = counts.collect();
        let clauses = || own().filter(|figure| figure.is_money()).filter_map(told);
        let named = clauses().any(|told| {
            let clause = told.clause.to_lowercase();
            counts
                .iter()
                .any(|unit| !unit.is_empty() && clause.contains(unit.as_str()))
        });
        let each = clauses().any(|told| EACH.is_match(&told.clause));
        let has_rate = rates().next().is_some();
        [
            flag(multiplies && met),
            flag(multiplies && has_rate && !met),
            flag(!multiplies && has_rate),
            flag(multiplies && times().next().is_some() && !has_rate),
            flag(multiplies && longer),
            flag(multiplies && named),
            flag(multiplies && each),
            flag(multiplies && !counts.is_empty()),
            reckoning.calendar as f32,
            flag(own().any(|figure| matches!(figure.origin, Origin::Between(_)))),
        ]
    }

    /// What it comes to.
    fn of_result(&self, reckoning: &Reckoning) -> [f32; 5] {
        let guess = self.workings.guess;
        let (kind, told) = match &reckoning.outcome {
            Outcome::Figure(result, kind) => {
                let same = |told: &&Told| amount(&told.value) == Some(*result);
                (*kind, self.workings.told.iter().find(same))
            }
            Outcome::Days(_, kind) => (*kind, None),
        };
        let minuend = reckoning
            .expression
            .as_ref()
            .filter(|of| of.does(Operation::Minus));
        let minuend = minuend.and_then(|of| self.figures[of.places()[0]].place());
        let turn = |at: usize| self.workings.told[at].turn;
        let first = self.of(reckoning).map(|told| told.turn).min();
        [
            guess.of_kind(kind),
            in_nats(guess.of_kind(kind)),
            flag(reckoning.manner != Manner::Told && told.is_some()),
            flag(minuend.is_some_and(|at| Some(turn(at)) == first)),
            flag(
                matches!(&reckoning.outcome, Outcome::Figure(result, _) if !result.round_dp(2).eq(result)),
            ),
        ]
    }

    /// How its days stand to each other.
    fn of_days(&self, reckoning: &Reckoning) -> [f32; 10] {
        let Outcome::Days(away, _) = reckoning.outcome else {
            return [0.0; 10];
        };
        let lengths = self
            .of(reckoning)
            .filter(|told| told.kind == Kind::Duration);
        let lengths: Vec<&Told> = lengths.collect();
        let is = |pattern: &Regex| flag(lengths.iter().any(|told| pattern.is_match(&told.clause)));
        let dates = || self.of(reckoning).filter(|told| told.kind == Kind::Date);
        let last = dates().any(|told| IS_LAST.is_match(&told.clause));
        // "Within 60 days of receiving it" runs from the day that tells of a receipt.
        let begins = dates().flat_map(|day| {
            let lengths = lengths.iter();
            lengths.map(|length| alike(&length.clause, &day.clause))
        });
        let asks = |of: &Told| alike(&of.clause, self.workings.question);
        [
            (1.0 + away.unsigned_abs() as f32).ln() / 8.0,
            dates().map(|told| told.known[INFERRED]).fold(0.0, f32::max),
            is(&WITHIN),
            is(&AHEAD),
            flag(AHEAD.is_match(self.workings.question)),
            flag(last),
            // Days stand in their own order, so this tells whether that is the record's.
            flag(dates().map(|told| told.turn).is_sorted()),
            begins.fold(0.0, f32::max),
            lengths.iter().map(|of| asks(of)).fold(0.0, f32::max),
            dates().map(asks).fold(1.0, f32::min),
        ]
    }
}

/// How figures are put together in it.
fn of_shape(reckoning: &Reckoning) -> [f32; 6] {
    let Some(expression) = &reckoning.expression else {
        return [0.0; 6];
    };
    let count = |operation: Operation| expression.count(operation) as f32;
    let figures = expression.places();
    let mut different = figures.clone();
    different.sort_unstable();
    different.dedup();
    [
        count(Operation::Plus),
        count(Operation::Minus),
        count(Operation::Times),
        expression.brackets() as f32,
        flag(expression.does(Operation::Of)),
        flag(different.len() < figures.len()),
    ]
}
