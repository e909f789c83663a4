//! Opening a matter: lock, journal, and a store that matches it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Matter;
use super::disk::{self, Disk};
use super::kept::Reach;
use super::kept::{self, Mismatch, Unusable};
use super::lock::Lock;
use super::marking::QuestionVectors;
use super::record::{Record, Vectors};
use super::said::Said;
use crate::journal::{self, Entry, Journal, JournalError, MatterId, Opened, Position};
use crate::retrieve::gat::Network;
use crate::store::{Batch, SledStore, Store, StoreError};
use crate::turn::Turn;

/// How to open a matter.
#[derive(Clone, Debug)]
pub struct MatterOptions {
    create: bool,
}

impl Default for MatterOptions {
    fn default() -> Self {
        Self { create: true }
    }
}

impl MatterOptions {
    /// Creates the matter where there is none.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to create the matter where there is none; else that is
    /// [`OpenError::NotFound`].
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }
}

/// What opening a matter found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReport {
    /// Bytes of a turn that was being written when the program died, and that
    /// had not been acknowledged. They were cut off.
    pub torn_bytes: u64,
    /// Whether the store matched the journal.
    pub store: StoreState,
}

/// How the store stood to the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreState {
    /// It was up to date.
    Matched,
    /// It lacked the last turns, as after a crash; they were added.
    CaughtUp {
        /// How many.
        turns: usize,
    },
    /// It was derived again from the journal.
    Rebuilt {
        /// Why.
        because: Mismatch,
    },
}

/// A matter could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is none.
    #[error("there is no matter in {}", path.display())]
    NotFound {
        /// Its folder.
        path: PathBuf,
    },
    /// A process, maybe this one, has it open.
    #[error(
        "the matter in {} is held by {}: close it there first",
        path.display(),
        holder(*process)
    )]
    Held {
        /// Its folder.
        path: PathBuf,
        /// The id of that process, where it could be read.
        process: Option<u32>,
    },
    /// Its folder cannot be used.
    #[error("cannot use the matter's folder {}: {source}", path.display())]
    Folder {
        /// Its folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its store can neither be used nor made anew.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn holder(process: Option<u32>) -> String {
    match process {
        Some(id) if id == std::process::id() => format!("this process ({id})"),
        Some(id) => format!("process {id}"),
        None => "another process".to_owned(),
    }
}

impl Matter {
    /// Opens the matter in a folder, and brings its store up to its journal;
    /// [`opened`](Matter::opened) tells what that took.
    ///
    /// # Errors
    ///
    /// Nothing that was acknowledged is lost or changed by a failure.
    pub fn open(folder: &Path, options: &MatterOptions) -> Result<Self, OpenError> {
        let journal_path = folder.join(disk::JOURNAL);
        if !options.create && !journal_path.exists() {
            return Err(OpenError::NotFound {
                path: folder.to_owned(),
            });
        }
        make_folder(folder)?;
        let lock = Lock::take(folder).map_err(|error| error.into_open_error(folder))?;
        Journal::sweep(&journal_path)?;
        let opened = open_journal(&journal_path)?;
        let reaches = reaches(&opened);
        let Said { turns, marks } = opened.entries.into_iter().collect();
        let fitted = fit(folder, opened.journal.matter(), turns, &reaches)?;
        let disk = Disk::new(folder, opened.journal, fitted.store, lock);
        Ok(Self {
            record: fitted.record,
            marks,
            question_vectors: QuestionVectors::default(),
            disk: Some(disk),
            opened: OpenReport {
                torn_bytes: opened.torn_bytes,
                store: fitted.state,
            },
            network: Network::shipped(),
        })
    }
}

fn make_folder(folder: &Path) -> Result<(), OpenError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
        path: folder.to_owned(),
        source,
    })?;
    Ok(journal::sync_folder_of(folder)?)
}

fn open_journal(path: &Path) -> Result<Opened, JournalError> {
    if path.exists() {
        return Journal::open(path);
    }
    let journal = Journal::create(path, MatterId::random())?;
    Ok(Opened {
        positions: vec![journal.position()],
        journal,
        entries: Vec::<Entry>::new(),
        torn_bytes: 0,
    })
}

/// How far a store reaches that was written at each state of the journal.
fn reaches(opened: &Opened) -> Vec<Reach> {
    let mut turns = 0;
    let entries = opened.entries.iter().map(Some);
    let after = std::iter::once(None).chain(entries);
    let reach = |(position, entry): (&Position, Option<&Entry>)| {
        turns += usize::from(entry.is_some_and(|entry| entry.turn().is_some()));
        Reach {
            position: *position,
            turns,
        }
    };
    opened.positions.iter().zip(after).map(reach).collect()
}

/// A store that matches the journal, with the record in it.
struct Fitted {
    store: SledStore,
    record: Record,
    state: StoreState,
}

fn fit(
    folder: &Path,
    matter: MatterId,
    turns: Vec<Turn>,
    reaches: &[Reach],
) -> Result<Fitted, StoreError> {
    match load(folder, matter, &turns, reaches) {
        Ok((store, record)) => catch_up(store, record, matter, turns, reaches),
        Err(Unusable::Mismatch(because, vectors)) => {
            let (store, record) = make(folder, matter, turns, vectors, reaches)?;
            let state = if because == Mismatch::Missing && record.turns().is_empty() {
                StoreState::Matched
            } else {
                StoreState::Rebuilt { because }
            };
            Ok(Fitted {
                store,
                record,
                state,
            })
        }
        Err(Unusable::Failed(error)) => Err(error),
    }
}

fn load(
    folder: &Path,
    matter: MatterId,
    turns: &[Turn],
    reaches: &[Reach],
) -> Result<(SledStore, Record), Unusable> {
    let Some(store) = disk::open_store(folder)? else {
        return Err(Unusable::Mismatch(Mismatch::Missing, None));
    };
    let record = kept::load(&store, matter, turns, reaches)?;
    Ok((store, record))
}

/// Adds the turns that the store lacks.
fn catch_up(
    mut store: SledStore,
    mut record: Record,
    matter: MatterId,
    turns: Vec<Turn>,
    reaches: &[Reach],
) -> Result<Fitted, StoreError> {
    let reached = record.turns().len();
    let lacking = turns.len() - reached;
    if lacking > 0 {
        let mut batch = Batch::new();
        for turn in turns.into_iter().skip(reached) {
            let id = turn.id;
            let derived = record.add(turn, None);
            kept::put_turn(&mut batch, id, &derived);
        }
        kept::put_state(&mut batch, matter, last(reaches), record.encoder());
        store.apply(batch)?;
    }
    let state = match lacking {
        0 => StoreState::Matched,
        turns => StoreState::CaughtUp { turns },
    };
    Ok(Fitted {
        store,
        record,
        state,
    })
}

/// Makes the store anew.
fn make(
    folder: &Path,
    matter: MatterId,
    turns: Vec<Turn>,
    vectors: Option<Vectors>,
    reaches: &[Reach],
) -> Result<(SledStore, Record), StoreError> {
    let mut batch = Batch::new();
    let record = kept::derive(turns, vectors, &mut batch);
    kept::put_state(&mut batch, matter, last(reaches), record.encoder());
    let mut store = disk::fresh_store(folder)?;
    store.apply(batch)?;
    store.flush()?;
    Ok((store, record))
}

fn last(reaches: &[Reach]) -> Position {
    let last = reaches.last();
    last.expect("a journal has a state before its first entry")
        .position
}
