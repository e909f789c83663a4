//! `estoppel chat`: a conversation, line by line.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};
use estoppel::Agent;
use estoppel::memory::TurnId;

use super::spoken::{self, Spoken};
use crate::Outcome;
use crate::answer::{self, Keep};
use crate::cli::Global;
use crate::interrupt::{self, Interrupted, Work};
use crate::output::Output;
use crate::render::{self, BOLD, DIM};
use crate::session;

/// What a line is that begins with a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    /// A command.
    Commands,
    /// A message like any other.
    Text,
}

pub(crate) fn chat(global: &Global, output: Output, slash: Slash) -> anyhow::Result<Outcome> {
    let matter = session::open_matter(global, output)?;
    let mut talk = Talk {
        agent: session::open_agent(global, matter, output)?,
        output,
        keep: Keep::Yes,
        talking: std::io::stdin().is_terminal(),
    };
    if talk.talking {
        greet(&talk.agent, output, &global.matter)?;
    }
    let mut input = std::io::stdin().lock();
    for number in 1.. {
        if talk.talking {
            output.text(format_args!("{BOLD}>{BOLD:#} "))?;
        }
        let Some(line) = read_line(&mut input, number)? else {
            break;
        };
        let command = match slash {
            Slash::Commands => Spoken::read(&line),
            Slash::Text => None,
        };
        match command {
            None if line.trim().is_empty() => {}
            None => talk.say(&line)?,
            Some(Ok(Spoken::Quit)) => break,
            Some(command) => {
                let followed = command.and_then(|command| talk.follow(command, &mut input));
                // What is wrong with one line is no reason to end.
                if let Err(error) = followed {
                    output.text(format_args!("{}\n", render::chain(&error)))?;
                }
            }
        }
    }
    Ok(Outcome::Done)
}

/// A conversation.
struct Talk {
    agent: Agent,
    output: Output,
    keep: Keep,
    /// Whether a person is at the other end.
    talking: bool,
}

impl Talk {
    fn say(&mut self, line: &str) -> anyhow::Result<()> {
        let _work = Work::begin();
        let answered = answer::say(&mut self.agent, self.output, line, self.keep)?;
        if answered.is_none() && !self.talking {
            return Err(Interrupted.into());
        }
        if interrupt::requested() {
            self.output.text("\n")?;
        } else if self.talking {
            session::read_ahead(&mut self.agent, self.output)?;
        }
        Ok(())
    }

    fn follow(&mut self, command: Spoken<'_>, input: &mut impl BufRead) -> anyhow::Result<()> {
        match command {
            Spoken::Facts => spoken::facts(&self.agent, self.output),
            Spoken::Why(turn) => spoken::why(&self.agent, self.output, turn),
            Spoken::Find(words) => spoken::find(&mut self.agent, self.output, words),
            Spoken::Private => self.toggle_private(),
            Spoken::Forget(turn) => self.forget(turn, input),
            Spoken::Help => spoken::help(self.output),
            Spoken::Quit => Ok(()),
        }
    }

    fn toggle_private(&mut self) -> anyhow::Result<()> {
        let (keep, told) = match self.keep {
            Keep::Yes => (Keep::No, "Questions leave no trace now."),
            Keep::No => (Keep::Yes, "Questions are kept again."),
        };
        self.keep = keep;
        Ok(self.output.text(format_args!("{told}\n"))?)
    }

    fn forget(&mut self, turn: TurnId, input: &mut impl BufRead) -> anyhow::Result<()> {
        self.output.text(format_args!(
            "Turn {turn} and all that was derived from it go for good. Type yes: "
        ))?;
        let mut answer = String::new();
        input.read_line(&mut answer)?;
        if answer.trim() != "yes" {
            return Ok(self.output.text("Nothing was forgotten.\n")?);
        }
        self.agent.forget(turn)?;
        Ok(self.output.text(format_args!("Turn {turn} is gone.\n"))?)
    }
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
