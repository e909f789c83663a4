//! `eval --task extraction` on the labelled turns of this repository.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Sandbox, path, workspace};

fn labelled() -> [PathBuf; 2] {
    ["en", "zh"].map(|lang| workspace().join(format!("tests/extraction/{lang}.json")))
}

#[test]
fn labelled_turns_are_measured_by_language_and_split() {
    let sandbox = Sandbox::new();
    let files = labelled();
    let args = ["eval", "--task", "extraction", "--json"];
    let ran = sandbox
        .run(args.into_iter().chain(files.iter().map(|file| path(file))))
        .succeeds();
    let result = &ran.lines()[0];
    assert_eq!(result["type"], "extraction");
    let groups = result["groups"].as_array().expect("groups");
    let named: Vec<(&Value, &Value)> = groups.iter().map(|g| (&g["lang"], &g["split"])).collect();
    let expected = [("en", "dev"), ("en", "test"), ("zh", "dev"), ("zh", "test")];
    assert_eq!(named.len(), expected.len());
    for (lang, split) in expected {
        let group = groups
            .iter()
            .find(|g| g["lang"] == lang && g["split"] == split)
            .unwrap_or_else(|| panic!("{lang} {split}"));
        assert!(group["turns"].as_u64().expect("turns") >= 40);
        for (kind, least) in [
            ("money", 0.9),
            ("date", 0.9),
            ("authority", 0.8),
            ("party", 0.85),
            ("fact", 0.8),
            ("superseding", 0.6),
        ] {
            let f1 = group["kinds"][kind]["f1"].as_f64().expect("f1");
            assert!(f1 >= least, "{lang} {split} {kind}: {f1}");
        }
    }
}

#[test]
fn a_label_that_its_text_does_not_hold_is_an_error() {
    let sandbox = Sandbox::new();
    let text = r#"{"lang": "en", "about": "", "dialogues": [{"id": "d", "split": "dev", "area": "",
        "turns": [{"role": "client", "at": "2025-03-04T09:30:00", "text": "I paid £20.",
        "values": [{"text": "£30", "value": "GBP 30"}]}]}]}"#;
    let file = sandbox.file("wrong.json", text);
    let ran = sandbox.run(["eval", "--task", "extraction", path(&file)]);
    ran.complains_of(&["d, turn 1", "\"£30\" is not in the text"]);
}
