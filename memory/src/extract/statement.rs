//! Where a value stands, for telling what it is stated of.

use std::ops::Range;

use super::clause::Stretch;
use super::party::Named;
use crate::segment::Word;

/// Where a value stands.
pub(super) struct Place<'a> {
    pub text: &'a str,
    /// The text's words without marks and blanks.
    pub tokens: &'a [&'a Word<'a>],
    pub parties: &'a [Named],
    pub clauses: &'a [Stretch],
    /// The clause's index.
    pub clause: usize,
    pub span: &'a Range<usize>,
    /// Whether the value is a date.
    pub dated: bool,
    /// The other values of its kind.
    pub same_kind: &'a [Range<usize>],
}

impl Place<'_> {
    /// The index of the clause that a place of the text lies in.
    pub(super) fn clause_at(&self, at: usize) -> Option<usize> {
        let after = self.clauses.partition_point(|c| c.span.end <= at);
        let within = |c: &&Stretch| c.span.start <= at;
        self.clauses.get(after).filter(within).map(|_| after)
    }
}
