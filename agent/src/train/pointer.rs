//! Teaching the pointer: consultations as lessons, passes over them, and what it is worth on
//! consultations that were left out.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::ops::{ControlFlow, Range};
use std::path::Path;

use estoppel_memory::extract::extract;
use estoppel_memory::{Embedder, Turn, TurnId};
use estoppel_model::{
    GenerateError, Generator, Head, HeadRelevance, Message, Pointer, PointerLesson, PointerPlan,
    PointerTeacher, Recall, Spot, Target,
};
use jiff::civil::DateTime;
use serde::Serialize;

use super::lesson::shown;
use super::schedule::{Schedule, TeachingReport};
use super::talk::{TeachingError, lessons, read};
use crate::consultation::{Consultation, Form, Probe, ProbeKind};
use crate::eval::answers::value_right;
use crate::eval::random::SplitMix;
use crate::prompt::{self, Written};
use crate::read::choose::Kind;
use crate::read::form::Form as AnswerForm;
use crate::read::manner::Manner;
use crate::read::pointing::{COUNTS, EVIDENCE, QuestionClasses, plan, pointers};

/// The kinds of questions, in the order in which a pointer tells them apart.
const KINDS: [ProbeKind; 8] = [
    ProbeKind::Single,
    ProbeKind::Coreference,
    ProbeKind::Update,
    ProbeKind::Contradiction,
    ProbeKind::Numeric,
    ProbeKind::Temporal,
    ProbeKind::Multi,
    ProbeKind::Abstain,
];

/// A consultation as lessons for a pointer.
pub struct PointerTalk {
    /// The consultation's id.
    pub name: String,
    history: Vec<Message>,
    lessons: Vec<(Probe, PointerLesson)>,
}

/// How the pointers that come with the program are planned, for a model of so many layers. Learnt
/// in are the layers from `first` on; `seed` decides what is random.
pub fn pointer_plan(layers: usize, first: usize, seed: u64) -> PointerPlan {
    plan(layers, first, seed)
}

/// The pointer of the default language model, as it comes with the program.
pub fn shipped_pointer() -> Pointer {
    pointers()[0].clone()
}

/// Questions of a consultation that a step is taken after.
const A_STEP: usize = 10;

/// What a pointer is worth on questions that it did not learn from.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PointerFit {
    /// Consultations and questions.
    pub consultations: usize,
    /// Questions.
    pub questions: usize,
    /// Of those that are answered, the share whose turn that is pointed at most answers.
    pub first: f64,
    /// The share whose turns are all among the first five.
    pub all_in_five: f64,
    /// The share whose first turns, so many as answer, are those that answer.
    pub exact: f64,
    /// Of all, the share whose kind is told.
    pub kind: f64,
    /// The share of which it is told how many turns answer.
    pub count: f64,
    /// Of those of which it is known, the share whose answer's form is told.
    pub form: f64,
    /// The same of the manner in which the answer comes of what was told.
    pub manner: f64,
}

impl Display for PointerFit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} consultations left out, {} questions: first {:.3}  all in five {:.3}  exact {:.3}  \
             kind {:.3}  count {:.3}  form {:.3}  manner {:.3}",
            self.consultations,
            self.questions,
            self.first,
            self.all_in_five,
            self.exact,
            self.kind,
            self.count,
            self.form,
            self.manner
        )
    }
}

/// The questions of a consultation, each with the turns that retrieval finds when it is asked.
///
/// # Errors
///
/// If the encoder fails, or a turn cannot be kept.
pub fn pointer_talk(
    consultation: &Consultation,
    encoder: &mut dyn Embedder,
) -> Result<PointerTalk, TeachingError> {
    let (history, lessons) = lessons(consultation, encoder, |probe, turns, shown, prompt| {
        Some(PointerLesson {
            prompt,
            among: prompt::written(turns, shown).iter().map(spoken).collect(),
            aims: aims(probe, turns).to_vec(),
            classes: classes_of(probe, turns),
        })
    })?;
    Ok(PointerTalk {
        name: consultation.id.clone(),
        history,
        lessons,
    })
}

