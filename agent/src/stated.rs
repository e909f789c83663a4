//! An answer that needs no model, given out as one would give it.

use std::time::Duration;

use estoppel_model::{AttentionStats, GenerateError, Generation, Step, Stop};

/// Gives out a text and ends.
pub(crate) struct Stated {
    steps: std::vec::IntoIter<Step>,
}

impl Stated {
    pub(crate) fn new(text: &str) -> Self {
        let text = Step::Text {
            text: text.to_owned(),
            attention: Vec::new(),
        };
        let done = Step::Done {
            stop: Stop::End,
            tokens: 0,
            prefill: Duration::ZERO,
            decode: Duration::ZERO,
            attention: AttentionStats::default(),
        };
        Self {
            steps: vec![text, done].into_iter(),
        }
    }
}

impl Generation for Stated {
    fn next_step(&mut self) -> Result<Option<Step>, GenerateError> {
        Ok(self.steps.next())
    }
}
