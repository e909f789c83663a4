//! How soon an answer begins on a consultation that was read before a restart.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::text::sample_text;
use super::{MeasureError, Watch};
use crate::error::OpenModelError;
use crate::generate::{GenerateOptions, Generator, Message, Prompt, Speaker, Step};
use crate::local::{LocalModel, OpenOptions};

/// Tokens of a message, about: a turn of a consultation.
const MESSAGE: usize = 64;

/// How soon the answer began.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stored {
    /// Tokens that had been read and stored.
    pub history: usize,
    /// Tokens of the question.
    pub question: usize,
    /// Seconds to read the history the first time.
    pub read: f64,
    /// Seconds to load the weights after the restart.
    pub load: f64,
    /// Seconds from then to the first token: taking up the file, checking it, and
    /// reading the question.
    pub first_token: f64,
}

/// A measurement on stored keys and values did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// The model cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenModelError),
    /// The model failed, or whoever watches ended it.
    #[error(transparent)]
    Measure(#[from] MeasureError),
}

/// Reads a history of `history` tokens into `file`, opens the model anew and asks a
/// question of `question` tokens, both about that long. Whoever watches is told how
/// many tokens were read.
pub fn stored(
    model: &Path,
    options: OpenOptions,
    (history, question): (usize, usize),
    file: &Path,
    watch: &mut Watch<'_>,
) -> Result<Stored, StoredError> {
    let read = store(model, options, history, file, watch)?;
    let first = first_token(model, options, (history, question), file, watch)?;
    Ok(Stored {
        history: read.history,
        question: first.question,
        read: read.seconds,
        load: first.load,
        first_token: first.seconds,
    })
}

/// A consultation that was read and stored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its tokens.
    pub history: usize,
    /// Seconds to read and store it.
    pub seconds: f64,
}

/// An answer that began on a stored consultation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstToken {
    /// Tokens of the consultation.
    pub history: usize,
    /// Tokens of the question.
    pub question: usize,
    /// Seconds to load the weights.
    pub load: f64,
    /// Seconds from then to the first token: taking up the file, checking it, and
    /// reading the question.
    pub seconds: f64,
}

/// Reads invented talk of about so many tokens and stores its keys and values in `file`.
pub fn store(
    model: &Path,
    options: OpenOptions,
    history: usize,
    file: &Path,
    watch: &mut Watch<'_>,
) -> Result<Kept, StoredError> {
    let mut model = LocalModel::open(model, options)?;
    let prompt = Prompt {
        history: messages(&model, history),
        ..Prompt::default()
    };
    let history = count(&model, &prompt.history);
    model.keep(Some(file)).map_err(MeasureError::from)?;
    let read = until_answer(&mut model, &prompt, watch)?;
    Ok(Kept {
        history,
        seconds: read.as_secs_f64(),
    })
}

/// Opens the model anew and answers a question of about the second number of tokens, on
/// the talk that [`store`] has stored in `file`, with the first number of tokens.
pub fn first_token(
    model: &Path,
    options: OpenOptions,
    (history, question): (usize, usize),
    file: &Path,
    watch: &mut Watch<'_>,
) -> Result<FirstToken, StoredError> {
    let started = Instant::now();
    let mut model = LocalModel::open(model, options)?;
    let load = started.elapsed();
    let prompt = Prompt {
        history: messages(&model, history),
        messages: messages(&model, question),
        ..Prompt::default()
    };
    let started = Instant::now();
    model.keep(Some(file)).map_err(MeasureError::from)?;
    until_answer(&mut model, &prompt, watch)?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(FirstToken {
        history: count(&model, &prompt.history),
        question: count(&model, &prompt.messages),
        load: load.as_secs_f64(),
        seconds,
    })
}

fn count(model: &LocalModel, messages: &[Message]) -> usize {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts.map(|part| model.count_tokens(&part.text)).sum()
}

/// Invented talk in messages, of so many tokens in all.
fn messages(model: &LocalModel, tokens: usize) -> Vec<Message> {
    let text = sample_text(8 * tokens);
    let mut sentences = text.split_inclusive(". ");
    let mut left = tokens;
    let mut messages = Vec::new();
    while left > 0 {
        let mut message = String::new();
        let mut size = 0;
        while size < MESSAGE.min(left) {
            let Some(sentence) = sentences.next() else {
                return messages;
            };
            message.push_str(sentence);
            size = model.count_tokens(&message);
        }
        left = left.saturating_sub(size);
        messages.push(Message::new(Speaker::User, message));
    }
    messages
}

/// Runs a prompt up to the choice of the first token.
fn until_answer(
    model: &mut LocalModel,
    prompt: &Prompt,
    watch: &mut Watch<'_>,
) -> Result<Duration, MeasureError> {
    let started = Instant::now();
    let options = GenerateOptions {
        max_tokens: 1,
        ..GenerateOptions::default()
    };
    let mut generation = model.start(prompt, &options)?;
    let mut before = 0;
    while let Some(step) = generation.next_step()? {
        let Step::Prefill { done, .. } = step else {
            break;
        };
        let more = done - before;
        before = done;
        if watch(more) == ControlFlow::Break(()) {
            return Err(MeasureError::Interrupted);
        }
    }
    Ok(started.elapsed())
}

#[cfg(test)]
mod tests {
    use candle_core::quantized::GgmlDType;

    use super::*;
    use crate::testing::TinyModel;

    #[test]
    fn after_a_restart_only_the_question_is_read() {
        let file = TinyModel::new("qwen2", 64, GgmlDType::Q8_0).write();
        let folder = tempfile::tempdir().unwrap();
        let mut steps = Vec::new();
        let stored = stored(
            &file.path,
            OpenOptions::default(),
            (150, 40),
            &folder.path().join("kv"),
            &mut |tokens| {
                steps.push(tokens);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        assert!(stored.history >= 150 && stored.question >= 40);
        let read: usize = steps.iter().sum();
        // Each message has some tokens of the template around it.
        let around = read - stored.history - stored.question;
        assert!(around < 60, "{around}");
    }
}
