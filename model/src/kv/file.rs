//! Where records lie: a file, or memory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::record::{self, Head, Record};
use super::{Distrust, Identity, KvError, Layout};

/// Begins every file; the last character is the version of the format.
const MAGIC: [u8; 8] = *b"estopKV1";
/// Magic, hashes of model and tokenizer, layout, checksum.
const HEADER: usize = 8 + 32 + 32 + 12 + 4;

/// The records of one consultation under one model.
pub(crate) struct KvStore {
    medium: Medium,
    identity: Identity,
    entries: Vec<Entry>,
    distrust: Option<Distrust>,
}

enum Medium {
    File { path: PathBuf, file: File },
    Memory(Vec<u8>),
}

/// A record that was checked or written by this process.
struct Entry {
    range: Range<usize>,
    head: Head,
    tokens: Vec<u32>,
}

impl KvStore {
    /// Records that are gone with the process.
    pub(crate) fn in_memory(identity: Identity) -> Self {
        Self {
            medium: Medium::Memory(header(&identity)),
            identity,
            entries: Vec::new(),
            distrust: None,
        }
    }

    /// Opens a file, or makes it. Every record is checked; what cannot be trusted is
    /// cut off, and [`distrust`](Self::distrust) says so.
    pub(crate) fn open(path: &Path, identity: Identity) -> Result<Self, KvError> {
        let file = open(path)?;
        let (entries, distrust) = {
            let map = map(&file, path)?;
            match check_header(&map, &identity) {
                None => scan(&map, &identity.layout),
                Some(distrust) => (Vec::new(), (!map.is_empty()).then_some(distrust)),
            }
        };
        let mut store = Self {
            medium: Medium::File {
                path: path.to_path_buf(),
                file,
            },
            identity,
            entries,
            distrust,
        };
        match store.entries.is_empty() {
            true => store.begin()?,
            false => store.truncate(store.entries.len())?,
        }
        Ok(store)
    }

    /// What of the file was not used when it was opened.
    pub(crate) fn distrust(&self) -> Option<Distrust> {
        self.distrust
    }

    /// Records that are there.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The tokens of a record.
    pub(crate) fn tokens(&self, index: usize) -> &[u32] {
        &self.entries[index].tokens
    }

    /// Reads records back, in order.
    pub(crate) fn read(
        &self,
        indices: impl IntoIterator<Item = usize>,
        mut take: impl FnMut(&Record),
    ) -> Result<(), KvError> {
        let each = |bytes: &[u8]| {
            for index in indices {
                let entry = &self.entries[index];
                let record = &bytes[entry.range.clone()];
                take(&record::decode(record, &entry.head, &self.identity.layout));
            }
        };
        match &self.medium {
            Medium::Memory(bytes) => each(bytes),
            Medium::File { path, file } => each(&map(file, path)?),
        }
        Ok(())
    }

    /// Adds a record behind the last one. It need not survive a loss of power: what
    /// is torn is noticed and read again.
    pub(crate) fn append(&mut self, record: &Record) -> Result<(), KvError> {
        let before = self.entries.last().map_or(0, |entry| entry.head.checksum);
        let (bytes, checksum) = record.encode(before);
        let start = self.end();
        self.write(start, &bytes)?;
        self.entries.push(Entry {
            range: start..start + bytes.len(),
            head: Head {
                message: record.message,
                tokens: record.tokens.len(),
                checksum,
            },
            tokens: record.tokens.clone(),
        });
        Ok(())
    }

    /// Cuts off all but the first `len` records.
    pub(crate) fn truncate(&mut self, len: usize) -> Result<(), KvError> {
        self.entries.truncate(len);
        let end = self.end();
        match &mut self.medium {
            Medium::Memory(bytes) => bytes.truncate(end),
            Medium::File { path, file } => {
                file.set_len(end as u64).map_err(KvError::io("cut", path))?
            }
        }
        Ok(())
    }

    fn end(&self) -> usize {
        self.entries.last().map_or(HEADER, |entry| entry.range.end)
    }

