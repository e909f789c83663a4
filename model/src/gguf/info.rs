//! What a model file is, without loading it.

use std::collections::BTreeMap;
use std::path::Path;

use super::Gguf;
use crate::decoder::Config;
use crate::error::OpenModelError;

/// The figures of a model file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ModelInfo {
    /// The name inside the file, or the file's own.
    pub name: String,
    /// `qwen2` or `llama`.
    pub family: String,
    /// Weights, those of the vocabulary included.
    pub parameters: u64,
    /// Transformer layers.
    pub layers: usize,
    /// Query heads a layer.
    pub heads: usize,
    /// Key and value heads a layer.
    pub kv_heads: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width inside the feed-forward blocks.
    pub feed_forward: usize,
    /// Tokens it was trained to see at once.
    pub context: usize,
    /// Tokens it knows.
    pub vocabulary: usize,
    /// Formats of its tensors, the one with the most weights first.
    pub quantisation: Vec<Quantisation>,
    /// Size of the file.
    pub bytes: u64,
}

/// How much of a model is stored in one format.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Quantisation {
    /// As GGUF names it: `Q4_K`, `F32`.
    pub format: String,
    /// Tensors in it.
    pub tensors: usize,
    /// Weights in it.
    pub parameters: u64,
}

/// Reads a model file's figures.
pub fn inspect(path: impl AsRef<Path>) -> Result<ModelInfo, OpenModelError> {
    let gguf = Gguf::open(path)?;
    let config = Config::read(&gguf)?;
    let quantisation = quantisation(&gguf);
    Ok(ModelInfo {
        name: gguf
            .string("general.name")
            .map_or_else(|_| gguf.stem(), str::to_owned),
        family: config.family.name().to_owned(),
        parameters: quantisation.iter().map(|q| q.parameters).sum(),
        layers: config.layers,
        heads: config.heads,
        kv_heads: config.kv_heads,
        hidden: config.hidden,
        feed_forward: config.feed_forward,
        context: config.context,
        vocabulary: config.vocabulary,
        quantisation,
        bytes: gguf.size() as u64,
    })
}

fn quantisation(gguf: &Gguf) -> Vec<Quantisation> {
    let mut formats: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for tensor in gguf.header.tensors.values() {
        // candle writes Q4K where everyone else writes Q4_K.
        let format = match format!("{:?}", tensor.dtype).strip_suffix('K') {
            Some(bits) => format!("{bits}_K"),
            None => format!("{:?}", tensor.dtype),
        };
        let (tensors, parameters) = formats.entry(format).or_default();
        *tensors += 1;
        *parameters += tensor.elements as u64;
    }
    let mut formats: Vec<_> = formats
        .into_iter()
        .map(|(format, (tensors, parameters))| Quantisation {
            format,
            tensors,
            parameters,
        })
        .collect();
    formats.sort_by_key(|f| std::cmp::Reverse(f.parameters));
    formats
}
