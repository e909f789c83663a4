//! Where a matter's keys and values are: beside its journal, one file for each model
//! that answered about it.

use std::path::{Path, PathBuf};

use estoppel_memory::TurnId;
use estoppel_model::kv::{self, KvError};

const PREFIX: &str = "kv-";

/// The file of a model in a matter's folder.
pub(crate) fn file(folder: &Path, model: &str) -> PathBuf {
    folder.join(format!("{PREFIX}{model}"))
}

/// Removes from a matter's folder what models have kept of a turn, and of all turns
/// that they read after it. Comes before the turn itself is forgotten, so that no
/// crash leaves a trace of it behind.
///
/// # Errors
///
/// If a file cannot be read, cut or removed; the message names it.
pub fn forget_stored(folder: &Path, turn: TurnId) -> Result<(), KvError> {
    let failed = |source| KvError::Io {
        doing: "list",
        path: folder.to_path_buf(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            kv::forget(&entry.path(), turn.0)?;
        }
    }
    Ok(())
}
