//! Training what the reader goes by: what a question is for, which sentences and values answer
//! it, and whether any do.

use serde::Serialize;

use super::auc::auc;
use super::choice::{Choice, Fit, cross_validated};
use super::classes::{self, Labelled};
use super::committee::learn;
use super::lesson::{LessonError, ReaderLesson};
use crate::consultation::ProbeKind;
use crate::read::classes::Classes;
use crate::read::doubt::Doubt;
use crate::read::form::Form;
use crate::read::guess::{Guess, LETTERS};
use crate::read::manner::Manner;
use crate::read::network::Network;
use crate::read::purpose::Purpose;
use crate::read::weigh::Weights;

/// How training went.
#[derive(Clone, Debug, Serialize)]
pub struct ReaderReport {
    /// Of how many consultations.
    pub consultations: usize,
    /// How well it is told what a question is for.
    pub purposes: Fit,
    /// How well the form of its answer is told.
    pub forms: Fit,
    /// How well it is told how its answer comes of what was told.
    pub manners: Fit,
    /// How well sentences are chosen, of which the answer's turns are.
    pub sentences: Fit,
    /// How well values are chosen, where one of them is the answer.
    pub values: Fit,
    /// How well values are chosen, where the answer is made of several.
    pub operands: Fit,
    /// How well the turns that answer together are chosen.
    pub sets: Fit,
    /// How well what the values come to is chosen, where the answer is reckoned or may be.
    pub reckonings: Fit,
    /// How well questions are told apart that the record does not answer.
    pub doubts: Fit,
    /// The same as the area under the curve: how often one that it answers is found less doubtful than
    /// one that it does not. None unless there are both.
    pub answerable_auc: Option<f64>,
}

impl ReaderReport {
    /// For people.
    pub fn summary(&self) -> String {
        let line = |name: &str, fit: &Fit| {
            format!(
                "{name:<12} {:>4} questions  first {:.3}  all in five {:.3}  loss {:.3}\n",
                fit.questions, fit.first, fit.all_in_five, fit.loss
            )
        };
        format!(
            "{} consultations; on those left out in turn:\n",
            self.consultations
        ) + &line("purposes", &self.purposes)
            + &line("forms", &self.forms)
            + &line("manners", &self.manners)
            + &line("sentences", &self.sentences)
            + &line("values", &self.values)
            + &line("operands", &self.operands)
            + &line("sets", &self.sets)
            + &line("reckonings", &self.reckonings)
            + &line("doubts", &self.doubts)
            + &self.answerable_auc.map_or_else(String::new, |auc| {
                format!("whether the record answers: area under the curve {auc:.3}\n")
            })
    }
}

/// Learns to choose sentences and values, by the attention of the model that the lessons were taken
/// down with (`looking`) or without; the same lessons give the same weights. The attention of the
/// lessons must be that of pointers which have not seen their consultations, for it is better than
/// that in those that they have. Returns the weights as JSON.
///
/// # Errors
///
/// If there are no lessons.
pub fn train_reader(
    lessons: &[ReaderLesson],
    looking: bool,
) -> Result<(String, ReaderReport), LessonError> {
    if lessons.is_empty() {
        return Err(LessonError::Nothing);
    }
    let names = names(lessons);
    // Each fold leaves out whole consultations.
    let folded = |lesson| {
        let place = names.iter().position(|name| *name == consultation(lesson));
        (place.unwrap_or(0), lesson)
    };
    let folded: Vec<(usize, &ReaderLesson)> = lessons.iter().map(folded).collect();
    let kinds = Kinds::of(lessons);
    let manners: Vec<Option<Manner>> = lessons.iter().map(ReaderLesson::manner).collect();
    let (weights, report) = learn_all(&folded, &kinds, &manners, looking);
    let json = serde_json::to_string(&weights).expect("numbers are written");
    Ok((json, report))
}

