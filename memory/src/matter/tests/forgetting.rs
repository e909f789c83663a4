//! What was forgotten is in no file.

use super::*;

/// Terms and numbers of the third turn, in every form in which it is kept.
const TRACES: [&str; 4] = ["29 August", "certificate", "certif", "never got"];

/// A vector and the tokens' pieces as the store keeps them.
fn vectors_of(text: &str) -> [Vec<u8>; 2] {
    let Embedding { vector, tokens } = Letters::new("a").query(text).unwrap();
    let vector = vector.iter().flat_map(|value| value.to_le_bytes());
    let pieces = tokens.pieces.iter().flat_map(|piece| piece.to_le_bytes());
    [vector.collect(), pieces.collect()]
}

#[test]
fn a_forgotten_turn_is_in_no_file() {
    let (_home, folder, mut matter) = told();
    drop(matter);
    matter = open(&folder);
    for trace in TRACES {
        assert_ne!(holding(&folder, trace), Vec::<PathBuf>::new(), "{trace}");
    }
    let vectors = vectors_of(TALK[2]);
    for trace in &vectors {
        assert_ne!(holding(&folder, trace), Vec::<PathBuf>::new());
    }
    matter.forget(TurnId(3)).unwrap();
    matter.forget(TurnId(3)).unwrap();
    for trace in &vectors {
        assert_eq!(holding(&folder, trace), Vec::<PathBuf>::new());
    }
    for trace in TRACES {
        assert_eq!(holding(&folder, trace), Vec::<PathBuf>::new(), "{trace}");
    }
    let forgotten = &matter.turns()[2];
    assert!(forgotten.is_forgotten() && forgotten.id == TurnId(3));
    assert_eq!((forgotten.role, forgotten.at), (Role::Client, said(2).at));
    assert_eq!(matter.missing_vectors(), []);
    assert!(matter.facts().iter().all(|fact| fact.turn != TurnId(3)));
    let mut letters = Letters::new("a");
    let found = matter
        .evidence("scheme certificate", Some(&mut letters), Ranking::Hybrid, 8)
        .unwrap();
    assert!(found.turns.iter().all(|ranked| ranked.turn != TurnId(3)));
    assert_sound(&matter);

    tell(&mut matter, 0..1, Some(&mut letters));
    assert_eq!(matter.turns().last().unwrap().id, TurnId(9));
    let before = see(&matter);
    drop(matter);
    let matter = open(&folder);
    assert_eq!(matter.opened().store, StoreState::Matched);
    assert_eq!(see(&matter), before);
    for trace in TRACES {
        assert_eq!(holding(&folder, trace), Vec::<PathBuf>::new(), "{trace}");
    }
}

/// The journal was written without the turn, and then the process died.
#[test]
fn forgetting_is_finished_after_a_crash() {
    let (_home, folder, mut matter) = told();
    drop(matter);
    let old = tempfile::tempdir().unwrap();
    copy_folder(&folder.join("store"), old.path());
    matter = open(&folder);
    matter.forget(TurnId(3)).unwrap();
    drop(matter);
    replace_store(&folder, old.path());
    assert_ne!(holding(&folder, "certif"), Vec::<PathBuf>::new());
    let matter = open(&folder);
    let because = Mismatch::OtherJournal;
    assert_eq!(matter.opened().store, StoreState::Rebuilt { because });
    assert_eq!(holding(&folder, "certif"), Vec::<PathBuf>::new());
}

#[test]
fn a_turn_that_is_not_there_cannot_be_forgotten() {
    let (_home, folder, mut matter) = told();
    let journal = fs::read(folder.join(JOURNAL)).unwrap();
    for turn in [TurnId(0), TurnId(9)] {
        let error = matter.forget(turn).unwrap_err();
        assert!(matches!(error, ForgetError::NoSuchTurn { turns: 8, .. }));
    }
    assert_eq!(fs::read(folder.join(JOURNAL)).unwrap(), journal);
}
