//! Taking turns in, and asking for them.

use super::*;

#[test]
fn a_matter_can_go_to_another_thread() {
    let mut matter = Matter::in_memory();
    let teller = std::thread::spawn(move || {
        tell(&mut matter, 0..1, None);
        matter
    });
    assert_eq!(teller.join().unwrap().turns().len(), 1);
}

#[test]
fn a_matter_in_memory_is_like_one_on_disk() {
    let (_home, _folder, on_disk) = told();
    let mut matter = Matter::in_memory();
    tell(&mut matter, 0..TALK.len(), Some(&mut Letters::new("a")));
    assert_eq!(see(&matter), see(&on_disk));
    assert_eq!(matter.folder(), None);
    matter.forget(TurnId(1)).unwrap();
    matter.rebuild(None, &mut |_, _| ()).unwrap();
    assert!(matter.turns()[0].is_forgotten());
    assert_sound(&matter);
}

#[test]
fn turns_without_text_or_of_an_earlier_session_are_refused() {
    let mut matter = Matter::in_memory();
    for text in ["", " \n\t", "\u{3000}"] {
        let turn = NewTurn::new(Role::Client, said(0).at, text);
        let error = matter.remember(turn, None).unwrap_err();
        assert!(matches!(
            error,
            RememberError::Invalid(InvalidTurn::EmptyText)
        ));
    }
    let in_session = |session| NewTurn { session, ..said(0) };
    assert!(matter.remember(in_session(0), None).is_err());
    matter.remember(in_session(2), None).unwrap();
    let error = matter.remember(in_session(1), None).unwrap_err();
    let expected = InvalidTurn::SessionBack { given: 1, last: 2 };
    assert!(matches!(error, RememberError::Invalid(invalid) if invalid == expected));
    matter.remember(in_session(2), None).unwrap();
    assert_eq!(matter.turns().len(), 2);
}

#[test]
fn a_question_leaves_no_trace() {
    let (_home, folder, mut matter) = told();
    let journal = fs::read(folder.join(JOURNAL)).unwrap();
    let before = see(&matter);
    let question = "What about the unicorn zzyzx?";
    for ranking in [Ranking::Bm25, Ranking::Dense, Ranking::Hybrid] {
        let mut letters = Letters::new("a");
        matter
            .evidence(question, Some(&mut letters), ranking, 3)
            .unwrap();
        matter.evidence(question, None, ranking, 3).unwrap();
    }
    assert_eq!(see(&matter), before);
    assert_eq!(fs::read(folder.join(JOURNAL)).unwrap(), journal);
    tell(&mut matter, 0..1, None);
    drop(matter);
    assert_eq!(holding(&folder, "zzyzx"), Vec::<PathBuf>::new());
}

#[test]
fn an_empty_question_is_refused() {
    let matter = Matter::in_memory();
    let error = matter.evidence(" \n", None, Ranking::Bm25, 3).unwrap_err();
    assert!(matches!(error, EvidenceError::EmptyQuestion));
}

#[test]
fn a_failing_encoder_keeps_the_turn_out_until_it_is_left_out() {
    let (_home, folder, mut matter) = told();
    let mut broken = Letters::new("a");
    broken.fails = true;
    let error = matter.remember(said(0), Some(&mut broken)).unwrap_err();
    assert!(matches!(error, RememberError::Embed(_)));
    assert_eq!(matter.turns().len(), 8);
    assert_eq!(matter.remember(said(0), None).unwrap(), TurnId(9));
    drop(matter);
    assert_eq!(open(&folder).missing_vectors(), [TurnId(9)]);
}

#[test]
fn why_tells_what_a_turn_is_linked_to() {
    let (_home, _folder, matter) = told();
    assert_eq!(matter.why(TurnId(0)), None);
    assert_eq!(matter.why(TurnId(9)), None);
    let why = matter.why(TurnId(7)).unwrap();
    assert_eq!(why.turn.text, TALK[6]);
    let kinds: Vec<EdgeKind> = why.edges.iter().map(|edge| edge.kind).collect();
    for kind in [EdgeKind::InSession, EdgeKind::Next, EdgeKind::Similar] {
        assert!(kinds.contains(&kind), "{kind:?} is not among {kinds:?}");
    }
}
