//! `estoppel bench memory`: what a long matter costs.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use estoppel::memory::{
    EmbedError, Embedder, Embedding, Matter, MatterOptions, NewTurn, Ranking, Role,
};
use serde::Serialize;

use crate::Outcome;
use crate::cli::BenchMemory;
use crate::interrupt::{self, Interrupted};
use crate::output::Output;

/// Questions asked of each matter.
const QUESTIONS: usize = 200;
/// Turns that a question gets.
const LIMIT: usize = 10;

/// A `bench_memory` line.
#[derive(Serialize)]
struct Figure {
    turns: usize,
    write_ms_p50: f64,
    write_ms_p95: f64,
    retrieve_ms_p50: f64,
    retrieve_ms_p95: f64,
    disk_bytes_per_turn: f64,
    /// Growth of the resident memory; nothing where the system doesn't tell it.
    memory_bytes_per_turn: Option<f64>,
}

pub(crate) fn memory(output: Output, args: &BenchMemory) -> anyhow::Result<Outcome> {
    let _work = interrupt::Work::begin();
    if !output.json {
        output.text(Header)?;
    }
    for turns in &args.turns {
        let figure = measure(output, turns.get())?;
        if output.json {
            output.line("bench_memory", &figure)?;
        } else {
            output.text(&figure)?;
        }
    }
    Ok(Outcome::Done)
}

fn measure(output: Output, turns: usize) -> anyhow::Result<Figure> {
    let folder = tempfile::tempdir()?;
    let before = resident();
    let mut matter = Matter::open(
        &folder.path().join("bench"),
        &MatterOptions::new().create(true),
    )?;
    let mut embedder = Hashed;
    let bar = output.bar(turns as u64, "turns");
    let mut writes = Vec::with_capacity(turns);
    for number in 0..turns {
        let said = turn(number);
        let started = Instant::now();
        matter.remember(said, Some(&mut embedder))?;
        writes.push(started.elapsed());
        bar.inc(1);
        if interrupt::requested() {
            return Err(Interrupted.into());
        }
    }
    bar.finish_and_clear();
    let mut asked = Vec::with_capacity(QUESTIONS);
    for number in 0..QUESTIONS {
        let question = question(number * turns / QUESTIONS);
        let started = Instant::now();
        matter.evidence(&question, Some(&mut embedder), Ranking::default(), LIMIT)?;
        asked.push(started.elapsed());
    }
    let per_turn = |bytes: u64| bytes as f64 / turns as f64;
    let grown = resident()
        .zip(before)
        .map(|(now, before)| now.saturating_sub(before));
    Ok(Figure {
        turns,
        write_ms_p50: quantile(&mut writes, 0.5),
        write_ms_p95: quantile(&mut writes, 0.95),
        retrieve_ms_p50: quantile(&mut asked, 0.5),
        retrieve_ms_p95: quantile(&mut asked, 0.95),
        disk_bytes_per_turn: per_turn(size(folder.path())?),
        memory_bytes_per_turn: grown.map(per_turn),
    })
}

/// Milliseconds that a share of the times stays below.
fn quantile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let at = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

/// Bytes of the files below a folder.
fn size(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        bytes += match data.is_dir() {
            true => size(&entry.path())?,
            false => data.len(),
        };
    }
    Ok(bytes)
}

/// Bytes of resident memory, where `/proc` tells them.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// What the invented talk is about.
const TOPICS: [&str; 12] = [
    "deposit",
    "rent",
    "boiler",
    "invoice",
    "fence",
    "loan",
    "wages",
    "survey",
    "insurance",
    "contract",
    "hearing",
    "repair",
];
const PEOPLE: [&str; 8] = [
    "Mr Hargreave",
    "Ms Doyle",
    "Sophie",
    "Mr Ito",
    "Mrs Novak",
    "Daniel",
    "Ms Okoye",
    "Peter",
];

/// Turn `number` of a matter that never ends: amounts, dates, people, and now and
/// then a correction.
fn turn(number: usize) -> NewTurn {
    let topic = TOPICS[number * 7 % TOPICS.len()];
    let person = PEOPLE[number * 5 % PEOPLE.len()];
    let amount = 100 + number * 37 % 9000;
    let (day, place) = (number % 28 + 1, number / TOPICS.len());
    let role = match number % 2 {
        0 => Role::Client,
        _ => Role::Counsel,
    };
    let text = match (role, number % 20) {
        (Role::Client, 18) => format!(
            "I was wrong about the {topic} of unit {place}: {person} says it was £{amount}."
        ),
        (Role::Client, _) => format!(
            "{person} wrote about the {topic} of unit {place}. It came to £{amount}, due on {day} May 2024."
        ),
        (Role::Counsel, _) => {
            format!("Thank you. Please keep what {person} sent about the {topic} of unit {place}.")
        }
    };
    let at = jiff::civil::date(2024, 6, 1).at(9, 0, 0, 0);
    NewTurn::new(role, at, text)
}

fn question(number: usize) -> String {
    let topic = TOPICS[number * 7 % TOPICS.len()];
    format!(
        "How much was the {topic} of unit {}?",
        number / TOPICS.len()
    )
}

/// A text as the words in it, each in a place of its own by its hash: as long as
/// the vectors of multilingual-e5-small, and at no cost.
struct Hashed;

impl Hashed {
    fn vector(text: &str) -> Vec<f32> {
        let mut vector = vec![0.0f32; 384];
        for word in text.split_whitespace() {
            // FNV-1a
            let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            vector[(hash % 384) as usize] += sign;
        }
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
        vector.iter_mut().for_each(|x| *x /= length);
        vector
    }
}

impl Embedder for Hashed {
    fn id(&self) -> &str {
        "hashed-words"
    }

    fn dim(&self) -> usize {
        384
    }

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        Ok(texts.iter().map(|text| Self::vector(text).into()).collect())
    }

    fn query(&mut self, text: &str) -> Result<Embedding, EmbedError> {
        Ok(Self::vector(text).into())
    }
}

struct Header;

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>8}  {:>9} {:>9}  {:>12} {:>12}  {:>10} {:>10}",
            "turns", "write p50", "p95", "retrieve p50", "p95", "disk/turn", "RAM/turn"
        )
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = self
            .memory_bytes_per_turn
            .map_or_else(|| "-".to_owned(), |bytes| format!("{bytes:.0} B"));
        writeln!(
            f,
            "{:>8}  {:>6.2} ms {:>6.2} ms  {:>9.2} ms {:>9.2} ms  {:>8.0} B {memory:>10}",
            self.turns,
            self.write_ms_p50,
            self.write_ms_p95,
            self.retrieve_ms_p50,
            self.retrieve_ms_p95,
            self.disk_bytes_per_turn,
        )
    }
}
