//! What the language model attends to in the record while it reads a phrase.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use estoppel_memory::{Evidence, Turn, TurnId};
use estoppel_model::{GenerateError, Generator, Message, Relevance};

use crate::language::Language;
use crate::phrases::{BEGINNINGS, phrases};
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

/// What each token of a phrase attends to in each turn, and what the model attends to where
/// it begins an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Glance {
    by_turn: HashMap<TurnId, Vec<Heeded>>,
}

/// A token of a turn.
#[derive(Clone, Debug)]
struct Heeded {
    /// Its bytes in the turn's text.
    bytes: Range<usize>,
    /// The attention from each token of the phrase.
    attention: Vec<f32>,
    /// The attention from each beginning of an answer, through each head.
    ahead: Vec<Vec<f32>>,
}

/// What is attended to from each beginning of an answer, through each head.
pub(crate) type Ahead = [Vec<f32>; BEGINNINGS];

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
        let beginnings = &phrases(Language::of(phrase)).beginnings;
        let relevance = match self.generator.relevance(&prompt, beginnings) {
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
            let tokens = relevance.of(turn.0).iter().map(|share| Heeded {
                bytes: written.place(share.bytes.start)..written.place(share.bytes.end),
                attention: share.attention.clone(),
                ahead: share.ahead.clone(),
            });
            let tokens = tokens.filter(|token| !token.bytes.is_empty());
            (*turn, tokens.collect())
        };
        Self {
            by_turn: written.iter().map(of_turn).collect(),
        }
    }

    fn tokens(&self, turn: TurnId, bytes: &Range<usize>) -> impl Iterator<Item = &Heeded> {
        let tokens = self.by_turn.get(&turn).into_iter().flatten();
        tokens.filter(|token| token.bytes.start < bytes.end && token.bytes.end > bytes.start)
    }

    /// The attention that some bytes of a turn's text get from each token of the phrase.
    pub(crate) fn on(&self, turn: TurnId, bytes: &Range<usize>) -> Vec<f32> {
        let mut sum = Vec::new();
        for token in self.tokens(turn, bytes) {
            add(&mut sum, &token.attention);
        }
        sum
    }

    /// The attention that some bytes of a turn's text get from the beginnings of an answer.
    pub(crate) fn ahead(&self, turn: TurnId, bytes: &Range<usize>) -> Ahead {
        let mut sums = Ahead::default();
        for token in self.tokens(turn, bytes) {
            for (sum, of_token) in sums.iter_mut().zip(&token.ahead) {
                add(sum, of_token);
            }
        }
        sums
    }
}

fn add(sum: &mut Vec<f32>, other: &[f32]) {
    sum.resize(sum.len().max(other.len()), 0.0);
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += other;
    }
}

/// What each of these gets from each beginning of an answer: the mean over heads of the square
/// root of its share of the most that any of them gets.
pub(crate) fn shares_ahead(all: &[Ahead]) -> Vec<[f32; BEGINNINGS]> {
    let mut shares = vec![[0.0; BEGINNINGS]; all.len()];
    for beginning in 0..BEGINNINGS {
        let heads = all.iter().map(|ahead| ahead[beginning].len()).max();
        let heads = heads.unwrap_or(0);
        for head in 0..heads {
            let of = |ahead: &Ahead| ahead[beginning].get(head).copied().unwrap_or(0.0);
            let most = all.iter().map(of).fold(f32::MIN_POSITIVE, f32::max);
            for (share, ahead) in shares.iter_mut().zip(all) {
                share[beginning] += (of(ahead) / most).sqrt() / heads as f32;
            }
        }
    }
    shares
}

/// What is told of the attention to one sentence: from the mean token of the phrase, from
/// the token that attends to it most, to its turn, to the sentence before it and to the one
/// after it in its turn. Each is the square root, for attention is steep, of its share of
/// the most that any sentence gets. Then the attention from each beginning of an answer.
pub(crate) type Look = [f32; 5 + BEGINNINGS];

/// The attention to each sentence of some turns, in the order of the record.
pub(crate) fn looks<'r>(
    glance: &Glance,
    sentences: impl Iterator<Item = (TurnId, &'r Range<usize>)>,
) -> Vec<Look> {
    let mut turns = Vec::new();
    let mut tokens: Vec<Vec<f32>> = Vec::new();
    let mut ahead = Vec::new();
    for (turn, span) in sentences {
        turns.push(turn);
        tokens.push(glance.on(turn, span));
        ahead.push(glance.ahead(turn, span));
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
    let look = |(at, ahead): (usize, [f32; BEGINNINGS])| {
        let [words, correction, other, answer] = ahead;
        [
            (mean[at] / most).sqrt(),
            (peak[at] / most_peak).sqrt(),
            (of_turn[at] / most_of_turn).sqrt(),
            beside(at, at.checked_sub(1)),
            beside(at, Some(at + 1)),
            words,
            correction,
            other,
            answer,
        ]
    };
    shares_ahead(&ahead)
        .into_iter()
        .enumerate()
        .map(look)
        .collect()
}

/// The most that any sentence has of the attention from the mean token of a phrase, from the
/// one that attends to it most, and from each beginning of an answer.
pub(crate) type Most = [f32; 2 + BEGINNINGS];

/// The most that any of these sentences has.
pub(crate) fn most<'r>(
    glance: &Glance,
    sentences: impl Iterator<Item = (TurnId, &'r Range<usize>)>,
) -> Most {
    let mut most = Most::default();
    for (turn, span) in sentences {
        let tokens = glance.on(turn, span);
        let peak = tokens.iter().copied().fold(0.0, f32::max);
        let ahead = glance.ahead(turn, span);
        let ahead = ahead.iter().map(|heads| mean(heads));
        let of = [mean(&tokens), peak].into_iter().chain(ahead);
        for (most, of) in most.iter_mut().zip(of) {
            *most = most.max(of);
        }
    }
    most
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_ahead_to_is_told_beside_the_most_of_each_head() {
        let ahead = |words: [f32; 2]| {
            let mut ahead = Ahead::default();
            ahead[0] = words.to_vec();
            ahead
        };
        let shares = shares_ahead(&[ahead([0.4, 0.0]), ahead([0.1, 0.2])]);
        assert_eq!(shares[0], [0.5, 0.0, 0.0, 0.0]);
        assert_eq!(shares[1], [0.75, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn the_tokens_of_a_sentence_count_together() {
        let token = |bytes: Range<usize>, attention: f32| Heeded {
            bytes,
            attention: vec![attention, 0.0],
            ahead: vec![vec![attention]; BEGINNINGS],
        };
        let turn = TurnId(1);
        let tokens = vec![token(0..4, 0.25), token(4..9, 0.5), token(9..12, 0.125)];
        let glance = Glance {
            by_turn: HashMap::from([(turn, tokens)]),
        };
        assert_eq!(glance.on(turn, &(0..9)), [0.75, 0.0]);
        assert_eq!(glance.ahead(turn, &(4..12))[3], [0.625]);
        assert_eq!(glance.ahead(TurnId(2), &(0..9))[0], [0.0; 0]);
        let sentences = [(turn, 0..9), (turn, 9..12)];
        let sentences = sentences.iter().map(|(turn, span)| (*turn, span));
        assert_eq!(
            most(&glance, sentences),
            [0.375, 0.75, 0.75, 0.75, 0.75, 0.75]
        );
    }
}
