//! A data directory of its own for each test, over models that are fetched once.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use estoppel::DataDir;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Small and fast; what it says makes no sense, how it is run does.
const MODEL: &str = "smollm2-135m-instruct";
const ENCODER: &str = "multilingual-e5-small";

/// No command of these tests takes this long, whatever else the machine does.
const TIMEOUT: Duration = Duration::from_secs(600);

/// The binary, built with the profile of the tests.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(build)
}

fn build() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo told this test is about another package; a build script that
    // watches it would be run again.
    for (name, _) in std::env::vars_os() {
        let inherited = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if inherited {
            cargo.env_remove(name);
        }
    }
    let output = cargo
        .args([
            "build",
            "--package",
            "estoppel-tui",
            "--bin",
            "estoppel",
            "--profile",
            profile(),
        ])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(workspace())
        .stderr(std::process::Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the binary does not build");
    let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.expect("cargo names the executable")
}

/// The profile that this test was built with, from its place in the target
/// folder: `PROFILE/deps/TEST`.
fn profile() -> &'static str {
    static PROFILE: OnceLock<String> = OnceLock::new();
    PROFILE.get_or_init(|| {
        let test = std::env::current_exe().expect("a test has a path");
        let folder = test
            .parent()
            .and_then(Path::parent)
            .and_then(Path::file_name);
        match folder.and_then(OsStr::to_str).expect("a profile's folder") {
            "debug" => "dev".into(),
            profile => profile.into(),
        }
    })
}

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate lies in the workspace")
}

/// The consultations that belong to the project and are played by tests.
pub(crate) fn consultations() -> Vec<PathBuf> {
    consultations_in(".")
}

/// Those of a folder of them.
pub(crate) fn consultations_in(folder: &str) -> Vec<PathBuf> {
    let folder = workspace().join("tests/consultations").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of consultations")
        .map(|entry| entry.expect("its entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}

/// The folder of the models; fetches what is not there yet.
fn models() -> &'static Path {
    static MODELS: OnceLock<PathBuf> = OnceLock::new();
    MODELS.get_or_init(|| {
        let pulled = Command::new(binary())
            .args(["model", "pull", MODEL, ENCODER])
            .status()
            .expect("estoppel runs");
        assert!(
            pulled.success(),
            "the models of the tests cannot be fetched"
        );
        DataDir::new(None)
            .expect("a data directory")
            .models()
            .path()
            .to_owned()
    })
}

/// The weights of the tests' language model.
pub(crate) fn weights() -> PathBuf {
    let mut files = std::fs::read_dir(models().join(MODEL)).expect("the model's folder");
    files
        .find_map(|entry| {
            let path = entry.expect("its entry").path();
            path.extension()
                .is_some_and(|extension| extension == "gguf")
                .then_some(path)
        })
        .expect("a GGUF file")
}

/// A data directory with the models in it and no matter.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("data")).expect("a data directory");
        link(models(), &folder.path().join("data/models"));
        Self { folder }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes a file beside the data directory.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a writable temporary folder");
        path
    }

    /// A consultation file in which [`TOLD`] is said, with three probes.
    pub(crate) fn probed(&self) -> PathBuf {
        let probe = |id: &str, question: &str, value: &str, turn: u32| {
            json!({"id": id, "after": 4, "kind": "single", "question": question,
                   "accept": [value], "evidence": [turn]})
        };
        let probes = json!([
            probe("deposit", "How much was the deposit?", "900", 1),
            probe("carpet", "What did the carpet cost?", "150", 3),
            probe("holder", "Who holds the deposit?", "Doyle", 3),
        ]);
        self.file("probed.json", consultation("probed", &TOLD, probes))
    }

    /// The command with this data directory and the small model, untouched by
    /// the settings of whoever runs the tests.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(binary());
        for name in [
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "RUST_BACKTRACE",
            "RUST_LOG",
        ] {
            command.env_remove(name);
        }
        for name in ["ESTOPPEL_MATTER", "ESTOPPEL_ENCODER"] {
            command.env_remove(name);
        }
        command
            .env("ESTOPPEL_DATA_DIR", self.data())
            .env("ESTOPPEL_MODEL", MODEL)
            .args(args);
        command
    }

    /// Runs to the end with nothing on stdin.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        self.run_with(args, "")
    }

    /// Runs to the end with this on stdin.
    pub(crate) fn run_with<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        stdin: impl Into<Vec<u8>>,
    ) -> Ran {
        Ran::of(self.command(args), stdin.into())
    }

    /// A matter that remembers what [`TOLD`] says, by its name.
    pub(crate) fn matter_with_turns(&self) -> &'static str {
        let file = self.file("told.jsonl", exported(&TOLD));
        self.run(["memory", "import", "--matter", "told", path(&file)])
            .succeeds();
        assert_eq!(self.turns("told"), TOLD);
        "told"
    }

    /// The names of the matters.
    pub(crate) fn matters(&self) -> Vec<String> {
        let listed = self.run(["memory", "list", "--json"]).succeeds();
        let matters = listed.lines_of("matter");
        matters
            .iter()
            .map(|matter| matter["name"].as_str().expect("a name").to_owned())
            .collect()
    }

    /// The text of every turn of a matter, in order.
    pub(crate) fn turns(&self, matter: &str) -> Vec<String> {
        let shown = self
            .run(["memory", "show", "--json", "--matter", matter])
            .succeeds();
        let turns = shown.lines_of("turn");
        turns
            .iter()
            .map(|turn| turn["text"].as_str().expect("a text").to_owned())
            .collect()
    }
}

