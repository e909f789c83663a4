//! What was being written when the room was left, beside the matter that it belongs to:
//! it is renamed and deleted with it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

const FILE: &str = "draft.txt";

/// The draft of a matter's folder; empty if there is none that can be read.
pub(super) fn read(folder: &Path) -> String {
    fs::read_to_string(folder.join(FILE)).unwrap_or_default()
}

/// Keeps a draft in place of the one before. A matter that is gone keeps none.
pub(super) fn keep(folder: &Path, text: &str) -> io::Result<()> {
    let file = folder.join(FILE);
    if !folder.is_dir() {
        return Ok(());
    }
    if !text.is_empty() {
        return fs::write(file, text);
    }
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_kept_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let matter = folder.path();
        assert_eq!(read(matter), "");
        keep(matter, "half a").unwrap();
        keep(matter, "押金").unwrap();
        assert_eq!(read(matter), "押金");
        keep(matter, "").unwrap();
        keep(matter, "").unwrap();
        assert_eq!(fs::read_dir(matter).unwrap().count(), 0);
        keep(&matter.join("gone"), "x").unwrap();
        assert!(!matter.join("gone").exists());
    }
}
