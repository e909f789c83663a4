//! Creating, appending to and rewriting a journal, each durable on return.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::frame;
use super::{Entry, Journal, JournalError, MatterId, Position};

impl Journal {
    /// Creates an empty journal for a matter. The folder must exist.
    pub fn create(path: &Path, matter: MatterId) -> Result<Self, JournalError> {
        Self::create_with(path, matter, &[])
    }

    /// Creates a journal that holds `entries`, all or none.
    pub fn create_with(
        path: &Path,
        matter: MatterId,
        entries: &[Entry],
    ) -> Result<Self, JournalError> {
        if path.exists() {
            return Err(JournalError::Exists {
                path: path.to_owned(),
            });
        }
        write_whole(path, matter, entries)
    }

    /// Appends one entry. It is durable when this returns.
    ///
    /// # Errors
    ///
    /// The entry is then not part of the journal, though after a failing disk
    /// it may be found there when the journal is opened again.
    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Broken {
                path: self.path.clone(),
            });
        }
        let (line, after) = frame::encode(entry, self.position);
        if let Err(source) = self.file.write_all(line.as_bytes()) {
            // A full disk leaves part of the line: the next append must not
            // follow it.
            self.broken = self.file.set_len(self.len).is_err();
            return Err(JournalError::io("write to", &self.path)(source));
        }
        if let Err(source) = self.file.sync_data() {
            // After a failed sync the kernel may have dropped what it could not
            // write; nothing can be said of the file's end any more.
            self.broken = true;
            return Err(JournalError::io("sync", &self.path)(source));
        }
        self.position = after;
        self.len += line.len() as u64;
        Ok(())
    }

    /// Puts `entries` in place of all that the journal holds, atomically: after
    /// a crash it is the old journal or the new one.
    pub fn rewrite(&mut self, entries: &[Entry]) -> Result<(), JournalError> {
        *self = write_whole(&self.path, self.matter, entries)?;
        Ok(())
    }

    /// Removes what a rewrite left beside the journal when it was interrupted.
    pub fn sweep(path: &Path) -> Result<(), JournalError> {
        let draft = draft_of(path);
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(JournalError::io("remove", &draft)(error))
            }
            _ => Ok(()),
        }
    }
}

fn draft_of(path: &Path) -> PathBuf {
    path.with_extension("new")
}

fn write_whole(path: &Path, matter: MatterId, entries: &[Entry]) -> Result<Journal, JournalError> {
    let (text, position) = encode_all(matter, entries);
    let draft = draft_of(path);
    let written = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, path)
        });
    written.map_err(JournalError::io("write", path))?;
    sync_folder_of(path)?;
    let file = OpenOptions::new()
        .append(true)
        .open(path)
        .map_err(JournalError::io("open for writing", path))?;
    Ok(Journal {
        file,
        path: path.to_owned(),
        matter,
        position,
        len: text.len() as u64,
        broken: false,
    })
}

fn encode_all(matter: MatterId, entries: &[Entry]) -> (String, Position) {
    let (mut text, mut position) = frame::encode_header(matter);
    for entry in entries {
        let (line, after) = frame::encode(entry, position);
        text.push_str(&line);
        position = after;
    }
    (text, position)
}

/// A new name in a folder is durable only once the folder is.
#[cfg(unix)]
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), JournalError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(JournalError::io("sync", folder))
}

/// Folders cannot be synced here; the file system's own log orders renames.
#[cfg(not(unix))]
pub(crate) fn sync_folder_of(_path: &Path) -> Result<(), JournalError> {
    Ok(())
}
