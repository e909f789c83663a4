//! `estoppel demo`: a shipped consultation, played before one's eyes.

use std::path::Path;

use estoppel::consultation::Consultation;
use estoppel::eval::answers::{PlayError, Played, play};
use estoppel::memory::{Matter, Role};
use estoppel::{Answer, Event};

use crate::Outcome;
use crate::cli::Global;
use crate::interrupt::{self, Interrupted, Work};
use crate::output::Output;
use crate::pull;
use crate::render::{BOLD, DIM, Footnotes};
use crate::session;

const CONSULTATION: &[u8] = include_bytes!("../../../tests/consultations/en-demo.json");

pub(crate) fn demo(global: &Global, output: Output) -> anyhow::Result<Outcome> {
    let consultation = Consultation::parse(CONSULTATION, Path::new("en-demo.json"))?;
    let _work = Work::begin();
    pull::ensure_models(global, output)?;
    let mut agent = session::open_agent(global, Matter::in_memory(), output)?;
    introduce(&consultation, output)?;
    let mut failure = None;
    let mut right = 0;
    let played = play(&mut agent, &consultation, "en-demo.json", &mut |step| {
        if let Played::Probed(result) = &step {
            right += usize::from(result.right);
        }
        if let Err(error) = show(&consultation, output, step) {
            failure = Some(error);
        }
        failure.is_none() && !interrupt::requested()
    });
    match (played, failure) {
        (_, Some(error)) => return Err(error.into()),
        (Err(PlayError::Interrupted), None) => return Err(Interrupted.into()),
        (played, None) => played?,
    };
    if !output.json {
        output.text(format_args!(
            "{right} of {} answers hold the right value and cite the right turns.\n\n\
             To talk yourself:  {BOLD}estoppel chat{BOLD:#}\n",
            consultation.probes.len()
        ))?;
    }
    Ok(Outcome::Done)
}

fn introduce(consultation: &Consultation, output: Output) -> std::io::Result<()> {
    if output.json {
        return Ok(());
    }
    output.text(format_args!(
        "\n{BOLD}A consultation{BOLD:#} of {} turns ({}; {}), made up for this demo.\n\n",
        consultation.turns.len(),
        consultation.area,
        consultation.jurisdiction
    ))
}

fn show(consultation: &Consultation, output: Output, step: Played<'_>) -> std::io::Result<()> {
    match step {
        Played::Remembered { turn, of } if !output.json => {
            let said = &consultation.turns[turn as usize - 1];
            let speaker = if said.role == Role::Client {
                "client "
            } else {
                "counsel"
            };
            output.text(format_args!(
                "{DIM}{turn:>4} {speaker}  {}{DIM:#}\n",
                said.text
            ))?;
            if turn as usize == of {
                output.text(format_args!(
                    "\n{BOLD}Questions about it{BOLD:#}, answered on this machine:\n\n"
                ))?;
            }
            Ok(())
        }
        Played::Answering { probe, event } if !output.json => match event {
            Event::Retrieved { .. } => {
                output.text(format_args!("{BOLD}  ? {}{BOLD:#}\n    ", probe.question))
            }
            Event::Token { text } => output.text(text),
            Event::Done(answer) => finish(answer, output),
            _ => Ok(()),
        },
        Played::Probed(result) if output.json => output.line("probe", result),
        _ => Ok(()),
    }
}

fn finish(answer: &Answer, output: Output) -> std::io::Result<()> {
    output.text(format_args!("\n{}\n", Footnotes(answer)))
}
