//! `eval` prints the figures of retrieval in the promised shape.

use std::path::{Path, PathBuf};

use estoppel::consultation::{Consultation, ProbeKind};
use serde_json::Value;

use crate::support::{Sandbox, consultations, path, workspace};

const FIGURES: [&str; 6] = [
    "recall@1",
    "recall@5",
    "recall@10",
    "recall@20",
    "all@10",
    "ndcg@10",
];

/// Runs `eval` and returns its one object, checked for what all formats share.
fn eval(format: &str, systems: &str, files: &[PathBuf]) -> Value {
    let sandbox = Sandbox::new();
    let args = [
        "eval",
        "--format",
        format,
        "--task",
        "retrieval",
        "--systems",
        systems,
        "--json",
    ];
    let ran = sandbox
        .run(args.into_iter().chain(files.iter().map(|file| path(file))))
        .succeeds();
    let lines = ran.lines();
    assert_eq!(lines.len(), 1, "{ran}");
    let result = lines[0].clone();
    assert_eq!(result["type"], "retrieval");
    assert_eq!(result["format"], format);
    assert!(result["skipped"].is_u64(), "{result}");
    let measured: Vec<_> = result["systems"]
        .as_object()
        .expect("systems")
        .keys()
        .collect();
    let mut asked: Vec<_> = systems.split(',').collect();
    asked.sort();
    assert_eq!(measured, asked);
    for system in asked {
        let figures = &result["systems"][system];
        check_figures(figures);
        for figures in figures["by_kind"].as_object().expect("by kind").values() {
            check_figures(figures);
        }
    }
    result
}

/// Shares, and no recall lower than at a smaller depth.
fn check_figures(figures: &Value) {
    let share = |name: &str| {
        figures[name]
            .as_f64()
            .unwrap_or_else(|| panic!("{name} of {figures}"))
    };
    for name in FIGURES {
        assert!((0.0..=1.0).contains(&share(name)), "{name} of {figures}");
    }
    assert!(share("recall@1") <= share("recall@5"));
    assert!(share("recall@5") <= share("recall@10"));
    assert!(share("recall@10") <= share("recall@20"));
    assert!(share("all@10") <= share("recall@10") + 1e-9);
}

#[test]
fn consultations_are_measured_probe_by_probe() {
    let files = consultations();
    let result = eval("consultation", "bm25,dense,hybrid,gat", &files);
    let probes = files
        .iter()
        .flat_map(|file| Consultation::read(file).expect("sound").probes);
    let answerable: Vec<_> = probes
        .filter(|probe| probe.kind != ProbeKind::Abstain)
        .collect();
    assert_eq!(result["questions"], answerable.len());
    assert_eq!(result["skipped"], 0);
    let mut kinds: Vec<_> = answerable
        .iter()
        .map(|probe| probe.kind.to_string())
        .collect();
    kinds.sort();
    kinds.dedup();
    for system in ["bm25", "dense", "hybrid", "gat"] {
        let by_kind = result["systems"][system]["by_kind"]
            .as_object()
            .expect("by kind");
        assert_eq!(
            by_kind.keys().collect::<Vec<_>>(),
            kinds.iter().collect::<Vec<_>>()
        );
    }
    // Chance finds a turn among 26 at depth 10 in 0.38 of cases.
    let hybrid = result["systems"]["hybrid"]["recall@10"]
        .as_f64()
        .expect("a share");
    assert!(hybrid >= 0.75, "{result}");
}

/// The public sets, which are not part of the project: from
/// `ESTOPPEL_TEST_DATA`, or beside the workspace.
fn public_set(name: &str) -> Option<PathBuf> {
    let beside = || {
        workspace()
            .parent()
            .map(|parent| parent.join("shared/data"))
    };
    let folder = std::env::var_os("ESTOPPEL_TEST_DATA")
        .map(PathBuf::from)
        .or_else(beside)?;
    let set = folder.join(name);
    if set.exists() {
        return Some(set);
    }
    let mut stderr = std::io::stderr().lock();
    // Nobody reads the message if stderr is closed.
    let _ = std::io::Write::write_all(
        &mut stderr,
        format!(
            "{} is not here, so nothing is measured on it\n",
            set.display()
        )
        .as_bytes(),
    );
    None
}

fn files_ending(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the set's folder");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("its entry").path())
        .filter(|file| file.to_string_lossy().ends_with(end))
        .collect();
    files.sort();
    files
}

#[test]
fn locomo_is_measured_by_category() {
    let Some(file) = public_set("locomo/locomo-dev.json") else {
        return;
    };
    let result = eval("locomo", "bm25", &[file]);
    let bm25 = &result["systems"]["bm25"];
    let kinds: Vec<_> = bm25["by_kind"]
        .as_object()
        .expect("by kind")
        .keys()
        .collect();
    assert_eq!(
        kinds.len(),
        5,
        "five categories, the fifth apart: {kinds:?}"
    );
    assert!(
        bm25["recall@10"].as_f64().expect("a share") >= 0.58,
        "{result}"
    );
}

#[test]
fn beam_is_measured() {
    let Some(folder) = public_set("beam") else {
        return;
    };
    let chats = files_ending(&folder, "-1.chat.json");
    assert!(
        eval("beam", "bm25", &chats)["questions"]
            .as_u64()
            .expect("a number")
            > 0
    );
}

#[test]
fn memdaily_is_measured() {
    let Some(folder) = public_set("memdaily") else {
        return;
    };
    let files = files_ending(&folder, "01_simple_roles.json");
    assert!(
        eval("memdaily", "bm25", &files)["questions"]
            .as_u64()
            .expect("a number")
            > 0
    );
}
