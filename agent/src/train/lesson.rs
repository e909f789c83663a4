//! Questions of consultations as lessons for the reader: what it knew of what lay before it,
//! and what of that was right.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use estoppel_memory::extract::extract;
use estoppel_memory::{Matter, Value};
use jiff::civil::DateTime;
use regex::Regex;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use crate::agent::Agent;
use crate::consultation::{Consultation, Probe, ProbeKind};
use crate::error::{AskError, OpenError};
use crate::eval::answers::{citations_right, value_right};
use crate::read::choose::{Kind, Likely, Told, is_operand, value_features};
use crate::read::doubt::Scales;
use crate::read::evidence_set::{Before, EvidenceSet};
use crate::read::guess::{Form, Guess, Purpose, input, is_of_days};
use crate::read::pointing::QuestionClasses;
use crate::read::weigh::{Features, NAMES, Row, VALUE_NAMES, ValueFeatures, without_attention};
use crate::read::{Ask, Most, ValueTold, Weighed, amount};

/// A question of a consultation, with what the reader knew of the sentences before it and of
/// the values that they tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReaderLesson {
    pub(super) consultation: String,
    pub(super) probe: Probe,
    weighed: Weighed,
    /// Of each value, what it is and what it is to the answer.
    values: Vec<(Value, Use)>,
}

/// What a value is to the answer of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Use {
    /// It is the answer, told in a turn that answers.
    Answer,
    /// The answer names it, and it is told in a turn that answers.
    Operand,
    /// It has nothing to do with it.
    None,
}

/// Lessons could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LessonError {
    /// A turn or question of a consultation failed.
    #[error("{consultation}, {place}: {source}")]
    Agent {
        /// The consultation's id.
        consultation: String,
        /// The turn or probe.
        place: String,
        /// Why.
        source: AskError,
    },
    /// The model could not turn to a new consultation.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is nothing to learn from.
    #[error("there is no question to learn from: name consultations with probes")]
    Nothing,
    /// The caller asked to stop.
    #[error("training was stopped")]
    Stopped,
}

