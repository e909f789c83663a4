//! `estoppel model`: what there is, what is here, what it is made of.

use std::fmt;

use anyhow::{Context, bail};
use estoppel::model::manifest::{ModelKind, ModelSpec};
use estoppel::model::{ModelInfo, inspect};
use serde::Serialize;

use crate::Outcome;
use crate::cli::{Global, Model};
use crate::interrupt::Work;
use crate::output::Output;
use crate::pull;
use crate::session;

pub(crate) fn model(global: &Global, output: Output, command: Model) -> anyhow::Result<Outcome> {
    match command {
        Model::List => list(global, output)?,
        Model::Pull { names } => pull_all(global, output, &names)?,
        Model::Info { model } => info(global, output, &model)?,
    }
    Ok(Outcome::Done)
}

/// A `model` line.
#[derive(Serialize)]
struct Listed {
    name: &'static str,
    alias: &'static str,
    kind: &'static str,
    bytes: u64,
    context: usize,
    licence: &'static str,
    description: &'static str,
    default: bool,
    installed: bool,
}

fn list(global: &Global, output: Output) -> anyhow::Result<()> {
    let models = session::data_dir(global)?.models();
    for spec in ModelSpec::all() {
        let listed = Listed {
            name: spec.name,
            alias: spec.alias,
            kind: spec.kind.label(),
            bytes: spec.size(),
            context: spec.context,
            licence: spec.licence,
            description: spec.description,
            default: [ModelSpec::default_language(), ModelSpec::default_encoder()]
                .iter()
                .any(|default| default.name == spec.name),
            installed: models.installed(spec).is_some(),
        };
        if output.json {
            output.line("model", &listed)?;
        } else {
            output.text(row(&listed))?;
        }
    }
    Ok(())
}

fn row(listed: &Listed) -> String {
    let mut notes = vec![if listed.installed { "here" } else { "not here" }];
    if listed.default {
        notes.push("default");
    }
    format!(
        "{:<30} {:<8} {:<15} {:>5} MB  {:<18} {}\n",
        listed.name,
        listed.alias,
        listed.kind,
        listed.bytes / 1_000_000,
        notes.join(", "),
        listed.description
    )
}

fn pull_all(global: &Global, output: Output, names: &[String]) -> anyhow::Result<()> {
    let specs: Vec<&'static ModelSpec> = names
        .iter()
        .map(|name| pull::named(name))
        .collect::<Result<_, _>>()?;
    let models = session::data_dir(global)?.models();
    let _work = Work::begin();
    for spec in specs {
        if models.installed(spec).is_some() {
            output.note(format_args!("{} is here already", spec.name));
        }
        pull::fetch(global, output, spec)?;
    }
    Ok(())
}

fn info(global: &Global, output: Output, model: &str) -> anyhow::Result<()> {
    let path = session::data_dir(global)?.models().resolve(model)?;
    if let Some(spec) = ModelSpec::find(model).filter(|spec| spec.kind == ModelKind::Encoder) {
        bail!(
            "{} is a text encoder; `estoppel model list` tells what there is to tell",
            spec.name
        );
    }
    let info = inspect(&path).context("the model cannot be read")?;
    if output.json {
        output.line("model_info", &info)?;
    } else {
        output.text(Sheet(&info))?;
    }
    Ok(())
}

/// What a model is made of, a line each.
struct Sheet<'a>(&'a ModelInfo);

impl fmt::Display for Sheet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.0;
        writeln!(f, "name        {}", info.name)?;
        writeln!(f, "family      {}", info.family)?;
        writeln!(f, "weights     {} million", info.parameters / 1_000_000)?;
        writeln!(f, "layers      {}", info.layers)?;
        writeln!(
            f,
            "heads       {}, {} for keys and values",
            info.heads, info.kv_heads
        )?;
        writeln!(
            f,
            "width       {}, {} inside",
            info.hidden, info.feed_forward
        )?;
        writeln!(f, "context     {} tokens", info.context)?;
        writeln!(f, "vocabulary  {} tokens", info.vocabulary)?;
        for part in &info.quantisation {
            let million = part.parameters as f64 / 1e6;
            writeln!(
                f,
                "format      {:<6} {million:.1} million weights in {} tensors",
                part.format, part.tensors
            )?;
        }
        writeln!(f, "file        {} MB", info.bytes / 1_000_000)
    }
}
