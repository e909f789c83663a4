//! Why a turn was found.

use std::collections::HashMap;

use crate::graph::Neighbour;
use crate::mark::Verdict;
use crate::turn::TurnId;

use super::signals::Signals;
use super::{Nudge, RankedTurn, Reason, View};

/// A place beyond this in a ranking is no reason.
const NOTED: usize = 32;
/// The most shared words that are named.
const TERMS: usize = 8;

/// The ranked turns with their reasons.
pub(super) fn explain(
    view: &View,
    signals: &Signals,
    nudges: &[Nudge],
    ranked: &[(TurnId, f32)],
) -> Vec<RankedTurn> {
    let places: HashMap<TurnId, usize> = ranked
        .iter()
        .zip(0..)
        .map(|(&(turn, _), place)| (turn, place))
        .collect();
    ranked
        .iter()
        .map(|&(turn, score)| RankedTurn {
            turn,
            score,
            reasons: reasons(view, signals, &places, turn)
                .into_iter()
                .chain(marked(nudges, turn))
                .collect(),
        })
        .collect()
}

fn reasons(
    view: &View,
    signals: &Signals,
    places: &HashMap<TurnId, usize>,
    turn: TurnId,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    reasons.extend(words(view, signals, turn));
    reasons.extend(meaning(signals, turn));
    let better = |other: &TurnId| places.get(other).is_some_and(|&at| at < places[&turn]);
    let near = view.graph.neighbours(turn);
    if reasons.is_empty() {
        reasons.extend(
            beside(view, signals, turn)
                .filter(better)
                .map(|of| Reason::Neighbour { of }),
        );
    }
    reasons.extend(
        near.iter()
            .filter(|near| better(&near.turn))
            .find_map(linked),
    );
    let found = |other: &TurnId| places.contains_key(other);
    let corrects = view.graph.corrects(turn).into_iter().filter(found);
    reasons.extend(corrects.map(|turn| Reason::Corrects { turn }));
    let corrected = view.graph.corrected_by(turn).into_iter();
    reasons.extend(corrected.map(|turn| Reason::CorrectedBy { turn }));
    reasons
}

fn marked(nudges: &[Nudge], turn: TurnId) -> Option<Reason> {
    let nudge = nudges.iter().find(|nudge| nudge.turn == turn)?;
    let verdict = if nudge.by > 0.0 {
        Verdict::Right
    } else {
        Verdict::Wrong
    };
    Some(Reason::Marked { verdict })
}

fn words(view: &View, signals: &Signals, turn: TurnId) -> Option<Reason> {
    let rank = signals.words.ranks[signals.position(turn)?];
    let mut terms = view.lexical.matched(&signals.terms, turn);
    terms.truncate(TERMS);
    (rank <= NOTED && !terms.is_empty()).then_some(Reason::Words { rank, terms })
}

fn meaning(signals: &Signals, turn: TurnId) -> Option<Reason> {
    let at = signals.position(turn)?;
    let meaning = signals.meaning.as_ref()?;
    let (rank, cosine) = (meaning.ranks[at], meaning.scores[at]?);
    (rank <= NOTED).then_some(Reason::Meaning { rank, cosine })
}

/// The turns just before and after.
fn beside(view: &View, signals: &Signals, turn: TurnId) -> impl Iterator<Item = TurnId> {
    let at = signals.position(turn);
    [at.and_then(|at| at.checked_sub(1)), at.map(|at| at + 1)]
        .into_iter()
        .flatten()
        .filter_map(|at| view.turns.get(at))
        .map(|turn| turn.id)
}

fn linked(near: &Neighbour) -> Option<Reason> {
    near.over.clone().map(|over| Reason::Linked { over })
}
