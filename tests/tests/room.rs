//! The consultation room in a real pseudo-terminal, with a real model.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use portable_pty::native_pty_system;

use crate::support::{Sandbox, TOLD};
use crate::terminal::{PATIENCE, Terminal, on_a_terminal, size};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const TAB: &str = "\t";
const F2: &str = "\x1bOQ";
const CONTROL_D: &str = "\x04";
const CONTROL_R: &str = "\x12";
const CONTROL_Q: &str = "\x11";

/// A room on the matter that the tests know.
fn room(sandbox: &Sandbox) -> Terminal {
    let matter = sandbox.matter_with_turns();
    Terminal::open(sandbox, &["--matter", matter], (80, 24))
}

const QUESTION: &str = "How much was the deposit?";
/// Takes a while to answer.
const STORY: &str = "I am sad. My neighbours are loud, the garden is wet, and the carpet is old.";

#[test]
fn a_question_is_typed_and_its_citation_followed() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.wait_for(TOLD[3]);
    room.ready();
    room.press(QUESTION);
    room.press(ENTER);
    // The question is turn 5, the answer turn 6.
    room.wait(|text| text.contains("── ready") && text.contains("6 turns"));
    room.press(TAB);
    room.press(ENTER);
    let cited = room.wait_for("Cited: turn 1");
    assert!(cited.contains("Found because"), "{cited}");
    assert_eq!(left(room, &sandbox)[4], QUESTION);
}

/// Leaves the room and reads what the matter holds.
fn left(mut room: Terminal, sandbox: &Sandbox) -> Vec<String> {
    room.press(CONTROL_Q);
    assert_eq!(room.end(), 0, "{}", room.text());
    assert!(room.restored());
    sandbox.turns("told")
}

#[test]
fn citations_are_there_when_the_matter_is_opened_again() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press(QUESTION);
    room.press(ENTER);
    room.wait(|text| text.contains("── ready") && text.contains("6 turns"));
    room.press(CONTROL_Q);
    room.end();
    let mut again = Terminal::open(&sandbox, &["--matter", "told"], (80, 24));
    again.wait_for(QUESTION);
    again.press(TAB);
    again.press(ENTER);
    again.wait_for("Cited: turn 1");
    again.press(CONTROL_Q);
    assert_eq!(again.end(), 0);
}

#[test]
fn matters_are_switched_and_nothing_mixes() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press(F2);
    room.wait_for("▸ told");
    room.press("other");
    room.wait_for("makes the matter other");
    room.press(ENTER);
    room.wait_for("other · 0 turns");
    room.ready();
    assert!(!room.text().contains(TOLD[3]));
    room.press("Who holds the deposit?");
    room.press(ENTER);
    room.wait(|text| text.contains("── ready") && text.contains("other · 2 turns"));
    room.press("/facts");
    room.press(ENTER);
    let facts = room.wait_for("The record");
    assert!(!facts.contains("$900"), "{facts}");
    // An escape and a key at once would be another key.
    room.press(ESCAPE);
    room.wait(|text| !text.contains("The record"));
    room.press(F2);
    room.wait_for("▸ other");
    room.press("told");
    room.press(ENTER);
    room.wait_for("told · 4 turns");
    room.wait_for(TOLD[3]);
    assert_eq!(left(room, &sandbox), TOLD);
    assert_eq!(sandbox.turns("other")[0], "Who holds the deposit?");
}

#[test]
fn the_open_matter_is_renamed_and_deleted() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press(F2);
    room.wait_for("▸ told");
    room.press(CONTROL_R);
    room.wait_for("new name: told");
    room.press("2");
    room.press(ENTER);
    room.wait_for("▸ told2");
    assert_eq!(sandbox.matters(), ["told2"]);
    room.press(CONTROL_D);
    room.wait_for("Delete told2");
    room.press("y");
    room.wait(|text| !text.contains("told2"));
    assert_eq!(sandbox.matters(), [""; 0]);
    room.press(ESCAPE);
    room.wait_for("── ready");
    room.press(CONTROL_Q);
    assert_eq!(room.end(), 0);
}

