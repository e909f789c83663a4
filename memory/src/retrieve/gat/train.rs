//! Training by gradient descent: AdamW (Loshchilov and Hutter, 2017,
//! arXiv:1711.05101) with one cycle of the learning rate (Smith, 2018,
//! arXiv:1803.09820), stopped early by what held-out questions say.

use std::ops::ControlFlow;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};

use super::dropout::Dropout;
use super::example::Lesson;
use super::loss::loss;
use super::parameters::SplitMix;
use super::{Example, Features, Network};

/// How a network is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Decides the first weights, the order of the examples and what dropout drops.
    pub seed: u64,
    /// What the network reads of each turn.
    pub features: Features,
    /// How often every example is seen, at most.
    pub epochs: usize,
    /// Epochs without a better held-out loss before training stops.
    pub patience: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// As in AdamW.
    pub weight_decay: f64,
    /// The share of hidden values that are dropped.
    pub dropout: f32,
    /// Examples a step.
    pub batch: usize,
    /// What the hybrid score counts beside the trained network; `None` for as much as
    /// training leaves it. On talk unlike what was learnt from, more is better.
    pub hybrid: Option<f32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            features: Features::Turn,
            epochs: 8,
            patience: 3,
            learning_rate: 2e-3,
            weight_decay: 0.05,
            dropout: 0.2,
            batch: 4,
            hybrid: None,
        }
    }
}

/// The share of all steps in which the learning rate rises.
const WARM_UP: f64 = 0.2;
/// The learning rate at both ends, as a share of the highest.
const LOWEST: f64 = 0.04;

/// How training went so far.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean loss over the examples while they were learnt.
    pub training_loss: f64,
    /// Mean loss over the held-out examples afterwards, if there are any.
    pub held_out_loss: Option<f64>,
}

/// A trained network and how it came about.
pub struct Trained {
    /// With the weights of the best epoch.
    pub network: Network,
    /// Every epoch, in order.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights these are.
    pub best: usize,
}

/// Training failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there is no question to learn from: name more data")]
    NoExamples,
    /// The caller asked to stop.
    #[error("training was stopped")]
    Stopped,
    /// A tensor could not be computed.
    #[error("training failed: {0}")]
    Compute(#[from] candle_core::Error),
}

/// Trains a network on `examples` and keeps the weights that do best on `held_out`;
/// without such, those of the last epoch.
///
/// The same examples and settings give the same weights on the same machine.
/// `progress` is told (examples seen, of how many) and may stop.
///
/// # Errors
///
/// If there are no examples to learn from, or `progress` stops.
pub fn train(
    examples: &[Example],
    held_out: &[Example],
    settings: &Settings,
    progress: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> std::result::Result<Trained, TrainError> {
    let lessons = as_lessons(examples, settings.features)?;
    let held_out = as_lessons(held_out, settings.features)?;
    if lessons.is_empty() {
        return Err(TrainError::NoExamples);
    }
    let mut course = Course::new(lessons, settings)?;
    let mut epochs: Vec<Epoch> = Vec::new();
    let mut best: Option<(f64, usize, Vec<Tensor>)> = None;
    for epoch in 1..=settings.epochs {
        let training_loss = course.epoch(epoch, progress)?;
        let held_out_loss = match held_out.is_empty() {
            true => None,
            false => Some(course.mean_loss(&held_out)?),
        };
        epochs.push(Epoch {
            epoch,
            training_loss,
            held_out_loss,
        });
        let Some(held_out_loss) = held_out_loss else {
            continue;
        };
        match &best {
            Some((lowest, at, _)) if held_out_loss >= *lowest => {
                if epoch - at >= settings.patience {
                    break;
                }
            }
            _ => best = Some((held_out_loss, epoch, course.weights()?)),
        }
    }
    let best = match best {
        Some((_, epoch, weights)) => {
            course.restore(&weights)?;
            epoch
        }
        None => epochs.len(),
    };
    if let Some(hybrid) = settings.hybrid {
        course.network.weigh_hybrid(hybrid)?;
    }
    Ok(Trained {
        network: course.network,
        epochs,
        best,
    })
}

fn as_lessons(examples: &[Example], features: Features) -> Result<Vec<Lesson>> {
    let lessons = examples.iter().map(|example| example.lesson(features));
    lessons.filter_map(Result::transpose).collect()
}

/// A network on its way.
struct Course<'a> {
    network: Network,
    lessons: Vec<Lesson>,
    settings: &'a Settings,
    optimiser: AdamW,
    variables: Vec<Var>,
    random: SplitMix,
    dropout: Dropout,
    seen: usize,
}

