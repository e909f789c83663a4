//! The thread that holds the matter and the models. It is asked in order and tells what
//! happens; nobody waits for it.

mod chores;
mod draft;
mod fetching;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::Context;
use estoppel::memory::{Matter, MatterName};
use estoppel::{Agent, AskError, Event, Language, OpenError, cited_answers};

use super::message::{Message, Preparing, Record, Report, Work};
use super::terminal::WORKER;
use crate::cli::Global;
use crate::session;

/// How long the end of the program waits for an answer to be written down.
const PATIENCE: Duration = Duration::from_secs(5);

enum Task {
    Work(Work),
    Loaded(Box<Result<Agent, OpenError>>),
    Close,
}

/// What the room and its worker share.
#[derive(Default)]
struct Shared {
    /// Tasks that were sent and not taken up.
    waiting: AtomicUsize,
    /// Questions asked so far.
    asked: AtomicU64,
    /// The last question whose answer was stopped.
    stopped: AtomicU64,
    /// Whether weights that are being fetched are still wanted.
    fetching: AtomicBool,
}

/// The worker, as the room sees it.
pub(super) struct Worker {
    tasks: Sender<Task>,
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts it; the models are loaded beside it.
    pub(super) fn start(
        global: &Global,
        language: Language,
        reports: Sender<Message>,
    ) -> anyhow::Result<Self> {
        let (tasks, received) = channel();
        let told = reports.clone();
        let shared = Arc::new(Shared::default());
        let desk = Desk {
            global: global.clone(),
            reports: reports.clone(),
            tasks: received,
            shared: Arc::clone(&shared),
            answered: 0,
            name: None,
            language,
            matter: None,
            agent: None,
        };
        let worker = move || {
            if catch_unwind(AssertUnwindSafe(|| desk.work())).is_err() {
                tracing::error!("the worker panicked");
                let error = "the engine failed; what was said is kept: quit and open it again";
                let failed = Report::Failed {
                    error: error.into(),
                    record: None,
                };
                let _ = reports.send(Message::Report(failed));
            }
        };
        let thread = Builder::new().name(WORKER.into()).spawn(worker);
        let worker = Self {
            tasks,
            shared,
            thread: thread.context("no thread can be started")?,
        };
        worker.load(global.clone(), told)?;
        Ok(worker)
    }

    /// Loads the models while the matter can be read already.
    fn load(&self, global: Global, reports: Sender<Message>) -> anyhow::Result<()> {
        let (tasks, shared) = (self.tasks.clone(), Arc::clone(&self.shared));
        let load = move || {
            let progress = &mut |done, total| loading(&reports, done, total);
            let builder = session::builder(&global);
            let loaded = builder.open_on_telling(Matter::in_memory(), progress);
            shared.waiting.fetch_add(1, Ordering::SeqCst);
            let _ = tasks.send(Task::Loaded(Box::new(loaded)));
        };
        Builder::new()
            .name(WORKER.into())
            .spawn(load)
            .context("no thread can be started")?;
        Ok(())
    }

    pub(super) fn ask(&self, work: Work) {
        if let Work::Ask { .. } = work {
            self.shared.asked.fetch_add(1, Ordering::SeqCst);
        }
        self.send(Task::Work(work));
    }

    /// Ends the answer to the last question, and what is being fetched.
    pub(super) fn stop(&self) {
        self.shared.fetching.store(false, Ordering::SeqCst);
        let asked = self.shared.asked.load(Ordering::SeqCst);
        self.shared.stopped.store(asked, Ordering::SeqCst);
    }

    /// Lets it finish what it is at. What is durable does not need it.
    pub(super) fn close(self) {
        self.send(Task::Close);
        let until = Instant::now() + PATIENCE;
        while !self.thread.is_finished() && Instant::now() < until {
            sleep(Duration::from_millis(5));
        }
    }

    fn send(&self, task: Task) {
        self.shared.waiting.fetch_add(1, Ordering::SeqCst);
        // A worker that is gone has said so.
        let _ = self.tasks.send(task);
    }
}

/// The worker's own side.
struct Desk {
    global: Global,
    reports: Sender<Message>,
    tasks: Receiver<Task>,
    shared: Arc<Shared>,
    /// Questions taken up so far.
    answered: u64,
    /// The name of the matter that is open.
    name: Option<MatterName>,
    language: Language,
    /// The matter, until there is an agent to hold it.
    matter: Option<Matter>,
    agent: Option<Agent>,
}

impl Desk {
    fn work(mut self) {
        while let Ok(task) = self.tasks.recv() {
            self.shared.waiting.fetch_sub(1, Ordering::SeqCst);
            let done = match task {
                Task::Work(work) => self.chore(work),
                Task::Loaded(loaded) => self.take_up(*loaded),
                Task::Close => break,
            };
            match done {
                Ok(()) => self.read_ahead(),
                Err(error) => self.failed(&error),
            }
        }
    }

    fn tell(&self, report: Report) {
        // Without a room there is nobody to tell.
        let _ = self.reports.send(Message::Report(report));
    }

