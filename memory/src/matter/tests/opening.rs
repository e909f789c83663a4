//! A matter opens as it was left, whatever became of its store.

use super::*;

#[test]
fn a_reopened_matter_is_as_it_was_left() {
    let (_home, folder, matter) = told();
    let before = see(&matter);
    assert_eq!(before.turns.len(), TALK.len());
    assert!(!before.evidence.turns.is_empty());
    assert_sound(&matter);
    drop(matter);
    let matter = open(&folder);
    assert_eq!(matter.opened().store, StoreState::Matched);
    assert_eq!(see(&matter), before);
    assert_sound(&matter);
}

#[test]
fn a_matter_is_only_created_when_asked_to() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("none");
    let error = Matter::open(&folder, &MatterOptions::new().create(false)).unwrap_err();
    assert!(matches!(error, OpenError::NotFound { .. }), "{error}");
    assert!(!folder.exists());
}

#[test]
fn a_store_that_fell_behind_catches_up() {
    let (home, folder, matter) = told();
    let all = see(&matter);
    drop(matter);
    let early_home = tempfile::tempdir().unwrap();
    let early = early_home.path().join("matter");
    copy_folder(&folder, &early);
    let text = fs::read_to_string(early.join(JOURNAL)).unwrap();
    let first_lines: String = text.split_inclusive('\n').take(7).collect();
    fs::write(early.join(JOURNAL), first_lines).unwrap();
    drop(open(&early));
    let mut matter = open(&early);
    assert_eq!(matter.opened().store, StoreState::Matched);
    matter
        .embed_missing(&mut Letters::new("a"), &mut |_, _| ())
        .unwrap();
    drop(matter);
    replace_store(&folder, &early.join("store"));

    let mut matter = open(&folder);
    assert_eq!(matter.opened().store, StoreState::CaughtUp { turns: 2 });
    assert_eq!(matter.turns(), all.turns);
    assert_eq!(matter.missing_vectors(), [TurnId(7), TurnId(8)]);
    assert_sound(&matter);
    let made = matter.embed_missing(&mut Letters::new("a"), &mut |_, _| ());
    assert_eq!(made.unwrap(), 2);
    assert_eq!(see(&matter), all);
    drop(matter);
    assert_eq!(open(&folder).opened().store, StoreState::Matched);
    drop(home);
}

#[test]
fn a_store_of_another_matter_is_made_anew() {
    let (_home, folder, matter) = told();
    let (_other_home, other, other_matter) = told();
    let turns = matter.turns().to_vec();
    drop((matter, other_matter));
    replace_store(&folder, &other.join("store"));
    let because = Mismatch::OtherJournal;
    let matter = open(&folder);
    assert_eq!(matter.opened().store, StoreState::Rebuilt { because });
    assert_eq!(matter.turns(), turns);
    assert_eq!(matter.missing_vectors().len(), TALK.len());
    assert_sound(&matter);
    drop(matter);
    assert_eq!(open(&folder).opened().store, StoreState::Matched);
}

#[test]
fn a_missing_store_is_made_anew() {
    let (_home, folder, matter) = told();
    let graph = matter.graph().facts().to_vec();
    drop(matter);
    SledStore::remove(&folder.join("store")).unwrap();
    let matter = open(&folder);
    let because = Mismatch::Missing;
    assert_eq!(matter.opened().store, StoreState::Rebuilt { because });
    assert_eq!(matter.facts(), graph);
    assert_sound(&matter);
}

/// Whatever happens to the store's files, the matter opens, with every turn.
#[test]
fn a_damaged_store_is_made_anew() {
    let (_home, folder, matter) = told();
    let turns = matter.turns().to_vec();
    drop(matter);
    let whole = tempfile::tempdir().unwrap();
    SledStore::open(&folder.join("store")).map(drop).unwrap();
    copy_folder(&folder.join("store"), whole.path());
    let mut rebuilt = 0;
    for name in files(whole.path()) {
        let length = fs::metadata(&name).unwrap().len() as usize;
        for eighth in 0..8 {
            replace_store(&folder, whole.path());
            let path = folder
                .join("store")
                .join(name.strip_prefix(whole.path()).unwrap());
            let mut bytes = fs::read(&path).unwrap();
            let from = length * eighth / 8;
            let to = bytes.len().min(from + 64);
            bytes[from..to].fill(0xA5);
            fs::write(&path, &bytes).unwrap();
            let matter = open(&folder);
            assert_eq!(matter.turns(), turns);
            assert_sound(&matter);
            rebuilt += usize::from(matter.opened().store != StoreState::Matched);
        }
    }
    assert!(rebuilt > 0, "no damage reached what sled reads");
}

