//! Figures over many probes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::score::ProbeResult;
use crate::consultation::ProbeKind;

/// The figures of a run, overall and by kind; serialises as a `summary` line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// All probes together.
    #[serde(flatten)]
    pub overall: Figures,
    /// Share of `abstain` probes that are right; absent if there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstain_accuracy: Option<f64>,
    /// The same figures for each kind that occurred.
    pub by_kind: BTreeMap<ProbeKind, Figures>,
}

/// What is measured over a set of probes; all but `probes` lie in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How many probes.
    pub probes: usize,
    /// Share that cite rightly.
    pub reference_accuracy: f64,
    /// Share that hold the right value.
    pub value_accuracy: f64,
    /// Share that do both.
    pub hca: f64,
    /// Share of cited turns that are evidence; 1 if nothing was cited.
    pub citation_precision: f64,
    /// Share of evidence turns that are cited; 1 if there are none.
    pub citation_recall: f64,
}

impl Summary {
    /// Sums up results.
    pub fn of(results: &[ProbeResult]) -> Self {
        let mut by_kind: BTreeMap<ProbeKind, Vec<&ProbeResult>> = BTreeMap::new();
        for result in results {
            by_kind.entry(result.kind).or_default().push(result);
        }
        let by_kind: BTreeMap<ProbeKind, Figures> = by_kind
            .into_iter()
            .map(|(kind, of_kind)| (kind, Figures::of(&of_kind)))
            .collect();
        Self {
            overall: Figures::of(&results.iter().collect::<Vec<_>>()),
            abstain_accuracy: by_kind
                .get(&ProbeKind::Abstain)
                .map(|f| f.reference_accuracy),
            by_kind,
        }
    }

    /// The figure of this name, as `--require NAME=VALUE` takes it.
    pub fn figure(&self, name: &str) -> Option<f64> {
        match name {
            "reference_accuracy" => Some(self.overall.reference_accuracy),
            "value_accuracy" => Some(self.overall.value_accuracy),
            "hca" => Some(self.overall.hca),
            "citation_precision" => Some(self.overall.citation_precision),
            "citation_recall" => Some(self.overall.citation_recall),
            "abstain_accuracy" => self.abstain_accuracy,
            _ => None,
        }
    }
}

impl Figures {
    fn of(results: &[&ProbeResult]) -> Self {
        let share = |right: fn(&ProbeResult) -> bool| {
            ratio(
                results.iter().filter(|result| right(result)).count(),
                results.len(),
            )
        };
        let (mut hits, mut cited, mut wanted) = (0, 0, 0);
        for result in results {
            let citations: BTreeSet<_> = result.citations.iter().collect();
            let evidence: BTreeSet<_> = result.evidence.iter().collect();
            hits += citations.intersection(&evidence).count();
            cited += citations.len();
            wanted += evidence.len();
        }
        Self {
            probes: results.len(),
            reference_accuracy: share(|r| r.citations_right),
            value_accuracy: share(|r| r.value_right),
            hca: share(|r| r.right),
            citation_precision: ratio(hits, cited),
            citation_recall: ratio(hits, wanted),
        }
    }
}

/// Rounded to four places; 1 where there is nothing to count.
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        (part as f64 / whole as f64 * 1e4).round() / 1e4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::answers::testing::result as result_of;

    fn result(
        kind: ProbeKind,
        cited: &[u32],
        gold: &[u32],
        value: bool,
        refs: bool,
    ) -> ProbeResult {
        ProbeResult {
            kind,
            citations: cited.into(),
            evidence: gold.into(),
            value_right: value,
            citations_right: refs,
            right: value && refs,
            ..result_of("p", value)
        }
    }

    #[test]
    fn figures_are_shares_of_probes_and_of_turns() {
        let summary = Summary::of(&[
            result(ProbeKind::Single, &[1], &[1], true, true),
            result(ProbeKind::Multi, &[2, 5], &[2, 3], false, false),
            result(ProbeKind::Abstain, &[], &[], true, true),
            result(ProbeKind::Abstain, &[4], &[], false, false),
        ]);
        assert_eq!(summary.overall.probes, 4);
        assert_eq!(summary.figure("reference_accuracy"), Some(0.5));
        assert_eq!(summary.figure("hca"), Some(0.5));
        assert_eq!(summary.figure("citation_precision"), Some(0.5));
        assert_eq!(summary.figure("citation_recall"), Some(0.6667));
        assert_eq!(summary.figure("abstain_accuracy"), Some(0.5));
        assert_eq!(summary.by_kind[&ProbeKind::Single].citation_recall, 1.0);
        assert_eq!(summary.figure("beauty"), None);
    }
}
