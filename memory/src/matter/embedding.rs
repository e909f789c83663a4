//! Asking an encoder, and not trusting the shape of what it gives.

use super::record::Encoder;
use crate::embed::{EmbedError, Embedder};

/// Texts embedded in one call: enough to batch, few enough to show progress.
const CHUNK: usize = 16;

pub(super) fn encoder_of(embedder: &dyn Embedder) -> Encoder {
    Encoder {
        id: embedder.id().to_owned(),
        dim: embedder.dim(),
    }
}

/// The vector of one passage.
pub(super) fn embed_one(
    embedder: &mut dyn Embedder,
    text: &str,
) -> Result<(Encoder, Vec<f32>), EmbedError> {
    let mut vectors = embed_all(embedder, &[text], &mut |_, _| ())?;
    let vector = vectors.pop().expect("one text has one vector");
    Ok((encoder_of(embedder), vector))
}

/// The vectors of many passages; `progress` is told how many are done, of how
/// many.
pub(super) fn embed_all(
    embedder: &mut dyn Embedder,
    texts: &[&str],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<Vec<f32>>, EmbedError> {
    let encoder = encoder_of(embedder);
    let mut vectors = Vec::with_capacity(texts.len());
    for chunk in texts.chunks(CHUNK) {
        let embedded = embedder.passages(chunk)?;
        if embedded.len() != chunk.len() {
            return Err(EmbedError(
                format!(
                    "{} gave {} vectors for {} texts",
                    encoder.id,
                    embedded.len(),
                    chunk.len()
                )
                .into(),
            ));
        }
        for vector in &embedded {
            check(vector, &encoder)?;
        }
        vectors.extend(embedded);
        progress(vectors.len(), texts.len());
    }
    Ok(vectors)
}

/// The vector of a question.
pub(super) fn embed_query(embedder: &mut dyn Embedder, text: &str) -> Result<Vec<f32>, EmbedError> {
    let vector = embedder.query(text)?;
    check(&vector, &encoder_of(embedder))?;
    Ok(vector)
}

fn check(vector: &[f32], encoder: &Encoder) -> Result<(), EmbedError> {
    let Encoder { id, dim } = encoder;
    if vector.len() != *dim || vector.is_empty() {
        let len = vector.len();
        return Err(EmbedError(
            format!("{id} gave a vector of {len} values where it promises {dim}").into(),
        ));
    }
    if !vector.iter().all(|value| value.is_finite()) {
        return Err(EmbedError(
            format!("{id} gave a vector that holds no number").into(),
        ));
    }
    Ok(())
}
