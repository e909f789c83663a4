//! `estoppel train`: the weights that rank and read, and what they are worth.

mod teaching;

use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Context as _;
use estoppel::Settings as AgentSettings;
use estoppel::consultation::Consultation;
use estoppel::eval::retrieval::Format;
use estoppel::memory::retrieve::gat::Settings;
use estoppel::memory::{Matter, Ranking};
use estoppel::model::Pointer;
use estoppel::train::{
    Contender, Conversation, HeldOut, LessonError, ReaderLesson, Source, ablate, conversations,
    curves, reader_lessons, train_reader, train_retriever,
};

use super::eval::show_progress;
use super::kept::Kept;
use crate::Outcome;
use crate::cli::{
    Global, Labelled, Train, TrainAblation, TrainLessons, TrainReader, TrainRetriever,
};
use crate::interrupt::{self, Interrupted, Work};
use crate::output::Output;
use crate::session;

pub(crate) fn train(global: &Global, output: Output, command: &Train) -> anyhow::Result<Outcome> {
    match command {
        Train::Retriever(args) => retriever(global, output, args),
        Train::Lessons(args) => lessons(global, output, args),
        Train::Reader(args) => reader(output, args),
        Train::Pointer(args) => teaching::pointer(global, output, args),
        Train::Writer(args) => teaching::writer(global, output, args),
        Train::Ablation(args) => ablation(global, output, args),
    }
}

fn retriever(global: &Global, output: Output, args: &TrainRetriever) -> anyhow::Result<Outcome> {
    let talks = read(global, output, &args.data)?;
    let settings = Settings {
        seed: args.seed,
        epochs: args.epochs,
        hybrid: args.hybrid,
        ..Settings::default()
    };
    let held_out = HeldOut {
        one_in: args.held_out,
    };
    let work = Work::begin();
    let bar = output.bar(0, "training");
    let trained = train_retriever(&talks, held_out, &settings, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        stop_if_asked()
    });
    bar.finish_and_clear();
    drop(work);
    let (network, report) = interruptible(trained)?;
    network.save(&args.out)?;
    let beside = |extension: &str| args.out.with_extension(extension);
    let json = serde_json::to_vec_pretty(&report)?;
    for (file, bytes) in [
        (beside("report.json"), json),
        (beside("curves.svg"), curves(&report.epochs).into_bytes()),
    ] {
        std::fs::write(&file, bytes).with_context(|| file.display().to_string())?;
    }
    if output.json {
        output.line("trained", &report)?;
    } else {
        output.text(report.summary())?;
    }
    Ok(Outcome::Done)
}

fn consultations(files: &[PathBuf]) -> anyhow::Result<Vec<Consultation>> {
    let talks = files.iter().map(|file| Consultation::read(file));
    Ok(talks.collect::<Result<_, _>>()?)
}

fn lessons(global: &Global, output: Output, args: &TrainLessons) -> anyhow::Result<Outcome> {
    let talks = consultations(&args.consultation)?;
    let removed = tempfile::tempdir()?;
    let cache = args.cache.as_deref().unwrap_or(removed.path());
    std::fs::create_dir_all(cache).with_context(|| cache.display().to_string())?;
    let mut kept = Kept::<ReaderLesson>::open(&args.out)?;
    let settings = AgentSettings {
        ranking: Ranking::Hybrid,
        ..AgentSettings::default()
    };
    let mut agent = session::builder(global)
        .settings(settings)
        .open_on(Matter::in_memory())?;
    if let Some(file) = &args.pointer {
        let name = || file.display().to_string();
        let pointer = std::fs::read(file).with_context(name)?;
        agent.point_by(Pointer::read(&pointer).with_context(name)?);
    }
    let work = Work::begin();
    let turns: usize = talks.iter().map(|talk| talk.turns.len()).sum();
    let bar = output.bar(turns as u64, "playing");
    for talk in &talks {
        if kept.has(&talk.id) {
            bar.inc(talk.turns.len() as u64);
            continue;
        }
        let of_talk = reader_lessons(&mut agent, talk, cache, &mut || {
            bar.inc(1);
            stop_if_asked()
        });
        match of_talk {
            Err(LessonError::Stopped) => return Err(Interrupted.into()),
            of_talk => kept.add(&talk.id, of_talk?)?,
        }
    }
    bar.finish_and_clear();
    drop(work);
    let made = kept.into_all().count();
    if output.json {
        output.line("lessons", &serde_json::json!({ "questions": made }))?;
    } else {
        output.text(format!("{}: {made} questions\n", args.out.display()))?;
    }
    Ok(Outcome::Done)
}

