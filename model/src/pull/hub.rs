//! The first source: the model hub.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use hf_hub::api::sync::{ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Repo, RepoType};

use super::Tick;
use super::error::{Halt, SourceError};
use crate::manifest::{FileSpec, HubFile};

/// How long the hub may take to say what it has. The client sets no limit of its
/// own, and a firewall that drops packets would hold it for minutes.
const ANSWER: Duration = Duration::from_secs(8);
/// How long a transfer may bring nothing.
const STALL: Duration = Duration::from_secs(30);
/// How often the caller may cancel.
const TICK: Duration = Duration::from_millis(200);

/// Fetches a file into `cache`, where an interrupted transfer goes on, and
/// returns where it lies there.
pub(super) fn fetch(
    hub: &HubFile,
    file: &FileSpec,
    cache: &Path,
    tick: &mut Tick<'_>,
) -> Result<PathBuf, Halt> {
    let failed = |problem: String| SourceError::Hub {
        repo: hub.repo,
        problem,
    };
    let api = ApiBuilder::from_env()
        .with_progress(false)
        .with_cache_dir(cache.to_owned())
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let repo = api.repo(Repo::with_revision(
        hub.repo.to_owned(),
        RepoType::Model,
        hub.revision.to_owned(),
    ));

    let url = repo.url(hub.path);
    let answer = wait_for(move || api.metadata(&url), ANSWER, tick)?;
    let size = match answer {
        Some(Ok(metadata)) => metadata.size() as u64,
        Some(Err(error)) => return Err(failed(error.to_string()).into()),
        None => return Err(failed(format!("no answer within {} s", ANSWER.as_secs())).into()),
    };
    if size != file.size {
        let problem = format!(
            "its {} has {size} bytes, and {} are expected",
            hub.path, file.size
        );
        return Err(failed(problem).into());
    }
    let fetched = transfer(repo, hub.path, tick)?;
    fetched.map_err(|problem| failed(problem).into())
}

/// Runs a call that can't be interrupted on a thread of its own, and leaves it
/// behind when it takes too long (`None`).
fn wait_for<T: Send + 'static>(
    call: impl FnOnce() -> T + Send + 'static,
    limit: Duration,
    tick: &mut Tick<'_>,
) -> Result<Option<T>, Halt> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(call()));
    let start = Instant::now();
    while start.elapsed() < limit {
        match receiver.recv_timeout(TICK) {
            Ok(value) => return Ok(Some(value)),
            Err(RecvTimeoutError::Timeout) => tick(0)?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(None)
}

enum Transfer {
    Start,
    Bytes(usize),
    Done(Result<PathBuf, ApiError>),
}

fn transfer(
    repo: ApiRepo,
    path: &'static str,
    tick: &mut Tick<'_>,
) -> Result<Result<PathBuf, String>, Halt> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let fetched = repo.download_with_progress(path, Report(sender.clone()));
        sender.send(Transfer::Done(fetched))
    });
    let mut bytes = 0;
    let mut heard = Instant::now();
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(Transfer::Start) => bytes = 0,
            Ok(Transfer::Bytes(more)) => bytes += more as u64,
            Ok(Transfer::Done(fetched)) => return Ok(fetched.map_err(|error| error.to_string())),
            Err(RecvTimeoutError::Timeout) if heard.elapsed() < STALL => {
                tick(bytes)?;
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {
                let problem = format!("the transfer brought nothing for {} s", STALL.as_secs());
                return Ok(Err(problem));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Err("the transfer broke off".to_owned()));
            }
        }
        heard = Instant::now();
        tick(bytes)?;
    }
}

struct Report(mpsc::Sender<Transfer>);

impl Report {
    /// A transfer that nobody listens to any more can't be ended from outside; it
    /// stops reading, and its connection closes with the process.
    fn send(&self, news: Transfer) {
        if self.0.send(news).is_err() {
            loop {
                thread::park();
            }
        }
    }
}

impl hf_hub::api::Progress for Report {
    fn init(&mut self, _size: usize, _filename: &str) {
        self.send(Transfer::Start);
    }

    fn update(&mut self, size: usize) {
        self.send(Transfer::Bytes(size));
    }

    fn finish(&mut self) {}
}
