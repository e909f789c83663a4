//! A command that is followed line by line while it runs, and may be ended early.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

#[cfg(unix)]
use nix::sys::signal::{Signal, kill};
#[cfg(unix)]
use nix::unistd::Pid;
use serde_json::Value;

/// A command under way, with `--json` on its stdout.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts it with an open stdin.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("estoppel runs");
        let stdin = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self {
            child,
            stdin,
            lines,
        }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Types a line.
    pub(crate) fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("an open stdin");
        writeln!(stdin, "{line}").expect("it reads");
    }

    /// The next line of stdout; `None` at its end. A line that lacks its end,
    /// because the command died while it wrote, counts as none.
    pub(crate) fn next_line(&mut self) -> Option<Value> {
        let line = self.lines.next()?.expect("UTF-8");
        serde_json::from_str(&line).ok()
    }

    /// Reads on to the acknowledgement of a turn; its number, or `None` if
    /// stdout ends before.
    pub(crate) fn remembered(&mut self) -> Option<u64> {
        loop {
            let line = self.next_line()?;
            if line["type"] == "remembered" {
                return line["turn"].as_u64();
            }
        }
    }

    /// SIGKILL; what it had acknowledged until then, beyond what was read.
    pub(crate) fn kill(mut self) -> u64 {
        self.child.kill().expect("a living child");
        let mut more = 0;
        while self.remembered().is_some() {
            more += 1;
        }
        self.child.wait().expect("a child");
        more
    }

    /// SIGINT, and how it ended.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self) -> ExitStatus {
        let id = i32::try_from(self.child.id()).expect("an id that fits");
        kill(Pid::from_raw(id), Signal::SIGINT).expect("a living child");
        while self.next_line().is_some() {}
        self.child.wait().expect("a child")
    }

    /// Closes stdin, and how it ended.
    pub(crate) fn finish(mut self) -> ExitStatus {
        drop(self.stdin.take());
        while self.next_line().is_some() {}
        self.child.wait().expect("a child")
    }
}
