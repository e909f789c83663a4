//! Long runs are taken up where they ended, and systems stand beside each other.

use serde_json::json;

use crate::support::{Sandbox, TOLD, consultation, path};

fn file(sandbox: &Sandbox) -> std::path::PathBuf {
    let probe = |id: &str, question: &str, value: &str, turn: u32| {
        json!({"id": id, "after": 4, "kind": "single", "question": question,
               "accept": [value], "evidence": [turn]})
    };
    let probes = json!([
        probe("deposit", "How much was the deposit?", "900", 1),
        probe("carpet", "What did the carpet cost?", "150", 3),
        probe("holder", "Who holds the deposit?", "Doyle", 3),
    ]);
    sandbox.file("resumed.json", consultation("resumed", &TOLD, probes))
}

#[test]
fn only_what_a_torn_file_of_results_lacks_is_asked_again() {
    let sandbox = Sandbox::new();
    let file = file(&sandbox);
    let out = sandbox.data().join("results.jsonl");
    let args = ["run", "--json", "--out", path(&out), path(&file)];
    sandbox.run(args).succeeds();
    let whole = std::fs::read_to_string(&out).expect("readable");
    std::fs::write(&out, &whole[..whole.len() - 30]).expect("writable");
    sandbox
        .run(args)
        .complains_of(&["results.jsonl", "--resume"]);

    let resume = args.into_iter().chain(["--resume"]);
    let ran = sandbox.run(resume.clone()).succeeds();
    let ids: Vec<_> = ran
        .lines_of("probe")
        .iter()
        .map(|line| line["id"].clone())
        .collect();
    assert_eq!(ids, ["holder"]);
    assert_eq!(ran.lines_of("summary")[0]["probes"], 3);
    assert!(ran.stderr.contains("torn"), "{ran}");

    let again = sandbox.run(resume).succeeds();
    assert_eq!(again.lines_of("probe").len(), 0);
    assert_eq!(again.lines_of("summary"), ran.lines_of("summary"));
}

#[test]
fn systems_stand_beside_each_other() {
    let sandbox = Sandbox::new();
    let file = file(&sandbox);
    let page = sandbox.data().join("page.html");
    let ran = sandbox
        .run([
            "eval",
            "--json",
            "--task",
            "answers",
            "--systems",
            "window,full,bm25,dense,estoppel",
            "--report",
            path(&page),
            path(&file),
        ])
        .succeeds();
    assert_eq!(ran.lines_of("probe").len(), 15);
    let systems = &ran.lines_of("systems")[0];
    for other in ["window", "full", "bm25", "dense"] {
        assert_eq!(systems["systems"][other]["probes"], 3);
        assert_eq!(systems["against"][other]["pairs"], 3);
    }
    assert_eq!(systems["systems"]["estoppel"]["probes"], 3);
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("From full to estoppel"));
    sandbox
        .run(["eval", "--task", "answers", "--systems", "gat", path(&file)])
        .complains_of(&["gat", "window"]);
}

#[test]
fn lessons_are_taken_down_once_and_learnt_from() {
    let sandbox = Sandbox::new();
    let file = file(&sandbox);
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
    let read = std::fs::metadata(cache.join("resumed.kv")).expect("what the model read");
    sandbox.run(args).succeeds();
    let again = std::fs::metadata(cache.join("resumed.kv")).expect("what the model read");
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
