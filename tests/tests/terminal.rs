//! A pseudo-terminal with the program on it, as a test sees it.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::Sandbox;

/// No screen takes this long, whatever else the machine does.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// What the terminal is asked to do when a room is left.
const LEAVE_ALTERNATE_SCREEN: &str = "\x1b[?1049l";
const SHOW_CURSOR: &str = "\x1b[?25h";
const NO_BRACKETED_PASTE: &str = "\x1b[?2004l";

/// A terminal with the room on it.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<Shown>>,
}

/// What the terminal shows, and every byte that led to it.
struct Shown {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Terminal {
    /// Opens a terminal and runs estoppel on it.
    pub(crate) fn open(sandbox: &Sandbox, args: &[&str], size: (u16, u16)) -> Self {
        Self::run(sandbox, &sandbox.command(args), size)
    }

    /// Opens a terminal and runs a command on it.
    pub(crate) fn run(sandbox: &Sandbox, command: &Command, (columns, rows): (u16, u16)) -> Self {
        let size = size(columns, rows);
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        let builder = on_a_terminal(sandbox, command);
        let child = pair.slave.spawn_command(builder).expect("estoppel runs");
        let keys = pair.master.take_writer().expect("a writer");
        let mut output = pair.master.try_clone_reader().expect("a reader");
        let screen = Arc::new(Mutex::new(Shown {
            parser: vt100::Parser::new(rows, columns, 0),
            bytes: Vec::new(),
        }));
        let shown = Arc::clone(&screen);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The terminal of a process that ended cannot be read.
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                let mut shown = shown.lock().expect("no test panics with it");
                shown.parser.process(&buffer[..read]);
                shown.bytes.extend(&buffer[..read]);
            }
        });
        Self {
            child,
            master: pair.master,
            keys,
            screen,
        }
    }

    /// All that was ever written on it, with what steers it.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.shown().bytes).into_owned()
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.screen.lock().expect("no test panics with it")
    }

    pub(crate) fn text(&self) -> String {
        self.shown().parser.screen().contents()
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("a terminal");
        self.keys.flush().expect("a terminal");
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.shown().parser.screen_mut().set_size(rows, columns);
        self.master.resize(size(columns, rows)).expect("a terminal");
    }

    /// Waits until the screen is as wanted.
    pub(crate) fn wait(&self, wanted: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if wanted(&text) {
                return text;
            }
            assert!(Instant::now() < until, "the screen shows\n{text}");
            sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn wait_for(&self, words: &str) -> String {
        self.wait(|text| text.contains(words))
    }

    /// Waits until questions can be asked.
    pub(crate) fn ready(&self) {
        self.wait_for("── ready");
    }

    /// Waits for the end; the exit code.
    pub(crate) fn end(&mut self) -> u32 {
        let status = self.child.wait().expect("a child");
        // What it wrote last has to be read as well.
        sleep(Duration::from_millis(200));
        status.exit_code()
    }

    pub(crate) fn restored(&self) -> bool {
        let written = self.written();
        let last = |sequence| written.rfind(sequence);
        let left = last(LEAVE_ALTERNATE_SCREEN) > last("\x1b[?1049h");
        let pastes = last(NO_BRACKETED_PASTE) > last("\x1b[?2004h");
        left && pastes && last(SHOW_CURSOR) > last("\x1b[?25l")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.process_id().expect("a process");
        let id = i32::try_from(id).expect("an id that fits");
        kill(Pid::from_raw(id), signal).expect("a living child");
    }
}

/// The command as it runs on a terminal.
pub(crate) fn on_a_terminal(sandbox: &Sandbox, command: &Command) -> CommandBuilder {
    let mut builder = CommandBuilder::new(command.get_program());
    builder.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => builder.env(name, value),
            None => builder.env_remove(name),
        }
    }
    builder.env("TERM", "xterm-256color");
    builder.env("LC_ALL", "en_GB.UTF-8");
    builder.env("XDG_CONFIG_HOME", sandbox.data().join("config"));
    builder
}

pub(crate) fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}
