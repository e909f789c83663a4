//! Files of scored probes, one JSON line each.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::respondent::System;
use super::score::{ProbeResult, file_name};
use crate::consultation::Probe;

/// The version of every line.
const VERSION: u32 = 1;

/// A file of results cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The file cannot be opened, read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
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
    /// There is no `probe` line.
    #[error("{path} holds no scored probe; write one with `estoppel run --out FILE …`")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A new run would write over the results of another.
    #[error("{path} is there already; go on with it by --resume, or name another file")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Results of two models are not to be mixed.
    #[error("{path} holds answers of the model {has}; this run asks {wanted}: name another file")]
    OtherModel {
        /// The file.
        path: PathBuf,
        /// The model in the file.
        has: String,
        /// The model of this run.
        wanted: String,
    },
}

/// A line that names the model of what follows, or a scored probe.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Run {
        v: u32,
        model: &'a str,
    },
    Probe {
        v: u32,
        #[serde(flatten)]
        result: &'a ProbeResult,
    },
}

#[derive(Deserialize)]
struct Run {
    model: String,
}

/// The scored probes of a file that `estoppel run` wrote; other lines are skipped.
pub fn read_results(path: &Path) -> Result<Vec<ProbeResult>, ResultsError> {
    let text = std::fs::read_to_string(path).map_err(io_error(path))?;
    let results = Read::of(&text, path)?.results;
    if results.is_empty() {
        return Err(ResultsError::Empty { path: path.into() });
    }
    Ok(results)
}

/// What the lines of a file hold.
#[derive(Default)]
struct Read {
    model: Option<String>,
    results: Vec<ProbeResult>,
}

impl Read {
    fn of(text: &str, path: &Path) -> Result<Self, ResultsError> {
        let mut read = Self::default();
        for (at, line) in text.lines().enumerate() {
            read.take(line).map_err(|source| ResultsError::Line {
                path: path.into(),
                line: at + 1,
                source,
            })?;
        }
        Ok(read)
    }

    fn take(&mut self, line: &str) -> serde_json::Result<()> {
        let value: Value = serde_json::from_str(line)?;
        match value["type"].as_str() {
            Some("probe") => self.results.push(serde_json::from_value(value)?),
            Some("run") => self.model = Some(serde_json::from_value::<Run>(value)?.model),
            _ => {}
        }
        Ok(())
    }
}

/// A file of results that a run adds to, a line as soon as a probe is scored.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    file: File,
    results: Vec<ProbeResult>,
    asked: HashSet<(System, String, String)>,
    torn: usize,
}

impl Results {
    /// Refuses a path that [`create`](Self::create) would refuse because a file is there,
    /// without making one: before models are loaded is the time to say so.
    pub fn expect_new(path: &Path) -> Result<(), ResultsError> {
        match path.exists() {
            true => Err(ResultsError::Exists { path: path.into() }),
            false => Ok(()),
        }
    }

