//! What the room hears, and what it asks for: both are data.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use estoppel::memory::matters::MatterInfo;
use estoppel::memory::{Evidence, Graph, Mark, MatterName, Turn, TurnId, Verdict};
use estoppel::{Answer, Event, Sentences};

/// A matter as it stood when the worker last changed it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) turns: Vec<Turn>,
    pub(crate) graph: Graph,
    /// What was said of citations.
    pub(crate) marks: Vec<Mark>,
}

impl Record {
    pub(crate) fn turn(&self, id: TurnId) -> Option<&Turn> {
        self.turns.get((id.0 as usize).checked_sub(1)?)
    }

    /// What was said of a turn as the answer to a question.
    pub(crate) fn verdict(&self, question: &str, turn: TurnId) -> Option<Verdict> {
        let mut marks = self.marks.iter();
        let mark = marks.find(|mark| mark.turn == turn && mark.question == question.trim());
        mark?.verdict
    }
}

/// Something happened.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    Key(KeyEvent),
    /// Bracketed paste: a text as it is, whatever lines it has.
    Paste(String),
    /// Only where the mouse is asked for.
    Mouse(MouseEvent),
    /// The terminal has a new size: columns and rows.
    Resized(u16, u16),
    /// Nothing has happened for a moment.
    Paused,
    /// The program is asked to end from outside.
    Terminated,
    /// From the worker.
    Report(Report),
}

/// What the worker tells.
#[derive(Clone, Debug)]
pub(crate) enum Report {
    /// A matter is open; its turns can be read.
    Opened {
        matter: MatterName,
        record: Arc<Record>,
        /// What its answers rest on, as far as that was kept.
        answers: BTreeMap<TurnId, Sentences>,
        /// What was being written in it when the room was left.
        draft: String,
        notes: Vec<String>,
    },
    /// The open matter has another name.
    Renamed(MatterName),
    /// The open matter is gone; none is open.
    Shut,
    /// How far it is from being able to answer.
    Preparing(Preparing),
    /// It can answer.
    Ready { model: String },
    /// An answer goes on.
    Answering {
        event: Event,
        /// Since the first piece of the answer.
        writing: Duration,
    },
    /// An answer ended; nothing of it was kept if it was private.
    Answered {
        answer: Box<Answer>,
        record: Arc<Record>,
    },
    /// A citation was marked.
    Marked { mark: Mark, record: Arc<Record> },
    /// The record has changed otherwise.
    Changed(Arc<Record>),
    /// Turns that were searched for.
    Found { query: String, evidence: Evidence },
    /// The matters there are, last used first.
    Matters(Vec<MatterInfo>),
    /// Something was done that is worth a word.
    Noted(Noted),
    /// Something could not be done.
    Failed {
        error: String,
        record: Option<Arc<Record>>,
    },
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    Forgotten(TurnId),
    Exported(String),
    Imported {
        matter: MatterName,
        turns: usize,
    },
    /// These models are here now.
    Fetched(Vec<&'static str>),
    /// A correction was written as a turn, and these turns lost to it.
    Corrected {
        turn: TurnId,
        over: Vec<TurnId>,
    },
}

/// Steps on the way to the first answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preparing {
    /// The matter is opened.
    Opening,
    /// Weights are fetched because somebody asked for them, in bytes.
    Fetching {
        model: &'static str,
        done: u64,
        total: u64,
        /// Once it can be told.
        left: Option<Duration>,
    },
    /// Weights are loaded, layer by layer.
    Loading { done: usize, total: usize },
    /// Turns are encoded for retrieval by meaning.
    Encoding { done: usize, total: usize },
}

/// Something to do outside of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// For the worker, in order.
    Work(Work),
    /// Ends the answer that is being written; what was said is kept.
    Stop,
    /// Puts a text on the clipboard of the terminal.
    Copy(String),
    /// Takes the mouse, or gives it back.
    Mouse(bool),
    /// Stops the process until the shell resumes it.
    Suspend,
    /// Draws everything anew.
    Redraw,
    /// Ends the program.
    Quit,
}

/// What the worker is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Opens a matter, made if there is none.
    Open(MatterName),
    Ask {
        question: String,
        keep: bool,
    },
    /// Fetches this model, or if none is named, whatever is missing.
    Pull(String),
    Find(String),
    /// Says of a citation that it is right or wrong.
    Mark(Mark),
    Forget(TurnId),
    /// Writes a turn of the client that corrects what was said.
    Correct(String),
    UseModel(String),
    /// How many turns an answer may attend to.
    Budget(usize),
    Export {
        format: Format,
        path: String,
    },
    Import {
        path: String,
        matter: MatterName,
    },
    ListMatters,
    Rename {
        from: MatterName,
        to: MatterName,
    },
    Archive {
        matter: MatterName,
        archived: bool,
    },
    Delete(MatterName),
    /// Keeps what is being written beside a matter, for the next time.
    KeepDraft {
        matter: MatterName,
        text: String,
    },
}

/// How a matter is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// To be read, with citations as footnotes.
    Markdown,
    /// To be imported again.
    JsonLines,
}
