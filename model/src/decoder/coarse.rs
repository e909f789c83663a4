//! Sparse attention over keys and values in 8 bits.

use std::ops::Range;

use super::attention::{Context, pages_of};
use super::measure::{Meter, Outcome};
use super::pages::Pages;
use super::select::Choice;
use crate::attention::{Attention, Precision, Sparse};
use crate::kernels::attention::{PAGE, Score, first_slots};
use crate::kernels::coarse::ScoreCoarse;
use crate::kernels::importance::Importance;
use crate::kernels::lanes;
use crate::kernels::weighted::AttendWeighted;

/// Pages that one task scores, or of which it reads values: fixed, so that the sums of
/// parts are the same for any number of threads.
const PART: usize = 32;

/// What one key head of one layer reads.
struct Head {
    scored: Vec<u32>,
    /// Scores, then weights relative to the highest score of their query, `[page][query][PAGE]`.
    weights: Vec<f32>,
    /// A page with the slots to read.
    chosen: Vec<(u32, u32)>,
    mass_kept: f32,
}

/// The values of some pages of a head, summed.
struct Part<'a> {
    head: usize,
    chosen: &'a [(u32, u32)],
    weights: &'a [f32],
    sums: Vec<f32>,
    out: Vec<f32>,
    outcome: Outcome,
}