/// All that was said in a turn: its heading is nothing to point at.
fn spoken((turn, written): &(TurnId, Written)) -> Spot {
    Spot {
        mark: turn.0,
        bytes: written.start()..usize::MAX,
    }
}

/// What is to be pointed at: each turn that answers, each that is stale, and the words of the
/// answer.
fn aims(probe: &Probe, turns: &[Turn]) -> [Vec<Target>; 3] {
    let of = |numbers: &[u32]| {
        let own = turns.iter().filter(|turn| numbers.contains(&turn.id.0));
        let own: Vec<&Turn> = own.collect();
        let written = prompt::written(turns, &own);
        written.into_iter().zip(own).collect::<Vec<_>>()
    };
    let (answering, stale) = (of(&probe.evidence), of(&probe.superseded));
    let words = answering.iter().flat_map(|((id, written), turn)| {
        let spots = words_of(probe, turn).into_iter();
        spots.map(move |bytes| Spot {
            mark: id.0,
            bytes: written_at(written, &bytes),
        })
    });
    let words: Target = words.collect();
    let whole = |of: &[((TurnId, Written), &Turn)]| {
        of.iter()
            .map(|(written, _)| vec![spoken(written)])
            .collect()
    };
    [
        whole(&answering),
        whole(&stale),
        Vec::from_iter((!words.is_empty()).then_some(words)),
    ]
}

/// The bytes of a turn's text that an accepted answer is, or a value that the right one names.
fn words_of(probe: &Probe, turn: &Turn) -> Vec<Range<usize>> {
    let named = extract(&probe.answer, turn.at).statements.into_iter();
    let named: Vec<_> = named.map(|told| told.value).collect();
    let told = extract(&turn.text, turn.at).statements.into_iter();
    let told = told
        .filter(|told| named.contains(&told.value))
        .map(|told| told.span);
    let text = turn.text.to_lowercase();
    // Where letters change their length, places are not those of the text.
    let parts = probe.accept.iter().flat_map(Form::parts);
    let parts = parts.filter(|_| text.len() == turn.text.len());
    let accepted = parts.flat_map(|part| {
        let part = part.to_lowercase();
        let found = text
            .match_indices(&part)
            .map(|(at, found)| at..at + found.len());
        found
            .filter(|bytes| is_whole(&text, bytes))
            .collect::<Vec<_>>()
    });
    told.chain(accepted).collect()
}

/// Whether bytes of a text are no part of a longer word or number.
fn is_whole(text: &str, bytes: &Range<usize>) -> bool {
    let own = &text[bytes.clone()];
    let joins = |c: char| c.is_ascii_alphanumeric();
    let before = text[..bytes.start].ends_with(joins) && own.starts_with(joins);
    let after = text[bytes.end..].starts_with(joins) && own.ends_with(joins);
    !before && !after
}

/// The bytes, in what the model reads, of bytes of a turn's text.
fn written_at(written: &Written, bytes: &Range<usize>) -> Range<usize> {
    let text = written.text();
    let first = |at: usize| {
        let mut places = text
            .char_indices()
            .map(|(place, _)| place)
            .filter(|p| *p >= written.start());
        places
            .find(|place| written.place(*place) >= at)
            .unwrap_or(text.len())
    };
    first(bytes.start)..first(bytes.end)
}

/// Of each group of classes, the one that is right, as far as the probe tells.
fn classes_of(probe: &Probe, turns: &[Turn]) -> Vec<Option<usize>> {
    let kind = KINDS.iter().position(|other| *other == probe.kind);
    let count = probe.evidence.len().min(COUNTS - 1);
    let form = form_of(probe);
    let manner = form.and_then(|form| manner_of(probe, form, turns));
    vec![
        kind,
        Some(count),
        form.and_then(|form| AnswerForm::ALL.iter().position(|other| *other == form)),
        manner.map(Manner::place),
    ]
}