    fn failed(&self, error: &anyhow::Error) {
        tracing::warn!("something that was asked for failed");
        self.tell(Report::Failed {
            error: crate::render::chain(error),
            record: self.record(),
        });
        // What failed has not taken the model away.
        if let Some(agent) = &self.agent {
            let model = agent.model().to_owned();
            self.tell(Report::Ready { model });
        }
    }

    fn record(&self) -> Option<Arc<Record>> {
        let agent = self.agent.as_ref().map(Agent::matter);
        agent.or(self.matter.as_ref()).map(snapshot)
    }

    /// Opens a matter; the one before stays open if that fails.
    fn open(&mut self, name: &MatterName) -> anyhow::Result<()> {
        if self.name.as_ref() == Some(name) {
            return Ok(());
        }
        self.tell(Report::Preparing(Preparing::Opening));
        let matter = session::data_dir(&self.global)?.open_matter(name.as_str())?;
        self.name = Some(name.clone());
        self.tell(Report::Opened {
            matter: name.clone(),
            record: snapshot(&matter),
            answers: cited_answers(&matter),
            draft: matter.folder().map(draft::read).unwrap_or_default(),
            notes: session::mended(&matter),
        });
        match &mut self.agent {
            Some(agent) => {
                agent.switch(matter)?;
                self.prepare()
            }
            None => {
                self.matter = Some(matter);
                self.tell(Report::Preparing(Preparing::Loading { done: 0, total: 0 }));
                Ok(())
            }
        }
    }

    fn take_up(&mut self, loaded: Result<Agent, OpenError>) -> anyhow::Result<()> {
        let mut agent = loaded?;
        if let Some(matter) = self.matter.take() {
            agent.switch(matter)?;
        }
        self.agent = Some(agent);
        self.prepare()
    }

    /// Gives every turn its vector. Without them the words of a turn still find it.
    fn prepare(&mut self) -> anyhow::Result<()> {
        let Some(agent) = &mut self.agent else {
            return Ok(());
        };
        let reports = self.reports.clone();
        let encoded = agent.embed_missing(&mut |done, total| {
            let preparing = Preparing::Encoding { done, total };
            let _ = reports.send(Message::Report(Report::Preparing(preparing)));
        });
        let model = agent.model().to_owned();
        self.tell(Report::Ready { model });
        encoded?;
        Ok(())
    }

    /// Between tasks the model reads what it has not read yet, so that the next answer
    /// begins sooner.
    fn read_ahead(&mut self) {
        let (Some(agent), Some(_)) = (&mut self.agent, &self.name) else {
            return;
        };
        let idle = || self.shared.waiting.load(Ordering::SeqCst) == 0;
        if idle()
            && let Err(error) = agent.read_ahead(&mut |_, _| idle())
        {
            // The next question meets the same failure, and says so.
            tracing::warn!(%error, "the turns were not read ahead");
        }
    }

    fn answer(&mut self, question: &str, keep: bool) {
        self.answered += 1;
        let answered = match &mut self.agent {
            Some(agent) => {
                let stopped = || self.shared.stopped.load(Ordering::SeqCst) >= self.answered;
                stream(agent, question, keep, stopped, &self.reports)
            }
            None => return,
        };
        match (answered, self.record()) {
            (Ok(answer), Some(record)) => self.tell(Report::Answered {
                answer: Box::new(answer),
                record,
            }),
            (Err(error), _) => self.failed(&error.into()),
            (Ok(_), None) => {}
        }
    }
}

/// Asks, and tells every event until the answer is complete or stopped.
fn stream(
    agent: &mut Agent,
    question: &str,
    keep: bool,
    stopped: impl Fn() -> bool,
    reports: &Sender<Message>,
) -> Result<estoppel::Answer, AskError> {
    let mut answering = if keep {
        agent.ask(question)?
    } else {
        agent.probe(question)?
    };
    let mut begun: Option<Instant> = None;
    while !stopped() {
        match answering.next() {
            Some(Ok(Event::Done(answer))) => return Ok(answer),
            Some(Ok(event)) => {
                if let Event::Token { .. } = event {
                    begun.get_or_insert_with(Instant::now);
                }
                let writing = begun.map_or(Duration::ZERO, |begun| begun.elapsed());
                let _ = reports.send(Message::Report(Report::Answering { event, writing }));
            }
            Some(Err(error)) => return Err(error),
            None => break,
        }
    }
    answering.stop()
}

/// Tells how far the weights are loaded.
fn loading(reports: &Sender<Message>, done: usize, total: usize) {
    let preparing = Preparing::Loading { done, total };
    let _ = reports.send(Message::Report(Report::Preparing(preparing)));
}

/// A matter as it stands.
pub(super) fn snapshot(matter: &Matter) -> Arc<Record> {
    Arc::new(Record {
        turns: matter.turns().to_vec(),
        graph: matter.graph().clone(),
        marks: matter.marks().to_vec(),
    })
}
