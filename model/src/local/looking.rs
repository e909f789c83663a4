//! What a model attends to while it reads a question about what it has read.

use super::LocalModel;
use super::history::{Sequence, fit};
use crate::chat::Rendered;
use crate::decoder::{Config, Family, Head, HeadAttention};
use crate::generate::{GenerateError, Prompt, Recall};
use crate::relevance::{Relevance, Share};

/// The heads that look for what a question asks about, for the models of which they are
/// known: those whose attention ranks the turns that answer labelled questions best. They
/// are of the base model and stay through fine-tuning, so its shape tells them.
pub(super) fn retrieval_heads(config: &Config) -> Vec<Head> {
    let heads: &[(usize, usize)] = match (config.family, config.layers, config.heads) {
        // Qwen2.5 1.5B.
        (Family::Qwen2, 28, 12) => &[
            (16, 4),
            (16, 1),
            (16, 2),
            (18, 1),
            (20, 5),
            (20, 9),
            (21, 9),
            (21, 11),
        ],
        _ => &[],
    };
    let head = |&(layer, head): &(usize, usize)| Head { layer, head };
    heads.iter().map(head).collect()
}

impl LocalModel {
    /// What the retrieval heads attend to: from the marked parts of the prompt's messages
    /// to what it recalls of its history, as far as that was read before.
    pub(super) fn relevance_of(
        &mut self,
        prompt: &Prompt,
    ) -> Result<Option<Relevance>, GenerateError> {
        if self.retrieval_heads.is_empty() {
            return Ok(None);
        }
        let (history, question) = self.render(prompt);
        let room = self.room_for(question.tokens.len())?;
        self.history.agree(&history)?;
        let store = &self.history.store;
        let lengths: Vec<usize> = (0..store.len()).map(|m| store.tokens(m).len()).collect();
        let named = |marks: &[u32], message: usize| {
            let first = history[message].marks.keys().next();
            first.is_some_and(|mark| marks.contains(mark))
        };
        let messages = match &prompt.recall {
            Recall::All { focus } => fit(&lengths, &|m| named(focus, m), true, room),
            Recall::Only { messages } => fit(&lengths, &|m| named(messages, m), false, room),
        };
        let mut sequence = Sequence::new(&self.decoder);
        sequence.restore(&messages, store, &self.decoder)?;
        let start = sequence.len();
        let tokens = question.tokens.len();
        sequence.pages.reserve(start + tokens);
        let attention = HeadAttention::new(&self.retrieval_heads, start, tokens);
        let rows = self
            .decoder
            .look(&question.tokens, &mut sequence.pages, attention);
        let rows = of_marked(rows, &question);
        Ok(Some(spread(&rows, &messages, &history)))
    }
}

/// The rows of a question's marked tokens, less the mean of those before them, which tell
/// what is attended to whatever is asked.
fn of_marked(mut rows: Vec<Vec<f32>>, question: &Rendered) -> Vec<Vec<f32>> {
    let marked: Vec<usize> = question
        .marks
        .values()
        .flatten()
        .cloned()
        .flatten()
        .collect();
    let first = marked.iter().copied().min().unwrap_or(0);
    let before = &rows[..first];
    let keys = rows.first().map_or(0, Vec::len);
    let mean = |key: usize| before.iter().map(|row| row[key]).sum::<f32>() / first.max(1) as f32;
    let usual: Vec<f32> = (0..keys).map(mean).collect();
    let mut of_marked = Vec::with_capacity(marked.len());
    for token in marked {
        let mut row = std::mem::take(&mut rows[token]);
        for (share, usual) in row.iter_mut().zip(&usual) {
            *share -= usual;
        }
        of_marked.push(row);
    }
    of_marked
}

/// Gives the tokens of placed messages what their keys got.
fn spread(rows: &[Vec<f32>], placed: &[usize], history: &[Rendered]) -> Relevance {
    let mut relevance = Relevance::default();
    let mut start = 0;
    for message in placed.iter().map(|message| &history[*message]) {
        for (mark, spans) in &message.marks {
            for token in spans.iter().cloned().flatten() {
                let share = Share {
                    bytes: message.bytes[token].clone(),
                    attention: rows.iter().map(|row| row[start + token]).collect(),
                };
                relevance.add(*mark, share);
            }
        }
        start += message.tokens.len();
    }
    relevance
}
