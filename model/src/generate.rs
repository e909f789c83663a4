//! The seam between a language model and whoever asks it.

use std::path::Path;
use std::time::Duration;

use crate::attention::AttentionStats;
use crate::kv::{Distrust, KvError};
use crate::pointer::Pointer;
use crate::relevance::Relevance;
use crate::writer::Writer;

/// Who a message of a prompt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Instructions.
    System,
    /// The person who asks.
    User,
    /// The model itself.
    Assistant,
}

/// A piece of a message. Attention is measured over the marked ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Plain text; special tokens in it are read as text.
    pub text: String,
    /// Which span this belongs to; parts with the same mark form one span.
    pub mark: Option<u32>,
}

/// One message of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub speaker: Speaker,
    /// Its text, in order.
    pub parts: Vec<Part>,
}

impl Message {
    /// A message of one unmarked part.
    pub fn new(speaker: Speaker, text: impl Into<String>) -> Self {
        Self {
            speaker,
            parts: vec![Part {
                text: text.into(),
                mark: None,
            }],
        }
    }
}

/// What the model is asked: a history that it keeps, and messages, the last of which
/// it answers, that leave no trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// What was said before. It only grows from one prompt to the next: a generator
    /// reads what is new and keeps it; where it differs, it is read again from there.
    pub history: Vec<Message>,
    /// How much of the history is read.
    pub recall: Recall,
    /// In order. Without any, the history is read and nothing is answered.
    pub messages: Vec<Message>,
    /// Text that the answer begins with; the stream starts after it.
    pub answer_prefix: String,
}

/// How much of a history an answer attends to. Messages are named by the mark of
/// their first part; the first message always is attended to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recall {
    /// All of it; the messages of these marks in any case, however sparse the
    /// attention. Where it is longer than the context, these and the last ones.
    All {
        /// Marks.
        focus: Vec<u32>,
    },
    /// The messages of these marks alone, as if nothing had been said between them.
    Only {
        /// Marks.
        messages: Vec<u32>,
    },
}

impl Default for Recall {
    fn default() -> Self {
        Self::All { focus: Vec::new() }
    }
}

/// How to choose tokens and when to stop.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateOptions {
    /// At most this many tokens.
    pub max_tokens: usize,
    /// 0 is greedy.
    pub temperature: f32,
    /// Nucleus: the smallest set of tokens that holds this probability; 1 is off.
    pub top_p: f32,
    /// Seed of the sampler; the same seed gives the same answer.
    pub seed: u64,
    /// Divides the logits of tokens in the last 64 by this; 1 is off.
    pub repeat_penalty: f32,
    /// Stop when the text ends with one of these; they are not part of the answer.
    pub stop: Vec<String>,
    /// Measures the share of attention that sparse attention keeps; scores every
    /// key for it, so it costs time.
    pub measure_mass: bool,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            max_tokens: 256,
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
            repeat_penalty: 1.0,
            stop: Vec::new(),
            measure_mass: false,
        }
    }
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The model closed its answer.
    End,
    /// One of [`GenerateOptions::stop`] was met.
    Sequence,
    /// [`GenerateOptions::max_tokens`] or the context's end was reached.
    Length,
}

/// One step of a generation.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Part of the history or the prompt was read.
    Prefill {
        /// Tokens read so far.
        done: usize,
        /// Tokens that were not read yet when the generation began.
        total: usize,
    },
    /// A piece of the answer: whole characters, possibly of several tokens.
    Text {
        /// The piece.
        text: String,
        /// For each mark of the prompt, the share of attention (0 to 1, mean
        /// over the measured layers, heads and this piece's tokens) that went
        /// to its span. Sorted by mark. Empty if the generator cannot measure.
        attention: Vec<(u32, f32)>,
    },
    /// The answer is complete.
    Done {
        /// Why.
        stop: Stop,
        /// Tokens generated.
        tokens: usize,
        /// Time spent on the prompt.
        prefill: Duration,
        /// Time spent on the answer.
        decode: Duration,
        /// What was attended to; zero if the generator cannot tell.
        attention: AttentionStats,
    },
}

/// A language model, ready to answer.
pub trait Generator: Send {
    /// Name or path of the weights.
    fn name(&self) -> &str;
    /// Tokens that prompt and answer may have together.
    fn context_length(&self) -> usize;
    /// Tokens of a plain text.
    fn count_tokens(&self, text: &str) -> usize;
    /// Keeps what it reads of histories in a file from now on, or in memory, and
    /// takes up what the file holds; says if some of that cannot be used. A generator
    /// that keeps nothing does nothing.
    fn keep(&mut self, file: Option<&Path>) -> Result<Option<Distrust>, GenerateError> {
        let _ = file;
        Ok(None)
    }
    /// What the question, which is the marked parts of the prompt's messages, attends to
    /// in what the prompt recalls of its history, as far as that was read before; and what a
    /// pointer behind it points at there. `None` from a generator that cannot tell.
    fn relevance(
        &mut self,
        prompt: &Prompt,
        pointer: &Pointer,
    ) -> Result<Option<Relevance>, GenerateError> {
        let _ = (prompt, pointer);
        Ok(None)
    }
    /// How likely a writer would write each of some texts behind the same question and the pointer, as
    /// logarithms. `None` from a generator that cannot tell.
    fn likelihoods(
        &mut self,
        prompt: &Prompt,
        pointer: &Pointer,
        writer: &Writer,
        texts: &[String],
    ) -> Result<Option<Vec<f32>>, GenerateError> {
        let _ = (prompt, pointer, writer, texts);
        Ok(None)
    }
    /// Starts an answer. Nothing is computed until the first
    /// [`next_step`](Generation::next_step); dropping it cancels it.
    fn start<'a>(
        &'a mut self,
        prompt: &Prompt,
        options: &GenerateOptions,
    ) -> Result<Box<dyn Generation + 'a>, GenerateError>;
}

/// An answer in the making. Each step does a bounded piece of work, so a caller
/// can cancel between any two.
pub trait Generation {
    /// The next step; `None` after [`Step::Done`].
    fn next_step(&mut self) -> Result<Option<Step>, GenerateError>;
}

/// A generation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The prompt leaves no room for an answer.
    #[error("the prompt has {tokens} tokens, the model's context holds {context}")]
    PromptTooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Tokens the model can hold.
        context: usize,
    },
    /// What it has read cannot be kept.
    #[error(transparent)]
    Kv(#[from] KvError),
    /// The model failed.
    #[error("the model failed: {0}")]
    Model(#[source] Box<dyn std::error::Error + Send + Sync>),
}
