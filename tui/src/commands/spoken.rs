//! Commands of the linear view: lines that begin with a slash.

use anyhow::bail;
use estoppel::Agent;
use estoppel::memory::TurnId;

use super::memory::print_why;
use crate::output::Output;
use crate::render::{FactLine, Found};

/// What can be asked for, as `/help` tells it.
const HELP: &str = "\
/facts           the record: what holds now
/why TURN        what a turn states and what became of it
/find WORDS      turns that bear on something
/forget TURN     remove a turn for good; asks first
/private         questions leave no trace, or are kept again
/help            this
/quit            leave
Any other line is a message. To send one that begins with a slash, put a space before it.
";

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken<'a> {
    Facts,
    Why(TurnId),
    Find(&'a str),
    Forget(TurnId),
    Private,
    Help,
    Quit,
}

impl<'a> Spoken<'a> {
    /// The command of a line; `None` if it is a message.
    pub(super) fn read(line: &'a str) -> Option<anyhow::Result<Self>> {
        let line = line.strip_prefix('/')?;
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        Some(Self::named(name, rest.trim()))
    }

    fn named(name: &str, rest: &'a str) -> anyhow::Result<Self> {
        Ok(match name {
            "facts" => Self::Facts,
            "why" => Self::Why(turn(rest)?),
            "find" if rest.is_empty() => bail!("write it as /find WORDS"),
            "find" => Self::Find(rest),
            "forget" => Self::Forget(turn(rest)?),
            "private" => Self::Private,
            "help" => Self::Help,
            "quit" => Self::Quit,
            _ => bail!("there is no command /{name}; /help lists them"),
        })
    }
}

fn turn(rest: &str) -> anyhow::Result<TurnId> {
    match rest.parse() {
        Ok(number) => Ok(TurnId(number)),
        Err(_) => bail!("`{rest}` is no turn; write its number, as in /why 3"),
    }
}

pub(super) fn help(output: Output) -> anyhow::Result<()> {
    Ok(output.text(HELP)?)
}

pub(super) fn facts(agent: &Agent, output: Output) -> anyhow::Result<()> {
    let facts = agent.matter().facts();
    if facts.is_empty() {
        output.text("The record holds no fact yet.\n")?;
    }
    for fact in facts {
        output.text(FactLine { fact, facts })?;
    }
    Ok(())
}

pub(super) fn why(agent: &Agent, output: Output, turn: TurnId) -> anyhow::Result<()> {
    match agent.matter().why(turn) {
        Some(why) => Ok(print_why(output, &why)?),
        None => bail!("there is no turn {turn}"),
    }
}

pub(super) fn find(agent: &mut Agent, output: Output, words: &str) -> anyhow::Result<()> {
    let evidence = agent.evidence(words)?;
    for ranked in &evidence.turns {
        if let Some(turn) = agent.matter().turn(ranked.turn) {
            output.text(Found { ranked, turn })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_commands_and_messages_stay_messages() {
        let read = |line| Spoken::read(line).map(Result::unwrap);
        assert_eq!(read("/facts"), Some(Spoken::Facts));
        assert_eq!(read("/why 3"), Some(Spoken::Why(TurnId(3))));
        assert_eq!(
            read("/find  the deposit "),
            Some(Spoken::Find("the deposit"))
        );
        assert_eq!(read(" /facts"), None);
        assert_eq!(read("How much?"), None);
        for wrong in ["/dance", "/why", "/why x", "/find"] {
            assert!(Spoken::read(wrong).unwrap().is_err(), "{wrong}");
        }
    }
}
