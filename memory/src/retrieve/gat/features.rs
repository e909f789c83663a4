//! What the network is told of a turn and of the question.

use super::super::View;
use super::super::fuse::{self, Named, asks, states};
use super::super::signals::{Signal, Signals};
use crate::index::TermCounts;
use crate::turn::{Role, Turn};

/// Features of a turn.
pub(super) const NODE: usize = SIGNALS * SIGNAL + 14;
/// Features of the turns around a turn, for a network that has no edges.
pub(super) const CONTEXT: usize = SIGNALS * SIGNAL;
/// Scores by words, meaning and tokens, and the three fused.
const SIGNALS: usize = 4;
/// Features of the question.
pub(super) const QUESTION: usize = 6;
/// Features of one score.
const SIGNAL: usize = 4;

/// Reads the features of one question and its candidates.
pub(super) struct Reader<'a> {
    view: &'a View<'a>,
    signals: &'a Signals,
    relevance: Signal,
    /// The same signals, each turn with what its neighbours lend it.
    around: Option<[Option<Signal>; SIGNALS]>,
    named: Named<'a>,
    numbers: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    /// `with_context` says whether [`context`](Self::context) will be asked for.
    pub(super) fn new(view: &'a View<'a>, signals: &'a Signals, with_context: bool) -> Self {
        let relevance = Signal::new(signals.relevance.iter().copied().map(Some).collect());
        let around = with_context.then(|| {
            [
                Some(&signals.words),
                signals.meaning.as_ref(),
                signals.tokens.as_ref(),
                Some(&relevance),
            ]
            .map(|signal| Some(around(view, signal?)))
        });
        Self {
            view,
            signals,
            relevance,
            around,
            named: Named::new(&signals.terms),
            numbers: numbers(&signals.terms),
        }
    }

    /// The features of the turn at position `at`.
    pub(super) fn turn(&mut self, at: usize) -> [f32; NODE] {
        let (view, signals) = (self.view, self.signals);
        let turn: &Turn = &view.turns[at];
        let mut features = [0.0; NODE];
        let scores = [
            Some(&signals.words),
            signals.meaning.as_ref(),
            signals.tokens.as_ref(),
            Some(&self.relevance),
        ];
        for (signal, slot) in scores.into_iter().zip(features.chunks_exact_mut(SIGNAL)) {
            if let Some(signal) = signal {
                slot.copy_from_slice(&of_score(signal, at));
            }
        }
        let met = signals.tokens.as_ref().and_then(|tokens| tokens.scores[at]);
        let (all, at) = (view.turns.len() as f32, at as f32);
        let facts = view.graph.facts_of(turn.id);
        features[SIGNALS * SIGNAL..].copy_from_slice(&[
            met.unwrap_or(0.0),
            coverage(view, &signals.terms, turn),
            rarest(view, &signals.terms, turn),
            share(&self.numbers, |term| view.lexical.holds(turn.id, term)),
            flag(states(view, turn, signals.wanted)),
            flag(self.named.speaker(turn)),
            flag(turn.role == signals.wanted.said_by),
            flag(asks(&turn.text)),
            at / all,
            (all - at).ln() / 6.0,
            (1.0 + turn.text.chars().count() as f32).ln() / 6.0,
            flag(!view.graph.corrected_by(turn.id).is_empty()),
            flag(!view.graph.corrects(turn.id).is_empty()),
            flag(facts.iter().any(|fact| !fact.contradicts.is_empty())),
        ]);
        features
    }

    /// What the turns around the turn at position `at` score.
    pub(super) fn context(&self, at: usize) -> Option<[f32; CONTEXT]> {
        let around = self.around.as_ref()?;
        let mut features = [0.0; CONTEXT];
        for (signal, slot) in around.iter().zip(features.chunks_exact_mut(SIGNAL)) {
            if let Some(signal) = signal {
                slot.copy_from_slice(&of_score(signal, at));
            }
        }
        Some(features)
    }

    /// The features of the question.
    pub(super) fn question(&self) -> [f32; QUESTION] {
        let (terms, wanted) = (&self.signals.terms, self.signals.wanted);
        [
            flag(wanted.time),
            flag(wanted.amount),
            flag(wanted.said_by == Role::Counsel),
            (1.0 + terms.total() as f32).ln() / 3.0,
            flag(!self.numbers.is_empty()),
            flag(self.signals.meaning.is_some()),
        ]
    }
}

/// A signal by what its best neighbour in time lends each turn.
fn around(view: &View, signal: &Signal) -> Signal {
    let lent = fuse::with_context(view.turns, &signal.standard);
    Signal::new(lent.into_iter().map(Some).collect())
}

/// Standard score, distance from the best, and the rank on two scales.
fn of_score(signal: &Signal, at: usize) -> [f32; SIGNAL] {
    let rank = signal.ranks[at] as f32;
    [
        signal.standard[at],
        signal.standard[at] - signal.best,
        rank.ln() / 6.0,
        1.0 / rank,
    ]
}

/// The share of the question's terms in the turn, weighted by rarity.
fn coverage(view: &View, terms: &TermCounts, turn: &Turn) -> f32 {
    let (mut held, mut all) = (0.0, 0.0);
    for (term, _) in terms.iter() {
        let weight = view.lexical.idf(term);
        all += weight;
        if view.lexical.holds(turn.id, term) {
            held += weight;
        }
    }
    if all > 0.0 { held / all } else { 0.0 }
}

/// The rarity of the rarest of the question's terms in the turn, 1 for a term
/// of this turn alone.
fn rarest(view: &View, terms: &TermCounts, turn: &Turn) -> f32 {
    let most = (1.0 + view.turns.len() as f32).ln();
    terms
        .iter()
        .filter(|(term, _)| view.lexical.holds(turn.id, term))
        .map(|(term, _)| view.lexical.idf(term) / most)
        .fold(0.0, f32::max)
}

fn numbers(terms: &TermCounts) -> Vec<&str> {
    terms
        .iter()
        .map(|(term, _)| term)
        .filter(|term| term.starts_with(|c: char| c.is_numeric()))
        .collect()
}

fn share(terms: &[&str], holds: impl Fn(&str) -> bool) -> f32 {
    let held = terms.iter().filter(|term| holds(term)).count();
    held as f32 / terms.len().max(1) as f32
}

fn flag(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}
