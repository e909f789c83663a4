//! Where what was derived from a journal is kept between runs.
//!
//! A store is a view: it can be thrown away and derived again at any time. It
//! has a few named trees of sorted keys, and one way to write, a [`Batch`] over
//! any of them that is there wholly or not at all. Nothing here makes a turn
//! durable; the [journal](crate::journal) does.

mod batch;
mod error;
mod memory;
mod on_disk;

#[cfg(test)]
mod conformance;

pub use batch::Batch;
pub use error::StoreError;
pub use memory::MemoryStore;
pub use on_disk::SledStore;

/// A named set of keys in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tree {
    /// What each turn adds to the graph, its edges apart.
    Nodes,
    /// The edges that each turn makes.
    Edges,
    /// The terms of each turn.
    Postings,
    /// The vector of each turn.
    Vectors,
    /// What the store belongs to, and how far it reaches.
    Meta,
}

impl Tree {
    /// Every tree.
    pub const ALL: [Self; 5] = [
        Self::Nodes,
        Self::Edges,
        Self::Postings,
        Self::Vectors,
        Self::Meta,
    ];
}

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// The embedded store as the memory sees it.
pub trait Store: Send + Sync {
    /// The value of a key.
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// All keys of a tree that begin with `prefix`, in the order of their
    /// bytes. An empty prefix gives the whole tree.
    fn scan(
        &self,
        tree: Tree,
        prefix: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + '_>;

    /// Writes a whole batch or, if it fails or the process dies, nothing of it.
    fn apply(&mut self, batch: Batch) -> Result<(), StoreError>;

    /// Empties every tree.
    fn clear(&mut self) -> Result<(), StoreError>;

    /// Hands everything written so far to the operating system.
    fn flush(&mut self) -> Result<(), StoreError>;
}
