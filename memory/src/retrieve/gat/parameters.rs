//! Named weights: made from a seed, or read from a safetensors file.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use candle_core::{Device, Error, Result, Tensor, Var};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

/// Written into the file's header; a file without it is another network's.
const FORMAT: (&str, &str) = ("format", "estoppel-gat-2");

/// Weights cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The file cannot be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no weights of this network.
    #[error("{}: no weights of this graph attention network: {reason}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What differs.
        reason: String,
    },
}

impl NetworkError {
    pub(super) fn format(file: &Path, reason: impl Into<String>) -> Self {
        Self::Format {
            file: file.into(),
            reason: reason.into(),
        }
    }

    pub(super) fn io(file: &Path, source: std::io::Error) -> Self {
        Self::Io {
            file: file.into(),
            source,
        }
    }
}

/// Weights by name, in the order of their names.
#[derive(Debug)]
pub(super) struct Parameters {
    variables: BTreeMap<String, Var>,
    source: Source,
}

/// Where weights come from while a network is built.
#[derive(Debug)]
enum Source {
    Seed(SplitMix),
    File(HashMap<String, Tensor>),
}

impl Parameters {
    pub(super) fn random(seed: u64) -> Self {
        Self {
            variables: BTreeMap::new(),
            source: Source::Seed(SplitMix::new(seed)),
        }
    }

    /// Reads a safetensors file's `bytes`; `file` names them in errors.
    pub(super) fn read(file: &Path, bytes: &[u8]) -> std::result::Result<Self, NetworkError> {
        let wrong = |reason: String| NetworkError::format(file, reason);
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| wrong(error.to_string()))?;
        let format = header.metadata().as_ref().and_then(|m| m.get(FORMAT.0));
        if format.map(String::as_str) != Some(FORMAT.1) {
            return Err(wrong(format!("its header does not say {}", FORMAT.1)));
        }
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            variables: BTreeMap::new(),
            source: Source::File(tensors),
        })
    }

    /// A matrix `[from, to]`; new ones are uniform with the variance of Glorot
    /// and Bengio (2010).
    pub(super) fn matrix(&mut self, name: &str, from: usize, to: usize) -> Result<Tensor> {
        let bound = (6.0 / (from + to) as f32).sqrt();
        self.take(name, &[from, to], |random| bound * random.symmetric())
    }

    /// A tensor whose values all start as `value`.
    pub(super) fn constant(&mut self, name: &str, shape: &[usize], value: f32) -> Result<Tensor> {
        self.take(name, shape, |_| value)
    }

    fn take(
        &mut self,
        name: &str,
        shape: &[usize],
        mut value: impl FnMut(&mut SplitMix) -> f32,
    ) -> Result<Tensor> {
        let tensor = match &mut self.source {
            Source::Seed(random) => {
                let values: Vec<f32> = (0..shape.iter().product()).map(|_| value(random)).collect();
                Tensor::from_vec(values, shape, &Device::Cpu)?
            }
            Source::File(tensors) => tensors
                .remove(name)
                .ok_or_else(|| Error::Msg(format!("{name} is missing")))?,
        };
        if tensor.dims() != shape {
            let found = tensor.dims();
            return Err(Error::Msg(format!(
                "{name} is {found:?} instead of {shape:?}"
            )));
        }
        let variable = Var::from_tensor(&tensor)?;
        let tensor = variable.as_tensor().clone();
        self.variables.insert(name.into(), variable);
        Ok(tensor)
    }

    /// Refuses weights that were not asked for.
    pub(super) fn finish(&self) -> Result<()> {
        match &self.source {
            Source::File(left) if !left.is_empty() => {
                let mut names: Vec<&str> = left.keys().map(String::as_str).collect();
                names.sort_unstable();
                Err(Error::Msg(format!("it also holds {}", names.join(", "))))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn save(&self, file: &Path) -> std::result::Result<(), NetworkError> {
        let bytes = self
            .serialise()
            .map_err(|error| NetworkError::format(file, error.to_string()))?;
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let write = || -> std::io::Result<()> {
            let mut new = tempfile::NamedTempFile::new_in(folder)?;
            new.write_all(&bytes)?;
            new.as_file().sync_all()?;
            new.persist(file)?;
            Ok(())
        };
        write().map_err(|source| NetworkError::io(file, source))
    }

    fn serialise(&self) -> Result<Vec<u8>> {
        let mut raw = Vec::new();
        for (name, variable) in &self.variables {
            let values: Vec<f32> = variable.flatten_all()?.to_vec1()?;
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            raw.push((name, variable.dims().to_vec(), bytes));
        }
        let views = raw
            .iter()
            .map(|(name, shape, bytes)| {
                Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?))
            })
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(Error::wrap)?;
        let header = HashMap::from([(FORMAT.0.to_owned(), FORMAT.1.to_owned())]);
        safetensors::serialize(views, Some(header)).map_err(Error::wrap)
    }

    /// Gives every number of a tensor this value.
    pub(super) fn fill(&self, name: &str, value: f32) -> Result<()> {
        let variable = &self.variables[name];
        variable.set(&variable.ones_like()?.affine(value.into(), 0.0)?)
    }

    /// In the order of their names.
    pub(super) fn variables(&self) -> impl Iterator<Item = &Var> {
        self.variables.values()
    }

    /// How many numbers there are.
    pub(super) fn size(&self) -> usize {
        self.variables().map(|variable| variable.elem_count()).sum()
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): weights must be the same in every
/// version of every dependency.
#[derive(Debug)]
pub(super) struct SplitMix(u64);

impl SplitMix {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [-1, 1).
    fn symmetric(&mut self) -> f32 {
        2.0 * self.unit() - 1.0
    }

    /// Uniform in [0, 1).
    pub(super) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Every order is as likely (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = (self.next() % (last as u64 + 1)) as usize;
            values.swap(last, other);
        }
    }
}