impl Context<'_> {
    /// Whether keys and values are read in 8 bits.
    pub(super) fn reads_coarse(&self, sparse: &Sparse) -> bool {
        sparse.precision == Precision::Bytes && !sparse.budget.is_whole()
    }

    /// Brings keys and values of a layer to 8 bits where the new tokens, of which there are `keys`
    /// values, are to read them so.
    pub(super) fn coarsen(&self, layer: usize, keys: usize, pages: &mut Pages) {
        let seen = self.position + 1;
        let Attention::Sparse(sparse) = self.attention else {
            return;
        };
        let alone = keys == self.kv_heads * self.head_dim;
        let chooses = alone && seen >= sparse.dense_below && layer >= sparse.dense_layers;
        if chooses && self.reads_coarse(&sparse) {
            pages.coarsen(layer, seen, self.team, self.isa);
        }
    }

    pub(super) fn sparse_coarse(
        &self,
        sparse: &Sparse,
        layer: usize,
        queries: &[f32],
        pages: &Pages,
        meter: &mut Meter,
    ) -> Vec<f32> {
        let seen = self.position + 1;
        let width = self.group * self.head_dim;
        let mut heads: Vec<Head> = self
            .candidates(sparse, layer, queries, pages)
            .into_iter()
            .map(|scored| Head {
                weights: vec![0f32; scored.len() * self.group * PAGE],
                scored,
                chosen: Vec::new(),
                mass_kept: 0.0,
            })
            .collect();
        self.score(layer, queries, pages, &mut heads);

        let choice = Choice::new(sparse.budget, seen, self.group as f32);
        let measures = meter.measures_mass();
        self.team.each_chunk(&mut heads, 1, |kv_head, head| {
            let head = &mut head[0];
            self.choose(sparse, choice, head);
            if measures {
                let queries = &queries[kv_head * width..][..width];
                head.mass_kept = self.exact_mass(layer, kv_head, queries, pages, &head.chosen);
            }
        });

        let size = self.group * PAGE;
        let mut parts: Vec<Part<'_>> = Vec::new();
        for (at, head) in heads.iter().enumerate() {
            let weights = head.weights.chunks(PART * size);
            let chosen = head.chosen.chunks(PART);
            parts.extend(chosen.zip(weights).map(|(chosen, weights)| Part {
                head: at,
                chosen,
                weights,
                sums: vec![0.0; self.group],
                out: vec![0.0; width],
                outcome: Outcome::default(),
            }));
        }
        self.team.each_chunk(&mut parts, 1, |_, part| {
            let part = &mut part[0];
            let whole = (seen / PAGE) as u32;
            let attend = AttendWeighted {
                pages: pages.head(layer, part.head),
                coarse: (whole > 0).then(|| (pages.coarse_values(layer, part.head), whole)),
                weights: part.weights,
                chosen: part.chosen,
                sums: &mut part.sums,
                out: &mut part.out,
            };
            part.outcome.reads = lanes::run(self.isa, attend);
        });

        let spans = meter.spans(layer);
        let mut out = vec![0f32; queries.len()];
        let mut outcomes = Vec::with_capacity(heads.len());
        for (at, head) in heads.iter().enumerate() {
            let out = &mut out[at * width..][..width];
            let mut sums = vec![0f32; self.group];
            let mut outcome = Outcome {
                scored: head.scored.len() as u64,
                coarse: head
                    .scored
                    .partition_point(|page| (*page as usize) < seen / PAGE)
                    as u64,
                mass_kept: head.mass_kept,
                ..Outcome::default()
            };
            for part in parts.iter().filter(|part| part.head == at) {
                add(&mut sums, &part.sums);
                add(out, &part.out);
                outcome.reads.pairs += part.outcome.reads.pairs;
                outcome.reads.pages += part.outcome.reads.pages;
            }
            for (out, sum) in out.chunks_exact_mut(self.head_dim).zip(&sums) {
                out.iter_mut().for_each(|out| *out /= sum);
            }
            if let Some(spans) = spans {
                let share = |span| share_of(span, &head.chosen, &head.weights, &sums);
                outcome.spans = spans.iter().map(share).collect();
            }
            outcomes.push(outcome);
        }
        meter.take(layer, 1, self, outcomes.into_iter());
        out
    }

    /// Scores the pages of all heads: whole ones in 8 bits, the last one, which grows
    /// yet, as it is.
    fn score(&self, layer: usize, queries: &[f32], pages: &Pages, heads: &mut [Head]) {
        let width = self.group * self.head_dim;
        let size = self.group * PAGE;
        let whole = (self.position + 1) / PAGE;
        let mut parts: Vec<_> = heads
            .iter_mut()
            .enumerate()
            .flat_map(|(kv_head, head)| {
                let pages = head.scored.chunks(PART);
                let parts = pages.zip(head.weights.chunks_mut(PART * size));
                parts.map(move |(pages, out)| (kv_head, pages, out))
            })
            .collect();
        self.team.each_chunk(&mut parts, 1, |_, part| {
            let (kv_head, scored, out) = &mut part[0];
            let queries = &queries[*kv_head * width..][..width];
            let whole = scored.partition_point(|page| (*page as usize) < whole);
            let (coarse, last) = out.split_at_mut(whole * size);
            if whole > 0 {
                let score = ScoreCoarse {
                    queries,
                    pages: pages.coarse_keys(layer, *kv_head),
                    chosen: &scored[..whole],
                    out: coarse,
                };
                lanes::run(self.isa, score);
            }
            let score = Score {
                queries,
                pages: pages.head(layer, *kv_head),
                chosen: &scored[whole..],
                out: last,
            };
            lanes::run(self.isa, score);
        });
    }

    /// Turns the scores of a head into weights and chooses by them.
    fn choose(&self, sparse: &Sparse, choice: Choice, head: &mut Head) {
        let seen = self.position + 1;
        let visible: Vec<u32> = head
            .scored
            .iter()
            .map(|page| first_slots(seen - *page as usize * PAGE))
            .collect();
        let forced: Vec<u32> = head
            .scored
            .iter()
            .map(|page| self.forced(sparse, *page as usize))
            .collect();
        let mut shares = vec![0f32; head.scored.len() * PAGE];
        let importance = Importance {
            scores: &mut head.weights,
            queries: self.group,
            visible: &visible,
            shares: &mut shares,
        };
        lanes::run(self.isa, importance);
        let mut masks = Vec::new();
        choice.choose(self.isa, &shares, &visible, &forced, &mut masks);
        head.chosen = head.scored.iter().copied().zip(masks).collect();
    }

    /// The share of attention that chosen keys hold, by the scores of all keys as they
    /// are kept.
    fn exact_mass(
        &self,
        layer: usize,
        kv_head: usize,
        queries: &[f32],
        pages: &Pages,
        chosen: &[(u32, u32)],
    ) -> f32 {
        let seen = self.position + 1;
        let all: Vec<u32> = (0..seen.div_ceil(PAGE) as u32).collect();
        let visible: Vec<u32> = all
            .iter()
            .map(|page| first_slots(seen - *page as usize * PAGE))
            .collect();
        let mut scores = vec![0f32; all.len() * self.group * PAGE];
        let score = Score {
            queries,
            pages: pages.head(layer, kv_head),
            chosen: &all,
            out: &mut scores,
        };
        lanes::run(self.isa, score);
        let mut shares = vec![0f32; all.len() * PAGE];
        let importance = Importance {
            scores: &mut scores,
            queries: self.group,
            visible: &visible,
            shares: &mut shares,
        };
        lanes::run(self.isa, importance);
        let held = chosen.iter().flat_map(|(page, mask)| {
            let slots = (0..PAGE).filter(move |slot| mask >> slot & 1 == 1);
            slots.map(move |slot| *page as usize * PAGE + slot)
        });
        held.map(|key| shares[key]).sum::<f32>() / self.group as f32
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// The attention of all queries to a span, from the weights of the chosen keys.
fn share_of(span: &Range<usize>, chosen: &[(u32, u32)], weights: &[f32], sums: &[f32]) -> f32 {
    let size = sums.len() * PAGE;
    let first = chosen.partition_point(|(page, _)| (*page as usize) < span.start / PAGE);
    let pages = chosen[first..].iter().zip(first..);
    let inside = pages.take_while(|((page, _), _)| (*page as usize) < pages_of(span).end);
    let mut share = 0.0;
    for ((page, mask), at) in inside {
        let start = *page as usize * PAGE;
        let slots = first_slots(span.end.saturating_sub(start))
            & !first_slots(span.start.saturating_sub(start))
            & mask;
        for slot in (0..PAGE).filter(|slot| slots >> slot & 1 == 1) {
            for (query, sum) in sums.iter().enumerate() {
                share += weights[at * size + query * PAGE + slot] / sum;
            }
        }
    }
    share
}
