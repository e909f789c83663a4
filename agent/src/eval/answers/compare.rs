//! Two runs over the same probes, compared pair by pair.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::score::ProbeResult;
use crate::eval::bootstrap::middle_95;

/// Two runs beside each other, on the probes that both answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Probes in both.
    pub pairs: usize,
    /// Probes in only one of them; they count nowhere.
    pub unpaired: usize,
    /// Each figure.
    pub figures: BTreeMap<&'static str, Difference>,
}

/// One figure of two runs. The interval is that of the paired bootstrap: the pairs are
/// drawn with replacement (Efron and Tibshirani, 1993).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Share in the first run.
    pub a: f64,
    /// Share in the second.
    pub b: f64,
    /// `b - a`.
    pub difference: f64,
    /// The middle 95% of the differences drawn.
    pub interval: [f64; 2],
    /// Probes that only the first run has right.
    pub only_a: usize,
    /// Probes that only the second run has right.
    pub only_b: usize,
}

/// Compares two runs, each of one system. The same seed gives the same intervals.
pub fn compare(a: &[ProbeResult], b: &[ProbeResult], seed: u64) -> Comparison {
    let by_probe: BTreeMap<(String, &str), &ProbeResult> =
        b.iter().map(|result| (result.probe(), result)).collect();
    let pairs: Vec<(&ProbeResult, &ProbeResult)> = a
        .iter()
        .filter_map(|result| Some((result, *by_probe.get(&result.probe())?)))
        .collect();
    let figure = |right: fn(&ProbeResult) -> bool| {
        let both: Vec<(bool, bool)> = pairs.iter().map(|(a, b)| (right(a), right(b))).collect();
        Difference::of(&both, seed)
    };
    Comparison {
        pairs: pairs.len(),
        unpaired: a.len() + b.len() - 2 * pairs.len(),
        figures: BTreeMap::from([
            ("reference_accuracy", figure(|r| r.citations_right)),
            ("value_accuracy", figure(|r| r.value_right)),
            ("hca", figure(|r| r.right)),
        ]),
    }
}

impl Difference {
    fn of(pairs: &[(bool, bool)], seed: u64) -> Self {
        let count = pairs.len().max(1) as f64;
        let share = |right: fn(&(bool, bool)) -> bool| {
            pairs.iter().filter(|pair| right(pair)).count() as f64 / count
        };
        let (a, b) = (share(|p| p.0), share(|p| p.1));
        Self {
            a: rounded(a),
            b: rounded(b),
            difference: rounded(b - a),
            interval: interval(pairs, seed).map(rounded),
            only_a: pairs.iter().filter(|p| p.0 && !p.1).count(),
            only_b: pairs.iter().filter(|p| p.1 && !p.0).count(),
        }
    }
}

fn interval(pairs: &[(bool, bool)], seed: u64) -> [f64; 2] {
    let gain = |at: usize| f64::from(u8::from(pairs[at].1)) - f64::from(u8::from(pairs[at].0));
    middle_95(pairs.len(), seed, |drawn| {
        drawn.map(gain).sum::<f64>() / pairs.len() as f64
    })
}

fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

impl Comparison {
    /// As a table of plain text.
    pub fn table(&self) -> String {
        let mut table = format!(
            "{:<20} {:>7} {:>7} {:>8}  95% interval      only A  only B\n",
            "", "A", "B", "B - A"
        );
        for (name, d) in &self.figures {
            let interval = format!("{:+.3} to {:+.3}", d.interval[0], d.interval[1]);
            let _ = writeln!(
                table,
                "{name:<20} {:>7.3} {:>7.3} {:>+8.3}  {interval:<17} {:>6}  {:>6}",
                d.a, d.b, d.difference, d.only_a, d.only_b
            );
        }
        let _ = writeln!(table, "{} probes in both", self.pairs);
        if self.unpaired > 0 {
            let _ = writeln!(table, "{} in one only, not counted", self.unpaired);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::answers::testing::result;

    #[test]
    fn pairs_are_compared_with_an_interval() {
        let run = |right: &dyn Fn(usize) -> bool| -> Vec<ProbeResult> {
            (0..40)
                .map(|i| result(&format!("p{i}"), right(i)))
                .collect()
        };
        let (a, b) = (run(&|i| i < 10), run(&|i| i < 30));
        let compared = compare(&a, &b, 7);
        assert_eq!((compared.pairs, compared.unpaired), (40, 0));
        let hca = compared.figures["hca"];
        assert_eq!((hca.a, hca.b, hca.difference), (0.25, 0.75, 0.5));
        assert_eq!((hca.only_a, hca.only_b), (0, 20));
        assert!(hca.interval[0] > 0.3 && hca.interval[1] < 0.7, "{hca:?}");
        assert_eq!(compared, compare(&a, &b, 7));
        let same = compare(&a, &a, 7).figures["hca"];
        assert_eq!((same.difference, same.interval), (0.0, [0.0, 0.0]));
    }

    #[test]
    fn probes_of_one_run_alone_are_told_and_not_counted() {
        let (a, b) = (
            [result("p1", true), result("p2", true)],
            [result("p2", false)],
        );
        let compared = compare(&a, &b, 1);
        assert_eq!((compared.pairs, compared.unpaired), (1, 1));
        assert_eq!(compared.figures["hca"].difference, -1.0);
        assert!(compared.table().contains("1 in one only"));
    }
}
