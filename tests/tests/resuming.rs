//! Long runs are taken up where they ended, and systems stand beside each other.

use crate::support::{Sandbox, path};

#[test]
fn only_what_a_torn_file_of_results_lacks_is_asked_again() {
    let sandbox = Sandbox::new();
    let file = sandbox.probed();
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
    let file = sandbox.probed();
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