    /// A new file, which must not exist.
    pub fn create(path: &Path, model: &str) -> Result<Self, ResultsError> {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        let file = file.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => ResultsError::Exists { path: path.into() },
            _ => io_error(path)(source),
        })?;
        let mut created = Self::over(file, path, Vec::new());
        created.write(&Line::Run { v: VERSION, model })?;
        Ok(created)
    }

    /// The file of an earlier run of the same model, or a new one. What follows the last
    /// whole line, as a run leaves it that is killed while it writes, is cut off.
    pub fn resume(path: &Path, model: &str) -> Result<Self, ResultsError> {
        let bytes = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Self::create(path, model);
            }
            bytes => bytes.map_err(io_error(path))?,
        };
        let whole = bytes
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        let text = std::str::from_utf8(&bytes[..whole])
            .map_err(|error| io_error(path)(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let read = Read::of(text, path)?;
        if let Some(has) = read.model.as_ref().filter(|has| *has != model) {
            return Err(ResultsError::OtherModel {
                path: path.into(),
                has: has.clone(),
                wanted: model.into(),
            });
        }
        let file = OpenOptions::new().append(true).open(path);
        let file = file.map_err(io_error(path))?;
        file.set_len(whole as u64).map_err(io_error(path))?;
        let mut resumed = Self::over(file, path, read.results);
        resumed.torn = bytes.len() - whole;
        if read.model.is_none() {
            resumed.write(&Line::Run { v: VERSION, model })?;
        }
        Ok(resumed)
    }

    fn over(file: File, path: &Path, results: Vec<ProbeResult>) -> Self {
        let key = |r: &ProbeResult| (r.system, file_name(&r.file), r.id.clone());
        Self {
            path: path.into(),
            file,
            asked: results.iter().map(key).collect(),
            results,
            torn: 0,
        }
    }

    /// Bytes of a torn last line that were cut off.
    pub fn torn(&self) -> usize {
        self.torn
    }

    /// Whether the file has this probe's result. The file of the probe goes by its name,
    /// whatever its folder.
    pub fn holds(&self, system: System, file: &str, probe: &Probe) -> bool {
        self.asked
            .contains(&(system, file_name(file), probe.id.clone()))
    }

    /// Writes a result down.
    pub fn add(&mut self, result: &ProbeResult) -> Result<(), ResultsError> {
        self.write(&Line::Probe { v: VERSION, result })?;
        self.asked
            .insert((result.system, file_name(&result.file), result.id.clone()));
        self.results.push(result.clone());
        Ok(())
    }

    /// All results of the file, in its order.
    pub fn into_all(self) -> Vec<ProbeResult> {
        self.results
    }

    /// In one write, so that a kill tears the last line and no other.
    fn write(&mut self, line: &Line<'_>) -> Result<(), ResultsError> {
        let mut text =
            serde_json::to_string(line).map_err(|error| io_error(&self.path)(error.into()))?;
        text.push('\n');
        self.file
            .write_all(text.as_bytes())
            .map_err(io_error(&self.path))
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ResultsError {
    move |source| ResultsError::Io {
        path: path.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consultation::ProbeKind;
    use crate::eval::answers::testing::result;

    fn probe(id: &str) -> Probe {
        Probe {
            id: id.into(),
            after: 9,
            kind: ProbeKind::Single,
            question: "How much?".into(),
            answer: String::new(),
            accept: Vec::new(),
            reject: Vec::new(),
            evidence: vec![1],
            superseded: Vec::new(),
            working: String::new(),
        }
    }

    #[test]
    fn a_run_is_taken_up_where_it_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        let mut first = Results::create(&path, "m").unwrap();
        first.add(&result("p1", true)).unwrap();
        first.add(&result("p2", false)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();

        let mut second = Results::resume(&path, "m").unwrap();
        assert!(second.torn() > 20);
        let holds = |results: &Results, id| results.holds(System::Estoppel, "x/f.json", &probe(id));
        assert!(holds(&second, "p1") && !holds(&second, "p2"));
        assert!(!second.holds(System::Full, "f.json", &probe("p1")));
        assert!(!second.holds(System::Estoppel, "g.json", &probe("p1")));
        second.add(&result("p2", false)).unwrap();
        assert!(holds(&second, "p2"));
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        assert_eq!(read_results(&path).unwrap(), second.into_all());
        assert_eq!(Results::resume(&path, "m").unwrap().torn(), 0);
    }

    #[test]
    fn nothing_is_written_over_and_no_models_are_mixed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        drop(Results::resume(&path, "m").unwrap());
        let again = Results::create(&path, "m").unwrap_err();
        assert!(matches!(again, ResultsError::Exists { .. }));
        let expected = Results::expect_new(&path).unwrap_err();
        assert_eq!(expected.to_string(), again.to_string());
        let other = Results::resume(&path, "n").unwrap_err();
        assert!(matches!(other, ResultsError::OtherModel { .. }), "{other}");
        assert!(matches!(
            read_results(&path).unwrap_err(),
            ResultsError::Empty { .. }
        ));
    }

    #[test]
    fn a_broken_line_that_is_not_the_last_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        std::fs::write(&path, "{\"type\":\"probe\"}\n").unwrap();
        let error = Results::resume(&path, "m").unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
