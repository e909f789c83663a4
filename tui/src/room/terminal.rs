//! The terminal: taken over while the room is open, and given back however it ends.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

/// The name of the thread that computes. When it panics the room goes on and says so.
pub(super) const WORKER: &str = "worker";

/// Bytes of a frame that are written at once.
const FRAME: usize = 1 << 16;

/// Whether the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while the room has it.
pub(super) struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn take() -> io::Result<Self> {
        restore_on_panic();
        enter()?;
        let out = BufWriter::with_capacity(FRAME, io::stdout());
        match ratatui::Terminal::new(CrosstermBackend::new(out)) {
            Ok(inner) => Ok(Self {
                inner,
                mouse: false,
            }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Its columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.inner.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame; the terminal shows it at once or not at all.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        self.inner.draw(draw)?;
        execute!(self.inner.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what is on the screen, so that all of it is drawn again.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        // Its `clear` would ask for the cursor, and the answer would come as a key.
        let size = self.inner.size()?;
        self.inner.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Puts a text on the clipboard of the machine at which the person sits (OSC 52).
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(
            self.inner.backend_mut(),
            CopyToClipboard::to_clipboard_from(text)
        )
    }

    /// Gives the terminal back and stops the process, until the shell resumes it.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        restore();
        stop_process()?;
        enter()?;
        self.mouse(self.mouse)?;
        self.clear()
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub(super) fn mouse(&mut self, on: bool) -> io::Result<()> {
        let out = self.inner.backend_mut();
        match on {
            true => execute!(out, EnableMouseCapture)?,
            false if self.mouse => execute!(out, DisableMouseCapture)?,
            false => {}
        }
        self.mouse = on;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

#[cfg(unix)]
fn stop_process() -> io::Result<()> {
    use nix::sys::signal::{Signal, raise};
    raise(Signal::SIGTSTP).map_err(io::Error::from)
}

#[cfg(not(unix))]
fn stop_process() -> io::Result<()> {
    Ok(())
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    // A terminal that does not know these flags passes them over.
    let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        PushKeyboardEnhancementFlags(flags)
    )
    .inspect_err(|_| restore())
}

/// Gives the terminal back, if it was taken. A terminal that is gone needs nothing.
pub(crate) fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        PopKeyboardEnhancementFlags,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = out.flush();
}

/// What a panic says is read on a terminal that works.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(WORKER) {
                restore();
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::Terminal;

    /// Set in the process that panics.
    const PANICS: &str = "ESTOPPEL_TEST_PANICS";

    /// Runs itself again on a pseudo-terminal, and there it panics.
    #[test]
    fn a_panic_gives_the_terminal_back() {
        if std::env::var_os(PANICS).is_some() {
            let _terminal = Terminal::take().unwrap();
            panic!("the room fell down");
        }
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut test = CommandBuilder::new(std::env::current_exe().unwrap());
        test.args(["--exact", "--nocapture"]);
        test.arg("room::terminal::tests::a_panic_gives_the_terminal_back");
        test.env(PANICS, "1");
        test.env("RUST_BACKTRACE", "0");
        let mut child = pair.slave.spawn_command(test).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let mut parser = vt100::Parser::new(24, 80, 0);
        let mut alternate = false;
        let mut buffer = [0; 64];
        // The terminal of a process that ended cannot be read.
        while let Ok(read @ 1..) = output.read(&mut buffer) {
            parser.process(&buffer[..read]);
            alternate |= parser.screen().alternate_screen();
        }
        assert!(!child.wait().unwrap().success());
        let screen = parser.screen();
        assert!(
            alternate && !screen.alternate_screen(),
            "{}",
            screen.contents()
        );
        assert!(!screen.hide_cursor() && !screen.bracketed_paste());
        assert!(screen.contents().contains("the room fell down"));
    }
}
