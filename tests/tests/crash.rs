//! What was acknowledged survives SIGKILL at any moment.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::running::Running;
use crate::support::{Sandbox, consultation, path};

/// Long enough that every kill comes before the end.
fn long_consultation(id: &str) -> (Vec<String>, String) {
    let said: Vec<String> = (1..=60)
        .map(|turn| {
            format!(
                "On day {turn} of the works I paid invoice {} of ${}.50.",
                700 + turn,
                90 * turn
            )
        })
        .collect();
    let file = consultation(id, &said, json!([]));
    (said, file)
}

#[test]
fn no_acknowledged_turn_is_lost_when_run_is_killed_at_45_moments() {
    let sandbox = Sandbox::new();
    for moment in 0..45 {
        // From before the first turn to well into the file, each time at
        // another point between two turns.
        let acknowledgements = moment % 15 * 3;
        let pause = Duration::from_millis(moment * 13 % 40);
        let (said, text) = long_consultation(&format!("killed-{moment}"));
        let file = sandbox.file("killed.json", text);

        let mut run = Running::start(sandbox.command(["run", "--json", "--events", path(&file)]));
        for turn in 1..=acknowledgements {
            assert_eq!(run.remembered(), Some(turn), "moment {moment}");
        }
        sleep(pause);
        let acknowledged = (acknowledgements + run.kill()) as usize;

        let matter = format!("run-killed-{moment}");
        let kept = if sandbox.matters().contains(&matter) {
            sandbox.turns(&matter)
        } else {
            vec![]
        };
        assert!(
            kept.len() >= acknowledged,
            "moment {moment}: {acknowledged} acknowledged, {} kept",
            kept.len()
        );
        assert_eq!(kept, said[..kept.len()], "moment {moment}");
    }
}

#[test]
fn no_acknowledged_message_is_lost_when_chat_is_killed_at_5_moments() {
    let sandbox = Sandbox::new();
    let mut said = Vec::new();
    for moment in 0..5 {
        let message = format!("Message {moment}: the invoice was ${}.", 100 + moment);
        let mut chat = Running::start(sandbox.command(["chat", "--plain", "--json"]));
        chat.say(&message);
        assert!(chat.remembered().is_some(), "moment {moment}");
        said.push(message);
        // Somewhere in the answer, which may be kept or not.
        sleep(Duration::from_millis(moment * 150));
        chat.kill();

        let kept = sandbox.turns("default");
        let messages: Vec<_> = kept.iter().filter(|turn| said.contains(turn)).collect();
        assert_eq!(messages, said.iter().collect::<Vec<_>>(), "moment {moment}");
    }
}

#[test]
fn a_file_can_be_run_again_after_a_crash() {
    let sandbox = Sandbox::new();
    let (said, text) = long_consultation("again");
    let file = sandbox.file("again.json", text);
    let mut run = Running::start(sandbox.command(["run", "--json", "--events", path(&file)]));
    assert_eq!(run.remembered(), Some(1));
    run.kill();
    sandbox.run(["run", "--json", path(&file)]).succeeds();
    assert_eq!(sandbox.turns("run-again"), said);
}
