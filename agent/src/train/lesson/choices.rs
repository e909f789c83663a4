//! What a lesson has to choose from, and what of that is right.

use std::sync::LazyLock;

use estoppel_memory::Value;
use estoppel_memory::extract::extract;
use jiff::civil::DateTime;
use regex::Regex;
use rust_decimal::Decimal;

use super::{ReaderLesson, Use};
use crate::consultation::ProbeKind;
use crate::eval::answers::{citations_right, value_right};
use crate::read::Most;
use crate::read::choose::{Likely, Told, operands, spread, value_features};
use crate::read::coverage::Coverage;
use crate::read::doubt::Scales;
use crate::read::evidence_set::{Before, EvidenceSet, EvidenceSets};
use crate::read::form::Form;
use crate::read::guess::Guess;
use crate::read::reckon::{Reckoning, ReckoningFeatures, Workings, amount};
use crate::read::weigh::{Features, NAMES, Row, VALUE_NAMES, ValueFeatures, without_attention};
use crate::train::choice::Choice;

impl ReaderLesson {
    /// The turns that answer, among all sentences.
    pub(in crate::train) fn sentences(&self, guess: &Guess, looking: bool) -> Choice {
        let rows = self.rows(guess, looking).into_iter();
        Choice {
            rows: rows.map(|(turn, row)| (turn, row.to_vec())).collect(),
            right: self.probe.evidence.clone(),
        }
    }

    /// What is known of each sentence, with its turn.
    fn rows(&self, guess: &Guess, looking: bool) -> Vec<(u32, Row)> {
        let told = &self.weighed.values;
        let kinds = |line: usize| {
            let of_line = told.iter().filter(move |told| told.line == line);
            of_line.map(|told| told.kind)
        };
        let row = |(line, (turn, features)): (usize, &(u32, Features))| {
            let mut features = *features;
            if !looking {
                without_attention(&mut features, &NAMES);
            }
            (*turn, guess.row(&features, kinds(line)))
        };
        self.weighed.sentences.iter().enumerate().map(row).collect()
    }

    /// The value that is the answer, among all, where sentences are so likely and the question
    /// is taken so.
    pub(in crate::train) fn answers(&self, logits: &[f32], guess: &Guess, looking: bool) -> Choice {
        let is_answer = |_: &Value, usage| usage == Use::Answer;
        let all: Vec<usize> = (0..self.uses.len()).collect();
        self.choice(logits, guess, looking, &all, is_answer)
    }

    /// The values that the answer is made of, among all that can be; none are right for a
    /// question that one value answers.
    pub(in crate::train) fn operands(
        &self,
        logits: &[f32],
        guess: &Guess,
        looking: bool,
    ) -> Choice {
        let is_told = self.is_told();
        let numbers = numbers(&self.probe.answer);
        let is_operand = |value: &Value, usage| !is_told && is_named(value, usage, &numbers);
        let which = operands(&self.weighed.values);
        self.choice(logits, guess, looking, &which, is_operand)
    }

    /// The sets of turns that a right answer may cite, among all; each piece is as likely as
    /// these logits say.
    pub(in crate::train) fn sets(
        &self,
        [logits, values, operands]: [&[f32]; 3],
        guess: &Guess,
        looking: bool,
    ) -> Choice {
        let sets = self.possible_sets([logits, values, operands], guess, looking);
        let is_right = |set: &EvidenceSet| citations_right(&self.probe, &set.turns, false);
        one_of(
            sets.iter()
                .map(|set| (is_right(set), set.features.to_vec())),
        )
    }

    /// All sets of turns that may answer; each piece is as likely as these logits say.
    fn possible_sets(
        &self,
        [logits, values, operands]: [&[f32]; 3],
        guess: &Guess,
        looking: bool,
    ) -> Vec<EvidenceSet> {
        let before = Before {
            sentences: &self.rows(guess, looking),
            logits,
            values: &self.weighed.values,
            value_logits: values,
            operand_logits: &self.by_value(operands),
            guess,
            coverage: looking.then_some(&self.weighed.coverage),
        };
        before.sets()
    }

    /// How likely each value is an operand, by the logits of those that may be.
    fn by_value(&self, logits: &[f32]) -> Vec<f32> {
        let told = &self.weighed.values;
        spread(told.len(), &operands(told), logits)
    }

    /// What the values come to, that which answers among it; each piece and each set is as likely
    /// as these logits say. Of no use where nothing is reckoned.
    pub(in crate::train) fn reckonings(
        &self,
        pieces: [&[f32]; 3],
        sets: &[f32],
        guess: &Guess,
        looking: bool,
    ) -> Choice {
        if !matches!(self.probe.kind, ProbeKind::Numeric | ProbeKind::Temporal) {
            return Choice::none();
        }
        let possible = self.possible_sets(pieces, guess, looking);
        let sets = EvidenceSets::new(possible, sets);
        let told = self.seen_by(looking);
        let operands = self.by_value(pieces[2]);
        let unseen = Coverage::default();
        let coverage = match looking {
            true => &self.weighed.coverage_of_values,
            false => &unseen,
        };
        let workings = Workings {
            coverage,
            ..self.workings(&told, &operands, &sets, guess)
        };
        let row = |(of, features): (Reckoning, ReckoningFeatures)| {
            let right = self.reckons_right(&of.result, &of.text, &of.turns);
            (right, features.to_vec())
        };
        one_of(workings.reckonings().into_iter().map(row))
    }

    /// The values, as they are known to who looks or does not.
    fn seen_by(&self, looking: bool) -> Vec<Told> {
        let values = self.weighed.values.iter();
        match looking {
            true => values.cloned().collect(),
            false => values.map(Told::unseen).collect(),
        }
    }

