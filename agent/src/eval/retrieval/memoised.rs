//! An encoder that encodes each text once.

use std::collections::HashMap;

use estoppel_memory::{EmbedError, Embedder};

/// Texts encoded at a time: long enough to keep the encoder busy, short enough
/// to tell progress.
const BATCH: usize = 32;

/// Keeps every vector that it was asked for. Several rankings ask the same
/// question, and turns are encoded ahead in batches.
pub(super) struct Memoised<'a> {
    inner: &'a mut (dyn Embedder + 'a),
    passages: HashMap<String, Vec<f32>>,
    queries: HashMap<String, Vec<f32>>,
}

impl<'a> Memoised<'a> {
    pub(super) fn new(inner: &'a mut (dyn Embedder + 'a)) -> Self {
        Self {
            inner,
            passages: HashMap::new(),
            queries: HashMap::new(),
        }
    }

    /// Encodes what is not known yet; `progress` is told (done, all).
    pub(super) fn prepare(
        &mut self,
        texts: &[String],
        mut progress: impl FnMut(usize, usize),
    ) -> Result<(), EmbedError> {
        let mut new: Vec<&str> = texts
            .iter()
            .map(String::as_str)
            .filter(|text| !self.passages.contains_key(*text))
            .collect();
        // Texts of like length share a batch, which saves padding.
        new.sort_unstable_by_key(|text| (text.len(), *text));
        new.dedup();
        for (at, batch) in new.chunks(BATCH).enumerate() {
            progress(at * BATCH, new.len());
            let vectors = self.inner.passages(batch)?;
            let owned = batch.iter().map(|text| text.to_string());
            self.passages.extend(owned.zip(vectors));
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

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let owned: Vec<String> = texts.iter().map(|text| text.to_string()).collect();
        self.prepare(&owned, |_, _| {})?;
        Ok(texts
            .iter()
            .map(|text| self.passages[*text].clone())
            .collect())
    }

    fn query(&mut self, text: &str) -> Result<Vec<f32>, EmbedError> {
        if let Some(vector) = self.queries.get(text) {
            return Ok(vector.clone());
        }
        let vector = self.inner.query(text)?;
        self.queries.insert(text.into(), vector.clone());
        Ok(vector)
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
