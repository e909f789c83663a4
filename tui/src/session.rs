//! Opening what a command works on, with progress.

use std::sync::Arc;

use estoppel::memory::matter::StoreState;
use estoppel::memory::retrieve::gat::Network;
use estoppel::memory::{Embedder, Matter, MatterName};
use estoppel::model::OpenOptions;
use estoppel::{Agent, AgentBuilder, DataDir};

use crate::cli::Global;
use crate::interrupt;
use crate::output::Output;

/// The data directory that the options name.
pub(crate) fn data_dir(global: &Global) -> anyhow::Result<DataDir> {
    Ok(DataDir::new(global.data_dir.clone())?)
}

/// The matter that the options name, which must exist.
pub(crate) fn existing_matter(global: &Global, output: Output) -> anyhow::Result<Matter> {
    let matters = data_dir(global)?.matters()?;
    let name = MatterName::new(&global.matter)?;
    if !matters.contains(&name) {
        anyhow::bail!("there is no matter `{name}`; `estoppel memory list` tells which there are");
    }
    told(global, matters.open_matter(&name)?, output)
}

/// The matter that the options name, made if it does not exist.
pub(crate) fn open_matter(global: &Global, output: Output) -> anyhow::Result<Matter> {
    told(
        global,
        data_dir(global)?.open_matter(&global.matter)?,
        output,
    )
}

/// A matter that ranks as the options say, after saying what opening it had to mend.
fn told(global: &Global, mut matter: Matter, output: Output) -> anyhow::Result<Matter> {
    for note in mended(&matter) {
        output.note(note);
    }
    if let Some(network) = network(global)? {
        matter.set_network(network);
    }
    Ok(matter)
}

/// The network that the options name in place of the one that comes with the program.
pub(crate) fn network(global: &Global) -> anyhow::Result<Option<Arc<Network>>> {
    let load = |file| Ok(Arc::new(Network::load(file)?));
    global.retriever.as_deref().map(load).transpose()
}

/// What opening a matter had to mend.
pub(crate) fn mended(matter: &Matter) -> Vec<String> {
    let opened = matter.opened();
    let mut notes = Vec::new();
    if opened.torn_bytes > 0 {
        notes.push(format!(
            "a turn that was being written when the program last ended, and that was not \
             acknowledged, was cut off ({} bytes)",
            opened.torn_bytes
        ));
    }
    match opened.store {
        StoreState::CaughtUp { turns } => notes.push(format!(
            "the store lacked {turns} turns of the journal; they were added"
        )),
        StoreState::Rebuilt { because } if !matter.turns().is_empty() => notes.push(format!(
            "the store was made anew from the journal: {because}"
        )),
        StoreState::Matched | StoreState::Rebuilt { .. } => {}
    }
    notes
}

/// An agent on a matter, with its weights loaded and every turn encoded.
pub(crate) fn open_agent(global: &Global, matter: Matter, output: Output) -> anyhow::Result<Agent> {
    let bar = output.bar(0, "loading the models");
    let mut agent = builder(global).open_on_telling(matter, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    let bar = output.bar(0, "encoding turns");
    agent.embed_missing(&mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    if let Some(distrust) = agent.distrust() {
        output.note(format_args!(
            "the model's stored keys and values: {distrust}"
        ));
    }
    Ok(agent)
}

/// Lets the model read the turns that it has not read yet. An interruption ends it
/// early and is no failure: what was read is kept.
pub(crate) fn read_ahead(agent: &mut Agent, output: Output) -> anyhow::Result<()> {
    let bar = output.bar(0, "reading turns");
    agent.read_ahead(&mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        !interrupt::requested()
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// The text encoder that the options name.
pub(crate) fn open_encoder(global: &Global) -> anyhow::Result<Box<dyn Embedder>> {
    Ok(builder(global).open_encoder()?)
}

/// Encodes the turns of a matter that are not encoded yet.
pub(crate) fn embed_missing(
    matter: &mut Matter,
    encoder: &mut dyn Embedder,
    output: Output,
) -> anyhow::Result<()> {
    let bar = output.bar(0, "encoding turns");
    matter.embed_missing(encoder, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// How the options want a language model opened.
pub(crate) fn open_options(global: &Global) -> OpenOptions {
    OpenOptions {
        threads: global.threads,
        ..OpenOptions::default()
    }
}

/// The agent that the options name, not opened yet.
pub(crate) fn builder(global: &Global) -> AgentBuilder {
    let mut builder = Agent::builder().options(open_options(global));
    if let Some(dir) = &global.data_dir {
        builder = builder.data_dir(dir);
    }
    if let Some(model) = &global.model {
        builder = builder.model(model);
    }
    if let Some(encoder) = &global.encoder {
        builder = builder.encoder(encoder);
    }
    if let Some(file) = &global.retriever {
        builder = builder.retriever(file);
    }
    builder
}
