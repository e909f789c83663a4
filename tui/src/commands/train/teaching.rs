//! `estoppel train pointer` and `train writer`: what is taught through the layers of the language
//! model.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use estoppel::consultation::Consultation;
use estoppel::memory::Embedder;
use estoppel::model::{Pointer, PointerTeacher, WriterTeacher, mean_of_pointers};
use estoppel::train::{
    Schedule, TeachingError, pointer_plan, pointer_talk, shipped_pointer, train_pointer,
    train_writer, writer_plan, writer_talk,
};
use serde::Serialize;

use super::{consultations, stop_if_asked};
use crate::Outcome;
use crate::cli::{Global, Teaching, TrainPointer, TrainWriter};
use crate::interrupt::{self, Interrupted, Work};
use crate::output::Output;
use crate::session;

pub(super) fn pointer(
    global: &Global,
    output: Output,
    args: &TrainPointer,
) -> anyhow::Result<Outcome> {
    let teaching = &args.teaching;
    let cache = Cache::of(teaching)?;
    let work = Work::begin();
    let lessons = looked_up(global, output, teaching, pointer_talk)?;
    let weights = session::builder(global).weights()?;
    let options = session::open_options(global);
    let mut teacher = PointerTeacher::open(weights, options, |layers| {
        pointer_plan(layers, args.first_layer, teaching.seed)
    })?;
    if !args.from.is_empty() {
        let read = args.from.iter().map(|file| read(file));
        let pointers: Vec<Vec<u8>> = read.collect::<Result<_, _>>()?;
        let taken = mean_of_pointers(&pointers).and_then(|mean| teacher.take_up(&mean));
        let names = args.from.iter().map(|file| file.display().to_string());
        taken.with_context(|| names.collect::<Vec<_>>().join(", "))?;
    }
    let schedule = teaching.schedule(args.passes);
    let trained = shown(output, |progress| {
        train_pointer(&lessons, &mut teacher, &schedule, cache.folder(), progress)
    });
    drop(work);
    let (pointer, report) = trained?;
    written(output, &teaching.out, pointer, &report, report.summary())?;
    done(output, teaching, report.stopped)
}

pub(super) fn writer(
    global: &Global,
    output: Output,
    args: &TrainWriter,
) -> anyhow::Result<Outcome> {
    let teaching = &args.teaching;
    let cache = Cache::of(teaching)?;
    let work = Work::begin();
    let lessons = looked_up(global, output, teaching, writer_talk)?;
    let weights = session::builder(global).weights()?;
    let options = session::open_options(global);
    let pointer = match &args.pointer {
        Some(file) => Pointer::read(&read(file)?).with_context(|| file.display().to_string())?,
        None => shipped_pointer(),
    };
    let plan = writer_plan(args.first_layer, teaching.seed);
    let mut teacher = WriterTeacher::open(weights, options, pointer, plan)?;
    if let Some(file) = &args.from {
        let taken = teacher.take_up(&read(file)?);
        taken.with_context(|| file.display().to_string())?;
    }
    let schedule = teaching.schedule(args.passes);
    let trained = shown(output, |progress| {
        train_writer(&lessons, &mut teacher, &schedule, cache.folder(), progress)
    });
    drop(work);
    let (writer, report) = trained?;
    written(output, &teaching.out, writer, &report, report.summary())?;
    done(output, teaching, report.stopped)
}

impl Teaching {
    fn schedule(&self, passes: usize) -> Schedule {
        Schedule {
            passes,
            rate: self.rate,
            held_out: self.held_out,
            seed: self.seed,
        }
    }
}

/// The folder where what the model reads is kept.
enum Cache {
    Kept(PathBuf),
    Removed(tempfile::TempDir),
}

impl Cache {
    fn of(teaching: &Teaching) -> anyhow::Result<Self> {
        let Some(folder) = &teaching.cache else {
            return Ok(Self::Removed(tempfile::tempdir()?));
        };
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        Ok(Self::Kept(folder.clone()))
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Kept(folder) => folder,
            Self::Removed(folder) => folder.path(),
        }
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| file.display().to_string())
}

/// Consultations as lessons, for which retrieval is asked once.
fn looked_up<T>(
    global: &Global,
    output: Output,
    teaching: &Teaching,
    talk: impl Fn(&Consultation, &mut dyn Embedder) -> Result<T, TeachingError>,
) -> anyhow::Result<Vec<T>> {
    let consultations = consultations(&teaching.consultation)?;
    let bar = output.bar(consultations.len() as u64, "looking up");
    let mut encoder = session::open_encoder(global)?;
    let mut lessons = Vec::new();
    for consultation in &consultations {
        lessons.push(talk(consultation, encoder.as_mut())?);
        bar.inc(1);
        if interrupt::requested() {
            return Err(Interrupted.into());
        }
    }
    bar.finish_and_clear();
    Ok(lessons)
}

/// Shows how far training is, and stops it if that is asked for.
fn shown<T>(
    output: Output,
    train: impl FnOnce(&mut dyn FnMut(usize, usize) -> ControlFlow<()>) -> T,
) -> T {
    let bar = output.bar(0, "training");
    let trained = train(&mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        stop_if_asked()
    });
    bar.finish_and_clear();
    trained
}

/// Writes what was learnt, with a report beside it.
fn written(
    output: Output,
    file: &Path,
    learnt: Vec<u8>,
    report: &impl Serialize,
    summary: String,
) -> anyhow::Result<()> {
    let beside = file.with_extension("report.json");
    let json = serde_json::to_vec_pretty(report)?;
    for (file, bytes) in [(file, &learnt), (&beside, &json)] {
        std::fs::write(file, bytes).with_context(|| file.display().to_string())?;
    }
    match output.json {
        true => output.line("trained", report)?,
        false => output.text(summary)?,
    }
    Ok(())
}

fn done(output: Output, teaching: &Teaching, stopped: bool) -> anyhow::Result<Outcome> {
    if !stopped {
        return Ok(Outcome::Done);
    }
    let file = teaching.out.display();
    output.note(format!(
        "what was learnt so far is in {file}; --from {file} goes on from it"
    ));
    Err(Interrupted.into())
}
