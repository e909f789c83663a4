//! Reports as text.

use std::fmt::Write as _;

use super::ablation::{Ablation, SystemRow};
use super::{Interval, Report};
use crate::eval::retrieval::Figures;

impl Ablation {
    /// One line a system, and one a system and kind of question below.
    pub fn table(&self) -> String {
        let mut out = String::from(
            "system                  R@1    R@5   R@10  all@10 nDCG@10  gat ahead: R@1            R@10                   answerable  update first\n",
        );
        for row in &self.systems {
            let _ = writeln!(
                out,
                "{:<22}{}  {:<24} {:<24} {:<11} {}",
                row.name,
                figures(&row.all),
                interval(row.gat_ahead_recall_1),
                interval(row.gat_ahead_recall_10),
                optional(row.answerable_auc),
                optional(row.update_first),
            );
        }
        let _ = writeln!(
            out,
            "{} questions; trained systems: mean of {} seeds",
            self.questions(),
            self.seeds
        );
        for row in &self.systems {
            for (kind, each) in &row.by_kind {
                let name = format!("{}: {kind}", row.name);
                let _ = writeln!(out, "{name:<40}{}  {}", figures(each), each.questions);
            }
        }
        out
    }

    fn questions(&self) -> usize {
        self.systems
            .first()
            .map_or(0, |row: &SystemRow| row.all.questions)
    }
}

impl Report {
    /// A few lines for a person.
    pub fn summary(&self) -> String {
        let mut out = format!(
            "{} weights from {} questions, {} held out, seed {}\n",
            self.weights, self.examples, self.held_out, self.seed
        );
        for epoch in &self.epochs {
            let kept = if epoch.epoch == self.best {
                " kept"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "epoch {}: loss {:.4}, held out {}{kept}",
                epoch.epoch,
                epoch.training_loss,
                optional(epoch.held_out_loss),
            );
        }
        out
    }
}

fn figures(figures: &Figures) -> String {
    format!(
        "{:.3}  {:.3}  {:.3}  {:.3}  {:.3}",
        figures.recall_1, figures.recall_5, figures.recall_10, figures.all_10, figures.ndcg_10
    )
}

fn interval(interval: Option<Interval>) -> String {
    interval.map_or("-".into(), |i| {
        format!("{:+.3} [{:+.3}, {:+.3}]", i.difference, i.low, i.high)
    })
}

fn optional(value: Option<f64>) -> String {
    value.map_or("-".into(), |value| format!("{value:.3}"))
}
