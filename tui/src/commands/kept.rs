//! What was worked out of each consultation, kept in a file so that it is not done again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One line for each consultation, its id and what was made of it; nothing is kept without a
/// file.
pub(super) struct Kept<T> {
    file: Option<File>,
    by_id: HashMap<String, Vec<T>>,
}

impl<T: Serialize + DeserializeOwned> Kept<T> {
    /// What this file holds, which is made if it is not there. A last line that was torn is
    /// cut off.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self {
                file: None,
                by_id: HashMap::new(),
            });
        };
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
        let by_id = lines.map(serde_json::from_slice::<(String, Vec<T>)>);
        let by_id = by_id
            .collect::<Result<_, _>>()
            .with_context(|| format!("{}: not kept by this version; name another file", name()))?;
        file.set_len(whole as u64).with_context(name)?;
        file.seek(SeekFrom::End(0)).with_context(name)?;
        Ok(Self {
            file: Some(file),
            by_id,
        })
    }

    /// What is kept of a consultation.
    pub(super) fn take(&mut self, id: &str) -> Option<Vec<T>> {
        self.by_id.remove(id)
    }

    /// Keeps what was made of a consultation.
    pub(super) fn add(&mut self, id: &str, made: &[T]) -> anyhow::Result<()> {
        if let Some(file) = &mut self.file {
            let line = serde_json::to_string(&(id, made))? + "\n";
            file.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_kept_and_a_torn_one_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.jsonl");
        let mut kept = Kept::open(Some(&path)).unwrap();
        assert_eq!(kept.take("a"), None);
        kept.add("a", &[1, 2]).unwrap();
        kept.add("b", &[3]).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        let mut kept = Kept::<i32>::open(Some(&path)).unwrap();
        assert_eq!((kept.take("a"), kept.take("b")), (Some(vec![1, 2]), None));
        kept.add("b", &[3]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn another_file_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.json");
        std::fs::write(&path, "{}\n{").unwrap();
        let error = Kept::<i32>::open(Some(&path))
            .err()
            .expect("it is not ours");
        assert!(error.to_string().contains("talk.json"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"{}\n{");
    }
}
