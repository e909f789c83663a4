//! `estoppel chat`: a conversation, line by line.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};
use estoppel::Agent;

use crate::Outcome;
use crate::answer::{self, Keep};
use crate::cli::Global;
use crate::interrupt::{self, Interrupted, Work};
use crate::output::Output;
use crate::render::{BOLD, DIM};
use crate::session;

pub(crate) fn chat(global: &Global, output: Output) -> anyhow::Result<Outcome> {
    let matter = session::open_matter(global, output)?;
    let mut agent = session::open_agent(global, matter, output)?;
    let talking = std::io::stdin().is_terminal();
    if talking {
        greet(&agent, output, &global.matter)?;
    }
    let mut input = std::io::stdin().lock();
    for number in 1.. {
        if talking {
            output.text(format_args!("{BOLD}>{BOLD:#} "))?;
        }
        let Some(line) = read_line(&mut input, number)? else {
            break;
        };
        if line.trim().is_empty() {
            continue;
        }
        let work = Work::begin();
        if answer::say(&mut agent, output, &line, Keep::Yes)?.is_none() && !talking {
            return Err(Interrupted.into());
        }
        if interrupt::requested() {
            output.text("\n")?;
        } else if talking {
            session::read_ahead(&mut agent, output)?;
        }
        drop(work);
    }
    Ok(Outcome::Done)
}

fn greet(agent: &Agent, output: Output, matter: &str) -> std::io::Result<()> {
    let turns = agent.matter().turns().len();
    output.text(format_args!(
        "{DIM}Matter {matter}, {turns} turns so far, answered by {}. Each line is a message; \
         Ctrl-C stops an answer, Ctrl-D ends.{DIM:#}\n",
        agent.model()
    ))
}

/// The next line without its end; `None` at the end of the input.
fn read_line(input: &mut impl BufRead, number: usize) -> anyhow::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = input
        .read_until(b'\n', &mut bytes)
        .context("standard input cannot be read")?;
    if read == 0 {
        return Ok(None);
    }
    match String::from_utf8(bytes) {
        Ok(line) => Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned())),
        Err(error) => bail!(
            "line {number} of standard input is not UTF-8 (at byte {}); the lines before it are kept",
            error.utf8_error().valid_up_to() + 1
        ),
    }
}
