//! Figures over many probes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::score::ProbeResult;
use crate::consultation::ProbeKind;
use crate::language::Language;

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
    /// And for each language in which something was asked.
    #[serde(default)]
    pub by_language: BTreeMap<Language, Figures>,
    /// From a question to the first word of its answer.
    #[serde(default)]
    pub first_word_ms: Spread,
}

/// How long something took over all probes, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// As many took longer as took less.
    pub median: f64,
    /// One in twenty took longer.
    pub p95: f64,
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
        let by_kind = grouped(results, |result| result.kind);
        Self {
            overall: Figures::of(&results.iter().collect::<Vec<_>>()),
            abstain_accuracy: by_kind
                .get(&ProbeKind::Abstain)
                .map(|f| f.reference_accuracy),
            by_kind,
            by_language: grouped(results, |result| Language::of(&result.question)),
            first_word_ms: Spread::of(results.iter().map(|result| result.ms.first_token)),
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

fn grouped<K: Ord>(
    results: &[ProbeResult],
    key: impl Fn(&ProbeResult) -> K,
) -> BTreeMap<K, Figures> {
    let mut groups: BTreeMap<K, Vec<&ProbeResult>> = BTreeMap::new();
    for result in results {
        groups.entry(key(result)).or_default().push(result);
    }
    groups
        .into_iter()
        .map(|(key, group)| (key, Figures::of(&group)))
        .collect()
}

impl Spread {
    /// Zero where there is nothing.
    pub(super) fn of(times: impl Iterator<Item = f64>) -> Self {
        let mut times: Vec<f64> = times.collect();
        times.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let last = times.len().saturating_sub(1) as f64;
            times.get((last * share).round() as usize).copied()
        };
        Self {
            median: at(0.5).unwrap_or_default(),
            p95: at(0.95).unwrap_or_default(),
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

    #[test]
    fn languages_and_times_are_told_apart() {
        let took = |question: &str, first_token: f64, right| {
            let mut result = result_of("p", right);
            result.question = question.into();
            result.ms.first_token = first_token;
            result
        };
        let summary = Summary::of(&[
            took("How much?", 300.0, true),
            took("押金是多少？", 100.0, false),
            took("And when?", 200.0, true),
        ]);
        let hca = |language| summary.by_language[&language].hca;
        assert_eq!((hca(Language::En), hca(Language::Zh)), (1.0, 0.0));
        let spread = Spread {
            median: 200.0,
            p95: 300.0,
        };
        assert_eq!(summary.first_word_ms, spread);
        assert_eq!(Summary::of(&[]).first_word_ms, Spread::default());
    }
}
