//! What a model attends to while it reads a question about what it has read.

use super::LocalModel;
use super::history::{Sequence, fit};
use crate::chat::Rendered;
use crate::decoder::{Decoder, HeadAttention};
use crate::generate::{GenerateError, Prompt, Recall};
use crate::pointer::Pointer;
use crate::relevance::{Relevance, Share};

impl LocalModel {
    /// What a pointer's retrieval heads attend to from the marked parts of the prompt's
    /// messages, and what it points at behind them, in what the prompt recalls of its history,
    /// as far as that was read before; `None` if it is for models of another shape.
    pub(super) fn relevance_of(
        &mut self,
        prompt: &Prompt,
        pointer: &Pointer,
    ) -> Result<Option<Relevance>, GenerateError> {
        if !pointer.fits(&self.decoder.config) {
            return Ok(None);
        }
        let (history, question) = self.render(prompt);
        let tokens = question.tokens.len() + pointer.len();
        let room = self.room_for(tokens)?;
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
        sequence.pages.reserve(sequence.len() + tokens);
        let looks = look(&self.decoder, &mut sequence, &question, pointer);
        Ok(Some(spread(looks, &messages, &history)))
    }
}

/// What is attended to of the keys before a question.
struct Looks {
    /// `[token of the question][key]`
    asking: Vec<Vec<f32>>,
    /// `[output of the pointer][key]`
    pointed: Vec<Vec<f32>>,
    classes: Vec<f32>,
}

/// Reads a question, and the pointer after it.
fn look(
    decoder: &Decoder,
    sequence: &mut Sequence,
    question: &Rendered,
    pointer: &Pointer,
) -> Looks {
    let keys = sequence.len();
    let pages = &mut sequence.pages;
    let asked = keys + question.tokens.len();
    let attention = HeadAttention::new(&pointer.asking, keys, keys, question.tokens.len());
    let layers = pointer.layers();
    let asking = decoder.look(&question.tokens, pages, layers, attention);
    let attention = HeadAttention::new(&pointer.heads(), keys, asked, pointer.len());
    let (attention, states) =
        decoder.look_with(&pointer.tokens, &pointer.adapter, pages, attention);
    let outputs = pointer.outputs.iter();
    let pointed = outputs.map(|output| attention.mixed(output.token, &output.heads));
    Looks {
        asking: of_marked(asking.mean(), question),
        pointed: pointed.collect(),
        classes: pointer.classes(&states),
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
fn spread(looks: Looks, placed: &[usize], history: &[Rendered]) -> Relevance {
    let of = |rows: &[Vec<f32>], key: usize| rows.iter().map(|row| row[key]).collect();
    let mut relevance = Relevance::new(looks.classes);
    let mut start = 0;
    for message in placed.iter().map(|message| &history[*message]) {
        for (mark, spans) in &message.marks {
            for token in spans.iter().cloned().flatten() {
                let share = Share {
                    bytes: message.bytes[token].clone(),
                    attention: of(&looks.asking, start + token),
                    pointed: of(&looks.pointed, start + token),
                };
                relevance.add(*mark, share);
            }
        }
        start += message.tokens.len();
    }
    relevance
}
