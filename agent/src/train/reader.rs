//! Training what the reader goes by when it looks for the sentences that answer.

use std::ops::ControlFlow;

use estoppel_memory::Matter;
use serde::Serialize;

use crate::agent::Agent;
use crate::consultation::Consultation;
use crate::error::{AskError, OpenError};
use crate::read::weigh::{Counts, Features, NAMES, Weights, without_attention};

/// A question of a consultation, with what the reader knew of the sentences before it.
#[derive(Clone, Debug)]
pub struct ReaderLesson {
    consultation: String,
    /// Each sentence with its turn.
    sentences: Vec<(u32, Features)>,
    /// The turns that answer.
    evidence: Vec<u32>,
}

/// How training went.
#[derive(Clone, Debug, Serialize)]
pub struct ReaderReport {
    /// Questions learnt from.
    pub questions: usize,
    /// Of how many consultations.
    pub consultations: usize,
    /// With the model's attention, and without.
    pub looking: Fit,
    /// Without.
    pub blind: Fit,
}

impl ReaderReport {
    /// For people.
    pub fn summary(&self) -> String {
        let line = |name: &str, fit: &Fit| {
            format!(
                "{name:<20} first {:.3}  all in five {:.3}  loss {:.3}",
                fit.first, fit.all_in_five, fit.loss
            )
        };
        [
            format!(
                "{} questions of {} consultations; on those left out in turn:",
                self.questions, self.consultations
            ),
            line("with attention", &self.looking),
            line("without", &self.blind),
        ]
        .join("\n")
            + "\n"
    }
}

/// How well weights fit, on consultations that they were not learnt from: each fifth of them
/// left out in turn.
#[derive(Clone, Debug, Serialize)]
pub struct Fit {
    /// The share of questions whose nearest sentence is of a turn that answers.
    pub first: f64,
    /// The share whose turns are all among the first five.
    pub all_in_five: f64,
    /// Mean loss, nats.
    pub loss: f64,
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

const FOLDS: usize = 5;
const STEPS: usize = 300;
const RATE: f64 = 0.05;
/// Keeps weights small, in units of a feature's deviation.
const DECAY: f64 = 0.05;

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
            let sentences = agent
                .sentences_for(&probe.question)
                .map_err(failed(format!("probe {}", probe.id)))?;
            let answers = |(turn, _): &(u32, Features)| probe.evidence.contains(turn);
            if sentences.iter().any(answers) {
                lessons.push(ReaderLesson {
                    consultation: consultation.id.clone(),
                    sentences,
                    evidence: probe.evidence.clone(),
                });
            }
        }
    }
    Ok(lessons)
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
    let blind: Vec<ReaderLesson> = lessons.iter().map(ReaderLesson::blind).collect();
    let weights = Weights::new(learn(lessons), learn(&blind));
    let report = ReaderReport {
        questions: lessons.len(),
        consultations: names.len(),
        looking: cross_validated(lessons, &names),
        blind: cross_validated(&blind, &names),
    };
    let json = serde_json::to_string_pretty(&weights).expect("numbers are written");
    Ok((json, report))
}

fn cross_validated(lessons: &[ReaderLesson], names: &[&str]) -> Fit {
    let mut fit = Fit {
        first: 0.0,
        all_in_five: 0.0,
        loss: 0.0,
    };
    let fold = |lesson: &&ReaderLesson| {
        let place = names.iter().position(|name| *name == lesson.consultation);
        place.unwrap_or(0) % FOLDS
    };
    for left_out in 0..FOLDS {
        let (judges, seen): (Vec<_>, Vec<_>) =
            lessons.iter().partition(|lesson| fold(lesson) == left_out);
        if seen.is_empty() {
            continue;
        }
        let counts = learn(&seen.into_iter().cloned().collect::<Vec<_>>());
        for lesson in judges {
            let ranked = lesson.ranked(&counts);
            let place = |turn: &u32| ranked.iter().position(|t| t == turn);
            let places: Vec<usize> = lesson
                .evidence
                .iter()
                .map(|turn| place(turn).unwrap_or(usize::MAX))
                .collect();
            fit.first += f64::from(u8::from(places.contains(&0)));
            fit.all_in_five += f64::from(u8::from(places.iter().all(|place| *place < 5)));
            let logits = lesson.sentences.iter();
            let logits: Vec<f64> = logits
                .map(|(_, f)| f64::from(counts.sharpness * counts.score(f)))
                .collect();
            fit.loss += lesson.loss(&logits).0;
        }
    }
    let questions = lessons.len() as f64;
    Fit {
        first: fit.first / questions,
        all_in_five: fit.all_in_five / questions,
        loss: fit.loss / questions,
    }
}

