//! Personalised PageRank over the graph: what a walk reaches that starts at the
//! relevant turns and returns to them (Haveliwala, 2002). Exists to be compared with.

use crate::turn::TurnId;

use super::View;
use super::candidates::Candidates;
use super::signals::Signals;

/// The chance to go on along an edge rather than back to a start.
const DAMPING: f32 = 0.5;
const STEPS: usize = 12;

/// The candidates with the share of time that the walk spends at each.
pub(super) fn ranked(
    view: &View,
    signals: &Signals,
    candidates: &Candidates,
) -> Vec<(TurnId, f32)> {
    let turns: Vec<TurnId> = candidates.turns().collect();
    let start = starts(signals, &turns);
    let edges: Vec<Vec<(usize, f32)>> = turns
        .iter()
        .map(|&turn| edges(view, &turns, turn))
        .collect();
    let mut share = start.clone();
    for _ in 0..STEPS {
        let mut next: Vec<f32> = start.iter().map(|start| (1.0 - DAMPING) * start).collect();
        for (edges, share) in edges.iter().zip(&share) {
            for &(to, weight) in edges {
                next[to] += DAMPING * share * weight;
            }
        }
        share = next;
    }
    turns.into_iter().zip(share).collect()
}

/// Where the walk begins: the more relevant a turn by itself, the likelier.
fn starts(signals: &Signals, turns: &[TurnId]) -> Vec<f32> {
    let relevance = |turn: &TurnId| {
        let at = signals
            .position(*turn)
            .expect("candidates are turns of the view");
        signals.relevance[at].exp()
    };
    let weights: Vec<f32> = turns.iter().map(relevance).collect();
    let all: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / all).collect()
}

/// Edges to other candidates; their weights sum to 1, or there are none.
fn edges(view: &View, turns: &[TurnId], turn: TurnId) -> Vec<(usize, f32)> {
    let mut edges: Vec<(usize, f32)> = view
        .graph
        .neighbours(turn)
        .into_iter()
        .filter_map(|to| Some((turns.binary_search(&to.turn).ok()?, to.weight)))
        .collect();
    let all: f32 = edges.iter().map(|(_, weight)| weight).sum();
    edges.iter_mut().for_each(|(_, weight)| *weight /= all);
    edges
}