fn reader(output: Output, args: &TrainReader) -> anyhow::Result<Outcome> {
    let mut lessons: Vec<ReaderLesson> = Vec::new();
    for file in &args.lessons {
        anyhow::ensure!(
            file.exists(),
            "{}: there is no such file; `estoppel train lessons` makes one",
            file.display()
        );
        lessons.extend(Kept::open(file)?.into_all());
    }
    let (weights, report) = train_reader(&lessons, !args.blind)?;
    let beside = args.out.with_extension("report.json");
    for (file, text) in [
        (&args.out, weights),
        (&beside, serde_json::to_string_pretty(&report)?),
    ] {
        std::fs::write(file, text + "\n").with_context(|| file.display().to_string())?;
    }
    if output.json {
        output.line("trained", &report)?;
    } else {
        output.text(report.summary())?;
    }
    Ok(Outcome::Done)
}

fn ablation(global: &Global, output: Output, args: &TrainAblation) -> anyhow::Result<Outcome> {
    let talks = read(global, output, &args.data)?;
    let settings = Settings {
        epochs: args.epochs,
        hybrid: args.hybrid,
        ..Settings::default()
    };
    let untrained = [
        Ranking::Bm25,
        Ranking::Dense,
        Ranking::Late,
        Ranking::Fused,
        Ranking::Hybrid,
        Ranking::PageRank,
    ];
    let contenders: Vec<Contender> = untrained
        .into_iter()
        .map(Contender::Untrained)
        .chain(Contender::TRAINED)
        .collect();
    let work = Work::begin();
    let bar = output.bar(0, "");
    let table = ablate(
        &talks,
        args.measure.into(),
        &contenders,
        &settings,
        &args.seeds,
        &mut |fold, done, all| {
            let name = &fold.contender;
            bar.set_message(format!(
                "{name}, without {}, seed {}",
                fold.held_out, fold.seed
            ));
            bar.set_length(all as u64);
            bar.set_position(done as u64);
            stop_if_asked()
        },
    );
    bar.finish_and_clear();
    drop(work);
    let table = interruptible(table)?;
    if output.json {
        output.line("ablation", &table)?;
    } else {
        output.text(table.table())?;
    }
    Ok(Outcome::Done)
}

fn stop_if_asked() -> ControlFlow<()> {
    match interrupt::requested() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

fn interruptible<T>(
    result: Result<T, estoppel::memory::retrieve::gat::TrainError>,
) -> anyhow::Result<T> {
    use estoppel::memory::retrieve::gat::TrainError;
    match result {
        Err(TrainError::Stopped) => Err(Interrupted.into()),
        other => Ok(other?),
    }
}

/// Plays the labelled sets, and encodes what has not been encoded before.
fn read(global: &Global, output: Output, data: &Labelled) -> anyhow::Result<Vec<Conversation>> {
    let sources: Vec<Source> = [
        (Format::Locomo, &data.locomo),
        (Format::Beam, &data.beam),
        (Format::Memdaily, &data.memdaily),
        (Format::Consultation, &data.consultation),
    ]
    .into_iter()
    .filter(|(_, files)| !files.is_empty())
    .map(|(format, files)| Source {
        format,
        files: files.clone(),
    })
    .collect();
    anyhow::ensure!(
        !sources.is_empty(),
        "there is nothing to learn from: name files with --locomo, --beam, --memdaily or \
         --consultation"
    );
    let mut encoder = session::open_encoder(global)?;
    let bar = output.bar(0, "");
    let talks = conversations(
        &sources,
        encoder.as_mut(),
        data.cache.as_deref(),
        &mut |progress| show_progress(&bar, progress),
    )?;
    bar.finish_and_clear();
    Ok(talks)
}
