//! How likely it is that the record answers the question at all.
//!
//! A logistic function of two figures, fitted to LoCoMo's development half and
//! to MemDaily in equal parts: each question was asked twice, of the whole
//! record and of the record without its evidence turns, which makes an
//! unanswerable question that everything else in the record still resembles.
//! On LoCoMo it tells the two apart with an area under the curve of 0.65, on
//! MemDaily of 0.55: a hint, no verdict. It knows nothing of questions that
//! name much of what was said and ask for the one thing that was not; only a
//! trained term will.

use super::View;
use super::signals::Signals;

/// Best turns whose words may cover the question.
const TOP: usize = 5;
const COVERAGE: f32 = 0.585;
const PROMINENCE: f32 = 0.106;
const OFFSET: f32 = -0.981;

/// A probability in (0, 1); 0 where nothing was said at all.
pub(super) fn estimate(view: &View, signals: &Signals) -> f32 {
    let best = signals.by_relevance(TOP);
    let Some(&(_, prominence)) = best.first() else {
        return 0.0;
    };
    let coverage = best
        .iter()
        .filter_map(|&(turn, _)| signals.position(turn))
        .map(|at| coverage(view, signals, at))
        .fold(0.0, f32::max);
    let logit = COVERAGE * coverage + PROMINENCE * prominence + OFFSET;
    1.0 / (1.0 + (-logit).exp())
}

/// The share of the question's terms, weighted by rarity, that stand in a turn
/// or right beside it.
fn coverage(view: &View, signals: &Signals, at: usize) -> f32 {
    let last = (at + 1).min(view.turns.len() - 1);
    let around = &view.turns[at.saturating_sub(1)..=last];
    let (mut held, mut all) = (0.0, 0.0);
    for (term, _) in signals.terms.iter() {
        let weight = view.lexical.idf(term);
        all += weight;
        if around.iter().any(|turn| view.lexical.holds(turn.id, term)) {
            held += weight;
        }
    }
    if all > 0.0 { held / all } else { 0.0 }
}
