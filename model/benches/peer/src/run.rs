//! The contenders taking turns.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use anyhow::bail;
use estoppel_model::bench::{Spread, Work, sample_tokens};
use estoppel_model::manifest::ModelKind;
use estoppel_model::{Gguf, ModelDir, ModelSpec, Tokenizer, default_data_dir};

use crate::contender::{Contender, Engine, Setup};
use crate::figures::{Figure, figures};
use crate::report::{Measured, Report};
use crate::{Cli, Side, machine};

/// Tokens that are read before anything is timed.
const WARM_UP: usize = 32;

pub fn run(cli: &Cli) -> anyhow::Result<()> {
    let models = cli
        .models
        .iter()
        .map(|name| named(name))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let data = default_data_dir()?;
    let dir = ModelDir::in_data_dir(&data);
    let threads = cli.threads.unwrap_or_else(machine::processors);
    let mut report = Report::new(cli.json, threads, cli.repeat);
    for figure in figures(&models, cli.only, cli.longest) {
        let course = Course {
            weights: dir.resolve(figure.model)?,
            threads,
            repeat: cli.repeat,
            sides: &cli.sides,
        };
        let measured = course.run(&figure)?;
        report.add(&figure, &measured)?;
    }
    report.finish();
    Ok(())
}

fn named(name: &str) -> anyhow::Result<&'static ModelSpec> {
    match ModelSpec::find(name) {
        Some(spec) if spec.kind == ModelKind::Language => Ok(spec),
        Some(spec) => bail!("{} is no language model", spec.name),
        None => bail!("no model is called `{name}`; `estoppel model list` tells which there are"),
    }
}

/// What all contenders of a figure share.
struct Course<'a> {
    weights: PathBuf,
    threads: NonZero<usize>,
    repeat: NonZero<usize>,
    sides: &'a [Side],
}

impl Course<'_> {
    fn run(&self, figure: &Figure) -> anyhow::Result<Vec<Measured>> {
        let length = figure.work.length();
        let text = text(&self.weights, length)?;
        let mut field = Vec::new();
        for engine in self.engines(figure) {
            let setup = Setup {
                engine,
                weights: self.weights.clone(),
                // llama.cpp rounds up to this by itself.
                context: (length + 1).next_multiple_of(256),
                threads: self.threads,
            };
            match Contender::start(&setup) {
                Ok(contender) => field.push(contender),
                // The others are worth measuring all the same.
                Err(why) => eprintln!("{}, {}: {why:#}", figure.model, figure.label()),
            }
        }
        let laps = self.race(figure, &text, &mut field)?;
        let mut measured = Vec::new();
        for (mut contender, laps) in field.into_iter().zip(laps) {
            measured.push(Measured {
                engine: contender.engine,
                about: contender.about.clone(),
                opened_seconds: contender.opened.as_secs_f64(),
                others: laps.others_share(),
                tokens_per_second: Spread::of(laps.rates),
                peak_bytes: contender.peak()?,
            });
        }
        Ok(measured)
    }

    fn engines(&self, figure: &Figure) -> Vec<Engine> {
        let mut engines = Vec::new();
        if self.sides.contains(&Side::Ours) {
            engines.extend(figure.attention.iter().map(|&mode| Engine::Ours(mode)));
        }
        if self.sides.contains(&Side::Theirs) {
            engines.extend([true, false].map(|flash| Engine::Theirs { flash }));
        }
        engines
    }

    /// The repetitions of every contender. They take turns, so that whatever else the
    /// machine does meets all of them; not all of them lose the same by it, which is
    /// why it is measured as well.
    fn race(
        &self,
        figure: &Figure,
        text: &[u32],
        field: &mut [Contender],
    ) -> anyhow::Result<Vec<Laps>> {
        let (before, timed) = match figure.work {
            Work::Prefill { .. } => (&[][..], text),
            Work::Decode { depth, .. } => text.split_at(depth),
        };
        for contender in &mut *field {
            tell(figure, "getting ready", contender.engine);
            // Pages are mapped and threads started before the first round.
            contender.prefill(&text[..text.len().min(WARM_UP)])?;
            contender.prefill(before)?;
        }
        let mut laps = vec![Laps::default(); field.len()];
        for round in 1..=self.repeat.get() {
            for (contender, laps) in field.iter_mut().zip(&mut laps) {
                tell(figure, &format!("round {round}"), contender.engine);
                let before = contender.others();
                let time = match figure.work {
                    Work::Prefill { .. } => contender.prefill(timed)?,
                    Work::Decode { .. } => contender.decode(timed)?,
                };
                laps.rates.push(timed.len() as f64 / time.as_secs_f64());
                laps.seconds += time.as_secs_f64();
                laps.others = laps
                    .others
                    .zip(contender.others().zip(before))
                    .map(|(sum, (after, before))| sum + after - before);
            }
        }
        Ok(laps)
    }
}

/// The repetitions of one contender.
#[derive(Clone, Debug)]
struct Laps {
    /// Tokens per second of each.
    rates: Vec<f64>,
    /// Of all together.
    seconds: f64,
    /// Seconds of processor time that other programs had meanwhile.
    others: Option<f64>,
}

impl Default for Laps {
    fn default() -> Self {
        Self {
            rates: Vec::new(),
            seconds: 0.0,
            others: Some(0.0),
        }
    }
}

impl Laps {
    /// The share of all processors that other programs had.
    fn others_share(&self) -> Option<f64> {
        let all = self.seconds * machine::processors().get() as f64;
        self.others.map(|others| (others / all).max(0.0))
    }
}

fn text(weights: &Path, length: usize) -> anyhow::Result<Vec<u32>> {
    let tokenizer = Tokenizer::from_gguf(&Gguf::open(weights)?)?;
    Ok(sample_tokens(&tokenizer, length))
}

fn tell(figure: &Figure, what: &str, engine: Engine) {
    let (model, work, engine) = (figure.model, figure.label(), engine.label());
    eprintln!("{model}, {work}: {what}, {engine}");
}
