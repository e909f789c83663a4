//! A folder of matters, by name.
//!
//! Each matter is a folder of its name. Folders that begin with a dot are
//! matters in the making or on their way out; one that nobody holds was left by
//! a crash, and is removed when the folder is opened.

mod import;
mod manage;
mod name;

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;

use crate::journal::{Journal, JournalError};
use crate::matter::{JOURNAL, LOCK_FILE, Lock, LockError, Matter, MatterOptions, OpenError};

pub use import::ImportError;
pub use name::{MatterName, NameError};

/// Matters are moved to a folder with this prefix before they are removed.
const LEAVING: &str = ".deleted-";
/// Matters are imported into a folder with this prefix.
const COMING: &str = ".import-";

/// A folder of matters.
#[derive(Clone, Debug)]
pub struct Matters {
    root: PathBuf,
}

/// A matter in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterInfo {
    /// Its name.
    pub name: MatterName,
    /// How many turns it has, forgotten ones included.
    pub turns: u64,
    /// When it was last opened.
    pub last_used: Timestamp,
    /// Whether it was put aside.
    pub archived: bool,
}

/// Something could not be done with a folder of matters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MattersError {
    /// There is no matter of this name.
    #[error("there is no matter named \"{name}\"")]
    NotFound {
        /// The name.
        name: MatterName,
    },
    /// There is one already.
    #[error("there is already a matter named \"{name}\"")]
    Exists {
        /// The name.
        name: MatterName,
    },
    /// The operating system refused.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The matter could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The matter's journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl MattersError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl Matters {
    /// Opens a folder of matters, and creates it where there is none.
    pub fn open(root: &Path) -> Result<Self, MattersError> {
        fs::create_dir_all(root).map_err(MattersError::io(root))?;
        let matters = Self {
            root: root.to_owned(),
        };
        matters.sweep()?;
        Ok(matters)
    }

    /// The folder of a matter, whether or not there is one.
    pub fn folder(&self, name: &MatterName) -> PathBuf {
        self.root.join(name.as_str())
    }

    /// Whether there is a matter of this name.
    pub fn contains(&self, name: &MatterName) -> bool {
        self.folder(name).join(JOURNAL).exists()
    }

    /// All matters, the last used first.
    pub fn list(&self) -> Result<Vec<MatterInfo>, MattersError> {
        let mut matters = Vec::new();
        for folder in self.folders()? {
            let name = folder.file_name().and_then(OsStr::to_str);
            let Some(name) = name.and_then(|name| MatterName::new(name).ok()) else {
                continue;
            };
            if self.contains(&name) {
                matters.push(self.info(name)?);
            }
        }
        matters.sort_by(|a, b| (b.last_used, &a.name).cmp(&(a.last_used, &b.name)));
        Ok(matters)
    }

    fn info(&self, name: MatterName) -> Result<MatterInfo, MattersError> {
        let folder = self.folder(&name);
        Ok(MatterInfo {
            turns: Journal::count(&folder.join(JOURNAL))?,
            last_used: last_used(&folder)?,
            archived: manage::is_archived(&folder),
            name,
        })
    }

    /// Creates a matter and opens it.
    pub fn create(&self, name: &MatterName) -> Result<Matter, MattersError> {
        if self.contains(name) {
            return Err(MattersError::Exists { name: name.clone() });
        }
        Ok(Matter::open(&self.folder(name), &MatterOptions::new())?)
    }

    /// Opens a matter that is there.
    pub fn open_matter(&self, name: &MatterName) -> Result<Matter, MattersError> {
        self.expect(name)?;
        let options = MatterOptions::new().create(false);
        Ok(Matter::open(&self.folder(name), &options)?)
    }

    /// Deletes a matter with all that is in its folder, unless somebody has it
    /// open.
    pub fn delete(&self, name: &MatterName) -> Result<(), MattersError> {
        self.expect(name)?;
        let folder = self.folder(name);
        let lock = Lock::take(&folder).map_err(|error| error.into_open_error(&folder))?;
        let leaving = tempfile::Builder::new()
            .prefix(LEAVING)
            .tempdir_in(&self.root)
            .map_err(MattersError::io(&self.root))?;
        // Out of the list at once, whatever happens while it is removed.
        fs::rename(&folder, leaving.path().join("matter")).map_err(MattersError::io(&folder))?;
        drop(lock);
        let path = leaving.path().to_owned();
        match leaving.close() {
            // Another process has swept it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome.map_err(MattersError::io(&path)),
        }
    }

    /// Removes what a crash left of deletions and imports.
    fn sweep(&self) -> Result<(), MattersError> {
        for folder in self.folders()? {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let remove = if name.starts_with(COMING) {
                !is_held(&folder)
            } else {
                name.starts_with(LEAVING)
            };
            // Another process may sweep, or finish, at the same moment.
            if remove && let Err(error) = fs::remove_dir_all(&folder) {
                tracing::warn!(folder = %folder.display(), %error, "cannot remove a leftover");
            }
        }
        Ok(())
    }

    fn folders(&self) -> Result<Vec<PathBuf>, MattersError> {
        let entries = fs::read_dir(&self.root).map_err(MattersError::io(&self.root))?;
        let mut folders = Vec::new();
        for entry in entries {
            let path = entry.map_err(MattersError::io(&self.root))?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        Ok(folders)
    }
}

fn is_held(folder: &Path) -> bool {
    matches!(Lock::take(folder), Err(LockError::Held(_)))
}

/// The lock file is written whenever a matter is opened; an imported one may
/// have none yet.
fn last_used(folder: &Path) -> Result<Timestamp, MattersError> {
    let lock = folder.join(LOCK_FILE);
    let path = if lock.exists() {
        lock
    } else {
        folder.join(JOURNAL)
    };
    let modified: SystemTime = fs::metadata(&path)
        .and_then(|metadata| metadata.modified())
        .map_err(MattersError::io(&path))?;
    Ok(Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH))
}
