//! The hybrid score: words and meaning on one scale, each turn with its context.
//!
//! The weights were chosen on LoCoMo's development half (English, sessions of
//! two friends; the role on consultations, where there are two) and checked on
//! MemDaily (Chinese notes). Around the chosen values recall@10 moves by less
//! than 0.01 on LoCoMo and MemDaily and by less than 0.03 on consultations.

use std::collections::HashMap;

use crate::index::{TermCounts, analyse};
use crate::turn::Turn;

use super::View;
use super::signals::Signal;
use super::wanted::Wanted;

/// Weights of the standard scores.
const WORDS: f32 = 0.5;
const MEANING: f32 = 0.5;
const TOKENS: f32 = 1.0;
/// Share of the best neighbour's score that a turn gets on top of its own, by
/// distance: an answer often stands beside the turn that names its subject.
const CONTEXT: [f32; 2] = [0.5, 0.25];
/// The speaker is on the side asked about: the client's own statements make
/// the record, unless the question is what counsel said.
const ROLE: f32 = 1.0;
/// A turn that ends in a question tells less than one that doesn't.
const ASKS: f32 = -0.4;
/// The question names the speaker.
const SPEAKER: f32 = 0.6;
/// The turn states a value of the kind that the question asks for.
const STATES: f32 = 0.8;

/// Words and meaning of each turn by itself, by position in the view.
pub(super) fn relevance(
    words: &Signal,
    meaning: Option<&Signal>,
    tokens: Option<&Signal>,
) -> Vec<f32> {
    let mut relevance = words.standard.clone();
    if meaning.is_some() {
        relevance.iter_mut().for_each(|score| *score *= WORDS);
    }
    for (signal, weight) in [(meaning, MEANING), (tokens, TOKENS)] {
        let standard = signal.into_iter().flat_map(|signal| &signal.standard);
        for (score, standard) in relevance.iter_mut().zip(standard) {
            *score += weight * standard;
        }
    }
    relevance
}

/// The hybrid score of each turn: its relevance with its context's, and what
/// speaks for it whatever the words.
pub(super) fn hybrid(
    view: &View,
    terms: &TermCounts,
    wanted: Wanted,
    relevance: &[f32],
) -> Vec<f32> {
    let mut scores = with_context(view.turns, relevance);
    let mut named = Named::new(terms);
    for (score, turn) in scores.iter_mut().zip(view.turns) {
        *score += [
            (turn.role == wanted.said_by, ROLE),
            (asks(&turn.text), ASKS),
            (named.speaker(turn), SPEAKER),
            (states(view, turn, wanted), STATES),
        ]
        .into_iter()
        .filter_map(|(holds, weight)| holds.then_some(weight))
        .sum::<f32>();
    }
    scores
}

/// Whether a text ends in a question.
pub(super) fn asks(text: &str) -> bool {
    text.trim_end().ends_with(['?', '？'])
}

/// Whether the turn states a value of the kind that the question asks for.
pub(super) fn states(view: &View, turn: &Turn, wanted: Wanted) -> bool {
    let facts = view.graph.facts_of(turn.id);
    facts.iter().any(|fact| wanted.is(&fact.value))
}

/// Adds to each score what the best turn nearby in the same session lends it.
pub(super) fn with_context(turns: &[Turn], scores: &[f32]) -> Vec<f32> {
    let lent = |at: usize| {
        let mut best = 0.0f32;
        for (distance, share) in (1..).zip(CONTEXT) {
            for other in [at.checked_sub(distance), at.checked_add(distance)] {
                let Some(other) = other.filter(|&other| other < turns.len()) else {
                    continue;
                };
                if turns[other].session == turns[at].session {
                    best = best.max(share * scores[other]);
                }
            }
        }
        best
    };
    (0..turns.len()).map(|at| scores[at] + lent(at)).collect()
}

/// Which speakers a question names.
pub(super) struct Named<'a> {
    terms: &'a TermCounts,
    known: HashMap<&'a str, bool>,
}

impl<'a> Named<'a> {
    pub(super) fn new(terms: &'a TermCounts) -> Self {
        Self {
            terms,
            known: HashMap::new(),
        }
    }

    /// Whether the question names the turn's speaker, in full.
    pub(super) fn speaker(&mut self, turn: &'a Turn) -> bool {
        let Some(name) = turn.speaker.as_deref() else {
            return false;
        };
        let terms = self.terms;
        *self.known.entry(name).or_insert_with(|| {
            let name = analyse(name);
            !name.is_empty() && name.iter().all(|(term, _)| terms.count(term) > 0)
        })
    }
}
