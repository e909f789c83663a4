//! The lines that a run printed, read again.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::score::ProbeResult;

/// A file of results cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The file cannot be opened.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no object, or a `probe` line lacks something.
    #[error("{path}, line {line}: {source}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no `probe` line; only `run --json` writes them.
    #[error("{path} holds no scored probe; write one with `estoppel run --json FILE…`")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// The scored probes of a file that `estoppel run --json` wrote; other lines are skipped.
pub fn read_results(path: &Path) -> Result<Vec<ProbeResult>, ResultsError> {
    let text = std::fs::read_to_string(path).map_err(|source| ResultsError::Read {
        path: path.into(),
        source,
    })?;
    let mut results = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let failed = |source| ResultsError::Line {
            path: path.into(),
            line: at + 1,
            source,
        };
        let value: Value = serde_json::from_str(line).map_err(failed)?;
        if value["type"] == "probe" {
            results.push(serde_json::from_value(value).map_err(failed)?);
        }
    }
    if results.is_empty() {
        return Err(ResultsError::Empty { path: path.into() });
    }
    Ok(results)
}