#[test]
fn a_turn_that_is_forgotten_is_in_no_file() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press("/correct the deposit was $950");
    room.press(ENTER);
    room.wait_for("it corrects [1]");
    room.press("/forget 1");
    room.press(ENTER);
    room.wait_for("Forget turn 1");
    room.press("y");
    room.wait_for("Turn 1 and all that");
    room.press(QUESTION);
    room.press(ENTER);
    room.wait(|text| text.contains("── ready") && text.contains("7 turns"));
    let turns = left(room, &sandbox);
    assert_eq!(turns[0], "");
    assert_eq!(turns[4], "Correction: the deposit was $950");
    let folder = sandbox.data().join("matters/told");
    let files = files(&folder);
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).expect("a file");
        let gone = b"I paid a deposit of $900";
        let holds = bytes.windows(gone.len()).any(|window| window == gone);
        assert!(!holds, "{}", file.display());
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn a_long_paste_is_one_message() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    let letter: String = (0..500).map(|line| format!("line {line:03}\n")).collect();
    assert_eq!(letter.len(), 5_000 - 500);
    let letter = letter + &"押金".repeat(250);
    assert_eq!(letter.chars().count(), 5_000);
    room.press(&format!("\x1b[200~{letter}\x1b[201~"));
    room.wait_for("押金");
    room.press(ENTER);
    room.wait(|text| text.contains("── ready") && text.contains("6 turns"));
    assert_eq!(left(room, &sandbox)[4], letter);
}

#[test]
fn an_answer_is_stopped_and_what_was_said_is_kept() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press(STORY);
    room.press(ENTER);
    room.wait_for("── writing");
    room.press(ESCAPE);
    room.wait_for("(stopped)");
    room.wait_for("── ready");
    let kept = left(room, &sandbox);
    assert_eq!(kept[4], STORY);
    assert!(kept.len() == 6 && !kept[5].is_empty(), "{kept:?}");
}

#[test]
fn the_screen_changes_its_size_in_the_middle_of_an_answer() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press(STORY);
    room.press(ENTER);
    for size in [(40, 10), (160, 50), (20, 6), (80, 24)] {
        room.wait(|text| text.contains("── writing") || text.contains("6 turns"));
        room.resize(size.0, size.1);
        sleep(Duration::from_millis(50));
    }
    let shown = room.wait(|text| text.contains("── ready") && text.contains("6 turns"));
    assert!(shown.contains("Ctrl+P commands"), "{shown}");
    assert_eq!(left(room, &sandbox).len(), 6);
}

#[test]
fn a_room_that_is_killed_opens_with_everything_there() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press(STORY);
    room.press(ENTER);
    room.wait_for("── writing");
    room.signal(Signal::SIGKILL);
    room.end();
    let again = Terminal::open(&sandbox, &["--matter", "told"], (80, 24));
    again.wait_for("I am sad.");
    again.ready();
    assert_eq!(left(again, &sandbox)[4], STORY);
}

#[test]
fn a_signal_ends_the_room_and_gives_the_terminal_back() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.wait_for(TOLD[3]);
    room.signal(Signal::SIGTERM);
    assert_eq!(room.end(), 130);
    assert!(room.restored());
}

#[test]
fn a_terminal_that_goes_away_ends_the_room() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let pair = native_pty_system().openpty(size(80, 24));
    let pair = pair.expect("a pseudo-terminal");
    let mut builder = on_a_terminal(&sandbox, &sandbox.command(["--matter", matter]));
    // Else the system would end it.
    builder.set_controlling_tty(false);
    let mut child = pair.slave.spawn_command(builder).expect("estoppel runs");
    drop(pair.slave);
    let mut output = pair.master.try_clone_reader().expect("a reader");
    let mut parser = vt100::Parser::new(24, 80, 0);
    while !parser.screen().contents().contains(TOLD[3]) {
        let mut buffer = [0; 4096];
        let read = output.read(&mut buffer).expect("a terminal");
        parser.process(&buffer[..read]);
    }
    drop((output, pair.master));
    let until = Instant::now() + PATIENCE;
    while child.try_wait().expect("a child").is_none() {
        assert!(Instant::now() < until, "it runs without a terminal");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_draft_is_there_when_the_room_is_opened_again() {
    let sandbox = Sandbox::new();
    let mut first = room(&sandbox);
    first.wait_for(TOLD[3]);
    first.press("half a question");
    first.wait_for("> half a question");
    assert_eq!(left(first, &sandbox), TOLD);
    let again = Terminal::open(&sandbox, &["--matter", "told"], (80, 24));
    again.wait_for("> half a question");
    assert_eq!(left(again, &sandbox), TOLD);
}

#[test]
fn a_draft_outlives_a_room_that_is_killed() {
    let sandbox = Sandbox::new();
    let mut first = room(&sandbox);
    first.wait_for(TOLD[3]);
    first.press("half a question");
    let until = Instant::now() + PATIENCE;
    while !files(&sandbox.data())
        .iter()
        .any(|file| file.ends_with("draft.txt"))
    {
        assert!(Instant::now() < until, "no draft is kept");
        sleep(Duration::from_millis(20));
    }
    first.signal(Signal::SIGKILL);
    first.end();
    let again = Terminal::open(&sandbox, &["--matter", "told"], (80, 24));
    again.wait_for("> half a question");
    assert_eq!(left(again, &sandbox), TOLD);
}

#[test]
fn the_model_is_loaded_while_one_reads_and_writes() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let args = ["--matter", matter, "--model", "/nowhere/model.gguf"];
    let mut room = Terminal::open(&sandbox, &args, (80, 24));
    let shown = room.wait_for("no model");
    assert!(
        shown.contains(TOLD[3]) && shown.contains("/nowhere/model.gguf"),
        "{shown}"
    );
    room.press("still here");
    room.wait_for("> still here");
    room.press(CONTROL_Q);
    assert_eq!(room.end(), 0);
}

