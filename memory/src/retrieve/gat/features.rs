//! What the network is told of a turn and of the question.

use jiff::civil::Date;

use super::super::fuse::{self, Named, asks, states};
use super::super::signals::{Signal, Signals};
use super::super::wanted::{WORDINGS, wording};
use super::super::{Question, View};
use crate::extract::{MentionKind, extract};
use crate::fact::{DatePrecision, Value};
use crate::index::TermCounts;
use crate::turn::{Role, Turn};

/// Features of a turn.
pub(super) const NODE: usize = SIGNALS * SIGNAL + 21;
/// Features of the turns around a turn, for a network that has no edges.
pub(super) const CONTEXT: usize = SIGNALS * SIGNAL;
/// Scores by words, meaning and tokens, and the three fused.
const SIGNALS: usize = 4;
/// Features of the question.
pub(super) const QUESTION: usize = 8 + WORDINGS;
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
    names_a_speaker: bool,
    numbers: Vec<&'a str>,
    dates: Vec<(Date, DatePrecision)>,
    wording: [bool; WORDINGS],
}

impl<'a> Reader<'a> {
    /// `with_context` says whether [`context`](Self::context) will be asked for.
    pub(super) fn new(
        view: &'a View<'a>,
        signals: &'a Signals,
        question: &Question,
        with_context: bool,
    ) -> Self {
        let mut named = Named::new(&signals.terms);
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
            names_a_speaker: view.turns.iter().any(|turn| named.speaker(turn)),
            named,
            numbers: numbers(&signals.terms),
            dates: dates(view, question.text),
            wording: wording(question.text),
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
        let speaker = self.named.speaker(turn);
        let told = self.nearest(turn.at.date());
        let stated = facts.iter().filter_map(|fact| match fact.value {
            Value::Date { date, .. } => Some(self.nearest(date)),
            _ => None,
        });
        features[SIGNALS * SIGNAL..].copy_from_slice(&[
            met.unwrap_or(0.0),
            coverage(view, &signals.terms, turn),
            rarest(view, &signals.terms, turn),
            share(&self.numbers, |term| view.lexical.holds(turn.id, term)),
            flag(states(view, turn, signals.wanted)),
            flag(speaker),
            flag(self.names_a_speaker && !speaker),
            flag(turn.role == signals.wanted.said_by),
            flag(asks(&turn.text)),
            at / all,
            (all - at).ln() / 6.0,
            (1.0 + turn.text.chars().count() as f32).ln() / 6.0,
            flag(!view.graph.corrected_by(turn.id).is_empty()),
            flag(!view.graph.corrects(turn.id).is_empty()),
            flag(facts.iter().any(|fact| !fact.contradicts.is_empty())),
            told,
            stated.fold(0.0, f32::max),
            flag(facts.iter().any(|fact| is_time(&fact.value))),
            flag(facts.iter().any(|fact| !is_time(&fact.value))),
            flag(turn.text.contains(['?', '？'])),
            names(&turn.text),
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
        let mut features = [0.0; QUESTION];
        let (own, wording) = features.split_at_mut(QUESTION - WORDINGS);
        own.copy_from_slice(&[
            flag(wanted.time),
            flag(wanted.amount),
            flag(wanted.said_by == Role::Counsel),
            (1.0 + terms.total() as f32).ln() / 3.0,
            flag(!self.numbers.is_empty()),
            flag(self.signals.meaning.is_some()),
            flag(self.names_a_speaker),
            flag(!self.dates.is_empty()),
        ]);
        for (slot, holds) in wording.iter_mut().zip(self.wording) {
            *slot = flag(holds);
        }
        features
    }

    /// How near a day is to the dates that the question names: 1 on the day, or in
    /// the month or year where no day is named, and less in the weeks around it.
    fn nearest(&self, day: Date) -> f32 {
        let near = |&(asked, precision): &(Date, DatePrecision)| match precision {
            DatePrecision::Year => flag(asked.year() == day.year()) / 2.0,
            DatePrecision::Month => {
                flag((asked.year(), asked.month()) == (day.year(), day.month()))
            }
            _ => {
                let days = asked.duration_until(day).as_hours().unsigned_abs() as f32 / 24.0;
                (-days / FADES).exp()
            }
        };
        self.dates.iter().map(near).fold(0.0, f32::max)
    }
}

/// Days after which a turn is a third as near to a day that the question names.
const FADES: f32 = 10.0;

/// The dates that a question names, as of the last turn.
fn dates(view: &View, question: &str) -> Vec<(Date, DatePrecision)> {
    let Some(last) = view.turns.last() else {
        return Vec::new();
    };
    let mentions = extract(question, last.at).mentions.into_iter();
    mentions
        .filter_map(|mention| match mention.kind {
            MentionKind::Value(Value::Date {
                date, precision, ..
            }) => Some((date, precision)),
            _ => None,
        })
        .collect()
}

fn is_time(value: &Value) -> bool {
    matches!(value, Value::Date { .. } | Value::Duration { .. })
}

/// How many words inside a sentence have a capital, on a logarithmic scale: names,
/// in scripts that have capitals.
fn names(text: &str) -> f32 {
    let words = text.split_whitespace().zip(text.split_whitespace().skip(1));
    let inside = words.filter(|(before, _)| !before.ends_with(['.', '!', '?', ':', '"']));
    let named = inside.filter(|(_, word)| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.next().is_some_and(char::is_lowercase)
    });
    (1.0 + named.count() as f32).ln()
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
