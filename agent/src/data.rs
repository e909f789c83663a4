//! The data directory: where models and matters live.

use std::path::{Path, PathBuf};

use estoppel_memory::matters::MattersError;
use estoppel_memory::{Matter, MatterName, Matters};
use estoppel_model::ModelDir;

use crate::error::OpenError;

/// A directory with `models/` and `matters/` below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// This directory, or the default: `ESTOPPEL_DATA_DIR`, or `estoppel` in
    /// the XDG data directory. It is made when something is written to it.
    pub fn new(dir: Option<PathBuf>) -> Result<Self, OpenError> {
        match dir {
            Some(dir) => Ok(Self(dir)),
            None => Ok(Self(estoppel_model::default_data_dir()?)),
        }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The models in it.
    pub fn models(&self) -> ModelDir {
        ModelDir::in_data_dir(&self.0)
    }

    /// The matters in it; their folder is made where there is none.
    pub fn matters(&self) -> Result<Matters, MattersError> {
        Matters::open(&self.0.join("matters"))
    }

    /// Opens a matter, and creates it where there is none.
    pub fn open_matter(&self, name: &str) -> Result<Matter, OpenError> {
        let name = MatterName::new(name)?;
        let matters = self.matters()?;
        Ok(if matters.contains(&name) {
            matters.open_matter(&name)
        } else {
            matters.create(&name)
        }?)
    }
}
