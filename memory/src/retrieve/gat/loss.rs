//! What training makes small.

use candle_core::{D, Result, Tensor};

use super::Output;

/// How far a correction should score above what it corrects.
const MARGIN: f64 = 1.0;
/// Weights beside the listwise loss's 1.
const ORDER: f64 = 0.5;
const ANSWERABLE: f64 = 0.3;

/// What is right about a question's candidates, as tensors.
pub(super) struct Target {
    /// Rows of the evidence; `None` where no candidate is evidence.
    pub(super) evidence: Option<Evidence>,
    /// Rows of turns that should stand before the turn at the same place of `after`.
    pub(super) before: Option<(Tensor, Tensor)>,
    /// Whether the record answers the question.
    pub(super) answerable: bool,
}

pub(super) struct Evidence {
    /// `[evidence]`.
    pub(super) rows: Tensor,
    /// `[nodes]`: minus infinity, nearly, for evidence, 0 for all other turns.
    pub(super) others: Tensor,
}

/// For each evidence turn the cross-entropy against all turns that are none, their
/// mean; the margin by which corrections stand above what they correct; and the
/// cross-entropy of whether there is an answer.
pub(super) fn loss(output: &Output, target: &Target) -> Result<Tensor> {
    let sign = if target.answerable { -1.0 } else { 1.0 };
    let mut loss = (softplus(&(&output.answerable * sign)?)? * ANSWERABLE)?;
    if let Some(Evidence { rows, others }) = &target.evidence {
        let against = (&output.scores + others)?.log_sum_exp(D::Minus1)?;
        let found = output.scores.index_select(rows, 0)?;
        let each = softplus(&found.neg()?.broadcast_add(&against)?)?;
        loss = (loss + each.mean_all()?)?;
    }
    if let Some((before, after)) = &target.before {
        let lead =
            (output.scores.index_select(before, 0)? - output.scores.index_select(after, 0)?)?;
        let short = softplus(&(MARGIN - lead)?)?.mean_all()?;
        loss = (loss + (short * ORDER)?)?;
    }
    Ok(loss)
}

/// `ln(1 + e^x)`, also for large `x`.
fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}
