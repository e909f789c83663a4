//! The figures as a table or as lines of JSON.

use std::num::NonZero;

use estoppel_model::bench::{AttentionMode, Spread, Work};
use serde::Serialize;

use crate::contender::Engine;
use crate::figures::Figure;
use crate::machine;
use crate::stored::StoredRow;

/// The version of every JSON line.
const VERSION: u32 = 1;

/// What one contender reached.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub engine: Engine,
    /// What it says about itself.
    pub about: String,
    /// How long opening the weights took.
    pub opened_seconds: f64,
    pub tokens_per_second: Spread,
    /// The share of the processors that other programs took meanwhile. A barrier waits
    /// for the slowest thread: llama.cpp loses more by it than its share.
    pub others: Option<f64>,
    /// The most memory its process had.
    pub peak_bytes: Option<u64>,
}

/// Collects the figures and shows them.
pub struct Report {
    json: bool,
    threads: NonZero<usize>,
    repeat: NonZero<usize>,
    rows: Vec<Row>,
    stored: Vec<StoredRow>,
}

/// Ours in one way to attend, and the better of theirs.
#[derive(Debug, Serialize)]
struct Row {
    v: u32,
    r#type: &'static str,
    processor: String,
    threads: NonZero<usize>,
    repeat: NonZero<usize>,
    model: &'static str,
    #[serde(flatten)]
    work: Work,
    #[serde(skip)]
    label: String,
    attention: AttentionMode,
    ours: Option<Measured>,
    theirs: Option<Measured>,
    /// Of the medians, ours to theirs.
    ratio: Option<f64>,
}

impl Report {
    pub fn new(json: bool, threads: NonZero<usize>, repeat: NonZero<usize>) -> Self {
        Self {
            json,
            threads,
            repeat,
            rows: Vec::new(),
            stored: Vec::new(),
        }
    }

    /// Adds a figure; with JSON, it is printed at once.
    pub fn add(&mut self, figure: &Figure, measured: &[Measured]) -> anyhow::Result<()> {
        let median = |measured: &&Measured| measured.tokens_per_second.median;
        let is_theirs = |measured: &&Measured| matches!(measured.engine, Engine::Theirs { .. });
        // The better of each build.
        let mut builds: Vec<&Measured> = Vec::new();
        for build in measured.iter().filter(is_theirs) {
            match builds.iter_mut().find(|known| known.about == build.about) {
                Some(known) if median(&*known) < median(&build) => *known = build,
                Some(_) => {}
                None => builds.push(build),
            }
        }
        let builds: Vec<Option<&Measured>> = match builds.is_empty() {
            true => vec![None],
            false => builds.into_iter().map(Some).collect(),
        };
        let ways = figure.attention.iter();
        let pairs = ways.flat_map(|way| builds.iter().map(move |theirs| (*way, *theirs)));
        for (attention, theirs) in pairs {
            let ours = measured
                .iter()
                .find(|measured| measured.engine == Engine::Ours(attention));
            let ratio = ours.zip(theirs).map(|(a, b)| median(&a) / median(&b));
            let row = Row {
                v: VERSION,
                r#type: "peer",
                processor: machine::processor(),
                threads: self.threads,
                repeat: self.repeat,
                model: figure.model,
                work: figure.work,
                label: figure.label(),
                attention,
                ours: ours.cloned(),
                theirs: theirs.cloned(),
                ratio,
            };
            if self.json {
                println!("{}", serde_json::to_string(&row)?);
            }
            self.rows.push(row);
        }
        Ok(())
    }

    /// Adds who took how long to a first token; with JSON, it is printed at once.
    pub fn add_stored(&mut self, row: StoredRow) -> anyhow::Result<()> {
        if self.json {
            let line = StoredLine {
                v: VERSION,
                r#type: "peer_stored",
                processor: machine::processor(),
                threads: self.threads,
                repeat: self.repeat,
                row: &row,
            };
            println!("{}", serde_json::to_string(&line)?);
        }
        self.stored.push(row);
        Ok(())
    }

