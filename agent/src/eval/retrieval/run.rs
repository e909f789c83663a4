//! Asking every question of every ranking.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use estoppel_memory::retrieve::gat::Network;
use estoppel_memory::{Embedder, Matter, Ranking, TurnId};

use super::figures::{DEPTH, share_first, update_first};
use super::memoised::Memoised;
use super::play::{Progress, lent, play};
use super::{Asked, EvalError, Figures, Format, Report, SystemReport};

/// Reads the files, plays every memory into a matter that is never written to
/// disk, and asks each question of each ranking when its turn has come.
///
/// [`Ranking::Bm25`] alone needs no encoder; without one every other ranking
/// is refused. `network` ranks for [`Ranking::Gat`] in place of the weights that come
/// with the program.
///
/// # Errors
///
/// If a file is not of the format, the encoder is missing or fails, or a set
/// holds a turn that cannot be remembered.
pub fn run(
    format: Format,
    files: &[PathBuf],
    systems: &[Ranking],
    network: Option<&Arc<Network>>,
    embedder: Option<&mut dyn Embedder>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, EvalError> {
    let by_meaning = systems.iter().find(|&&system| system != Ranking::Bm25);
    if let (Some(&system), None) = (by_meaning, &embedder) {
        return Err(EvalError::NoEncoder(system));
    }
    // Nothing is encoded for words alone.
    let mut embedder = embedder.filter(|_| by_meaning.is_some()).map(Memoised::new);
    let dataset = format.read(files)?;
    let mut scores = Scores::new(format, systems);
    for memory in &dataset.memories {
        let mut matter = Matter::in_memory();
        if let Some(network) = network {
            matter.set_network(Arc::clone(network));
        }
        play(
            memory,
            matter,
            embedder.as_mut(),
            progress,
            &mut |matter, asked, embedder| scores.ask(matter, &memory.name, asked, embedder),
        )?;
    }
    Ok(scores.report(dataset.skipped))
}

/// Each question's figures, by ranking and kind.
struct Scores {
    format: Format,
    systems: Vec<(Ranking, Kept)>,
}

/// What one ranking found.
#[derive(Default)]
struct Kept {
    by_kind: BTreeMap<String, Vec<Figures>>,
    /// Whether an update stood before what it updates.
    updates: Vec<bool>,
}

impl Scores {
    fn new(format: Format, systems: &[Ranking]) -> Self {
        let systems = systems
            .iter()
            .map(|&system| (system, Kept::default()))
            .collect();
        Self { format, systems }
    }

    fn ask(
        &mut self,
        matter: &Matter,
        memory: &str,
        asked: &Asked,
        mut embedder: Option<&mut dyn Embedder>,
    ) -> Result<(), EvalError> {
        for (system, kept) in &mut self.systems {
            let evidence = matter
                .evidence(&asked.text, lent(&mut embedder), *system, DEPTH)
                .map_err(|source| EvalError::Ask {
                    memory: memory.into(),
                    question: asked.text.clone(),
                    source,
                })?;
            let ranked: Vec<TurnId> = evidence.turns.iter().map(|found| found.turn).collect();
            let figures = Figures::of(&ranked, &asked.evidence);
            let of_kind = kept.by_kind.entry(asked.kind.clone()).or_default();
            of_kind.push(figures);
            let first = update_first(&ranked, &asked.evidence, &asked.outdated);
            kept.updates.extend(first);
        }
        Ok(())
    }

    fn report(self, skipped: Vec<super::Skipped>) -> Report {
        let systems: Vec<(Ranking, SystemReport)> = self
            .systems
            .into_iter()
            .map(|(system, kept)| (system, summed(self.format, &kept)))
            .collect();
        Report {
            format: self.format,
            questions: systems
                .first()
                .map_or(0, |(_, report)| report.all.questions),
            skipped,
            systems,
        }
    }
}

fn summed(format: Format, kept: &Kept) -> SystemReport {
    let by_kind = &kept.by_kind;
    let counted = by_kind.iter().filter(|(kind, _)| format.counts(kind));
    SystemReport {
        all: Figures::mean(counted.flat_map(|(_, each)| each)),
        update_first: share_first(&kept.updates),
        by_kind: by_kind
            .iter()
            .map(|(kind, each)| (kind.clone(), Figures::mean(each.iter())))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::eval::retrieval::testing::{Letters, file};

    fn locomo() -> Value {
        json!([{
            "conversation": {
                "session_1_date_time": "1:56 pm on 8 May, 2023",
                "session_1": [
                    {"speaker": "Ann", "dia_id": "D1:1", "text": "I took up pottery."},
                    {"speaker": "Ben", "dia_id": "D1:2", "text": "My kiln broke."}
                ]
            },
            "qa": [
                {"question": "pottery", "evidence": ["D1:1"], "category": 4},
                {"question": "kiln", "evidence": ["D1:1"], "category": 5}
            ]
        }])
    }

    #[test]
    fn every_question_is_asked_of_every_ranking() {
        let (_folder, path) = file("locomo.json", &locomo());
        let systems = [Ranking::Gat, Ranking::Bm25, Ranking::Dense, Ranking::Hybrid];
        let mut letters = Letters::default();
        let mut told = 0;
        let report = run(
            Format::Locomo,
            &[path],
            &systems,
            None,
            Some(&mut letters),
            &mut |_| told += 1,
        )
        .unwrap();
        let order: Vec<Ranking> = report.systems.iter().map(|(system, _)| *system).collect();
        assert_eq!(order, systems);
        assert_eq!(report.questions, 1, "the fifth category stands apart");
        for (system, figures) in &report.systems {
            assert_eq!(figures.by_kind.len(), 2, "{system:?}");
            assert_eq!(figures.all.recall_20, 1.0, "{system:?}");
        }
        let (_, words) = &report.systems[1];
        assert_eq!(words.all.recall_1, 1.0);
        assert_eq!(words.by_kind["5-adversarial"].recall_1, 0.0);
        assert!(told > 0);
        assert_eq!(letters.encoded, 4, "two turns and two questions, each once");
    }

    #[test]
    fn words_alone_need_no_encoder_and_meaning_does() {
        let (_folder, path) = file("locomo.json", &locomo());
        let files = [path];
        let words = run(
            Format::Locomo,
            &files,
            &[Ranking::Bm25],
            None,
            None,
            &mut |_| {},
        )
        .unwrap();
        assert_eq!(words.questions, 1);
        let error = run(
            Format::Locomo,
            &files,
            &[Ranking::Hybrid],
            None,
            None,
            &mut |_| {},
        )
        .unwrap_err();
        assert!(
            matches!(error, EvalError::NoEncoder(Ranking::Hybrid)),
            "{error}"
        );
    }

    #[test]
    fn questions_do_not_see_later_turns() {
        let talk = json!({
            "id": "en-test", "lang": "en", "started": "2025-03-04T09:30:00",
            "turns": [
                {"turn": 1, "role": "client", "text": "The rent is 700.", "at": "2025-03-04T09:30:00"},
                {"turn": 2, "role": "counsel", "text": "Noted.", "at": "2025-03-04T09:31:00"},
                {"turn": 3, "role": "client", "text": "The rent of the flat: rent, rent.", "at": "2025-03-04T09:32:00"},
                {"turn": 4, "role": "counsel", "text": "Good.", "at": "2025-03-04T09:33:00"}
            ],
            "probes": [
                {"id": "p1", "after": 4, "kind": "single", "question": "rent of the flat", "answer": "700",
                 "accept": ["700"], "evidence": [3]},
                {"id": "p2", "after": 2, "kind": "single", "question": "rent", "answer": "700",
                 "accept": ["700"], "evidence": [1]},
                {"id": "p3", "after": 4, "kind": "abstain", "question": "deposit", "answer": "not said",
                 "accept": [], "evidence": []}
            ]
        });
        let (_folder, path) = file("talk.json", &talk);
        let report = run(
            Format::Consultation,
            &[path],
            &[Ranking::Bm25],
            None,
            None,
            &mut |_| {},
        )
        .unwrap();
        assert_eq!(report.questions, 2);
        assert_eq!(report.systems[0].1.all.recall_1, 1.0);
    }

    #[test]
    fn a_broken_file_is_named() {
        let (_folder, path) = file("broken.json", &json!({"not": "a list"}));
        let error = run(
            Format::Memdaily,
            &[path],
            &[Ranking::Bm25],
            None,
            None,
            &mut |_| {},
        )
        .unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("broken.json") && message.contains("line 1"),
            "{message}"
        );
    }
}