/// The consultations of lessons, by name.
fn names(lessons: &[ReaderLesson]) -> Vec<&str> {
    let mut names: Vec<&str> = lessons.iter().map(consultation).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn consultation(lesson: &ReaderLesson) -> &str {
    &lesson.consultation
}

/// How much a question of each kind counts, so that all of a kind count as much as they are of all
/// that people ask: lessons have more of those that are hard.
struct Kinds(Vec<(ProbeKind, f32)>);

impl Kinds {
    fn of(lessons: &[ReaderLesson]) -> Self {
        /// The mixture of `estoppel help run`'s kinds that consultations are evaluated with.
        const ASKED: [(ProbeKind, f32); 8] = [
            (ProbeKind::Single, 0.16),
            (ProbeKind::Coreference, 0.12),
            (ProbeKind::Update, 0.2),
            (ProbeKind::Contradiction, 0.08),
            (ProbeKind::Numeric, 0.12),
            (ProbeKind::Temporal, 0.16),
            (ProbeKind::Multi, 0.08),
            (ProbeKind::Abstain, 0.08),
        ];
        let weight = |(kind, asked): (ProbeKind, f32)| {
            let own = lessons.iter().filter(|lesson| lesson.probe.kind == kind);
            let learnt = own.count().max(1) as f32 / lessons.len().max(1) as f32;
            (kind, asked / learnt)
        };
        Self(ASKED.into_iter().map(weight).collect())
    }

    fn weight(&self, lesson: &ReaderLesson) -> f32 {
        let own = self.0.iter().find(|(kind, _)| *kind == lesson.probe.kind);
        own.map_or(1.0, |(_, weight)| *weight)
    }
}

/// Learns a class of the questions of lessons, each with its fold; with the shares by weights
/// that have not seen the consultation.
fn classes(
    lessons: &[(usize, &ReaderLesson)],
    kinds: &Kinds,
    looking: bool,
    classes: usize,
    class: impl Fn(usize, &ReaderLesson) -> Option<usize>,
) -> ((Classes, Fit), Vec<Vec<f32>>) {
    let labelled = lessons
        .iter()
        .enumerate()
        .map(|(at, (fold, lesson))| Labelled {
            fold: *fold,
            input: lesson.asked(looking),
            class: class(at, lesson),
            weight: kinds.weight(lesson),
        });
    let labelled: Vec<Labelled> = labelled.collect();
    let (fit, judged) = classes::cross_validated(&labelled, classes, LETTERS);
    let weights = classes::learn(&labelled.iter().collect::<Vec<_>>(), classes, LETTERS);
    ((weights, fit), judged)
}

/// Learns all from lessons, each with the number of its consultation and its manner. Sentences are
/// learnt beside what questions are taken for by weights that have not seen the consultation, values
/// beside what sentences look like to a network that has not seen it, and doubt beside what both
/// look like.
fn learn_all(
    lessons: &[(usize, &ReaderLesson)],
    kinds: &Kinds,
    known_manners: &[Option<Manner>],
    looking: bool,
) -> (Weights, ReaderReport) {
    let classes = |most, class: &dyn Fn(usize, &ReaderLesson) -> Option<usize>| {
        classes(lessons, kinds, looking, most, class)
    };
    let (purposes, likely_purposes) = classes(Purpose::ALL.len(), &|_, lesson| {
        let own = |other: &Purpose| *other == lesson.purpose();
        Purpose::ALL.iter().position(own)
    });
    let (forms, likely_forms) = classes(Form::ALL.len(), &|_, lesson| {
        let own = |other: &Form| Some(*other) == lesson.form();
        Form::ALL.iter().position(own)
    });
    let (manners, likely_manners) = classes(Manner::ALL.len(), &|at, _| {
        known_manners[at].map(Manner::place)
    });
    let likely = likely_purposes
        .iter()
        .zip(&likely_forms)
        .zip(&likely_manners);
    let guesses = lessons.iter().zip(likely);
    let guesses: Vec<Guess> = guesses
        .filter_map(|((_, lesson), ((purposes, forms), manners))| {
            lesson.guess([purposes, forms, manners], looking)
        })
        .collect();
    let each = || lessons.iter().zip(&guesses);
    let of_sentences =
        each().map(|((fold, lesson), guess)| (*fold, lesson.sentences(guess, looking)));
    let of_sentences: Vec<(usize, Choice)> = of_sentences.collect();
    let (sentences, logits) = learnt(&of_sentences);
    let seen = || each().zip(&logits);
    let of_values = seen()
        .map(|(((fold, lesson), guess), logits)| (*fold, lesson.answers(logits, guess, looking)));
    let of_values: Vec<(usize, Choice)> = of_values.collect();
    let (values, value_logits) = learnt(&of_values);
    let of_operands = seen()
        .map(|(((fold, lesson), guess), logits)| (*fold, lesson.operands(logits, guess, looking)));
    let of_operands: Vec<(usize, Choice)> = of_operands.collect();
    let (operands, operand_logits) = learnt(&of_operands);
    let pieces = logits.iter().zip(&value_logits).zip(&operand_logits);
    let of_sets = each().zip(pieces).map(
        |(((fold, lesson), guess), ((sentences, values), operands))| {
            let choice = lesson.sets([sentences, values, operands], guess, looking);
            (*fold, choice)
        },
    );
    let (sets, set_logits) = learnt(&of_sets.collect::<Vec<_>>());
    let pieces = logits.iter().zip(&value_logits).zip(&operand_logits);
    let of_reckonings = each().zip(pieces.zip(&set_logits)).map(
        |(((fold, lesson), guess), (((sentences, values), operands), sets))| {
            let pieces = [sentences, values, operands].map(Vec::as_slice);
            (*fold, lesson.reckonings(pieces, sets, guess, looking))
        },
    );
    let (reckonings, _) = learnt(&of_reckonings.collect::<Vec<_>>());
    let mut right = Vec::new();
    let mut inputs = Vec::new();
    let judged = seen().zip(of_values.iter().zip(&value_logits));
    for ((((fold, lesson), guess), logits), ((_, choice), value_logits)) in judged {
        let input = lesson.scales(logits, choice, value_logits, guess, looking);
        inputs.push(Labelled {
            fold: *fold,
            input,
            class: Some(usize::from(lesson.probe.evidence.is_empty())),
            weight: 1.0,
        });
        right.push(lesson.is_right(logits, choice, value_logits, guess));
    }
    let (doubt, of_doubt, answerable_auc) = doubt(&inputs, &right);
    // Their numbers are the places of the consultations.
    let consultations = lessons.iter().map(|(fold, _)| fold + 1).max();
    let report = ReaderReport {
        consultations: consultations.unwrap_or(0),
        purposes: purposes.1,
        forms: forms.1,
        manners: manners.1,
        sentences: sentences.1,
        values: values.1,
        operands: operands.1,
        sets: sets.1,
        reckonings: reckonings.1,
        doubts: of_doubt,
        answerable_auc,
    };
    let weights = Weights {
        purposes: purposes.0,
        forms: forms.0,
        manners: manners.0,
        sentences: sentences.0,
        values: values.0,
        operands: operands.0,
        sets: sets.0,
        reckonings: reckonings.0,
        doubts: doubt,
    };
    (weights, report)
}

/// Learns to choose from the choices that are useful; with the logits of all of them, of the
/// useful ones by networks that have not seen the consultation.
fn learnt(choices: &[(usize, Choice)]) -> ((Network, Fit), Vec<Vec<f32>>) {
    let useful = choices.iter().filter(|(_, choice)| choice.is_useful());
    let useful: Vec<(usize, Choice)> = useful.cloned().collect();
    let (fit, judged) = cross_validated(&useful);
    let network = learn(&useful.iter().map(|(_, choice)| choice).collect::<Vec<_>>());
    let mut judged = judged.into_iter();
    let logits = choices.iter().map(|(_, choice)| match choice.is_useful() {
        true => judged.next().unwrap_or_default(),
        false => choice.logits(&network),
    });
    let logits = logits.collect();
    ((network, fit), logits)
}

/// Learns when to say that the record does not say, with how well and the area under the curve: from where on more questions that have no
/// answer are declined than others that would be answered rightly.
fn doubt(of: &[Labelled], right: &[bool]) -> (Doubt, Fit, Option<f64>) {
    /// Only what is likelier to have no answer than to have one is declined.
    const LEAST: f32 = 0.5;
    let (fit, judged) = classes::cross_validated(of, 2, 0);
    let answerable = judged.iter().zip(of);
    let answerable: Vec<(f64, bool)> = answerable
        .map(|(shares, of)| (f64::from(shares[0]), of.class == Some(0)))
        .collect();
    let mut doubts: Vec<(f32, i32)> = judged
        .iter()
        .zip(of)
        .zip(right)
        .map(
            |((shares, of), right)| match (of.class == Some(1), *right) {
                (true, _) => (shares[1], 1),
                (false, true) => (shares[1], -1),
                (false, false) => (shares[1], 0),
            },
        )
        .collect();
    doubts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut won, mut most, mut from) = (0, 0, 1.0);
    for (share, gain) in doubts {
        won += gain;
        if won > most {
            (most, from) = (won, share);
        }
    }
    let classes = classes::learn(&of.iter().collect::<Vec<_>>(), 2, 0);
    let from = f32::max(from, LEAST);
    (Doubt { classes, from }, fit, auc(&answerable))
}

