//! A matter's folder: its lock, its journal, its store.

use std::path::{Path, PathBuf};

use super::lock::Lock;
use crate::journal::Journal;
use crate::store::{Batch, SledStore, Store, StoreError};

pub(crate) const JOURNAL: &str = "journal.log";
const STORE: &str = "store";

/// The files of an open matter.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) folder: PathBuf,
    pub(super) journal: Journal,
    /// `None` once a write to it has failed: it is then brought up to the
    /// journal the next time the matter is opened.
    store: Option<SledStore>,
    /// Last, so that it is let go of last.
    _lock: Lock,
}

impl Disk {
    pub(super) fn new(folder: &Path, journal: Journal, store: SledStore, lock: Lock) -> Self {
        Self {
            folder: folder.to_owned(),
            journal,
            store: Some(store),
            _lock: lock,
        }
    }

    pub(super) fn store(&self) -> Option<&SledStore> {
        self.store.as_ref()
    }

    /// Writes to the store what the journal already has. What was said is safe
    /// without it, so a failure is noted and not returned.
    pub(super) fn keep(&mut self, batch: Batch) {
        let Some(store) = &mut self.store else {
            return;
        };
        if let Err(error) = store.apply(batch) {
            tracing::warn!(%error, "the store falls behind the journal until the matter is opened again");
            self.store = None;
        }
    }

    /// Puts a batch in place of the whole store. The folder is made anew,
    /// because sled keeps what was deleted in its segments.
    pub(super) fn renew(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.store = None;
        let mut store = fresh_store(&self.folder)?;
        store.apply(batch)?;
        store.flush()?;
        self.store = Some(store);
        Ok(())
    }
}

/// The store of a matter's folder, if it has one.
pub(super) fn open_store(folder: &Path) -> Result<Option<SledStore>, StoreError> {
    let path = folder.join(STORE);
    if !path.is_dir() {
        return Ok(None);
    }
    SledStore::open(&path).map(Some)
}

/// An empty store in place of what was there.
pub(super) fn fresh_store(folder: &Path) -> Result<SledStore, StoreError> {
    let path = folder.join(STORE);
    SledStore::remove(&path)?;
    SledStore::open(&path)
}
