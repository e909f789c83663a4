//! What the tests of this folder share.

use std::path::PathBuf;

use estoppel_memory::{EmbedError, Embedder, Embedding};
use serde_json::Value;
use tempfile::TempDir;

/// Writes a file into a folder that lives as long as the first value.
pub(super) fn file(name: &str, content: &Value) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content.to_string()).expect("the folder can be written");
    (folder, path)
}

/// An encoder that counts letters, and its own work.
#[derive(Default)]
pub(super) struct Letters {
    pub(super) encoded: usize,
}

impl Embedder for Letters {
    fn id(&self) -> &str {
        "letters"
    }

    fn dim(&self) -> usize {
        26
    }

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        texts.iter().map(|text| self.query(text)).collect()
    }

    fn query(&mut self, text: &str) -> Result<Embedding, EmbedError> {
        self.encoded += 1;
        let mut counts = vec![0.0; 26];
        for letter in text.bytes().filter(u8::is_ascii_alphabetic) {
            counts[usize::from(letter.to_ascii_lowercase() - b'a')] += 1.0;
        }
        let length = counts
            .iter()
            .map(|c: &f32| c * c)
            .sum::<f32>()
            .sqrt()
            .max(1.0);
        let vector: Vec<f32> = counts.into_iter().map(|c| c / length).collect();
        Ok(vector.into())
    }
}