#[cfg(test)]
mod tests {
    use super::super::lesson::tests::lesson;
    use super::*;
    use crate::read::choose::Kind;

    #[test]
    fn what_tells_the_answer_comes_to_count() {
        let lessons: Vec<ReaderLesson> = (1..=12)
            .map(|answer| lesson(answer, &format!("talk {answer}")))
            .collect();
        let [looking, blind] = [true, false].map(|looking| {
            let trained = train_reader(&lessons, looking);
            trained.expect("there are lessons")
        });
        let (json, report) = looking;
        assert_eq!(report.consultations, 12);
        assert_eq!(report.sentences.questions, 10);
        assert_eq!([report.sentences.first, report.values.first], [1.0, 1.0]);
        assert!(report.sentences.loss < blind.1.sentences.loss);
        assert!(report.values.loss < blind.1.values.loss);
        assert_eq!(report.purposes.first, 1.0);
        assert_eq!(report.forms.first, 1.0);
        let weights: Weights = serde_json::from_str(&json).expect("it is read back");
        let guess = Guess::known(Purpose::One, &[Form::Value(Kind::Money)]);
        let sentences = lessons[2].sentences(&guess, true);
        let logits = sentences.logits(&weights.sentences);
        assert_eq!(sentences.ranked(&logits)[0], 3);
        assert!(train_reader(&[], true).is_err());
    }
}
