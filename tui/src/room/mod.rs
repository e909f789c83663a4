//! The consultation room: what `estoppel` opens on a terminal.
//!
//! A [`Message`](message::Message) changes the [`State`](state::State) and asks for
//! [`Effect`](message::Effect)s; the [`view`] draws the state; effects run here and in
//! the [`worker`], so that typing never waits for a model.

pub(crate) mod bench;
mod export;
mod keys;
mod language;
pub(crate) mod log;
mod message;
mod settings;
mod state;
pub(crate) mod terminal;
#[cfg(test)]
mod testing;
mod text;
mod theme;
mod view;
mod worker;

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossterm::event::{self, Event};
use estoppel::memory::MatterName;

use crate::Outcome;
use crate::cli::Global;
use crate::interrupt::{self, Interrupted, Work as Working};
use crate::session;
use message::{Effect, Message, Work};
use settings::Settings;
use state::State;
use terminal::Terminal;
use theme::Theme;
use worker::Worker;

/// How often signals are looked at.
const TICK: Duration = Duration::from_millis(100);

/// A pause in which what is being written is kept.
const PAUSE: Duration = Duration::from_millis(500);

/// Whether there is a terminal to open the room on.
pub(crate) fn possible() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Opens the room and returns when it is left.
pub(crate) fn open(global: &Global) -> anyhow::Result<Outcome> {
    let matter = MatterName::new(&global.matter)?;
    let theme = Theme {
        colour: anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    };
    let (messages, received) = channel();
    let Settings {
        language,
        keymap,
        mouse,
    } = Settings::read()?;
    log::start(&session::data_dir(global)?)?;
    let worker = Worker::start(global, language, messages.clone())?;
    let _working = Working::begin();
    let mut terminal = Terminal::take().context("the terminal cannot be used")?;
    terminal.mouse(mouse)?;
    listen(messages)?;
    let state = State::new(terminal.size()?, language, keymap).with_mouse(mouse);
    let mut room = Room {
        state,
        theme,
        terminal,
        worker,
        open: true,
    };
    room.worker.ask(Work::Open(matter));
    let outcome = room.run(&received);
    drop(room.terminal);
    room.worker.close();
    outcome?;
    if interrupt::requested() {
        return Err(Interrupted.into());
    }
    Ok(Outcome::Done)
}

/// Reads what the person types.
fn listen(messages: Sender<Message>) -> anyhow::Result<()> {
    let listen = move || {
        while let Ok(event) = event::read() {
            let message = match event {
                Event::Key(key) => Message::Key(key),
                Event::Paste(text) => Message::Paste(text),
                Event::Resize(columns, rows) => Message::Resized(columns, rows),
                Event::Mouse(mouse) => Message::Mouse(mouse),
                Event::FocusGained | Event::FocusLost => continue,
            };
            if messages.send(message).is_err() {
                return;
            }
        }
        // A terminal that cannot be read is gone.
        let _ = messages.send(Message::Terminated);
    };
    std::thread::Builder::new()
        .name("input".into())
        .spawn(listen)
        .context("no thread can be started")?;
    Ok(())
}

/// The state with what its effects run on.
struct Room {
    state: State,
    theme: Theme,
    terminal: Terminal,
    worker: Worker,
    open: bool,
}

impl Room {
    /// Draws whenever something has happened, once for all that has.
    fn run(&mut self, received: &Receiver<Message>) -> io::Result<()> {
        while self.open {
            self.fit()?;
            let (state, theme) = (&self.state, self.theme);
            self.terminal
                .draw(|frame| view::draw(state, theme, frame))?;
            let mut next = self.wait(received);
            while let Some(message) = next.filter(|_| self.open) {
                for effect in self.state.update(message) {
                    self.run_effect(effect)?;
                }
                next = received.try_recv().ok();
            }
        }
        Ok(())
    }

    /// The terminal's size now, whatever was heard of it.
    fn fit(&mut self) -> io::Result<()> {
        let (columns, rows) = self.terminal.size()?;
        if self.state.size != (columns, rows) {
            self.state.update(Message::Resized(columns, rows));
        }
        Ok(())
    }

    /// The next message, however long it takes.
    fn wait(&self, received: &Receiver<Message>) -> Option<Message> {
        let begun = Instant::now();
        loop {
            match received.recv_timeout(TICK) {
                Ok(message) => return Some(message),
                // Input is not told when a terminal goes away that does not control
                // this process.
                Err(RecvTimeoutError::Timeout)
                    if !interrupt::requested() && io::stdin().is_terminal() => {}
                Err(_) => return Some(Message::Terminated),
            }
            if begun.elapsed() >= PAUSE && !self.state.drafts_are_kept() {
                return Some(Message::Paused);
            }
        }
    }

    fn run_effect(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Work(work) => self.worker.ask(work),
            Effect::Stop => self.worker.stop(),
            Effect::Copy(text) => self.terminal.copy(&text)?,
            Effect::Mouse(on) => self.terminal.mouse(on)?,
            Effect::Suspend => self.terminal.suspend()?,
            Effect::Redraw => self.terminal.clear()?,
            Effect::Quit => self.open = false,
        }
        Ok(())
    }
}
