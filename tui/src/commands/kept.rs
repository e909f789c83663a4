//! What was worked out of each consultation, kept in a file so that it is not done again.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One line for each consultation, its id and what was made of it.
pub(super) struct Kept<T> {
    file: File,
    made: Vec<(String, Vec<T>)>,
}

impl<T: Serialize + DeserializeOwned> Kept<T> {
    /// What this file holds, which is made if it is not there. A last line that was torn is
    /// cut off.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = || path.display().to_string();
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).with_context(name)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(name)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n');
        let made = lines.map(serde_json::from_slice::<(String, Vec<T>)>);
        let made = made
            .collect::<Result<_, _>>()
            .with_context(|| format!("{}: not kept by this version; name another file", name()))?;
        file.set_len(whole as u64).with_context(name)?;
        file.seek(SeekFrom::End(0)).with_context(name)?;
        Ok(Self { file, made })
    }

    /// Whether anything is kept of a consultation.
    pub(super) fn has(&self, id: &str) -> bool {
        self.made.iter().any(|(other, _)| other == id)
    }

    /// Keeps what was made of a consultation.
    pub(super) fn add(&mut self, id: &str, made: Vec<T>) -> anyhow::Result<()> {
        let line = serde_json::to_string(&(id, &made))? + "\n";
        self.file.write_all(line.as_bytes())?;
        self.made.push((id.to_owned(), made));
        Ok(())
    }

    /// What is kept of all consultations.
    pub(super) fn into_all(self) -> impl Iterator<Item = T> {
        self.made.into_iter().flat_map(|(_, made)| made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_kept_and_a_torn_one_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.jsonl");
        let mut kept = Kept::open(&path).unwrap();
        assert!(!kept.has("a"));
        kept.add("a", vec![1, 2]).unwrap();
        kept.add("b", vec![3]).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        let mut kept = Kept::<i32>::open(&path).unwrap();
        assert_eq!((kept.has("a"), kept.has("b")), (true, false));
        kept.add("b", vec![3]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        assert_eq!(kept.into_all().collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn another_file_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.json");
        std::fs::write(&path, "{}\n{").unwrap();
        let error = Kept::<i32>::open(&path).err().expect("it is not ours");
        assert!(error.to_string().contains("talk.json"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"{}\n{");
    }
}
