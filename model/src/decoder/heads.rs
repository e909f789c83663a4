//! What some heads attend to while a question is read.

use super::attention::Context;
use super::pages::Pages;
use crate::kernels::attention::{PAGE, Score, first_slots};
use crate::kernels::importance::Importance;
use crate::kernels::lanes;

/// One query head of a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// Its layer, from 0.
    pub layer: usize,
    /// Its place among the query heads of the layer, from 0.
    pub head: usize,
}

/// What tokens attend to through some heads.
pub(crate) struct HeadAttention {
    heads: Vec<Head>,
    /// The keys that are looked at: those before this position.
    keys: usize,
    /// Position of the first of the tokens, and how many they are.
    start: usize,
    tokens: usize,
    /// For each head `[token][key]`.
    shares: Vec<Vec<f32>>,
}

impl HeadAttention {
    /// The attention of `tokens` tokens that are run from position `start` on to the first
    /// `keys` keys, all of which are before them.
    pub(crate) fn new(heads: &[Head], keys: usize, start: usize, tokens: usize) -> Self {
        debug_assert!(keys <= start, "a token does not attend to what follows it");
        Self {
            heads: heads.to_vec(),
            keys,
            start,
            tokens,
            shares: vec![vec![0.0; tokens * keys]; heads.len()],
        }
    }

    /// The mean over the heads: `[token][key]`.
    pub(crate) fn mean(&self) -> Vec<Vec<f32>> {
        let share = 1.0 / self.heads.len() as f32;
        let mut mean = vec![vec![0.0; self.keys]; self.tokens];
        for head in &self.shares {
            for (sums, row) in mean.iter_mut().zip(head.chunks_exact(self.keys.max(1))) {
                for (sum, of_head) in sums.iter_mut().zip(row) {
                    *sum += share * of_head;
                }
            }
        }
        mean
    }

    /// Each head with what it attends to, `[token][key]`.
    pub(crate) fn by_head(self) -> impl Iterator<Item = (Head, Vec<Vec<f32>>)> {
        let keys = self.keys.max(1);
        let rows = move |shares: Vec<f32>| shares.chunks_exact(keys).map(<[f32]>::to_vec).collect();
        let shares = self.shares.into_iter().map(rows);
        self.heads.into_iter().zip(shares)
    }

    /// What one token attends to through a mixture of heads, each with what it counts.
    pub(crate) fn mixed(&self, token: usize, mixture: &[(Head, f32)]) -> Vec<f32> {
        let mut mixed = vec![0.0; self.keys];
        for (head, share) in mixture {
            let Some(place) = self.heads.iter().position(|other| other == head) else {
                continue;
            };
            let row = &self.shares[place][token * self.keys..][..self.keys];
            for (sum, of_head) in mixed.iter_mut().zip(row) {
                *sum += share * of_head;
            }
        }
        mixed
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
        if self.keys == 0 {
            return;
        }
        let rows = queries.len() / (context.kv_heads * context.group * context.head_dim);
        let first = context.position - self.start;
        let of_layer = self.heads.iter().zip(&mut self.shares);
        for (head, of_head) in of_layer.filter(|(head, _)| head.layer == layer) {
            let (kv_head, member) = (head.head / context.group, head.head % context.group);
            let of_step = &mut of_head[first * self.keys..][..rows * self.keys];
            context.team.each_chunk(of_step, self.keys, |row, of_row| {
                let query = (kv_head * rows + row) * context.group + member;
                let query = &queries[query * context.head_dim..][..context.head_dim];
                let seen = context.position + row + 1;
                let shares = shares(context, layer, kv_head, query, pages, seen);
                of_row.copy_from_slice(&shares[..self.keys]);
            });
        }
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
