//! `estoppel memory`: into a matter, and out of it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, bail};
use estoppel::memory::matter::Why;
use estoppel::memory::matters::ImportError;
use estoppel::memory::{
    Evidence, Fact, Mark, Matter, MatterName, Ranking, Role, Turn, TurnId, Verdict,
};
use serde::Serialize;

use super::graph;
use crate::Outcome;
use crate::cli::{Global, Memory, Said};
use crate::output::Output;
use crate::render::{DIM, FactLine, Found, TurnLine};
use crate::session;

/// Turns that `search` ranks at most.
const DEEPEST: usize = 256;

pub(crate) fn memory(global: &Global, output: Output, command: Memory) -> anyhow::Result<Outcome> {
    match command {
        Memory::List => list(global, output),
        Memory::Show { as_of } => show(global, output, as_of),
        Memory::Search { query, limit } => search(global, output, &query, limit),
        Memory::Why { turn } => why(global, output, turn),
        Memory::Mark {
            turn,
            verdict,
            question,
        } => mark(global, output, turn, verdict, question),
        Memory::Marks => marks(global, output),
        Memory::Graph {
            out,
            question,
            limit,
        } => graph::draw(global, output, &out, question.as_deref(), limit),
        Memory::Export => export(global, output),
        Memory::Import { file } => import(global, output, &file),
        Memory::Forget { turn, yes } => forget(global, output, turn, yes),
        Memory::Rebuild => rebuild(global, output),
    }?;
    Ok(Outcome::Done)
}

/// A `matter` line.
#[derive(Serialize)]
struct Listed {
    name: String,
    turns: u64,
    last_used: String,
}

fn list(global: &Global, output: Output) -> anyhow::Result<()> {
    for info in session::data_dir(global)?.matters()?.list()? {
        let listed = Listed {
            name: info.name.to_string(),
            turns: info.turns,
            last_used: info.last_used.to_string(),
        };
        if output.json {
            output.line("matter", &listed)?;
        } else {
            let Listed {
                name,
                turns,
                last_used,
            } = listed;
            output.text(format_args!(
                "{name:<32} {turns:>6} turns  {DIM}{last_used}{DIM:#}\n"
            ))?;
        }
    }
    Ok(())
}

fn show(global: &Global, output: Output, as_of: Option<u32>) -> anyhow::Result<()> {
    let matter = session::existing_matter(global, output)?;
    let (turns, facts) = match as_of {
        Some(number) => {
            let last = known_turn(&matter, number)?;
            let upto = number as usize;
            (&matter.turns()[..upto], matter.record_as_of(last))
        }
        None => (matter.turns(), matter.facts().to_vec()),
    };
    for turn in turns {
        if output.json {
            output.line("turn", turn)?;
        } else {
            output.text(TurnLine(turn))?;
        }
    }
    if !output.json {
        output.text("\nThe record:\n")?;
    }
    for fact in &facts {
        if output.json {
            output.line("fact", fact)?;
        } else {
            output.text(FactLine {
                fact,
                facts: &facts,
            })?;
        }
    }
    Ok(())
}

fn known_turn(matter: &Matter, number: u32) -> anyhow::Result<TurnId> {
    match matter.turn(TurnId(number)) {
        Some(turn) => Ok(turn.id),
        None => bail!(
            "there is no turn {number}; the matter has {}",
            matter.turns().len()
        ),
    }
}

/// A `found` line.
#[derive(Serialize)]
struct FoundLine<'a> {
    #[serde(flatten)]
    ranked: &'a estoppel::memory::RankedTurn,
    role: Role,
    text: &'a str,
}

fn search(global: &Global, output: Output, query: &str, limit: usize) -> anyhow::Result<()> {
    if query.trim().is_empty() {
        bail!("there is nothing to look for");
    }
    let mut matter = session::existing_matter(global, output)?;
    let mut encoder = session::open_encoder(global)?;
    session::embed_missing(&mut matter, encoder.as_mut(), output)?;
    let limit = limit.min(DEEPEST);
    let evidence: Evidence =
        matter.evidence(query, Some(encoder.as_mut()), Ranking::default(), limit)?;
    for ranked in &evidence.turns {
        let Some(turn) = matter.turn(ranked.turn) else {
            continue;
        };
        if output.json {
            output.line(
                "found",
                &FoundLine {
                    ranked,
                    role: turn.role,
                    text: &turn.text,
                },
            )?;
        } else {
            output.text(Found { ranked, turn })?;
        }
    }
    Ok(())
}

