//! What a question is for.

use serde::{Deserialize, Serialize};

use super::desk::flag;
use super::manner::Manner;

/// What a question is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// One value, or what was said.
    One,
    /// The same, as it holds after all corrections and changes.
    Current,
    /// Several of them.
    Several,
    /// A figure that is reckoned from others.
    Reckoning,
    /// The time between two days.
    Between,
    /// The last day of a time limit.
    LastDay,
    /// What was told of something of which there may be two accounts.
    Accounts,
}

impl Purpose {
    pub(crate) const ALL: [Self; 7] = [
        Self::One,
        Self::Current,
        Self::Several,
        Self::Reckoning,
        Self::Between,
        Self::LastDay,
        Self::Accounts,
    ];

    /// Whether the answer is reckoned from figures or days.
    pub(super) fn reckons(self) -> bool {
        matches!(self, Self::Reckoning | Self::Between | Self::LastDay)
    }

    /// Manners that go with it, as likely as each other.
    pub(super) fn manners(self) -> [f32; Manner::ALL.len()] {
        let goes = |manner: Manner| match self {
            Self::Reckoning => manner.is_of_figures(),
            Self::Between => manner == Manner::Between,
            Self::LastDay => matches!(manner, Manner::After | Manner::Before),
            _ => manner == Manner::Told,
        };
        let flags = Manner::ALL.map(|manner| flag(goes(manner)));
        let all: f32 = flags.iter().sum();
        flags.map(|flag| flag / all)
    }
}