impl ReaderLesson {
    /// The same without what the model attends to.
    fn blind(&self) -> Self {
        let mut blind = self.clone();
        for (_, features) in &mut blind.sentences {
            without_attention(features);
        }
        blind
    }

    /// The turns, that of the nearest sentence first.
    fn ranked(&self, counts: &Counts) -> Vec<u32> {
        let mut scored: Vec<(f32, u32)> = self
            .sentences
            .iter()
            .map(|(turn, features)| (counts.score(features), *turn))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut ranked = Vec::new();
        for (_, turn) in scored {
            if !ranked.contains(&turn) {
                ranked.push(turn);
            }
        }
        ranked
    }

    /// The loss and its slope by each logit: for each turn that answers, how unlikely its
    /// sentences are together among all that are of no other such turn.
    fn loss(&self, logits: &[f64]) -> (f64, Vec<f64>) {
        let most = logits.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<f64> = logits.iter().map(|logit| (logit - most).exp()).collect();
        let mut slopes = vec![0.0; logits.len()];
        let told: Vec<u32> = self.evidence.clone();
        let found = |turn: &&u32| self.sentences.iter().any(|(t, _)| t == *turn);
        let told: Vec<&u32> = told.iter().filter(found).collect();
        let mut loss = 0.0;
        for turn in &told {
            let own = |at: usize| self.sentences[at].0 == **turn;
            let other = |at: usize| !own(at) && self.evidence.contains(&self.sentences[at].0);
            let sum = |which: &dyn Fn(usize) -> bool| -> f64 {
                let chosen = (0..weights.len()).filter(|at| which(*at));
                chosen.map(|at| weights[at]).sum()
            };
            let (all, of_turn) = (sum(&|at| !other(at)), sum(&own));
            loss += (all / of_turn).ln();
            for at in (0..weights.len()).filter(|at| !other(*at)) {
                slopes[at] += weights[at] / all;
                if own(at) {
                    slopes[at] -= weights[at] / of_turn;
                }
            }
        }
        let turns = told.len().max(1) as f64;
        slopes.iter_mut().for_each(|slope| *slope /= turns);
        (loss / turns, slopes)
    }
}

/// Adam on standardised features, every lesson in each step.
fn learn(lessons: &[ReaderLesson]) -> Counts {
    let (mean, deviation) = moments(lessons);
    let standard = |features: &Features| -> Vec<f64> {
        let each = features.iter().zip(&mean).zip(&deviation);
        each.map(|((f, m), d)| (f64::from(*f) - m) / d).collect()
    };
    let inputs: Vec<Vec<Vec<f64>>> = lessons
        .iter()
        .map(|lesson| lesson.sentences.iter().map(|(_, f)| standard(f)).collect())
        .collect();
    let mut weights = vec![0.0; NAMES.len()];
    let mut momentum = vec![(0.0, 0.0); NAMES.len()];
    for step in 1..=STEPS {
        let mut slope: Vec<f64> = weights.iter().map(|weight| DECAY * weight).collect();
        for (lesson, inputs) in lessons.iter().zip(&inputs) {
            let logits: Vec<f64> = inputs.iter().map(|input| dot(input, &weights)).collect();
            let (_, slopes) = lesson.loss(&logits);
            for (input, by_logit) in inputs.iter().zip(slopes) {
                for (slope, value) in slope.iter_mut().zip(input) {
                    *slope += by_logit * value / lessons.len() as f64;
                }
            }
        }
        for ((weight, slope), (first, second)) in weights.iter_mut().zip(slope).zip(&mut momentum) {
            *first = 0.9 * *first + 0.1 * slope;
            *second = 0.99 * *second + 0.01 * slope * slope;
            let of_step = |decay: f64| 1.0 - decay.powi(step as i32);
            let moved = (*first / of_step(0.9)) / ((*second / of_step(0.99)).sqrt() + 1e-8);
            *weight -= RATE * moved;
        }
    }
    let raw: Vec<f64> = weights.iter().zip(&deviation).map(|(w, d)| w / d).collect();
    let centre = dot(&raw, &mean);
    let spread = spread(&inputs, &weights);
    Counts::scaled(&raw, centre, spread)
}

