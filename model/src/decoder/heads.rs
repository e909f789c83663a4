//! What some heads attend to while a question is read.

use super::attention::Context;
use super::pages::Pages;
use crate::kernels::attention::{PAGE, Score, first_slots};
use crate::kernels::importance::Importance;
use crate::kernels::lanes;

/// One query head of a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its layer, from 0.
    pub(crate) layer: usize,
    /// Its place among the query heads of the layer, from 0.
    pub(crate) head: usize,
}

/// What tokens attend to through some heads: the mean over the heads.
pub(crate) struct HeadAttention {
    heads: Vec<Head>,
    /// Position of the first of the tokens.
    start: usize,
    /// For each token its attention to each of the first `start` keys.
    rows: Vec<Vec<f32>>,
}

impl HeadAttention {
    /// The attention of `tokens` tokens that are run from position `start` on to the
    /// keys before them.
    pub(crate) fn new(heads: &[Head], start: usize, tokens: usize) -> Self {
        Self {
            heads: heads.to_vec(),
            start,
            rows: vec![vec![0.0; start]; tokens],
        }
    }

    /// Layers that have to run.
    pub(super) fn layers(&self) -> usize {
        let layers = self.heads.iter().map(|head| head.layer + 1);
        layers.max().unwrap_or(0)
    }

    /// `[token][key]`, the keys being those before the first token.
    pub(crate) fn into_rows(self) -> Vec<Vec<f32>> {
        self.rows
    }

    /// Takes in the queries of a layer, `[kv_head][row][group][head_dim]`, rotated and
    /// scaled.
    pub(super) fn take(
        &mut self,
        context: &Context<'_>,
        layer: usize,
        queries: &[f32],
        pages: &Pages,
    ) {
        let rows = queries.len() / (context.kv_heads * context.group * context.head_dim);
        let share = 1.0 / self.heads.len() as f32;
        let of_layer = self.heads.iter().filter(|head| head.layer == layer);
        let of_layer: Vec<usize> = of_layer.map(|head| head.head).collect();
        let first = context.position - self.start;
        let rows_of_step = &mut self.rows[first..][..rows];
        context.team.each_chunk(rows_of_step, 1, |row, attention| {
            for head in &of_layer {
                let (kv_head, member) = (head / context.group, head % context.group);
                let query = (kv_head * rows + row) * context.group + member;
                let query = &queries[query * context.head_dim..][..context.head_dim];
                let seen = context.position + row + 1;
                let shares = shares(context, layer, kv_head, query, pages, seen);
                for (sum, of_head) in attention[0].iter_mut().zip(shares) {
                    *sum += share * of_head;
                }
            }
        });
    }
}

/// The shares of one query's attention that the first `seen` keys get.
fn shares(
    context: &Context<'_>,
    layer: usize,
    kv_head: usize,
    query: &[f32],
    pages: &Pages,
    seen: usize,
) -> Vec<f32> {
    let chosen: Vec<u32> = (0..seen.div_ceil(PAGE) as u32).collect();
    let mut scores = vec![0f32; chosen.len() * PAGE];
    let score = Score {
        queries: query,
        pages: pages.head(layer, kv_head),
        chosen: &chosen,
        out: &mut scores,
    };
    lanes::run(context.isa, score);
    let visible: Vec<u32> = (0..chosen.len())
        .map(|page| first_slots(seen - page * PAGE))
        .collect();
    let mut shares = vec![0f32; scores.len()];
    let importance = Importance {
        scores: &mut scores,
        queries: 1,
        visible: &visible,
        shares: &mut shares,
    };
    lanes::run(context.isa, importance);
    shares
}
