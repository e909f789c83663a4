//! Teaching the writer how answers come of what was told.

use std::fmt::{self, Display, Formatter};
use std::ops::ControlFlow;
use std::path::Path;

use estoppel_memory::extract::extract;
use estoppel_memory::{Embedder, Turn};
use estoppel_model::{Message, WriterLesson, WriterPlan, WriterTeacher};
use serde::Serialize;

use super::schedule::{Schedule, TeachingReport};
use super::talk::{TeachingError, lessons, read};
use super::working::outcome;
use crate::consultation::{Consultation, Probe, ProbeKind};
use crate::eval::answers::value_right;
use crate::eval::random::SplitMix;
use crate::language::Language;
use crate::read::working::{self, ALPHABET};
use crate::read::written;

/// A consultation as lessons for a writer.
pub struct WriterTalk {
    name: String,
    history: Vec<Message>,
    lessons: Vec<WriterLesson>,
}

/// How the writers that come with the program are planned; learnt in are the layers from `first`
/// on.
pub fn writer_plan(first: usize, seed: u64) -> WriterPlan {
    WriterPlan {
        beginning: "Working: ".to_owned(),
        alphabet: ALPHABET.to_owned(),
        first,
        rank: 8,
        seed,
    }
}

/// What a writer is worth on questions that it did not learn from.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct WriterFit {
    /// Consultations.
    pub consultations: usize,
    /// Questions.
    pub questions: usize,
    /// The mean loss, in nats a token.
    pub loss: f64,
}

impl Display for WriterFit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            consultations,
            questions,
            loss,
        } = self;
        write!(
            f,
            "{consultations} consultations left out, {questions} questions: loss {loss:.3}"
        )
    }
}

/// The questions of a consultation that a value answers or nothing, or whose working is known.
///
/// # Errors
///
/// If a working cannot be read, the encoder fails, or a turn cannot be kept.
pub fn writer_talk(
    consultation: &Consultation,
    encoder: &mut dyn Embedder,
) -> Result<WriterTalk, TeachingError> {
    let broken = consultation.probes.iter().find(|probe| {
        let told = !probe.working.is_empty();
        told && outcome(&probe.working).is_none()
    });
    if let Some(probe) = broken {
        return Err(TeachingError::Working {
            consultation: consultation.id.clone(),
            probe: probe.id.clone(),
            working: probe.working.clone(),
        });
    }
    let (history, lessons) = lessons(consultation, encoder, |probe, turns, _, prompt| {
        let text = text_of(probe, turns)?;
        Some(WriterLesson { prompt, text })
    })?;
    Ok(WriterTalk {
        name: consultation.id.clone(),
        history,
        lessons: lessons.into_iter().map(|(_, lesson)| lesson).collect(),
    })
}

/// What is to be written for a question: its working, or the value that answers it as it was told;
/// nothing where the record does not say.
fn text_of(probe: &Probe, turns: &[Turn]) -> Option<String> {
    if !probe.working.is_empty() || probe.kind == ProbeKind::Abstain {
        return Some(probe.working.clone());
    }
    let language = Language::of(&probe.question);
    let answering = turns
        .iter()
        .filter(|turn| probe.evidence.contains(&turn.id.0));
    let mut told = answering.flat_map(|turn| {
        let told = extract(&turn.text, turn.at).statements.into_iter();
        told.map(|told| (told.value, &turn.text[told.span]))
    });
    let answer = told.find(|(value, surface)| {
        let text = written(value, surface, language);
        working::of_value(value).is_some() && value_right(probe, &text)
    });
    answer.and_then(|(value, _)| working::of_value(&value))
}

/// Questions of a consultation that a step is taken after.
const A_STEP: usize = 8;

/// Goes through consultations so many times, and returns the writer as a file. `cache` and
/// `progress` are as in teaching a pointer.
///
/// # Errors
///
/// If the model fails.
pub fn train_writer(
    talks: &[WriterTalk],
    teacher: &mut WriterTeacher,
    schedule: &Schedule,
    cache: &Path,
    progress: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<(Vec<u8>, TeachingReport<WriterFit>), TeachingError> {
    let (learnt, left_out) = schedule.split(talks);
    if learnt.iter().all(|talk| talk.lessons.is_empty()) {
        return Err(TeachingError::Nothing);
    }
    let learn = |talk: &WriterTalk, rate, random: &mut SplitMix| {
        read(teacher.model(), &talk.name, &talk.history, cache)?;
        let mut lessons = talk.lessons.clone();
        random.shuffle(&mut lessons);
        let steps = lessons.chunks(A_STEP);
        let losses = steps.filter_map(|some| teacher.step(some, rate).transpose());
        Ok::<_, TeachingError>(losses.collect::<Result<_, _>>()?)
    };
    let gone = schedule.go_through(&learnt, learn, progress)?;
    let questions = learnt.iter().map(|talk| talk.lessons.len()).sum();
    let mut report = gone.report(learnt.len(), questions);
    if !left_out.is_empty() && !report.stopped {
        report.left_out = Some(measure(&left_out, teacher, cache)?);
    }
    Ok((teacher.writer()?, report))
}

fn measure(
    talks: &[&WriterTalk],
    teacher: &mut WriterTeacher,
    cache: &Path,
) -> Result<WriterFit, TeachingError> {
    let mut losses = Vec::new();
    for talk in talks {
        read(teacher.model(), &talk.name, &talk.history, cache)?;
        for lesson in &talk.lessons {
            losses.push(teacher.loss_of(lesson)?);
        }
    }
    Ok(WriterFit {
        consultations: talks.len(),
        questions: losses.len(),
        loss: losses.iter().sum::<f64>() / losses.len().max(1) as f64,
    })
}

#[cfg(test)]
mod tests {
    use estoppel_memory::{NewTurn, Role, TurnId};
    use jiff::civil::date;

    use super::*;
    use crate::consultation::Form;

    #[test]
    fn what_answers_is_written_as_a_working_a_value_or_nothing() {
        let turn = |id: u32, text: &str| Turn {
            id: TurnId(id),
            said: NewTurn::new(Role::Client, date(2024, 3, 5).at(9, 0, 0, 0), text),
        };
        let turns = [
            turn(1, "The deposit was £900."),
            turn(3, "No, it was £950, and I paid it on 1 March, to Ann."),
        ];
        let text = |kind, working: &str, accept: &str, evidence: &[u32]| {
            let probe = Probe {
                id: "p".to_owned(),
                after: 3,
                kind,
                question: "How much was it?".to_owned(),
                answer: String::new(),
                accept: vec![Form::One(accept.to_owned())],
                reject: Vec::new(),
                evidence: evidence.to_vec(),
                superseded: Vec::new(),
                working: working.to_owned(),
            };
            text_of(&probe, &turns)
        };
        let is = |text: Option<String>, expected: &str| assert_eq!(text.as_deref(), Some(expected));
        is(
            text(ProbeKind::Numeric, "950-900", "50", &[1, 3]),
            "950-900",
        );
        is(text(ProbeKind::Update, "", "950", &[3]), "950");
        is(text(ProbeKind::Single, "", "1 March", &[3]), "2024-03-01");
        is(text(ProbeKind::Abstain, "", "", &[]), "");
        assert_eq!(text(ProbeKind::Single, "", "Ann", &[3]), None);
        assert_eq!(text(ProbeKind::Update, "", "950", &[1]), None);
    }
}
