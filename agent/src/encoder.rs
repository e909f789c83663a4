//! The text encoder in the form that the memory asks for.

use estoppel_memory::{EmbedError, Embedder};
use estoppel_model::Encoder;

/// Lends the model crate's encoder to the memory.
pub(crate) struct TextEncoder(pub(crate) Encoder);

impl Embedder for TextEncoder {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.0
            .passages(texts)
            .map_err(|error| EmbedError(error.into()))
    }

    fn query(&mut self, text: &str) -> Result<Vec<f32>, EmbedError> {
        self.0.query(text).map_err(|error| EmbedError(error.into()))
    }
}
