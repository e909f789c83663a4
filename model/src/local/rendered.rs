//! The messages of a consultation as tokens, each rendered once.

use crate::chat::{ChatMl, Rendered};
use crate::generate::Message;
use crate::tokenizer::Tokenizer;

/// What was rendered last, message by message: the next question is of the same
/// consultation, with a few messages more.
#[derive(Default)]
pub(super) struct RenderedHistory(Vec<(Message, Rendered)>);

impl RenderedHistory {
    /// The tokens of these messages.
    pub(super) fn of(
        &mut self,
        messages: &[Message],
        template: &ChatMl,
        tokenizer: &Tokenizer,
    ) -> Vec<Rendered> {
        let known = self.0.iter().zip(messages);
        let same = known.take_while(|((old, _), new)| old == *new).count();
        self.0.truncate(same);
        for message in &messages[same..] {
            let rendered = template.message(tokenizer, message);
            self.0.push((message.clone(), rendered));
        }
        self.0
            .iter()
            .map(|(_, rendered)| rendered.clone())
            .collect()
    }
}
