//! Whether the record answers a question at all.

use serde::{Deserialize, Serialize};

use super::choose::shares;
use super::guess::{Classes, Guess};
use super::weigh::{Row, VALUE_NAMES, ValueFeatures};

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
    /// The most that any sentence has of nearness and attention.
    pub(crate) most: [f32; 4],
    pub(crate) guess: &'s Guess,
}

impl Scales<'_> {
    /// What tells whether the record answers.
    pub(crate) fn input(&self) -> Vec<f32> {
        /// What a lone value is ahead of others by, in nats.
        const ALONE: f32 = 5.0;
        let turns = self.sentences.iter().map(|(turn, _)| *turn);
        let shares = shares(turns.zip(self.logits.iter().copied()));
        let share = |place: usize| shares.get(place).map_or(0.0, |(_, share)| *share);
        let best = likeliest(self.logits);
        let best = best.map_or([0.0; _], |at| self.sentences[at].1);
        let most_of = |at: usize| {
            let each = self.sentences.iter().map(|(_, features)| features[at]);
            each.fold(0.0, f32::max)
        };
        let value = likeliest(self.value_logits);
        let next = self.value_logits.iter().enumerate();
        let next = next.filter(|(at, _)| Some(*at) != value);
        let next = next.map(|(_, logit)| *logit).fold(-ALONE, f32::max);
        let value = value.map_or([0.0; VALUE_NAMES.len()], |at| self.values[at]);
        let mut input = self.most.to_vec();
        input.extend([share(0), share(1), most_of(0), most_of(1), next]);
        input.extend(best);
        input.extend(value);
        input.extend(self.guess.shares());
        input
    }
}

fn likeliest(logits: &[f32]) -> Option<usize> {
    (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b]))
}
