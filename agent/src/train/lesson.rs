//! Questions of consultations as lessons for the reader: what it knew of what lay before it,
//! and what of that was right.

mod choices;
mod labels;

pub(super) use labels::shown;

use std::ops::ControlFlow;
use std::path::Path;

use estoppel_memory::extract::extract;
use estoppel_memory::{Matter, Value};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::talk::file_of;
use crate::agent::Agent;
use crate::consultation::{Consultation, Probe};
use crate::error::{AskError, OpenError};
use crate::eval::answers::value_right;
use crate::read::{ValueTold, Weighed};

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
/// answers, with what the model attends to. `cache` is the folder where what the model reads is
/// kept, as in teaching a pointer. `progress` is told after each turn and may stop.
///
/// # Errors
///
/// If the agent fails, or `progress` stops.
pub fn reader_lessons(
    agent: &mut Agent,
    consultation: &Consultation,
    cache: &Path,
    progress: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Vec<ReaderLesson>, LessonError> {
    agent.switch(Matter::in_memory())?;
    let file = file_of(cache, &consultation.id);
    agent.keep_read_in(&file).map_err(OpenError::from)?;
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
    } else if told.stands && value_right(probe, &told.text) {
        Use::Answer
    } else if named.iter().any(same) {
        Use::Operand
    } else {
        Use::None
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::array;

    use rust_decimal::Decimal;

    use super::choices::numbers;
    use super::*;
    use crate::consultation::ProbeKind;
    use crate::read::choose::{Kind, Told};
    use crate::read::coverage::Coverage;
    use crate::read::form::Form;
    use crate::read::pointing::QuestionClasses;
    use crate::read::purpose::Purpose;
    use crate::read::weigh::NAMES;

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
                working: String::new(),
            },
            weighed: Weighed {
                sentences: (1..=10).map(sentence).collect(),
                values: (1..=10).map(told).collect(),
                attention: [if answer <= 10 { 0.5 } else { 0.1 }; 5],
                question: array::from_fn::<f32, 4, _>(|at| (at as f32).cos()).to_vec(),
                classes: QuestionClasses::default(),
                coverage: Coverage::default(),
                coverage_of_values: Coverage::default(),
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
    fn numbers_are_read_in_digits_and_in_words() {
        let read = numbers("$27,100: 3.5万 less 7,400.50, for eleven visits of a third each");
        for wanted in ["27100", "35000", "7400.50", "11", "33.33"] {
            assert!(read.contains(&wanted.parse().unwrap()), "{wanted}");
        }
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
