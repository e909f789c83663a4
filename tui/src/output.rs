//! Where things go: answers to stdout, progress to stderr.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::cli::{Color, Global};

/// The version of every JSON line.
const VERSION: u32 = 1;

/// The two streams, as the global options want them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    quiet: bool,
}

/// A JSON line: version and type, then the value's own fields.
#[derive(Serialize)]
struct Line<'a, T> {
    v: u32,
    r#type: &'a str,
    #[serde(flatten)]
    value: &'a T,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let choice = match global.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        Self {
            json: global.json,
            quiet: global.quiet,
        }
    }

    /// Without bars and spinners, which screen readers read again and again.
    pub(crate) fn still(self) -> Self {
        Self {
            quiet: true,
            ..self
        }
    }

    /// Writes a line of JSON to stdout at once.
    pub(crate) fn line<T: Serialize>(&self, kind: &str, value: &T) -> io::Result<()> {
        self.object(&Line {
            v: VERSION,
            r#type: kind,
            value,
        })
    }

    /// Writes a line of JSON that has its own version and type.
    pub(crate) fn object<T: Serialize>(&self, value: &T) -> io::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, value)?;
        out.write_all(b"\n")?;
        out.flush()
    }

    /// Writes text to stdout, styled if stdout is.
    pub(crate) fn text(&self, text: impl std::fmt::Display) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        write!(out, "{text}")?;
        out.flush()
    }

    /// A note on stderr, unless quiet.
    pub(crate) fn note(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            // A closed stderr is no reason to stop.
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// A bar over a known number of steps, on stderr if it is a terminal.
    pub(crate) fn bar(&self, length: u64, message: impl Into<String>) -> ProgressBar {
        self.progress(length, "{msg} {wide_bar} {pos}/{len} {eta}", message)
    }

    /// A bar over bytes.
    pub(crate) fn bytes(&self, length: u64, message: impl Into<String>) -> ProgressBar {
        let template = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        self.progress(length, template, message)
    }

    /// A sign of life without a known end.
    pub(crate) fn spinner(&self, message: impl Into<String>) -> ProgressBar {
        let spinner = self.progress(0, "{spinner} {msg}", message);
        spinner.enable_steady_tick(Duration::from_millis(120));
        spinner
    }

    fn progress(&self, length: u64, template: &str, message: impl Into<String>) -> ProgressBar {
        let target = if self.quiet || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let style = ProgressStyle::with_template(template).expect("the templates are constant");
        ProgressBar::with_draw_target(Some(length), target)
            .with_style(style)
            .with_message(message.into())
    }
}

/// Seconds as people read them: `0.4 s`, `12 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}
