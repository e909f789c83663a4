use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const IDENTITY: Identity = Identity {
    model: [1; 32],
    tokenizer: [2; 32],
    layout: Layout {
        layers: 2,
        kv_heads: 1,
        head_dim: 16,
    },
};

fn record(message: u32, tokens: usize) -> Record {
    let halves = |seed: usize| -> Vec<u16> {
        (0..tokens * 16)
            .map(|i| (i * 7919 + seed * 104_729 + message as usize) as u16)
            .collect()
    };
    Record {
        message,
        tokens: (0..tokens as u32).map(|i| i * 31 + message).collect(),
        layers: (0..2).map(|l| (halves(2 * l), halves(2 * l + 1))).collect(),
    }
}

fn all(store: &KvStore) -> Vec<Record> {
    let mut records = Vec::new();
    store
        .read(0..store.len(), |record| records.push(record.clone()))
        .unwrap();
    records
}

fn written(records: &[Record]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kv");
    let mut store = KvStore::open(&path, IDENTITY).unwrap();
    for record in records {
        store.append(record).unwrap();
    }
    (folder, path)
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(sizes in prop::collection::vec(1usize..70, 0..8)) {
        let records: Vec<_> = sizes.iter().zip(0..).map(|(n, id)| record(id, *n)).collect();
        let (_folder, path) = written(&records);
        let store = KvStore::open(&path, IDENTITY).unwrap();
        prop_assert_eq!(store.distrust(), None);
        prop_assert_eq!(all(&store), records.clone());
        for (index, record) in records.iter().enumerate() {
            prop_assert_eq!(store.tokens(index), &record.tokens);
        }
        let mut memory = KvStore::in_memory(IDENTITY);
        for record in &records {
            memory.append(record).unwrap();
        }
        prop_assert_eq!(all(&memory), records);
    }

    /// Whatever byte is changed and wherever the file is cut, what is read back was
    /// written.
    #[test]
    fn damage_is_noticed(at in 0usize..2_000, cut in any::<bool>(), bit in 0u8..8) {
        let records: Vec<_> = (0..4).map(|id| record(id, 3)).collect();
        let (_folder, path) = written(&records);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at % bytes.len();
        match cut {
            true => bytes.truncate(at),
            false => bytes[at] ^= 1 << bit,
        }
        std::fs::write(&path, &bytes).unwrap();
        let mut store = KvStore::open(&path, IDENTITY).unwrap();
        let kept = all(&store);
        prop_assert!(kept.len() < 4);
        prop_assert_eq!(&kept[..], &records[..kept.len()]);
        // Nothing at all, or a cut between two records, is no damage to see.
        let between = cut && at >= 88 && (at - 88) % 408 == 0;
        if at > 0 && !between {
            prop_assert!(store.distrust().is_some());
        }
        for record in &records[kept.len()..] {
            store.append(record).unwrap();
        }
        drop(store);
        let store = KvStore::open(&path, IDENTITY).unwrap();
        prop_assert_eq!(store.distrust(), None);
        prop_assert_eq!(all(&store), records);
    }
}

#[test]
fn another_model_tokenizer_or_layout_is_told_and_replaced() {
    let cases = [
        (
            Identity {
                model: [9; 32],
                ..IDENTITY
            },
            Distrust::Model,
        ),
        (
            Identity {
                tokenizer: [9; 32],
                ..IDENTITY
            },
            Distrust::Tokenizer,
        ),
        (
            Identity {
                layout: Layout {
                    head_dim: 32,
                    ..IDENTITY.layout
                },
                ..IDENTITY
            },
            Distrust::Layout,
        ),
    ];
    for (identity, expected) in cases {
        let (_folder, path) = written(&[record(0, 3), record(1, 5)]);
        let store = KvStore::open(&path, identity).unwrap();
        assert_eq!(store.distrust(), Some(expected));
        assert_eq!(store.len(), 0);
        drop(store);
        assert_eq!(KvStore::open(&path, identity).unwrap().distrust(), None);
    }
    let (_folder, path) = written(&[]);
    std::fs::write(&path, b"another file altogether").unwrap();
    let store = KvStore::open(&path, IDENTITY).unwrap();
    assert_eq!(store.distrust(), Some(Distrust::Unknown));
}

#[test]
fn a_record_in_another_place_is_not_trusted() {
    let records: Vec<_> = (0..3).map(|id| record(id, 3)).collect();
    let (_folder, path) = written(&records);
    let bytes = std::fs::read(&path).unwrap();
    let size = (bytes.len() - 88) / 3;
    let without_the_second = [&bytes[..88 + size], &bytes[88 + 2 * size..]].concat();
    std::fs::write(&path, without_the_second).unwrap();
    let store = KvStore::open(&path, IDENTITY).unwrap();
    assert_eq!(store.distrust(), Some(Distrust::Torn { kept: 1 }));
}

#[test]
fn two_processes_do_not_share_a_file() {
    let (_folder, path) = written(&[]);
    let _held = KvStore::open(&path, IDENTITY).unwrap();
    let second = KvStore::open(&path, IDENTITY);
    assert!(matches!(second.err(), Some(KvError::Locked { .. })));
}

#[test]
fn forgetting_leaves_no_byte_of_what_saw_the_message() {
    let records: Vec<_> = (0..5).map(|id| record(id * 2, 3)).collect();
    let (_folder, path) = written(&records);
    let whole = std::fs::read(&path).unwrap();
    forget(&path, 4).unwrap();
    let left = std::fs::read(&path).unwrap();
    assert_eq!(left, whole[..left.len()]);
    let store = KvStore::open(&path, IDENTITY).unwrap();
    assert_eq!(all(&store), records[..2]);
    drop(store);
    forget(&path, 0).unwrap();
    assert_eq!(KvStore::open(&path, IDENTITY).unwrap().len(), 0);
    forget(&path.with_file_name("none"), 3).unwrap();
    std::fs::write(&path, b"no such format").unwrap();
    forget(&path, 3).unwrap();
    assert!(!path.exists());
}