/// The form of the answer: that of the first value it names which is accepted.
fn form_of(probe: &Probe) -> Option<AnswerForm> {
    match probe.kind {
        ProbeKind::Abstain => None,
        ProbeKind::Contradiction => Some(AnswerForm::Words),
        _ => {
            // The day plays no role, for only the kind is looked at.
            let named = extract(&probe.answer, DateTime::default()).statements;
            let mut named = named.into_iter();
            let accepted = named.find(|told| value_right(probe, &probe.answer[told.span.clone()]));
            Some(accepted.map_or(AnswerForm::Words, |told| {
                AnswerForm::Value(Kind::of(&told.value))
            }))
        }
    }
}

/// How an answer of this form comes of what was told, if that is known.
fn manner_of(probe: &Probe, form: AnswerForm, turns: &[Turn]) -> Option<Manner> {
    let answering = turns
        .iter()
        .filter(|turn| probe.evidence.contains(&turn.id.0));
    let is_told = answering.flat_map(|turn| {
        let told = extract(&turn.text, turn.at).statements.into_iter();
        told.map(|told| &turn.text[told.span])
    });
    let reckons = matches!(probe.kind, ProbeKind::Numeric | ProbeKind::Temporal);
    match form {
        _ if !reckons || is_told.into_iter().any(|told| value_right(probe, told)) => {
            Some(Manner::Told)
        }
        _ if probe.kind == ProbeKind::Numeric => shown(&probe.answer),
        AnswerForm::Value(Kind::Duration) => Some(Manner::Between),
        AnswerForm::Value(Kind::Date) => Some(Manner::After),
        _ => None,
    }
}

