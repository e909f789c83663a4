//! `estoppel bench room`: how soon the room shows things.

use estoppel::memory::{Matter, MatterName, Matters};
use serde::Serialize;

use crate::Outcome;
use crate::cli::{BenchRoom, Global};
use crate::output::Output;
use crate::room::bench::{Spread, frames, invented, opening, typing};
use crate::session;

/// A `bench_room` line: times in milliseconds.
#[derive(Serialize)]
struct Figure<'a> {
    what: &'a str,
    #[serde(flatten)]
    spread: Spread,
}

pub(crate) fn bench_room(
    global: &Global,
    output: Output,
    args: &BenchRoom,
) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let matters = Matters::open(folder.path())?;
    let name = MatterName::new("invented")?;
    let spinner = output.spinner("inventing a matter");
    invented(&matters, &name, args.turns.get())?;
    spinner.finish_and_clear();
    tell(output, "opening a matter", opening(&matters, &name)?)?;
    tell(output, "a frame", frames(&matters, &name)?)?;
    let spinner = output.spinner("typing while the model writes");
    let mut agent = session::builder(global).open_on(Matter::in_memory())?;
    let typed = typing(&mut agent, &name)?;
    spinner.finish_and_clear();
    tell(output, "a key while the model writes", typed)?;
    Ok(Outcome::Done)
}

fn tell(output: Output, what: &str, spread: Spread) -> std::io::Result<()> {
    if output.json {
        return output.line("bench_room", &Figure { what, spread });
    }
    let Spread { median, p95, worst } = spread;
    output.text(format_args!(
        "{what:<30} median {median:>7.2} ms  p95 {p95:>7.2} ms  worst {worst:>7.2} ms\n"
    ))
}
