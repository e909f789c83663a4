//! What a matter promises across processes: nothing acknowledged is lost to a
//! kill, and one process holds it at a time.
//!
//! The tests start themselves again as the other process.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use estoppel_memory::matter::{Matter, MatterOptions, OpenError};
use estoppel_memory::{NewTurn, Role};
use jiff::civil::date;

/// Set to a matter's folder in the process that writes to it.
const FOLDER: &str = "ESTOPPEL_TEST_FOLDER";
/// Set to what that process's turns begin with.
const MARK: &str = "ESTOPPEL_TEST_MARK";

const KILLS: usize = 50;
const FORGETTING_KILLS: usize = 15;

fn open(folder: &Path) -> Result<Matter, OpenError> {
    Matter::open(folder, &MatterOptions::new())
}

fn text(mark: &str, n: usize) -> String {
    format!("{mark}: instalment {n} of £{} was paid on time.", 100 + n)
}

/// Starts the test of this name in a process of its own, to write to a matter.
fn start_writer(test: &str, folder: &Path, mark: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder)
        .env(MARK, mark)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Remembers turn after turn, and acknowledges each on stdout, until killed.
fn write_until_killed(folder: &str) -> ! {
    let mark = env::var(MARK).unwrap();
    let mut matter = open(Path::new(folder)).unwrap();
    let at = date(2025, 3, 4).at(9, 30, 0, 0);
    let mut stdout = io::stdout();
    for n in 0.. {
        let turn = NewTurn::new(Role::Client, at, text(&mark, n));
        let id = matter.remember(turn, None).unwrap();
        writeln!(stdout, "\nremembered {id} {n}").unwrap();
    }
    unreachable!("the counter does not end")
}

/// Forgets every third turn that it remembers, until killed.
fn forget_until_killed(folder: &str) -> ! {
    let mark = env::var(MARK).unwrap();
    let mut matter = open(Path::new(folder)).unwrap();
    let at = date(2025, 3, 4).at(9, 30, 0, 0);
    let mut stdout = io::stdout();
    for n in 0.. {
        let turn = NewTurn::new(Role::Client, at, text(&mark, n));
        let id = matter.remember(turn, None).unwrap();
        if n % 3 == 2 {
            matter.forget(id).unwrap();
            writeln!(stdout, "\nforgot {id} {n}").unwrap();
        } else {
            writeln!(stdout, "\nremembered {id} {n}").unwrap();
        }
    }
    unreachable!("the counter does not end")
}

/// What a writer acknowledged to have done: turn number to the count of its text.
fn acknowledged(output: &str, done: &str) -> BTreeMap<usize, usize> {
    output
        .lines()
        .filter_map(|line| {
            let (id, n) = line.strip_prefix(done)?.trim_start().split_once(' ')?;
            Some((id.parse().ok()?, n.parse().ok()?))
        })
        .collect()
}

/// Lets a process run for a random while and kills it; what it wrote to stdout.
/// The while begins at once, or with the first line that begins with `awaited`.
fn kill_within(mut process: Child, longest: Duration, awaited: Option<&str>) -> String {
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    let mut output = String::new();
    if let Some(awaited) = awaited {
        while !output
            .lines()
            .last()
            .is_some_and(|line| line.starts_with(awaited))
        {
            assert!(
                stdout.read_line(&mut output).unwrap() > 0,
                "it ended: {output}"
            );
        }
    }
    let longest = longest.as_micros() as u64;
    thread::sleep(Duration::from_micros(rand::random_range(0..longest)));
    process.kill().unwrap();
    stdout.read_to_string(&mut output).unwrap();
    process.wait().unwrap();
    output
}

/// Every fifth process may be killed before it has done anything.
fn awaited(kill: usize, done: &str) -> Option<&str> {
    (!kill.is_multiple_of(5)).then_some(done)
}

/// Whether any file under a folder holds a text.
fn is_in_a_file(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_in_a_file(&path, text);
        }
        let bytes = fs::read(path).unwrap();
        bytes
            .windows(text.len())
            .any(|bytes| bytes == text.as_bytes())
    })
}

#[test]
fn a_killed_process_loses_no_turn_that_it_acknowledged() {
    if let Ok(folder) = env::var(FOLDER) {
        write_until_killed(&folder);
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("matter");
    let mut total = 0;
    for kill in 0..KILLS {
        let mark = format!("round {kill}");
        let test = "a_killed_process_loses_no_turn_that_it_acknowledged";
        let writer = start_writer(test, &folder, &mark);
        let output = kill_within(
            writer,
            Duration::from_millis(120),
            awaited(kill, "remembered"),
        );
        let acknowledged = acknowledged(&output, "remembered");

        let matter = open(&folder).unwrap();
        let turns = matter.turns();
        for (&id, &n) in &acknowledged {
            assert_eq!(turns[id - 1].text, text(&mark, n), "kill {kill}, turn {id}");
        }
        let check = matter.check();
        assert!(check.faults.is_empty(), "kill {kill}: {:?}", check.faults);
        total += acknowledged.len();
    }
    let turns = open(&folder).unwrap().turns().len();
    assert!(total <= turns && turns <= total + KILLS);
    let least = (0..KILLS)
        .filter(|kill| awaited(*kill, "").is_some())
        .count();
    assert!(total >= least, "only {total} turns were acknowledged");
}

#[test]
fn a_killed_process_forgot_what_it_said_it_forgot_and_nothing_else() {
    if let Ok(folder) = env::var(FOLDER) {
        forget_until_killed(&folder);
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("matter");
    let mut total = 0;
    for kill in 0..FORGETTING_KILLS {
        let mark = format!("round {kill}");
        let test = "a_killed_process_forgot_what_it_said_it_forgot_and_nothing_else";
        let writer = start_writer(test, &folder, &mark);
        let output = kill_within(writer, Duration::from_millis(300), awaited(kill, "forgot"));
        let matter = open(&folder).unwrap();
        for (&id, &n) in &acknowledged(&output, "remembered") {
            assert_eq!(matter.turns()[id - 1].text, text(&mark, n), "turn {id}");
        }
        for (&id, &n) in &acknowledged(&output, "forgot") {
            assert!(matter.turns()[id - 1].is_forgotten(), "turn {id}");
            assert!(!is_in_a_file(&folder, &text(&mark, n)), "turn {id}");
            total += 1;
        }
        let check = matter.check();
        assert!(check.faults.is_empty(), "kill {kill}: {:?}", check.faults);
    }
    assert!(total > 0, "nothing was forgotten");
}

#[test]
fn a_second_process_is_told_who_holds_the_matter() {
    if let Ok(folder) = env::var(FOLDER) {
        write_until_killed(&folder);
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("harlow");
    let test = "a_second_process_is_told_who_holds_the_matter";
    let mut writer = start_writer(test, &folder, "holder");
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    lines
        .find(|line| {
            line.as_ref()
                .is_ok_and(|line| line.starts_with("remembered"))
        })
        .expect("the writer remembers a turn")
        .unwrap();

    let error = open(&folder).unwrap_err();
    let id = writer.id();
    assert!(
        matches!(error, OpenError::Held { process: Some(process), .. } if process == id),
        "{error}"
    );
    let message = error.to_string();
    assert!(
        message.contains("harlow") && message.contains(&id.to_string()),
        "{message}"
    );

    writer.kill().unwrap();
    writer.wait().unwrap();
    assert!(!open(&folder).unwrap().turns().is_empty());
}
