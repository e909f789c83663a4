//! A BERT as it is published: `config.json` and `tokenizer.json` beside the
//! weights.

use std::fs;
use std::path::Path;

use candle_core::{DType, Device};
use candle_transformers::models::bert::Config;
use tokenizers::{Tokenizer, TruncationParams};

use super::bert::Bert;
use super::words::WordTable;
use super::{EncoderError, Loaded, Prefixes, Vocabulary};

const WORDS: &str = "embeddings.word_embeddings.weight";

pub(super) fn load(path: &Path) -> Result<Loaded, EncoderError> {
    let beside = |name| path.with_file_name(name);
    let config = read_config(&beside("config.json"))?;
    let tokenizer = read_tokenizer(&beside("tokenizer.json"), &config)?;
    let bert = read_weights(path, &config).map_err(|error| malformed(path, error))?;
    Ok(Loaded {
        vocabulary: Vocabulary::Tokenizer(Box::new(tokenizer)),
        bert,
        prefixes: Prefixes {
            query: "",
            passage: "",
        },
    })
}

fn read_config(path: &Path) -> Result<Config, EncoderError> {
    serde_json::from_slice(&read(path)?).map_err(|error| malformed(path, error))
}

fn read_tokenizer(path: &Path, config: &Config) -> Result<Tokenizer, EncoderError> {
    let mut tokenizer =
        Tokenizer::from_bytes(read(path)?).map_err(|error| malformed(path, error))?;
    let entries = tokenizer.get_vocab_size(true);
    if entries > config.vocab_size {
        let rows = config.vocab_size;
        let problem = format!("it has {entries} entries for a model with {rows}");
        return Err(malformed(path, problem));
    }
    // The file asks for padding to 128 tokens, and for a cut there.
    tokenizer.with_padding(None);
    tokenizer
        .with_truncation(Some(TruncationParams {
            max_length: config.max_position_embeddings,
            ..TruncationParams::default()
        }))
        .map_err(|error| malformed(path, error))?;
    Ok(tokenizer)
}

fn read_weights(path: &Path, config: &Config) -> candle_core::Result<Bert> {
    let mut weights = candle_core::safetensors::load(path, &Device::Cpu)?;
    let words = weights
        .remove(WORDS)
        .ok_or_else(|| candle_core::Error::msg(format!("it has no tensor {WORDS}")))?;
    let shape = (config.vocab_size, config.hidden_size);
    if words.dims2()? != shape {
        let found = words.shape();
        candle_core::bail!("{WORDS} is {found:?}, and the config says {shape:?}");
    }
    let words = WordTable::F32 {
        values: words.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?,
        width: config.hidden_size,
    };
    Bert::new(words, weights, config)
}

fn read(path: &Path) -> Result<Vec<u8>, EncoderError> {
    fs::read(path).map_err(|source| EncoderError::Read {
        path: path.to_owned(),
        source,
    })
}

fn malformed(path: &Path, problem: impl ToString) -> EncoderError {
    EncoderError::Malformed {
        path: path.to_owned(),
        problem: problem.to_string(),
    }
}
