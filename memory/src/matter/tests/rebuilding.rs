//! What is derived can be derived again.

use super::*;

#[test]
fn a_rebuilt_matter_is_the_same() {
    let (_home, folder, mut matter) = told();
    let before = see(&matter);
    let mut seen = Vec::new();
    let mut letters = Letters::new("a");
    matter
        .rebuild(Some(&mut letters), &mut |done, of| seen.push((done, of)))
        .unwrap();
    assert_eq!(seen, [(8, 8)]);
    assert_eq!(see(&matter), before);
    matter.rebuild(None, &mut |_, _| ()).unwrap();
    assert_eq!(matter.encoder(), None);
    assert_eq!(matter.missing_vectors().len(), 8);
    assert_sound(&matter);
    drop(matter);
    let mut matter = open(&folder);
    assert_eq!(matter.opened().store, StoreState::Matched);
    matter.embed_missing(&mut letters, &mut |_, _| ()).unwrap();
    assert_eq!(see(&matter), before);
}

#[test]
fn vectors_of_two_encoders_never_meet() {
    let (_home, folder, mut matter) = told();
    let mut other = Letters::new("b");
    tell(&mut matter, 0..1, Some(&mut other));
    assert_eq!(matter.missing_vectors(), [TurnId(9)]);
    let question = "How much?";
    let error = matter
        .evidence(question, Some(&mut other), Ranking::Dense, 3)
        .unwrap_err();
    assert!(
        matches!(error, EvidenceError::OtherEncoder { .. }),
        "{error}"
    );
    let made = matter.embed_missing(&mut other, &mut |_, _| ()).unwrap();
    assert_eq!(made, 9);
    drop(matter);
    let matter = open(&folder);
    assert_eq!(matter.encoder().unwrap().id, "b");
    assert_eq!(matter.missing_vectors(), []);
    matter
        .evidence(question, Some(&mut other), Ranking::Dense, 3)
        .unwrap();
}
