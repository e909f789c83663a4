//! Facts: what a turn states about a subject, with a value and its validity.

use std::ops::Range;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::turn::TurnId;

/// The number of a fact within its matter, dense from 0 in order of statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactId(pub u32);

/// The subject of what the client says of himself.
pub const CLIENT: &str = "client";
/// The subject of what is said of counsel.
pub const COUNSEL: &str = "counsel";

/// A typed value as it was stated.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Value {
    /// An amount of money.
    Money {
        /// The amount in the currency's main unit.
        amount: Decimal,
        /// ISO 4217 code, where the text or its language tells it.
        currency: Option<String>,
    },
    /// A day, month or year; parts may have been inferred from the turn's own time.
    Date {
        /// The day meant, or the first day of the month or year meant.
        date: Date,
        /// How exactly it was told.
        precision: DatePrecision,
        /// Whether it was relative or lacked a year ("last Friday", 8月25号).
        inferred: bool,
    },
    /// A length of time in calendar units.
    Duration {
        /// How many.
        count: Decimal,
        /// Of which unit.
        unit: TimeUnit,
    },
    /// A share in percent.
    Percent {
        /// 12.5 for 12.5%.
        percent: Decimal,
    },
    /// A counted or measured quantity that is none of the above.
    Quantity {
        /// How many.
        count: Decimal,
        /// The counted noun or unit as written.
        unit: String,
    },
    /// A case, account, policy or plate number, or the like.
    Identifier {
        /// As written.
        id: String,
    },
}

/// How exactly a date was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePrecision {
    /// "29 August 2022".
    Day,
    /// "August 2022": the value is the month's first day.
    Month,
    /// "2022": the value is the year's first day.
    Year,
}

/// Calendar units of a duration, the shortest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

/// One statement in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its number.
    pub id: FactId,
    /// Whose or what's: a party or thing, normalised; empty where the text names none.
    pub subject: String,
    /// Which property of the subject, normalised: `deposit`, `rent`, 押金.
    pub attribute: String,
    /// The stated value.
    pub value: Value,
    /// Whether the value was told as approximate ("about", 左右).
    #[serde(default)]
    pub approximate: bool,
    /// The value exactly as the client wrote it.
    pub surface: String,
    /// The clause that states it, in bytes of the turn's text.
    pub clause: Range<usize>,
    /// The turn that states it.
    pub turn: TurnId,
    /// When it was stated (the turn's time).
    pub stated: DateTime,
    /// The later fact that corrects or replaces it, if any.
    pub superseded_by: Option<FactId>,
    /// Facts that cannot hold together with this one and that nobody corrected.
    pub contradicts: Vec<FactId>,
}

impl Fact {
    /// Whether it still holds: nothing superseded it.
    pub fn holds(&self) -> bool {
        self.superseded_by.is_none()
    }
}
