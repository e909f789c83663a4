//! One process holds a matter at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use super::OpenError;

/// Name of the lock file in a matter's folder. It stays when the lock goes; its
/// time of change tells when the matter was last opened.
pub(crate) const LOCK_FILE: &str = "lock";

/// Held while it lives; the operating system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Why a lock was not taken.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Somebody has it; the process, where it could be read.
    Held(Option<u32>),
    Io(io::Error),
}

impl LockError {
    pub(crate) fn into_open_error(self, folder: &Path) -> OpenError {
        let path = folder.to_owned();
        match self {
            Self::Held(process) => OpenError::Held { path, process },
            Self::Io(source) => OpenError::Folder { path, source },
        }
    }
}

impl Lock {
    /// Takes the lock of a folder, and writes this process's id into it.
    pub(crate) fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(holder(&path))),
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(LockError::Io)?;
        Ok(Self { _file: file })
    }
}

fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