/// Plays a consultation in a matter of its own and takes down every question that it
/// answers. `progress` is told after each turn and may stop.
///
/// # Errors
///
/// If the agent fails, or `progress` stops.
pub fn reader_lessons(
    agent: &mut Agent,
    consultation: &Consultation,
    progress: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Vec<ReaderLesson>, LessonError> {
    agent.switch(Matter::in_memory())?;
    let mut lessons = Vec::new();
    let failed = |place: String| {
        move |source| LessonError::Agent {
            consultation: consultation.id.clone(),
            place,
            source,
        }
    };
    for turn in &consultation.turns {
        let place = || format!("turn {}", turn.turn);
        agent.remember(turn.to_new()).map_err(failed(place()))?;
        if progress().is_break() {
            return Err(LessonError::Stopped);
        }
        for probe in consultation.probes_after(turn.turn) {
            agent
                .read_ahead(&mut |_, _| true)
                .map_err(failed(place()))?;
            let (weighed, told) = agent
                .weigh(&probe.question)
                .map_err(failed(format!("probe {}", probe.id)))?;
            let named = named(&probe.answer, turn.at);
            lessons.push(ReaderLesson {
                consultation: consultation.id.clone(),
                probe: probe.clone(),
                weighed,
                values: told
                    .into_iter()
                    .map(|told| (told.value.clone(), used(&told, probe, &named)))
                    .collect(),
            });
        }
    }
    Ok(lessons)
}

/// The values that a right answer names.
fn named(answer: &str, at: DateTime) -> Vec<Value> {
    let read = extract(answer, at);
    read.statements.into_iter().map(|told| told.value).collect()
}

/// What a value is to a probe whose answer names these.
fn used(told: &ValueTold, probe: &Probe, named: &[Value]) -> Use {
    let same = |other: &Value| match (other, &told.value) {
        (Value::Money { amount: a, .. }, Value::Money { amount: b, .. }) => a == b,
        (Value::Date { date: a, .. }, Value::Date { date: b, .. }) => a == b,
        (a, b) => a == b,
    };
    if !probe.evidence.contains(&told.turn) {
        Use::None
    } else if value_right(probe, &told.text) {
        Use::Answer
    } else if named.iter().any(same) {
        Use::Operand
    } else {
        Use::None
    }
}

impl ReaderLesson {
    /// The turns that answer, among all sentences.
    pub(super) fn sentences(&self, guess: &Guess, looking: bool) -> Choice {
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
    pub(super) fn answers(&self, logits: &[f32], guess: &Guess, looking: bool) -> Choice {
        let is_answer = |_: &Value, usage| usage == Use::Answer;
        self.choice(logits, guess, looking, |_| true, is_answer)
    }

    /// The values that the answer is made of, among all that can be; none are right for a
    /// question that one value answers.
    pub(super) fn operands(&self, logits: &[f32], guess: &Guess, looking: bool) -> Choice {
        let is_told = self.is_told();
        let days = self.is_of_days();
        let numbers = numbers(&self.probe.answer);
        let is_named = |value: &Value, usage| {
            let counted = amount(value).is_some_and(|amount| numbers.contains(&amount));
            !is_told && (usage == Use::Operand || counted)
        };
        let which = |value: &Value| is_operand(value, days);
        self.choice(logits, guess, looking, which, is_named)
    }

    /// The sets of turns that a right answer may cite, among all; each piece is as likely as
    /// these logits say.
    pub(super) fn sets(
        &self,
        [logits, values, operands]: [&[f32]; 3],
        guess: &Guess,
        looking: bool,
    ) -> Choice {
        /// Sets that are right are one thing, others are things of their own.
        const RIGHT: u32 = 0;
        let operands = self
            .turns_of_operands()
            .into_iter()
            .zip(operands.iter().copied());
        let before = Before {
            sentences: &self.rows(guess, looking),
            logits,
            values: &self.weighed.values,
            value_logits: values,
            operands: &operands.collect::<Vec<_>>(),
            guess,
            looking,
        };
        let row = |(set, at): (EvidenceSet, u32)| {
            let thing = match citations_right(&self.probe, &set.turns, false) {
                true => RIGHT,
                false => at,
            };
            (thing, set.features.to_vec())
        };
        Choice {
            rows: before
                .sets()
                .into_iter()
                .zip(RIGHT + 1..)
                .map(row)
                .collect(),
            right: vec![RIGHT],
        }
    }

    /// The turns of the values that the answer can be made of, as [`Self::operands`] has them.
    fn turns_of_operands(&self) -> Vec<u32> {
        let days = self.is_of_days();
        let each = self.weighed.values.iter().zip(&self.values);
        each.filter(|(_, (value, _))| is_operand(value, days))
            .map(|(told, _)| told.turn)
            .collect()
    }

    /// Whether what the answer is made of are days.
    fn is_of_days(&self) -> bool {
        self.form()
            .is_some_and(|form| is_of_days(self.purpose(), form))
    }

    /// What was weighed, as a reader sees it.
    pub(super) fn scales(
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
    pub(super) fn is_right(
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

    /// Whether one value is the answer.
    fn is_told(&self) -> bool {
        self.values.iter().any(|(_, usage)| *usage == Use::Answer)
    }

    /// What the question is for.
    pub(super) fn purpose(&self) -> Purpose {
        match self.probe.kind {
            ProbeKind::Multi => Purpose::Several,
            ProbeKind::Contradiction => Purpose::Accounts,
            ProbeKind::Update => Purpose::Current,
            ProbeKind::Numeric => Purpose::Reckoning,
            ProbeKind::Temporal if self.is_told() => Purpose::One,
            ProbeKind::Temporal => match self.first_named() {
                Some(Value::Duration { .. }) => Purpose::Between,
                Some(Value::Date { .. }) if self.probe.evidence.len() > 1 => Purpose::LastDay,
                _ => Purpose::One,
            },
            _ => Purpose::One,
        }
    }

    /// The form of its answer, if there is one.
    pub(super) fn form(&self) -> Option<Form> {
        let used = |wanted: Use| {
            let mut values = self
                .values
                .iter()
                .filter(move |(_, usage)| *usage == wanted);
            values.next().map(|(value, _)| Form::Value(Kind::of(value)))
        };
        match self.purpose() {
            _ if self.probe.evidence.is_empty() => None,
            Purpose::Accounts => Some(Form::Words),
            Purpose::LastDay => Some(Form::Value(Kind::Date)),
            Purpose::Between => Some(Form::Value(Kind::Duration)),
            Purpose::Reckoning => {
                let first = self.first_named();
                first.map(|value| Form::Value(Kind::of(&value)))
            }
            Purpose::Several => used(Use::Operand).or(Some(Form::Words)),
            Purpose::One | Purpose::Current => used(Use::Answer).or(Some(Form::Words)),
        }
    }

    /// The first value that a right answer names.
    fn first_named(&self) -> Option<Value> {
        // The day plays no role, for only the kind is looked at.
        named(&self.probe.answer, DateTime::default())
            .into_iter()
            .next()
    }

    /// What a guess of the question is made from.
    pub(super) fn asked(&self, looking: bool) -> Vec<f32> {
        let question = &self.probe.question;
        let classes = looking.then_some(self.weighed.classes);
        input(
            &Ask::of(question),
            question,
            &self.weighed.question,
            classes,
        )
    }

    /// What the question is taken for, where its purposes and forms are so likely.
    pub(super) fn guess(&self, purposes: &[f32], forms: &[f32], looking: bool) -> Option<Guess> {
        let classes = match looking {
            true => self.weighed.classes,
            false => QuestionClasses::default(),
        };
        Guess::learnt(purposes, forms, classes)
    }

    /// Of the values that `which` names, those that are right.
    fn choice(
        &self,
        logits: &[f32],
        guess: &Guess,
        looking: bool,
        which: impl Fn(&Value) -> bool,
        is_right: impl Fn(&Value, Use) -> bool,
    ) -> Choice {
        /// Values that are wrong are things of their own.
        const WRONG: u32 = 1 << 16;
        let rows = self.weighed.values.iter().zip(&self.values);
        let rows = rows.filter(|(_, (value, _))| which(value));
        let (told, values): (Vec<Told>, Vec<&(Value, Use)>) =
            rows.map(|(told, value)| (told.clone(), value)).unzip();
        let turns = self.weighed.sentences.iter().map(|(turn, _)| *turn);
        let features = value_features(&told, &Likely::new(logits.to_vec(), turns), guess);
        let answers = |told: &Told| self.probe.evidence.contains(&told.turn);
        let thing =
            |(at, (told, (value, usage))): (usize, (&Told, &(Value, Use)))| match answers(told)
                && is_right(value, *usage)
            {
                true => told.same as u32,
                false => WRONG + at as u32,
            };
        let things = told.iter().zip(values).enumerate().map(thing);
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

/// Features, without the model's attention if it is not looked at.
fn sighted(features: &[f32], names: &[&str], looking: bool) -> Vec<f32> {
    let mut features = features.to_vec();
    if !looking {
        without_attention(&mut features, names);
    }
    features
}

/// The numbers that a text writes in digits, in units where it counts by ten thousand.
fn numbers(text: &str) -> Vec<Decimal> {
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
    NUMBER.captures_iter(text).filter_map(number).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use std::array;

    use super::*;

    /// A question about ten turns of one sentence and one sum each, of which the one with the
    /// most words and attention answers; of none, if it is past them.
    pub(in crate::train) fn lesson(answer: u32, consultation: &str) -> ReaderLesson {
        let is_answer = |turn: u32| f32::from(u8::from(turn == answer));
        let sentence = |turn: u32| {
            let mut features = [0.0; NAMES.len()];
            features[0] = 0.3 + 0.3 * is_answer(turn);
            features[3] = (turn as f32 * 0.7).sin();
            features[NAMES.len() - 1] = 0.5 + 0.5 * is_answer(turn);
            (turn, features)
        };
        let told = |turn: u32| {
            let attention = 0.1 + 0.5 * is_answer(turn);
            Told::unknown(turn as usize - 1, turn, Kind::Money, attention)
        };
        let value = |turn: u32| {
            let value = Value::Money {
                amount: Decimal::from(100 * turn),
                currency: None,
            };
            let usage = if turn == answer {
                Use::Answer
            } else {
                Use::None
            };
            (value, usage)
        };
        let evidence = Vec::from_iter((answer <= 10).then_some(answer));
        ReaderLesson {
            consultation: consultation.to_owned(),
            probe: Probe {
                id: "p".to_owned(),
                after: 10,
                kind: ProbeKind::Single,
                question: "How much was the deposit?".to_owned(),
                answer: format!("${}", 100 * answer),
                accept: Vec::new(),
                reject: Vec::new(),
                evidence,
                superseded: Vec::new(),
            },
            weighed: Weighed {
                sentences: (1..=10).map(sentence).collect(),
                values: (1..=10).map(told).collect(),
                attention: [if answer <= 10 { 0.5 } else { 0.1 }; 5],
                question: array::from_fn::<f32, 4, _>(|at| (at as f32).cos()).to_vec(),
                classes: QuestionClasses::default(),
            },
            values: (1..=10).map(value).collect(),
        }
    }

    #[test]
    fn lessons_are_read_back() {
        let lesson = lesson(3, "talk");
        let json = serde_json::to_string(&lesson).expect("it is written");
        let read: ReaderLesson = serde_json::from_str(&json).expect("it is read");
        assert_eq!(read.consultation, "talk");
        assert_eq!(read.values, lesson.values);
        assert_eq!(read.weighed.sentences, lesson.weighed.sentences);
    }

    #[test]
    fn numbers_are_read_in_digits() {
        let read = numbers("$27,100: 3.5万 less 7,400.50");
        let wanted = ["27100", "35000", "7400.50"].map(|n| n.parse::<Decimal>().unwrap());
        assert_eq!(read, wanted);
    }

    #[test]
    fn what_a_question_is_for_is_told_by_its_answer() {
        let mut lesson = lesson(3, "talk");
        assert_eq!(lesson.purpose(), Purpose::One);
        assert_eq!(lesson.form(), Some(Form::Value(Kind::Money)));
        lesson
            .values
            .iter_mut()
            .for_each(|(_, usage)| *usage = Use::None);
        lesson.probe.kind = ProbeKind::Temporal;
        for (answer, purpose) in [
            ("7 days: 24 September to 1 October 2024.", Purpose::Between),
            ("15 October 2024: 75 days after 1 August.", Purpose::LastDay),
        ] {
            lesson.probe.answer = answer.to_owned();
            lesson.probe.evidence = vec![3, 5];
            assert_eq!(lesson.purpose(), purpose, "{answer}");
        }
    }
}
