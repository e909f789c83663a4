//! How soon the room shows things: a frame, a long matter, a key while a model writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use estoppel::memory::{Matter, MatterName, Matters, NewTurn, Role};
use estoppel::{Agent, Event, Language};
use jiff::civil::date;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde::Serialize;

use super::keys::Keymap;
use super::message::{Message, Report};
use super::state::State;
use super::theme::Theme;
use super::view;
use super::worker::snapshot;

/// The screen on which it is measured.
const SIZE: (u16, u16) = (160, 50);
/// Frames that are drawn.
const FRAMES: usize = 200;
/// Between two keys of a quick typist.
const KEY: Duration = Duration::from_millis(40);
const KEYS: usize = 300;

/// Times in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) p95: f64,
    pub(crate) worst: f64,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            let last = times.len().saturating_sub(1);
            let place = (share * last as f64).round() as usize;
            times
                .get(place)
                .map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        Self {
            median: at(0.5),
            p95: at(0.95),
            worst: at(1.0),
        }
    }
}

/// A room without a terminal.
struct Screen {
    state: State,
    terminal: Terminal<TestBackend>,
}

impl Screen {
    fn new() -> Self {
        let Ok(terminal) = Terminal::new(TestBackend::new(SIZE.0, SIZE.1));
        Self {
            state: State::new(SIZE, Language::En, Keymap::default()),
            terminal,
        }
    }

    /// Takes a message in and draws; how long that took.
    fn show(&mut self, message: Message) -> Duration {
        let begun = Instant::now();
        self.state.update(message);
        let (state, theme) = (&self.state, Theme { colour: true });
        let Ok(_) = self.terminal.draw(|frame| view::draw(state, theme, frame));
        begun.elapsed()
    }
}

/// A matter of so many invented turns in a folder of matters.
pub(crate) fn invented(matters: &Matters, name: &MatterName, turns: usize) -> anyhow::Result<()> {
    let mut matter = Matter::in_memory();
    let start = date(2024, 1, 8).at(9, 0, 0, 0);
    for turn in 0..turns {
        let (role, text) = match turn % 2 {
            0 => (Role::Client, said(turn)),
            _ => (
                Role::Counsel,
                "Thank you. Please send me what you have of it.".to_owned(),
            ),
        };
        let at = start + jiff::Span::new().minutes(turn as i64);
        matter.remember(NewTurn::new(role, at, text), None)?;
    }
    let lines: String = matter.export().map(|line| line + "\n").collect();
    matters.import(name, lines.as_bytes())?;
    // The first opening derives what later ones read.
    matters.open_matter(name)?;
    Ok(())
}

fn said(turn: usize) -> String {
    let day = 1 + turn % 28;
    let sum = 100 + turn;
    match turn % 8 {
        0 => format!("On {day} March 2024 I paid invoice no. {turn} of £{sum} to Mr Hale's firm."),
        2 => {
            format!("The repair of room {turn} took {day} days; the heating failed again after it.")
        }
        4 => format!(
            "I was wrong: invoice no. {} was £{}, not £{}.",
            turn - 4,
            sum,
            sum - 4
        ),
        _ => format!("Mrs Vance wrote on {day} April 2024 that unit {turn} will not be let again."),
    }
}

/// How long it takes from asking for a matter to a screen with its end.
pub(crate) fn opening(matters: &Matters, name: &MatterName) -> anyhow::Result<Spread> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let mut screen = Screen::new();
        let begun = Instant::now();
        let matter = matters.open_matter(name)?;
        screen.show(opened(name, &matter));
        times.push(begun.elapsed());
    }
    Ok(Spread::of(times))
}

fn opened(name: &MatterName, matter: &Matter) -> Message {
    Message::Report(Report::Opened {
        matter: name.clone(),
        record: snapshot(matter),
        answers: estoppel::cited_answers(matter),
        draft: String::new(),
        notes: Vec::new(),
    })
}

/// How long a frame takes while one pages through a matter with the record beside it.
pub(crate) fn frames(matters: &Matters, name: &MatterName) -> anyhow::Result<Spread> {
    let matter = matters.open_matter(name)?;
    let mut screen = Screen::new();
    screen.show(opened(name, &matter));
    screen.show(key(KeyCode::F(3)));
    let moves = [
        KeyCode::PageUp,
        KeyCode::PageUp,
        KeyCode::Down,
        KeyCode::PageDown,
    ];
    let times = (0..FRAMES).map(|frame| {
        // Half of the keys go to the pane, half to the conversation.
        if frame % (FRAMES / 4) == 0 {
            screen.show(key(KeyCode::Tab));
        }
        screen.show(key(moves[frame % moves.len()]))
    });
    Ok(Spread::of(times.collect()))
}

fn key(code: KeyCode) -> Message {
    Message::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

/// What the room's thread hears, with when it was sent if it is a key.
type Sent = (Message, Option<Instant>);

/// How long it takes from a key to the screen while a model writes, without a pause, on
/// every core.
pub(crate) fn typing(agent: &mut Agent, matter: &MatterName) -> anyhow::Result<Spread> {
    let mut screen = Screen::new();
    screen.show(opened(matter, agent.matter()));
    let (messages, received) = channel::<Sent>();
    let typed = AtomicBool::new(false);
    let times = scope(|threads| {
        let reports = messages.clone();
        let typed = &typed;
        let writing = threads.spawn(move || write(agent, typed, &reports));
        threads.spawn(move || {
            for at in 0..KEYS {
                sleep(KEY);
                let c = char::from(b'a' + (at % 26) as u8);
                let _ = messages.send((key(KeyCode::Char(c)), Some(Instant::now())));
            }
            typed.store(true, Ordering::SeqCst);
        });
        let mut times = Vec::with_capacity(KEYS);
        for (message, sent) in received {
            screen.show(message);
            times.extend(sent.map(|sent| sent.elapsed()));
        }
        let written = writing.join().expect("a thread that does not panic");
        written.map(|()| times)
    })?;
    Ok(Spread::of(times))
}

/// Lets the model write until all keys are typed.
fn write(agent: &mut Agent, typed: &AtomicBool, reports: &Sender<Sent>) -> anyhow::Result<()> {
    let statement = "I am sad about it. The garden is wet, and the neighbours are loud.";
    while !typed.load(Ordering::SeqCst) {
        let begun = Instant::now();
        for event in agent.probe(statement)? {
            if typed.load(Ordering::SeqCst) {
                break;
            }
            let event = event?;
            if let Event::Done(_) = event {
                break;
            }
            let writing = begun.elapsed();
            let report = Message::Report(Report::Answering { event, writing });
            let _ = reports.send((report, None));
        }
    }
    Ok(())
}
