//! GGUF files: metadata and weights, read where the file is mapped.
//!
//! The format is written down in ggml, docs/gguf.md.
//! Nothing is copied but the small metadata; vocabulary and weights stay in the
//! mapping; the decoder packs its weights from there and lets those pages go.

mod blocks;
mod info;
mod parse;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use sha2::{Digest, Sha256};

pub(crate) use blocks::Matrix;
pub use info::{ModelInfo, Quantisation, inspect};
use parse::{Header, Tensor, Value};

/// A GGUF file, open and checked: every tensor lies inside the file.
#[derive(Debug)]
pub struct Gguf {
    path: PathBuf,
    map: Arc<Mmap>,
    header: Header,
}

impl Gguf {
    /// Maps a file and reads its header.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, GgufError> {
        let path = path.as_ref().to_path_buf();
        let map = map(&path).map_err(|source| GgufError::Io {
            path: path.clone(),
            source,
        })?;
        let header = parse::header(&map).map_err(|fault| fault.at(&path))?;
        let file = Self {
            path,
            map: Arc::new(map),
            header,
        };
        file.check_extents()?;
        Ok(file)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its size in bytes.
    pub fn size(&self) -> usize {
        self.map.len()
    }

    /// Tells this file's weights from others': a hash of its header, its size and a
    /// sample of its data, since hashing all of it takes longer than loading it.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        const SAMPLES: usize = 1024;
        const SAMPLE: usize = 4096;
        let data = self.header.tensors.values().map(|tensor| tensor.start);
        let header = data.min().map_or(self.map.len(), |start| start as usize);
        let mut hash = Sha256::new();
        hash.update((self.map.len() as u64).to_le_bytes());
        hash.update(&self.map[..header.min(self.map.len())]);
        let step = ((self.map.len() - header) / SAMPLES).max(SAMPLE);
        for start in (header..self.map.len()).step_by(step) {
            hash.update(&self.map[start..self.map.len().min(start + SAMPLE)]);
        }
        hash.finalize().into()
    }

    /// Tells this file's tokenizer from others'.
    pub(crate) fn tokenizer_fingerprint(&self) -> Result<[u8; 32], GgufError> {
        let mut hash = Sha256::new();
        for key in ["tokenizer.ggml.tokens", "tokenizer.ggml.merges"] {
            for string in self.strings(key)? {
                hash.update((string.len() as u64).to_le_bytes());
                hash.update(string);
            }
        }
        hash.update(self.string("tokenizer.ggml.pre")?);
        Ok(hash.finalize().into())
    }

    /// The file's name without its ending.
    pub(crate) fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or(self.path.as_os_str());
        stem.to_string_lossy().into_owned()
    }

    /// Every tensor must end inside the file, so that later reads cannot fail.
    fn check_extents(&self) -> Result<(), GgufError> {
        let actual = self.map.len() as u64;
        let last = self.header.tensors.iter().max_by_key(|(_, t)| t.end);
        match last {
            Some((name, tensor)) if tensor.end > actual => Err(GgufError::Truncated {
                path: self.path.clone(),
                tensor: name.clone(),
                expected: tensor.end,
                actual,
            }),
            _ => Ok(()),
        }
    }

    fn value(&self, key: &str) -> Result<&Value, GgufError> {
        self.header
            .metadata
            .get(key)
            .ok_or_else(|| GgufError::MissingKey {
                path: self.path.clone(),
                key: key.to_owned(),
            })
    }

    fn wrong_type(&self, key: &str, wanted: &'static str) -> GgufError {
        GgufError::WrongType {
            path: self.path.clone(),
            key: key.to_owned(),
            wanted,
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.header.metadata.contains_key(key)
    }

    pub(crate) fn integer(&self, key: &str) -> Result<usize, GgufError> {
        match *self.value(key)? {
            Value::Integer(i) => usize::try_from(i).ok(),
            _ => None,
        }
        .ok_or_else(|| self.wrong_type(key, "a whole number"))
    }

    pub(crate) fn float(&self, key: &str) -> Result<f64, GgufError> {
        match *self.value(key)? {
            Value::Float(f) => Ok(f),
            _ => Err(self.wrong_type(key, "a number with a fraction")),
        }
    }

    pub(crate) fn string(&self, key: &str) -> Result<&str, GgufError> {
        match self.value(key)? {
            Value::String(s) => Ok(s),
            _ => Err(self.wrong_type(key, "a text")),
        }
    }

    /// The strings of an array, borrowed from the mapping.
    pub(crate) fn strings(&self, key: &str) -> Result<Vec<&str>, GgufError> {
        match self.value(key)? {
            Value::Array(array) => array.strings(&self.map),
            _ => None,
        }
        .ok_or_else(|| self.wrong_type(key, "an array of UTF-8 texts"))
    }

    /// The whole numbers of an array.
    pub(crate) fn integers(&self, key: &str) -> Result<Vec<i64>, GgufError> {
        match self.value(key)? {
            Value::Array(array) => array.integers(&self.map),
            _ => None,
        }
        .ok_or_else(|| self.wrong_type(key, "an array of whole numbers"))
    }

    pub(crate) fn array_len(&self, key: &str) -> Result<usize, GgufError> {
        match self.value(key)? {
            Value::Array(array) => Ok(array.len()),
            _ => Err(self.wrong_type(key, "an array")),
        }
    }

    pub(crate) fn has_tensor(&self, name: &str) -> bool {
        self.header.tensors.contains_key(name)
    }

    fn tensor(&self, name: &str) -> Result<&Tensor, GgufError> {
        self.header
            .tensors
            .get(name)
            .ok_or_else(|| GgufError::MissingTensor {
                path: self.path.clone(),
                tensor: name.to_owned(),
            })
    }

    /// A tensor of the given shape `[rows, columns]`; a vector has one row.
    pub(crate) fn matrix(
        &self,
        name: &str,
        (rows, columns): (usize, usize),
    ) -> Result<Arc<dyn Matrix>, GgufError> {
        let tensor = self.tensor(name)?;
        let fits = match tensor.shape[..] {
            [n] => rows == 1 && n == columns,
            [m, n] => rows == m && n == columns,
            _ => false,
        };
        if !fits {
            return Err(GgufError::Shape {
                path: self.path.clone(),
                tensor: name.to_owned(),
                found: tensor.shape.clone(),
                wanted: vec![rows, columns],
            });
        }
        let bytes: blocks::Bytes = Arc::clone(&self.map) as _;
        blocks::matrix(&bytes, tensor, (rows, columns)).map_err(|reason| GgufError::Layout {
            path: self.path.clone(),
            tensor: name.to_owned(),
            reason,
        })
    }
}