impl<'a> Course<'a> {
    fn new(lessons: Vec<Lesson>, settings: &'a Settings) -> Result<Self> {
        let network = Network::new(settings.features, settings.seed);
        let variables: Vec<Var> = network.parameters.variables().cloned().collect();
        let adam = ParamsAdamW {
            lr: settings.learning_rate,
            weight_decay: settings.weight_decay,
            ..ParamsAdamW::default()
        };
        Ok(Self {
            optimiser: AdamW::new(variables.clone(), adam)?,
            variables,
            network,
            lessons,
            settings,
            random: SplitMix::new(settings.seed ^ 0x5eed),
            dropout: Dropout::new(settings.dropout, settings.seed ^ 0xd209),
            seen: 0,
        })
    }

    /// Sees every example once, in a new order; their mean loss.
    fn epoch(
        &mut self,
        epoch: usize,
        progress: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> std::result::Result<f64, TrainError> {
        let mut order: Vec<usize> = (0..self.lessons.len()).collect();
        self.random.shuffle(&mut order);
        let all = self.settings.epochs * order.len();
        let (mut losses, mut weights) = (0.0, 0.0);
        for batch in order.chunks(self.settings.batch) {
            if progress(self.seen, all).is_break() {
                return Err(TrainError::Stopped);
            }
            self.optimiser
                .set_learning_rate(self.settings.learning_rate * cycle(self.seen, all));
            let (loss, weight) = self.step(batch)?;
            losses += loss;
            weights += weight;
            self.seen += batch.len();
        }
        debug_assert_eq!(self.seen, epoch * order.len());
        Ok(losses / weights)
    }

    /// Learns from one batch; its weighted losses, and the sum of the weights.
    fn step(&mut self, batch: &[usize]) -> Result<(f64, f64)> {
        let weight: f64 = batch.iter().map(|&at| self.lessons[at].weight).sum();
        let mut sum: Option<GradStore> = None;
        let mut losses = 0.0;
        for &at in batch {
            let lesson = &self.lessons[at];
            let output = self.network.forward(&lesson.inputs, &mut self.dropout)?;
            let loss = loss(&output, &lesson.target)?;
            losses += f64::from(loss.to_scalar::<f32>()?) * lesson.weight;
            let gradients = (loss * (lesson.weight / weight))?.backward()?;
            sum = Some(match sum {
                None => gradients,
                Some(sum) => added(sum, &gradients, &self.variables)?,
            });
        }
        if let Some(gradients) = &sum {
            self.optimiser.step(gradients)?;
        }
        Ok((losses, weight))
    }

    fn mean_loss(&self, lessons: &[Lesson]) -> Result<f64> {
        let (mut losses, mut weights) = (0.0, 0.0);
        for lesson in lessons {
            let output = self.network.forward(&lesson.inputs, &mut Dropout::none())?;
            let loss: f32 = loss(&output, &lesson.target)?.to_scalar()?;
            losses += f64::from(loss) * lesson.weight;
            weights += lesson.weight;
        }
        Ok(losses / weights)
    }

    fn weights(&self) -> Result<Vec<Tensor>> {
        self.variables
            .iter()
            .map(|v| v.as_tensor().copy())
            .collect()
    }

    fn restore(&self, weights: &[Tensor]) -> Result<()> {
        let both = self.variables.iter().zip(weights);
        both.into_iter()
            .try_for_each(|(variable, weight)| variable.set(weight))
    }
}

fn added(mut sum: GradStore, more: &GradStore, variables: &[Var]) -> Result<GradStore> {
    for variable in variables {
        if let Some(gradient) = more.get(variable) {
            let total = match sum.get(variable) {
                Some(so_far) => (so_far + gradient)?,
                None => gradient.clone(),
            };
            sum.insert(variable, total);
        }
    }
    Ok(sum)
}

/// The learning rate's share of its highest after `seen` of `all` examples: up in a
/// straight line, down along a cosine.
fn cycle(seen: usize, all: usize) -> f64 {
    let at = seen as f64 / all as f64;
    let height = if at < WARM_UP {
        at / WARM_UP
    } else {
        let down = (at - WARM_UP) / (1.0 - WARM_UP);
        (1.0 + (std::f64::consts::PI * down).cos()) / 2.0
    };
    LOWEST + (1.0 - LOWEST) * height
}
