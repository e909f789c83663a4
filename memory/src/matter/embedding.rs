//! Asking an encoder, not trusting the shape of what it gives, and keeping it.

use super::record::Encoder;
use crate::embed::{EmbedError, Embedder, Embedding, TokenVectors};

/// Texts embedded in one call: enough to batch, few enough to show progress.
const CHUNK: usize = 16;

pub(super) fn encoder_of(embedder: &dyn Embedder) -> Encoder {
    Encoder {
        id: embedder.id().to_owned(),
        dim: embedder.dim(),
    }
}

/// The embedding of one passage.
pub(super) fn embed_one(
    embedder: &mut dyn Embedder,
    text: &str,
) -> Result<(Encoder, Embedding), EmbedError> {
    let mut embeddings = embed_all(embedder, &[text], &mut |_, _| ())?;
    let embedding = embeddings.pop().expect("one text has one embedding");
    Ok((encoder_of(embedder), embedding))
}

/// The embeddings of many passages; `progress` is told how many are done, of how
/// many.
pub(super) fn embed_all(
    embedder: &mut dyn Embedder,
    texts: &[&str],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<Embedding>, EmbedError> {
    let encoder = encoder_of(embedder);
    let mut embeddings = Vec::with_capacity(texts.len());
    for chunk in texts.chunks(CHUNK) {
        let embedded = embedder.passages(chunk)?;
        if embedded.len() != chunk.len() {
            return Err(EmbedError(
                format!(
                    "{} gave {} embeddings for {} texts",
                    encoder.id,
                    embedded.len(),
                    chunk.len()
                )
                .into(),
            ));
        }
        for embedding in &embedded {
            check(embedding, &encoder)?;
        }
        embeddings.extend(embedded);
        progress(embeddings.len(), texts.len());
    }
    Ok(embeddings)
}

/// The embedding of a question.
pub(super) fn embed_query(
    embedder: &mut dyn Embedder,
    text: &str,
) -> Result<Embedding, EmbedError> {
    let embedding = embedder.query(text)?;
    check(&embedding, &encoder_of(embedder))?;
    Ok(embedding)
}

fn check(embedding: &Embedding, encoder: &Encoder) -> Result<(), EmbedError> {
    let Encoder { id, dim } = encoder;
    let Embedding { vector, tokens } = embedding;
    if vector.len() != *dim || vector.is_empty() {
        let len = vector.len();
        return Err(EmbedError(
            format!("{id} gave a vector of {len} values where it promises {dim}").into(),
        ));
    }
    if tokens.codes.len() != tokens.len() * dim {
        let (values, tokens) = (tokens.codes.len(), tokens.len());
        return Err(EmbedError(
            format!("{id} gave {values} values for {tokens} tokens of {dim} values").into(),
        ));
    }
    if !vector.iter().all(|value| value.is_finite()) {
        return Err(EmbedError(
            format!("{id} gave a vector that holds no number").into(),
        ));
    }
    Ok(())
}

/// The vector, then the number of tokens, their pieces, scales and codes; numbers
/// in little-endian.
pub(super) fn to_bytes(embedding: &Embedding) -> Vec<u8> {
    let Embedding { vector, tokens } = embedding;
    let floats =
        |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let mut bytes = floats(vector);
    bytes.extend((tokens.len() as u32).to_le_bytes());
    bytes.extend(tokens.pieces.iter().flat_map(|piece| piece.to_le_bytes()));
    bytes.extend(floats(&tokens.scales));
    bytes.extend(tokens.codes.iter().map(|&code| code as u8));
    bytes
}

/// `None` where the bytes are not of this shape.
pub(super) fn from_bytes(bytes: &[u8], dim: usize) -> Option<Embedding> {
    let (vector, rest) = words(bytes, dim)?;
    let ([count], rest) = words(rest, 1)? else {
        return None;
    };
    let count = u32::from_le_bytes(*count) as usize;
    let (pieces, rest) = words(rest, count)?;
    let (scales, codes) = words(rest, count)?;
    let floats = |words: &[[u8; 4]]| words.iter().map(|&word| f32::from_le_bytes(word)).collect();
    (codes.len() == count * dim).then(|| Embedding {
        vector: floats(vector),
        tokens: TokenVectors {
            pieces: pieces
                .iter()
                .map(|&word| u32::from_le_bytes(word))
                .collect(),
            scales: floats(scales),
            codes: codes.iter().map(|&code| code as i8).collect(),
        },
    })
}

/// The first `count` words of four bytes, and what follows them.
fn words(bytes: &[u8], count: usize) -> Option<(&[[u8; 4]], &[u8])> {
    let (words, rest) = bytes.split_at_checked(count.checked_mul(4)?)?;
    Some((words.as_chunks().0, rest))
}
