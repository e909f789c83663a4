//! What every store promises, run over all of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Batch, MemoryStore, Pair, SledStore, Store, Tree};

fn on_disk() -> (TempDir, SledStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    (folder, store)
}

fn all(store: &dyn Store, tree: Tree, prefix: &[u8]) -> Vec<Pair> {
    store.scan(tree, prefix).map(Result::unwrap).collect()
}

fn pairs(pairs: &[(&[u8], &[u8])]) -> Vec<Pair> {
    let owned = |&(key, value): &(&[u8], &[u8])| (key.to_vec(), value.to_vec());
    pairs.iter().map(owned).collect()
}

macro_rules! conformance {
    ($($promise:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $promise() { super::$promise(&mut super::MemoryStore::new()); })*
        }
        mod sled {
            $(#[test] fn $promise() {
                let (_folder, mut store) = super::on_disk();
                super::$promise(&mut store);
            })*
        }
    };
}

conformance![
    puts_and_deletes,
    keeps_trees_apart,
    scans_in_order_of_bytes,
    scans_by_prefix,
    the_last_write_of_a_batch_counts,
    an_empty_batch_changes_nothing,
    clears_every_tree,
    holds_empty_and_large_values,
    agrees_with_a_map,
];

fn puts_and_deletes(store: &mut dyn Store) {
    assert_eq!(store.get(Tree::Meta, b"k").unwrap(), None);
    let mut batch = Batch::new();
    batch.put(Tree::Meta, *b"k", *b"1");
    batch.put(Tree::Nodes, *b"n", *b"2");
    store.apply(batch).unwrap();
    assert_eq!(store.get(Tree::Meta, b"k").unwrap(), Some(b"1".to_vec()));
    let mut batch = Batch::new();
    batch.put(Tree::Nodes, *b"n", *b"3");
    batch.delete(Tree::Meta, *b"k");
    batch.delete(Tree::Meta, *b"never there");
    store.apply(batch).unwrap();
    store.flush().unwrap();
    assert_eq!(store.get(Tree::Meta, b"k").unwrap(), None);
    assert_eq!(store.get(Tree::Nodes, b"n").unwrap(), Some(b"3".to_vec()));
}

fn keeps_trees_apart(store: &mut dyn Store) {
    let mut batch = Batch::new();
    for (value, tree) in (0u8..).zip(Tree::ALL) {
        batch.put(tree, *b"same", [value]);
    }
    store.apply(batch).unwrap();
    for (value, tree) in (0u8..).zip(Tree::ALL) {
        assert_eq!(store.get(tree, b"same").unwrap(), Some(vec![value]));
        assert_eq!(all(store, tree, b""), pairs(&[(b"same", &[value])]));
    }
}

fn scans_in_order_of_bytes(store: &mut dyn Store) {
    let mut batch = Batch::new();
    for id in [300u32, 2, 256, 1, 255, u32::MAX] {
        batch.put(Tree::Edges, id.to_be_bytes(), []);
    }
    store.apply(batch).unwrap();
    let ids: Vec<u32> = all(store, Tree::Edges, b"")
        .into_iter()
        .map(|(key, _)| u32::from_be_bytes(key.try_into().unwrap()))
        .collect();
    assert_eq!(ids, [1, 2, 255, 256, 300, u32::MAX]);
}