/// Goes through consultations so many times, and returns the pointer as a file. `cache` is where
/// what the model reads is kept, about 100 MB for each consultation. `progress` is told how many
/// steps are done, of how many, and may stop; the pointer is then as it was taught so far, and not
/// measured.
///
/// # Errors
///
/// If the model fails.
pub fn train_pointer(
    talks: &[PointerTalk],
    teacher: &mut PointerTeacher,
    schedule: &Schedule,
    cache: &Path,
    progress: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<(Vec<u8>, TeachingReport<PointerFit>), TeachingError> {
    let (learnt, left_out) = schedule.split(talks);
    if learnt.iter().all(|talk| talk.lessons.is_empty()) {
        return Err(TeachingError::Nothing);
    }
    if !teacher.has_retrieval_heads() {
        let heads = retrieval_heads(&learnt, teacher, cache)?;
        teacher.look_through(heads);
    }
    let learn = |talk: &PointerTalk, rate, random: &mut SplitMix| {
        talk.read(teacher, cache)?;
        let lessons = talk.lessons.iter();
        let lessons = lessons.map(|(probe, lesson)| some_forgotten(lesson, probe, random));
        let mut lessons: Vec<PointerLesson> = lessons.collect();
        random.shuffle(&mut lessons);
        let steps = lessons.chunks(A_STEP);
        let losses = steps.filter_map(|some| teacher.step(some, rate).transpose());
        Ok::<_, TeachingError>(losses.collect::<Result<_, _>>()?)
    };
    let gone = schedule.go_through(&learnt, learn, progress)?;
    let questions = learnt.iter().map(|talk| talk.lessons.len()).sum();
    let mut report = gone.report(learnt.len(), questions);
    let file = teacher.pointer()?;
    if !left_out.is_empty() && !report.stopped {
        let pointer = Pointer::read(&file)?;
        report.left_out = Some(measure(&left_out, teacher, &pointer, cache)?);
    }
    Ok((file, report))
}

/// A lesson in which, half of the time, some turns are not recalled that neither answer nor are
/// stale: what answers is the same, and what stands beside it is not learnt by heart.
fn some_forgotten(lesson: &PointerLesson, probe: &Probe, random: &mut SplitMix) -> PointerLesson {
    /// The greatest share of them; the share is drawn anew for each lesson.
    const MOST: f64 = 0.7;
    let mut lesson = lesson.clone();
    if random.unit() < 0.5 {
        return lesson;
    }
    let share = MOST * random.unit();
    if let Recall::Only { messages } = &mut lesson.prompt.recall {
        let needed = |turn: &u32| probe.evidence.contains(turn) || probe.superseded.contains(turn);
        messages.retain(|turn| needed(turn) || random.unit() >= share);
    }
    lesson
}

/// The heads whose attention from a question finds best what answers it: those that rank a turn
/// that answers highest, by the mean of 1 over its rank (Wu et al., 2024, arXiv:2404.15574). They
/// are chosen on some of the consultations.
fn retrieval_heads(
    talks: &[&PointerTalk],
    teacher: &mut PointerTeacher,
    cache: &Path,
) -> Result<Vec<Head>, TeachingError> {
    const HEADS: usize = 8;
    const TALKS: usize = 20;
    let mut found: BTreeMap<Head, f32> = BTreeMap::new();
    for talk in talks.iter().take(TALKS) {
        talk.read(teacher, cache)?;
        let answered = talk.lessons.iter();
        let answered = answered.filter(|(probe, _)| !probe.evidence.is_empty());
        for (probe, lesson) in answered {
            for HeadRelevance { head, by_mark } in teacher.attention_by_head(&lesson.prompt)? {
                let answering = |turn: &&u32| probe.evidence.contains(*turn);
                let best = by_mark.keys().filter(answering).map(|turn| by_mark[turn]);
                let Some(best) = best.max_by(f32::total_cmp) else {
                    continue;
                };
                let before = by_mark.values().filter(|other| **other > best).count();
                *found.entry(head).or_default() += 1.0 / (before + 1) as f32;
            }
        }
    }
    let mut heads: Vec<Head> = found.keys().copied().collect();
    heads.sort_by(|a, b| found[b].total_cmp(&found[a]));
    heads.truncate(HEADS);
    Ok(heads)
}

impl PointerTalk {
    /// Has the model read it, unless it has.
    fn read(&self, teacher: &mut PointerTeacher, cache: &Path) -> Result<(), GenerateError> {
        read(teacher.model(), &self.name, &self.history, cache)
    }
}

fn measure(
    talks: &[&PointerTalk],
    teacher: &mut PointerTeacher,
    pointer: &Pointer,
    cache: &Path,
) -> Result<PointerFit, TeachingError> {
    let mut fit = PointerFit {
        consultations: talks.len(),
        ..PointerFit::default()
    };
    let (mut answered, mut formed, mut mannered) = (0, 0, 0);
    for talk in talks {
        talk.read(teacher, cache)?;
        for (probe, lesson) in &talk.lessons {
            let Some(relevance) = teacher.model().relevance(&lesson.prompt, pointer)? else {
                continue;
            };
            let mut shares: BTreeMap<u32, f32> = BTreeMap::new();
            for Spot { mark, bytes } in &lesson.among {
                let tokens = relevance.of(*mark).iter();
                let spoken = tokens.filter(|share| share.bytes.end > bytes.start);
                shares.insert(*mark, spoken.map(|share| share.pointed[EVIDENCE]).sum());
            }
            let mut ranked: Vec<u32> = shares.keys().copied().collect();
            ranked.sort_by(|a, b| shares[b].total_cmp(&shares[a]));
            let classes = QuestionClasses::new(relevance.classes());
            let flag = |holds: bool| f64::from(u8::from(holds));
            fit.questions += 1;
            let [kind, count, form, manner] = lesson.classes[..] else {
                continue;
            };
            fit.kind += flag(Some(classes.likeliest_kind()) == kind);
            fit.count += flag(Some(classes.likeliest_count()) == count);
            fit.form += flag(Some(classes.likeliest_form()) == form);
            fit.manner += flag(Some(classes.likeliest_manner()) == manner);
            formed += u32::from(form.is_some());
            mannered += u32::from(manner.is_some());
            if !probe.evidence.is_empty() {
                answered += 1;
                let among = |most: usize| {
                    let first = &ranked[..most.min(ranked.len())];
                    probe.evidence.iter().all(|turn| first.contains(turn))
                };
                fit.first += flag(ranked.first().is_some_and(|t| probe.evidence.contains(t)));
                fit.all_in_five += flag(among(5));
                fit.exact += flag(among(probe.evidence.len()));
            }
        }
    }
    let [answered, formed, mannered] =
        [answered, formed, mannered].map(|n: u32| f64::from(n.max(1)));
    let questions = fit.questions.max(1) as f64;
    for (sum, of) in [
        (&mut fit.first, answered),
        (&mut fit.all_in_five, answered),
        (&mut fit.exact, answered),
        (&mut fit.kind, questions),
        (&mut fit.count, questions),
        (&mut fit.form, formed),
        (&mut fit.manner, mannered),
    ] {
        *sum /= of;
    }
    Ok(fit)
}

#[cfg(test)]
mod tests {
    use estoppel_memory::{NewTurn, Role};
    use estoppel_model::Prompt;
    use jiff::civil::date;

    use super::*;

    /// A question about a sum, which one turn tells.
    fn probe(kind: ProbeKind, accepted: &str, evidence: u32) -> Probe {
        Probe {
            id: "p".to_owned(),
            after: evidence,
            kind,
            question: "How much was it?".to_owned(),
            answer: "£900.".to_owned(),
            accept: vec![Form::One(accepted.to_owned())],
            reject: Vec::new(),
            evidence: vec![evidence],
            superseded: Vec::new(),
            working: String::new(),
        }
    }

    #[test]
    fn the_words_of_an_answer_are_aimed_at_as_the_model_reads_them() {
        let text = "I paid her yesterday. The deposit was £900, in cash.";
        let at = date(2024, 3, 5).at(9, 0, 0, 0);
        let turn = Turn {
            id: TurnId(1),
            said: NewTurn::new(Role::Client, at, text),
        };
        let probe = probe(ProbeKind::Single, "in cash", 1);
        let turns = [turn];
        let [evidence, stale, words] = aims(&probe, &turns);
        assert_eq!((evidence.len(), stale.len(), words.len()), (1, 0, 1));
        let read = &prompt::history(&turns)[1].parts[0].text;
        let aimed: Vec<&str> = words[0]
            .iter()
            .map(|spot| &read[spot.bytes.clone()])
            .collect();
        assert_eq!(aimed, ["£900", "in cash"]);
    }

    #[test]
    fn what_answers_is_never_forgotten() {
        let probe = Probe {
            superseded: vec![2],
            ..probe(ProbeKind::Update, "£900", 7)
        };
        let all: Vec<u32> = (1..=9).collect();
        let lesson = PointerLesson {
            prompt: Prompt {
                recall: Recall::Only {
                    messages: all.clone(),
                },
                ..Prompt::default()
            },
            among: Vec::new(),
            aims: Vec::new(),
            classes: Vec::new(),
        };
        let mut random = SplitMix::new(1);
        let mut whole = 0;
        for _ in 0..100 {
            let own = some_forgotten(&lesson, &probe, &mut random);
            let Recall::Only { messages } = own.prompt.recall else {
                panic!("it recalls turns alone");
            };
            assert!(messages.contains(&7) && messages.contains(&2));
            assert!(messages.is_sorted());
            whole += u32::from(messages == all);
        }
        assert!((40..80).contains(&whole), "{whole}");
    }
}
