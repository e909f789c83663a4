//! Consultations that a model is taught on: their questions, each with the prompt that recalls what it
//! is about, and what the model reads of them once.

use std::path::{Path, PathBuf};

use estoppel_memory::matter::EvidenceError;
use estoppel_memory::{Embedder, Matter, Ranking, Turn};
use estoppel_model::{
    GenerateError, GenerateOptions, Generator, LocalModel, Message, PointerError, Prompt,
    TeachError,
};

use crate::agent::RANKED;
use crate::consultation::{Consultation, Probe};
use crate::prompt::{self, find};

/// A pointer, or a writer, could not be taught.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TeachingError {
    /// A turn or a question could not be looked up.
    #[error("{consultation}: {source}")]
    Evidence {
        /// The consultation's id.
        consultation: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model could not read a consultation.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The pointer could not be taught.
    #[error(transparent)]
    Teach(#[from] TeachError),
    /// What was taught is no pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// A question's working is none.
    #[error(
        "{consultation}: probe {probe}: its working {working:?} cannot be read; \
         tests/consultations/README.md tells how they are written"
    )]
    Working {
        /// The consultation's id.
        consultation: String,
        /// The probe's id.
        probe: String,
        /// As it stands there.
        working: String,
    },
    /// There is nothing to learn from.
    #[error("there is no question to learn from: name consultations with probes")]
    Nothing,
}

/// A consultation's history, and its questions, each with a lesson.
pub(super) type Lessons<L> = (Vec<Message>, Vec<(Probe, L)>);

/// The history of a consultation, and its questions as lessons: each is made of the record's turns,
/// of those that retrieval finds when it is asked, and of the prompt that recalls these.
pub(super) fn lessons<L>(
    consultation: &Consultation,
    encoder: &mut dyn Embedder,
    lesson: impl Fn(&Probe, &[Turn], &[&Turn], Prompt) -> Option<L>,
) -> Result<Lessons<L>, TeachingError> {
    let failed = |source: EvidenceError| TeachingError::Evidence {
        consultation: consultation.id.clone(),
        source: source.into(),
    };
    let mut matter = Matter::in_memory();
    let mut asked = Vec::new();
    for turn in &consultation.turns {
        let kept = matter.remember(turn.to_new(), Some(encoder));
        kept.map_err(|source| TeachingError::Evidence {
            consultation: consultation.id.clone(),
            source: source.into(),
        })?;
        for probe in consultation.probes_after(turn.turn) {
            let found = matter.evidence(&probe.question, Some(encoder), Ranking::Hybrid, RANKED);
            let found = found.map_err(failed)?.turns;
            asked.push((
                probe.clone(),
                found.iter().map(|ranked| ranked.turn).collect::<Vec<_>>(),
            ));
        }
    }
    let turns = matter.turns();
    // All of it, also where a question was asked before the end: what is recalled is the same.
    let history = prompt::history(turns);
    let made = asked.into_iter().filter_map(|(probe, found)| {
        let shown: Vec<&Turn> = found.iter().filter_map(|id| find(turns, *id)).collect();
        let prompt = prompt::look(&probe.question, history.clone(), &shown);
        let lesson = lesson(&probe, turns, &shown, prompt)?;
        Some((probe, lesson))
    });
    let made = made.collect();
    Ok((history, made))
}

/// Has a model read a consultation, unless it has.
pub(super) fn read(
    model: &mut LocalModel,
    name: &str,
    history: &[Message],
    cache: &Path,
) -> Result<(), GenerateError> {
    model.keep(Some(&file_of(cache, name)))?;
    let prompt = Prompt {
        history: history.to_vec(),
        ..Prompt::default()
    };
    let mut reading = model.start(&prompt, &GenerateOptions::default())?;
    while reading.next_step()?.is_some() {}
    Ok(())
}

/// The file of a folder where what the model read of a consultation is kept.
pub(super) fn file_of(cache: &Path, consultation: &str) -> PathBuf {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let file: String = consultation.chars().map(plain).collect();
    cache.join(file).with_extension("kv")
}
