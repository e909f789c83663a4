//! `estoppel run`: consultation files played and scored.

use std::path::Path;

use anyhow::{Context, bail};
use estoppel::consultation::{Consultation, ScriptedTurn};
use estoppel::eval::answers::{PlayError, Played, ProbeResult, Summary, play, report};
use estoppel::memory::{Matter, MatterName};
use estoppel::{Agent, DataDir, Event};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::Outcome;
use crate::cli::{Global, Requirement, Run};
use crate::interrupt::{self, Interrupted, Work};
use crate::output::Output;
use crate::render::{DIM, Table, Verdict};
use crate::session;

pub(crate) fn run(global: &Global, output: Output, args: &Run) -> anyhow::Result<Outcome> {
    // All files are read before the first is played: a mistake in the last
    // should not cost the work on the others.
    let consultations = read(&args.files)?;
    let data = session::data_dir(global)?;
    let mut agent = session::open_agent(global, Matter::in_memory(), output)?;
    let probes: usize = consultations.iter().map(|(_, c)| c.probes.len()).sum();
    let bar = output.bar(probes as u64, "probes");
    let _work = Work::begin();
    let mut results = Vec::new();
    for (file, consultation) in &consultations {
        agent.switch(fresh_matter(&data, consultation, output)?)?;
        let player = Player {
            output,
            bar: &bar,
            file,
            events: args.events,
        };
        results.extend(player.play(&mut agent, consultation)?);
    }
    bar.finish_and_clear();
    let summary = Summary::of(&results);
    if let Some(page) = &args.report {
        std::fs::write(page, report(&results, agent.model()))
            .with_context(|| format!("cannot write {}", page.display()))?;
    }
    if output.json {
        output.line("summary", &summary)?;
    } else {
        output.text(Table(&summary))?;
    }
    Ok(judge(&summary, &args.require, output))
}

fn read(files: &[std::path::PathBuf]) -> anyhow::Result<Vec<(String, Consultation)>> {
    let mut read: Vec<(String, Consultation)> = Vec::new();
    for file in files {
        let consultation = Consultation::read(file)?;
        if let Some((other, _)) = read.iter().find(|(_, c)| c.id == consultation.id) {
            bail!(
                "{}: its id `{}` is also that of {other}",
                file.display(),
                consultation.id
            );
        }
        read.push((file.display().to_string(), consultation));
    }
    Ok(read)
}

/// The matter that a consultation is played into. One that an earlier run of
/// the same file left is replaced; anything else under its name is not.
fn fresh_matter(
    data: &DataDir,
    consultation: &Consultation,
    output: Output,
) -> anyhow::Result<Matter> {
    let name = MatterName::new(&matter_name(&consultation.id))?;
    let matters = data.matters()?;
    if matters.contains(&name) {
        let matter = matters.open_matter(&name)?;
        if !is_beginning(&matter, consultation) {
            bail!(
                "the matter `{name}` holds other turns than this file; give the file another id, \
                 or another --data-dir"
            );
        }
        drop(matter);
        matters.delete(&name)?;
        output.note(format_args!(
            "{DIM}{name}: the matter of an earlier run is replaced{DIM:#}"
        ));
    }
    Ok(matters.create(&name)?)
}

/// Whether the matter holds the first turns of the consultation and no others.
fn is_beginning(matter: &Matter, consultation: &Consultation) -> bool {
    let scripted = consultation.turns.iter().map(ScriptedTurn::to_new);
    matter.turns().len() <= consultation.turns.len()
        && matter
            .turns()
            .iter()
            .zip(scripted)
            .all(|(turn, scripted)| turn.said == scripted)
}

/// `run-` and the id, with what a matter's name cannot hold replaced.
fn matter_name(id: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '-'
        }
    };
    format!("run-{}", id.chars().map(safe).collect::<String>())
}

/// A turn that is durable, as a line of `--events`.
#[derive(Serialize)]
struct Remembered<'a> {
    file: &'a str,
    matter: String,
    turn: u32,
}

/// Plays one file and prints as it goes.
struct Player<'a> {
    output: Output,
    bar: &'a ProgressBar,
    file: &'a str,
    events: bool,
}

impl Player<'_> {
    fn play(
        &self,
        agent: &mut Agent,
        consultation: &Consultation,
    ) -> anyhow::Result<Vec<ProbeResult>> {
        let mut failure = None;
        let played = play(agent, consultation, self.file, &mut |step| match self
            .show(consultation, step)
        {
            Ok(()) => !interrupt::requested(),
            Err(error) => {
                failure = Some(error);
                false
            }
        });
        match (played, failure) {
            (_, Some(error)) => Err(error.into()),
            (Err(PlayError::Interrupted), None) => Err(Interrupted.into()),
            (played, None) => Ok(played?),
        }
    }

    fn show(&self, consultation: &Consultation, step: Played<'_>) -> std::io::Result<()> {
        match step {
            Played::Remembered { turn, .. } if self.events => {
                let matter = matter_name(&consultation.id);
                self.output.line(
                    "remembered",
                    &Remembered {
                        file: self.file,
                        matter,
                        turn,
                    },
                )
            }
            Played::Answering {
                probe,
                event: Event::Prefill { done, total },
            } => {
                let id = &consultation.id;
                self.bar
                    .set_message(format!("{id} {}: reading {done}/{total}", probe.id));
                Ok(())
            }
            Played::Probed(result) => {
                self.bar.inc(1);
                self.bar.suspend(|| self.print(result))
            }
            _ => Ok(()),
        }
    }

    fn print(&self, result: &ProbeResult) -> std::io::Result<()> {
        if self.output.json {
            self.output.line("probe", result)
        } else {
            self.output.text(Verdict {
                file: file_stem(self.file),
                result,
            })
        }
    }
}

fn file_stem(file: &str) -> &str {
    Path::new(file)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or(file)
}

fn judge(summary: &Summary, requirements: &[Requirement], output: Output) -> Outcome {
    let mut outcome = Outcome::Done;
    for Requirement { figure, least } in requirements {
        match summary.figure(figure) {
            Some(value) if value >= *least => {}
            Some(value) => {
                output.note(format_args!("{figure} is {value}, required is {least}"));
                outcome = Outcome::BelowRequired;
            }
            None => {
                output.note(format_args!(
                    "{figure} was required, but no probe measures it"
                ));
                outcome = Outcome::BelowRequired;
            }
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matter_names_are_safe_in_any_file_system() {
        assert_eq!(matter_name("en-01"), "run-en-01");
        assert_eq!(matter_name("../x y"), "run----x-y");
    }
}
