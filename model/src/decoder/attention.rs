//! Attention of new tokens over the pages of a layer, dense or sparse, with grouped
//! queries (Ainslie et al., 2023, arXiv:2305.13245): the queries of a group read
//! the keys that they share together.

use std::ops::Range;

use super::adapter::Adapter;
use super::measure::{Meter, Outcome};
use super::pages::{Bound, Pages};
use super::rope::Rope;
use super::select::Choice;
use crate::attention::{Attention, Sparse};
use crate::kernels::attention::{
    Attend, AttendChosen, HeadPages, PAGE, Reads, Score, Softmax, first_slots,
};
use crate::kernels::importance::Importance;
use crate::kernels::{Isa, Team, lanes};

/// Rows of a prompt that one task reads together.
const TILE: usize = 16;
/// Pages that one task scores.
const SCORED: usize = 64;

/// What the layers of one pass have in common.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) team: &'a Team,
    pub(crate) isa: Isa,
    pub(crate) rope: &'a Rope,
    pub(crate) attention: Attention,
    /// Positions that are always read.
    pub(crate) focus: &'a [Range<usize>],
    /// What is added to the projections of the new tokens.
    pub(crate) adapter: Option<&'a Adapter>,
    /// Position of the first new token of the run that attends, as [`at`](Self::at) has it.
    pub(crate) position: usize,
    pub(crate) kv_heads: usize,
    pub(crate) group: usize,
    pub(crate) head_dim: usize,
}

