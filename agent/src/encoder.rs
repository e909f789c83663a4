//! The text encoder in the form that the memory asks for.

use estoppel_memory::{EmbedError, Embedder, Embedding, TokenVectors};
use estoppel_model::{Encoded, Encoder};

/// Lends the model crate's encoder to the memory.
pub(crate) struct TextEncoder(pub(crate) Encoder);

impl Embedder for TextEncoder {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        let encoded = self.0.passages(texts);
        let encoded = encoded.map_err(|error| EmbedError(error.into()))?;
        Ok(encoded.into_iter().map(embedding).collect())
    }

    fn query(&mut self, text: &str) -> Result<Embedding, EmbedError> {
        let encoded = self.0.query(text);
        encoded
            .map(embedding)
            .map_err(|error| EmbedError(error.into()))
    }
}

fn embedding(encoded: Encoded) -> Embedding {
    Embedding {
        vector: encoded.vector,
        tokens: TokenVectors::new(encoded.pieces, &encoded.tokens),
    }
}
