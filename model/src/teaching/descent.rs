//! The gradient that a step of teaching takes.

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use super::Taught;

/// Lessons whose gradient is reckoned together; more would take more memory.
const TOGETHER: usize = 10;

/// The mean loss of some lessons, with its gradient by what is learnt, no longer than a step may
/// take; none of no lessons.
pub(super) fn gradient<L>(
    lessons: &[L],
    variables: &[Var],
    mut loss_of: impl FnMut(&[L]) -> Taught<Tensor>,
) -> Taught<Option<(f64, GradStore)>> {
    let mut loss = 0.0;
    let mut gradients: Option<GradStore> = None;
    for some in lessons.chunks(TOGETHER) {
        let share = some.len() as f64 / lessons.len() as f64;
        let of_some = (loss_of(some)? * share)?;
        loss += f64::from(of_some.to_scalar::<f32>()?);
        let own = of_some.backward()?;
        gradients = Some(match gradients {
            None => own,
            Some(sum) => added(sum, &own, variables)?,
        });
    }
    let gradient = gradients.map(|sum| shortened(sum, variables)).transpose()?;
    Ok(gradient.map(|gradient| (loss, gradient)))
}

/// Two gradients of the same variables.
fn added(mut sum: GradStore, other: &GradStore, variables: &[Var]) -> Taught<GradStore> {
    for variable in variables {
        if let Some(other) = other.get(variable) {
            let both = match sum.get(variable) {
                Some(own) => (own + other)?,
                None => other.clone(),
            };
            sum.insert(variable, both);
        }
    }
    Ok(sum)
}

/// A gradient no longer than a step may take.
fn shortened(mut gradient: GradStore, variables: &[Var]) -> Taught<GradStore> {
    const LONGEST: f64 = 1.0;
    let mut squares = 0.0;
    for own in variables
        .iter()
        .filter_map(|variable| gradient.get(variable))
    {
        squares += f64::from(own.sqr()?.sum_all()?.to_scalar::<f32>()?);
    }
    let shrink = (LONGEST / squares.sqrt().max(f64::MIN_POSITIVE)).min(1.0);
    for variable in variables {
        if let Some(own) = gradient.remove(variable) {
            gradient.insert(variable, (own * shrink)?);
        }
    }
    Ok(gradient)
}