impl Context<'_> {
    /// The same for new tokens from this position on.
    pub(super) fn at(&self, position: usize) -> Self {
        Self { position, ..*self }
    }

    /// Attends with queries `[kv_head][row][group][head_dim]`, rotated and scaled, of
    /// tokens whose keys are already in the pages. What is read has the same shape.
    pub(crate) fn attend(
        &self,
        layer: usize,
        queries: &[f32],
        pages: &Pages,
        meter: &mut Meter,
    ) -> Vec<f32> {
        if let Some(heads) = &mut meter.looking {
            heads.take(self, layer, queries, pages);
        }
        let rows = queries.len() / (self.kv_heads * self.group * self.head_dim);
        let seen = self.position + rows;
        match self.attention {
            Attention::Sparse(sparse)
                if rows == 1 && seen >= sparse.dense_below && layer >= sparse.dense_layers =>
            {
                match self.reads_coarse(&sparse) {
                    true => self.sparse_coarse(&sparse, layer, queries, pages, meter),
                    false => self.sparse(&sparse, layer, queries, pages, meter),
                }
            }
            Attention::Sparse(sparse) if seen >= sparse.dense_below => {
                let skip = sparse.skip.unwrap_or(f32::INFINITY);
                self.dense(layer, queries, rows, pages, skip, meter)
            }
            _ => self.dense(layer, queries, rows, pages, f32::INFINITY, meter),
        }
    }

    fn dense(
        &self,
        layer: usize,
        queries: &[f32],
        rows: usize,
        pages: &Pages,
        skip: f32,
        meter: &mut Meter,
    ) -> Vec<f32> {
        let mut out = vec![0f32; queries.len()];
        let width = self.group * self.head_dim;
        let spans = meter.spans(layer).filter(|_| rows == 1);
        let mut tasks: Vec<_> = out
            .chunks_mut(rows * width)
            .enumerate()
            .flat_map(|(kv_head, out)| {
                let tiles = out.chunks_mut(TILE * width).enumerate();
                tiles.map(move |(tile, out)| (kv_head, tile * TILE, out, Outcome::default()))
            })
            .collect();
        self.team.each_chunk(&mut tasks, 1, |_, task| {
            let (kv_head, row, out, outcome) = &mut task[0];
            let start = (*kv_head * rows + *row) * width;
            let queries = &queries[start..][..out.len()];
            let head = pages.head(layer, *kv_head);
            let mut states = vec![Softmax::EMPTY; out.len() / self.head_dim];
            outcome.reads = lanes::run(
                self.isa,
                Attend {
                    queries,
                    pages: head,
                    visible: self.position + *row + 1,
                    group: self.group,
                    skip,
                    states: &mut states,
                    out,
                },
            );
            if let Some(spans) = spans {
                outcome.spans = self.shares_of(spans, queries, head, &states);
            }
        });
        let outcomes = tasks.into_iter().map(|(_, _, _, outcome)| outcome);
        meter.take(layer, rows, self, outcomes);
        out
    }

    /// The attention of the queries of one position to each of some spans.
    fn shares_of(
        &self,
        spans: &[Range<usize>],
        queries: &[f32],
        head: HeadPages<'_>,
        states: &[Softmax],
    ) -> Vec<f32> {
        let size = states.len() * PAGE;
        let share = |span: &Range<usize>| {
            // A span may reach past what is there yet.
            let span = &(span.start..span.end.min(self.position + 1));
            let pages: Vec<u32> = pages_of(span).map(|page| page as u32).collect();
            let mut scores = vec![0f32; pages.len() * size];
            let score = Score {
                queries,
                pages: head,
                chosen: &pages,
                out: &mut scores,
            };
            lanes::run(self.isa, score);
            let keys = span.clone().flat_map(|at| {
                let page = &scores[(at / PAGE - pages[0] as usize) * size..];
                let queries = states.iter().enumerate();
                queries.map(move |(query, state)| state.share(page[query * PAGE + at % PAGE]))
            });
            keys.sum()
        };
        spans.iter().map(share).collect()
    }

    fn sparse(
        &self,
        sparse: &Sparse,
        layer: usize,
        queries: &[f32],
        pages: &Pages,
        meter: &mut Meter,
    ) -> Vec<f32> {
        let seen = self.position + 1;
        let width = self.group * self.head_dim;
        let candidates = self.candidates(sparse, layer, queries, pages);
        // To know what is left out, all pages are scored; chosen are candidates alone.
        let scored = match meter.measures_mass() {
            true => vec![(0..seen.div_ceil(PAGE) as u32).collect(); self.kv_heads],
            false => candidates.clone(),
        };
        let size = self.group * PAGE;
        let mut scores: Vec<Vec<f32>> = scored
            .iter()
            .map(|pages| vec![0f32; pages.len() * size])
            .collect();
        let mut parts: Vec<_> = scores
            .iter_mut()
            .enumerate()
            .flat_map(|(kv_head, scores)| {
                let pages = scored[kv_head].chunks(SCORED);
                let parts = pages.zip(scores.chunks_mut(SCORED * size));
                parts.map(move |(pages, scores)| (kv_head, pages, scores))
            })
            .collect();
        self.team.each_chunk(&mut parts, 1, |_, part| {
            let (kv_head, chosen, out) = &mut part[0];
            let score = Score {
                queries: &queries[*kv_head * width..][..width],
                pages: pages.head(layer, *kv_head),
                chosen,
                out,
            };
            lanes::run(self.isa, score);
        });

        let spans = meter.spans(layer);
        let choice = Choice::new(sparse.budget, seen, self.group as f32);
        let mut out = vec![0f32; queries.len()];
        let mut tasks: Vec<_> = out
            .chunks_mut(width)
            .zip(&scored)
            .zip(scores)
            .map(|((out, scored), scores)| (out, scored, scores, Outcome::default()))
            .collect();
        self.team.each_chunk(&mut tasks, 1, |kv_head, task| {
            let (out, scored, scores, outcome) = &mut task[0];
            let visible: Vec<u32> = scored
                .iter()
                .map(|page| first_slots(seen - *page as usize * PAGE))
                .collect();
            let mut shares = vec![0f32; scored.len() * PAGE];
            let importance = Importance {
                scores: &mut scores.clone(),
                queries: self.group,
                visible: &visible,
                shares: &mut shares,
            };
            lanes::run(self.isa, importance);
            let open: Vec<u32> = scored
                .iter()
                .zip(&visible)
                .map(
                    |(page, slots)| match candidates[kv_head].binary_search(page) {
                        Ok(_) => *slots,
                        Err(_) => 0,
                    },
                )
                .collect();
            let forced: Vec<u32> = scored
                .iter()
                .map(|page| self.forced(sparse, *page as usize))
                .collect();
            let mut masks = Vec::new();
            let kept = choice.choose(self.isa, &shares, &open, &forced, &mut masks);
            outcome.mass_kept = kept / self.group as f32;
            let chosen: Vec<(u32, u32)> = scored.iter().copied().zip(masks).collect();
            let mut states = vec![Softmax::EMPTY; self.group];
            outcome.reads = lanes::run(
                self.isa,
                AttendChosen {
                    pages: pages.head(layer, kv_head),
                    scores,
                    chosen: &chosen,
                    states: &mut states,
                    out,
                },
            );
            outcome.scored = scored.len() as u64;
            if let Some(spans) = spans {
                outcome.spans = chosen_shares(spans, &chosen, scores, &states);
            }
        });
        let outcomes = tasks.into_iter().map(|(_, _, _, outcome)| outcome);
        meter.take(layer, 1, self, outcomes);
        out
    }

    /// The pages to score for each key head: all, or those with the highest bounds
    /// and those that are read in any case.
    pub(super) fn candidates(
        &self,
        sparse: &Sparse,
        layer: usize,
        queries: &[f32],
        pages: &Pages,
    ) -> Vec<Vec<u32>> {
        let seen = self.position + 1;
        let count = seen.div_ceil(PAGE);
        if seen <= sparse.candidates.all_below {
            return vec![(0..count as u32).collect(); self.kv_heads];
        }
        let mut candidates = vec![Vec::new(); self.kv_heads];
        self.team
            .each_chunk(&mut candidates, 1, |kv_head, candidates| {
                let width = self.group * self.head_dim;
                let queries = &queries[kv_head * width..][..width];
                let forced: Vec<u32> = (0..count)
                    .collect::<Vec<_>>()
                    .chunks(PAGE)
                    .map(|pages| {
                        let bits = pages.iter().enumerate();
                        bits.filter(|(_, page)| self.forced(sparse, **page) != 0)
                            .fold(0, |mask, (bit, _)| mask | 1 << bit)
                    })
                    .collect();
                let visible: Vec<u32> = (0..forced.len())
                    .map(|block| first_slots(count - block * PAGE))
                    .collect();
                let mut shares = vec![0f32; forced.len() * PAGE];
                let importance = Importance {
                    scores: &mut self.bounds(layer, kv_head, queries, pages, forced.len()),
                    queries: self.group,
                    visible: &visible,
                    shares: &mut shares,
                };
                lanes::run(self.isa, importance);
                let least = (f64::from(sparse.candidates.share) * count as f64).ceil() as usize;
                let choice = Choice {
                    least,
                    most: least,
                    mass: 0.0,
                    floor: 0.0,
                };
                let mut masks = Vec::new();
                choice.choose(self.isa, &shares, &visible, &forced, &mut masks);
                let pages = (0..count).filter(|page| masks[page / PAGE] >> (page % PAGE) & 1 == 1);
                candidates[0] = pages.map(|page| page as u32).collect();
            });
        candidates
    }

    /// Bounds on the scores of pages, `[block of pages][query][PAGE]`: a dimension of
    /// a query meets the greatest of the keys where it is positive, else the least.
    fn bounds(
        &self,
        layer: usize,
        kv_head: usize,
        queries: &[f32],
        pages: &Pages,
        blocks: usize,
    ) -> Vec<f32> {
        let chosen: Vec<u32> = (0..blocks as u32).collect();
        let score = |bound, part: &dyn Fn(f32) -> f32| {
            let queries: Vec<f32> = queries.iter().map(|q| part(*q)).collect();
            let mut out = vec![0f32; blocks * self.group * PAGE];
            let score = Score {
                queries: &queries,
                pages: pages.bounds(layer, kv_head, bound),
                chosen: &chosen,
                out: &mut out,
            };
            lanes::run(self.isa, score);
            out
        };
        let mut sums = score(Bound::Greatest, &|q| q.max(0.0));
        for (sum, least) in sums.iter_mut().zip(score(Bound::Least, &|q| q.min(0.0))) {
            *sum += least;
        }
        sums
    }

    /// Slots of a page that are read in any case.
    pub(super) fn forced(&self, sparse: &Sparse, page: usize) -> u32 {
        let seen = self.position + 1;
        let focus = self.focus.iter().filter(|_| sparse.focus);
        [0..sparse.sinks, seen.saturating_sub(sparse.window)..seen]
            .iter()
            .chain(focus)
            .fold(0, |mask, span| {
                let slot = |at: usize| at.saturating_sub(page * PAGE);
                mask | (first_slots(slot(span.end)) & !first_slots(slot(span.start)))
            })
    }
}