    pub(super) fn workings<'s>(
        &'s self,
        told: &'s [Told],
        operands: &'s [f32],
        sets: &'s EvidenceSets,
        guess: &'s Guess,
    ) -> Workings<'s> {
        Workings {
            question: &self.probe.question,
            told,
            operands,
            sets,
            guess,
            coverage: &self.weighed.coverage_of_values,
        }
    }

    /// Whether it comes to what is right, out of turns that answer.
    pub(super) fn reckons_right(&self, result: &str, text: &str, turns: &[u32]) -> bool {
        value_right(&self.probe, result)
            && value_right(&self.probe, text)
            && turns.iter().all(|turn| self.probe.evidence.contains(turn))
    }

    /// What was weighed, as a reader sees it.
    pub(in crate::train) fn scales(
        &self,
        logits: &[f32],
        values: &Choice,
        value_logits: &[f32],
        guess: &Guess,
        looking: bool,
    ) -> Vec<f32> {
        let values = values.rows.iter();
        let values: Vec<ValueFeatures> = values
            .map(|(_, f)| f.clone().try_into().expect("a feature for each name"))
            .collect();
        let attention = if looking {
            self.weighed.attention
        } else {
            Most::default()
        };
        Scales {
            sentences: &self.rows(guess, looking),
            logits,
            values: &values,
            value_logits,
            attention,
            guess,
        }
        .input()
    }

    /// Whether the likeliest value is the answer, or the likeliest turn answers where it takes
    /// words.
    pub(in crate::train) fn is_right(
        &self,
        logits: &[f32],
        values: &Choice,
        value_logits: &[f32],
        guess: &Guess,
    ) -> bool {
        if guess.form() == Form::Words {
            let turns = self.sentences(guess, true).ranked(logits);
            return turns
                .first()
                .is_some_and(|t| self.probe.evidence.contains(t));
        }
        let things = values.ranked(value_logits);
        things
            .first()
            .is_some_and(|thing| values.right.contains(thing))
    }

    /// Of the values in some places, those that are right.
    fn choice(
        &self,
        logits: &[f32],
        guess: &Guess,
        looking: bool,
        which: &[usize],
        is_right: impl Fn(&Value, Use) -> bool,
    ) -> Choice {
        /// Values that are wrong are things of their own.
        const WRONG: u32 = 1 << 16;
        let told = which.iter().map(|at| self.weighed.values[*at].clone());
        let told: Vec<Told> = told.collect();
        let uses = which.iter().map(|at| self.uses[*at]);
        let turns = self.weighed.sentences.iter().map(|(turn, _)| *turn);
        let features = value_features(&told, &Likely::new(logits.to_vec(), turns), guess);
        let answers = |told: &Told| self.probe.evidence.contains(&told.turn);
        let thing = |(at, (told, usage)): (usize, (&Told, Use))| match answers(told)
            && is_right(&told.value, usage)
        {
            true => told.same as u32,
            false => WRONG + at as u32,
        };
        let things = told.iter().zip(uses).enumerate().map(thing);
        let things: Vec<u32> = things.collect();
        let mut right: Vec<u32> = things.iter().copied().filter(|of| *of < WRONG).collect();
        right.sort_unstable();
        right.dedup();
        let rows = features.iter().map(|f| sighted(f, &VALUE_NAMES, looking));
        Choice {
            rows: things.into_iter().zip(rows).collect(),
            right,
        }
    }
}

/// Whether an answer that writes these numbers names a value.
pub(super) fn is_named(value: &Value, usage: Use, numbers: &[Decimal]) -> bool {
    let counted = amount(value).is_some_and(|amount| numbers.contains(&amount));
    usage == Use::Operand || counted
}

/// Rows of which those that are right are one thing, and others are things of their own.
fn one_of(rows: impl Iterator<Item = (bool, Vec<f32>)>) -> Choice {
    const RIGHT: u32 = 0;
    let row = |((is_right, features), at): ((bool, Vec<f32>), u32)| {
        (if is_right { RIGHT } else { at }, features)
    };
    Choice {
        rows: rows.zip(RIGHT + 1..).map(row).collect(),
        right: vec![RIGHT],
    }
}

/// Features, without the model's attention if it is not looked at.
fn sighted(features: &[f32], names: &[&str], looking: bool) -> Vec<f32> {
    let mut features = features.to_vec();
    if !looking {
        without_attention(&mut features, names);
    }
    features
}

/// The numbers that an answer names, in digits or in words.
pub(super) fn numbers(answer: &str) -> Vec<Decimal> {
    // The day plays no role: only what can be counted is looked at.
    let read = extract(answer, DateTime::default());
    let in_words = read
        .statements
        .iter()
        .filter_map(|told| amount(&told.value));
    let bare = read.numbers.iter().map(|number| number.count);
    in_digits(answer).chain(in_words).chain(bare).collect()
}

/// The numbers that a text writes in digits, in units where it counts by ten thousand.
fn in_digits(text: &str) -> impl Iterator<Item = Decimal> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?P<digits>\d[\d,]*(?:\.\d+)?)(?P<ten_thousand>万)?")
            .expect("the pattern is valid")
    });
    let number = |found: regex::Captures<'_>| {
        let digits: Decimal = found["digits"].replace(',', "").parse().ok()?;
        match found.name("ten_thousand") {
            Some(_) => digits.checked_mul(Decimal::from(10_000)),
            None => Some(digits),
        }
    };
    NUMBER.captures_iter(text).filter_map(number)
}
