//! Whether the record answers a question at all.

use serde::{Deserialize, Serialize};

use super::ReadError;
use super::ask::Ask;
use super::choose::shares;
use super::classes::Classes;
use super::desk::Desk;
use super::gaze::Most;
use super::guess::Guess;
use super::weigh::{Row, SHARED, VALUE_BESIDE, ValueFeatures};

/// How likely it is that the record does not say, and from where on that is the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Doubt {
    /// That it says, that it does not.
    pub(crate) classes: Classes,
    /// The share of the latter from which on a question is declined.
    pub(crate) from: f32,
}

impl Doubt {
    /// Whether to answer that the record does not say.
    pub(crate) fn declines(&self, input: &[f32]) -> bool {
        self.classes.shares(input)[1] >= self.from
    }
}

/// All that was weighed for a question.
pub(crate) struct Scales<'s> {
    /// Each sentence's turn and features, and how likely it is.
    pub(crate) sentences: &'s [(u32, Row)],
    pub(crate) logits: &'s [f32],
    /// The same of each value.
    pub(crate) values: &'s [ValueFeatures],
    pub(crate) value_logits: &'s [f32],
    /// The most that any sentence has of the model's attention.
    pub(crate) attention: Most,
    pub(crate) guess: &'s Guess,
}

impl Scales<'_> {
    /// What tells whether the record answers. Not how much the question shares with the record:
    /// what was never said is often asked in the record's own words.
    pub(crate) fn input(&self) -> Vec<f32> {
        /// What a lone value is ahead of others by, in nats.
        const ALONE: f32 = 5.0;
        let turns = self.sentences.iter().map(|(turn, _)| *turn);
        let shares = shares(turns.zip(self.logits.iter().copied()));
        let share = |place: usize| shares.get(place).map_or(0.0, |(_, share)| *share);
        let best = likeliest(self.logits);
        let best = best.map_or([0.0; _], |at| self.sentences[at].1);
        let value = likeliest(self.value_logits);
        let next = self.value_logits.iter().enumerate();
        let next = next.filter(|(at, _)| Some(*at) != value);
        let next = next.map(|(_, logit)| *logit).fold(-ALONE, f32::max);
        let mut value = value.map_or([0.0; _], |at| self.values[at]);
        value[VALUE_BESIDE] = 0.0;
        let mut input = self.attention.to_vec();
        input.extend([share(0), share(1), next]);
        input.extend(&best[SHARED.end..]);
        input.extend(value);
        input.extend(self.guess.shares());
        input
    }
}

impl Desk<'_> {
    /// Whether what lies here likely does not answer a question.
    pub(super) fn doubts(
        &mut self,
        ask: &Ask,
        question: &str,
        guess: &Guess,
    ) -> Result<bool, ReadError> {
        let pieces = self.pieces(ask, question, guess)?;
        let scales = Scales {
            sentences: &pieces.sentences,
            logits: &pieces.logits,
            values: &pieces.values,
            value_logits: &pieces.value_logits,
            attention: self.most_attention(question)?,
            guess,
        };
        Ok(self.weights().doubts.declines(&scales.input()))
    }
}

fn likeliest(logits: &[f32]) -> Option<usize> {
    (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b]))
}
