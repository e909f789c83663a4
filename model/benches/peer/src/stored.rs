//! The first token of a question on a consultation that was read before a restart.

use std::num::NonZero;
use std::path::Path;
use std::time::Duration;

use estoppel_model::bench::Spread;
use estoppel_model::{ModelDir, ModelSpec};
use serde::Serialize;

use crate::contender::{Contender, Engine, Request};
use crate::figures::MIDDLE;
use crate::report::Measured;
use crate::run::{Course, Laps, text};
use crate::{Cli, Side};

/// Tokens of the consultation and of the question, about: whole sentences are asked.
const SIZES: (usize, usize) = (8192, 100);
/// What the template puts around messages, and a first token.
const AROUND: usize = 2048;

/// Who takes how long.
#[derive(Clone, Debug, Serialize)]
pub struct StoredRow {
    pub model: &'static str,
    /// Tokens of the consultation and of the question, as ours counted them.
    pub history: usize,
    pub question: usize,
    pub engine: Engine,
    /// What it does first.
    pub way: &'static str,
    /// What the engine says about itself.
    pub about: String,
    /// Seconds to the first token; the weights are there.
    pub first_token: Spread,
    /// Seconds to open the weights.
    pub open: Spread,
    pub others: Option<f64>,
}

/// Ours in a process a round, which takes up what another one stored; llama.cpp reading
/// all of it, and in a process a round taking up its own file.
pub fn stored(
    dir: &ModelDir,
    models: &[&'static ModelSpec],
    cli: &Cli,
    threads: NonZero<usize>,
    again: &[Measured],
) -> anyhow::Result<Vec<StoredRow>> {
    let Some(model) = models.iter().find(|spec| spec.name == MIDDLE) else {
        return Ok(Vec::new());
    };
    if cli.longest.is_some_and(|longest| longest < SIZES.0) {
        return Ok(Vec::new());
    }
    let folder = std::env::temp_dir().join(format!("estoppel-bench-peer-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let course = Course {
        weights: dir.resolve(model.name)?,
        threads,
        repeat: cli.repeat,
        sides: &cli.sides,
        flash: &cli.flash,
        also: cli.also.as_deref(),
    };
    let rows = rows(&course, model.name, &folder, again);
    std::fs::remove_dir_all(&folder)?;
    rows
}

fn rows(
    course: &Course<'_>,
    model: &'static str,
    folder: &Path,
    again: &[Measured],
) -> anyhow::Result<Vec<StoredRow>> {
    let (mut history, mut question) = SIZES;
    let room = history + question + AROUND;
    let mut rows = Vec::new();
    if course.sides.contains(&Side::Ours) {
        let file = folder.join("ours");
        let store = Request::Store(file.clone(), history);
        eprintln!("{model}, stored: reading, {}", Engine::OursStored.label());
        course
            .start((Engine::OursStored, None), room)?
            .time(&store)?;
        let mut clock = Clock::new("stored by another process");
        for round in 1..=course.repeat.get() {
            eprintln!(
                "{model}, stored: round {round}, {}",
                Engine::OursStored.label()
            );
            let mut contender = course.start((Engine::OursStored, None), room)?;
            let before = contender.others();
            let first = contender.first_token(&file, SIZES.0, SIZES.1)?;
            (history, question) = (first.history, first.question);
            let time = Duration::from_secs_f64(first.seconds);
            clock.take(
                time,
                Duration::from_secs_f64(first.load),
                before,
                &contender,
            );
        }
        rows.push(clock.row(model, (history, question)));
    }
    if course.sides.contains(&Side::Theirs) {
        let text = text(&course.weights, history + question)?;
        for (number, entry) in course.theirs().enumerate() {
            let engine = entry.0;
            let file = folder.join(number.to_string());
            let mut contender = course.start(entry, text.len() + 1)?;
            let mut clock = Clock::new("reads all of it again");
            let known = again
                .iter()
                .find(|measured| measured.engine == engine && measured.about == contender.about);
            if let Some(known) = known {
                rows.push(read_again(model, known));
            }
            for round in 1..=course.repeat.get() {
                if known.is_some() {
                    break;
                }
                eprintln!("{model}, stored: round {round}, {}", engine.label());
                let before = contender.others();
                let time = contender.time(&Request::Prefill(text.clone()))?;
                clock.take(time, contender.opened, before, &contender);
            }
            contender.time(&Request::Fill(text[..history].to_vec()))?;
            contender.time(&Request::Save(file.clone()))?;
            drop(contender);
            if known.is_none() {
                rows.push(clock.row(model, (history, question)));
            }
            let mut clock = Clock::new("its own file");
            for _ in 0..course.repeat.get() {
                let mut contender = course.start(entry, text.len() + 1)?;
                let before = contender.others();
                let load = contender.time(&Request::Load(file.clone(), history))?;
                let read = contender.time(&Request::Fill(text.clone()))?;
                clock.take(load + read, contender.opened, before, &contender);
            }
            rows.push(clock.row(model, (history, question)));
        }
    }
    Ok(rows)
}

/// What the prefill of as long a consultation, without a question, took in the same run.
fn read_again(model: &'static str, known: &Measured) -> StoredRow {
    let Spread { median, min, max } = known.tokens_per_second;
    let seconds = |rate: f64| SIZES.0 as f64 / rate;
    StoredRow {
        model,
        history: SIZES.0,
        question: 0,
        engine: known.engine,
        way: "reads all of it again",
        about: known.about.clone(),
        first_token: Spread {
            median: seconds(median),
            min: seconds(max),
            max: seconds(min),
        },
        open: Spread::of(vec![known.opened_seconds]),
        others: known.others,
    }
}

/// The repetitions of one way.
struct Clock {
    way: &'static str,
    engine: Option<Engine>,
    about: String,
    laps: Laps,
    opened: Vec<f64>,
}

impl Clock {
    fn new(way: &'static str) -> Self {
        Self {
            way,
            engine: None,
            about: String::new(),
            laps: Laps::default(),
            opened: Vec::new(),
        }
    }

    fn take(
        &mut self,
        time: Duration,
        opened: Duration,
        before: Option<f64>,
        contender: &Contender,
    ) {
        self.engine = Some(contender.engine);
        self.about.clone_from(&contender.about);
        self.opened.push(opened.as_secs_f64());
        self.laps.add(time.as_secs_f64(), time, before, contender);
    }

    fn row(self, model: &'static str, (history, question): (usize, usize)) -> StoredRow {
        StoredRow {
            model,
            history,
            question,
            engine: self.engine.unwrap_or(Engine::OursStored),
            way: self.way,
            about: self.about,
            others: self.laps.others_share(),
            first_token: Spread::of(self.laps.rates),
            open: Spread::of(self.opened),
        }
    }
}