#[test]
fn a_store_derived_by_other_rules_is_made_anew_and_keeps_its_vectors() {
    let (_home, folder, matter) = told();
    let before = see(&matter);
    drop(matter);
    let mut store = SledStore::open(&folder.join("store")).unwrap();
    let state = store.get(Tree::Meta, b"state").unwrap().unwrap();
    let mut state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    state["rules"] = "0.0.0".into();
    let mut batch = Batch::new();
    batch.put(Tree::Meta, *b"state", state.to_string());
    for n in 1..=TALK.len() as u32 {
        batch.put(Tree::Nodes, n.to_be_bytes(), *b"in a form long gone");
    }
    store.apply(batch).unwrap();
    drop(store);
    let matter = open(&folder);
    let because = Mismatch::OtherRules;
    assert_eq!(matter.opened().store, StoreState::Rebuilt { because });
    assert_eq!(see(&matter), before);
}

#[test]
fn an_unfinished_turn_is_cut_off_and_reported() {
    let (_home, folder, matter) = told();
    let turns = matter.turns().to_vec();
    drop(matter);
    let journal = folder.join(JOURNAL);
    let mut bytes = fs::read(&journal).unwrap();
    bytes.extend(b"9 0badc0de {\"type\":\"turn\",\"id\":9,\"te");
    fs::write(&journal, bytes).unwrap();
    let matter = open(&folder);
    assert_eq!(matter.opened().torn_bytes, 36);
    assert_eq!(matter.opened().store, StoreState::Matched);
    assert_eq!(matter.turns(), turns);
}

#[test]
fn a_damaged_journal_is_left_alone_and_named() {
    let (_home, folder, matter) = told();
    drop(matter);
    let journal = folder.join(JOURNAL);
    let text = fs::read_to_string(&journal).unwrap();
    let damaged = text.replacen("1,385", "1,999", 1);
    fs::write(&journal, &damaged).unwrap();
    let error = Matter::open(&folder, &MatterOptions::new()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("journal.log") && message.contains("line 2"),
        "{message}"
    );
    assert!(!message.contains("1,999"), "{message}");
    assert_eq!(fs::read_to_string(&journal).unwrap(), damaged);
    assert!(matches!(
        error,
        OpenError::Journal(JournalError::Damaged { .. })
    ));
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone_and_named() {
    let (_home, folder, matter) = told();
    drop(matter);
    let journal = folder.join(JOURNAL);
    let text = fs::read_to_string(&journal).unwrap();
    let newer = text.replacen("estoppel-journal 1", "estoppel-journal 7", 1);
    fs::write(&journal, &newer).unwrap();
    let error = Matter::open(&folder, &MatterOptions::new()).unwrap_err();
    assert!(error.to_string().contains("newer version"), "{error}");
    assert_eq!(fs::read_to_string(&journal).unwrap(), newer);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = Matter::open(&file.join("matter"), &MatterOptions::new()).unwrap_err();
    assert!(matches!(error, OpenError::Folder { .. }), "{error}");
    assert!(error.to_string().contains("a file"), "{error}");
}

#[test]
fn a_matter_is_held_once() {
    let (_home, folder, matter) = told();
    let error = Matter::open(&folder, &MatterOptions::new()).unwrap_err();
    let me = std::process::id();
    assert!(matches!(error, OpenError::Held { process: Some(id), .. } if id == me));
    assert!(error.to_string().contains("this process"), "{error}");
    drop(matter);
    open(&folder);
}
