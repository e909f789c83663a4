//! What attention read, and where it went.

use std::ops::Range;

use super::attention::Context;
use super::heads::HeadAttention;
use crate::attention::AttentionStats;
use crate::kernels::attention::{PAGE, Reads};

/// What one task of one layer did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) reads: Reads,
    /// Pages of which every key was scored, where that differs from those read.
    pub(crate) scored: u64,
    /// Those of them that were scored in 8 bits.
    pub(crate) coarse: u64,
    /// The share of attention that the chosen keys hold.
    pub(crate) mass_kept: f32,
    /// For each span, the attention that went there, summed over queries.
    pub(crate) spans: Vec<f32>,
}

/// Counts reads, and measures how much attention went to spans of positions.
///
/// Spans are measured while single tokens run, over the layers from one third of
/// the depth on: the first ones attend to neighbours and sinks, whatever the text
/// says.
#[derive(Default)]
pub(crate) struct Meter {
    spans: Vec<Range<usize>>,
    first_layer: usize,
    shares: Vec<f32>,
    /// Queries whose shares were added.
    queries: usize,
    reads: Counts,
    measure_mass: bool,
    /// What some heads attend to, where that is asked for.
    pub(super) looking: Option<HeadAttention>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    pairs: f64,
    causal_pairs: f64,
    pages: u64,
    bytes: u64,
    mass: f64,
    masses: u64,
}

impl Meter {
    /// Measures these spans from now on, for a decoder of so many layers.
    pub(crate) fn measure(&mut self, spans: Vec<Range<usize>>, layers: usize) {
        self.shares = vec![0.0; spans.len()];
        self.queries = 0;
        self.spans = spans;
        self.first_layer = layers / 3;
    }

    /// Scores every page, so that what is left out is known.
    pub(crate) fn measuring_mass(self) -> Self {
        Self {
            measure_mass: true,
            ..self
        }
    }

    /// Measures what some heads attend to.
    pub(super) fn looking(heads: HeadAttention) -> Self {
        Self {
            looking: Some(heads),
            ..Self::default()
        }
    }

    /// What they attended to.
    ///
    /// # Panics
    ///
    /// If it did not measure that.
    pub(super) fn into_looking(self) -> HeadAttention {
        self.looking.expect("the heads that it looks with")
    }

    pub(super) fn measures_mass(&self) -> bool {
        self.measure_mass
    }

    /// The spans to measure in a layer.
    pub(super) fn spans(&self, layer: usize) -> Option<&[Range<usize>]> {
        (layer >= self.first_layer && !self.spans.is_empty()).then_some(&self.spans)
    }

    pub(super) fn take(
        &mut self,
        layer: usize,
        rows: usize,
        context: &Context<'_>,
        outcomes: impl Iterator<Item = Outcome>,
    ) {
        let heads = (context.kv_heads * context.group) as f64;
        let seen = (context.position + 1..=context.position + rows).sum::<usize>();
        self.reads.causal_pairs += seen as f64;
        let measured = self.spans(layer).is_some();
        for outcome in outcomes {
            self.reads.pairs += outcome.reads.pairs as f64 / heads;
            self.reads.pages += outcome.reads.pages;
            let keys = match outcome.scored {
                0 => outcome.reads.pages,
                scored => scored,
            };
            let head_dim = context.head_dim as u64;
            self.reads.bytes += (keys - outcome.coarse) * 2 * PAGE as u64 * head_dim
                // A byte a key, and two half floats a dimension.
                + outcome.coarse * (PAGE as u64 + 4) * head_dim
                + match outcome.coarse {
                    0 => outcome.reads.bytes(context.group, context.head_dim),
                    // A byte a dimension and two half floats; as if the last page, which
                    // is read as it is kept, were in 8 bits as well.
                    _ => outcome.reads.pairs / context.group as u64 * (head_dim + 4),
                };
            if outcome.scored > 0 {
                self.reads.mass += f64::from(outcome.mass_kept);
                self.reads.masses += 1;
            }
            if measured && !outcome.spans.is_empty() {
                for (share, more) in self.shares.iter_mut().zip(&outcome.spans) {
                    *share += more;
                }
                self.queries += context.group;
            }
        }
    }

    /// The mean share of attention that went to each span since the last call.
    pub(crate) fn shares(&mut self) -> Vec<f32> {
        let queries = std::mem::take(&mut self.queries).max(1) as f32;
        let shares = std::mem::replace(&mut self.shares, vec![0.0; self.spans.len()]);
        shares.into_iter().map(|share| share / queries).collect()
    }

    /// What was read so far by a decoder of so many layers.
    pub(crate) fn stats(&self, layers: usize) -> AttentionStats {
        AttentionStats {
            pairs: self.reads.pairs / layers as f64,
            causal_pairs: self.reads.causal_pairs / layers as f64,
            pages: self.reads.pages,
            bytes: self.reads.bytes,
            mass_kept: (self.measure_mass && self.reads.masses > 0)
                .then(|| self.reads.mass / self.reads.masses as f64),
        }
    }
}
