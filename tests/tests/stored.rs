//! Keys and values beside a matter: taken up after a restart, said when they cannot be
//! trusted, gone with what was forgotten.

use std::path::PathBuf;

use crate::support::Sandbox;

/// The one file of keys and values of a matter.
fn file_of(sandbox: &Sandbox, matter: &str) -> PathBuf {
    let folder = sandbox.data().join("matters").join(matter);
    let mut files = std::fs::read_dir(&folder).expect("the matter's folder");
    files
        .find_map(|entry| {
            let path = entry.expect("its entry").path();
            let name = path.file_name()?.to_str()?;
            name.starts_with("kv-").then(|| path.clone())
        })
        .expect("a file of keys and values")
}

fn ask(sandbox: &Sandbox, matter: &str) -> (String, String) {
    let ran = sandbox
        .run([
            "ask",
            "--json",
            "--matter",
            matter,
            // What the record answers by itself reads nothing.
            "Write a short note about the deposit.",
        ])
        .succeeds();
    let answer = ran.lines_of("answer")[0]["text"].to_string();
    (answer, ran.stderr)
}

#[test]
fn what_was_read_is_taken_up_and_damage_is_said() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    let (first, _) = ask(&sandbox, matter);
    let file = file_of(&sandbox, matter);
    let whole = std::fs::read(&file).expect("readable");
    let (second, notes) = ask(&sandbox, matter);
    assert_eq!(first, second);
    assert!(!notes.contains("read again"), "{notes}");
    assert_eq!(std::fs::read(&file).expect("readable"), whole);

    // A write that was torn in the last record.
    std::fs::write(&file, &whole[..whole.len() - 1_000]).expect("writable");
    let (third, notes) = ask(&sandbox, matter);
    assert!(notes.contains("damaged"), "{notes}");
    assert_eq!(third, first);
    assert_eq!(std::fs::read(&file).expect("readable"), whole);
}

#[test]
fn forgetting_cuts_what_saw_the_turn() {
    let sandbox = Sandbox::new();
    let matter = sandbox.matter_with_turns();
    ask(&sandbox, matter);
    let file = file_of(&sandbox, matter);
    let whole = std::fs::read(&file).expect("readable");
    sandbox
        .run(["memory", "forget", "--matter", matter, "--yes", "2"])
        .succeeds();
    let left = std::fs::read(&file).expect("readable");
    assert!(
        3 * left.len() < 2 * whole.len(),
        "{} of {}",
        left.len(),
        whole.len()
    );
    assert_eq!(left, whole[..left.len()]);
    let (_, notes) = ask(&sandbox, matter);
    assert!(!notes.contains("damaged"), "{notes}");
}
