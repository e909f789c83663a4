//! A language model on this machine, from a GGUF file.

mod generation;

use std::num::NonZero;
use std::path::{Path, PathBuf};

use crate::chat::ChatMl;
use crate::attention::Attention;
use crate::decoder::{Config, Decoder, Meter, Pages, Pass};
use crate::generate::{GenerateError, GenerateOptions, Generation, Generator, Prompt};
use crate::gguf::{Gguf, GgufError};
use crate::kernels::{Team, physical_cores};
use crate::tokenizer::Tokenizer;
use generation::LocalGeneration;

/// How to open a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenOptions {
    /// Tokens that prompt and answer may have together; the trained length if
    /// `None` or more than that. Memory is used by the tokens that are there, not
    /// by those that there may be.
    pub context: Option<usize>,
    /// Threads that compute, the caller's among them; one for each physical core
    /// if `None`.
    pub threads: Option<NonZero<usize>>,
    /// How the decoder reads what came before.
    pub attention: Attention,
}

/// A decoder with its tokenizer, ready to answer.
///
/// The keys and values of the last prompt are kept: a prompt that begins as the
/// last one did is only read from where it differs.
pub struct LocalModel {
    name: String,
    context: usize,
    tokenizer: Tokenizer,
    template: ChatMl,
    decoder: Decoder,
    attention: Attention,
    pages: Pages,
    /// The tokens whose keys and values are in the pages.
    cached: Vec<u32>,
}

impl LocalModel {
    /// Opens a GGUF file of the `qwen2` or `llama` family. The weights stay in the
    /// file's mapping and are read as they are used.
    pub fn open(
        path: impl AsRef<Path>,
        options: OpenOptions,
    ) -> std::result::Result<Self, OpenModelError> {
        let gguf = Gguf::open(path)?;
        let config = Config::read(&gguf)?;
        let tokenizer = Tokenizer::from_gguf(&gguf)?;
        let template = ChatMl::recognise(&gguf, &tokenizer)?;
        let context = config.context.min(options.context.unwrap_or(usize::MAX));
        let pages = Pages::new(&config);
        let team = Team::new(options.threads.unwrap_or_else(physical_cores));
        Ok(Self {
            name: gguf.stem(),
            context,
            tokenizer,
            template,
            decoder: Decoder::load(&gguf, config, context, team)?,
            attention: options.attention,
            pages,
            cached: Vec::new(),
        })
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The logits after each token of a sequence, for measuring a model: the
    /// sequence is read from its beginning, `chunk` tokens at a time.
    pub fn logits(
        &mut self,
        tokens: &[u32],
        chunk: usize,
    ) -> std::result::Result<Vec<Vec<f32>>, GenerateError> {
        self.check_room(tokens.len())?;
        self.keep(0);
        self.pages.reserve(tokens.len());
        let mut logits = Vec::with_capacity(tokens.len());
        for chunk in tokens.chunks(chunk.max(1)) {
            let states = self.run(chunk, &mut Meter::default());
            let rows = self.decoder.logits(&states);
            let rows = rows.chunks_exact(self.decoder.config.vocabulary);
            logits.extend(rows.map(<[f32]>::to_vec));
        }
        Ok(logits)
    }

    fn check_room(&self, tokens: usize) -> std::result::Result<(), GenerateError> {
        match tokens < self.context {
            true => Ok(()),
            false => Err(GenerateError::PromptTooLong {
                tokens,
                context: self.context,
            }),
        }
    }

    /// Runs tokens that follow the cached ones; returns their states.
    fn run(&mut self, tokens: &[u32], meter: &mut Meter) -> Vec<f32> {
        let pass = Pass {
            attention: self.attention,
            focus: &[],
            meter,
            sink: None,
        };
        let states = self.decoder.forward(tokens, &mut self.pages, pass);
        self.cached.extend(tokens);
        states
    }

    /// Forgets cached tokens from where they differ from a new prompt on. The
    /// prompt's last token is always run again: its logits are not kept.
    fn keep_common_prefix(&mut self, tokens: &[u32]) {
        let same = self.cached.iter().zip(tokens).take_while(|(a, b)| a == b);
        self.keep(same.count().min(tokens.len().saturating_sub(1)));
    }

    fn keep(&mut self, tokens: usize) {
        self.cached.truncate(tokens);
        self.pages.truncate(tokens);
    }
}

impl Generator for LocalModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn context_length(&self) -> usize {
        self.context
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.tokenizer.encode(text).len()
    }

    fn start<'a>(
        &'a mut self,
        prompt: &Prompt,
        options: &GenerateOptions,
    ) -> std::result::Result<Box<dyn Generation + 'a>, GenerateError> {
        let prompt = self.template.render(&self.tokenizer, prompt);
        self.check_room(prompt.tokens.len())?;
        self.keep_common_prefix(&prompt.tokens);
        let generation = LocalGeneration::new(self, prompt, options);
        Ok(Box::new(generation))
    }
}

/// A model could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenModelError {
    /// The file is no readable GGUF, or lacks something.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// The architecture is not one that can be run.
    #[error(
        "{path} holds a model of the family {family:?}; the supported families are qwen2 and llama"
    )]
    UnknownFamily {
        /// The file.
        path: PathBuf,
        /// Its architecture.
        family: String,
    },
    /// The family is supported, this variant of it is not.
    #[error("the model in {path} cannot be run: {what}")]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported.
        what: String,
    },
    /// The tokenizer is no byte-level BPE.
    #[error(
        "{path} has a tokenizer of the kind {tokenizer:?}; only gpt2 (byte-level BPE) is supported"
    )]
    UnknownTokenizer {
        /// The file.
        path: PathBuf,
        /// Its kind.
        tokenizer: String,
    },
    /// The rule that cuts text into words is not known.
    #[error(
        "{path} cuts text into words by the rule {pre_tokenizer:?}; only qwen2 and smollm are supported"
    )]
    UnknownPreTokenizer {
        /// The file.
        path: PathBuf,
        /// The rule's name.
        pre_tokenizer: String,
    },
    /// The vocabulary contradicts itself.
    #[error("the vocabulary of {path} is broken: {reason}")]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// How.
        reason: String,
    },
    /// The chat template is not ChatML.
    #[error("{path} has a chat template that is not ChatML, the only one that is supported")]
    UnknownTemplate {
        /// The file.
        path: PathBuf,
    },
    /// The weights could not be prepared.
    #[error("the weights could not be prepared: {0}")]
    Weights(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl OpenModelError {
    pub(crate) fn weights(error: candle_core::Error) -> Self {
        Self::Weights(error.into())
    }
}

#[cfg(test)]
mod tests;
