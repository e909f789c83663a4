//! A learnt way to write behind a question.

use crate::decoder::{Adapter, Config};
use crate::pointer::{PointerError, Tensors, ensure, places};

/// Low-rank additions to the weights of a model's upper layers (Hu et al., 2021,
/// arXiv:2106.09685) with which it is told how likely it writes a text behind a question and the
/// pointer after it, in an alphabet of a few tokens: such as what is reckoned to answer it (a
/// program of thoughts: Chen et al., 2022, arXiv:2211.12588), or nothing.
#[derive(Clone, Debug)]
pub struct Writer {
    /// What it begins with, which is not of its text.
    pub(crate) beginning: Vec<u32>,
    /// The tokens that it may write; the last of them ends it.
    pub(crate) alphabet: Vec<u32>,
    pub(crate) adapter: Adapter,
}

impl Writer {
    /// Reads what was learnt, a safetensors file: `beginning` and `alphabet`, tokens of the model;
    /// `first`, the first layer in which something is added; and of each from there on what is added,
    /// as in a [pointer's](crate::Pointer::read).
    ///
    /// # Errors
    ///
    /// If a tensor is missing or misshapen.
    pub fn read(safetensors: &[u8]) -> Result<Self, PointerError> {
        let tensors = Tensors::read(safetensors)?;
        let tokens = |name: &str| -> Result<Vec<u32>, PointerError> {
            let ids = places(&tensors.get(name)?)?.into_iter();
            Ok(ids.map(|id| id as u32).collect())
        };
        let first = places(&tensors.get("first")?)?;
        let writer = Self {
            beginning: tokens("beginning")?,
            alphabet: tokens("alphabet")?,
            adapter: tensors.adapter(first.first().copied().unwrap_or_default())?,
        };
        ensure(!writer.beginning.is_empty(), "it begins with nothing")?;
        ensure(writer.alphabet.len() > 1, "it can write nothing")?;
        Ok(writer)
    }

    /// Whether a model of this shape can write by it.
    pub(crate) fn fits(&self, config: &Config) -> bool {
        let mut tokens = self.beginning.iter().chain(&self.alphabet);
        self.adapter.end() == config.layers
            && self.adapter.fits(config)
            && tokens.all(|token| (*token as usize) < config.vocabulary)
    }
}