/// Pages that a span of positions lies in.
pub(super) fn pages_of(span: &Range<usize>) -> Range<usize> {
    span.start / PAGE..span.end.div_ceil(PAGE)
}

/// The attention that went to each span, from the scores of the chosen keys.
fn chosen_shares(
    spans: &[Range<usize>],
    chosen: &[(u32, u32)],
    scores: &[f32],
    states: &[Softmax],
) -> Vec<f32> {
    let size = states.len() * PAGE;
    let share = |span: &Range<usize>| {
        let first = chosen.partition_point(|(page, _)| (*page as usize) < span.start / PAGE);
        let pages = chosen[first..].iter().zip(first..);
        let inside = pages.take_while(|((page, _), _)| (*page as usize) < pages_of(span).end);
        let mut sum = 0.0;
        for ((page, mask), at) in inside {
            let start = *page as usize * PAGE;
            let slots = first_slots(span.end.saturating_sub(start))
                & !first_slots(span.start.saturating_sub(start))
                & mask;
            for slot in (0..PAGE).filter(|slot| slots >> slot & 1 == 1) {
                for (query, state) in states.iter().enumerate() {
                    sum += state.share(scores[at * size + query * PAGE + slot]);
                }
            }
        }
        sum
    };
    spans.iter().map(share).collect()
}

impl Reads {
    /// Bytes of values.
    pub(crate) fn bytes(&self, group: usize, head_dim: usize) -> u64 {
        self.pairs / group as u64 * 2 * head_dim as u64
    }
}
