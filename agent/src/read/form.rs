//! The form of an answer.

use serde::{Deserialize, Serialize};

use super::ask::{Ask, Wanted};
use super::choose::Kind;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Form {
    Value(Kind),
    Words,
}

impl Form {
    pub(crate) const ALL: [Self; 7] = [
        Self::Value(Kind::Date),
        Self::Value(Kind::Money),
        Self::Value(Kind::Percent),
        Self::Value(Kind::Duration),
        Self::Value(Kind::Quantity),
        Self::Value(Kind::Identifier),
        Self::Words,
    ];

    /// What is wanted, if the answer is of this form.
    pub(crate) fn wanted(self, ask: &Ask) -> Wanted {
        match self {
            Self::Value(Kind::Date) => Wanted::Date,
            Self::Value(Kind::Money) => Wanted::Money,
            Self::Value(Kind::Percent) => Wanted::Percent,
            Self::Value(Kind::Duration) => Wanted::Duration,
            Self::Value(Kind::Quantity) => Wanted::Amount,
            Self::Value(Kind::Identifier) => Wanted::Identifier,
            Self::Words => match ask.wanted {
                Wanted::Name | Wanted::Whether => ask.wanted,
                _ => Wanted::Open,
            },
        }
    }
}
