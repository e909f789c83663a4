//! How an answer comes of what was told.

use serde::{Deserialize, Serialize};

/// How an answer comes of what was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Manner {
    /// As it was told.
    Told,
    Sum,
    Difference,
    /// Three or more figures, some of them taken off.
    Balance,
    Product,
    Share,
    /// What a share leaves, or adds, or a share of what two figures come to.
    ShareLeft,
    /// Products with something added or taken off.
    Mixed,
    Quotient,
    /// The time between two days.
    Between,
    /// A day so long after or before another.
    After,
    Before,
}

impl Manner {
    pub(crate) const ALL: [Self; 12] = [
        Self::Told,
        Self::Sum,
        Self::Difference,
        Self::Balance,
        Self::Product,
        Self::Share,
        Self::ShareLeft,
        Self::Mixed,
        Self::Quotient,
        Self::Between,
        Self::After,
        Self::Before,
    ];

    /// Whether it is done with figures.
    pub(crate) fn is_of_figures(self) -> bool {
        !matches!(
            self,
            Self::Told | Self::Between | Self::After | Self::Before
        )
    }

    /// Its place among all.
    pub(crate) fn place(self) -> usize {
        Self::ALL
            .iter()
            .position(|other| *other == self)
            .unwrap_or_default()
    }
}

/// What is done with figures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steps {
    pub(crate) adds: bool,
    /// How often something is taken off.
    pub(crate) taken: usize,
    pub(crate) times: bool,
    /// Whether any figure is a share.
    pub(crate) shares: bool,
    /// Whether anything is divided.
    pub(crate) parts: bool,
}

impl Steps {
    /// What that is called; `None` if nothing is done.
    pub(crate) fn manner(self) -> Option<Manner> {
        let changes = self.adds || self.taken > 0;
        Some(match self {
            Self { shares: true, .. } if changes => Manner::ShareLeft,
            Self { shares: true, .. } => Manner::Share,
            Self { parts: true, .. } => Manner::Quotient,
            Self { times: true, .. } if changes => Manner::Mixed,
            Self { times: true, .. } => Manner::Product,
            Self { adds, taken, .. } if adds && taken > 0 || taken > 1 => Manner::Balance,
            Self { taken: 1, .. } => Manner::Difference,
            Self { adds: true, .. } => Manner::Sum,
            _ => return None,
        })
    }
}
