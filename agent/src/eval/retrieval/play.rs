//! Playing a labelled memory turn by turn, and asking when the time has come.

use estoppel_memory::index::passage;
use estoppel_memory::{Embedder, Matter};

use super::memoised::Memoised;
use super::{Asked, EvalError, Memory};

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Turns of a memory are encoded.
    Encoding {
        /// The memory.
        memory: &'a str,
        /// Turns encoded.
        done: usize,
        /// Turns in all.
        all: usize,
    },
    /// Questions of a memory are asked.
    Asking {
        /// The memory.
        memory: &'a str,
        /// Questions asked.
        done: usize,
        /// Questions in all.
        all: usize,
    },
}

/// Is asked one question of a matter as it stands.
pub(crate) type Ask<'a> =
    dyn FnMut(&Matter, &Asked, Option<&mut dyn Embedder>) -> Result<(), EvalError> + 'a;

/// Plays a memory into a matter, and passes on each
/// question once the turn after which it is asked has been said.
pub(crate) fn play(
    memory: &Memory,
    mut matter: Matter,
    mut embedder: Option<&mut Memoised>,
    progress: &mut dyn FnMut(Progress<'_>),
    ask: &mut Ask<'_>,
) -> Result<(), EvalError> {
    if let Some(memoised) = &mut embedder {
        let texts: Vec<String> = memory.turns.iter().map(passage).collect();
        memoised.prepare(&texts, |done, all| {
            progress(Progress::Encoding {
                memory: &memory.name,
                done,
                all,
            });
        })?;
    }
    let mut embedder = embedder.map(|memoised| memoised as &mut dyn Embedder);
    let mut questions = memory.questions.iter().enumerate().peekable();
    for turn in &memory.turns {
        let id = matter
            .remember(turn.clone(), lent(&mut embedder))
            .map_err(|source| EvalError::Remember {
                memory: memory.name.clone(),
                source,
            })?;
        while let Some((at, asked)) = questions.next_if(|(_, asked)| asked.after <= id) {
            progress(Progress::Asking {
                memory: &memory.name,
                done: at,
                all: memory.questions.len(),
            });
            ask(&matter, asked, lent(&mut embedder))?;
        }
    }
    Ok(())
}

/// The same embedder for a shorter time.
pub(crate) fn lent<'a>(
    embedder: &'a mut Option<&mut dyn Embedder>,
) -> Option<&'a mut dyn Embedder> {
    match embedder {
        Some(embedder) => Some(&mut **embedder),
        None => None,
    }
}
