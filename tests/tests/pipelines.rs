//! Answers on stdout, progress on stderr, JSON lines of version 1, colour only
//! where it is wanted.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Ran, Sandbox, TOLD, consultation, path};

const ESCAPE: char = '\u{1b}';

fn file_with_probes(sandbox: &Sandbox) -> std::path::PathBuf {
    let probes = json!([
        {"id": "deposit", "after": 4, "kind": "single", "question": "How much was the deposit?",
         "answer": "$900", "accept": ["900"], "reject": ["150"], "evidence": [1]},
        // No model says this, so value_accuracy stays below one half.
        {"id": "unsayable", "after": 4, "kind": "single", "question": "Who holds it?",
         "answer": "nobody knows", "accept": ["zqxj-17-vkw"], "evidence": [3]},
        {"id": "never", "after": 2, "kind": "abstain", "question": "What is the agent's address?",
         "accept": [], "evidence": []}
    ]);
    sandbox.file("probes.json", consultation("probes", &TOLD, probes))
}

#[test]
fn run_prints_a_line_a_probe_and_a_summary() {
    let sandbox = Sandbox::new();
    let file = file_with_probes(&sandbox);
    let ran = sandbox.run(["run", "--json", path(&file)]).succeeds();
    let lines = ran.lines();
    assert_eq!(lines.len(), 4, "{ran}");
    // In the order in which they are asked.
    let ids: Vec<_> = lines[..3].iter().map(|line| line["id"].clone()).collect();
    assert_eq!(ids, ["never", "deposit", "unsayable"]);
    for probe in &lines[..3] {
        assert_eq!(probe["type"], "probe");
        assert_eq!(probe["file"], path(&file));
        for text in ["kind", "question", "answer"] {
            assert!(probe[text].is_string(), "{text} of {probe}");
        }
        for turns in ["citations", "evidence"] {
            assert!(
                numbers(&probe[turns]).all(|turn| (1..=4).contains(&turn)),
                "{probe}"
            );
        }
        for verdict in ["value_right", "citations_right", "right"] {
            assert!(probe[verdict].is_boolean(), "{verdict} of {probe}");
        }
        for time in ["retrieve", "first_token", "total"] {
            assert!(probe["ms"][time].is_number(), "{time} of {probe}");
        }
        let both = probe["value_right"] == true && probe["citations_right"] == true;
        assert_eq!(probe["right"], both, "{probe}");
    }
    assert_eq!(lines[3]["type"], "summary");
    assert_eq!(lines[3]["probes"], 3);
    for figure in FIGURES {
        assert!(is_share(&lines[3][figure]), "{figure} of {}", lines[3]);
    }
    let kinds: Vec<_> = lines[3]["by_kind"]
        .as_object()
        .expect("by kind")
        .keys()
        .collect();
    assert_eq!(kinds, ["abstain", "single"]);
    assert_eq!(sandbox.turns("run-probes"), TOLD, "probes leave no trace");
}

const FIGURES: [&str; 6] = [
    "reference_accuracy",
    "value_accuracy",
    "hca",
    "citation_precision",
    "citation_recall",
    "abstain_accuracy",
];

fn is_share(value: &Value) -> bool {
    value
        .as_f64()
        .is_some_and(|share| (0.0..=1.0).contains(&share))
}

fn numbers(value: &Value) -> impl Iterator<Item = u64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(|number| number.as_u64().expect("a number"))
}

#[test]
fn a_figure_below_what_is_required_ends_with_1() {
    let sandbox = Sandbox::new();
    let file = file_with_probes(&sandbox);
    let require = |bound| ["run", "--json", "--require", bound, path(&file)];
    let failed = sandbox.run(require("value_accuracy=0.9")).exits_with(1);
    assert_eq!(
        failed.lines().len(),
        4,
        "the figures are printed all the same: {failed}"
    );
    assert!(failed.stderr.contains("value_accuracy"), "{failed}");
    let summary = require("value_accuracy=0").into_iter().chain(["--summary"]);
    let met = sandbox.run(summary).succeeds();
    assert_eq!(met.lines().len(), 1, "the figures alone: {met}");
    assert_eq!(met.lines()[0]["type"], "summary");
    sandbox.run(require("beauty=0.9")).complains_of(&["beauty"]);
}

#[test]
fn an_answer_is_one_json_line() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let ran = sandbox
        .run(["ask", "How much?", "--json", "--matter", matter])
        .succeeds();
    let answers = ran.lines_of("answer");
    assert_eq!(answers.len(), 1, "{ran}");
    assert_eq!(answers[0]["question"], "How much?");
    assert_eq!(
        sandbox.turns(matter),
        TOLD,
        "without --keep it leaves no trace"
    );

    sandbox
        .run(["ask", "How much?", "--keep", "--matter", matter])
        .succeeds();
    assert_eq!(sandbox.turns(matter).len(), TOLD.len() + 2);
}

