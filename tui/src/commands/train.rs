//! `estoppel train`: the weights that rank and read, and what they are worth.

use std::ops::ControlFlow;

use anyhow::Context as _;
use estoppel::Settings as AgentSettings;
use estoppel::consultation::Consultation;
use estoppel::eval::retrieval::Format;
use estoppel::memory::retrieve::gat::Settings;
use estoppel::memory::{Matter, Ranking};
use estoppel::train::{
    Contender, Conversation, HeldOut, LessonError, Source, ablate, conversations, curves,
    reader_lessons, train_reader, train_retriever,
};

use super::eval::show_progress;
use super::kept::Kept;
use crate::Outcome;
use crate::cli::{Global, Labelled, Train, TrainAblation, TrainReader, TrainRetriever};
use crate::interrupt::{self, Interrupted, Work};
use crate::output::Output;
use crate::session;

pub(crate) fn train(global: &Global, output: Output, command: &Train) -> anyhow::Result<Outcome> {
    match command {
        Train::Retriever(args) => retriever(global, output, args),
        Train::Reader(args) => reader(global, output, args),
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

fn reader(global: &Global, output: Output, args: &TrainReader) -> anyhow::Result<Outcome> {
    let files = args.consultation.iter();
    let talks: Vec<Consultation> = files
        .map(|f| Consultation::read(f))
        .collect::<Result<_, _>>()?;
    let mut kept = Kept::open(args.lessons.as_deref())?;
    let settings = AgentSettings {
        ranking: Ranking::Hybrid,
        ..AgentSettings::default()
    };
    let mut agent = session::builder(global)
        .settings(settings)
        .open_on(Matter::in_memory())?;
    let work = Work::begin();
    let turns: usize = talks.iter().map(|talk| talk.turns.len()).sum();
    let bar = output.bar(turns as u64, "playing");
    let mut lessons = Vec::new();
    for talk in &talks {
        if let Some(of_talk) = kept.take(&talk.id) {
            bar.inc(talk.turns.len() as u64);
            lessons.extend(of_talk);
            continue;
        }
        let of_talk = reader_lessons(&mut agent, talk, &mut || {
            bar.inc(1);
            stop_if_asked()
        });
        match of_talk {
            Err(LessonError::Stopped) => return Err(Interrupted.into()),
            of_talk => {
                let of_talk = of_talk?;
                kept.add(&talk.id, &of_talk)?;
                lessons.extend(of_talk);
            }
        }
    }
    bar.finish_and_clear();
    drop(work);
    let (weights, report) = train_reader(&lessons)?;
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
