//! `estoppel eval`: retrieval and extraction measured on labelled sets, and runs compared.

use anyhow::bail;
use estoppel::eval::answers::{self, read_results};
use estoppel::eval::retrieval::{Format, Progress, run};
use estoppel::memory::Ranking;

use indicatif::ProgressBar;

use crate::Outcome;
use crate::cli::{Compare, Eval, EvalCommand, Global, SetFormat, System, Task};
use crate::output::Output;
use crate::session;

pub(crate) fn eval(global: &Global, output: Output, args: &Eval) -> anyhow::Result<Outcome> {
    if let Some(EvalCommand::Compare(files)) = &args.command {
        return compare(output, files);
    }
    match args.task {
        Task::Retrieval => retrieval(global, output, args),
        Task::Extraction => extraction(output, args),
    }
}

fn compare(output: Output, files: &Compare) -> anyhow::Result<Outcome> {
    let (a, b) = (read_results(&files.a)?, read_results(&files.b)?);
    let comparison = answers::compare(&a, &b, files.seed);
    if comparison.pairs == 0 {
        bail!(
            "{} and {} have no probe in common",
            files.a.display(),
            files.b.display()
        );
    }
    if output.json {
        output.line("comparison", &comparison)?;
    } else {
        output.text(comparison.table())?;
    }
    Ok(Outcome::Done)
}

fn extraction(output: Output, args: &Eval) -> anyhow::Result<Outcome> {
    let report = estoppel::eval::extraction::run(&args.files)?;
    if output.json {
        output.object(&report)?;
    } else {
        output.text(report.table())?;
    }
    Ok(Outcome::Done)
}

fn retrieval(global: &Global, output: Output, args: &Eval) -> anyhow::Result<Outcome> {
    let Some(set) = args.format else {
        bail!("say with --format what the files hold: consultation, locomo, beam or memdaily");
    };
    let systems: Vec<Ranking> = args.systems.iter().map(|system| ranking(*system)).collect();
    let mut encoder = if systems.iter().all(|system| *system == Ranking::Bm25) {
        None
    } else {
        Some(session::open_encoder(global)?)
    };
    let bar = output.bar(0, "");
    let report = run(
        set.into(),
        &args.files,
        &systems,
        encoder.as_mut().map(|encoder| encoder.as_mut() as _),
        &mut |progress| show_progress(&bar, progress),
    )?;
    bar.finish_and_clear();
    if output.json {
        output.object(&report)?;
    } else {
        output.text(report.table())?;
    }
    Ok(Outcome::Done)
}

/// How far labelled sets have been played.
pub(super) fn show_progress(bar: &ProgressBar, progress: Progress<'_>) {
    let (message, done, all) = match progress {
        Progress::Encoding { memory, done, all } => (format!("{memory}: encoding"), done, all),
        Progress::Asking { memory, done, all } => (format!("{memory}: asking"), done, all),
    };
    bar.set_length(all as u64);
    bar.set_position(done as u64);
    bar.set_message(message);
}

impl From<SetFormat> for Format {
    fn from(format: SetFormat) -> Self {
        match format {
            SetFormat::Consultation => Self::Consultation,
            SetFormat::Locomo => Self::Locomo,
            SetFormat::Beam => Self::Beam,
            SetFormat::Memdaily => Self::Memdaily,
        }
    }
}

fn ranking(system: System) -> Ranking {
    match system {
        System::Bm25 => Ranking::Bm25,
        System::Dense => Ranking::Dense,
        System::Late => Ranking::Late,
        System::Fused => Ranking::Fused,
        System::Hybrid => Ranking::Hybrid,
        System::Pagerank => Ranking::PageRank,
        System::Gat => Ranking::Gat,
    }
}
