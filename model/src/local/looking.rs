//! What a model attends to while it reads a question about what it has read.

use super::LocalModel;
use super::history::{Sequence, fit};
use crate::chat::Rendered;
use crate::decoder::{Config, Decoder, Family, Head, HeadAttention};
use crate::generate::{GenerateError, Prompt, Recall};
use crate::relevance::{Relevance, Share};

/// The heads that look for what a question asks about, for the models of which they are
/// known: those whose attention ranks the turns that answer labelled questions best. They
/// are of the base model and stay through fine-tuning, so its shape tells them.
pub(super) struct RetrievalHeads {
    /// While the question is read.
    asking: Vec<Head>,
    /// Where an answer has begun.
    answering: Vec<Head>,
}

impl RetrievalHeads {
    /// Those of a model, if they are known.
    pub(super) fn of(config: &Config) -> Option<Self> {
        let (asking, answering): (&[_], &[_]) = match (config.family, config.layers, config.heads) {
            // Qwen2.5 1.5B.
            (Family::Qwen2, 28, 12) => (
                &[
                    (16, 4),
                    (16, 1),
                    (16, 2),
                    (18, 1),
                    (20, 5),
                    (20, 9),
                    (21, 9),
                    (21, 11),
                ],
                &[
                    (16, 4),
                    (18, 3),
                    (20, 9),
                    (20, 10),
                    (20, 11),
                    (21, 6),
                    (21, 8),
                    (21, 11),
                    (22, 5),
                    (23, 3),
                ],
            ),
            _ => return None,
        };
        let heads = |of: &[(usize, usize)]| {
            let head = |&(layer, head): &(usize, usize)| Head { layer, head };
            of.iter().map(head).collect()
        };
        Some(Self {
            asking: heads(asking),
            answering: heads(answering),
        })
    }

    /// Layers that have to run.
    fn layers(&self) -> usize {
        let heads = self.asking.iter().chain(&self.answering);
        heads.map(|head| head.layer + 1).max().unwrap_or(0)
    }
}

impl LocalModel {
    /// What the retrieval heads attend to: from the marked parts of the prompt's messages
    /// and from the end of each beginning of an answer, to what the prompt recalls of its
    /// history, as far as that was read before.
    pub(super) fn relevance_of(
        &mut self,
        prompt: &Prompt,
        beginnings: &[&str],
    ) -> Result<Option<Relevance>, GenerateError> {
        if self.retrieval_heads.is_none() {
            return Ok(None);
        }
        let (history, question) = self.render(prompt);
        let beginnings = beginnings.iter().map(|text| self.tokenizer.encode(text));
        let beginnings: Vec<Vec<u32>> = beginnings.collect();
        let longest = beginnings.iter().map(Vec::len).max().unwrap_or(0);
        let tokens = question.tokens.len() + longest;
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
        Ok(self.retrieval_heads.as_ref().map(|heads| {
            let looks = look(&self.decoder, heads, &mut sequence, &question, &beginnings);
            spread(&looks, &messages, &history)
        }))
    }
}

/// What is attended to of the keys before a question.
struct Looks {
    /// `[token of the question][key]`
    asking: Vec<Vec<f32>>,
    /// `[beginning][head][key]`
    ahead: Vec<Vec<Vec<f32>>>,
}

/// Reads a question, and after it each beginning of an answer in its turn.
fn look(
    decoder: &Decoder,
    heads: &RetrievalHeads,
    sequence: &mut Sequence,
    question: &Rendered,
    beginnings: &[Vec<u32>],
) -> Looks {
    let keys = sequence.len();
    let layers = heads.layers();
    let pages = &mut sequence.pages;
    let asked = keys + question.tokens.len();
    let attention = HeadAttention::new(&heads.asking, keys, keys, question.tokens.len());
    let asking = decoder.look(&question.tokens, pages, layers, attention);
    let begun = |tokens: &Vec<u32>| {
        if tokens.is_empty() {
            return Vec::new();
        }
        let attention = HeadAttention::new(&heads.answering, keys, asked, tokens.len());
        let attention = decoder.look(tokens, pages, layers, attention);
        pages.truncate(asked);
        attention.of_last()
    };
    Looks {
        ahead: beginnings.iter().map(begun).collect(),
        asking: of_marked(asking.mean(), question),
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
fn spread(looks: &Looks, placed: &[usize], history: &[Rendered]) -> Relevance {
    let of = |rows: &[Vec<f32>], key: usize| rows.iter().map(|row| row[key]).collect();
    let mut relevance = Relevance::default();
    let mut start = 0;
    for message in placed.iter().map(|message| &history[*message]) {
        for (mark, spans) in &message.marks {
            for token in spans.iter().cloned().flatten() {
                let share = Share {
                    bytes: message.bytes[token].clone(),
                    attention: of(&looks.asking, start + token),
                    ahead: looks
                        .ahead
                        .iter()
                        .map(|rows| of(rows, start + token))
                        .collect(),
                };
                relevance.add(*mark, share);
            }
        }
        start += message.tokens.len();
    }
    relevance
}
