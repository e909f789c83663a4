//! `estoppel eval`: retrieval and extraction measured on labelled sets, answers beside other
//! systems, and runs compared.

use anyhow::{Context, bail};
use clap::ValueEnum;
use estoppel::Language;
use estoppel::consultation::Consultation;
use estoppel::eval::answers::{self, ProbeResult, Systems, read_results};
use estoppel::eval::generate::{self, Scenario};
use estoppel::eval::retrieval::{Format, Progress, run};
use estoppel::memory::Ranking;

use indicatif::ProgressBar;

use super::consult::{Consulting, SEED};
use crate::Outcome;
use crate::cli::{
    Compare, Eval, EvalCommand, Generate, Global, Kept, SetFormat, Spoken, System, Task,
};
use crate::output::Output;
use crate::session;

pub(crate) fn eval(global: &Global, output: Output, args: &Eval) -> anyhow::Result<Outcome> {
    match &args.command {
        Some(EvalCommand::Compare(files)) => return compare(output, files),
        Some(EvalCommand::Generate(wanted)) => return generate(output, wanted),
        None => {}
    }
    let Kept { out, report, .. } = &args.kept;
    if args.task != Task::Answers && (out.is_some() || report.is_some()) {
        bail!("--out and --report keep answers: they go with --task answers");
    }
    match args.task {
        Task::Retrieval => retrieval(global, output, args),
        Task::Extraction => extraction(output, args),
        Task::Answers => answers(global, output, args),
    }
}

fn answers(global: &Global, output: Output, args: &Eval) -> anyhow::Result<Outcome> {
    let systems = chosen(&args.systems, &ANSWERING, "answers", answering)?;
    let consulting = Consulting {
        global,
        output,
        files: &args.files,
        systems: &systems,
        kept: &args.kept,
        events: false,
    };
    let systems = Systems::of(&consulting.run()?, SEED);
    if output.json {
        output.line("systems", &systems)?;
    } else {
        output.text(format_args!("\n{}", systems.table()))?;
    }
    Ok(Outcome::Done)
}

/// The systems that were asked for, or the usual ones of the task.
fn chosen<S>(
    asked: &[System],
    usual: &[System],
    task: &str,
    of_task: impl Fn(System) -> Option<S>,
) -> anyhow::Result<Vec<S>> {
    let asked = if asked.is_empty() { usual } else { asked };
    let mut chosen = Vec::new();
    for (at, system) in asked.iter().enumerate() {
        if asked[..at].contains(system) {
            continue;
        }
        let Some(found) = of_task(*system) else {
            let known = System::value_variants().iter();
            let known: Vec<_> = known.filter(|s| of_task(**s).is_some()).map(name).collect();
            bail!(
                "--task {task} has no system `{}`; there are {}",
                name(system),
                known.join(", ")
            );
        };
        chosen.push(found);
    }
    Ok(chosen)
}

fn name(system: &System) -> String {
    let value = system.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn compare(output: Output, files: &Compare) -> anyhow::Result<Outcome> {
    let Some(system) = answering(files.system) else {
        bail!(
            "`{}` answers nothing: it only ranks turns",
            name(&files.system)
        );
    };
    let read = |file| -> anyhow::Result<Vec<ProbeResult>> {
        let mut results = read_results(file)?;
        results.retain(|result| result.system == system);
        Ok(results)
    };
    let (a, b) = (read(&files.a)?, read(&files.b)?);
    let comparison = answers::compare(&a, &b, files.seed);
    if comparison.pairs == 0 {
        bail!(
            "{} and {} have no probe in common that {system} answered",
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

fn generate(output: Output, wanted: &Generate) -> anyhow::Result<Outcome> {
    let folder = &wanted.out;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for seed in (wanted.seed..).take(wanted.count as usize) {
        let scenario = Scenario {
            rounds: wanted.rounds as usize,
            language: match wanted.language {
                Spoken::En => Language::En,
                Spoken::Zh => Language::Zh,
            },
            seed,
        };
        let made = generate::generate(scenario);
        let file = folder.join(format!("{}.json", made.id));
        let json = serde_json::to_vec_pretty(&made)?;
        Consultation::parse(&json, &file)?;
        std::fs::write(&file, json).with_context(|| format!("cannot write {}", file.display()))?;
        if output.json {
            let file = file.display().to_string();
            output.line("generated", &serde_json::json!({ "file": file }))?;
        } else {
            output.text(format_args!("{}\n", file.display()))?;
        }
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
    let systems = chosen(&args.systems, &RANKING, "retrieval", ranking)?;
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
        session::network(global)?.as_ref(),
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

/// What `--task retrieval` compares if nothing is said.
const RANKING: [System; 4] = [System::Bm25, System::Dense, System::Hybrid, System::Gat];

/// What `--task answers` compares if nothing is said.
const ANSWERING: [System; 5] = [
    System::Window,
    System::Full,
    System::Bm25,
    System::Dense,
    System::Estoppel,
];

/// The system as one that ranks turns.
fn ranking(system: System) -> Option<Ranking> {
    Some(match system {
        System::Bm25 => Ranking::Bm25,
        System::Dense => Ranking::Dense,
        System::Late => Ranking::Late,
        System::Fused => Ranking::Fused,
        System::Hybrid => Ranking::Hybrid,
        System::Pagerank => Ranking::PageRank,
        System::Gat => Ranking::Gat,
        System::Window | System::Full | System::Estoppel => return None,
    })
}

/// The system as one that answers.
fn answering(system: System) -> Option<answers::System> {
    Some(match system {
        System::Window => answers::System::Window,
        System::Full => answers::System::Full,
        System::Bm25 => answers::System::Bm25,
        System::Dense => answers::System::Dense,
        System::Estoppel => answers::System::Estoppel,
        _ => return None,
    })
}
