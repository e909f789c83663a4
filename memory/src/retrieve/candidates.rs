//! The turns that are looked at closely for one question.

use std::collections::BTreeSet;

use crate::graph::EdgeKind;
use crate::index::by_score;
use crate::turn::TurnId;

use super::View;
use super::signals::Signals;

/// Best turns by the fused score that start the search for others. The best 64
/// with their neighbours hold 94% of LoCoMo's evidence.
const SEEDS: usize = 64;
/// Best turns by words alone and by meaning alone that are candidates even if
/// the other kind of score speaks against them.
const SPECIALISTS: usize = 16;
/// Seeds whose neighbours in the graph become candidates.
const EXPANDED: usize = 32;
/// How far on either side of a seed turns become candidates.
const WINDOW: usize = 1;
/// The most candidates for one question.
pub(super) const MOST: usize = 144;

/// At most [`MOST`] turns.
pub(super) struct Candidates(BTreeSet<TurnId>);

impl Candidates {
    /// The best turns by words and meaning, then the turns around them, then
    /// those that the graph links with them, as long as there is room.
    pub(super) fn gather(view: &View, signals: &Signals) -> Self {
        let seeds: Vec<TurnId> = turns(signals.by_both(SEEDS));
        let mut found = Self(BTreeSet::new());
        found.add(seeds.iter().copied());
        found.add(turns(signals.by_words(SPECIALISTS)));
        found.add(turns(signals.by_meaning(SPECIALISTS)));
        for &seed in &seeds {
            found.add(correcting(view, seed));
        }
        for &seed in &seeds {
            found.add(around(view, signals, seed));
        }
        for &seed in seeds.iter().take(EXPANDED) {
            found.add(linked(view, seed));
        }
        // The graph knows turns that a view may leave out.
        found.0.retain(|&turn| signals.position(turn).is_some());
        found
    }

    fn add(&mut self, turns: impl IntoIterator<Item = TurnId>) {
        for turn in turns {
            if self.0.len() == MOST {
                return;
            }
            self.0.insert(turn);
        }
    }

    /// The candidates, ascending.
    pub(super) fn turns(&self) -> impl Iterator<Item = TurnId> {
        self.0.iter().copied()
    }

    /// The candidates by the fused score, best first.
    pub(super) fn ranked(&self, signals: &Signals) -> Vec<(TurnId, f32)> {
        let mut ranked: Vec<_> = self
            .0
            .iter()
            .filter_map(|&turn| Some((turn, signals.hybrid[signals.position(turn)?])))
            .collect();
        ranked.sort_unstable_by(by_score);
        ranked
    }
}

fn turns(ranked: Vec<(TurnId, f32)>) -> Vec<TurnId> {
    ranked.into_iter().map(|(turn, _)| turn).collect()
}

fn correcting(view: &View, turn: TurnId) -> Vec<TurnId> {
    let mut turns = view.graph.corrected_by(turn);
    turns.extend(view.graph.corrects(turn));
    turns
}

fn around(view: &View, signals: &Signals, turn: TurnId) -> impl Iterator<Item = TurnId> {
    let at = signals.position(turn).expect("seeds are turns of the view");
    let last = (at + WINDOW).min(view.turns.len() - 1);
    (at.saturating_sub(WINDOW)..=last).map(|at| view.turns[at].id)
}

fn linked(view: &View, turn: TurnId) -> impl Iterator<Item = TurnId> {
    view.graph
        .neighbours(turn)
        .into_iter()
        .filter(|neighbour| {
            matches!(
                neighbour.kind,
                EdgeKind::Mentions
                    | EdgeKind::Corrects
                    | EdgeKind::Contradicts
                    | EdgeKind::Similar
                    | EdgeKind::SharesTerm
            )
        })
        .map(|neighbour| neighbour.turn)
}
