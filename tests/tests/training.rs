//! What the program learns from labelled consultations, it can go by.

use std::path::Path;

use serde_json::Value;

use crate::support::{Sandbox, path};

/// How likely the classes of questions are together that a pointer told in a file of lessons.
fn told_by_a_pointer(lessons: &Path) -> f64 {
    let text = std::fs::read_to_string(lessons).expect("readable");
    let talk: Value = serde_json::from_str(&text).expect("one consultation");
    let mut pending = vec![&talk];
    let mut told = 0.0;
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::Array(classes)) = fields.get("classes") {
                    told += classes.iter().filter_map(Value::as_f64).sum::<f64>();
                }
                pending.extend(fields.values());
            }
            Value::Array(all) => pending.extend(all),
            _ => (),
        }
    }
    told
}

#[test]
fn lessons_are_taken_down_once_and_learnt_from() {
    let sandbox = Sandbox::new();
    let file = sandbox.probed();
    let [lessons, cache, reader] =
        ["lessons.jsonl", "read", "reader.json"].map(|name| sandbox.data().join(name));
    let args = [
        "train",
        "lessons",
        "--json",
        "--consultation",
        path(&file),
        "--cache",
        path(&cache),
        "--out",
        path(&lessons),
    ];
    let taken = sandbox.run(args).succeeds();
    assert_eq!(taken.lines_of("lessons")[0]["questions"], 3);
    let first = std::fs::read(&lessons).expect("readable");
    // What the model read is there still, and gives the same.
    std::fs::write(&lessons, &first[..first.len() / 2]).expect("writable");
    let read = std::fs::metadata(cache.join("probed.kv")).expect("what the model read");
    sandbox.run(args).succeeds();
    let again = std::fs::metadata(cache.join("probed.kv")).expect("what the model read");
    assert_eq!(read.len(), again.len());
    assert_eq!(std::fs::read(&lessons).expect("readable"), first);

    let learn = |lessons: &str| {
        sandbox.run([
            "train",
            "reader",
            "--lessons",
            lessons,
            "--out",
            path(&reader),
        ])
    };
    learn(path(&lessons)).succeeds();
    assert!(reader.exists() && reader.with_extension("report.json").exists());
    learn("nowhere.jsonl").complains_of(&["nowhere.jsonl", "train lessons"]);
}

#[test]
fn a_pointer_is_taught_and_looked_with() {
    let sandbox = Sandbox::new();
    let file = sandbox.probed();
    let [one, other, blind, looking] = [
        "one.safetensors",
        "other.safetensors",
        "blind.jsonl",
        "looking.jsonl",
    ]
    .map(|name| sandbox.data().join(name));
    let teach = |more: &[&str]| {
        let args = [
            "train",
            "pointer",
            "--json",
            "--passes",
            "1",
            "--consultation",
        ];
        sandbox.run(args.iter().chain(&[path(&file)]).chain(more))
    };
    let taught = teach(&["--out", path(&one)]).succeeds();
    let report = &taught.lines_of("trained")[0];
    assert_eq!(report["questions"], 3);
    assert!(report["losses"][0].as_f64().is_some_and(f64::is_finite));
    assert!(one.with_extension("report.json").exists());

    let upper = ["--from", path(&one), "--first-layer", "10"];
    teach(&[&upper[..], &["--out", path(&other)]].concat()).succeeds();
    assert_ne!(
        std::fs::read(&one).expect("a pointer"),
        std::fs::read(&other).expect("another")
    );
    // No pointer that comes with the program is for this model.
    let take = |out: &Path, more: &[&str]| {
        let args = ["train", "lessons", "--consultation", path(&file)];
        sandbox.run(args.iter().chain(&["--out", path(out)]).chain(more))
    };
    take(&blind, &[]).succeeds();
    take(&looking, &["--pointer", path(&other)]).succeeds();
    assert_eq!(told_by_a_pointer(&blind), 0.0);
    assert!(told_by_a_pointer(&looking) > 0.0);
    take(&looking, &["--pointer", path(&file)]).complains_of(&["probed.json", "weights"]);
    teach(&["--from", path(&file), "--out", path(&other)]).complains_of(&["probed.json"]);
}

#[test]
fn a_writer_is_taught_the_workings_of_questions() {
    let sandbox = Sandbox::new();
    let file = sandbox.probed();
    let text = std::fs::read_to_string(&file).expect("readable");
    let with = |working: &str| {
        let mut talk: Value = serde_json::from_str(&text).expect("a consultation");
        for probe in talk["probes"].as_array_mut().expect("probes") {
            probe["working"] = working.into();
        }
        sandbox.file("workings.json", talk.to_string())
    };
    let [pointer, writer, again] =
        ["pointer", "writer", "again"].map(|name| sandbox.data().join(name));
    let args = ["train", "pointer", "--passes", "1", "--consultation"];
    let made = [path(&file), "--out", path(&pointer)];
    sandbox.run(args.iter().chain(&made)).succeeds();
    let teach = |file: &Path, more: &[&str]| {
        let args = ["train", "writer", "--json", "--passes", "1"];
        let own = ["--first-layer", "20", "--pointer", path(&pointer)];
        let files = ["--consultation", path(file)];
        sandbox.run(args.iter().chain(&own).chain(&files).chain(more))
    };
    let file = with("12*40-5%*300");
    let taught = teach(&file, &["--out", path(&writer)]).succeeds();
    let report = &taught.lines_of("trained")[0];
    assert_eq!(report["questions"], 3);
    let loss = report["losses"][0].as_f64().expect("a loss");
    let on = ["--from", path(&writer), "--out", path(&again)];
    let taught = teach(&file, &on).succeeds();
    let next = taught.lines_of("trained")[0]["losses"][0].as_f64();
    assert!(next.is_some_and(|next| next < loss), "{next:?} {loss}");
    teach(&file, &["--from", path(&pointer), "--out", path(&again)]).complains_of(&["weights"]);
    let broken = with("12*(40");
    teach(&broken, &["--out", path(&again)]).complains_of(&["12*(40", "working", "README.md"]);
}

#[test]
fn a_retriever_is_trained_and_ranked_by() {
    let sandbox = Sandbox::new();
    let file = sandbox.probed();
    let weights = sandbox.data().join("gat.safetensors");
    let args = [
        "train",
        "retriever",
        "--json",
        "--epochs",
        "1",
        "--consultation",
        path(&file),
    ];
    let trained = sandbox
        .run(args.iter().chain(&["--out", path(&weights)]))
        .succeeds();
    assert_eq!(trained.lines_of("trained").len(), 1);
    for beside in ["report.json", "curves.svg"] {
        assert!(weights.with_extension(beside).exists(), "{beside}");
    }
    let args = [
        "eval",
        "--task",
        "retrieval",
        "--format",
        "consultation",
        "--json",
        path(&file),
    ];
    sandbox
        .run(args.iter().chain(&["--retriever", path(&weights)]))
        .succeeds();
    sandbox
        .run(args.iter().chain(&["--retriever", path(&file)]))
        .complains_of(&["probed.json"]);
}
