use std::fs;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::date;
use tempfile::TempDir;

use super::*;
use crate::embed::{EmbedError, Embedder};
use crate::graph::EdgeKind;
use crate::journal::JournalError;
use crate::retrieve::Ranking;
use crate::store::{Batch, SledStore, Store, Tree};
use crate::turn::{NewTurn, Role};

/// Vectors that count letters: alike texts are near, and no model is needed.
struct Letters {
    id: &'static str,
    fails: bool,
}

impl Letters {
    fn new(id: &'static str) -> Self {
        Self { id, fails: false }
    }
}

impl Embedder for Letters {
    fn id(&self) -> &str {
        self.id
    }

    fn dim(&self) -> usize {
        16
    }

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if self.fails {
            return Err(EmbedError("out of letters".into()));
        }
        let vector = |text: &&str| {
            let mut counts = [0.5f32; 16];
            for c in text.chars() {
                counts[c as usize % 16] += 1.0;
            }
            let norm = counts.iter().map(|c| c * c).sum::<f32>().sqrt();
            counts.iter().map(|c| c / norm).collect()
        };
        Ok(texts.iter().map(vector).collect())
    }

    fn query(&mut self, text: &str) -> Result<Vec<f32>, EmbedError> {
        Ok(self.passages(&[text])?.remove(0))
    }
}

const TALK: [&str; 8] = [
    "My landlord, Mr Whitcombe, holds a deposit of £1,385 for the flat on Harlow Road.",
    "When did you pay the deposit, and is it with a protection scheme?",
    "I paid it on 29 August 2022. I never got a certificate from any scheme.",
    "Then section 213 of the Housing Act 2004 was not complied with.",
    "他们每月收我5800元租金，合同是去年三月签的。",
    "请把合同第七条拍给我看。",
    "Actually the deposit was £1,250, I have found the receipt.",
    "Thank you, that changes the amount of the penalty.",
];

fn said(n: usize) -> NewTurn {
    let at = date(2025, 3, 4).at(9, 30, 0, 0) + (n as i64).minutes();
    let role = if n.is_multiple_of(2) {
        Role::Client
    } else {
        Role::Counsel
    };
    NewTurn::new(role, at, TALK[n])
}

fn tell(matter: &mut Matter, turns: std::ops::Range<usize>, mut letters: Option<&mut Letters>) {
    for n in turns {
        let embedder = letters.as_deref_mut().map(|l| l as &mut dyn Embedder);
        matter.remember(said(n), embedder).unwrap();
    }
}

fn open(folder: &Path) -> Matter {
    Matter::open(folder, &MatterOptions::new()).unwrap()
}

/// A matter on disk with the whole talk, embedded.
fn told() -> (TempDir, PathBuf, Matter) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("matter");
    let mut matter = open(&folder);
    tell(&mut matter, 0..TALK.len(), Some(&mut Letters::new("a")));
    (home, folder, matter)
}

/// All that can be seen of a matter.
#[derive(Debug, PartialEq)]
struct Seen {
    turns: Vec<Turn>,
    graph: Graph,
    missing: Vec<TurnId>,
    evidence: crate::retrieve::Evidence,
}

fn see(matter: &Matter) -> Seen {
    let mut letters = Letters::new("a");
    let question = "How much deposit does Whitcombe hold?";
    Seen {
        turns: matter.turns().to_vec(),
        graph: matter.graph().clone(),
        missing: matter.missing_vectors(),
        evidence: matter
            .evidence(question, Some(&mut letters), Ranking::Hybrid, 5)
            .unwrap(),
    }
}

fn assert_sound(matter: &Matter) {
    let check = matter.check();
    assert!(check.faults.is_empty(), "{:?}", check.faults);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

fn replace_store(folder: &Path, with: &Path) {
    SledStore::remove(&folder.join("store")).unwrap();
    copy_folder(with, &folder.join("store"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Files that hold a text, in whatever form bytes take in them.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes
            .windows(text.len())
            .any(|bytes| bytes == text.as_bytes())
    };
    files(folder).into_iter().filter(holds).collect()
}

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
fn a_matter_is_only_created_when_asked_to() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("none");
    let error = Matter::open(&folder, &MatterOptions::new().create(false)).unwrap_err();
    assert!(matches!(error, OpenError::NotFound { .. }), "{error}");
    assert!(!folder.exists());
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

/// Terms and numbers of the third turn, in every form in which it is kept.
const TRACES: [&str; 4] = ["29 August", "certificate", "certif", "never got"];

#[test]
fn a_forgotten_turn_is_in_no_file() {
    let (_home, folder, mut matter) = told();
    drop(matter);
    matter = open(&folder);
    for trace in TRACES {
        assert_ne!(holding(&folder, trace), Vec::<PathBuf>::new(), "{trace}");
    }
    matter.forget(TurnId(3)).unwrap();
    matter.forget(TurnId(3)).unwrap();
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
