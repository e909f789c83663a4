//! Text to vectors, for finding what is near in meaning.
//!
//! Two kinds of file: multilingual-e5-small in its packed 4-bit form, tokenizer
//! inside, and any BERT in safetensors with `tokenizer.json` and
//! `config.json` beside it, which is what all-MiniLM-L6-v2 is.
//! Both give a text one vector, the mean of the last layer scaled to unit length,
//! and each of its tokens one, for late interaction (Khattab and Zaharia, 2020,
//! arXiv:2004.12832).

mod batch;
mod bert;
mod e5;
mod fingerprint;
mod safetensors;
mod unigram;
mod words;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use batch::batches;
use bert::Bert;
use unigram::Unigram;

/// An encoder in memory, ready for use from several threads.
pub struct Encoder {
    id: String,
    vocabulary: Vocabulary,
    bert: Bert,
    prefixes: Prefixes,
}

/// What the model was trained to see before a text.
#[derive(Clone, Copy)]
struct Prefixes {
    query: &'static str,
    passage: &'static str,
}

/// The parts that a file gives.
struct Loaded {
    vocabulary: Vocabulary,
    bert: Bert,
    prefixes: Prefixes,
}

enum Vocabulary {
    Unigram(Unigram),
    Tokenizer(Box<tokenizers::Tokenizer>),
}

/// A text in vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// [`dim`](Encoder::dim) values of unit length, for the text as a whole.
    pub vector: Vec<f32>,
    /// The vocabulary's ids of the text's tokens, without prefix and marks.
    pub pieces: Vec<u32>,
    /// `[pieces, dim]`, each row of unit length.
    pub tokens: Vec<f32>,
}

/// An encoder could not be opened or did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncoderError {
    /// A file can't be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is of no known kind.
    #[error(
        "{} is no text encoder: it should be a packed e5 file (e5-small-q4.bin) or a BERT in safetensors",
        path.display()
    )]
    UnknownFormat {
        /// Which file.
        path: PathBuf,
    },
    /// The file is of a known kind, and breaks its format.
    #[error("{} is damaged: {problem}; pull it again", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// A text could not be cut into tokens.
    #[error("a text could not be cut into tokens: {0}")]
    Tokenize(String),
    /// The network could not be computed.
    #[error("the text encoder could not be computed: {0}")]
    Compute(String),
}

impl Encoder {
    /// Opens a weights file, as [`ModelDir::resolve`](crate::ModelDir::resolve)
    /// gives it.
    pub fn open(path: &Path) -> Result<Self, EncoderError> {
        let Loaded {
            vocabulary,
            bert,
            prefixes,
        } = if e5::recognises(path)? {
            e5::load(path)?
        } else if path.extension().is_some_and(|e| e == "safetensors") {
            safetensors::load(path)?
        } else {
            let path = path.to_owned();
            return Err(EncoderError::UnknownFormat { path });
        };
        let id = format!(
            "{}/mean/{}/{:?}",
            fingerprint::of_file(path)?,
            bert.max_tokens(),
            prefixes.passage,
        );
        Ok(Self {
            id,
            vocabulary,
            bert,
            prefixes,
        })
    }

    /// Names weights, pooling, longest input and prefix; vectors of different ids
    /// are never compared.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Length of every vector.
    pub fn dim(&self) -> usize {
        self.bert.hidden()
    }

    /// The longest input in tokens, prefix and marks included; what is longer is
    /// cut off at its end.
    pub fn max_tokens(&self) -> usize {
        self.bert.max_tokens()
    }

    /// The vectors of texts that are to be found. Many at once are far cheaper than
    /// one by one.
    pub fn passages(&self, texts: &[&str]) -> Result<Vec<Encoded>, EncoderError> {
        self.encode(self.prefixes.passage, texts)
    }

    /// The vectors of a question, to be compared with those of passages.
    pub fn query(&self, text: &str) -> Result<Encoded, EncoderError> {
        let mut encoded = self.encode(self.prefixes.query, &[text])?;
        Ok(encoded.swap_remove(0))
    }

    fn encode(&self, prefix: &str, texts: &[&str]) -> Result<Vec<Encoded>, EncoderError> {
        let inputs: Vec<Vec<u32>> = texts
            .par_iter()
            .map(|text| self.token_ids(prefix, text))
            .collect::<Result<_, _>>()?;
        // The mark at the end is no part of the prefix.
        let lead = self.token_ids(prefix.trim_end(), "")?.len() - 1;
        let mut encoded: Vec<Option<Encoded>> = vec![None; texts.len()];
        // One batch after the other: candle spreads each step over the cores.
        for batch in batches(&inputs) {
            let ids: Vec<&[u32]> = batch.iter().map(|&text| &inputs[text][..]).collect();
            let states = self.bert.states(&ids);
            let states = states.map_err(|error| EncoderError::Compute(error.to_string()))?;
            for (text, states) in batch.into_iter().zip(states) {
                encoded[text] = Some(self.encoded(&inputs[text], &states, lead));
            }
        }
        Ok(encoded.into_iter().flatten().collect())
    }

    /// `states` are the last layer's, `[ids, dim]`; the first `lead` tokens and the
    /// last are no part of the text.
    fn encoded(&self, ids: &[u32], states: &[f32], lead: usize) -> Encoded {
        let dim = self.dim();
        let mut mean = vec![0.0; dim];
        for state in states.chunks_exact(dim) {
            mean.iter_mut().zip(state).for_each(|(sum, x)| *sum += x);
        }
        scale_to_unit(&mut mean);
        let text = lead.min(ids.len() - 1)..ids.len() - 1;
        let mut tokens = states[text.start * dim..text.end * dim].to_vec();
        tokens.chunks_exact_mut(dim).for_each(scale_to_unit);
        Encoded {
            vector: mean,
            pieces: ids[text].to_vec(),
            tokens,
        }
    }

    /// The network's input for a text: marks at both ends, cut to the longest.
    fn token_ids(&self, prefix: &str, text: &str) -> Result<Vec<u32>, EncoderError> {
        let text = format!("{prefix}{text}");
        match &self.vocabulary {
            Vocabulary::Unigram(unigram) => Ok(unigram.input(&text, self.max_tokens())),
            Vocabulary::Tokenizer(tokenizer) => tokenizer
                .encode_fast(text, true)
                .map(|encoding| encoding.get_ids().to_vec())
                .map_err(|error| EncoderError::Tokenize(error.to_string())),
        }
    }
}

fn scale_to_unit(vector: &mut [f32]) {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
    vector.iter_mut().for_each(|x| *x /= norm);
}
