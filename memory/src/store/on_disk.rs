//! The store on disk, over sled.
//!
//! All trees live in one sled tree, their keys under a byte that names the
//! tree: sled applies a batch to one tree atomically, also across a crash, with
//! no transaction closure that may run twice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{io, thread};

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
        let patience = Instant::now() + LOCK_PATIENCE;
        loop {
            match guarded(path, || config(path).open()) {
                Ok(db) => {
                    let path = path.to_owned();
                    return Ok(Self { db, path });
                }
                Err(StoreError::InUse { .. }) if Instant::now() < patience => {
                    thread::sleep(Duration::from_millis(10));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn guarded<T>(&self, work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
        guarded(&self.path, work)
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
        sled::Error::Io(source) if source.kind() != io::ErrorKind::InvalidData => {
            StoreError::Io { path, source }
        }
        damage => StoreError::Damaged {
            path,
            reason: damage.to_string(),
        },
    }
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
