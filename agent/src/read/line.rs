//! The record sentence by sentence, with what each sentence states.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use estoppel_memory::extract::{self, Clause, Cue, MentionKind};
use estoppel_memory::{Fact, Turn, Value, index};
use regex::Regex;

use crate::sentence::sentences;

static AMENDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:wrong|mistaken?|corrections?|misread|mixed up|muddled|confess|instead|moved",
        r"|i(?:['’]d| had) (?:been|it|counted|misread)|been (?:telling|counting|saying)",
        r"|(?:said|told|gave) you|not (?:when|what) i|pushed back|put back|it['’]s now)\b",
        r"|更正|[记说看数算搞弄写](?:错|反|差|岔)|看花|说多|改[到成]|挪到|[降涨加升]到|不是我|才是",
        r"|头一天|上次|先头|当初|原先",
    ))
    .expect("the pattern is valid")
});

/// One sentence of a turn.
pub(crate) struct Line<'a> {
    pub(crate) turn: &'a Turn,
    /// Bytes of the turn's text.
    pub(crate) span: Range<usize>,
    /// Its terms, as they are indexed.
    pub(crate) terms: BTreeSet<String>,
    /// What it states.
    pub(crate) items: Vec<Item>,
    /// The numbers in it that count nothing that is named, as quantities without a unit.
    pub(super) numbers: Vec<Item>,
    /// The parties that it names, canonical names.
    pub(crate) names: Vec<String>,
    /// Its clauses, with what they claim and deny.
    pub(crate) clauses: Vec<Clause>,
}

/// A value that a sentence states.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) value: Value,
    /// As the speaker wrote it.
    pub(crate) surface: String,
    pub(crate) attribute: String,
    /// Its clause, in bytes of the turn's text.
    pub(crate) clause: Range<usize>,
    /// The value itself, in bytes of the turn's text.
    pub(crate) span: Range<usize>,
    /// What its clause does to what was said before.
    pub(crate) cue: Cue,
    /// Whether nothing corrected it and its clause does not reject it.
    pub(crate) holds: bool,
}

impl Line<'_> {
    pub(crate) fn text(&self) -> &str {
        &self.turn.text[self.span.clone()]
    }

    /// Whether its wording takes back what was said or tells that something changed. Wider
    /// than a [`Cue`], which speaks of one clause: a hint, no verdict.
    pub(crate) fn amends(&self) -> bool {
        AMENDS.is_match(self.text())
    }

    /// Whether it is a question.
    pub(crate) fn asks(&self) -> bool {
        self.text().ends_with(['?', '？'])
    }
}

/// The sentences of one turn. `facts` are those that it states.
pub(crate) fn lines<'a>(turn: &'a Turn, facts: &[Fact]) -> Vec<Line<'a>> {
    let read = extract::extract(&turn.text, turn.at);
    let holds = |statement: &extract::Statement| {
        let surface = &turn.text[statement.span.clone()];
        let same = |fact: &&Fact| fact.clause == statement.clause && fact.surface == surface;
        let fact = facts.iter().find(same);
        statement.cue != Cue::Rejected && fact.is_none_or(|fact| fact.holds())
    };
    let within = |span: &Range<usize>, at: usize| span.start <= at && at < span.end;
    let line = |span: Range<usize>| Line {
        turn,
        terms: terms(&turn.text[span.clone()]),
        items: read
            .statements
            .iter()
            .filter(|statement| within(&span, statement.span.start))
            .map(|statement| Item {
                value: statement.value.clone(),
                surface: turn.text[statement.span.clone()].to_owned(),
                attribute: statement.attribute.clone(),
                clause: statement.clause.clone(),
                span: statement.span.clone(),
                cue: statement.cue,
                holds: holds(statement),
            })
            .collect(),
        numbers: read
            .numbers
            .iter()
            .filter(|number| within(&span, number.span.start))
            .map(|number| Item {
                value: Value::Quantity {
                    count: number.count,
                    unit: String::new(),
                },
                surface: turn.text[number.span.clone()].to_owned(),
                attribute: String::new(),
                clause: number.clause.clone(),
                span: number.span.clone(),
                cue: Cue::None,
                holds: true,
            })
            .collect(),
        names: read
            .mentions
            .iter()
            .filter(|mention| within(&span, mention.span.start))
            .filter_map(|mention| match &mention.kind {
                MentionKind::Party { name } => Some(name.clone()),
                _ => None,
            })
            .collect(),
        clauses: read
            .clauses
            .iter()
            .filter(|clause| within(&span, clause.span.start))
            .cloned()
            .collect(),
        span,
    };
    sentences(&turn.text).into_iter().map(line).collect()
}

/// The terms of a text, as they are indexed.
pub(crate) fn terms(text: &str) -> BTreeSet<String> {
    let counts = index::analyse(text);
    counts.iter().map(|(term, _)| term.to_owned()).collect()
}
