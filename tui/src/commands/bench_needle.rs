//! `estoppel bench needle`: facts said once in a long consultation.

use std::fmt;

use estoppel::model::bench::{FactKind, MeasureError, Needles, StoredError, needles};
use serde::Serialize;

use super::bench::{mode, resolve, unless_interrupted};
use crate::Outcome;
use crate::cli::{BenchNeedle, Global};
use crate::interrupt::{self, Interrupted};
use crate::output::Output;
use crate::session;

/// A `bench_needle` line.
#[derive(Serialize)]
struct Line<'a> {
    model: &'a str,
    right: usize,
    of: usize,
    #[serde(flatten)]
    needles: &'a Needles,
}

pub(super) fn needle(
    global: &Global,
    output: Output,
    args: &BenchNeedle,
) -> anyhow::Result<Outcome> {
    let (model, path) = resolve(global)?;
    let _work = interrupt::Work::begin();
    for attention in &args.attention {
        let bar = output.bar(args.tokens.get() as u64, "reading and answering");
        let options = session::open_options(global);
        let found = needles(
            &path,
            options,
            mode(attention),
            args.tokens.get(),
            &mut |tokens| {
                bar.inc(tokens as u64);
                unless_interrupted()
            },
        );
        bar.finish_and_clear();
        let needles = match found {
            Err(StoredError::Measure(MeasureError::Interrupted)) => return Err(Interrupted.into()),
            other => other?,
        };
        let line = Line {
            model,
            right: needles.right(),
            of: needles.asked.len(),
            needles: &needles,
        };
        match output.json {
            true => output.line("bench_needle", &line)?,
            false => output.text(Table(&needles))?,
        }
    }
    Ok(Outcome::Done)
}

/// How often each kind was right, and where.
struct Table<'a>(&'a Needles);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needles = self.0;
        let all = &needles.asked;
        writeln!(
            f,
            "{}, {} tokens: {} of {} right",
            needles.attention.label(),
            needles.history,
            needles.right(),
            all.len()
        )?;
        for (kind, name) in [
            (FactKind::Sum, "sums"),
            (FactKind::Date, "dates"),
            (FactKind::Article, "articles"),
        ] {
            let of_kind: Vec<_> = all.iter().filter(|asked| asked.kind == kind).collect();
            let right = of_kind.iter().filter(|asked| asked.right).count();
            let depths: String = of_kind
                .iter()
                .map(|asked| if asked.right { '+' } else { '-' })
                .collect();
            let of = of_kind.len();
            writeln!(f, "  {name:<9} {right:>2} of {of}, by depth {depths}")?;
        }
        Ok(())
    }
}