fn scans_by_prefix(store: &mut dyn Store) {
    let mut batch = Batch::new();
    for key in [&b"a"[..], b"ab", b"abc", b"b", b"", b"\xff", b"\xff\xff"] {
        batch.put(Tree::Postings, key, key);
    }
    store.apply(batch).unwrap();
    let found = |prefix: &[u8]| -> Vec<Vec<u8>> {
        let pairs = all(store, Tree::Postings, prefix);
        pairs.into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(found(b"ab"), [&b"ab"[..], b"abc"]);
    assert_eq!(found(b"\xff"), [&b"\xff"[..], b"\xff\xff"]);
    assert_eq!(found(b"c"), Vec::<Vec<u8>>::new());
    assert_eq!(found(b"").len(), 7);
}

fn the_last_write_of_a_batch_counts(store: &mut dyn Store) {
    let mut batch = Batch::new();
    batch.put(Tree::Meta, *b"put", *b"1");
    batch.put(Tree::Meta, *b"put", *b"2");
    batch.put(Tree::Meta, *b"gone", *b"1");
    batch.delete(Tree::Meta, *b"gone");
    batch.delete(Tree::Meta, *b"back");
    batch.put(Tree::Meta, *b"back", *b"3");
    store.apply(batch).unwrap();
    let expected = pairs(&[(b"back", b"3"), (b"put", b"2")]);
    assert_eq!(all(store, Tree::Meta, b""), expected);
}

fn an_empty_batch_changes_nothing(store: &mut dyn Store) {
    let mut batch = Batch::new();
    batch.put(Tree::Nodes, *b"k", *b"v");
    store.apply(batch).unwrap();
    store.apply(Batch::new()).unwrap();
    assert_eq!(all(store, Tree::Nodes, b""), pairs(&[(b"k", b"v")]));
}

fn clears_every_tree(store: &mut dyn Store) {
    let mut batch = Batch::new();
    for tree in Tree::ALL {
        batch.put(tree, *b"k", *b"v");
    }
    store.apply(batch.clone()).unwrap();
    store.clear().unwrap();
    for tree in Tree::ALL {
        assert_eq!(all(store, tree, b""), []);
    }
    store.apply(batch).unwrap();
    assert_eq!(all(store, Tree::Meta, b""), pairs(&[(b"k", b"v")]));
}

fn holds_empty_and_large_values(store: &mut dyn Store) {
    let large: Vec<u8> = (0..3 << 20).map(|i: u32| (i % 251) as u8).collect();
    let mut batch = Batch::new();
    batch.put(Tree::Postings, *b"empty", []);
    batch.put(Tree::Postings, *b"large", large.clone());
    store.apply(batch).unwrap();
    assert_eq!(store.get(Tree::Postings, b"empty").unwrap(), Some(vec![]));
    assert_eq!(store.get(Tree::Postings, b"large").unwrap(), Some(large));
}

type Step = (u8, Vec<u8>, Option<Vec<u8>>);

fn agrees_with_a_map(store: &mut dyn Store) {
    let write = (
        0u8..5,
        proptest::collection::vec(0u8..4, 0..3),
        proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20)),
    );
    let batches = proptest::collection::vec(proptest::collection::vec(write, 0..12), 0..6);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(40)
    });
    let store = std::cell::RefCell::new(store);
    let outcome = runner.run(&batches, |batches: Vec<Vec<Step>>| {
        let mut store = store.borrow_mut();
        store.clear().unwrap();
        let mut map = BTreeMap::new();
        for steps in batches {
            let mut batch = Batch::new();
            for (tree, key, value) in steps {
                let tree = Tree::ALL[usize::from(tree)];
                match value {
                    Some(value) => {
                        batch.put(tree, key.clone(), value.clone());
                        map.insert((tree, key), value);
                    }
                    None => {
                        batch.delete(tree, key.clone());
                        map.remove(&(tree, key));
                    }
                }
            }
            store.apply(batch).unwrap();
        }
        for tree in Tree::ALL {
            let of_tree = map.iter().filter(|((of, _), _)| *of == tree);
            let expected: Vec<Pair> = of_tree
                .map(|((_, key), value)| (key.clone(), value.clone()))
                .collect();
            prop_assert_eq!(all(&**store, tree, b""), expected);
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_sled_store_keeps_its_content_over_reopening() {
    let (folder, mut store) = on_disk();
    let mut batch = Batch::new();
    batch.put(Tree::Vectors, *b"k", *b"v");
    store.apply(batch).unwrap();
    for _ in 0..5 {
        drop(store);
        store = SledStore::open(&folder.path().join("store")).unwrap();
        assert_eq!(all(&store, Tree::Vectors, b""), pairs(&[(b"k", b"v")]));
    }
}

#[test]
fn a_sled_store_in_use_is_not_opened_twice() {
    let (folder, _store) = on_disk();
    let error = SledStore::open(&folder.path().join("store")).unwrap_err();
    assert!(matches!(error, super::StoreError::InUse { .. }), "{error}");
}
