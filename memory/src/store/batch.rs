//! Writes that belong together.

use super::Tree;

/// Puts and deletes over any trees, applied at once. Of several writes to one
/// key the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    writes: Vec<Write>,
}

/// One write of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) tree: Tree,
    pub(super) key: Vec<u8>,
    /// `None` deletes.
    pub(super) value: Option<Vec<u8>>,
}

impl Batch {
    /// A batch that writes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key.
    pub fn put(&mut self, tree: Tree, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.writes.push(Write {
            tree,
            key: key.into(),
            value: Some(value.into()),
        });
    }

    /// Removes a key, if it is there.
    pub fn delete(&mut self, tree: Tree, key: impl Into<Vec<u8>>) {
        self.writes.push(Write {
            tree,
            key: key.into(),
            value: None,
        });
    }

    pub(super) fn into_writes(self) -> impl Iterator<Item = Write> {
        self.writes.into_iter()
    }
}
