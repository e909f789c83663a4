//! What the language model attends to in the record while it reads a phrase.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use estoppel_memory::{Evidence, Turn, TurnId};
use estoppel_model::{GenerateError, Generator, Message, Relevance};

use crate::prompt::{self, Written};

/// A model that has read the record, asked where it looks.
pub(crate) struct Gaze<'a> {
    generator: &'a mut dyn Generator,
    history: Vec<Message>,
    turns: Vec<&'a Turn>,
    written: Vec<(TurnId, Written)>,
    /// By phrase: a phrase may be weighed more than once.
    known: HashMap<String, Option<Rc<Glance>>>,
}

/// What each token of a phrase attends to in each turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Glance {
    by_turn: HashMap<TurnId, Vec<Heeded>>,
}

/// A token of a turn: its bytes in the turn's text, and the attention from each token of
/// the phrase.
type Heeded = (Range<usize>, Vec<f32>);

impl<'a> Gaze<'a> {
    /// The attention to the turns that retrieval found; `turns` are the record's.
    pub(crate) fn new(
        generator: &'a mut dyn Generator,
        turns: &'a [Turn],
        evidence: &Evidence,
    ) -> Self {
        let found = evidence.turns.iter();
        let found: Vec<&Turn> = found
            .filter_map(|ranked| prompt::find(turns, ranked.turn))
            .collect();
        Self {
            generator,
            history: prompt::history(turns),
            written: prompt::written(turns, &found),
            turns: found,
            known: HashMap::new(),
        }
    }

    /// Where the model looks; `None` if it cannot tell.
    pub(crate) fn glance(&mut self, phrase: &str) -> Result<Option<Rc<Glance>>, GenerateError> {
        if let Some(known) = self.known.get(phrase) {
            return Ok(known.clone());
        }
        let prompt = prompt::look(phrase, self.history.clone(), &self.turns);
        let relevance = match self.generator.relevance(&prompt) {
            // Then the words of it decide.
            Err(GenerateError::PromptTooLong { .. }) => None,
            other => other?,
        };
        let glance = relevance.map(|relevance| Rc::new(Glance::new(&relevance, &self.written)));
        self.known.insert(phrase.to_owned(), glance.clone());
        Ok(glance)
    }
}

impl Glance {
    fn new(relevance: &Relevance, written: &[(TurnId, Written)]) -> Self {
        let of_turn = |(turn, written): &(TurnId, Written)| {
            let tokens = relevance.of(turn.0).iter().map(|share| {
                let start = written.place(share.bytes.start);
                let end = written.place(share.bytes.end);
                (start..end, share.attention.clone())
            });
            (
                *turn,
                tokens.filter(|(bytes, _)| !bytes.is_empty()).collect(),
            )
        };
        Self {
            by_turn: written.iter().map(of_turn).collect(),
        }
    }

    /// The attention that some bytes of a turn's text get from each token of the phrase.
    pub(crate) fn on(&self, turn: TurnId, bytes: &Range<usize>) -> Vec<f32> {
        let tokens = self.by_turn.get(&turn).into_iter().flatten();
        let within = tokens.filter(|(token, _)| token.start < bytes.end && token.end > bytes.start);
        let mut sum = Vec::new();
        for (_, attention) in within {
            sum.resize(attention.len(), 0.0);
            for (sum, share) in sum.iter_mut().zip(attention) {
                *sum += share;
            }
        }
        sum
    }
}

/// What is told of the attention to one sentence: from the mean token of the phrase, from
/// the token that attends to it most, to its turn, to the sentence before it and to the one
/// after it in its turn. Each is the square root, for attention is steep, of its share of
/// the most that any sentence gets.
pub(crate) type Look = [f32; 5];

/// The attention to each sentence of some turns, in the order of the record.
pub(crate) fn looks<'r>(
    glance: &Glance,
    sentences: impl Iterator<Item = (TurnId, &'r Range<usize>)>,
) -> Vec<Look> {
    let mut turns = Vec::new();
    let mut tokens: Vec<Vec<f32>> = Vec::new();
    for (turn, span) in sentences {
        turns.push(turn);
        tokens.push(glance.on(turn, span));
    }
    let mean: Vec<f32> = tokens.iter().map(|of| mean(of).max(0.0)).collect();
    let peak: Vec<f32> = tokens
        .iter()
        .map(|of| of.iter().copied().fold(0.0, f32::max))
        .collect();
    let sum = |turn| {
        let of_turn = turns.iter().zip(&mean).filter(move |(t, _)| **t == turn);
        of_turn.map(|(_, share)| share).sum::<f32>()
    };
    let of_turn: Vec<f32> = turns.iter().map(|turn| sum(*turn)).collect();
    let [most, most_peak, most_of_turn] =
        [&mean, &peak, &of_turn].map(|of| of.iter().copied().fold(f32::MIN_POSITIVE, f32::max));
    let beside = |at: usize, other: Option<usize>| {
        let other = other.filter(|other| turns.get(*other) == Some(&turns[at]));
        other.map_or(0.0, |other| (mean[other] / most).sqrt())
    };
    (0..turns.len())
        .map(|at| {
            [
                (mean[at] / most).sqrt(),
                (peak[at] / most_peak).sqrt(),
                (of_turn[at] / most_of_turn).sqrt(),
                beside(at, at.checked_sub(1)),
                beside(at, Some(at + 1)),
            ]
        })
        .collect()
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}
