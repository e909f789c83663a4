//! Where models lie on disk, and how a name or a path becomes a file.

use std::path::{Path, PathBuf};

use crate::manifest::{FileSpec, ModelSpec};

/// The folder that holds everything Estoppel keeps: `ESTOPPEL_DATA_DIR` where it
/// is set and not empty, else `estoppel` in the XDG data directory. Models are in
/// `models` below it.
pub fn default_data_dir() -> Result<PathBuf, NoDataDir> {
    use etcetera::BaseStrategy;

    match std::env::var_os("ESTOPPEL_DATA_DIR") {
        Some(dir) if !dir.is_empty() => Ok(dir.into()),
        _ => etcetera::choose_base_strategy()
            .map(|base| base.data_dir().join("estoppel"))
            .map_err(|_| NoDataDir),
    }
}

/// There is no home directory to put data in.
#[derive(Debug, thiserror::Error)]
#[error("no home directory is known; set ESTOPPEL_DATA_DIR to the folder that data should go to")]
pub struct NoDataDir;

/// A folder of models: one folder a model, named as the model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelDir {
    path: PathBuf,
}

impl ModelDir {
    /// The models in this folder, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The models of a data directory, see [`default_data_dir`].
    pub fn in_data_dir(data_dir: &Path) -> Self {
        Self::new(data_dir.join("models"))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where this file of this model belongs.
    pub fn file(&self, spec: &ModelSpec, file: &FileSpec) -> PathBuf {
        self.path.join(spec.name).join(file.name)
    }

    /// The path of the model's weights when all of its files are there in full
    /// length. Hashes are checked once, when a file is pulled.
    pub fn installed(&self, spec: &ModelSpec) -> Option<PathBuf> {
        let complete = spec.files.iter().all(|file| self.has(spec, file));
        complete.then(|| self.file(spec, spec.weights()))
    }

    /// The weights that a name, an alias or a path means. What exists as a file
    /// is taken as a path.
    pub fn resolve(&self, name_or_path: &str) -> Result<PathBuf, ResolveError> {
        let path = Path::new(name_or_path);
        if path.is_file() {
            return Ok(path.to_owned());
        }
        let Some(spec) = ModelSpec::find(name_or_path) else {
            return Err(unknown(name_or_path));
        };
        self.installed(spec).ok_or_else(|| ResolveError::Absent {
            name: spec.name,
            folder: self.path.join(spec.name),
        })
    }

    pub(crate) fn has(&self, spec: &ModelSpec, file: &FileSpec) -> bool {
        std::fs::metadata(self.file(spec, file))
            .is_ok_and(|found| found.is_file() && found.len() == file.size)
    }
}

/// A name or path leads to no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// It has the form of a path.
    #[error("there is no model file at {path}")]
    NoFile {
        /// The path as given.
        path: PathBuf,
    },
    /// It is no known name.
    #[error("no model is called {name:?}{}; known are {}, and a path to a file works as well",
        suggestion.map(|s| format!(", did you mean {s:?}?")).unwrap_or_default(),
        known_names())]
    Unknown {
        /// The name as given.
        name: String,
        /// The nearest known name, where one is near.
        suggestion: Option<&'static str>,
    },
    /// The model is known, but (some of) its files are not there.
    #[error("{name} is not in {folder}; fetch it with `estoppel model pull {name}`")]
    Absent {
        /// The model's name.
        name: &'static str,
        /// Where it was looked for.
        folder: PathBuf,
    },
}

fn known_names() -> String {
    let names: Vec<_> = ModelSpec::all()
        .iter()
        .map(|spec| format!("{} ({})", spec.name, spec.alias))
        .collect();
    names.join(", ")
}

fn unknown(name: &str) -> ResolveError {
    let extension = Path::new(name).extension().and_then(|e| e.to_str());
    let known_extension = matches!(extension, Some("gguf" | "bin" | "safetensors"));
    if known_extension || name.contains(std::path::is_separator) {
        return ResolveError::NoFile { path: name.into() };
    }
    ResolveError::Unknown {
        name: name.to_owned(),
        suggestion: nearest(name),
    }
}

/// The known name or alias with the fewest edits, if that is at most a third of
/// its length; a name that begins with what was typed wins.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let known = || {
        ModelSpec::all()
            .iter()
            .flat_map(|spec| [spec.name, spec.alias])
    };
    let begun = known().find(|known| name.len() >= 3 && known.starts_with(&name));
    begun.or_else(|| {
        known()
            .map(|known| (edits(&name, known), known))
            .filter(|(edits, known)| *edits * 3 <= known.len())
            .min()
            .map(|(_, known)| known)
    })
}

/// Levenshtein distance over characters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_works_in_place_of_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("any.gguf");
        std::fs::write(&file, b"x").unwrap();
        let models = ModelDir::new(dir.path());
        assert_eq!(models.resolve(file.to_str().unwrap()).unwrap(), file);

        let gone = dir.path().join("gone.gguf");
        let error = models.resolve(gone.to_str().unwrap()).unwrap_err();
        assert!(matches!(error, ResolveError::NoFile { path } if path == gone));
        let error = models.resolve("gone.gguf").unwrap_err();
        assert!(matches!(error, ResolveError::NoFile { .. }));
    }

    #[test]
    fn a_known_model_that_is_absent_names_the_command() {
        let dir = tempfile::tempdir().unwrap();
        let error = ModelDir::new(dir.path()).resolve("E5").unwrap_err();
        assert!(matches!(error, ResolveError::Absent { .. }));
        let message = error.to_string();
        assert!(message.contains("estoppel model pull multilingual-e5-small"));
    }

    #[test]
    fn a_file_of_the_wrong_length_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let models = ModelDir::new(dir.path());
        let spec = ModelSpec::default_encoder();
        let path = models.file(spec, spec.weights());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(spec.weights().size - 1).unwrap();
        assert_eq!(models.installed(spec), None);
        file.set_len(spec.weights().size).unwrap();
        assert_eq!(models.installed(spec), Some(path.clone()));
        assert_eq!(models.resolve("e5").unwrap(), path);
    }

    #[test]
    fn an_unknown_name_gets_the_list_and_the_nearest() {
        let models = ModelDir::new("/nowhere");
        let suggestion = |name| match models.resolve(name).unwrap_err() {
            ResolveError::Unknown { suggestion, .. } => suggestion,
            other => panic!("{other}"),
        };
        assert_eq!(
            suggestion("qwen2.5-coder-1.5-instruct"),
            Some("qwen2.5-coder-1.5b-instruct")
        );
        assert_eq!(suggestion("minilmm"), Some("minilm"));
        assert_eq!(suggestion("smollm2"), Some("smollm2-135m-instruct"));
        assert_eq!(suggestion("gpt-9"), None);
        let message = models.resolve("gpt-9").unwrap_err().to_string();
        for spec in ModelSpec::all() {
            assert!(message.contains(spec.name) && message.contains(spec.alias));
        }
    }

    #[test]
    fn edit_distance() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("更正", "更正"), 0);
    }
}
