//! Ctrl-C ends with 130, and everything said stays.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::running::Running;
use crate::support::{Sandbox, consultation, path};

#[test]
fn an_answer_is_interrupted_and_the_message_stays() {
    let sandbox = Sandbox::new();
    let mut chat = Running::start(sandbox.command(["chat", "--plain", "--json"]));
    chat.say("The van was hit on 4 May. Tell me a long story about vans.");
    assert_eq!(chat.remembered(), Some(1));
    assert_eq!(chat.interrupt().code(), Some(130));
    let turns = sandbox.turns("default");
    assert_eq!(
        turns[0],
        "The van was hit on 4 May. Tell me a long story about vans."
    );
}

#[test]
fn a_chat_that_waits_is_interrupted_and_the_dialogue_stays() {
    let sandbox = Sandbox::new();
    let mut chat = Running::start(sandbox.command(["chat", "--plain", "--json"]));
    chat.say("The van was hit on 4 May.");
    while chat.next_line().expect("an answer")["type"] != "answer" {}
    sleep(Duration::from_millis(200));
    assert_eq!(chat.interrupt().code(), Some(130));
    assert_eq!(sandbox.turns("default").len(), 2);
}

#[test]
fn a_run_is_interrupted_and_its_turns_stay() {
    let sandbox = Sandbox::new();
    let said: Vec<_> = (1..=200)
        .map(|day| format!("On day {day} I paid ${day}."))
        .collect();
    let file = sandbox.file("stopped.json", consultation("stopped", &said, json!([])));
    let mut run = Running::start(sandbox.command(["run", "--json", "--events", path(&file)]));
    for turn in 1..=10 {
        assert_eq!(run.remembered(), Some(turn));
    }
    assert_eq!(run.interrupt().code(), Some(130));
    let kept = sandbox.turns("run-stopped");
    assert!(
        (10..said.len()).contains(&kept.len()),
        "{} turns",
        kept.len()
    );
    assert_eq!(kept, said[..kept.len()]);
}

#[test]
fn what_a_pointer_learnt_until_it_is_stopped_stays() {
    let sandbox = Sandbox::new();
    let file = sandbox.probed();
    let [out, cache] = ["pointer.safetensors", "read"].map(|name| sandbox.data().join(name));
    let passes = "1000000";
    let args = [
        ["train", "pointer", "--json", "--passes", passes],
        [
            "--consultation",
            path(&file),
            "--cache",
            path(&cache),
            "--out",
        ],
    ];
    let args = args.concat().into_iter().chain([path(&out)]);
    let training = Running::start(sandbox.command(args));
    // It reads what it learns from once it has been told all that there is.
    let reads = || std::fs::read_dir(&cache).is_ok_and(|mut files| files.next().is_some());
    while !reads() {
        sleep(Duration::from_millis(50));
    }
    assert_eq!(training.interrupt().code(), Some(130));
    let report = std::fs::read(out.with_extension("report.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["stopped"], true);
    let pass = ["train", "pointer", "--passes", "0", "--from", path(&out)];
    let again = sandbox.data().join("again.safetensors");
    let rest = ["--consultation", path(&file), "--out", path(&again)];
    sandbox.run(pass.iter().chain(&rest)).succeeds();
    assert_eq!(
        std::fs::read(&out).expect("a pointer"),
        std::fs::read(&again).expect("the same")
    );
}
