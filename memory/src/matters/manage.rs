//! Renaming matters, and putting them aside.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{MatterName, Matters, MattersError};
use crate::journal::sync_folder_of;
use crate::matter::Lock;

/// Stands in the folder of a matter that was put aside.
const ARCHIVED: &str = "archived";

impl Matters {
    /// Gives a matter another name, unless somebody has it open.
    pub fn rename(&self, from: &MatterName, to: &MatterName) -> Result<(), MattersError> {
        self.expect(from)?;
        if self.contains(to) {
            return Err(MattersError::Exists { name: to.clone() });
        }
        let (old, new) = (self.folder(from), self.folder(to));
        let lock = Lock::take(&old).map_err(|error| error.into_open_error(&old))?;
        fs::rename(&old, &new).map_err(MattersError::io(&old))?;
        drop(lock);
        Ok(sync_folder_of(&new)?)
    }

    /// Puts a matter aside, or takes it back. It stays as it is and can be opened; only
    /// lists tell it apart.
    pub fn archive(&self, name: &MatterName, archived: bool) -> Result<(), MattersError> {
        self.expect(name)?;
        let mark = self.folder(name).join(ARCHIVED);
        let done = if archived {
            File::create(&mark).map(drop)
        } else {
            match fs::remove_file(&mark) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                done => done,
            }
        };
        done.map_err(MattersError::io(&mark))
    }

    pub(super) fn expect(&self, name: &MatterName) -> Result<(), MattersError> {
        if self.contains(name) {
            Ok(())
        } else {
            Err(MattersError::NotFound { name: name.clone() })
        }
    }
}

/// Whether the matter in a folder was put aside.
pub(super) fn is_archived(folder: &Path) -> bool {
    folder.join(ARCHIVED).exists()
}
