//! How much of what came before the decoder reads.

use serde::{Deserialize, Serialize};

/// How the decoder attends to the tokens before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// Every token reads every token before it.
    Dense,
    /// Every token reads those that matter to it.
    Sparse(Sparse),
}

impl Default for Attention {
    fn default() -> Self {
        Self::Sparse(Sparse::default())
    }
}

/// Dynamic sparse attention: for every generated token, layer and key head anew,
/// the positions are chosen whose values are read. Sinks and window (Xiao et al.,
/// 2023, arXiv:2309.17453) and the spans in focus always are; the others by their
/// exact scores, within the pages whose bounds promise most where the sequence is
/// long (Tang et al., 2024, arXiv:2406.10774). The queries of a group choose together.
///
/// While a prompt is read, pages are left out whose scores are all [`skip`](Self::skip)
/// below the highest so far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sparse {
    /// How many positions are read.
    pub budget: Budget,
    /// Sequences of fewer tokens are read whole.
    pub dense_below: usize,
    /// The first layers, which are read whole.
    pub dense_layers: usize,
    /// The first tokens, always read.
    pub sinks: usize,
    /// The last tokens, always read.
    pub window: usize,
    /// Whether the spans in focus are always read.
    pub focus: bool,
    /// Which pages are scored key by key.
    pub candidates: Candidates,
    /// How precisely keys and values are read while tokens are written.
    pub precision: Precision,
    /// While a prompt is read: how far below the highest score, in nats, a page
    /// must be to be left out; `None` reads all.
    pub skip: Option<f32>,
}

impl Default for Sparse {
    fn default() -> Self {
        Self {
            budget: Budget::default(),
            dense_below: 1024,
            dense_layers: 0,
            sinks: 4,
            window: 64,
            focus: true,
            candidates: Candidates::default(),
            precision: Precision::default(),
            skip: Some(9.0),
        }
    }
}

/// The fewest positions that hold a share of the attention, within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// The share of attention to hold, 0 to 1.
    pub mass: f32,
    /// At least this share of the positions is read.
    pub least: f32,
    /// At most this share of the positions is read.
    pub most: f32,
}

impl Budget {
    /// A fixed share of the positions.
    pub const fn share(share: f32) -> Self {
        Self {
            mass: 1.0,
            least: share,
            most: share,
        }
    }

    /// As many positions as hold a share of the attention.
    pub const fn mass(mass: f32) -> Self {
        Self {
            mass,
            least: 0.0,
            most: 1.0,
        }
    }
}

impl Budget {
    /// Whether everything is read.
    pub(crate) fn is_whole(self) -> bool {
        self.least >= 1.0 || (self.mass >= 1.0 && self.most >= 1.0)
    }
}

impl Default for Budget {
    /// What holds 98% of the attention.
    fn default() -> Self {
        Self::mass(0.98)
    }
}

/// Which pages are scored key by key: those with the highest bounds on their scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidates {
    /// Sequences of at most this many tokens are scored whole.
    pub all_below: usize,
    /// Past that, this share of the pages is.
    pub share: f32,
}

impl Default for Candidates {
    fn default() -> Self {
        Self {
            all_below: 8192,
            share: 0.7,
        }
    }
}

/// How precisely keys and values are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// As they are kept.
    #[default]
    Halves,
    /// In 8 bits, with a scale for each dimension of a page of keys and for each value:
    /// half of the bytes. They are made once, beside what is kept. A budget that leaves
    /// nothing out never reads these, so that it gives what dense attention gives.
    Bytes,
}

/// What attention read, over all layers and heads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttentionStats {
    /// Pairs of a query and a key whose value was read, a mean over layers and
    /// heads.
    pub pairs: f64,
    /// The pairs of dense causal attention.
    pub causal_pairs: f64,
    /// Pages of which values were read, a sum over layers and key heads.
    pub pages: u64,
    /// Bytes of keys, summaries and values that were read.
    pub bytes: u64,
    /// The share of attention that what was read holds, a mean over layers and
    /// heads; only where it was measured.
    pub mass_kept: Option<f64>,
}