    /// Prints the table, unless the lines of JSON are out already.
    pub fn finish(&self) {
        if self.json {
            return;
        }
        println!("{}", machine::processor());
        println!(
            "{} threads, median (least, greatest) of {}",
            self.threads, self.repeat
        );
        let both = |row: &Row| [row.ours.clone(), row.theirs.clone()];
        let measured = self.rows.iter().flat_map(both).flatten();
        let stored = self.stored.iter().map(|row| row.about.clone());
        let mut engines: Vec<String> = Vec::new();
        for about in measured.map(|measured| measured.about).chain(stored) {
            if !engines.contains(&about) {
                println!("{about}");
                engines.push(about);
            }
        }
        if !self.rows.is_empty() {
            self.print_rates();
        }
        if !self.stored.is_empty() {
            self.print_stored();
        }
        let shares = self.stored.iter().filter_map(|row| row.others);
        let disturbed = self.rows.iter().any(Row::disturbed);
        if disturbed || shares.into_iter().any(|share| share > QUIET) {
            println!("\nOther programs took part of the processors: these ratios do not count.");
        }
    }

    fn print_rates(&self) {
        println!();
        println!(
            "| model | tokens per second | attention | estoppel | llama.cpp | ratio | others | MiB |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        for row in &self.rows {
            println!("{}", row.line());
        }
    }

    fn print_stored(&self) {
        println!();
        println!(
            "| model | consultation, question | engine | the first token | seconds | sooner | others | opening, seconds |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        let ours = self
            .stored
            .iter()
            .find(|row| row.engine == Engine::OursStored);
        for row in &self.stored {
            let ratio = ours
                .filter(|_| row.engine != Engine::OursStored)
                .map(|ours| row.first_token.median / ours.first_token.median);
            let Spread { median, min, max } = row.first_token;
            println!(
                "| {} | {}, {} | {} | {} | {median:.2} ({min:.2}, {max:.2}) | {} | {} | {:.2} |",
                row.model,
                row.history,
                row.question,
                label(row),
                row.way,
                or_dash(ratio, |ratio| format!("{ratio:.1}")),
                or_dash(row.others, |share| format!("{:.0}%", 100.0 * share)),
                row.open.median,
            );
        }
    }
}

/// A `peer_stored` line.
#[derive(Serialize)]
struct StoredLine<'a> {
    v: u32,
    r#type: &'static str,
    processor: String,
    threads: NonZero<usize>,
    repeat: NonZero<usize>,
    #[serde(flatten)]
    row: &'a StoredRow,
}

/// The share of the processors past which a figure does not count.
const QUIET: f64 = 0.02;

impl Row {
    fn disturbed(&self) -> bool {
        [&self.ours, &self.theirs]
            .into_iter()
            .flatten()
            .any(|measured| measured.others.is_some_and(|share| share > QUIET))
    }

    fn line(&self) -> String {
        let ours = self.ours.as_ref();
        let theirs = self.theirs.as_ref();
        let build = theirs.map_or("", |theirs| build(&theirs.about));
        let flash = match theirs.map(|theirs| theirs.engine) {
            Some(Engine::Theirs { flash: true }) => ", flash",
            _ => "",
        };
        format!(
            "| {} | {} | {} | {} | {build} {}{flash} | {} | {}, {} | {}, {} |",
            self.model,
            self.label,
            self.attention.label(),
            rate(ours),
            rate(theirs),
            or_dash(self.ratio, |ratio| format!("{ratio:.2}")),
            others(ours),
            others(theirs),
            mib(ours),
            mib(theirs),
        )
    }
}

fn label(row: &StoredRow) -> String {
    let build = match row.engine {
        Engine::Theirs { .. } => build(&row.about),
        _ => "",
    };
    format!("{build} {}", row.engine.label()).trim().to_owned()
}

/// What llama.cpp was built for, in a word, from what it says of itself.
fn build(about: &str) -> &'static str {
    match about.contains("AVX512 = 1") {
        true => "AVX-512:",
        false if about.contains("AVX2 = 1") => "AVX2:",
        false => "",
    }
}

fn rate(measured: Option<&Measured>) -> String {
    or_dash(measured, |measured| {
        let Spread { median, min, max } = measured.tokens_per_second;
        format!("{median:.1} ({min:.1}, {max:.1})")
    })
}

fn others(measured: Option<&Measured>) -> String {
    let share = measured.and_then(|measured| measured.others);
    or_dash(share, |share| format!("{:.0}%", 100.0 * share))
}

fn mib(measured: Option<&Measured>) -> String {
    let bytes = measured.and_then(|measured| measured.peak_bytes);
    or_dash(bytes, |bytes| (bytes >> 20).to_string())
}

fn or_dash<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or("–".into(), show)
}