    fn begin(&mut self) -> Result<(), KvError> {
        self.truncate(0)?;
        let header = header(&self.identity);
        self.write(0, &header)
    }

    fn write(&mut self, start: usize, bytes: &[u8]) -> Result<(), KvError> {
        match &mut self.medium {
            Medium::Memory(all) => {
                all.truncate(start);
                all.extend(bytes);
                Ok(())
            }
            Medium::File { path, file } => file
                .seek(SeekFrom::Start(start as u64))
                .and_then(|_| file.write_all(bytes))
                .map_err(KvError::io("write", path)),
        }
    }
}

/// See [`super::forget`].
pub(super) fn forget(path: &Path, message: u32) -> Result<(), KvError> {
    if !path.exists() {
        return Ok(());
    }
    let file = open(path)?;
    let end = {
        let map = map(&file, path)?;
        layout_of(&map).map(|layout| {
            let (entries, _) = scan(&map, &layout);
            let kept = entries.iter().take_while(|e| e.head.message < message);
            kept.last().map_or(HEADER, |entry| entry.range.end)
        })
    };
    match end {
        Some(end) => file
            .set_len(end as u64)
            .and_then(|()| file.sync_all())
            .map_err(KvError::io("cut", path)),
        None => std::fs::remove_file(path).map_err(KvError::io("remove", path)),
    }
}

fn open(path: &Path) -> Result<File, KvError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(KvError::io("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(KvError::Locked {
            path: path.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(KvError::io("lock", path)(source)),
    }
}

fn map(file: &File, path: &Path) -> Result<Mmap, KvError> {
    // SAFETY: the file is locked by this process, which writes and cuts it only while
    // no mapping of it is alive; one that is changed by others in spite of the lock
    // can give wrong values, which the checksums are for, or SIGBUS, as any mapping.
    unsafe { Mmap::map(file) }.map_err(KvError::io("map", path))
}

fn header(identity: &Identity) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(identity.model);
    bytes.extend(identity.tokenizer);
    let Layout {
        layers,
        kv_heads,
        head_dim,
    } = identity.layout;
    for number in [layers, kv_heads, head_dim] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// What of a header is not as this model writes it.
fn check_header(bytes: &[u8], identity: &Identity) -> Option<Distrust> {
    let Some(layout) = layout_of(bytes) else {
        return Some(Distrust::Unknown);
    };
    if bytes[8..40] != identity.model {
        Some(Distrust::Model)
    } else if bytes[40..72] != identity.tokenizer {
        Some(Distrust::Tokenizer)
    } else {
        (layout != identity.layout).then_some(Distrust::Layout)
    }
}

fn layout_of(bytes: &[u8]) -> Option<Layout> {
    let header = bytes.get(..HEADER)?;
    let word = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| header[at + i]));
    let whole = header[..8] == MAGIC && crc32fast::hash(&header[..HEADER - 4]) == word(HEADER - 4);
    whole.then(|| Layout {
        layers: word(72),
        kv_heads: word(76),
        head_dim: word(80),
    })
}

/// The records up to the first that is not whole.
fn scan(bytes: &[u8], layout: &Layout) -> (Vec<Entry>, Option<Distrust>) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = HEADER;
    while at < bytes.len() {
        let before = entries.last().map_or(0, |entry| entry.head.checksum);
        let Some((head, record)) = whole(&bytes[at..], layout, before) else {
            let kept = entries.len();
            return (entries, Some(Distrust::Torn { kept }));
        };
        entries.push(Entry {
            range: at..at + record.len(),
            head,
            tokens: record::tokens(record, &head),
        });
        at += record.len();
    }
    (entries, None)
}

/// The first record of some bytes, if it is whole and unchanged.
fn whole<'a>(bytes: &'a [u8], layout: &Layout, before: u32) -> Option<(Head, &'a [u8])> {
    let head = Head::read(bytes)?;
    let record = bytes.get(..head.size(layout))?;
    (record::checksum(before, record) == head.checksum).then_some((head, record))
}
