//! An encoder that encodes each text once.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crc32fast::hash;
use estoppel_memory::{EmbedError, Embedder, Embedding};
use serde::{Deserialize, Serialize};

use super::EvalError;

/// Texts encoded at a time: long enough to keep the encoder busy, short enough
/// to tell progress.
const BATCH: usize = 32;

/// Keeps every vector that it was asked for. Several rankings ask the same
/// question, and turns are encoded ahead in batches.
pub(crate) struct Memoised<'a> {
    inner: &'a mut (dyn Embedder + 'a),
    known: Known,
    /// Where it is kept between runs.
    file: Option<PathBuf>,
    /// Whether the file lacks something.
    behind: bool,
}

/// Embeddings by text.
#[derive(Default, Serialize, Deserialize)]
struct Known {
    passages: HashMap<String, Embedding>,
    queries: HashMap<String, Embedding>,
}

impl<'a> Memoised<'a> {
    pub(crate) fn new(inner: &'a mut (dyn Embedder + 'a)) -> Self {
        Self {
            inner,
            known: Known::default(),
            file: None,
            behind: false,
        }
    }

    /// Takes over what an earlier run kept in a folder, and keeps more there with
    /// [`save`](Self::save). Each encoder has a file of its own; one that cannot be
    /// read is made anew.
    pub(crate) fn keep_in(&mut self, folder: &Path) -> Result<(), EvalError> {
        let name = format!("embeddings-{:08x}.bin", hash(self.inner.id().as_bytes()));
        let file = folder.join(name);
        let cache = |source| EvalError::Cache {
            file: file.clone(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(cache)?;
        match std::fs::read(&file) {
            Ok(bytes) => {
                let (id, known): (String, Known) = postcard::from_bytes(&bytes).unwrap_or_default();
                if id == self.inner.id() {
                    self.known = known;
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(cache(error)),
        }
        self.file = Some(file);
        Ok(())
    }

    /// Writes what was encoded since, where it is to be kept.
    pub(crate) fn save(&mut self) -> Result<(), EvalError> {
        let Some(file) = self.file.as_ref().filter(|_| self.behind) else {
            return Ok(());
        };
        let bytes = postcard::to_stdvec(&(self.inner.id(), &self.known))
            .expect("texts and numbers can be written");
        std::fs::write(file, bytes).map_err(|source| EvalError::Cache {
            file: file.clone(),
            source,
        })?;
        self.behind = false;
        Ok(())
    }

    /// Encodes what is not known yet; `progress` is told (done, all).
    pub(crate) fn prepare(
        &mut self,
        texts: &[String],
        mut progress: impl FnMut(usize, usize),
    ) -> Result<(), EmbedError> {
        let mut new: Vec<&str> = texts
            .iter()
            .map(String::as_str)
            .filter(|text| !self.known.passages.contains_key(*text))
            .collect();
        // Texts of like length share a batch, which saves padding.
        new.sort_unstable_by_key(|text| (text.len(), *text));
        new.dedup();
        for (at, batch) in new.chunks(BATCH).enumerate() {
            progress(at * BATCH, new.len());
            let embeddings = self.inner.passages(batch)?;
            let owned = batch.iter().map(|text| text.to_string());
            self.known.passages.extend(owned.zip(embeddings));
            self.behind = true;
        }
        progress(new.len(), new.len());
        Ok(())
    }
}

impl Embedder for Memoised<'_> {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        let owned: Vec<String> = texts.iter().map(|text| text.to_string()).collect();
        self.prepare(&owned, |_, _| {})?;
        Ok(texts
            .iter()
            .map(|text| self.known.passages[*text].clone())
            .collect())
    }

    fn query(&mut self, text: &str) -> Result<Embedding, EmbedError> {
        if let Some(embedding) = self.known.queries.get(text) {
            return Ok(embedding.clone());
        }
        let embedding = self.inner.query(text)?;
        self.known.queries.insert(text.into(), embedding.clone());
        self.behind = true;
        Ok(embedding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::retrieval::testing::Letters;

    #[test]
    fn nothing_is_encoded_twice() {
        let mut letters = Letters::default();
        let mut memoised = Memoised::new(&mut letters);
        let texts = ["a".to_string(), "b".into(), "a".into()];
        let mut told = Vec::new();
        memoised
            .prepare(&texts, |done, all| told.push((done, all)))
            .unwrap();
        let vectors = memoised.passages(&["b", "a", "c"]).unwrap();
        let first = memoised.query("b").unwrap();
        assert_eq!(memoised.query("b").unwrap(), first);
        assert_eq!(told, [(0, 2), (2, 2)]);
        assert_eq!(letters.encoded, 4);
        assert_eq!(vectors[0], letters.passages(&["b"]).unwrap()[0]);
    }
}