/// The deviation of the scores that weights give.
fn spread(inputs: &[Vec<Vec<f64>>], weights: &[f64]) -> f64 {
    let scores = inputs.iter().flatten().map(|input| dot(input, weights));
    let (count, sum) = scores.fold((0.0, 0.0), |(n, sum), score| (n + 1.0, sum + score * score));
    (sum / f64::max(count, 1.0)).sqrt().max(1e-6)
}

/// Mean and deviation of each feature; a deviation of one where a feature never changes.
fn moments(lessons: &[ReaderLesson]) -> (Vec<f64>, Vec<f64>) {
    let all = || lessons.iter().flat_map(|l| &l.sentences).map(|(_, f)| f);
    let count = all().count().max(1) as f64;
    let each = |at: usize| all().map(move |features| f64::from(features[at]));
    let mean: Vec<f64> = (0..NAMES.len())
        .map(|at| each(at).sum::<f64>() / count)
        .collect();
    let deviation = |at: usize| {
        let squares = each(at)
            .map(|value| (value - mean[at]).powi(2))
            .sum::<f64>();
        match (squares / count).sqrt() {
            deviation if deviation > 1e-6 => deviation,
            _ => 1.0,
        }
    };
    let deviations = (0..NAMES.len()).map(deviation).collect();
    (mean, deviations)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences of ten turns, of which the one with the most words and attention answers.
    fn lesson(answer: u32, consultation: &str) -> ReaderLesson {
        let sentence = |turn: u32| {
            let mut features = [0.0; NAMES.len()];
            features[0] = if turn == answer { 0.6 } else { 0.3 };
            features[3] = (turn as f32 * 0.7).sin();
            features[NAMES.len() - 1] = if turn == answer { 1.0 } else { 0.5 };
            (turn, features)
        };
        ReaderLesson {
            consultation: consultation.to_owned(),
            sentences: (1..=10).map(sentence).collect(),
            evidence: vec![answer],
        }
    }

    #[test]
    fn what_tells_the_answer_comes_to_count() {
        let lessons: Vec<ReaderLesson> = (1..=10)
            .map(|answer| lesson(answer, &format!("talk {answer}")))
            .collect();
        let (json, report) = train_reader(&lessons).expect("there are lessons");
        assert_eq!(report.consultations, 10);
        assert_eq!((report.looking.first, report.blind.first), (1.0, 1.0));
        assert!(report.looking.loss < report.blind.loss);
        let weights: Weights = serde_json::from_str(&json).expect("it is read back");
        assert_eq!(lessons[2].ranked(weights.counts(true))[0], 3);
        assert!(train_reader(&[]).is_err());
    }

    #[test]
    fn the_slope_is_that_of_the_loss() {
        let lesson = ReaderLesson {
            evidence: vec![2, 5, 99],
            ..lesson(2, "talk")
        };
        let logits: Vec<f64> = (0..10).map(|at| f64::from(at).cos()).collect();
        let (_, slopes) = lesson.loss(&logits);
        for at in 0..10 {
            let moved = |by: f64| {
                let mut logits = logits.clone();
                logits[at] += by;
                lesson.loss(&logits).0
            };
            let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((measured - slopes[at]).abs() < 1e-6, "logit {at}");
        }
    }
}
