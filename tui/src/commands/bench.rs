//! `estoppel bench`: how fast this machine is.

use std::fmt;
use std::io;
use std::ops::ControlFlow;

use estoppel::model::bench::{
    AttentionMode, Bench, MeasureError, Plan, Progress, Spread, Timing, Work, measure,
};
use estoppel::model::{ModelSpec, OpenOptions};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::Outcome;
use crate::cli::{self, Attention, BenchGenerate, Global};
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
    let model = global.model.as_deref();
    let model = model.unwrap_or(ModelSpec::default_language().name);
    let path = session::data_dir(global)?.models().resolve(model)?;
    let spinner = output.spinner("loading the model");
    let mut bench = Bench::open(&path, OpenOptions::default())?;
    spinner.finish_and_clear();

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

fn plan(args: &BenchGenerate) -> Plan {
    let mode = |attention: &Attention| match attention {
        Attention::Dense => AttentionMode::Dense,
        Attention::Sparse => AttentionMode::Sparse,
    };
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
