//! The seam to a text encoder: the memory never loads one itself.

use serde::{Deserialize, Serialize};

/// Turns text into vectors of unit length; inner product is similarity.
pub trait Embedder: Send {
    /// Names weights and settings; vectors of different ids are never compared.
    fn id(&self) -> &str;
    /// Length of every vector.
    fn dim(&self) -> usize;
    /// One embedding a text, for text that is searched.
    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError>;
    /// The embedding of a question.
    fn query(&mut self, text: &str) -> Result<Embedding, EmbedError>;
}

/// A text in vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// [`Embedder::dim`] values of unit length, for the text as a whole.
    pub vector: Vec<f32>,
    /// One vector a token, for late interaction; an encoder may give none.
    pub tokens: TokenVectors,
}

/// An encoder that knows no tokens.
impl From<Vec<f32>> for Embedding {
    fn from(vector: Vec<f32>) -> Self {
        Self {
            vector,
            tokens: TokenVectors::default(),
        }
    }
}

/// The vectors of a text's tokens, of unit length, in 8 bits a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenVectors {
    /// What each token is: a number of the encoder's vocabulary.
    pub(crate) pieces: Vec<u32>,
    /// A row's values are its codes times its scale.
    pub(crate) scales: Vec<f32>,
    /// `[tokens, dim]`.
    pub(crate) codes: Vec<i8>,
}

/// The most tokens of a text that are kept; at 384 values they take 97 KiB.
const MOST_TOKENS: usize = 256;

impl TokenVectors {
    /// Rounds the rows of `vectors`, `[pieces, dim]`, to 8 bits. Tokens past the
    /// first 256 are left out.
    ///
    /// # Panics
    ///
    /// If `vectors` is not `pieces` rows of one length.
    pub fn new(mut pieces: Vec<u32>, vectors: &[f32]) -> Self {
        if pieces.is_empty() {
            return Self::default();
        }
        assert_eq!(vectors.len() % pieces.len(), 0, "a row for each piece");
        let dim = vectors.len() / pieces.len();
        pieces.truncate(MOST_TOKENS);
        let mut rounded = Self {
            scales: Vec::with_capacity(pieces.len()),
            codes: Vec::with_capacity(pieces.len() * dim),
            pieces,
        };
        for row in vectors.chunks_exact(dim).take(rounded.pieces.len()) {
            let largest = row
                .iter()
                .fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
            let scale = largest / f32::from(i8::MAX);
            rounded.scales.push(scale);
            rounded
                .codes
                .extend(row.iter().map(|x| (x / scale).round() as i8));
        }
        rounded
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Rows of `dim` codes with their scales.
    pub(crate) fn rows(&self, dim: usize) -> impl Iterator<Item = (&[i8], f32)> {
        self.codes
            .chunks_exact(dim)
            .zip(self.scales.iter().copied())
    }
}

/// An encoder failed; the memory goes on without dense retrieval for that text
/// only if the caller chooses so.
#[derive(Debug, thiserror::Error)]
#[error("the text encoder failed: {0}")]
pub struct EmbedError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
