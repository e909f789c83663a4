//! Plays a consultation through a system.

use crate::answering::Event;
use crate::consultation::{Consultation, Probe};
use crate::error::AskError;

use super::respondent::Respondent;
use super::score::{ProbeResult, score};

/// Something that happened while a consultation was played.
#[derive(Debug)]
#[non_exhaustive]
pub enum Played<'a> {
    /// A turn is durable in the matter.
    Remembered {
        /// Its number.
        turn: u32,
        /// How many the file has.
        of: usize,
    },
    /// The model reads the turns that it has not read yet, before a probe.
    Reading {
        /// Tokens read.
        done: usize,
        /// Tokens in all.
        total: usize,
    },
    /// A probe is being answered; follows every event of the answer.
    Answering {
        /// The probe.
        probe: &'a Probe,
        /// What happened.
        event: &'a Event,
    },
    /// A probe was answered and scored.
    Probed(&'a ProbeResult),
}

/// Playing failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlayError {
    /// The system failed at a turn or probe.
    #[error("{file}: {place}: {source}")]
    Agent {
        /// The consultation file.
        file: String,
        /// The turn or probe.
        place: String,
        /// Why.
        source: AskError,
    },
    /// The observer asked to stop.
    #[error("interrupted")]
    Interrupted,
}

/// Remembers the turns as they are and asks each probe after the turn that it
/// names. Probes leave no trace. `file` is named in results; `observe` is told
/// of every step and stops the play by answering false.
pub fn play(
    system: &mut dyn Respondent,
    consultation: &Consultation,
    file: &str,
    observe: &mut dyn FnMut(Played<'_>) -> bool,
) -> Result<Vec<ProbeResult>, PlayError> {
    let mut results = Vec::new();
    for scripted in &consultation.turns {
        system
            .hear(scripted.to_new())
            .map_err(|source| PlayError::Agent {
                file: file.into(),
                place: format!("turn {}", scripted.turn),
                source,
            })?;
        proceed(observe(Played::Remembered {
            turn: scripted.turn,
            of: consultation.turns.len(),
        }))?;
        let mut probes = consultation.probes_after(scripted.turn).peekable();
        if probes.peek().is_some() {
            read_ahead(system, file, scripted.turn, observe)?;
        }
        for probe in probes {
            let result = ask(system, probe, file, observe)?;
            proceed(observe(Played::Probed(&result)))?;
            results.push(result);
        }
    }
    Ok(results)
}

/// Reading takes place between turns, as it does while a client goes on to speak, and
/// is no part of an answer's time.
fn read_ahead(
    system: &mut dyn Respondent,
    file: &str,
    turn: u32,
    observe: &mut dyn FnMut(Played<'_>) -> bool,
) -> Result<(), PlayError> {
    let mut go_on = true;
    system
        .read_ahead(&mut |done, total| {
            go_on = observe(Played::Reading { done, total });
            go_on
        })
        .map_err(|source| PlayError::Agent {
            file: file.into(),
            place: format!("turn {turn}"),
            source,
        })?;
    proceed(go_on)
}

fn ask(
    system: &mut dyn Respondent,
    probe: &Probe,
    file: &str,
    observe: &mut dyn FnMut(Played<'_>) -> bool,
) -> Result<ProbeResult, PlayError> {
    let failed = |source| PlayError::Agent {
        file: file.into(),
        place: format!("probe {}", probe.id),
        source,
    };
    let which = system.system();
    let mut retrieved = Vec::new();
    let mut answer = None;
    for event in system.probe(&probe.question).map_err(failed)? {
        let event = event.map_err(failed)?;
        proceed(observe(Played::Answering {
            probe,
            event: &event,
        }))?;
        match event {
            Event::Retrieved { shown, .. } => retrieved = shown.iter().map(|turn| turn.0).collect(),
            Event::Done(done) => answer = Some(done),
            _ => {}
        }
    }
    let answer = answer.ok_or(PlayError::Interrupted)?;
    Ok(score(which, file, probe, &answer, &retrieved))
}

fn proceed(go_on: bool) -> Result<(), PlayError> {
    if go_on {
        Ok(())
    } else {
        Err(PlayError::Interrupted)
    }
}
