//! Scored probes for tests.

use super::respondent::System;
use super::score::ProbeResult;
use crate::answering::Millis;
use crate::consultation::ProbeKind;

/// A single-fact probe of evidence turn 1, asked after turn 9.
pub(super) fn result(id: &str, right: bool) -> ProbeResult {
    ProbeResult {
        system: System::Estoppel,
        file: "folder/f.json".into(),
        id: id.into(),
        kind: ProbeKind::Single,
        after: 9,
        question: "How much?".into(),
        answer: "£5 <or> so".into(),
        citations: vec![if right { 1 } else { 3 }],
        history: Vec::new(),
        evidence: vec![1],
        retrieved: vec![1, 3],
        unsupported: Vec::new(),
        value_right: right,
        citations_right: right,
        right,
        ms: Millis::default(),
    }
}
