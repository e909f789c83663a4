//! `estoppel bench`: how fast this machine is.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Context;
use estoppel::model::ModelSpec;
use estoppel::model::attention::{Budget, Precision, Sparse};
use estoppel::model::bench::{
    self, AttentionMode, Bench, MeasureError, Plan, Progress, Quality, Spread, Stored, StoredError,
    Timing, Work, measure, quality,
};
use indicatif::ProgressBar;
use serde::Serialize;

use super::bench_room::bench_room;
use super::{bench_memory, bench_needle};
use crate::Outcome;
use crate::cli::{self, Attention, BenchAttention, BenchGenerate, BenchStored, Global};
use crate::interrupt::{self, Interrupted};
use crate::output::Output;
use crate::session;

pub(crate) fn bench(
    global: &Global,
    output: Output,
    command: &cli::Bench,
) -> anyhow::Result<Outcome> {
    match command {
        cli::Bench::Generate(args) => generate(global, output, args),
        cli::Bench::Attention(args) => attention(global, output, args),
        cli::Bench::Stored(args) => stored(global, output, args),
        cli::Bench::Needle(args) => bench_needle::needle(global, output, args),
        cli::Bench::Room(args) => bench_room(global, output, args),
        cli::Bench::Memory(args) => bench_memory::memory(output, args),
    }
}

/// A `bench_generate` line.
#[derive(Serialize)]
struct Figure<'a> {
    model: &'a str,
    repeat: usize,
    #[serde(flatten)]
    timing: Timing,
}

fn generate(global: &Global, output: Output, args: &BenchGenerate) -> anyhow::Result<Outcome> {
    let (model, mut bench) = open(global, output)?;
    bench.read_in(precision(args.precision));

    let bar = output.bar(0, "");
    let _work = interrupt::Work::begin();
    let mut failure = None;
    let timings = measure(&mut bench, &plan(args), &mut |progress| {
        let shown = match progress {
            Progress::Measured(timing) if output.json => output.line(
                "bench_generate",
                &Figure {
                    model,
                    repeat: args.repeat.get(),
                    timing,
                },
            ),
            progress => {
                show(&bar, progress);
                Ok(())
            }
        };
        go_on(shown, &mut failure)
    });
    bar.finish_and_clear();
    match (timings, failure) {
        (_, Some(error)) => Err(error.into()),
        (Err(MeasureError::Interrupted), None) => Err(Interrupted.into()),
        (Err(error), None) => Err(error.into()),
        (Ok(timings), None) => {
            if !output.json {
                output.text(Table(&timings))?;
            }
            Ok(Outcome::Done)
        }
    }
}

pub(super) fn resolve(global: &Global) -> anyhow::Result<(&str, PathBuf)> {
    let model = global.model.as_deref();
    let model = model.unwrap_or(ModelSpec::default_language().name);
    let path = session::data_dir(global)?.models().resolve(model)?;
    Ok((model, path))
}

fn open(global: &Global, output: Output) -> anyhow::Result<(&str, Bench)> {
    let (model, path) = resolve(global)?;
    let spinner = output.spinner("loading the model");
    let bench = Bench::open(&path, session::open_options(global))?;
    spinner.finish_and_clear();
    Ok((model, bench))
}

/// A `bench_stored` line.
#[derive(Serialize)]
struct StoredLine<'a> {
    model: &'a str,
    #[serde(flatten)]
    stored: Stored,
}

fn stored(global: &Global, output: Output, args: &BenchStored) -> anyhow::Result<Outcome> {
    let (model, path) = resolve(global)?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let sizes = (args.history.get(), args.question.get());
    let _work = interrupt::Work::begin();
    for repetition in 0..args.repeat.get() {
        let file = folder.path().join(repetition.to_string());
        let bar = output.bar((sizes.0 + sizes.1) as u64, "reading");
        let options = session::open_options(global);
        let stored = bench::stored(&path, options, sizes, &file, &mut |tokens| {
            bar.inc(tokens as u64);
            unless_interrupted()
        });
        bar.finish_and_clear();
        let stored = match stored {
            Err(StoredError::Measure(MeasureError::Interrupted)) => return Err(Interrupted.into()),
            other => other?,
        };
        match output.json {
            true => output.line("bench_stored", &StoredLine { model, stored })?,
            false => output.text(format_args!(
                "{} tokens stored (read in {:.2} s); weights loaded in {:.2} s; first token of \
                 a question of {} tokens after {:.2} s\n",
                stored.history, stored.read, stored.load, stored.question, stored.first_token
            ))?,
        }
    }
    Ok(Outcome::Done)
}

pub(super) fn unless_interrupted() -> ControlFlow<()> {
    match interrupt::requested() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// A `bench_attention` line.
#[derive(Serialize)]
struct QualityLine<'a> {
    model: &'a str,
    #[serde(flatten)]
    quality: Quality,
}

