//! What each part of retrieval is worth, on conversations that no network was
//! trained on.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use estoppel_memory::retrieve::gat::{
    Example, Features, Settings, TrainError, Trained, Wiring, train,
};
use estoppel_memory::{Ranking, TurnId};
use serde::Serialize;

use super::auc::auc;
use super::questions::{Conversation, lessons_of};
use super::{Interval, paired_interval};
use crate::eval::retrieval::{Figures, Format, share_first, update_first};

/// One of the systems that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// A ranking without a network.
    Untrained(Ranking),
    /// A network, trained over these edges and features.
    Trained(Wiring, Features),
}

impl Contender {
    /// The full system.
    pub const GAT: Self = Self::Trained(Wiring::Graph, Features::Turn);

    /// The trained ones.
    pub const TRAINED: [Self; 4] = [
        Self::Trained(Wiring::Unlinked, Features::Turn),
        Self::Trained(Wiring::Unlinked, Features::WithContext),
        Self::Trained(Wiring::Shuffled, Features::Turn),
        Self::GAT,
    ];

    /// Its name in tables.
    pub fn name(self) -> String {
        match self {
            Self::Untrained(ranking) => ranking.to_string(),
            Self::Trained(Wiring::Graph, Features::Turn) => "gat".into(),
            Self::Trained(Wiring::Graph, Features::WithContext) => "gat, with context".into(),
            Self::Trained(Wiring::Shuffled, _) => "gat, shuffled edges".into(),
            Self::Trained(Wiring::Unlinked, Features::Turn) => "no edges".into(),
            Self::Trained(Wiring::Unlinked, Features::WithContext) => {
                "no edges, with context".into()
            }
        }
    }
}

/// A conversation left out, as a step of an ablation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Who is trained.
    pub contender: String,
    /// The conversation that is held out.
    pub held_out: String,
    /// The seed.
    pub seed: u64,
}

/// The table.
#[derive(Clone, Debug, Serialize)]
pub struct Ablation {
    /// How many seeds each trained system's figures are the mean of.
    pub seeds: usize,
    /// In the order of the table.
    pub systems: Vec<SystemRow>,
}

/// One system's figures.
#[derive(Clone, Debug, Serialize)]
pub struct SystemRow {
    /// Its name.
    pub name: String,
    /// Over the kinds of question that count.
    pub all: Figures,
    /// By kind of question.
    pub by_kind: BTreeMap<String, Figures>,
    /// How well it tells answerable questions from the same with their evidence
    /// taken away: area under the curve.
    pub answerable_auc: Option<f64>,
    /// The share of questions on something that was updated, with both turns found,
    /// that rank the update first.
    pub update_first: Option<f64>,
    /// The full system's recall@1 less this system's.
    pub gat_ahead_recall_1: Option<Interval>,
    /// The full system's recall@10 less this system's.
    pub gat_ahead_recall_10: Option<Interval>,
}

/// Trains every contender once for each conversation of `measured` and each seed,
/// without that conversation, and asks it that conversation's questions.
///
/// # Errors
///
/// If there is nothing to learn from, or `progress` stops.
pub fn ablate(
    conversations: &[Conversation],
    measured: Format,
    contenders: &[Contender],
    settings: &Settings,
    seeds: &[u64],
    progress: &mut dyn FnMut(&Fold, usize, usize) -> ControlFlow<()>,
) -> Result<Ablation, TrainError> {
    let folds: Vec<usize> = (0..conversations.len())
        .filter(|&at| conversations[at].format == measured)
        .collect();
    let mut rows = Vec::new();
    for &contender in contenders {
        let mut answers = Answers::default();
        for &fold in &folds {
            match contender {
                Contender::Untrained(ranking) => {
                    answers.untrained(&conversations[fold], fold, ranking);
                }
                Contender::Trained(wiring, features) => {
                    for &seed in seeds {
                        let settings = Settings {
                            seed,
                            features,
                            ..*settings
                        };
                        let step = Fold {
                            contender: contender.name(),
                            held_out: conversations[fold].name.clone(),
                            seed,
                        };
                        let others = conversations
                            .iter()
                            .enumerate()
                            .filter(|&(at, _)| at != fold)
                            .map(|(_, conversation)| conversation);
                        let rewired = |example: Example| example.rewired(wiring, seed);
                        let lessons: Vec<Example> = lessons_of(others).map(rewired).collect();
                        let mut told = |done, all| progress(&step, done, all);
                        let Trained { network, .. } = train(&lessons, &[], &settings, &mut told)?;
                        answers.trained(&conversations[fold], fold, &rewired, &network);
                    }
                }
            }
        }
        rows.push((contender, answers));
    }
    Ok(table(measured, seeds.len(), rows))
}

/// What one system answered.
#[derive(Default)]
struct Answers {
    /// The fold, the kind of question, and its figures.
    figures: Vec<(usize, String, Figures)>,
    /// How answerable it found questions, and whether they were.
    answerable: Vec<(f64, bool)>,
    /// Whether an update stood before what it updates.
    updates: Vec<bool>,
}

