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