fn map(path: &Path) -> std::io::Result<Mmap> {
    let file = File::open(path)?;
    // An empty file cannot be mapped everywhere; a mapping of one byte less than
    // a magic number is refused as any other file that is no GGUF.
    // SAFETY: the mapping is read-only. Weights are only ever written beside their
    // final place and renamed into it, so a mapped file keeps its bytes; a user
    // who cuts the file under a running program gets SIGBUS, as with any mmap.
    unsafe { Mmap::map(&file) }
}

/// A file could not be read as GGUF.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GgufError {
    /// The file cannot be opened.
    #[error("cannot open {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file does not begin as a GGUF file does.
    #[error("{path} is not a GGUF file: it does not begin with \"GGUF\"")]
    NotGguf {
        /// The file.
        path: PathBuf,
    },
    /// The format's version is not known.
    #[error("{path} is a GGUF file of version {version}; versions 2 and 3 can be read")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        version: u32,
    },
    /// The header is broken.
    #[error(
        "the header of {path} is broken at byte {offset}: {reason}; pull or copy the file again"
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The file ends before its last tensor does.
    #[error(
        "{path} is cut off: tensor {tensor} ends at byte {expected}, the file has {actual}; pull or copy it again"
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The tensor that reaches furthest.
        tensor: String,
        /// Bytes the file must have.
        expected: u64,
        /// Bytes it has.
        actual: u64,
    },
    /// A needed metadata entry is missing.
    #[error("{path} lacks the metadata entry {key}")]
    MissingKey {
        /// The file.
        path: PathBuf,
        /// The entry.
        key: String,
    },
    /// A metadata entry has another type than the format says.
    #[error("{path}: the metadata entry {key} is not {wanted}")]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The entry.
        key: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A needed tensor is missing.
    #[error("{path} lacks the tensor {tensor}")]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
    },
    /// A tensor has another shape than the metadata says.
    #[error("{path}: the tensor {tensor} has the shape {found:?}, the metadata says {wanted:?}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Its shape, rows first.
        found: Vec<usize>,
        /// What it should be.
        wanted: Vec<usize>,
    },
    /// A tensor's elements cannot be used.
    #[error("{path}: the tensor {tensor} cannot be used: {reason}")]
    Layout {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Why.
        reason: String,
    },
}

#[cfg(test)]
mod tests;
