//! Systems beside each other on the same probes.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::compare::{Comparison, compare};
use super::respondent::System;
use super::score::ProbeResult;
use super::summary::{Figures, Summary};

/// The figures of each system, and ours beside each other one; serialises as a `systems`
/// line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Systems {
    /// What each system reached.
    pub systems: BTreeMap<System, Summary>,
    /// What changes from each other system (`a`) to [`System::Estoppel`] (`b`), on the
    /// probes that both answered; empty where it was not among those measured.
    pub against: BTreeMap<System, Comparison>,
}

impl Systems {
    /// Sums up results of any systems. The same seed gives the same intervals.
    pub fn of(results: &[ProbeResult], seed: u64) -> Self {
        let mut by_system: BTreeMap<System, Vec<ProbeResult>> = BTreeMap::new();
        for result in results {
            by_system
                .entry(result.system)
                .or_default()
                .push(result.clone());
        }
        let ours = by_system.get(&System::Estoppel);
        let others = by_system
            .iter()
            .filter(|(system, _)| **system != System::Estoppel);
        let against = others
            .filter_map(|(system, theirs)| Some((*system, compare(theirs, ours?, seed))))
            .collect();
        Self {
            systems: by_system
                .iter()
                .map(|(system, results)| (*system, Summary::of(results)))
                .collect(),
            against,
        }
    }

    /// As tables of plain text.
    pub fn table(&self) -> String {
        let mut table = self.figures();
        table.push_str(&self.shares("kind", |summary| named(&summary.by_kind)));
        table.push_str(&self.shares("language", |summary| named(&summary.by_language)));
        for (system, comparison) in &self.against {
            let _ = write!(table, "\nA {system}, B estoppel\n{}", comparison.table());
        }
        table
    }

    fn figures(&self) -> String {
        let mut table = format!(
            "{:<12}{:>8}{:>11}{:>8}{:>8}{:>11}{:>8}  first word (95%)\n",
            "", "probes", "reference", "value", "both", "precision", "recall"
        );
        for (system, summary) in &self.systems {
            let f = &summary.overall;
            let _ = writeln!(
                table,
                "{system:<12}{:>8}{:>11.3}{:>8.3}{:>8.3}{:>11.3}{:>8.3}  {:.2} s ({:.2} s)",
                f.probes,
                f.reference_accuracy,
                f.value_accuracy,
                f.hca,
                f.citation_precision,
                f.citation_recall,
                summary.first_word_ms.median / 1000.0,
                summary.first_word_ms.p95 / 1000.0
            );
        }
        table
    }

    /// The share right in value and citations of each group, a column a system.
    fn shares(&self, head: &str, groups: impl Fn(&Summary) -> Vec<(String, Figures)>) -> String {
        let mut rows: BTreeMap<String, BTreeMap<System, Figures>> = BTreeMap::new();
        for (system, summary) in &self.systems {
            for (group, figures) in groups(summary) {
                rows.entry(group).or_default().insert(*system, figures);
            }
        }
        let mut table = format!("\nboth, by {head:<14}");
        for system in self.systems.keys() {
            let _ = write!(table, "{system:>10}");
        }
        table.push('\n');
        for (group, row) in rows {
            let probes = row
                .values()
                .map(|figures| figures.probes)
                .max()
                .unwrap_or(0);
            let _ = write!(table, "{:<23}", format!("{group} ({probes})"));
            for system in self.systems.keys() {
                let _ = match row.get(system) {
                    Some(figures) => write!(table, "{:>10.3}", figures.hca),
                    None => write!(table, "{:>10}", "-"),
                };
            }
            table.push('\n');
        }
        table
    }
}

fn named<K: std::fmt::Display>(groups: &BTreeMap<K, Figures>) -> Vec<(String, Figures)> {
    groups
        .iter()
        .map(|(group, figures)| (group.to_string(), *figures))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::answers::testing::result;

    #[test]
    fn each_other_system_is_compared_with_ours() {
        let mut results = Vec::new();
        for i in 0..40 {
            let id = format!("p{i}");
            results.push(result(&id, i < 30));
            results.push(ProbeResult {
                system: System::Window,
                ..result(&id, i < 10)
            });
        }
        let systems = Systems::of(&results, 3);
        assert_eq!(systems.systems[&System::Estoppel].overall.hca, 0.75);
        assert_eq!(systems.systems[&System::Window].overall.hca, 0.25);
        let gain = systems.against[&System::Window].figures["hca"];
        assert_eq!((gain.difference, gain.only_a, gain.only_b), (0.5, 0, 20));
        assert!(gain.interval[0] > 0.3, "{gain:?}");
        let table = systems.table();
        assert!(table.contains("single (40)") && table.contains("A window, B estoppel"));
    }

    #[test]
    fn without_ours_there_is_nothing_to_compare() {
        let full = ProbeResult {
            system: System::Full,
            ..result("p", true)
        };
        let systems = Systems::of(&[full], 3);
        assert_eq!(systems.systems.len(), 1);
        assert!(systems.against.is_empty());
    }
}