fn why(global: &Global, output: Output, number: u32) -> anyhow::Result<()> {
    let matter = session::existing_matter(global, output)?;
    let turn = known_turn(&matter, number)?;
    let Some(why) = matter.why(turn) else {
        bail!("turn {number} cannot be explained")
    };
    if output.json {
        output.line("why", &why)?;
    } else {
        print_why(output, &why)?;
    }
    Ok(())
}

/// What a turn states and what became of it.
pub(super) fn print_why(output: Output, why: &Why) -> io::Result<()> {
    output.text(TurnLine(&why.turn))?;
    if why.histories.is_empty() {
        output.text("  It states no fact that the record could hold.\n")?;
    }
    for history in &why.histories {
        for (place, fact) in history.versions.iter().enumerate() {
            let lead = if place == 0 { "  " } else { "  → " };
            output.text(lead)?;
            output.text(FactLine {
                fact,
                facts: &history.versions,
            })?;
        }
        for fact in &history.contradicting {
            output.text("  ≠ ")?;
            output.text(FactLine {
                fact,
                facts: &history.versions,
            })?;
        }
    }
    Ok(())
}

fn mark(
    global: &Global,
    output: Output,
    number: u32,
    said: Said,
    question: String,
) -> anyhow::Result<()> {
    let mut matter = session::existing_matter(global, output)?;
    let changed = matter.mark(Mark {
        question,
        turn: known_turn(&matter, number)?,
        verdict: match said {
            Said::Right => Some(Verdict::Right),
            Said::Wrong => Some(Verdict::Wrong),
            Said::None => None,
        },
    })?;
    output.note(match (said, changed) {
        (Said::None, false) => format!("nothing was said of turn {number} for this question"),
        (Said::None, true) => format!("what was said of turn {number} is taken back"),
        (Said::Right, _) => format!("turn {number} is found sooner for such questions"),
        (Said::Wrong, _) => format!("turn {number} is found later for such questions"),
    });
    Ok(())
}

fn marks(global: &Global, output: Output) -> anyhow::Result<()> {
    let matter = session::existing_matter(global, output)?;
    for mark in matter.marks() {
        if output.json {
            output.line("mark", mark)?;
            continue;
        }
        let said = match mark.verdict {
            Some(Verdict::Right) => "right",
            Some(Verdict::Wrong) => "wrong",
            None => "",
        };
        output.text(format_args!("[{}] {said}  {}\n", mark.turn, mark.question))?;
    }
    Ok(())
}

fn export(global: &Global, output: Output) -> anyhow::Result<()> {
    let matter = session::existing_matter(global, output)?;
    let mut out = io::stdout().lock();
    for line in matter.export() {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn import(global: &Global, output: Output, file: &Path) -> anyhow::Result<()> {
    let matters = session::data_dir(global)?.matters()?;
    let name = MatterName::new(&global.matter)?;
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let opened =
            File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
        Box::new(BufReader::new(opened))
    };
    let turns = matters
        .import(&name, input)
        .map_err(|error| named(error, file))?;
    output.note(format_args!("{turns} turns are now the matter `{name}`"));
    Ok(())
}

fn named(error: ImportError, file: &Path) -> anyhow::Error {
    anyhow::Error::new(error).context(format!("{} was not imported", file.display()))
}

fn forget(global: &Global, output: Output, number: u32, yes: bool) -> anyhow::Result<()> {
    let mut matter = session::existing_matter(global, output)?;
    let turn = known_turn(&matter, number)?;
    if !yes {
        confirm(output, &matter, turn)?;
    }
    if let Some(folder) = matter.folder() {
        estoppel::forget_stored(folder, turn)?;
    }
    matter.forget(turn)?;
    output.note(format_args!(
        "turn {number} and all that was derived from it are gone"
    ));
    Ok(())
}

fn confirm(output: Output, matter: &Matter, turn: TurnId) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() {
        bail!("forgetting cannot be undone; say --yes to do it without being asked");
    }
    if let Some(turn) = matter.turn(turn) {
        output.text(TurnLine(turn))?;
    }
    output.text("Forget this turn for good? Type yes: ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim() != "yes" {
        bail!("nothing was forgotten");
    }
    Ok(())
}

fn rebuild(global: &Global, output: Output) -> anyhow::Result<()> {
    let mut matter = session::existing_matter(global, output)?;
    let mut encoder = session::open_encoder(global)?;
    let bar = output.bar(matter.turns().len() as u64, "turns");
    matter.rebuild(Some(encoder.as_mut()), &mut |done, _| {
        bar.set_position(done as u64)
    })?;
    bar.finish_and_clear();
    let (turns, facts): (&[Turn], &[Fact]) = (matter.turns(), matter.facts());
    output.note(format_args!(
        "the store was made anew from the journal: {} turns, {} facts",
        turns.len(),
        facts.len()
    ));
    Ok(())
}
