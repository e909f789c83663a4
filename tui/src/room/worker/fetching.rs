//! Fetching weights while the room is open, because somebody asked for them.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context;
use estoppel::memory::Matter;
use estoppel::model::manifest::ModelSpec;
use estoppel::model::pull::{PullEvent, pull};

use super::{Desk, loading};
use crate::pull::{named, wanted};
use crate::room::message::{Noted, Preparing, Report};
use crate::session;

/// Before this the rate says nothing.
const SOON: Duration = Duration::from_secs(2);

impl Desk {
    /// Fetches the model of a name, or if it is empty what the options name and is not
    /// here; then loads what was missing.
    pub(super) fn pull(&mut self, name: &str) -> anyhow::Result<()> {
        let specs = match name {
            "" => wanted(&self.global),
            name => vec![named(name)?],
        };
        self.shared.fetching.store(true, Ordering::SeqCst);
        let mut fetched = Vec::new();
        for spec in specs {
            if self.fetch(spec)? {
                fetched.push(spec.name);
            }
        }
        self.tell(Report::Noted(Noted::Fetched(fetched)));
        match &self.agent {
            Some(agent) => {
                let model = agent.model().to_owned();
                self.tell(Report::Ready { model });
                Ok(())
            }
            None => {
                let progress = &mut |done, total| loading(&self.reports, done, total);
                progress(0, 0);
                let builder = session::builder(&self.global);
                let loaded = builder.open_on_telling(Matter::in_memory(), progress);
                self.take_up(loaded)
            }
        }
    }

    /// Fetches a model; false if it is here.
    fn fetch(&self, spec: &'static ModelSpec) -> anyhow::Result<bool> {
        let models = session::data_dir(&self.global)?.models();
        if models.installed(spec).is_some() {
            return Ok(false);
        }
        let mut rate = Rate::new();
        let progress = &mut |event: &PullEvent<'_>| {
            if let PullEvent::Fetching { bytes, total, .. }
            | PullEvent::Verifying { bytes, total, .. } = *event
            {
                self.tell(Report::Preparing(Preparing::Fetching {
                    model: spec.name,
                    done: bytes,
                    total,
                    left: rate.left(bytes, total),
                }));
            }
            match self.shared.fetching.load(Ordering::SeqCst) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        };
        pull(spec, &models, progress)
            .with_context(|| format!("{} was not fetched; /pull goes on with it", spec.name))?;
        Ok(true)
    }
}

/// How fast bytes come.
struct Rate {
    begun: Instant,
    /// Bytes that were here before, of a transfer that goes on.
    before: Option<u64>,
}

impl Rate {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            before: None,
        }
    }

    /// The time that the rest takes, once that can be told.
    fn left(&mut self, bytes: u64, total: u64) -> Option<Duration> {
        let before = *self.before.get_or_insert(bytes);
        let lasted = self.begun.elapsed();
        let came = bytes.checked_sub(before).filter(|came| *came > 0)?;
        (lasted >= SOON).then(|| lasted.mul_f64(total.saturating_sub(bytes) as f64 / came as f64))
    }
}
