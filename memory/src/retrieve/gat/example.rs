//! A question with its candidates and what is right about them.

use std::collections::HashMap;

use candle_core::{Device, Result, Tensor};

use super::super::candidates::Candidates;
use super::super::signals::Signals;
use super::super::{Question, Ranking, View, corrections, sorted, untrained};
use super::loss::{Evidence, Target};
use super::parameters::SplitMix;
use super::subgraph::{Inputs, Subgraph};
use super::{Features, Network};
use crate::turn::TurnId;

/// The rankings that a network is compared with.
const UNTRAINED: [Ranking; 6] = [
    Ranking::Bm25,
    Ranking::Dense,
    Ranking::Late,
    Ranking::Fused,
    Ranking::Hybrid,
    Ranking::PageRank,
];

/// How many turns of each are kept.
const DEPTH: usize = 20;

/// Which turns answer a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The evidence; none where the record does not answer the question.
    pub evidence: Vec<TurnId>,
    /// Turns that say what other evidence has corrected since; a turn may be both.
    pub outdated: Vec<TurnId>,
}

/// Which edges a network sees. All but [`Wiring::Graph`] exist to be compared with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wiring {
    /// The graph's own.
    #[default]
    Graph,
    /// As many of each kind and with the same features, to other turns.
    Shuffled,
    /// None.
    Unlinked,
}

/// A question that a network can be trained on or measured by.
#[derive(Clone)]
pub struct Example {
    graph: Subgraph,
    label: Label,
    /// What corrects a candidate.
    corrected_by: HashMap<TurnId, Vec<TurnId>>,
    rankings: Vec<(Ranking, Vec<TurnId>)>,
    /// How much it counts in training.
    weight: f32,
}

impl Example {
    pub(crate) fn new(view: &View, question: &Question, label: Label) -> Self {
        let signals = Signals::new(view, question);
        let candidates = Candidates::gather(view, &signals);
        let graph = Subgraph::new(view, &signals, question, &candidates, Features::WithContext);
        let ranked = |ranking| {
            let turns = untrained(view, &signals, &[], ranking, DEPTH).into_iter();
            (ranking, turns.take(DEPTH).map(|(turn, _)| turn).collect())
        };
        let corrected = |&turn: &TurnId| (turn, view.graph.corrected_by(turn));
        Self {
            rankings: UNTRAINED.into_iter().map(ranked).collect(),
            corrected_by: graph.turns.iter().map(corrected).collect(),
            graph,
            label,
            weight: 1.0,
        }
    }

    /// The same question, counting `weight` times in training.
    pub fn weighted(self, weight: f32) -> Self {
        Self { weight, ..self }
    }

    /// The same question over other edges. `seed` decides where shuffled ones lead.
    pub fn rewired(mut self, wiring: Wiring, seed: u64) -> Self {
        match wiring {
            Wiring::Graph => {}
            Wiring::Shuffled => self.graph.shuffle(&mut SplitMix::new(seed)),
            Wiring::Unlinked => self.graph.unlink(),
        }
        self
    }

    /// What is right.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// The best turns by the rankings that need no network.
    pub fn untrained(&self) -> &[(Ranking, Vec<TurnId>)] {
        &self.rankings
    }

    /// The candidates as a network ranks them, best first, and how likely it is that
    /// the record answers the question.
    pub fn ranked(&self, network: &Network) -> (Vec<TurnId>, f32) {
        if self.graph.turns.is_empty() {
            return (Vec::new(), 0.0);
        }
        let (scores, answerable) = network
            .read(&self.graph)
            .expect("an example has the network's shapes");
        let ranked = sorted(self.graph.turns.iter().copied().zip(scores).collect());
        let correcting = |turn| self.corrected_by.get(&turn).cloned().unwrap_or_default();
        let ranked = corrections::put_first(correcting, ranked);
        (
            ranked.into_iter().map(|(turn, _)| turn).collect(),
            answerable,
        )
    }

    /// `None` where there is nothing to learn: no candidates at all.
    pub(super) fn lesson(&self, features: Features) -> Result<Option<Lesson>> {
        if self.graph.turns.is_empty() {
            return Ok(None);
        }
        Ok(Some(Lesson {
            inputs: self.graph.tensors(features, &Device::Cpu)?,
            target: self.target()?,
            weight: f64::from(self.weight),
        }))
    }

    fn target(&self) -> Result<Target> {
        let rows = |turns: &[TurnId]| -> Vec<u32> {
            let row = |turn| self.graph.turns.binary_search(turn).ok();
            turns.iter().filter_map(row).map(|row| row as u32).collect()
        };
        let outdated = rows(&self.label.outdated);
        let mut evidence = rows(&self.label.evidence);
        evidence.retain(|row| !outdated.contains(row));
        let pairs = || {
            evidence
                .iter()
                .flat_map(|&e| outdated.iter().map(move |&o| (e, o)))
        };
        let tensor = |rows: Vec<u32>| {
            let count = rows.len();
            Tensor::from_vec(rows, count, &Device::Cpu)
        };
        let before = match pairs().next() {
            None => None,
            Some(_) => Some((
                tensor(pairs().map(|(before, _)| before).collect())?,
                tensor(pairs().map(|(_, after)| after).collect())?,
            )),
        };
        let mut others = vec![0.0f32; self.graph.turns.len()];
        for &row in &evidence {
            others[row as usize] = -1e9;
        }
        let others = Tensor::from_slice(&others, others.len(), &Device::Cpu)?;
        Ok(Target {
            answerable: !self.label.evidence.is_empty(),
            evidence: match evidence.is_empty() {
                true => None,
                false => Some(Evidence {
                    rows: tensor(evidence)?,
                    others,
                }),
            },
            before,
        })
    }
}

/// An example as tensors.
pub(super) struct Lesson {
    pub(super) inputs: Inputs,
    pub(super) target: Target,
    pub(super) weight: f64,
}
