//! Finding the models, in the default data directory.

use std::ops::ControlFlow;
use std::path::PathBuf;

use estoppel_model::{ModelDir, ModelSpec, default_data_dir, pull};

fn models() -> ModelDir {
    ModelDir::in_data_dir(&default_data_dir().unwrap())
}

/// The small model, pulled if it is not there.
pub(crate) fn small() -> PathBuf {
    let spec = ModelSpec::find("smollm2-135m-instruct").unwrap();
    pull(spec, &models(), &mut |_| ControlFlow::Continue(())).unwrap()
}

/// A model that is too big to pull for a test; `None`, with a message, where it is
/// not installed.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let path = models().installed(ModelSpec::find(name).unwrap());
    if path.is_none() {
        eprintln!("skipped: {name} is not installed (`estoppel model pull {name}`)");
    }
    path
}
