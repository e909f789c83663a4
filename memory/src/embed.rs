//! The seam to a text encoder: the memory never loads one itself.

/// Turns text into vectors of unit length; inner product is similarity.
pub trait Embedder: Send {
    /// Names weights and settings; vectors of different ids are never compared.
    fn id(&self) -> &str;
    /// Length of every vector.
    fn dim(&self) -> usize;
    /// One vector of [`dim`](Self::dim) values a text, for text that is searched.
    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;
    /// One vector for a question.
    fn query(&mut self, text: &str) -> Result<Vec<f32>, EmbedError>;
}

/// An encoder failed; the memory goes on without dense retrieval for that text
/// only if the caller chooses so.
#[derive(Debug, thiserror::Error)]
#[error("the text encoder failed: {0}")]
pub struct EmbedError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
