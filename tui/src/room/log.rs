//! The log: what the program did, never what was said.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;
use estoppel::DataDir;

/// Where the log of a data directory is.
pub(crate) fn path(data: &DataDir) -> PathBuf {
    data.path().join("estoppel.log")
}

/// Writes what the libraries tell to the log, from now on.
pub(super) fn start(data: &DataDir) -> anyhow::Result<()> {
    let path = path(data);
    let file = append(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    tracing_subscriber::fmt()
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .with_target(false)
        .init();
    tracing::info!("version {}", env!("CARGO_PKG_VERSION"));
    Ok(())
}

fn append(path: &Path) -> std::io::Result<std::fs::File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}
