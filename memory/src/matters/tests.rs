use std::fs;

use jiff::civil::date;
use tempfile::TempDir;

use super::*;
use crate::matter::LineFault;
use crate::turn::{NewTurn, Role, TurnId};

fn folder() -> (TempDir, Matters) {
    let home = tempfile::tempdir().unwrap();
    let matters = Matters::open(&home.path().join("matters")).unwrap();
    (home, matters)
}

fn name(name: &str) -> MatterName {
    MatterName::new(name).unwrap()
}

fn tell(matter: &mut Matter, texts: &[&str]) {
    let at = date(2025, 3, 4).at(9, 30, 0, 0);
    for text in texts {
        let turn = NewTurn::new(Role::Client, at, *text);
        matter.remember(turn, None).unwrap();
    }
}

/// Everything in the folder that is not a matter.
fn leftovers(matters: &Matters) -> usize {
    let of = |folder: &PathBuf| !folder.join(JOURNAL).exists();
    matters.folders().unwrap().iter().filter(|f| of(f)).count()
}

#[test]
fn matters_are_created_listed_opened_and_deleted() {
    let (_home, matters) = folder();
    assert_eq!(matters.list().unwrap(), []);
    tell(
        &mut matters.create(&name("租房")).unwrap(),
        &["押金是5800元。"],
    );
    std::thread::sleep(std::time::Duration::from_millis(20));
    tell(&mut matters.create(&name("b")).unwrap(), &["One.", "Two."]);
    let listed = matters.list().unwrap();
    let listed: Vec<_> = listed.iter().map(|m| (m.name.as_str(), m.turns)).collect();
    assert_eq!(listed, [("b", 2), ("租房", 1)]);
    assert_eq!(matters.open_matter(&name("b")).unwrap().turns().len(), 2);

    let error = matters.create(&name("b")).unwrap_err();
    assert!(matches!(error, MattersError::Exists { .. }), "{error}");
    matters.delete(&name("b")).unwrap();
    assert_eq!(matters.list().unwrap().len(), 1);
    assert_eq!(leftovers(&matters), 0);
    for gone in [
        matters.open_matter(&name("b")).map(drop),
        matters.delete(&name("b")),
    ] {
        let error = gone.unwrap_err();
        assert!(matches!(error, MattersError::NotFound { .. }), "{error}");
    }
}

