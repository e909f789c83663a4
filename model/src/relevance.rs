//! What a model attends to while it reads a question.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::decoder::Head;

/// How much the retrieval heads of a model (Wu et al., 2024, arXiv:2404.15574) attend
/// from each token of a question to those of the messages that it recalls: where the
/// answer is likely to stand (Zhang et al., 2025, arXiv:2506.09944). From the question it is
/// a mean over heads, less what they attend to before the question begins. And what a
/// [`Pointer`](crate::Pointer) behind the question points at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relevance {
    by_mark: BTreeMap<u32, Vec<Share>>,
    classes: Vec<f32>,
}

/// The attention that one token of a message gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The token's bytes in the text of the message, all parts together.
    pub bytes: Range<usize>,
    /// From each token of the question: 0 to 1, below 0 where the question turns
    /// attention away.
    pub attention: Vec<f32>,
    /// From each output of the pointer: 0 to 1.
    pub pointed: Vec<f32>,
}

/// How much one head attends to each message from a question, less what it attends to before the
/// question begins.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadRelevance {
    /// The head.
    pub head: Head,
    /// The sum over the message's tokens and the question's, by the message's mark.
    pub by_mark: BTreeMap<u32, f32>,
}

impl Relevance {
    /// Of no token yet; with how likely the question is of each class that the pointer tells
    /// apart.
    pub fn new(classes: Vec<f32>) -> Self {
        Self {
            by_mark: BTreeMap::new(),
            classes,
        }
    }

    /// How likely the question is of each class that the pointer tells apart; together 1.
    pub fn classes(&self) -> &[f32] {
        &self.classes
    }

    /// Adds what the next token of a marked message gets.
    pub fn add(&mut self, mark: u32, share: Share) {
        self.by_mark.entry(mark).or_default().push(share);
    }

    /// The tokens of a marked message, in order; none if it was not recalled.
    pub fn of(&self, mark: u32) -> &[Share] {
        self.by_mark.get(&mark).map_or(&[], Vec::as_slice)
    }
}
