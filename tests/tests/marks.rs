//! Marks on citations and pictures of the graph, from the command line.

use serde_json::Value;

use crate::support::{Sandbox, path};

/// The turns that a search finds, best first, each with its score.
fn found(sandbox: &Sandbox, matter: &str, question: &str) -> Vec<(u64, f64)> {
    let ran = sandbox
        .run(["memory", "search", "--json", "--matter", matter, question])
        .succeeds();
    let number = |line: &Value| line["turn"].as_u64().expect("a turn");
    let score = |line: &Value| line["score"].as_f64().expect("a score");
    let lines = ran.lines_of("found");
    lines
        .iter()
        .map(|line| (number(line), score(line)))
        .collect()
}

#[test]
fn a_mark_moves_questions_like_its_own_and_can_be_taken_back() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let (asked, like, unlike) = (
        "How much was the deposit?",
        "What deposit did I pay?",
        "What did the carpet cost?",
    );
    let before = (
        found(&sandbox, matter, like),
        found(&sandbox, matter, unlike),
    );
    let last = before.0.last().expect("turns").0;
    let mark = |verdict: &str| {
        let turn = last.to_string();
        let args = ["memory", "mark", "--matter", matter, &turn, verdict];
        sandbox
            .run(args.into_iter().chain(["--question", asked]))
            .succeeds();
    };
    mark("right");
    let place = |found: &[(u64, f64)]| found.iter().position(|(turn, _)| *turn == last);
    let after = found(&sandbox, matter, like);
    assert!(
        place(&after) < place(&before.0),
        "{after:?} after {before:?}"
    );
    assert_eq!(found(&sandbox, matter, unlike), before.1);
    let marks = sandbox.run(["memory", "marks", "--json", "--matter", matter]);
    let marks = marks.succeeds().lines_of("mark");
    assert_eq!(marks.len(), 1);
    assert_eq!(
        (&marks[0]["verdict"], &marks[0]["question"]),
        (&"right".into(), &asked.into())
    );
    mark("none");
    assert_eq!(found(&sandbox, matter, like), before.0);
    let nowhere = [
        "memory",
        "mark",
        "--matter",
        matter,
        "9",
        "right",
        "--question",
        asked,
    ];
    sandbox.run(nowhere).complains_of(&["there is no turn 9"]);
}

#[test]
fn the_graph_is_drawn_as_the_name_of_the_file_says() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    for (name, begins) in [
        ("a.svg", "<svg "),
        ("a.dot", "digraph "),
        ("a.json", "{\"v\":1,"),
    ] {
        let out = sandbox.file(name, "");
        sandbox
            .run(["memory", "graph", "--matter", matter, "--out", path(&out)])
            .succeeds();
        let drawn = std::fs::read_to_string(&out).expect("a picture");
        assert!(drawn.starts_with(begins), "{name}: {drawn}");
        assert!(
            drawn.contains("900") && drawn.contains("Mr Doyle"),
            "{name}"
        );
    }
    let out = sandbox.file("around.json", "");
    let asked = ["--question", "Who holds the deposit now?", "-n", "3"];
    let args = ["memory", "graph", "--matter", matter, "--out", path(&out)];
    sandbox.run(args.into_iter().chain(asked)).succeeds();
    let drawn = std::fs::read_to_string(&out).expect("a picture");
    let drawn: Value = serde_json::from_str(&drawn).expect("JSON");
    let nodes = drawn["nodes"].as_array().expect("nodes");
    let turns = nodes.iter().filter(|node| node["kind"] == "turn").count();
    assert_eq!(turns, 3);
    assert!(!drawn["attention"].as_array().expect("attention").is_empty());
    let out = sandbox.file("a.png", "");
    sandbox
        .run(["memory", "graph", "--matter", matter, "--out", path(&out)])
        .complains_of(&["a.png", ".svg, .dot or .json"]);
}