#[test]
fn a_matter_in_use_is_listed_and_not_deleted() {
    let (_home, matters) = folder();
    let mut matter = matters.create(&name("a")).unwrap();
    tell(&mut matter, &["One."]);
    let error = matters.delete(&name("a")).unwrap_err();
    assert!(
        matches!(error, MattersError::Open(OpenError::Held { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("matters/a"), "{error}");
    assert_eq!(matters.list().unwrap()[0].turns, 1);
    tell(&mut matter, &["Two."]);
}

#[test]
fn leftovers_are_swept() {
    let (_home, matters) = folder();
    for leftover in [".deleted-x/matter/store", ".import-y"] {
        fs::create_dir_all(matters.root.join(leftover)).unwrap();
    }
    fs::create_dir_all(matters.root.join(".kept")).unwrap();
    let held = matters.root.join(".import-z");
    fs::create_dir_all(&held).unwrap();
    let lock = Lock::take(&held)
        .map_err(|e| e.into_open_error(&held))
        .unwrap();
    Matters::open(&matters.root).unwrap();
    let left = |name: &str| matters.root.join(name).exists();
    assert!(!left(".deleted-x") && !left(".import-y"));
    assert!(left(".kept") && left(".import-z"));
    drop(lock);
}

#[test]
fn an_exported_matter_is_imported_whole() {
    let (_home, matters) = folder();
    let mut matter = matters.create(&name("a")).unwrap();
    tell(&mut matter, &["One.\nAnd more.", "Two.", "三。"]);
    matter.forget(TurnId(2)).unwrap();
    let lines: Vec<String> = matter.export().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with(r#"{"v":1,"type":""#))
    );
    let text = lines.join("\n");
    assert_eq!(matters.import(&name("b"), text.as_bytes()).unwrap(), 3);
    assert_eq!(leftovers(&matters), 0);
    let copy = matters.open_matter(&name("b")).unwrap();
    assert_eq!(copy.turns(), matter.turns());
    assert_eq!(copy.graph(), matter.graph());
    let error = matters.import(&name("b"), text.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("already a matter"), "{error}");
}

#[test]
fn a_bad_line_is_named_and_nothing_imported() {
    let (_home, matters) = folder();
    let line = |id: u32, session: u32, text: &str| {
        format!(
            r#"{{"v":1,"type":"turn","id":{id},"role":"client","speaker":null,"session":{session},"at":"2025-03-04T09:30:00","text":"{text}"}}"#
        )
    };
    let good = format!("{}\n\n", line(1, 2, "secret"));
    let bad = |text: &[u8]| {
        let all = [good.as_bytes(), text, b"\n"].concat();
        let error = matters.import(&name("a"), all.as_slice()).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("line 3: "), "{message}");
        assert!(!message.contains("secret"), "{message}");
        assert_eq!(fs::read_dir(&matters.root).unwrap().count(), 0);
        match error {
            ImportError::Line { fault, .. } => fault,
            other => panic!("{other}"),
        }
    };
    assert!(matches!(bad(b"\xff\xfe"), LineFault::NotUtf8));
    assert!(matches!(
        bad(br#"{"v":1,"secret"#),
        LineFault::NotJson { .. }
    ));
    assert!(matches!(bad(br#"{"secret":1}"#), LineFault::NotAnEntry));
    assert!(matches!(bad(b"[1]"), LineFault::NotAnEntry));
    assert!(matches!(bad(br#"{"v":2,"type":"turn"}"#), LineFault::Newer));
    assert!(matches!(
        bad(br#"{"v":1,"type":"secret"}"#),
        LineFault::Newer
    ));
    let missing = br#"{"v":1,"type":"turn","id":2}"#;
    assert!(matches!(bad(missing), LineFault::MissingField(field) if field.contains("role")));
    let wrong = line(2, 2, "x").replace("\"client\"", "\"secret\"");
    assert!(matches!(bad(wrong.as_bytes()), LineFault::BadField { .. }));
    let wrong = line(2, 2, "x").replace("2025-03-04T", "secret ");
    assert!(matches!(bad(wrong.as_bytes()), LineFault::BadField { .. }));
    let gap = line(3, 2, "secret");
    assert!(matches!(
        bad(gap.as_bytes()),
        LineFault::OutOfOrder {
            found: TurnId(3),
            ..
        }
    ));
    assert!(matches!(
        bad(line(2, 2, " ").as_bytes()),
        LineFault::Invalid(_)
    ));
    assert!(matches!(
        bad(line(2, 1, "secret").as_bytes()),
        LineFault::Invalid(_)
    ));
    assert!(matches!(
        matters.import(&name("a"), b"\n\n".as_slice()),
        Err(ImportError::Empty)
    ));
}

#[test]
fn a_matter_keeps_its_turns_under_another_name() {
    let (_home, matters) = folder();
    tell(&mut matters.create(&name("old")).unwrap(), &["One."]);
    tell(&mut matters.create(&name("taken")).unwrap(), &["Two."]);
    let error = matters.rename(&name("old"), &name("taken")).unwrap_err();
    assert!(matches!(error, MattersError::Exists { .. }), "{error}");
    matters.rename(&name("old"), &name("新")).unwrap();
    let error = matters.rename(&name("old"), &name("x")).unwrap_err();
    assert!(matches!(error, MattersError::NotFound { .. }), "{error}");
    let held = matters.open_matter(&name("新")).unwrap();
    assert_eq!(held.turns()[0].text, "One.");
    let error = matters.rename(&name("新"), &name("x")).unwrap_err();
    assert!(matches!(error, MattersError::Open(_)), "{error}");
    drop(held);
    assert_eq!(matters.list().unwrap().len(), 2);
}

#[test]
fn an_archived_matter_is_marked_and_taken_back() {
    let (_home, matters) = folder();
    tell(&mut matters.create(&name("a")).unwrap(), &["One."]);
    let archived = || matters.list().unwrap()[0].archived;
    assert!(!archived());
    for aside in [true, true, false, false] {
        matters.archive(&name("a"), aside).unwrap();
        assert_eq!(archived(), aside);
    }
    assert_eq!(matters.open_matter(&name("a")).unwrap().turns().len(), 1);
    let error = matters.archive(&name("b"), true).unwrap_err();
    assert!(matches!(error, MattersError::NotFound { .. }), "{error}");
}