fn attention(global: &Global, output: Output, args: &BenchAttention) -> anyhow::Result<Outcome> {
    let shares = args.share.iter().copied().map(Budget::share);
    let masses = args.mass.iter().copied().map(Budget::mass);
    let mut budgets: Vec<Budget> = shares.chain(masses).collect();
    if budgets.is_empty() {
        budgets.push(Budget::default());
    }
    let kinds = budgets.into_iter().map(|budget| Sparse {
        budget,
        precision: precision(args.precision),
        ..Sparse::default()
    });
    let kinds: Vec<Sparse> = kinds.collect();
    let (model, mut bench) = open(global, output)?;
    let text = args.text.as_ref().map(|path| {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    });
    let text = text.transpose()?;
    let _work = interrupt::Work::begin();
    for depth in &args.depth {
        let (depth, needed) = (depth.get(), depth.get() + args.steps.get());
        let mut tokens = match &text {
            Some(text) => bench.tokens(text),
            None => bench.sample(needed),
        };
        if tokens.len() < needed {
            anyhow::bail!("the text has {} tokens, {needed} are needed", tokens.len());
        }
        tokens.truncate(needed);
        let bar = output.bar((2 * depth + kinds.len() * args.steps.get()) as u64, "");
        bar.set_message(format!("depth {depth}"));
        let quality = quality(&mut bench, &tokens, depth, &kinds, &mut |done| {
            bar.inc(done as u64);
            unless_interrupted()
        });
        bar.finish_and_clear();
        let quality = match quality {
            Err(MeasureError::Interrupted) => return Err(Interrupted.into()),
            other => other?,
        };
        for quality in quality {
            match output.json {
                true => output.line("bench_attention", &QualityLine { model, quality })?,
                false => output.text(QualityTable(&quality))?,
            }
        }
    }
    Ok(Outcome::Done)
}

/// The figures of one depth.
struct QualityTable<'a>(&'a Quality);

impl fmt::Display for QualityTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quality {
            depth,
            steps,
            sparse,
            reading,
            writing,
        } = self.0;
        writeln!(f, "reading {depth} tokens")?;
        writeln!(
            f,
            "  pairs        full {}, causal {}, sparse {:.0}",
            reading.full_pairs, reading.causal_pairs, reading.sparse_pairs
        )?;
        writeln!(f, "  KL           {:.4} nats a token", reading.kl)?;
        let Budget { mass, least, most } = sparse.budget;
        match least == most {
            true => writeln!(
                f,
                "writing {steps} tokens, {:.0}% of positions",
                100.0 * least
            )?,
            false => writeln!(
                f,
                "writing {steps} tokens, {:.0}% of the attention",
                100.0 * mass
            )?,
        }
        writeln!(
            f,
            "  positions    {:.1}% hold {:.4} of the attention (best choice: {:.1}%, {:.4})",
            100.0 * writing.positions,
            writing.mass,
            100.0 * writing.best_positions,
            writing.best_mass
        )?;
        writeln!(
            f,
            "  KL           {:.4} nats a token, same top token {:.1}%",
            writing.kl,
            100.0 * writing.same_top
        )?;
        writeln!(
            f,
            "  perplexity   dense {:.3}, sparse {:.3}",
            writing.dense_perplexity, writing.sparse_perplexity
        )
    }
}

pub(super) fn mode(attention: &Attention) -> AttentionMode {
    match attention {
        Attention::Dense => AttentionMode::Dense,
        Attention::Sparse => AttentionMode::Sparse,
    }
}

fn precision(precision: cli::Precision) -> Precision {
    match precision {
        cli::Precision::Halves => Precision::Halves,
        cli::Precision::Bytes => Precision::Bytes,
    }
}

fn plan(args: &BenchGenerate) -> Plan {
    Plan {
        prefill: args.prefill.clone(),
        depths: args.depth.clone(),
        decode: args.decode,
        repeat: args.repeat,
        attention: args.attention.iter().map(mode).collect(),
    }
}

/// Ends the measurement when what is known could not be shown, or on request.
fn go_on(shown: io::Result<()>, failure: &mut Option<io::Error>) -> ControlFlow<()> {
    *failure = shown.err();
    match failure.is_some() || interrupt::requested() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

fn show(bar: &ProgressBar, progress: Progress) {
    if let Progress::Step {
        work,
        attention,
        done,
        all,
    } = progress
    {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.set_message(format!("{}, {}", label(work), attention.label()));
    }
}

fn label(work: Work) -> String {
    match work {
        Work::Prefill { tokens } => format!("prefill of {tokens}"),
        Work::Decode { depth, .. } => format!("decode at depth {depth}"),
    }
}

/// The figures, a line each.
struct Table<'a>(&'a [Timing]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<24} {:<9} {:>10} {:>8} {:>8}",
            "tokens per second", "attention", "median", "least", "most"
        )?;
        for timing in self.0 {
            let Spread { median, min, max } = timing.tokens_per_second;
            let (work, attention) = (label(timing.work), timing.attention.label());
            writeln!(
                f,
                "{work:<24} {attention:<9} {median:>10.1} {min:>8.1} {max:>8.1}"
            )?;
        }
        Ok(())
    }
}
