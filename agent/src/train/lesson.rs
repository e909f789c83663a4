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
use crate::read::choose::{Kind, Likely, Told, operands, spread, value_features};
use crate::read::doubt::Scales;
use crate::read::evidence_set::{Before, EvidenceSet, EvidenceSets};
use crate::read::guess::{Form, Guess, Purpose, input};
use crate::read::pointing::QuestionClasses;
use crate::read::reckon::{Manner, Reckoning, Workings, amount};
use crate::read::weigh::{Features, NAMES, Row, VALUE_NAMES, ValueFeatures, without_attention};
use crate::read::{Ask, Most, ValueTold, Weighed};

/// A question of a consultation, with what the reader knew of the sentences before it and of
/// the values that they tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReaderLesson {
    pub(super) consultation: String,
    pub(super) probe: Probe,
    weighed: Weighed,
    /// What each value is to the answer.
    uses: Vec<Use>,
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
/// answers, with what the model attends to if it is `looking`; without, the model has nothing to
/// read. `progress` is told after each turn and may stop.
///
/// # Errors
///
/// If the agent fails, or `progress` stops.
pub fn reader_lessons(
    agent: &mut Agent,
    consultation: &Consultation,
    looking: bool,
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
            if looking {
                agent
                    .read_ahead(&mut |_, _| true)
                    .map_err(failed(place()))?;
            }
            let (weighed, told) = agent
                .weigh(&probe.question, looking)
                .map_err(failed(format!("probe {}", probe.id)))?;
            let named = named(&probe.answer, turn.at);
            lessons.push(ReaderLesson {
                consultation: consultation.id.clone(),
                probe: probe.clone(),
                weighed,
                uses: told.iter().map(|told| used(told, probe, &named)).collect(),
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
        let all: Vec<usize> = (0..self.uses.len()).collect();
        self.choice(logits, guess, looking, &all, is_answer)
    }

    /// The values that the answer is made of, among all that can be; none are right for a
    /// question that one value answers.
    pub(super) fn operands(&self, logits: &[f32], guess: &Guess, looking: bool) -> Choice {
        let is_told = self.is_told();
        let numbers = numbers(&self.probe.answer);
        let is_operand = |value: &Value, usage| !is_told && is_named(value, usage, &numbers);
        let which = operands(&self.weighed.values);
        self.choice(logits, guess, looking, &which, is_operand)
    }

    /// The sets of turns that a right answer may cite, among all; each piece is as likely as
    /// these logits say.
    pub(super) fn sets(
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
            looking,
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
    pub(super) fn reckonings(
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
        let reckonings = self.workings(&told, &operands, &sets, guess).reckonings();
        let row = |of: &Reckoning| {
            let right = self.reckons_right(&of.result, &of.text, &of.turns);
            (right, of.features.to_vec())
        };
        one_of(reckonings.iter().map(row))
    }

    /// The values, as they are known to who looks or does not.
    fn seen_by(&self, looking: bool) -> Vec<Told> {
        let values = self.weighed.values.iter();
        match looking {
            true => values.cloned().collect(),
            false => values.map(Told::unseen).collect(),
        }
    }

    fn workings<'s>(
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
        }
    }

    fn reckons_right(&self, result: &str, text: &str, turns: &[u32]) -> bool {
        value_right(&self.probe, result)
            && value_right(&self.probe, text)
            && citations_right(&self.probe, turns, false)
    }

    /// How the answer comes of what was told: the plainest manner that is right, if it was told
    /// or can be reckoned.
    pub(super) fn manner(&self) -> Option<Manner> {
        if self.is_told() {
            return Some(Manner::Told);
        }
        if !matches!(self.probe.kind, ProbeKind::Numeric | ProbeKind::Temporal) {
            return None;
        }
        // Each value that the answer names is as likely as any, all others are not.
        const UNUSED: f32 = -8.0;
        let numbers = numbers(&self.probe.answer);
        let values = self.weighed.values.iter().zip(&self.uses);
        let likely = values.map(
            |(told, usage)| match is_named(&told.value, *usage, &numbers) {
                true => 0.0,
                false => UNUSED,
            },
        );
        let operands: Vec<f32> = likely.collect();
        let (sets, guess) = (EvidenceSets::default(), Guess::known(self.purpose(), &[]));
        let workings = self.workings(&self.weighed.values, &operands, &sets, &guess);
        let right = workings.all().into_iter().filter(|of| {
            let turns = workings.turns(&of.places);
            self.reckons_right(&of.result, &of.text, &turns)
        });
        let plainest = right.min_by_key(|of| (of.places.len(), of.manner.place()));
        plainest.map(|of| of.manner)
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
        self.uses.contains(&Use::Answer)
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
                Some(Value::Date { .. }) if self.names_limit() => Purpose::LastDay,
                _ => Purpose::One,
            },
            _ => Purpose::One,
        }
    }

    /// The form of its answer, if there is one.
    pub(super) fn form(&self) -> Option<Form> {
        let used = |wanted: Use| {
            let first = self.uses.iter().position(|usage| *usage == wanted);
            first.map(|at| Form::Value(self.weighed.values[at].kind))
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

    /// Whether a right answer names a length of time, or more than one turn.
    fn names_limit(&self) -> bool {
        let named = named(&self.probe.answer, DateTime::default());
        let lasts = |value: &Value| matches!(value, Value::Duration { .. });
        self.probe.evidence.len() > 1 || named.iter().any(lasts)
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
    pub(super) fn guess(
        &self,
        [purposes, forms, manners]: [&[f32]; 3],
        looking: bool,
    ) -> Option<Guess> {
        let classes = match looking {
            true => self.weighed.classes,
            false => QuestionClasses::default(),
        };
        Guess::learnt(purposes, forms, manners, classes)
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
fn is_named(value: &Value, usage: Use, numbers: &[Decimal]) -> bool {
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
            let value = Value::Money {
                amount: Decimal::from(100 * turn),
                currency: None,
            };
            Told::unknown(turn as usize - 1, turn, value, attention)
        };
        let usage = |turn: u32| match turn == answer {
            true => Use::Answer,
            false => Use::None,
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
            uses: (1..=10).map(usage).collect(),
        }
    }

    #[test]
    fn lessons_are_read_back() {
        let lesson = lesson(3, "talk");
        let json = serde_json::to_string(&lesson).expect("it is written");
        let read: ReaderLesson = serde_json::from_str(&json).expect("it is read");
        assert_eq!(read.consultation, "talk");
        assert_eq!(read.uses, lesson.uses);
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
        lesson.uses.fill(Use::None);
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
