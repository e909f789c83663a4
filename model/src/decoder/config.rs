//! The shape of a decoder, from a file's metadata.

use crate::error::OpenModelError;
use crate::gguf::{Gguf, GgufError};

/// The architectures that can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Qwen2,
    Llama,
}

impl Family {
    pub(crate) const ALL: [Self; 2] = [Self::Qwen2, Self::Llama];

    /// As `general.architecture` names it; also the prefix of its metadata.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Qwen2 => "qwen2",
            Self::Llama => "llama",
        }
    }
}

/// Sizes and constants of a decoder.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) family: Family,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) hidden: usize,
    pub(crate) feed_forward: usize,
    pub(crate) context: usize,
    pub(crate) vocabulary: usize,
    pub(crate) rope_base: f64,
    pub(crate) norm_epsilon: f64,
}

impl Config {
    pub(crate) fn read(gguf: &Gguf) -> Result<Self, OpenModelError> {
        let family = family(gguf)?;
        let key = |name: &str| format!("{}.{name}", family.name());
        let number = |name: &str| gguf.integer(&key(name));
        let heads = number("attention.head_count")?;
        let hidden = number("embedding_length")?;
        let config = Self {
            family,
            layers: number("block_count")?,
            heads,
            kv_heads: optional(gguf, &key("attention.head_count_kv"), heads)?,
            head_dim: optional(
                gguf,
                &key("attention.key_length"),
                hidden.checked_div(heads).unwrap_or(0),
            )?,
            hidden,
            feed_forward: number("feed_forward_length")?,
            context: number("context_length")?,
            vocabulary: gguf.array_len("tokenizer.ggml.tokens")?,
            rope_base: match gguf.has(&key("rope.freq_base")) {
                true => gguf.float(&key("rope.freq_base"))?,
                false => 10_000.0,
            },
            norm_epsilon: gguf.float(&key("attention.layer_norm_rms_epsilon"))?,
        };
        match config.unsupported(gguf, &key)? {
            None => Ok(config),
            Some(what) => Err(OpenModelError::Unsupported {
                path: gguf.path().to_path_buf(),
                what,
            }),
        }
    }

    /// Query heads that share one key and value head.
    pub(crate) fn group(&self) -> usize {
        self.heads / self.kv_heads
    }

    /// Variants of the two families that this decoder would run wrongly.
    fn unsupported(
        &self,
        gguf: &Gguf,
        key: &impl Fn(&str) -> String,
    ) -> Result<Option<String>, GgufError> {
        let sizes = [
            self.layers,
            self.heads,
            self.kv_heads,
            self.head_dim,
            self.hidden,
            self.feed_forward,
            self.context,
            self.vocabulary,
        ];
        if sizes.contains(&0)
            || !self.heads.is_multiple_of(self.kv_heads)
            || !self.head_dim.is_multiple_of(2)
        {
            return Ok(Some(format!("its sizes do not fit together: {self:?}")));
        }
        let rotated = optional(gguf, &key("rope.dimension_count"), self.head_dim)?;
        if rotated != self.head_dim {
            return Ok(Some("it rotates only part of each head".into()));
        }
        let scaling = key("rope.scaling.type");
        if gguf.has(&scaling) && gguf.string(&scaling)? != "none"
            || gguf.has_tensor("rope_freqs.weight")
        {
            return Ok(Some("it scales its rotary positions".into()));
        }
        if optional(gguf, &key("expert_count"), 0)? > 0 {
            return Ok(Some("it is a mixture of experts".into()));
        }
        Ok(None)
    }
}

fn family(gguf: &Gguf) -> Result<Family, OpenModelError> {
    let name = gguf.string("general.architecture")?;
    Family::ALL
        .into_iter()
        .find(|family| family.name() == name)
        .ok_or_else(|| OpenModelError::UnknownFamily {
            path: gguf.path().to_path_buf(),
            family: name.to_owned(),
        })
}

fn optional(gguf: &Gguf, key: &str, default: usize) -> Result<usize, GgufError> {
    match gguf.has(key) {
        true => gguf.integer(key),
        false => Ok(default),
    }
}