#[test]
fn a_room_without_weights_goes_on_with_others() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let args = ["--matter", matter, "--model", "none.gguf"];
    let mut room = Terminal::open(&sandbox, &args, (80, 24));
    room.wait_for("/pull fetches what is missing");
    room.press("/pull 7000b");
    room.press(ENTER);
    room.wait_for("no model is called `7000b`");
    room.press("/model 135m");
    room.press(ENTER);
    room.ready();
    room.press(STORY);
    room.press(ENTER);
    room.wait_for("── writing");
    room.press(ESCAPE);
    room.wait(|text| text.contains("── ready") && text.contains("6 turns"));
    assert_eq!(left(room, &sandbox)[4], STORY);
}

#[test]
fn keys_and_language_are_as_the_file_says() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let folder = sandbox.data().join("config/estoppel");
    std::fs::create_dir_all(&folder).expect("a folder");
    let text = "language = \"zh\"\n[keys]\nquit = [\"alt+x\"]\n";
    std::fs::write(folder.join("room.toml"), text).expect("a file");
    let mut room = Terminal::open(&sandbox, &["--matter", matter], (80, 24));
    room.wait_for("就绪");
    room.press("\x1bx");
    assert_eq!(room.end(), 0);
    std::fs::write(folder.join("room.toml"), "[keys]\nquit = [\"hyper\"]\n").expect("a file");
    let mut room = Terminal::open(&sandbox, &["--matter", matter], (80, 24));
    assert_eq!(room.end(), 2);
    room.wait_for("`hyper`");
}

#[test]
fn the_room_is_suspended_and_resumed() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    // Only a shell with job control can resume what was suspended.
    let command = sandbox.command(["--matter", matter]);
    let script = "\"$0\" \"$@\"; echo suspended; read -r _; fg";
    let mut shell = Command::new("bash");
    shell.args(["--norc", "--noprofile", "-ic", script]);
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)))
    {
        shell.env(name, value);
    }
    let mut room = Terminal::run(&sandbox, &shell, (80, 24));
    room.ready();
    room.press("dra");
    room.wait_for("> dra");
    // Drawn anew.
    room.press("\x0c");
    room.press("ft");
    room.wait_for("> draft");
    room.press("\x1a");
    room.wait_for("suspended");
    assert!(room.restored());
    room.press(ENTER);
    room.wait_for("> draft");
    room.press("ed");
    room.wait_for("> drafted");
    assert!(!room.restored());
    room.press(CONTROL_Q);
    assert_eq!(room.end(), 0);
    assert!(room.restored());
}

#[test]
fn an_answer_is_copied_by_the_terminal() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press("/copy");
    room.press(ENTER);
    room.wait_for("on the clipboard");
    // "Please send me the inventory." in base64.
    let copied = "\x1b]52;c;UGxlYXNlIHNlbmQgbWUgdGhlIGludmVudG9yeS4=";
    let written = room.written();
    assert!(written.contains(copied));
    assert_eq!(left(room, &sandbox), TOLD);
}

#[test]
fn for_screen_readers_nothing_is_redrawn() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let mut talk = Terminal::open(&sandbox, &["--accessible", "--matter", matter], (80, 24));
    talk.wait_for("> ");
    talk.press(QUESTION);
    talk.press(ENTER);
    talk.wait_for("[1]");
    talk.press("\x04");
    assert_eq!(talk.end(), 0);
    let written = talk.written();
    for redrawn in ["\x1b[?1049h", "\x1b[2K", "\x1b[1A", "\x1b[H"] {
        assert!(!written.contains(redrawn), "{redrawn:?}");
    }
}

#[test]
fn the_log_is_where_it_is_said_to_be_and_holds_nothing_that_was_said() {
    let sandbox = Sandbox::new();
    let mut room = room(&sandbox);
    room.ready();
    room.press(QUESTION);
    room.press(ENTER);
    room.wait(|text| text.contains("── ready") && text.contains("6 turns"));
    left(room, &sandbox);
    let said = sandbox.run(["logs"]).succeeds();
    let log = std::fs::read_to_string(said.stdout.trim()).expect("a log");
    assert!(log.contains("version") && !log.contains("deposit"), "{log}");
}
