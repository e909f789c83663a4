//! The chat template: from a prompt's messages to tokens.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::OpenModelError;
use crate::generate::{Message, Prompt, Speaker};
use crate::gguf::Gguf;
use crate::tokenizer::Tokenizer;

const START: &str = "<|im_start|>";
const END: &str = "<|im_end|>";

/// ChatML, the template of Qwen2.5 and SmolLM2. A prompt is rendered as it is: the
/// greeting that these templates add where no system message stands is left out.
pub(crate) struct ChatMl {
    start: u32,
    end: u32,
}

/// A prompt as tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rendered {
    pub(crate) tokens: Vec<u32>,
    /// The bytes of the message's text that each token covers; none for the template's.
    pub(crate) bytes: Vec<Range<usize>>,
    /// Where each mark's tokens are, sorted by mark.
    pub(crate) marks: BTreeMap<u32, Vec<Range<usize>>>,
}

impl ChatMl {
    /// Recognises the template by its tokens.
    pub(crate) fn recognise(gguf: &Gguf, tokenizer: &Tokenizer) -> Result<Self, OpenModelError> {
        let template = gguf.string("tokenizer.chat_template")?;
        let token = |name| tokenizer.control(name).filter(|_| template.contains(name));
        match (token(START), token(END)) {
            (Some(start), Some(end)) => Ok(Self { start, end }),
            _ => Err(OpenModelError::UnknownTemplate {
                path: gguf.path().to_path_buf(),
            }),
        }
    }

    /// The token that ends a message.
    pub(crate) fn end(&self) -> u32 {
        self.end
    }

    /// One message, its marks counted from its first token on.
    pub(crate) fn message(&self, tokenizer: &Tokenizer, message: &Message) -> Rendered {
        let mut rendered = Rendered::default();
        self.push(&mut rendered, tokenizer, message);
        rendered
    }

    /// The messages to answer, and where the answer begins.
    pub(crate) fn question(&self, tokenizer: &Tokenizer, prompt: &Prompt) -> Rendered {
        let mut rendered = Rendered::default();
        for message in &prompt.messages {
            self.push(&mut rendered, tokenizer, message);
        }
        rendered.push(self.start, 0..0);
        let answer = format!("{}\n{}", role(Speaker::Assistant), prompt.answer_prefix);
        rendered.push_all(tokenizer.encode(&answer));
        rendered
    }

    fn push(&self, rendered: &mut Rendered, tokenizer: &Tokenizer, message: &Message) {
        rendered.push(self.start, 0..0);
        rendered.push_message(tokenizer, message);
        rendered.push(self.end, 0..0);
        rendered.push_all(tokenizer.encode("\n"));
    }
}

impl Rendered {
    /// Role and text are tokenised as one, as the models have seen them; a token
    /// belongs to the part that its last byte is in.
    fn push_message(&mut self, tokenizer: &Tokenizer, message: &Message) {
        let mut text = format!("{}\n", role(message.speaker));
        let mut parts = Vec::new();
        for part in &message.parts {
            text.push_str(&part.text);
            parts.push((text.len(), part.mark));
        }
        let header = role(message.speaker).len() + 1;
        for (token, span) in tokenizer.encode_with_spans(&text) {
            if span.end > header {
                let part = parts.partition_point(|(end, _)| *end < span.end);
                if let Some((_, Some(mark))) = parts.get(part) {
                    self.mark(*mark);
                }
            }
            let bytes = span.start.saturating_sub(header)..span.end.saturating_sub(header);
            self.push(token, bytes);
        }
    }

    fn push(&mut self, token: u32, bytes: Range<usize>) {
        self.tokens.push(token);
        self.bytes.push(bytes);
    }

    /// Tokens of the template.
    fn push_all(&mut self, tokens: Vec<u32>) {
        self.bytes.extend(tokens.iter().map(|_| 0..0));
        self.tokens.extend(tokens);
    }

    /// Marks the token that comes next.
    fn mark(&mut self, mark: u32) {
        let next = self.tokens.len();
        let ranges = self.marks.entry(mark).or_default();
        match ranges.last_mut() {
            Some(last) if last.end == next => last.end += 1,
            _ => ranges.push(next..next + 1),
        }
    }
}

fn role(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::System => "system",
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
    }
}
