//! What the worker tells.

use super::{Engine, Focus, State, Talk};
use crate::room::message::{Effect, Report};
use crate::room::text::Scroll;

impl State {
    pub(super) fn hear(&mut self, report: Report) -> Vec<Effect> {
        match report {
            Report::Opened {
                matter,
                record,
                notes,
            } => {
                self.matter = Some(matter);
                self.talk = Talk::of(record);
                self.scroll = Scroll::End;
                self.chosen = None;
                self.side = None;
                self.focus = Focus::Input;
                if !notes.is_empty() {
                    let text = notes.join(" ");
                    self.say(text.clone(), text);
                }
            }
            Report::Preparing(preparing) => self.engine = Engine::Preparing(preparing),
            Report::Ready { model } => self.engine = Engine::Ready(model),
            Report::Answering { event, writing } => self.talk.take(event, writing),
            Report::Answered { answer, record } => self.talk.finish(&answer, record),
            Report::Failed { error, record } => {
                if self.talk.live.is_some() {
                    self.talk.fail(record);
                }
                if matches!(self.engine, Engine::Preparing(_)) {
                    self.engine = Engine::Failed;
                }
                self.fail(error);
            }
        }
        Vec::new()
    }
}
