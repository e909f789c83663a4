//! The candidates with the edges between them, as the network reads them.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor};
use serde::Serialize;

use super::super::candidates::Candidates;
use super::super::signals::Signals;
use super::super::{Question, View};
use super::Features;
use super::features::{self, CONTEXT, NODE, QUESTION};
use super::parameters::SplitMix;
use crate::graph::{EdgeKind, Neighbour};
use crate::turn::TurnId;

/// The most neighbours of one node; those that say most stay.
const SLOTS: usize = 8;
/// Features of an edge.
pub(super) const EDGE: usize = 4;

/// How a neighbour stands to a node. The discriminant is the row of the
/// learned embedding, so that the order is part of the weights' format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    Corrects,
    CorrectedBy,
    Contradicts,
    Previous,
    Next,
    Near,
    Answers,
    SameSpeaker,
    Mentions,
    Similar,
    SharesTerm,
}

/// Kinds of link.
pub(super) const KINDS: usize = Link::SharesTerm as usize + 1;

/// How much a turn heeds another while a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Attention {
    /// The turn that gathers.
    pub turn: TurnId,
    /// The turn that it gathers from.
    pub to: TurnId,
    /// The share of what it gathers, in [0, 1]: the mean over layers and heads.
    pub weight: f32,
}

/// Nodes and their neighbour lists, each of [`SLOTS`] slots.
#[derive(Clone)]
pub(super) struct Subgraph {
    pub(super) turns: Vec<TurnId>,
    hybrid: Vec<f32>,
    nodes: Vec<[f32; NODE]>,
    context: Vec<[f32; CONTEXT]>,
    question: [f32; QUESTION],
    neighbours: Vec<u32>,
    kinds: Vec<u32>,
    edges: Vec<f32>,
    mask: Vec<f32>,
}

/// The same as tensors.
pub(super) struct Inputs {
    /// `[nodes]`.
    pub(super) hybrid: Tensor,
    /// `[nodes, width]` of the network's features.
    pub(super) nodes: Tensor,
    /// `[1, QUESTION]`.
    pub(super) question: Tensor,
    /// `[nodes * SLOTS]`, rows of the nodes.
    pub(super) neighbours: Tensor,
    /// `[nodes * SLOTS]`, rows of the kinds' embedding.
    pub(super) kinds: Tensor,
    /// `[nodes * SLOTS, EDGE]`.
    pub(super) edges: Tensor,
    /// `[nodes, SLOTS]`: 1 where a slot is taken.
    pub(super) mask: Tensor,
}

impl Subgraph {
    /// With all that `features` names; [`tensors`](Self::tensors) can be asked for as
    /// much or less.
    pub(super) fn new(
        view: &View,
        signals: &Signals,
        question: &Question,
        candidates: &Candidates,
        features: Features,
    ) -> Self {
        let positions: Vec<usize> = candidates
            .turns()
            .filter_map(|turn| signals.position(turn))
            .collect();
        let mut reader =
            features::Reader::new(view, signals, question, features == Features::WithContext);
        let nodes = positions.iter().map(|&at| reader.turn(at)).collect();
        let mut graph = Self {
            turns: positions.iter().map(|&at| view.turns[at].id).collect(),
            hybrid: positions.iter().map(|&at| signals.hybrid[at]).collect(),
            nodes,
            context: positions
                .iter()
                .filter_map(|&at| reader.context(at))
                .collect(),
            question: reader.question(),
            neighbours: Vec::new(),
            kinds: Vec::new(),
            edges: Vec::new(),
            mask: Vec::new(),
        };
        for (row, &at) in positions.iter().enumerate() {
            graph.add_neighbours(view, &positions, row, at);
        }
        graph
    }

    fn add_neighbours(&mut self, view: &View, positions: &[usize], row: usize, at: usize) {
        let mut links: Vec<(usize, Link, f32)> = links(view, positions, row, at)
            .into_iter()
            .map(|(row, (link, weight))| (row, link, weight))
            .collect();
        links.sort_by(|a, b| {
            let strong = |link: Link| link.min(Link::Near);
            strong(a.1)
                .cmp(&strong(b.1))
                .then(b.2.total_cmp(&a.2))
                .then(a.0.cmp(&b.0))
        });
        links.truncate(SLOTS);
        let taken = links.len();
        for (other, link, weight) in links {
            self.neighbours.push(other as u32);
            self.kinds.push(link as u32);
            self.edges.extend(edge(view, at, positions[other], weight));
            self.mask.push(1.0);
        }
        let free = SLOTS - taken;
        self.neighbours
            .extend(std::iter::repeat_n(row as u32, free));
        self.kinds.extend(std::iter::repeat_n(0, free));
        self.edges.extend(std::iter::repeat_n(0.0, free * EDGE));
        self.mask.extend(std::iter::repeat_n(0.0, free));
    }

