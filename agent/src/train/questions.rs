//! Labelled sets as questions that a network learns from.

use std::path::{Path, PathBuf};

use estoppel_memory::matter::EvidenceError;
use estoppel_memory::retrieve::gat::{Example, Label};
use estoppel_memory::{Embedder, Matter};

use crate::eval::retrieval::memoised::Memoised;
use crate::eval::retrieval::play::{lent, play};
use crate::eval::retrieval::{Asked, EvalError, Format, Progress};

/// Files of one format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Their format.
    pub format: Format,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// The questions of one conversation. Splits never cut through one.
pub struct Conversation {
    /// The set's name for it.
    pub name: String,
    /// Which set it is of.
    pub format: Format,
    /// In the order in which they are asked.
    pub questions: Vec<MeasuredQuestion>,
}

/// A question with its candidates, and its labels.
pub struct MeasuredQuestion {
    /// What the set calls this kind of question.
    pub kind: String,
    /// The question with its labels.
    pub example: Example,
    /// The same of a record without the evidence.
    pub unanswerable: Example,
}

/// Reads sets, plays every conversation, and takes down each question when its time
/// has come.
///
/// # Errors
///
/// If a file is not of its format, the encoder fails, or a set holds a turn that
/// cannot be remembered.
pub fn conversations(
    sources: &[Source],
    embedder: &mut dyn Embedder,
    cache: Option<&Path>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Conversation>, EvalError> {
    let mut embedder = Memoised::new(embedder);
    if let Some(folder) = cache {
        embedder.keep_in(folder)?;
    }
    let mut conversations = Vec::new();
    for Source { format, files } in sources {
        for memory in format.read(files)?.memories {
            let mut questions = Vec::new();
            play(
                &memory,
                Matter::in_memory(),
                Some(&mut embedder),
                progress,
                &mut |matter, asked, embedder| {
                    let question = measured(matter, asked, embedder);
                    questions.push(question.map_err(|source| EvalError::Ask {
                        memory: memory.name.clone(),
                        question: asked.text.clone(),
                        source,
                    })?);
                    Ok(())
                },
            )?;
            conversations.push(Conversation {
                name: memory.name,
                format: *format,
                questions,
            });
            embedder.save()?;
        }
    }
    Ok(conversations)
}

fn measured(
    matter: &Matter,
    asked: &Asked,
    mut embedder: Option<&mut dyn Embedder>,
) -> Result<MeasuredQuestion, EvidenceError> {
    let label = Label {
        evidence: asked.evidence.clone(),
        outdated: asked.outdated.clone(),
    };
    Ok(MeasuredQuestion {
        kind: asked.kind.clone(),
        unanswerable: matter.example_without(&asked.text, lent(&mut embedder), &label)?,
        example: matter.example(&asked.text, lent(&mut embedder), label)?,
    })
}

/// What networks are trained on: every question, and one in three again without its
/// evidence.
pub(super) fn lessons_of<'a>(
    conversations: impl IntoIterator<Item = &'a Conversation>,
) -> impl Iterator<Item = Example> {
    conversations.into_iter().flat_map(|conversation| {
        let weight = weight(conversation.format);
        let every = every(conversation.format);
        let chosen = conversation.questions.iter().step_by(every).enumerate();
        chosen.flat_map(move |(at, question)| {
            let answerable = question.example.clone().weighted(weight);
            let without = (at % TWINS == 0).then(|| question.unanswerable.clone().weighted(weight));
            [Some(answerable), without].into_iter().flatten()
        })
    })
}

/// One question in this many is also learnt without its evidence.
const TWINS: usize = 3;

/// MemDaily's questions follow few patterns: one in six says as much as all.
fn every(format: Format) -> usize {
    match format {
        Format::Memdaily => 6,
        _ => 1,
    }
}

/// Consultations are few and are what this is for.
fn weight(format: Format) -> f32 {
    match format {
        Format::Consultation => 2.0,
        Format::Memdaily => 0.5,
        _ => 1.0,
    }
}
