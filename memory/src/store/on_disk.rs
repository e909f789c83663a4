//! The store on disk, over sled.
//!
//! All trees live in one sled tree, their keys under a byte that names the
//! tree: sled applies a batch to one tree atomically, also across a crash, with
//! no transaction closure that may run twice.

use std::fs::{File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use super::{Batch, Pair, Store, StoreError, Tree};

/// The whole of a matter fits, as its turns are in memory anyway.
const CACHE_BYTES: u64 = 16 << 20;
/// sled's threads may hold its lock for a moment after the last handle has gone.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// A store in a folder of its own.
#[derive(Debug)]
pub struct SledStore {
    db: sled::Db,
    path: PathBuf,
}

impl SledStore {
    /// Opens the store in `path`, or creates it there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] where the files cannot be read; the folder can
    /// then only be removed.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = patiently(|| guarded(path, || config(path).open()))?;
        let path = path.to_owned();
        Ok(Self { db, path })
    }

    /// Removes the store in `path`, if there is one, once nobody uses it: a
    /// thread of a store just closed may still write by the folder's name.
    pub fn remove(path: &Path) -> Result<(), StoreError> {
        let io = |source| StoreError::Io {
            path: path.to_owned(),
            source,
        };
        if !path.try_exists().map_err(io)? {
            return Ok(());
        }
        if let Ok(data) = File::open(path.join("db")) {
            patiently(|| match data.try_lock() {
                Ok(()) => Ok(()),
                Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
                    path: path.to_owned(),
                }),
                Err(TryLockError::Error(source)) => Err(io(source)),
            })?;
        }
        fs::remove_dir_all(path).map_err(io)
    }

    fn guarded<T>(&self, work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
        guarded(&self.path, work)
    }
}

/// Tries again while the store is in use, for a while.
fn patiently<T>(mut attempt: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let until = Instant::now() + LOCK_PATIENCE;
    loop {
        match attempt() {
            Err(StoreError::InUse { .. }) if Instant::now() < until => {
                thread::sleep(Duration::from_millis(10));
            }
            outcome => return outcome,
        }
    }
}

fn config(path: &Path) -> sled::Config {
    sled::Config::new().path(path).cache_capacity(CACHE_BYTES)
}

/// sled asserts on some files that it cannot read: a panic in it is damage too.
fn guarded<T>(path: &Path, work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| store_error(error, path)),
        Err(_) => Err(StoreError::Damaged {
            path: path.to_owned(),
            reason: "sled gave up on its files".to_owned(),
        }),
    }
}

fn store_error(error: sled::Error, path: &Path) -> StoreError {
    let path = path.to_owned();
    match error {
        // sled gives no other sign of a held lock than its words.
        sled::Error::Io(source) if source.to_string().starts_with("could not acquire lock") => {
            StoreError::InUse { path }
        }
        sled::Error::Io(source) if !unreadable(&source) => StoreError::Io { path, source },
        damage => StoreError::Damaged {
            path,
            reason: damage.to_string(),
        },
    }
}

/// Whether an error comes from what the files hold rather than from the system.
fn unreadable(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

fn tag(tree: Tree) -> u8 {
    match tree {
        Tree::Nodes => b'n',
        Tree::Edges => b'e',
        Tree::Postings => b'p',
        Tree::Vectors => b'v',
        Tree::Meta => b'm',
    }
}

fn key_in(tree: Tree, key: &[u8]) -> Vec<u8> {
    let mut tagged = Vec::with_capacity(key.len() + 1);
    tagged.push(tag(tree));
    tagged.extend_from_slice(key);
    tagged
}

impl Store for SledStore {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.guarded(|| self.db.get(key_in(tree, key)))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        tree: Tree,
        prefix: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + '_> {
        let mut pairs = self.db.scan_prefix(key_in(tree, prefix));
        Box::new(std::iter::from_fn(move || {
            let pair = self.guarded(|| pairs.next().transpose()).transpose()?;
            Some(pair.map(|(key, value)| (key[1..].to_vec(), value.to_vec())))
        }))
    }

    fn apply(&mut self, batch: Batch) -> Result<(), StoreError> {
        let mut writes = sled::Batch::default();
        for write in batch.into_writes() {
            let key = key_in(write.tree, &write.key);
            match write.value {
                Some(value) => writes.insert(key, value),
                None => writes.remove(key),
            }
        }
        self.guarded(|| self.db.apply_batch(writes))
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.guarded(|| self.db.clear())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.guarded(|| self.db.flush().map(drop))
    }
}
