//! What a matter promises within one process.

mod forgetting;
mod marking;
mod opening;
mod rebuilding;
mod remembering;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::date;
use tempfile::TempDir;

use super::*;
use crate::embed::{EmbedError, Embedder, Embedding, TokenVectors};
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

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        if self.fails {
            return Err(EmbedError("out of letters".into()));
        }
        let embedding = |text: &&str| {
            let mut counts = [0.5f32; 16];
            let (mut pieces, mut rows) = (Vec::new(), Vec::new());
            for c in text.chars() {
                counts[c as usize % 16] += 1.0;
                pieces.push(c as u32);
                rows.extend((0..16).map(|at| f32::from(u8::from(c as usize % 16 == at))));
            }
            let norm = counts.iter().map(|c| c * c).sum::<f32>().sqrt();
            Embedding {
                vector: counts.iter().map(|c| c / norm).collect(),
                tokens: TokenVectors::new(pieces, &rows),
            }
        };
        Ok(texts.iter().map(embedding).collect())
    }

    fn query(&mut self, text: &str) -> Result<Embedding, EmbedError> {
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
#[derive(Clone, Debug, PartialEq)]
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

/// Files that hold some bytes.
fn holding(folder: &Path, bytes: impl AsRef<[u8]>) -> Vec<PathBuf> {
    let sought = bytes.as_ref();
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(sought.len()).any(|bytes| bytes == sought)
    };
    files(folder).into_iter().filter(holds).collect()
}
