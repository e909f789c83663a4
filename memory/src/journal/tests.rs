use std::fs;
use std::path::PathBuf;

use jiff::civil::{DateTime, date};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::turn::{NewTurn, Role, Turn, TurnId};

fn turn(id: u32, text: &str) -> Entry {
    let at = date(2025, 3, 4).at(9, 30, 0, 0);
    let role = if id % 2 == 1 {
        Role::Client
    } else {
        Role::Counsel
    };
    Entry::Turn(Turn {
        id: TurnId(id),
        said: NewTurn::new(role, at, text),
    })
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.log");
    (folder, path)
}

/// A journal of three turns, the text of which holds what could break a line.
fn three(path: &Path) -> Vec<Entry> {
    let entries = vec![
        turn(1, "My deposit was £1,385.\nPaid in cash."),
        turn(2, "押金是多少？\u{2028}\r\n\u{0}"),
        turn(3, "Last words, long enough to be cut in many places."),
    ];
    let mut journal = Journal::create(path, MatterId::random()).unwrap();
    for entry in &entries {
        journal.append(entry).unwrap();
    }
    entries
}

#[test]
fn what_was_appended_is_read_back() {
    let (_folder, path) = folder();
    let entries = three(&path);
    let opened = Journal::open(&path).unwrap();
    assert_eq!(opened.entries, entries);
    assert_eq!(opened.torn_bytes, 0);
    assert_eq!(opened.positions.len(), 4);
    assert_eq!(opened.positions[3], opened.journal.position());
    assert_eq!(Journal::count(&path).unwrap(), 3);
}