impl Answers {
    fn untrained(&mut self, conversation: &Conversation, fold: usize, ranking: Ranking) {
        for question in &conversation.questions {
            let found = question.example.untrained();
            let turns = found.iter().find(|(of, _)| *of == ranking);
            let ranked = turns.map_or(&[][..], |(_, turns)| turns);
            self.ranked(fold, &question.kind, &question.example, ranked);
        }
    }

    fn trained(
        &mut self,
        conversation: &Conversation,
        fold: usize,
        rewired: &dyn Fn(Example) -> Example,
        network: &estoppel_memory::retrieve::gat::Network,
    ) {
        for question in &conversation.questions {
            let example = rewired(question.example.clone());
            let (ranked, answerable) = example.ranked(network);
            self.answerable.push((answerable.into(), true));
            let (_, without) = rewired(question.unanswerable.clone()).ranked(network);
            self.answerable.push((without.into(), false));
            self.ranked(fold, &question.kind, &example, &ranked);
        }
    }

    fn ranked(&mut self, fold: usize, kind: &str, example: &Example, ranked: &[TurnId]) {
        let label = example.label();
        let figures = Figures::of(ranked, &label.evidence);
        self.figures.push((fold, kind.to_owned(), figures));
        let first = update_first(ranked, &label.evidence, &label.outdated);
        self.updates.extend(first);
    }
}

fn table(format: Format, seeds: usize, rows: Vec<(Contender, Answers)>) -> Ablation {
    let gat = rows
        .iter()
        .find(|(contender, _)| *contender == Contender::GAT)
        .map(|(_, answers)| by_question(format, &answers.figures));
    let systems = rows
        .iter()
        .map(|(contender, answers)| row(format, *contender, answers, gat.as_ref()))
        .collect();
    Ablation { seeds, systems }
}

fn row(
    format: Format,
    contender: Contender,
    answers: &Answers,
    gat: Option<&ByQuestion>,
) -> SystemRow {
    let mut by_kind: BTreeMap<String, Vec<&Figures>> = BTreeMap::new();
    for (_, kind, figures) in &answers.figures {
        by_kind.entry(kind.clone()).or_default().push(figures);
    }
    let counted = answers
        .figures
        .iter()
        .filter(|(_, kind, _)| format.counts(kind));
    let own = by_question(format, &answers.figures);
    let gat = gat.filter(|_| contender != Contender::GAT);
    let ahead =
        |of: fn(&Figures) -> f64| gat.map(|gat| paired_interval(&differences(gat, &own, of)));
    SystemRow {
        name: contender.name(),
        all: Figures::mean(counted.map(|(_, _, figures)| figures)),
        by_kind: by_kind
            .into_iter()
            .map(|(kind, each)| (kind, Figures::mean(each.into_iter())))
            .collect(),
        answerable_auc: auc(&answers.answerable),
        update_first: share_first(&answers.updates),
        gat_ahead_recall_1: ahead(|figures| figures.recall_1),
        gat_ahead_recall_10: ahead(|figures| figures.recall_10),
    }
}

/// Each fold's questions, each the mean of all seeds.
type ByQuestion = BTreeMap<usize, Vec<Figures>>;

fn by_question(format: Format, figures: &[(usize, String, Figures)]) -> ByQuestion {
    let mut folds: BTreeMap<usize, Vec<Figures>> = BTreeMap::new();
    for (fold, kind, figures) in figures {
        if format.counts(kind) {
            folds.entry(*fold).or_default().push(*figures);
        }
    }
    folds
}

/// Of every fold, by question: each system has asked them in the same order, once or
/// once a seed.
fn differences(a: &ByQuestion, b: &ByQuestion, of: fn(&Figures) -> f64) -> Vec<Vec<f64>> {
    let runs = |a: &[Figures], b: &[Figures]| a.len().min(b.len());
    a.iter()
        .map(|(fold, a)| {
            let b = &b[fold];
            let questions = runs(a, b);
            let mean = |all: &[Figures], at: usize| {
                let each = all.iter().skip(at).step_by(questions).map(of);
                each.sum::<f64>() / (all.len() / questions) as f64
            };
            (0..questions).map(|at| mean(a, at) - mean(b, at)).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_averaged_before_systems_are_compared() {
        let figures = |recall_1| Figures {
            recall_1,
            ..Figures::default()
        };
        // Two questions, two seeds of the first system and one of the second.
        let a = BTreeMap::from([(
            0,
            vec![figures(1.0), figures(0.0), figures(0.0), figures(1.0)],
        )]);
        let b = BTreeMap::from([(0, vec![figures(0.0), figures(1.0)])]);
        let found = differences(&a, &b, |figures| figures.recall_1);
        assert_eq!(found, [vec![0.5, -0.5]]);
    }
}
