//! One engine in a process of its own, which works only when it is asked: its
//! memory is its own, and the others are idle while it is timed.

use std::io::{BufRead, BufReader, Lines, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use estoppel_model::bench::AttentionMode;
use serde::{Deserialize, Serialize};

use crate::{machine, ours, theirs};

/// Which engine, and how it attends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Engine {
    /// Estoppel's.
    Ours(AttentionMode),
    /// llama.cpp's, with or without flash attention.
    Theirs { flash: bool },
}

/// All that a contender is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    pub engine: Engine,
    pub weights: PathBuf,
    pub context: usize,
    pub threads: NonZero<usize>,
}

/// What an engine does on demand.
pub trait Passes {
    /// Reads tokens from an empty cache up to the choice of the token after them.
    fn prefill(&mut self, tokens: &[u32]) -> anyhow::Result<Duration>;

    /// Runs tokens one by one after those in the cache, choosing the next after
    /// each, then forgets them.
    fn decode(&mut self, tokens: &[u32]) -> anyhow::Result<Duration>;
}

#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Prefill(Vec<u32>),
    Decode(Vec<u32>),
    Peak,
}

#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    /// The weights are loaded; what the engine says about itself.
    Ready {
        about: String,
        opened: Duration,
    },
    Took(Duration),
    Peak(Option<u64>),
    Failed(String),
}

/// Is a contender until the other end has no more requests.
pub fn contend(setup: &Setup) -> anyhow::Result<()> {
    let started = Instant::now();
    let opened = match setup.engine {
        Engine::Ours(attention) => ours::open(setup, attention)
            .and_then(|mut engine| serve(&mut engine, ours::about(), started.elapsed())),
        Engine::Theirs { flash } => theirs::open(setup, flash, |engine| {
            serve(engine, theirs::about(), started.elapsed())
        }),
    };
    opened.or_else(|error| answer(&Reply::Failed(format!("{error:#}"))))
}

fn serve(engine: &mut dyn Passes, about: String, opened: Duration) -> anyhow::Result<()> {
    answer(&Reply::Ready { about, opened })?;
    for line in std::io::stdin().lock().lines() {
        let done = match serde_json::from_str(&line?)? {
            Request::Prefill(tokens) => engine.prefill(&tokens).map(Reply::Took),
            Request::Decode(tokens) => engine.decode(&tokens).map(Reply::Took),
            Request::Peak => Ok(Reply::Peak(machine::peak_memory())),
        };
        answer(&done?)?;
    }
    Ok(())
}

fn answer(reply: &Reply) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, reply)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// A contender, seen from the one who times.
pub struct Contender {
    pub engine: Engine,
    /// What it says about itself.
    pub about: String,
    /// How long it took to open the weights.
    pub opened: Duration,
    child: Child,
    /// Its end tells the child that there are no more requests.
    requests: Option<ChildStdin>,
    replies: Lines<BufReader<ChildStdout>>,
}

impl Contender {
    /// Starts a process of this same program.
    pub fn start(setup: &Setup) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--contend")
            .arg(serde_json::to_string(setup)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let replies = child.stdout.take().context("the child has no stdout")?;
        let mut contender = Self {
            engine: setup.engine,
            about: String::new(),
            opened: Duration::ZERO,
            requests: child.stdin.take(),
            replies: BufReader::new(replies).lines(),
            child,
        };
        match contender.reply()? {
            Reply::Ready { about, opened } => (contender.about, contender.opened) = (about, opened),
            other => bail!("an answer out of turn: {other:?}"),
        }
        Ok(contender)
    }

    pub fn prefill(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        self.time(&Request::Prefill(tokens.to_vec()))
    }

    pub fn decode(&mut self, tokens: &[u32]) -> anyhow::Result<Duration> {
        self.time(&Request::Decode(tokens.to_vec()))
    }

    /// The most memory it has had, in bytes, where the system tells.
    pub fn peak(&mut self) -> anyhow::Result<Option<u64>> {
        match self.ask(&Request::Peak)? {
            Reply::Peak(bytes) => Ok(bytes),
            other => bail!("an answer out of turn: {other:?}"),
        }
    }

    /// Seconds of processor time that all other programs have had.
    pub fn others(&self) -> Option<f64> {
        Some(machine::busy()? - machine::used(self.child.id())?)
    }

    fn time(&mut self, request: &Request) -> anyhow::Result<Duration> {
        match self.ask(request)? {
            Reply::Took(time) => Ok(time),
            other => bail!("an answer out of turn: {other:?}"),
        }
    }

    fn ask(&mut self, request: &Request) -> anyhow::Result<Reply> {
        let requests = self.requests.as_mut().context("the child has no stdin")?;
        serde_json::to_writer(&mut *requests, request)?;
        writeln!(requests)?;
        requests.flush()?;
        self.reply()
    }

    fn reply(&mut self) -> anyhow::Result<Reply> {
        let Some(line) = self.replies.next() else {
            bail!(
                "the process of {} ended: {}",
                self.engine.label(),
                self.child.wait()?
            );
        };
        match serde_json::from_str(&line?)? {
            Reply::Failed(why) => bail!("{}: {why}", self.engine.label()),
            reply => Ok(reply),
        }
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        drop(self.requests.take());
        // It ends by itself; what it ended with was told by its replies.
        let _ = self.child.wait();
    }
}

impl Engine {
    pub fn label(self) -> &'static str {
        match self {
            Self::Ours(AttentionMode::Dense) => "estoppel, dense",
            Self::Ours(AttentionMode::Sparse) => "estoppel, sparse",
            Self::Theirs { flash: true } => "llama.cpp with flash attention",
            Self::Theirs { flash: false } => "llama.cpp without flash attention",
        }
    }
}
