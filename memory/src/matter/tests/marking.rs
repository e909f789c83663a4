//! What is said of citations: kept, moved with the matter, taken back.

use super::*;
use crate::mark::{Mark, Verdict};
use crate::matter::MarkError;
use crate::retrieve::Reason;
use crate::{MatterName, Matters};

const ASKED: &str = "How much deposit does Whitcombe hold?";
/// The same question in other words, to the letters' encoder at least.
const LIKE: &str = "How much deposit did Whitcombe hold?";
const UNLIKE: &str = "第七条";

fn mark(question: &str, turn: u32, verdict: impl Into<Option<Verdict>>) -> Mark {
    Mark {
        question: question.to_owned(),
        turn: TurnId(turn),
        verdict: verdict.into(),
    }
}

fn ranked(matter: &Matter, question: &str) -> Vec<(TurnId, f32)> {
    let mut letters = Letters::new("a");
    let evidence = matter.evidence(question, Some(&mut letters), Ranking::Hybrid, 8);
    let turns = evidence.unwrap().turns.into_iter();
    turns.map(|found| (found.turn, found.score)).collect()
}

fn place(matter: &Matter, question: &str, turn: u32) -> usize {
    let ranked = ranked(matter, question);
    let place = ranked.iter().position(|(found, _)| *found == TurnId(turn));
    place.unwrap_or_else(|| panic!("turn {turn} is not among {ranked:?}"))
}

#[test]
fn a_mark_helps_the_next_question_like_it_and_no_other() {
    let (_home, _folder, mut matter) = told();
    let last = ranked(&matter, LIKE).last().unwrap().0.0;
    let before = ranked(&matter, UNLIKE);
    let place_before = place(&matter, LIKE, last);
    assert!(matter.mark(mark(ASKED, last, Verdict::Right)).unwrap());
    assert!(place(&matter, LIKE, last) < place_before);
    assert!(place(&matter, ASKED, last) < place_before);
    assert_eq!(ranked(&matter, UNLIKE), before, "another question");
    let mut letters = Letters::new("a");
    let evidence = matter
        .evidence(LIKE, Some(&mut letters), Ranking::Gat, 8)
        .unwrap();
    let verdict = Verdict::Right;
    let told: Vec<TurnId> = evidence
        .turns
        .iter()
        .filter(|found| found.reasons.contains(&Reason::Marked { verdict }))
        .map(|found| found.turn)
        .collect();
    assert_eq!(told, [TurnId(last)]);
}

#[test]
fn a_turn_marked_wrong_falls() {
    let (_home, _folder, mut matter) = told();
    let before = place(&matter, LIKE, 2);
    matter.mark(mark(ASKED, 2, Verdict::Wrong)).unwrap();
    assert!(place(&matter, LIKE, 2) > before);
}

#[test]
fn without_vectors_a_mark_counts_for_the_same_words() {
    let mut matter = Matter::in_memory();
    tell(&mut matter, 0..8, None);
    let found = |matter: &Matter, question: &str| {
        let evidence = matter.evidence(question, None, Ranking::Hybrid, 8);
        let turns = evidence.unwrap().turns.into_iter();
        turns.map(|found| found.turn).collect::<Vec<_>>()
    };
    let (again, unlike) = (
        "how much DEPOSIT does whitcombe hold",
        "the rent of the flat",
    );
    let before = (found(&matter, again), found(&matter, unlike));
    let last = before.0[7].0;
    matter.mark(mark(ASKED, last, Verdict::Right)).unwrap();
    assert_ne!(found(&matter, again), before.0);
    assert_eq!(found(&matter, unlike), before.1);
    // Of questions without a word to go by only the same one is alike.
    let (wordless, other) = ("What was it?", "Who are they?");
    let before = (found(&matter, wordless), found(&matter, other));
    matter
        .mark(mark(wordless, before.0[7].0, Verdict::Right))
        .unwrap();
    assert_ne!(found(&matter, wordless), before.0);
    assert_eq!(found(&matter, other), before.1);
}

#[test]
fn a_later_mark_undoes_an_earlier_one_and_none_takes_it_back() {
    let (_home, folder, mut matter) = told();
    let before = ranked(&matter, ASKED);
    assert!(
        !matter.mark(mark(ASKED, 2, None)).unwrap(),
        "nothing to take back"
    );
    assert!(matter.mark(mark(ASKED, 2, Verdict::Right)).unwrap());
    assert!(!matter.mark(mark(ASKED, 2, Verdict::Right)).unwrap());
    assert!(matter.mark(mark(ASKED, 2, Verdict::Wrong)).unwrap());
    assert_eq!(matter.marks(), [mark(ASKED, 2, Verdict::Wrong)]);
    assert!(matter.mark(mark(ASKED, 2, None)).unwrap());
    assert_eq!(matter.marks(), []);
    assert_eq!(ranked(&matter, ASKED), before);
    drop(matter);
    assert_eq!(open(&folder).marks(), []);
}

