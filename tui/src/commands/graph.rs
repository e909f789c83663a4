//! `estoppel memory graph`: pictures of a matter.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use estoppel::memory::{Picture, Ranking};

use crate::cli::Global;
use crate::output::Output;
use crate::session;

/// How a picture is written.
type Format = fn(&Picture) -> String;

pub(super) fn draw(
    global: &Global,
    output: Output,
    out: &Path,
    question: Option<&str>,
    limit: usize,
) -> anyhow::Result<()> {
    let format = format(out)?;
    let mut matter = session::existing_matter(global, output)?;
    let picture = match question {
        None => Picture::whole(&global.matter, matter.turns(), matter.graph()),
        Some(question) => {
            let mut encoder = session::open_encoder(global)?;
            session::embed_missing(&mut matter, encoder.as_mut(), output)?;
            let evidence =
                matter.evidence(question, Some(encoder.as_mut()), Ranking::default(), limit)?;
            let attention = matter.attention(question, Some(encoder.as_mut()))?;
            Picture::around(
                question,
                matter.turns(),
                matter.graph(),
                &evidence,
                &attention,
            )
        }
    };
    fs::write(out, format(&picture))
        .with_context(|| format!("{} was not written", out.display()))?;
    output.note(format_args!(
        "{}: {} nodes and {} edges",
        out.display(),
        picture.nodes.len(),
        picture.edges.len()
    ));
    Ok(())
}

fn format(out: &Path) -> anyhow::Result<Format> {
    let ending = out.extension().and_then(|ending| ending.to_str());
    Ok(match ending {
        Some("svg") => Picture::to_svg,
        Some("dot") => Picture::to_dot,
        Some("json") => Picture::to_json,
        _ => bail!(
            "{} does not say what to draw: its name must end in .svg, .dot or .json",
            out.display()
        ),
    })
}
