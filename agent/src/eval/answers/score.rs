//! One probe's answer against its gold.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::respondent::System;
use super::value::value_right;
use crate::answering::{Answer, Millis};
use crate::consultation::{Probe, ProbeKind};

/// One scored probe; serialises as the fields of a `probe` line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeResult {
    /// What answered.
    #[serde(default)]
    pub system: System,
    /// The consultation file, as it was named.
    pub file: String,
    /// The probe within it.
    pub id: String,
    /// What it tests.
    pub kind: ProbeKind,
    /// The turn after which it is asked.
    pub after: u32,
    /// What was asked.
    pub question: String,
    /// What was answered.
    pub answer: String,
    /// Turns cited as holding now.
    pub citations: Vec<u32>,
    /// Turns cited as history, corrected since.
    pub history: Vec<u32>,
    /// Gold: the turns that a right answer cites.
    pub evidence: Vec<u32>,
    /// Turns that the model read.
    pub retrieved: Vec<u32>,
    /// Values of the answer that stand in no cited turn.
    pub unsupported: Vec<String>,
    /// The answer holds the right value.
    pub value_right: bool,
    /// The answer cites the right turns.
    pub citations_right: bool,
    /// Both.
    pub right: bool,
    /// Where the time went.
    pub ms: Millis,
}

impl ProbeResult {
    /// The probe that it is of: the file's name, of whatever folder, and the probe's own.
    pub(super) fn probe(&self) -> (String, &str) {
        (file_name(&self.file), &self.id)
    }
}

/// A file's name without its folder.
pub(super) fn file_name(file: &str) -> String {
    let name = Path::new(file).file_name();
    name.map_or_else(
        || file.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Scores an answer. `retrieved` are the turns that the model read.
pub fn score(
    system: System,
    file: &str,
    probe: &Probe,
    answer: &Answer,
    retrieved: &[u32],
) -> ProbeResult {
    let citations: Vec<u32> = answer.cited().map(|turn| turn.0).collect();
    let value_right = value_right(probe, &answer.text);
    let citations_right = citations_right(probe, &citations, answer.declined);
    ProbeResult {
        system,
        file: file.into(),
        id: probe.id.clone(),
        kind: probe.kind,
        after: probe.after,
        question: probe.question.clone(),
        answer: answer.text.clone(),
        history: answer.cited_as_history().map(|turn| turn.0).collect(),
        evidence: probe.evidence.clone(),
        retrieved: retrieved.to_vec(),
        unsupported: answer.unsupported.clone(),
        value_right,
        citations_right,
        right: value_right && citations_right,
        ms: answer.times.into(),
        citations,
    }
}

/// Whether an answer cites what answers a probe, nothing stale, and one turn too many at most.
pub(crate) fn citations_right(probe: &Probe, cited: &[u32], declined: bool) -> bool {
    if probe.kind == ProbeKind::Abstain {
        return cited.is_empty() && declined;
    }
    let cited: BTreeSet<u32> = cited.iter().copied().collect();
    let evidence: BTreeSet<u32> = probe.evidence.iter().copied().collect();
    evidence.is_subset(&cited)
        && cited.difference(&evidence).count() <= 1
        && !probe
            .superseded
            .iter()
            .any(|stale| cited.contains(stale) && !evidence.contains(stale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(kind: ProbeKind, evidence: &[u32], superseded: &[u32]) -> Probe {
        Probe {
            id: "p".into(),
            after: 20,
            kind,
            question: "?".into(),
            answer: String::new(),
            accept: Vec::new(),
            reject: Vec::new(),
            evidence: evidence.into(),
            superseded: superseded.into(),
            working: String::new(),
        }
    }

    #[test]
    fn all_evidence_nothing_stale_and_one_too_many_at_most() {
        let update = probe(ProbeKind::Update, &[3, 11], &[1]);
        for (cited, right) in [
            (&[3, 11][..], true),
            (&[3, 11, 7], true),
            (&[3, 11, 7, 8], false),
            (&[3], false),
            (&[1, 3, 11], false),
            (&[], false),
        ] {
            assert_eq!(citations_right(&update, cited, false), right, "{cited:?}");
        }
    }

    #[test]
    fn abstaining_cites_nothing_and_says_so() {
        let abstain = probe(ProbeKind::Abstain, &[], &[]);
        assert!(citations_right(&abstain, &[], true));
        assert!(!citations_right(&abstain, &[], false));
        assert!(!citations_right(&abstain, &[4], true));
    }
}