#[test]
fn a_journal_is_never_created_over_another() {
    let (_folder, path) = folder();
    three(&path);
    let before = fs::read(&path).unwrap();
    let error = Journal::create(&path, MatterId::random()).unwrap_err();
    assert!(matches!(error, JournalError::Exists { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// A crash while appending leaves any prefix of the frame: the whole frames
/// stay, the rest goes, and the journal can be written to again.
#[test]
fn a_file_cut_anywhere_in_its_last_frames_keeps_the_whole_ones() {
    let (_folder, path) = folder();
    let entries = three(&path);
    let bytes = fs::read(&path).unwrap();
    let ends: Vec<usize> = (0..bytes.len())
        .filter(|&i| bytes[i] == b'\n')
        .map(|i| i + 1)
        .collect();
    for cut in ends[0]..=bytes.len() {
        fs::write(&path, &bytes[..cut]).unwrap();
        let whole = ends[1..].iter().filter(|&&end| end <= cut).count();
        let mut opened = Journal::open(&path).unwrap();
        assert_eq!(opened.entries, entries[..whole], "cut at {cut}");
        assert_eq!(opened.torn_bytes as usize, cut - ends[whole]);
        let next = turn(whole as u32 + 1, "after the crash");
        opened.journal.append(&next).unwrap();
        let again = Journal::open(&path).unwrap();
        assert_eq!((again.entries.last(), again.torn_bytes), (Some(&next), 0));
    }
}

/// A file system may have grown the file before it wrote the block.
#[test]
fn zeros_in_the_last_frame_are_an_unfinished_write() {
    let (_folder, path) = folder();
    let entries = three(&path);
    let mut bytes = fs::read(&path).unwrap();
    let start = bytes.len() - 40;
    bytes[start..start + 20].fill(0);
    fs::write(&path, &bytes).unwrap();
    let opened = Journal::open(&path).unwrap();
    assert_eq!(opened.entries, entries[..2]);
    assert!(opened.torn_bytes > 40);

    three(&path.with_file_name("other.log"));
    let mut bytes = fs::read(path.with_file_name("other.log")).unwrap();
    bytes.extend([0; 512]);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(Journal::open(&path).unwrap().torn_bytes, 512);
}

/// No flipped bit is ever read as something that was said, and what was
/// acknowledged is never cut off for it, the very last byte apart: without its
/// line feed a frame was not acknowledged.
#[test]
fn a_flipped_byte_is_reported_and_nothing_changed() {
    let (_folder, path) = folder();
    three(&path);
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() - 1 {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x15;
        fs::write(&path, &damaged).unwrap();
        let error = Journal::open(&path).expect_err("damage goes unseen");
        assert!(error.to_string().contains("journal.log"), "{error}");
        if at > 16 {
            let JournalError::Damaged { offset, .. } = error else {
                panic!("byte {at}: {error}");
            };
            assert!(offset <= at as u64, "byte {at}: {error}");
        }
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
}

#[test]
fn lines_taken_out_swapped_or_brought_in_are_found() {
    let (_folder, path) = folder();
    three(&path);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let other = path.with_file_name("other.log");
    three(&other);
    let foreign = fs::read_to_string(&other).unwrap();
    let foreign: Vec<&str> = foreign.split_inclusive('\n').collect();
    let arrangements = [
        vec![lines[0], lines[1], lines[3]],
        vec![lines[0], lines[2], lines[1], lines[3]],
        vec![lines[0], foreign[1], lines[2]],
        vec![lines[0], lines[1], foreign[2]],
        vec![lines[0], lines[1], lines[1]],
    ];
    for arrangement in arrangements {
        fs::write(&path, arrangement.concat()).unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    }
}

#[test]
fn later_formats_and_kinds_are_refused_by_name() {
    let (_folder, path) = folder();
    let matter = MatterId::random();
    fs::write(&path, format!("estoppel-journal 2 {matter} 00000000\n")).unwrap();
    let error = Journal::open(&path).unwrap_err();
    assert!(matches!(
        error,
        JournalError::NewerFormat { version: 2, .. }
    ));
    assert!(error.to_string().contains("newer version"), "{error}");

    fs::remove_file(&path).unwrap();
    Journal::create(&path, matter).unwrap();
    let header = fs::read_to_string(&path).unwrap();
    let json = r#"{"type":"sealed","id":1,"seal":"x"}"#;
    let body = format!("estoppel-journal 1 {matter}1 {json}");
    let checksum = crc32fast::hash(body.as_bytes());
    fs::write(&path, format!("{header}1 {checksum:08x} {json}\n")).unwrap();
    let error = Journal::open(&path).unwrap_err();
    assert!(matches!(&error, JournalError::NewerEntry { line: 2, kind, .. } if kind == "sealed"));
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[test]
fn files_of_other_kinds_are_refused() {
    let (_folder, path) = folder();
    for content in ["", "\n", "{}\n", "estoppel-journal 1", "\u{fffd}\u{0}"] {
        fs::write(&path, content).unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::NotAJournal { .. }), "{error}");
    }
}

#[test]
fn a_rewrite_leaves_nothing_of_what_it_drops() {
    let (folder, path) = folder();
    let mut entries = three(&path);
    let mut journal = Journal::open(&path).unwrap().journal;
    let Entry::Turn(forgotten) = &entries[2] else {
        unreachable!("the third entry is a turn");
    };
    entries[2] = Entry::Forgotten(Tombstone::of(forgotten));
    journal.rewrite(&entries).unwrap();
    journal.append(&turn(4, "later")).unwrap();
    let opened = Journal::open(&path).unwrap();
    assert_eq!(opened.entries[..3], entries);
    assert_eq!(opened.entries.len(), 4);
    for file in fs::read_dir(folder.path()).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("Last words"));
    }
}

/// `/dev/full` is a disk that is always full, and cannot be truncated.
#[cfg(target_os = "linux")]
#[test]
fn after_an_append_of_unknown_outcome_the_journal_takes_no_more() {
    let (_folder, path) = folder();
    let entries = three(&path);
    let mut journal = Journal::open(&path).unwrap().journal;
    let position = journal.position();
    let disk = std::mem::replace(
        &mut journal.file,
        fs::OpenOptions::new()
            .append(true)
            .open("/dev/full")
            .unwrap(),
    );
    let error = journal.append(&turn(4, "secret")).unwrap_err();
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
    assert!(!error.to_string().contains("secret"));
    journal.file = disk;
    let error = journal.append(&turn(4, "secret")).unwrap_err();
    assert!(matches!(error, JournalError::Broken { .. }), "{error}");
    assert_eq!(journal.position(), position);
    assert_eq!(Journal::open(&path).unwrap().entries, entries);
}

#[test]
fn an_interrupted_rewrite_is_swept() {
    let (_folder, path) = folder();
    let entries = three(&path);
    let draft = path.with_extension("new");
    fs::write(&draft, "half a journal").unwrap();
    Journal::sweep(&path).unwrap();
    Journal::sweep(&path).unwrap();
    assert!(!draft.exists());
    assert_eq!(Journal::open(&path).unwrap().entries, entries);
}

fn moments() -> impl Strategy<Value = DateTime> {
    (1970i16..2100, 1i8..=12, 1i8..=28, 0i8..24, 0i8..60)
        .prop_map(|(year, month, day, hour, minute)| date(year, month, day).at(hour, minute, 0, 0))
}

fn turns() -> impl Strategy<Value = Vec<NewTurn>> {
    let one = (
        any::<bool>(),
        proptest::option::of(any::<String>()),
        any::<u32>(),
        moments(),
        any::<String>(),
    );
    proptest::collection::vec(one, 0..12).prop_map(|turns| {
        turns
            .into_iter()
            .map(|(client, speaker, session, at, text)| NewTurn {
                role: if client { Role::Client } else { Role::Counsel },
                speaker,
                session,
                at,
                text,
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_turns_survive_the_round_trip(turns in turns(), cut in 0usize..64) {
        let (_folder, path) = folder();
        let entries: Vec<Entry> = turns
            .into_iter()
            .zip(1..)
            .map(|(said, id)| Entry::Turn(Turn { id: TurnId(id), said }))
            .collect();
        let journal = Journal::create_with(&path, MatterId::random(), &entries).unwrap();
        let opened = Journal::open(&path).unwrap();
        prop_assert_eq!(&opened.entries, &entries);
        prop_assert_eq!(opened.journal.position(), journal.position());

        let bytes = fs::read(&path).unwrap();
        let header = bytes.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        fs::write(&path, &bytes[..bytes.len().saturating_sub(cut).max(header)]).unwrap();
        let cut_off = Journal::open(&path).unwrap();
        let whole = cut_off.entries.len();
        prop_assert_eq!(&cut_off.entries[..], &entries[..whole]);
        prop_assert!(cut > 0 || whole == entries.len());
    }
}
