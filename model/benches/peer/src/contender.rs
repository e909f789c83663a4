//! One engine in a process of its own, which works only when it is asked: its
//! memory is its own, and the others are idle while it is timed.

use std::io::{BufRead, BufReader, Lines, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use estoppel_model::bench::{AttentionMode, FirstToken};
use serde::{Deserialize, Serialize};

use crate::{machine, ours, theirs};

/// Which engine, and how it attends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Engine {
    /// Estoppel's.
    Ours(AttentionMode),
    /// Estoppel's, with keys and values that were stored by another process.
    OursStored,
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

/// What an engine does on demand. None does all of it.
pub trait Passes {
    /// Reads tokens from an empty cache up to the choice of the token after them.
    fn prefill(&mut self, _tokens: &[u32]) -> anyhow::Result<Duration> {
        cannot("prefill")
    }

    /// Leaves exactly these tokens in the cache; what is there is the beginning of the
    /// same text, and is not read again.
    fn fill(&mut self, _tokens: &[u32]) -> anyhow::Result<Duration> {
        cannot("fill")
    }

    /// Runs tokens one by one after those in the cache, choosing the next after
    /// each, then forgets them.
    fn decode(&mut self, _tokens: &[u32]) -> anyhow::Result<Duration> {
        cannot("decode")
    }

    /// Writes what the cache holds to a file.
    fn save(&mut self, _file: &Path) -> anyhow::Result<Duration> {
        cannot("save")
    }

    /// Takes up what was saved, of at most so many tokens.
    fn load(&mut self, _file: &Path, _most: usize) -> anyhow::Result<Duration> {
        cannot("load")
    }

    /// Reads a consultation of so many tokens and stores it.
    fn store(&mut self, _file: &Path, _history: usize) -> anyhow::Result<Duration> {
        cannot("store")
    }

    /// Begins an answer on what was stored.
    fn first_token(
        &mut self,
        _file: &Path,
        _history: usize,
        _question: usize,
    ) -> anyhow::Result<FirstToken> {
        cannot("answer from a file")
    }
}

fn cannot<T>(what: &str) -> anyhow::Result<T> {
    bail!("this engine does not {what}")
}

/// What is asked of a contender; see [`Passes`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    Prefill(Vec<u32>),
    Fill(Vec<u32>),
    Decode(Vec<u32>),
    Save(PathBuf),
    Load(PathBuf, usize),
    /// Reads a consultation of so many tokens and stores it.
    Store(PathBuf, usize),
    /// Answers a question, of the second number of tokens, on what was stored.
    FirstToken(PathBuf, usize, usize),
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
    /// The first token of an answer.
    First(FirstToken),
    Peak(Option<u64>),
    Failed(String),
}

/// Is a contender until the other end has no more requests.
pub fn contend(setup: &Setup) -> anyhow::Result<()> {
    let started = Instant::now();
    let opened = match setup.engine {
        Engine::Ours(attention) => ours::open(setup, attention)
            .and_then(|mut engine| serve(&mut engine, ours::about(), started.elapsed())),
        Engine::OursStored => serve(
            &mut ours::Storing::new(setup),
            ours::about(),
            started.elapsed(),
        ),
        Engine::Theirs { flash } => theirs::open(setup, flash, |engine| {
            serve(engine, theirs::about(), started.elapsed())
        }),
    };
    opened.or_else(|error| answer(&Reply::Failed(format!("{error:#}"))))
}

fn serve(engine: &mut dyn Passes, about: String, opened: Duration) -> anyhow::Result<()> {
    answer(&Reply::Ready { about, opened })?;
    for line in std::io::stdin().lock().lines() {
        let took = |time: anyhow::Result<Duration>| time.map(Reply::Took);
        let done = match serde_json::from_str(&line?)? {
            Request::Prefill(tokens) => took(engine.prefill(&tokens)),
            Request::Fill(tokens) => took(engine.fill(&tokens)),
            Request::Decode(tokens) => took(engine.decode(&tokens)),
            Request::Save(file) => took(engine.save(&file)),
            Request::Load(file, most) => took(engine.load(&file, most)),
            Request::Store(file, history) => took(engine.store(&file, history)),
            Request::FirstToken(file, history, question) => engine
                .first_token(&file, history, question)
                .map(Reply::First),
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
    /// Starts a process of this same program, or of another build of it.
    pub fn start(setup: &Setup, program: Option<&Path>) -> anyhow::Result<Self> {
        let program = program.map_or_else(std::env::current_exe, |path| Ok(path.to_owned()))?;
        let mut child = Command::new(program)
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

    /// How long it takes to do what is asked.
    pub fn time(&mut self, request: &Request) -> anyhow::Result<Duration> {
        match self.ask(request)? {
            Reply::Took(time) => Ok(time),
            other => bail!("an answer out of turn: {other:?}"),
        }
    }

    /// The first token of an answer on what is stored in a file.
    pub fn first_token(
        &mut self,
        file: &Path,
        history: usize,
        question: usize,
    ) -> anyhow::Result<FirstToken> {
        let request = Request::FirstToken(file.to_owned(), history, question);
        match self.ask(&request)? {
            Reply::First(first) => Ok(first),
            other => bail!("an answer out of turn: {other:?}"),
        }
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
            Self::OursStored => "estoppel, stored",
            Self::Theirs { flash: true } => "llama.cpp with flash attention",
            Self::Theirs { flash: false } => "llama.cpp without flash attention",
        }
    }
}
