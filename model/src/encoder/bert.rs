//! The network: own embedding lookup, then candle-transformers' BERT layers.

use std::collections::HashMap;

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{LayerNorm, Module, VarBuilder};
use candle_transformers::models::bert::{BertEncoder, Config};

use super::words::WordTable;

/// The sum of a token's word, position and type embeddings goes in; every text has
/// one type, so its embedding is added to the positions once.
pub(super) struct Bert {
    words: WordTable,
    /// `max_tokens` rows of `hidden` values.
    positions: Vec<f32>,
    norm: LayerNorm,
    layers: BertEncoder,
    hidden: usize,
    max_tokens: usize,
}

impl Bert {
    /// `weights` has the names of a Hugging Face BERT, without the word table.
    pub(super) fn new(
        words: WordTable,
        weights: HashMap<String, Tensor>,
        config: &Config,
    ) -> Result<Self> {
        let hidden = config.hidden_size;
        let weights = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
        let embeddings = weights.pp("embeddings");
        let token_type = embeddings
            .get(
                (config.type_vocab_size, hidden),
                "token_type_embeddings.weight",
            )?
            .narrow(0, 0, 1)?;
        let positions = embeddings
            .get(
                (config.max_position_embeddings, hidden),
                "position_embeddings.weight",
            )?
            .broadcast_add(&token_type)?;
        Ok(Self {
            words,
            positions: positions.flatten_all()?.to_vec1()?,
            norm: candle_nn::layer_norm(hidden, config.layer_norm_eps, embeddings.pp("LayerNorm"))?,
            layers: BertEncoder::load(weights.pp("encoder"), config)?,
            hidden,
            max_tokens: config.max_position_embeddings,
        })
    }

    pub(super) fn hidden(&self) -> usize {
        self.hidden
    }

    pub(super) fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// The last layer for each text's tokens, `[tokens, hidden]`. Texts have 1 to
    /// `max_tokens` tokens.
    pub(super) fn states(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        let embedded = self.norm.forward(&self.embed(texts, longest)?)?;
        let states = self.layers.forward(&embedded, &mask(texts, longest)?)?;
        let states: Vec<f32> = states.flatten_all()?.to_vec1()?;
        let cut = states
            .chunks_exact(longest * self.hidden)
            .zip(texts)
            .map(|(states, text)| states[..text.len() * self.hidden].to_vec());
        Ok(cut.collect())
    }

    /// (texts, longest, hidden); zero where a text is over.
    fn embed(&self, texts: &[&[u32]], longest: usize) -> Result<Tensor> {
        let mut values = vec![0.0; texts.len() * longest * self.hidden];
        for (rows, text) in values.chunks_exact_mut(longest * self.hidden).zip(texts) {
            let rows = rows.chunks_exact_mut(self.hidden);
            let positions = self.positions.chunks_exact(self.hidden);
            for ((row, position), &token) in rows.zip(positions).zip(*text) {
                self.words.read(token, row);
                row.iter_mut().zip(position).for_each(|(x, p)| *x += p);
            }
        }
        Tensor::from_vec(values, (texts.len(), longest, self.hidden), &Device::Cpu)
    }
}

/// What is added to attention scores, (texts, 1, 1, longest): minus infinity, nearly,
/// where a text is over. A single zero where none is.
fn mask(texts: &[&[u32]], longest: usize) -> Result<Tensor> {
    if texts.iter().all(|text| text.len() == longest) {
        return Tensor::zeros((1, 1, 1, 1), DType::F32, &Device::Cpu);
    }
    let values: Vec<f32> = texts
        .iter()
        .flat_map(|text| (0..longest).map(|at| if at < text.len() { 0.0 } else { f32::MIN }))
        .collect();
    Tensor::from_vec(values, (texts.len(), 1, 1, longest), &Device::Cpu)
}