    /// Lets every edge lead to another turn, and leaves how many there are of each
    /// kind, and their features.
    pub(super) fn shuffle(&mut self, random: &mut SplitMix) {
        let mut places: Vec<u32> = (0..self.turns.len() as u32).collect();
        random.shuffle(&mut places);
        for neighbour in &mut self.neighbours {
            *neighbour = places[*neighbour as usize];
        }
    }

    /// The turns at the ends of each taken slot, with its weight.
    pub(super) fn attended(&self, weights: &[f32]) -> Vec<Attention> {
        let ends = self.turns.iter().flat_map(|turn| [turn; SLOTS]);
        let slots = ends.zip(&self.neighbours).zip(&self.mask).zip(weights);
        slots
            .filter(|((_, mask), _)| **mask > 0.0)
            .map(|(((turn, other), _), weight)| Attention {
                turn: *turn,
                to: self.turns[*other as usize],
                weight: *weight,
            })
            .collect()
    }

    /// Removes every edge.
    pub(super) fn unlink(&mut self) {
        self.mask.fill(0.0);
    }

    pub(super) fn tensors(&self, features: Features, device: &Device) -> Result<Inputs> {
        let nodes = self.turns.len();
        let slots = nodes * SLOTS;
        let own = Tensor::from_slice(self.nodes.as_flattened(), (nodes, NODE), device)?;
        Ok(Inputs {
            hybrid: Tensor::from_slice(&self.hybrid, nodes, device)?,
            nodes: match features {
                Features::Turn => own,
                Features::WithContext => {
                    let context = self.context.as_flattened();
                    let context = Tensor::from_slice(context, (nodes, CONTEXT), device)?;
                    Tensor::cat(&[own, context], 1)?
                }
            },
            question: Tensor::from_slice(&self.question, (1, QUESTION), device)?,
            neighbours: Tensor::from_slice(&self.neighbours, slots, device)?,
            kinds: Tensor::from_slice(&self.kinds, slots, device)?,
            edges: Tensor::from_slice(&self.edges, (slots, EDGE), device)?,
            mask: Tensor::from_slice(&self.mask, (nodes, SLOTS), device)?,
        })
    }
}

/// The other nodes that a node is linked to, by row, with the link that says
/// most and its weight.
fn links(view: &View, positions: &[usize], row: usize, at: usize) -> BTreeMap<usize, (Link, f32)> {
    let mut links = BTreeMap::new();
    for (other, &position) in positions.iter().enumerate() {
        let link = match position as isize - at as isize {
            -1 => Link::Previous,
            1 => Link::Next,
            -2 | 2 => Link::Near,
            _ => continue,
        };
        if view.turns[position].session == view.turns[at].session {
            links.insert(other, (link, 1.0));
        }
    }
    let here = view.turns[at].id;
    for neighbour in view.graph.neighbours(here) {
        let Some((other, link)) = row_of(view, positions, &neighbour).zip(link(here, &neighbour))
        else {
            continue;
        };
        let better = |known: &(Link, f32)| link < known.0 || known.0 > Link::Near;
        if other != row && links.get(&other).is_none_or(better) {
            links.insert(other, (link, neighbour.weight));
        }
    }
    links
}

fn row_of(view: &View, positions: &[usize], neighbour: &Neighbour) -> Option<usize> {
    positions
        .binary_search_by_key(&neighbour.turn, |&at| view.turns[at].id)
        .ok()
}

fn link(here: TurnId, neighbour: &Neighbour) -> Option<Link> {
    Some(match neighbour.kind {
        EdgeKind::Corrects if neighbour.turn < here => Link::Corrects,
        EdgeKind::Corrects => Link::CorrectedBy,
        EdgeKind::Contradicts => Link::Contradicts,
        EdgeKind::Answers => Link::Answers,
        EdgeKind::SameSpeaker => Link::SameSpeaker,
        EdgeKind::Mentions => Link::Mentions,
        EdgeKind::Similar => Link::Similar,
        EdgeKind::SharesTerm => Link::SharesTerm,
        // The neighbours in time are known from their position.
        _ => return None,
    })
}

/// How strong the link is, how far apart the turns stand in turns, whether in
/// one sitting, and whether one side says both.
fn edge(view: &View, at: usize, other: usize, weight: f32) -> [f32; EDGE] {
    let (a, b) = (&view.turns[at], &view.turns[other]);
    let same_speaker = a.role == b.role && a.speaker == b.speaker;
    [
        weight,
        (at.abs_diff(other) as f32).ln_1p() / 6.0,
        f32::from(u8::from(a.session == b.session)),
        f32::from(u8::from(same_speaker)),
    ]
}
