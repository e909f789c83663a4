//! Answers, citations and errors as people read them.

use std::fmt::{self, Write};
use std::path::Path;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use estoppel::eval::answers::{Figures, ProbeResult, Summary};
use estoppel::memory::{self, Fact, RankedTurn, Reason, Role, Turn};
use estoppel::{Answer, Standing};

use crate::output::seconds;

/// Columns that quotes are wrapped to.
const WIDTH: usize = 78;

pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();
const MARK: Style = AnsiColor::Cyan.on_default();
const RIGHT: Style = AnsiColor::Green.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const FAIL: Style = AnsiColor::Red.on_default().bold();

/// What stands under an answer: its turns with their quotes, values that stand
/// in none, and the time.
pub(crate) struct Footnotes<'a>(pub(crate) &'a Answer);

impl fmt::Display for Footnotes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = self.0;
        for citation in &answer.citations {
            let head = match citation.standing {
                Standing::Current => format!("[{}]", citation.turn),
                Standing::Superseded => format!("[{}, corrected since]", citation.turn),
            };
            let indent = " ".repeat(4 + head.len() + 1);
            let quote = format!("“{}”", citation.quote);
            let options = textwrap::Options::new(WIDTH)
                .initial_indent(&indent)
                .subsequent_indent(&indent);
            let wrapped = textwrap::fill(&quote, options);
            writeln!(
                f,
                "    {MARK}{head}{MARK:#} {DIM}{}{DIM:#}",
                wrapped.trim_start()
            )?;
        }
        if !answer.unsupported.is_empty() {
            let values = answer.unsupported.join(", ");
            writeln!(f, "    {WARN}! in no cited turn: {values}{WARN:#}")?;
        }
        let times = answer.times;
        let mut line = format!("first word after {}", seconds(times.first_token));
        write!(line, ", {} in all", seconds(times.total))?;
        writeln!(f, "    {DIM}{line}{DIM:#}")
    }
}

/// The error and its causes on stderr, one after the other.
pub(crate) fn error(error: &anyhow::Error) {
    use std::io::Write;
    let text = chain(error);
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(anstream::stderr().lock(), "{FAIL}error:{FAIL:#} {text}");
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        // Many errors already quote their cause.
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}

/// A scored probe on two lines or three.
pub(crate) struct Verdict<'a>(pub(crate) &'a ProbeResult);

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ProbeResult {
            system,
            file,
            id,
            kind,
            question,
            answer,
            citations,
            evidence,
            ..
        } = self.0;
        let file = Path::new(file).file_stem().unwrap_or_default();
        let tell = |right: bool| if right { "right" } else { "wrong" };
        let (value, cited) = (tell(self.0.value_right), tell(self.0.citations_right));
        let style = if self.0.right { RIGHT } else { WARN };
        writeln!(
            f,
            "{style}{} {id}{style:#} {system}, {kind}: value {value}, cites {citations:?} for {evidence:?} {cited}, {}",
            file.display(),
            seconds(Duration::from_secs_f64(self.0.ms.total / 1000.0))
        )?;
        writeln!(
            f,
            "  ? {question}\n  {DIM}{}{DIM:#}",
            answer.replace('\n', " ")
        )
    }
}

/// The figures of a run as a table.
pub(crate) struct Table<'a>(pub(crate) &'a Summary);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "probes",
            "reference",
            "value",
            "both",
            "precision",
            "recall",
        ];
        write!(f, "\n{BOLD}{:<14}", "")?;
        for column in head {
            write!(f, "{column:>10}")?;
        }
        writeln!(f, "{BOLD:#}")?;
        for (kind, figures) in &self.0.by_kind {
            row(f, &kind.to_string(), figures)?;
        }
        row(f, "all", &self.0.overall)
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, figures: &Figures) -> fmt::Result {
    write!(f, "{name:<14}{:>10}", figures.probes)?;
    let shares = [
        figures.reference_accuracy,
        figures.value_accuracy,
        figures.hca,
        figures.citation_precision,
        figures.citation_recall,
    ];
    for share in shares {
        write!(f, "{share:>10.3}")?;
    }
    writeln!(f)
}

/// A turn: number, day, speaker, text.
pub(crate) struct TurnLine<'a>(pub(crate) &'a Turn);

impl fmt::Display for TurnLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let turn = self.0;
        let speaker = match (&turn.speaker, turn.role) {
            (Some(name), _) => name.as_str(),
            (None, Role::Client) => "client",
            (None, Role::Counsel) => "counsel",
        };
        let text = if turn.is_forgotten() {
            "(forgotten)"
        } else {
            &turn.text
        };
        let head = format!("[{}]", turn.id);
        let day = turn.at.date();
        writeln!(
            f,
            "{MARK}{head:>6}{MARK:#} {DIM}{day} {speaker}{DIM:#}  {text}"
        )
    }
}

/// A fact of the record with its turn, and what became of it.
pub(crate) struct FactLine<'a> {
    pub(crate) fact: &'a Fact,
    /// Among which the fact that superseded it is looked for.
    pub(crate) facts: &'a [Fact],
}

impl fmt::Display for FactLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fact {
            subject,
            attribute,
            surface,
            turn,
            superseded_by,
            contradicts,
            ..
        } = self.fact;
        let head = format!("[{turn}]");
        write!(f, "{MARK}{head:>6}{MARK:#} ")?;
        let what = [subject.as_str(), attribute]
            .into_iter()
            .filter(|part| !part.is_empty());
        let what = what.collect::<Vec<_>>().join(", ");
        let what = if what.is_empty() {
            String::new()
        } else {
            format!("{what}: ")
        };
        match superseded_by {
            None => write!(f, "{what}{surface}")?,
            Some(by) => {
                let by = self.facts.iter().find(|fact| fact.id == *by);
                let by = by.map_or("since".into(), |fact| {
                    format!("in [{}]: {}", fact.turn, fact.surface)
                });
                write!(f, "{DIM}{what}{surface} (corrected {by}){DIM:#}")?;
            }
        }
        if !contradicts.is_empty() {
            write!(f, " {WARN}(contradicted){WARN:#}")?;
        }
        writeln!(f)
    }
}

/// A turn that was searched for, with the reasons why it was found.
pub(crate) struct Found<'a> {
    pub(crate) ranked: &'a RankedTurn,
    pub(crate) turn: &'a Turn,
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TurnLine(self.turn).fmt(f)?;
        let reasons: Vec<String> = self.ranked.reasons.iter().map(reason).collect();
        writeln!(
            f,
            "       {DIM}{:.3}  {}{DIM:#}",
            self.ranked.score,
            reasons.join("; ")
        )
    }
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Words { rank, terms } => format!("words #{rank}: {}", terms.join(" ")),
        Reason::Meaning { rank, cosine } => format!("meaning #{rank}: {cosine:.2}"),
        Reason::Neighbour { of } => format!("next to [{of}]"),
        Reason::Linked { over } => format!("linked over {over}"),
        Reason::Corrects { turn } => format!("corrects [{turn}]"),
        Reason::CorrectedBy { turn } => format!("corrected by [{turn}]"),
        Reason::Marked { verdict } => match verdict {
            memory::Verdict::Right => "marked right".to_owned(),
            memory::Verdict::Wrong => "marked wrong".to_owned(),
        },
    }
}
