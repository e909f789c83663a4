//! Training what the reader goes by: which sentences answer a question, and which values.

use std::ops::ControlFlow;

use estoppel_memory::Matter;
use serde::Serialize;

use super::choice::{Choice, Fit, cross_validated, learn};
use crate::agent::Agent;
use crate::consultation::{Consultation, Probe};
use crate::error::{AskError, OpenError};
use crate::eval::answers::value_right;
use crate::read::ValueTold;
use crate::read::weigh::{BySight, NAMES, VALUE_NAMES, Weights, without_attention};

/// A question of a consultation, with what the reader knew of the sentences before it and of
/// the values that they tell.
#[derive(Clone, Debug)]
pub struct ReaderLesson {
    consultation: String,
    /// The turns that answer, among all sentences.
    sentences: Choice,
    /// The values that are right, among all of the wanted kind; none if no single value is.
    values: Option<Choice>,
}

/// How training went.
#[derive(Clone, Debug, Serialize)]
pub struct ReaderReport {
    /// Of how many consultations.
    pub consultations: usize,
    /// How well sentences are chosen, of which the answer's turns are.
    pub sentences: Sights,
    /// How well values are chosen, where one of them is the answer.
    pub values: Sights,
}

/// With the model's attention, and without.
#[derive(Clone, Debug, Serialize)]
pub struct Sights {
    /// With it.
    pub looking: Fit,
    /// Without.
    pub blind: Fit,
}

impl ReaderReport {
    /// For people.
    pub fn summary(&self) -> String {
        let line = |name: &str, fit: &Fit| {
            format!(
                "{name:<28} {:>4} questions  first {:.3}  all in five {:.3}  loss {:.3}\n",
                fit.questions, fit.first, fit.all_in_five, fit.loss
            )
        };
        format!(
            "{} consultations; on those left out in turn:\n",
            self.consultations
        ) + &line("sentences, with attention", &self.sentences.looking)
            + &line("sentences, without", &self.sentences.blind)
            + &line("values, with attention", &self.values.looking)
            + &line("values, without", &self.values.blind)
    }
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
            let weighed = agent
                .weigh(&probe.question)
                .map_err(failed(format!("probe {}", probe.id)))?;
            let sentences = Choice {
                rows: weighed
                    .sentences
                    .into_iter()
                    .map(|(turn, f)| (turn, f.to_vec()))
                    .collect(),
                right: probe.evidence.clone(),
            };
            if sentences.is_useful() {
                lessons.push(ReaderLesson {
                    consultation: consultation.id.clone(),
                    sentences,
                    values: right_values(probe, &weighed.values).filter(Choice::is_useful),
                });
            }
        }
    }
    Ok(lessons)
}

/// The values before a probe, those that it accepts from a turn that answers marked as right.
fn right_values(probe: &Probe, values: &[ValueTold]) -> Option<Choice> {
    const RIGHT: u32 = 0;
    let is_right =
        |told: &ValueTold| probe.evidence.contains(&told.turn) && value_right(probe, &told.text);
    let rows = values.iter().zip(1..).map(|(told, number)| {
        let label = if is_right(told) { RIGHT } else { number };
        (label, told.features.to_vec())
    });
    (!probe.evidence.is_empty()).then(|| Choice {
        rows: rows.collect(),
        right: vec![RIGHT],
    })
}

/// Learns what each feature counts, with and without attention; the same lessons give the
/// same weights. Returns the weights as JSON.
///
/// # Errors
///
/// If there are no lessons.
pub fn train_reader(lessons: &[ReaderLesson]) -> Result<(String, ReaderReport), LessonError> {
    if lessons.is_empty() {
        return Err(LessonError::Nothing);
    }
    let mut names: Vec<&str> = lessons.iter().map(|l| l.consultation.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    // Each fold leaves out whole consultations.
    let fold = |lesson: &ReaderLesson| {
        let place = names.iter().position(|name| *name == lesson.consultation);
        place.unwrap_or(0)
    };
    let sentences = lessons.iter().map(|l| (fold(l), l.sentences.clone()));
    let values = lessons
        .iter()
        .filter_map(|l| Some((fold(l), l.values.clone()?)));
    let (sentences, of_sentences) = both_sights(sentences.collect(), &NAMES);
    let (values, of_values) = both_sights(values.collect(), &VALUE_NAMES);
    let report = ReaderReport {
        consultations: names.len(),
        sentences: of_sentences,
        values: of_values,
    };
    let weights = Weights { sentences, values };
    let json = serde_json::to_string_pretty(&weights).expect("numbers are written");
    Ok((json, report))
}

/// Learns from choices, each with its fold, of rows of such features.
fn both_sights(looking: Vec<(usize, Choice)>, names: &[&str]) -> (BySight, Sights) {
    let mut blind = looking.clone();
    for (_, features) in blind.iter_mut().flat_map(|(_, choice)| &mut choice.rows) {
        without_attention(features, names);
    }
    let counts = |choices: &[(usize, Choice)]| {
        learn(
            &choices.iter().map(|(_, choice)| choice).collect::<Vec<_>>(),
            names.len(),
        )
    };
    let report = Sights {
        looking: cross_validated(&looking, names.len()),
        blind: cross_validated(&blind, names.len()),
    };
    (BySight::new(counts(&looking), counts(&blind)), report)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences of ten turns, of which the one with the most words and attention answers, and
    /// tells the right one of three values.
    fn lesson(answer: u32, consultation: &str) -> ReaderLesson {
        let sentence = |turn: u32| {
            let mut features = vec![0.0; NAMES.len()];
            features[0] = if turn == answer { 0.6 } else { 0.3 };
            features[3] = (turn as f32 * 0.7).sin();
            features[NAMES.len() - 1] = if turn == answer { 1.0 } else { 0.5 };
            (turn, features)
        };
        let value = |number: u32| {
            let mut features = vec![0.0; VALUE_NAMES.len()];
            features[0] = if number == 0 { -0.5 } else { -1.5 };
            features[VALUE_NAMES.len() - 1] = if number == 0 { 1.0 } else { 0.2 };
            (number, features)
        };
        ReaderLesson {
            consultation: consultation.to_owned(),
            sentences: Choice {
                rows: (1..=10).map(sentence).collect(),
                right: vec![answer],
            },
            values: Some(Choice {
                rows: (0..3).map(value).collect(),
                right: vec![0],
            }),
        }
    }

    #[test]
    fn what_tells_the_answer_comes_to_count() {
        let lessons: Vec<ReaderLesson> = (1..=10)
            .map(|answer| lesson(answer, &format!("talk {answer}")))
            .collect();
        let (json, report) = train_reader(&lessons).expect("there are lessons");
        assert_eq!(report.consultations, 10);
        for sights in [&report.sentences, &report.values] {
            assert_eq!((sights.looking.first, sights.blind.first), (1.0, 1.0));
            assert!(sights.looking.loss < sights.blind.loss);
        }
        let weights: Weights = serde_json::from_str(&json).expect("it is read back");
        let ranked = lessons[2].sentences.ranked(weights.sentences.counts(true));
        assert_eq!(ranked[0], 3);
        assert!(train_reader(&[]).is_err());
    }
}
