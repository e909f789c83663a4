//! Taking in an exported matter, all of it or nothing.

use std::fs;
use std::io::{self, BufRead};

use super::{COMING, MatterName, Matters, MattersError};
use crate::journal::{Entry, Journal, JournalError, MatterId, sync_folder_of};
use crate::matter::transfer::{ReadLinesError, read_lines};
use crate::matter::{JOURNAL, LineFault, Lock};

/// A matter was not imported; there is no trace of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A line was refused.
    #[error("line {line}: {fault}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        fault: LineFault,
    },
    /// There was no line.
    #[error("there is nothing to import")]
    Empty,
    /// The lines could not be read.
    #[error("cannot read what is to be imported: {0}")]
    Read(#[source] io::Error),
    /// The matter could not be written.
    #[error(transparent)]
    Matters(#[from] MattersError),
    /// Its journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<ReadLinesError> for ImportError {
    fn from(error: ReadLinesError) -> Self {
        match error {
            ReadLinesError::Io(error) => Self::Read(error),
            ReadLinesError::Line(line, fault) => Self::Line { line, fault },
        }
    }
}

impl Matters {
    /// Imports what [`Matter::export`](crate::Matter::export) wrote as a new
    /// matter, and tells how many turns it has. Everything but the turns is
    /// derived when it is first opened.
    pub fn import(&self, name: &MatterName, lines: impl BufRead) -> Result<usize, ImportError> {
        let taken = || MattersError::Exists { name: name.clone() };
        if self.contains(name) {
            return Err(taken().into());
        }
        let entries = read_lines(lines)?;
        if entries.is_empty() {
            return Err(ImportError::Empty);
        }
        let draft = tempfile::Builder::new()
            .prefix(COMING)
            .tempdir_in(&self.root)
            .map_err(MattersError::io(&self.root))?;
        // Held, so that nobody sweeps it.
        let _lock = Lock::take(draft.path())
            .map_err(|error| MattersError::from(error.into_open_error(draft.path())))?;
        Journal::create_with(&draft.path().join(JOURNAL), MatterId::random(), &entries)?;
        let folder = self.folder(name);
        // A folder that is not empty is not replaced by a rename.
        fs::rename(draft.path(), &folder).map_err(|error| match error.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => taken(),
            _ => MattersError::io(&folder)(error),
        })?;
        // It has left its temporary place: there is nothing to clean up there.
        let _ = draft.keep();
        sync_folder_of(&folder)?;
        Ok(entries.iter().filter_map(Entry::turn).count())
    }
}