#[test]
fn marks_outlive_the_process_and_need_no_rebuild() {
    let (_home, folder, mut matter) = told();
    matter.mark(mark(ASKED, 2, Verdict::Right)).unwrap();
    tell(&mut matter, 0..1, Some(&mut Letters::new("a")));
    matter.mark(mark(" 第七条 ", 6, Verdict::Wrong)).unwrap();
    let (marks, seen) = (matter.marks().to_vec(), see(&matter));
    assert_eq!(marks[1].question, "第七条");
    assert_sound(&matter);
    drop(matter);
    let mut matter = open(&folder);
    assert_eq!(matter.opened().store, StoreState::Matched);
    assert_eq!((matter.marks(), see(&matter)), (&marks[..], seen.clone()));
    matter
        .rebuild(Some(&mut Letters::new("a")), &mut |_, _| ())
        .unwrap();
    assert_eq!((matter.marks(), see(&matter)), (&marks[..], seen));
}

/// The journal was written, and then the process died.
#[test]
fn a_store_that_lacks_a_mark_is_no_other_journals() {
    let (_home, folder, matter) = told();
    drop(matter);
    let old = tempfile::tempdir().unwrap();
    copy_folder(&folder.join("store"), old.path());
    let mut matter = open(&folder);
    matter.mark(mark(ASKED, 2, Verdict::Right)).unwrap();
    drop(matter);
    replace_store(&folder, old.path());
    let matter = open(&folder);
    assert_eq!(matter.opened().store, StoreState::Matched);
    assert_eq!(matter.marks().len(), 1);
    assert_sound(&matter);
}

#[test]
fn a_forgotten_turn_takes_its_marks_with_it() {
    let (_home, folder, mut matter) = told();
    matter
        .mark(mark("Which fnord scheme?", 3, Verdict::Right))
        .unwrap();
    matter.mark(mark(ASKED, 1, Verdict::Right)).unwrap();
    assert_ne!(holding(&folder, "fnord"), Vec::<PathBuf>::new());
    matter.forget(TurnId(3)).unwrap();
    assert_eq!(holding(&folder, "fnord"), Vec::<PathBuf>::new());
    assert_eq!(matter.marks(), [mark(ASKED, 1, Verdict::Right)]);
    let error = matter.mark(mark(ASKED, 3, Verdict::Right)).unwrap_err();
    assert!(matches!(error, MarkError::NoSuchTurn { .. }), "{error}");
    assert_sound(&matter);
    drop(matter);
    assert_eq!(open(&folder).marks(), [mark(ASKED, 1, Verdict::Right)]);
}

#[test]
fn what_cannot_be_marked_is_said_and_not_kept() {
    let (_home, folder, mut matter) = told();
    let journal = fs::read(folder.join(JOURNAL)).unwrap();
    for (question, turn) in [(ASKED, 0), (ASKED, 9), ("  ", 1)] {
        assert!(matter.mark(mark(question, turn, Verdict::Right)).is_err());
    }
    assert_eq!(fs::read(folder.join(JOURNAL)).unwrap(), journal);
}

#[test]
fn marks_are_exported_and_imported() {
    let home = tempfile::tempdir().unwrap();
    let matters = Matters::open(home.path()).unwrap();
    let name = |name: &str| MatterName::new(name).unwrap();
    let mut matter = matters.create(&name("a")).unwrap();
    tell(&mut matter, 0..4, None);
    matter.mark(mark(ASKED, 2, Verdict::Right)).unwrap();
    matter.mark(mark(ASKED, 2, Verdict::Wrong)).unwrap();
    matter.mark(mark(ASKED, 3, Verdict::Right)).unwrap();
    let lines: Vec<String> = matter.export().collect();
    assert_eq!(lines.len(), 6, "one line a turn and a mark in force");
    let text = lines.join("\n");
    assert_eq!(matters.import(&name("b"), text.as_bytes()).unwrap(), 4);
    assert_eq!(
        matters.list().unwrap().iter().map(|m| m.turns).max(),
        Some(4)
    );
    let copy = matters.open_matter(&name("b")).unwrap();
    assert_eq!(copy.marks(), matter.marks());
    let early = format!("{}\n{}", lines[5], text);
    let error = matters.import(&name("c"), early.as_bytes()).unwrap_err();
    assert!(
        error.to_string().contains("line 1: it marks turn 3"),
        "{error}"
    );
}
