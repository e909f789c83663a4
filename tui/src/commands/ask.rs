//! `estoppel ask`: one question, one cited answer.

use std::io::Read;

use anyhow::Context;

use crate::Outcome;
use crate::answer::{self, Keep};
use crate::cli::{Ask, Global};
use crate::interrupt::{Interrupted, Work};
use crate::output::Output;
use crate::session;

pub(crate) fn ask(global: &Global, output: Output, args: &Ask) -> anyhow::Result<Outcome> {
    let question = question(&args.question)?;
    let matter = if args.keep {
        session::open_matter(global, output)?
    } else {
        session::existing_matter(global, output)?
    };
    let mut agent = session::open_agent(global, matter, output)?;
    let keep = if args.keep { Keep::Yes } else { Keep::No };
    let _work = Work::begin();
    match answer::say(&mut agent, output, &question, keep)? {
        Some(_) => Ok(Outcome::Done),
        None => Err(Interrupted.into()),
    }
}

fn question(argument: &str) -> anyhow::Result<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .context("standard input cannot be read")?;
    String::from_utf8(bytes).context("standard input is not UTF-8")
}
