//! Consultation files played through one system or several, and what is kept of it.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use estoppel::consultation::{Consultation, ScriptedTurn};
use estoppel::eval::answers::{
    PlayError, Played, ProbeResult, Respondent, Results, System, play, report,
};
use estoppel::eval::baseline::{Baseline, Context};
use estoppel::memory::{Matter, MatterName};
use estoppel::{Agent, DataDir, Event};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::cli::{Global, Kept};
use crate::interrupt::{self, Interrupted, Work};
use crate::output::Output;
use crate::render::{DIM, Verdict};
use crate::session;

/// Seed of every interval; the same results give the same ones.
pub(super) const SEED: u64 = 0;

/// What to play, and how.
pub(super) struct Consulting<'a> {
    pub(super) global: &'a Global,
    pub(super) output: Output,
    pub(super) files: &'a [PathBuf],
    pub(super) systems: &'a [System],
    pub(super) kept: &'a Kept,
    /// A line for each turn that is durable.
    pub(super) events: bool,
}

impl Consulting<'_> {
    /// Plays every file through every system; all results of the `--out` file, or of this
    /// run if there is none.
    pub(super) fn run(&self) -> anyhow::Result<Vec<ProbeResult>> {
        // All files are read before the first is played: a mistake in the last
        // should not cost the work on the others.
        let consultations = read(self.files)?;
        if let Some(path) = self.kept.out.as_deref().filter(|_| !self.kept.resume) {
            Results::expect_new(path)?;
        }
        let _work = Work::begin();
        let bar = self.output.bar(0, "probes");
        let mut ledger: Option<Ledger> = None;
        let mut model = String::new();
        for system in self.systems {
            let mut seat = Seat::open(*system, self.global, self.output)?;
            model = seat.model().to_owned();
            let ledger = match &mut ledger {
                Some(ledger) => ledger,
                none => {
                    let opened = Ledger::open(self.kept, &model, self.output)?;
                    let asked = self
                        .systems
                        .iter()
                        .map(|s| opened.open_probes(*s, &consultations));
                    bar.set_length(asked.sum());
                    none.insert(opened)
                }
            };
            for (file, consultation) in &consultations {
                let left = ledger.left(*system, file, consultation);
                if left.probes.is_empty() && !consultation.probes.is_empty() {
                    continue;
                }
                let respondent = seat.take(&left)?;
                self.play(respondent, &left, file, ledger, &bar)?;
            }
        }
        bar.finish_and_clear();
        let results = ledger.map(Ledger::into_results).unwrap_or_default();
        if let Some(page) = &self.kept.report {
            std::fs::write(page, report(&results, &model, SEED))
                .with_context(|| format!("cannot write {}", page.display()))?;
        }
        Ok(results)
    }

    fn play(
        &self,
        respondent: &mut dyn Respondent,
        consultation: &Consultation,
        file: &str,
        ledger: &mut Ledger,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        let mut failure = None;
        let played = play(respondent, consultation, file, &mut |step| match self.take(
            consultation,
            file,
            step,
            ledger,
            bar,
        ) {
            Ok(()) => !interrupt::requested(),
            Err(error) => {
                failure = Some(error);
                false
            }
        });
        match (played, failure) {
            (_, Some(error)) => Err(error),
            (Err(PlayError::Interrupted), None) => Err(Interrupted.into()),
            (played, None) => Ok(played.map(drop)?),
        }
    }

    fn take(
        &self,
        consultation: &Consultation,
        file: &str,
        step: Played<'_>,
        ledger: &mut Ledger,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        let id = &consultation.id;
        match step {
            Played::Remembered { turn, .. } if self.events => {
                let matter = matter_name(id);
                let remembered = Remembered { file, matter, turn };
                self.output.line("remembered", &remembered)?;
            }
            Played::Reading { done, total } => {
                bar.set_message(format!("{id}: reading {done}/{total}"));
            }
            Played::Answering {
                probe,
                event: Event::Prefill { done, total },
            } => bar.set_message(format!("{id} {}: reading {done}/{total}", probe.id)),
            Played::Probed(result) => {
                ledger.add(result)?;
                bar.inc(1);
                bar.suspend(|| self.print(result))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn print(&self, result: &ProbeResult) -> std::io::Result<()> {
        if self.kept.summary {
            Ok(())
        } else if self.output.json {
            self.output.line("probe", result)
        } else {
            self.output.text(Verdict(result))
        }
    }
}

/// Consultations by the names of their files.
fn read(files: &[PathBuf]) -> anyhow::Result<Vec<(String, Consultation)>> {
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

/// A system with its weights loaded.
enum Seat {
    Agent {
        agent: Agent,
        data: DataDir,
        output: Output,
    },
    Baseline(Baseline),
}

impl Seat {
    fn open(system: System, global: &Global, output: Output) -> anyhow::Result<Self> {
        let context = match system {
            System::Estoppel => {
                return Ok(Self::Agent {
                    agent: session::open_agent(global, Matter::in_memory(), output)?,
                    data: session::data_dir(global)?,
                    output,
                });
            }
            System::Window => Context::Window,
            System::Full => Context::Full,
            System::Bm25 => Context::Bm25,
            System::Dense => Context::Dense,
        };
        let spinner = output.spinner(format!("loading the models for {system}"));
        let baseline = Baseline::open(context, &session::builder(global))?;
        spinner.finish_and_clear();
        Ok(Self::Baseline(baseline))
    }

    fn model(&self) -> &str {
        match self {
            Self::Agent { agent, .. } => agent.model(),
            Self::Baseline(baseline) => baseline.model(),
        }
    }

    /// The system, ready for the first turn of this consultation.
    fn take(&mut self, consultation: &Consultation) -> anyhow::Result<&mut dyn Respondent> {
        match self {
            Self::Agent {
                agent,
                data,
                output,
            } => {
                agent.switch(fresh_matter(data, consultation, *output)?)?;
                Ok(agent)
            }
            Self::Baseline(baseline) => {
                baseline.clear();
                Ok(baseline)
            }
        }
    }
}

/// Where results go: to the `--out` file, or nowhere but to the end of the run.
enum Ledger {
    File(Results),
    Run(Vec<ProbeResult>),
}

impl Ledger {
    fn open(kept: &Kept, model: &str, output: Output) -> anyhow::Result<Self> {
        let Some(path) = &kept.out else {
            return Ok(Self::Run(Vec::new()));
        };
        if !kept.resume {
            return Ok(Self::File(Results::create(path, model)?));
        }
        let results = Results::resume(path, model)?;
        if results.torn() > 0 {
            output.note(format_args!(
                "{DIM}{}: the last line is torn ({} bytes); its probe is asked again{DIM:#}",
                path.display(),
                results.torn()
            ));
        }
        Ok(Self::File(results))
    }

    /// The consultation with the probes that have no result yet.
    fn left(&self, system: System, file: &str, consultation: &Consultation) -> Consultation {
        let mut left = consultation.clone();
        if let Self::File(results) = self {
            left.probes
                .retain(|probe| !results.holds(system, file, probe));
        }
        left
    }

    /// How many probes of a system have no result yet.
    fn open_probes(&self, system: System, consultations: &[(String, Consultation)]) -> u64 {
        let left = consultations
            .iter()
            .map(|(file, consultation)| self.left(system, file, consultation).probes.len() as u64);
        left.sum()
    }

    fn add(&mut self, result: &ProbeResult) -> anyhow::Result<()> {
        match self {
            Self::File(results) => results.add(result)?,
            Self::Run(results) => results.push(result.clone()),
        }
        Ok(())
    }

    fn into_results(self) -> Vec<ProbeResult> {
        match self {
            Self::File(results) => results.into_all(),
            Self::Run(results) => results,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matter_names_are_safe_in_any_file_system() {
        assert_eq!(matter_name("en-01"), "run-en-01");
        assert_eq!(matter_name("../x y"), "run----x-y");
    }
}
