//! Training the weights that are shipped.

use std::ops::ControlFlow;

use estoppel_memory::retrieve::gat::{Epoch, Example, Network, Settings, TrainError, train};
use serde::Serialize;

use super::questions::{Conversation, lessons_of};

/// Which conversations training does not see, so that it knows when to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldOut {
    /// One conversation in this many; 0 for none, and then training runs its full
    /// length.
    pub one_in: usize,
}

/// How training went.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Decides everything that is random.
    pub seed: u64,
    /// Questions learnt from, those without their evidence included.
    pub examples: usize,
    /// Questions held out.
    pub held_out: usize,
    /// The conversations held out.
    pub held_out_conversations: Vec<String>,
    /// What the hybrid score was made to count, if it was.
    pub hybrid: Option<f32>,
    /// Numbers in the network.
    pub weights: usize,
    /// Every epoch.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights were kept.
    pub best: usize,
}

/// Trains a network on conversations, some of them held out.
///
/// # Errors
///
/// If there is nothing to learn from, or `progress` stops.
pub fn train_retriever(
    conversations: &[Conversation],
    held_out: HeldOut,
    settings: &Settings,
    progress: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<(Network, Report), TrainError> {
    let is_held_out =
        |at: usize| held_out.one_in > 0 && at % held_out.one_in == held_out.one_in - 1;
    let (mut seen, mut unseen) = (Vec::new(), Vec::new());
    for (at, conversation) in conversations.iter().enumerate() {
        match is_held_out(at) {
            true => unseen.push(conversation),
            false => seen.push(conversation),
        }
    }
    let examples: Vec<Example> = lessons_of(seen).collect();
    let judges: Vec<Example> = lessons_of(unseen.iter().copied()).collect();
    let trained = train(&examples, &judges, settings, progress)?;
    let report = Report {
        seed: settings.seed,
        examples: examples.len(),
        held_out: judges.len(),
        held_out_conversations: unseen.iter().map(|c| c.name.clone()).collect(),
        hybrid: settings.hybrid,
        weights: trained.network.size(),
        epochs: trained.epochs,
        best: trained.best,
    };
    Ok((trained.network, report))
}
