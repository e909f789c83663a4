//! A language model on this machine, from a GGUF file.

mod generation;
mod history;
mod looking;
mod rendered;

use std::num::NonZero;
use std::path::Path;

use crate::attention::Attention;
use crate::chat::{ChatMl, Rendered};
use crate::decoder::{Config, Decoder, Meter, Pages, Pass, Rope};
use crate::error::OpenModelError;
use crate::generate::{GenerateError, GenerateOptions, Generation, Generator, Prompt};
use crate::gguf::Gguf;
use crate::kernels::{Team, physical_cores};
use crate::kv::{Distrust, Identity, KvStore, Layout};
use crate::pointer::Pointer;
use crate::relevance::Relevance;
use crate::tokenizer::Tokenizer;
use crate::writer::Writer;
use generation::LocalGeneration;
use history::History;
pub(crate) use looking::Question;
use rendered::RenderedHistory;

/// Tokens that are read in one step: few enough to cancel soon, enough to pay for
/// unpacking the weights.
pub(crate) const CHUNK: usize = 128;

/// How to open a model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
/// The keys and values of a prompt's history are kept, in memory or in a file
/// ([`Generator::keep`]): only what is new in it is read.
pub struct LocalModel {
    name: String,
    context: usize,
    tokenizer: Tokenizer,
    template: ChatMl,
    decoder: Decoder,
    attention: Attention,
    identity: Identity,
    history: History,
    rendered: RenderedHistory,
}

impl LocalModel {
    /// Opens a GGUF file of the `qwen2` or `llama` family. The weights are
    /// packed for the kernels; the embeddings stay in the file's mapping.
    pub fn open(
        path: impl AsRef<Path>,
        options: OpenOptions,
    ) -> std::result::Result<Self, OpenModelError> {
        Self::open_telling(path, options, &mut |_, _| {})
    }

    /// The same; `progress` is told how many layers are packed, of how many.
    pub fn open_telling(
        path: impl AsRef<Path>,
        options: OpenOptions,
        progress: &mut dyn FnMut(usize, usize),
    ) -> std::result::Result<Self, OpenModelError> {
        let gguf = Gguf::open(path)?;
        let config = Config::read(&gguf)?;
        let tokenizer = Tokenizer::from_gguf(&gguf)?;
        let template = ChatMl::recognise(&gguf, &tokenizer)?;
        let context = config.context.min(options.context.unwrap_or(usize::MAX));
        let identity = Identity {
            model: gguf.fingerprint(),
            tokenizer: gguf.tokenizer_fingerprint()?,
            layout: Layout {
                layers: config.layers as u32,
                kv_heads: config.kv_heads as u32,
                head_dim: config.head_dim as u32,
            },
        };
        let team = Team::new(options.threads.unwrap_or_else(physical_cores));
        let decoder = Decoder::load(&gguf, config, context, team, progress)?;
        Ok(Self {
            name: gguf.stem(),
            context,
            tokenizer,
            template,
            attention: options.attention,
            history: History::new(KvStore::in_memory(identity), &decoder),
            rendered: RenderedHistory::default(),
            identity,
            decoder,
        })
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    pub(crate) fn config(&self) -> &Config {
        &self.decoder.config
    }

    pub(crate) fn rope(&self) -> &Rope {
        &self.decoder.rope
    }

    /// The tokens that are written in some characters alone, and the one that ends an answer behind
    /// them.
    pub(crate) fn alphabet(&self, characters: &str) -> Vec<u32> {
        let is_of = |token: &u32| {
            let text = std::str::from_utf8(self.tokenizer.bytes(*token)).unwrap_or_default();
            !text.is_empty() && text.chars().all(|c| characters.contains(c))
        };
        let all = 0..self.decoder.config.vocabulary as u32;
        all.filter(is_of).chain([self.template.end()]).collect()
    }

    /// What tokens are embedded as, `[tokens, hidden]`.
    pub(crate) fn embed(&self, tokens: &[u32]) -> Vec<f32> {
        self.decoder.embed(tokens)
    }

    /// The logits after each token of a sequence, for measuring a model: the
    /// sequence is read from its beginning, `chunk` tokens at a time.
    pub fn logits(
        &mut self,
        tokens: &[u32],
        chunk: usize,
    ) -> std::result::Result<Vec<Vec<f32>>, GenerateError> {
        self.room_for(tokens.len())?;
        let vocabulary = self.decoder.config.vocabulary;
        if let Some(token) = tokens.iter().find(|token| **token as usize >= vocabulary) {
            let reason = format!("token {token} is outside the vocabulary");
            return Err(GenerateError::Model(reason.into()));
        }
        let mut pages = Pages::new(&self.decoder.config);
        pages.reserve(tokens.len());
        let mut meter = Meter::default();
        let mut logits = Vec::with_capacity(tokens.len());
        for chunk in tokens.chunks(chunk.max(1)) {
            let pass = Pass {
                attention: self.attention,
                focus: &[],
                meter: &mut meter,
                sink: None,
            };
            let states = self.decoder.forward(chunk, &mut pages, pass);
            let rows = self.decoder.logits(&states);
            logits.extend(rows.chunks_exact(vocabulary).map(<[f32]>::to_vec));
        }
        Ok(logits)
    }

    /// Tokens that are left beside so many; at least one, for an answer.
    fn room_for(&self, tokens: usize) -> std::result::Result<usize, GenerateError> {
        match self.context.checked_sub(tokens) {
            None | Some(0) => Err(GenerateError::PromptTooLong {
                tokens,
                context: self.context,
            }),
            Some(room) => Ok(room),
        }
    }

    /// The history's messages and the question as tokens.
    fn render(&mut self, prompt: &Prompt) -> (Vec<Rendered>, Rendered) {
        let (template, tokenizer) = (&self.template, &self.tokenizer);
        let history = self.rendered.of(&prompt.history, template, tokenizer);
        (history, template.question(tokenizer, prompt))
    }

    /// Places stored messages in the trunk.
    fn restore_trunk(&mut self, messages: &[usize]) -> std::result::Result<(), GenerateError> {
        let History { store, trunk } = &mut self.history;
        Ok(trunk.restore(messages, store, &self.decoder)?)
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
        let (history, question) = self.render(prompt);
        let generation = LocalGeneration::new(self, history, question, prompt, options)?;
        Ok(Box::new(generation))
    }

    fn relevance(
        &mut self,
        prompt: &Prompt,
        pointer: &Pointer,
    ) -> std::result::Result<Option<Relevance>, GenerateError> {
        self.relevance_of(prompt, pointer)
    }

    fn likelihoods(
        &mut self,
        prompt: &Prompt,
        pointer: &Pointer,
        writer: &Writer,
        texts: &[String],
    ) -> std::result::Result<Option<Vec<f32>>, GenerateError> {
        self.likelihoods_behind(prompt, pointer, writer, texts)
    }

    fn keep(
        &mut self,
        file: Option<&Path>,
    ) -> std::result::Result<Option<Distrust>, GenerateError> {
        // What it held is given up first: it may be the same file.
        self.history = History::new(KvStore::in_memory(self.identity), &self.decoder);
        let Some(path) = file else {
            return Ok(None);
        };
        let store = KvStore::open(path, self.identity)?;
        let distrust = store.distrust();
        self.history = History::new(store, &self.decoder);
        Ok(distrust)
    }
}

#[cfg(test)]
mod tests;