#[test]
fn chat_answers_each_line_of_stdin() {
    let sandbox = Sandbox::new();
    let said = "I paid $900.\n\n我付了900元。\r\nNo newline at the end";
    let ran = sandbox
        .run_with(["chat", "--plain", "--json"], said)
        .succeeds();
    assert_eq!(ran.lines_of("answer").len(), 3, "{ran}");
    let turns = sandbox.turns("default");
    assert_eq!(turns.len(), 6);
    let client: Vec<_> = turns.iter().step_by(2).collect();
    assert_eq!(
        client,
        ["I paid $900.", "我付了900元。", "No newline at the end"]
    );
}

#[test]
fn stdout_holds_the_answer_and_stderr_the_rest() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let both = sandbox
        .run(["ask", "How much?", "--matter", matter])
        .succeeds();
    assert!(!both.stdout.trim().is_empty(), "{both}");
    for progress in ["loading", "thinking", "reading"] {
        assert!(!both.stdout.contains(progress), "{both}");
    }
    let quiet = sandbox
        .run(["ask", "How much?", "--matter", matter, "--quiet"])
        .succeeds();
    assert_eq!(quiet.stderr, "");
}

#[test]
fn colour_is_asked_for() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let coloured = |ran: &Ran| ran.stdout.contains(ESCAPE) || ran.stderr.contains(ESCAPE);
    let show = ["memory", "show", "--matter", matter];
    let wrong = ["ask", "", "--matter", matter];

    let piped = sandbox.run(show).succeeds();
    assert!(!coloured(&piped), "{piped}");
    for args in [&show[..], &wrong] {
        let always = [args, &["--color", "always"]].concat();
        let always = sandbox.run(always);
        assert!(coloured(&always), "{always}");
        let never = sandbox.run([args, &["--color", "never"]].concat());
        assert!(!coloured(&never), "{never}");
        let mut no_color = sandbox.command(args);
        no_color.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1");
        let no_color = Ran::of(no_color, Vec::new());
        assert!(!coloured(&no_color), "{no_color}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error_to_shout_about() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(["man"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("estoppel runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn every_json_command_speaks_version_1() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    for args in [
        &["memory", "show"][..],
        &["memory", "list"],
        &["memory", "search", "deposit"],
        &["memory", "why", "1"],
        &["memory", "export"],
        &["model", "list"],
        &["model", "info", "smollm2-135m-instruct"],
        &["doctor"],
    ] {
        let ran = sandbox
            .run([args, &["--json", "--matter", matter]].concat())
            .succeeds();
        assert!(!ran.lines().is_empty(), "{ran}");
    }
}

#[test]
fn a_matter_goes_out_and_in_unchanged() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let exported = sandbox
        .run(["memory", "export", "--matter", matter])
        .succeeds()
        .stdout;
    sandbox
        .run_with(
            ["memory", "import", "-", "--matter", "copy"],
            exported.as_str(),
        )
        .succeeds();
    assert_eq!(sandbox.turns("copy"), TOLD);
    let again = sandbox
        .run(["memory", "export", "--matter", "copy"])
        .succeeds()
        .stdout;
    assert_eq!(again, exported);
    sandbox
        .run(["memory", "rebuild", "--matter", "copy"])
        .succeeds();
    assert_eq!(sandbox.turns("copy"), TOLD);
}

#[test]
fn completions_and_the_manual_are_printed() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = sandbox.run(["completions", shell]).succeeds();
        assert!(ran.stdout.contains("estoppel"), "{ran}");
    }
    let manual = sandbox.run(["man"]).succeeds();
    assert!(manual.stdout.contains(".TH"), "{manual}");
    sandbox.run(["bogus"]).complains_of(&["bogus"]);
}

#[test]
fn the_linear_view_follows_commands() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let said =
        "/facts\n/why 1\n/find carpet\n/dance\n/forget 2\nno\n/forget 4\nyes\n/quit\n/facts\n";
    let ran = sandbox
        .run_with(["--accessible", "--matter", matter], said)
        .succeeds();
    for part in [
        "$900",
        "no command /dance",
        "Nothing was forgotten",
        "Turn 4 is gone",
    ] {
        assert!(ran.stdout.contains(part), "{part} in {ran}");
    }
    // After /quit nothing is followed.
    assert!(ran.stdout.trim_end().ends_with("Turn 4 is gone."), "{ran}");
    let mut left = TOLD;
    left[3] = "";
    assert_eq!(sandbox.turns(matter), left);
    // Without --accessible a slash is a message like any other.
    sandbox
        .run_with(["chat", "--plain", "--matter", matter], "/facts\n")
        .succeeds();
    assert_eq!(sandbox.turns(matter)[4], "/facts");
}
