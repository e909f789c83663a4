//! Precision, recall and F1 of what was found.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Amounts of money.
    Money,
    /// Of the amounts of money found, those told as approximate.
    Approximate,
    /// Days, months and years.
    Date,
    /// Lengths of time.
    Duration,
    /// Shares in percent.
    Percent,
    /// Case, account, policy and plate numbers and the like.
    Identifier,
    /// Statutes and articles.
    Authority,
    /// Persons, organisations and roles, by turn and under one node each.
    Party,
    /// Values with what they are stated of.
    Fact,
    /// Values that replace earlier ones.
    Superseding,
    /// Pairs of turns that cannot both be true.
    Contradiction,
}

impl Kind {
    /// Every kind, in the order of tables.
    pub const ALL: [Self; 11] = [
        Self::Money,
        Self::Approximate,
        Self::Date,
        Self::Duration,
        Self::Percent,
        Self::Identifier,
        Self::Authority,
        Self::Party,
        Self::Fact,
        Self::Superseding,
        Self::Contradiction,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// How much of what is labelled was found, and how much of what was found is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Labels that were found.
    pub right: usize,
    /// Finds that no label bears out.
    pub wrong: usize,
    /// Labels that were not found.
    pub missed: usize,
}

impl Score {
    /// The share of finds that are right; 1 where nothing was found.
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// The share of labels that were found; 1 where nothing is labelled.
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// The harmonic mean of both.
    pub fn f1(&self) -> f64 {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }

    /// Labels in all.
    pub fn labels(&self) -> usize {
        self.right + self.missed
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Score", 6)?;
        fields.serialize_field("labels", &self.labels())?;
        fields.serialize_field("wrong", &self.wrong)?;
        fields.serialize_field("missed", &self.missed)?;
        fields.serialize_field("precision", &self.precision())?;
        fields.serialize_field("recall", &self.recall())?;
        fields.serialize_field("f1", &self.f1())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_is_the_harmonic_mean() {
        let score = Score {
            right: 6,
            wrong: 2,
            missed: 4,
        };
        assert_eq!((score.precision(), score.recall()), (0.75, 0.6));
        let mean = 2.0 * 0.75 * 0.6 / (0.75 + 0.6);
        assert!((score.f1() - mean).abs() < 1e-12);
        assert_eq!(Score::default().f1(), 1.0);
    }
}
