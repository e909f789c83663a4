//! A store that ends with its process.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Batch, Pair, Store, StoreError, Tree};

/// The twin of [`SledStore`](super::SledStore) without files.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    pairs: BTreeMap<(Tree, Vec<u8>), Vec<u8>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.pairs.get(&(tree, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        tree: Tree,
        prefix: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + '_> {
        let prefix = prefix.to_vec();
        let from = Bound::Included((tree, prefix.clone()));
        let pairs = self
            .pairs
            .range((from, Bound::Unbounded))
            .take_while(move |((of, key), _)| *of == tree && key.starts_with(&prefix))
            .map(|((_, key), value)| Ok((key.clone(), value.clone())));
        Box::new(pairs)
    }

    fn apply(&mut self, batch: Batch) -> Result<(), StoreError> {
        for write in batch.into_writes() {
            match write.value {
                Some(value) => self.pairs.insert((write.tree, write.key), value),
                None => self.pairs.remove(&(write.tree, write.key)),
            };
        }
        Ok(())
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.pairs.clear();
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
