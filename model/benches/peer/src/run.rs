//! The contenders taking turns.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use estoppel_model::bench::{Spread, Work, sample_tokens};
use estoppel_model::manifest::ModelKind;
use estoppel_model::{Gguf, ModelDir, ModelSpec, Tokenizer, default_data_dir};

use crate::contender::{Contender, Engine, Request, Setup};
use crate::figures::{Figure, figures};
use crate::report::{Measured, Report};
use crate::stored::stored;
use crate::{Cli, Flash, Kind, Side, machine};

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
    // What the long prompt took; it need not be read again for the stored one.
    let mut again = Vec::new();
    for figures in figures(&models, cli) {
        let course = Course {
            weights: dir.resolve(figures[0].model)?,
            threads,
            repeat: cli.repeat,
            sides: &cli.sides,
            flash: &cli.flash,
            also: cli.also.as_deref(),
        };
        for (figure, measured) in figures.iter().zip(course.run(&figures)?) {
            report.add(figure, &measured)?;
            if figure.work == (Work::Prefill { tokens: 8192 }) {
                again = measured;
            }
        }
    }
    if cli.only.is_none_or(|kind| kind == Kind::Stored) {
        for row in stored(&dir, &models, cli, threads, &again)? {
            report.add_stored(row)?;
        }
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

/// An engine, and which build of this program has it, if not this one.
pub type Entry<'a> = (Engine, Option<&'a Path>);

/// What all contenders of some figures share.
pub struct Course<'a> {
    pub weights: PathBuf,
    pub threads: NonZero<usize>,
    pub repeat: NonZero<usize>,
    pub sides: &'a [Side],
    pub flash: &'a [Flash],
    /// Another build of this program, whose llama.cpp takes part as well.
    pub also: Option<&'a Path>,
}

impl Course<'_> {
    /// Measures figures of one model, the shortest first: what was filled in for one is
    /// the beginning of the next. What each contender reached, a figure.
    fn run(&self, figures: &[Figure]) -> anyhow::Result<Vec<Vec<Measured>>> {
        let lengths = figures.iter().map(|figure| figure.work.length());
        let length = lengths.max().unwrap_or(0);
        let text = text(&self.weights, length)?;
        let mut field = Vec::new();
        for engine in self.engines(&figures[0]) {
            // The others are worth measuring all the same.
            match self.start(engine, length + 1) {
                Ok(contender) => field.push(contender),
                Err(why) => eprintln!("{}: {why:#}", figures[0].model),
            }
        }
        for contender in &mut field {
            // Pages are mapped and threads started before the first round.
            contender.time(&Request::Prefill(text[..text.len().min(WARM_UP)].to_vec()))?;
        }
        let mut all = Vec::new();
        for figure in figures {
            let laps = self.race(figure, &text[..figure.work.length()], &mut field)?;
            let mut measured = Vec::new();
            for (contender, laps) in field.iter_mut().zip(laps) {
                measured.push(Measured {
                    engine: contender.engine,
                    about: contender.about.clone(),
                    opened_seconds: contender.opened.as_secs_f64(),
                    others: laps.others_share(),
                    tokens_per_second: Spread::of(laps.rates),
                    peak_bytes: contender.peak()?,
                });
            }
            all.push(measured);
        }
        Ok(all)
    }

    /// A process of this engine, with room for so many tokens.
    pub fn start(&self, (engine, program): Entry<'_>, tokens: usize) -> anyhow::Result<Contender> {
        let setup = Setup {
            engine,
            weights: self.weights.clone(),
            // llama.cpp rounds up to this by itself.
            context: tokens.next_multiple_of(256),
            threads: self.threads,
        };
        Contender::start(&setup, program)
    }

    fn engines(&self, figure: &Figure) -> Vec<Entry<'_>> {
        let mut engines = Vec::new();
        if self.sides.contains(&Side::Ours) {
            engines.extend(
                figure
                    .attention
                    .iter()
                    .map(|&mode| (Engine::Ours(mode), None)),
            );
        }
        if self.sides.contains(&Side::Theirs) {
            engines.extend(self.theirs());
        }
        engines
    }

    /// llama.cpp in the ways that are asked for, of every build.
    pub fn theirs(&self) -> impl Iterator<Item = Entry<'_>> {
        let builds = [None].into_iter().chain(self.also.map(Some));
        builds.flat_map(|program| {
            self.flash.iter().map(move |flash| {
                let flash = *flash == Flash::On;
                (Engine::Theirs { flash }, program)
            })
        })
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
            contender.time(&Request::Fill(before.to_vec()))?;
        }
        let request = match figure.work {
            Work::Prefill { .. } => Request::Prefill(timed.to_vec()),
            Work::Decode { .. } => Request::Decode(timed.to_vec()),
        };
        let mut laps = vec![Laps::default(); field.len()];
        for round in 1..=self.repeat.get() {
            for (contender, laps) in field.iter_mut().zip(&mut laps) {
                tell(figure, &format!("round {round}"), contender.engine);
                let before = contender.others();
                let time = contender.time(&request)?;
                laps.add(
                    timed.len() as f64 / time.as_secs_f64(),
                    time,
                    before,
                    contender,
                );
            }
        }
        Ok(laps)
    }
}

/// The repetitions of one contender.
#[derive(Clone, Debug)]
pub struct Laps {
    /// What is compared, of each.
    pub rates: Vec<f64>,
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
    /// Counts a repetition; `before` is what others had had when it began.
    pub fn add(&mut self, rate: f64, time: Duration, before: Option<f64>, contender: &Contender) {
        self.rates.push(rate);
        self.seconds += time.as_secs_f64();
        self.others = self
            .others
            .zip(contender.others().zip(before))
            .map(|(sum, (after, before))| sum + after - before);
    }

    /// The share of all processors that other programs had.
    pub fn others_share(&self) -> Option<f64> {
        let all = self.seconds * machine::processors().get() as f64;
        self.others.map(|others| (others / all).max(0.0))
    }
}

pub fn text(weights: &Path, length: usize) -> anyhow::Result<Vec<u32>> {
    let tokenizer = Tokenizer::from_gguf(&Gguf::open(weights)?)?;
    Ok(sample_tokens(&tokenizer, length))
}

fn tell(figure: &Figure, what: &str, engine: Engine) {
    let (model, work, engine) = (figure.model, figure.label(), engine.label());
    eprintln!("{model}, {work}: {what}, {engine}");
}