/// What the client and counsel say in [`Sandbox::matter_with_turns`].
pub(crate) const TOLD: [&str; 4] = [
    "I paid a deposit of $900 on 3 March 2025.",
    "Who holds the deposit now?",
    "The agent, Mr Doyle, has it. He says the carpet cost him $150.",
    "Please send me the inventory.",
];

/// A matter in which these turns were said, as `memory export` writes it.
pub(crate) fn exported<T: AsRef<str>>(turns: &[T]) -> String {
    let line = |mut turn: Value| {
        let fields = turn.as_object_mut().expect("a turn");
        let id = fields.remove("turn").expect("its number");
        fields.extend([
            ("v".into(), json!(1)),
            ("type".into(), json!("turn")),
            ("id".into(), id),
            ("session".into(), json!(1)),
            ("speaker".into(), Value::Null),
        ]);
        format!("{turn}\n")
    };
    scripted(turns).into_iter().map(line).collect()
}

/// A consultation file in which these turns are said.
pub(crate) fn consultation<T: AsRef<str>>(id: &str, turns: &[T], probes: Value) -> String {
    json!({
        "id": id, "lang": "en", "area": "tenancy", "jurisdiction": "Ohio, USA",
        "started": "2025-03-04T09:00:00", "turns": scripted(turns), "probes": probes,
    })
    .to_string()
}

/// The client and counsel in turn, a second apart.
fn scripted<T: AsRef<str>>(turns: &[T]) -> Vec<Value> {
    let turn = |(index, text): (usize, &T)| {
        let role = if index % 2 == 0 { "client" } else { "counsel" };
        let at = format!("2025-03-04T09:{:02}:{:02}", index / 60, index % 60);
        json!({"turn": index + 1, "role": role, "text": text.as_ref(), "at": at})
    };
    turns.iter().enumerate().map(turn).collect()
}

/// A path as an argument.
pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("the tests' paths are UTF-8")
}

#[cfg(unix)]
fn link(models: &Path, place: &Path) {
    std::os::unix::fs::symlink(models, place).expect("a link to the models");
}

#[cfg(windows)]
fn link(models: &Path, place: &Path) {
    std::os::windows::fs::symlink_dir(models, place).expect("a link to the models");
}

/// What a command did.
pub(crate) struct Ran {
    command: String,
    code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(command: Command, stdin: Vec<u8>) -> Self {
        let name = format!("{command:?}");
        let output = assert_cmd::Command::from_std(command)
            .write_stdin(stdin)
            .timeout(TIMEOUT)
            .output()
            .expect("estoppel runs");
        let text = |bytes| String::from_utf8(bytes).expect("estoppel writes UTF-8");
        Self {
            command: name,
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Ends with this exit code, and without a panic whatever the code.
    pub(crate) fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        for sign in ["panicked", "RUST_BACKTRACE", "stack backtrace"] {
            assert!(!self.stderr.contains(sign), "{self}");
        }
        self
    }

    /// Ends well.
    pub(crate) fn succeeds(self) -> Self {
        self.exits_with(0)
    }

    /// Fails with exit code 2, and says all of this.
    pub(crate) fn complains_of(self, parts: &[&str]) -> Self {
        let ran = self.exits_with(2);
        for part in parts {
            assert!(
                ran.stderr.contains(part),
                "no {part:?} in the message of {ran}"
            );
        }
        ran
    }

    /// Every line of stdout: JSON of version 1 with a type.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line| {
            let value: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{error} in {line:?} of {self}"));
            assert_eq!(value["v"], 1, "{line}");
            assert!(value["type"].is_string(), "{line}");
            value
        };
        self.stdout.lines().map(parse).collect()
    }

    /// The lines of a type.
    pub(crate) fn lines_of(&self, kind: &str) -> Vec<Value> {
        self.lines()
            .into_iter()
            .filter(|line| line["type"] == kind)
            .collect()
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            command,
            code,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "{command}\nexit code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}
