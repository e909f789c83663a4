//! `estoppel bench memory`: what a long matter costs.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use estoppel::memory::{
    EmbedError, Embedder, Embedding, Matter, MatterOptions, NewTurn, Ranking, Role, TokenVectors,
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

/// A `bench_memory` line. Times leave the encoder out.
#[derive(Serialize)]
struct Figure {
    turns: usize,
    /// Vectors a turn that late interaction compares.
    tokens_per_turn: f64,
    write_ms_p50: f64,
    write_ms_p95: f64,
    /// Of the last tenth of the turns, which find the longest matter.
    late_write_ms_p95: f64,
    retrieve_ms_p50: f64,
    retrieve_ms_p95: f64,
    /// Opening the matter again from its folder.
    open_ms: f64,
    disk_bytes_per_turn: f64,
    /// Resident memory of the process with the matter open, in bytes; nothing where
    /// the system doesn't tell it.
    resident_bytes: Option<u64>,
    /// What the process has grown by since it began, by turn.
    memory_bytes_per_turn: Option<f64>,
}

pub(crate) fn memory(output: Output, args: &BenchMemory) -> anyhow::Result<Outcome> {
    let _work = interrupt::Work::begin();
    if !output.json {
        output.text(Header)?;
    }
    let bare = resident();
    for turns in &args.turns {
        let figure = measure(output, turns.get(), bare)?;
        if output.json {
            output.line("bench_memory", &figure)?;
        } else {
            output.text(&figure)?;
        }
    }
    Ok(Outcome::Done)
}

fn measure(output: Output, turns: usize, bare: Option<u64>) -> anyhow::Result<Figure> {
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("bench");
    let mut words = Words::default();
    let mut writes = write(output, &place, turns, &mut words)?;
    let mut late_writes = writes.split_off(turns - turns.div_ceil(10));
    let started = Instant::now();
    let matter = Matter::open(&place, &MatterOptions::new())?;
    let opened = started.elapsed();
    let mut asked = Vec::with_capacity(QUESTIONS);
    for number in 0..QUESTIONS {
        let question = question(number * turns / QUESTIONS);
        let time = words
            .beside(|words| matter.evidence(&question, Some(words), Ranking::default(), LIMIT))?;
        asked.push(time);
    }
    let now = resident();
    let per_turn = |bytes: u64| bytes as f64 / turns as f64;
    let grown = now.zip(bare).map(|(now, bare)| now.saturating_sub(bare));
    let late_write_ms_p95 = quantile(&mut late_writes, 0.95);
    writes.extend(late_writes);
    Ok(Figure {
        turns,
        tokens_per_turn: words.tokens as f64 / turns as f64,
        write_ms_p50: quantile(&mut writes, 0.5),
        write_ms_p95: quantile(&mut writes, 0.95),
        late_write_ms_p95,
        retrieve_ms_p50: quantile(&mut asked, 0.5),
        retrieve_ms_p95: quantile(&mut asked, 0.95),
        open_ms: opened.as_secs_f64() * 1e3,
        disk_bytes_per_turn: per_turn(size(folder.path())?),
        resident_bytes: now,
        memory_bytes_per_turn: grown.map(per_turn),
    })
}

/// Remembers so many turns in a new matter; the time of each.
fn write(
    output: Output,
    place: &Path,
    turns: usize,
    words: &mut Words,
) -> anyhow::Result<Vec<Duration>> {
    let mut matter = Matter::open(place, &MatterOptions::new())?;
    let bar = output.bar(turns as u64, "turns");
    let mut writes = Vec::with_capacity(turns);
    for number in 0..turns {
        let said = turn(number);
        writes.push(words.beside(|words| matter.remember(said, Some(words)))?);
        bar.inc(1);
        if interrupt::requested() {
            return Err(Interrupted.into());
        }
    }
    bar.finish_and_clear();
    Ok(writes)
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

const STREETS: [&str; 11] = [
    "Ashgrove Road",
    "Mill Lane",
    "Station Parade",
    "Harlow Street",
    "Quay Terrace",
    "Orchard Close",
    "Victoria Row",
    "Chapel Hill",
    "Foundry Court",
    "Kestrel Way",
    "Bridge End",
];

/// What a turn is about.
fn place(number: usize) -> String {
    let (house, street) = (number / TOPICS.len(), number % STREETS.len());
    format!("{} {}", house + 1, STREETS[street])
}

/// Turn `number` of a matter that never ends: amounts, dates, people, and now and
/// then a correction.
fn turn(number: usize) -> NewTurn {
    let topic = TOPICS[number * 7 % TOPICS.len()];
    let person = PEOPLE[number * 5 % PEOPLE.len()];
    let place = place(number);
    let amount = 100 + number * 37 % 9000;
    let day = number % 28 + 1;
    let role = match number % 2 {
        0 => Role::Client,
        _ => Role::Counsel,
    };
    let text = match (role, number % 20) {
        (Role::Client, 18) => {
            format!("I was wrong about the {topic} at {place}: {person} says it was £{amount}.")
        }
        (Role::Client, _) => format!(
            "{person} wrote to me again. The {topic} at {place} came to £{amount}, due on {day} May 2024, and I have the letter here."
        ),
        (Role::Counsel, _) => {
            format!("Thank you. Please keep what {person} sent about the {topic} at {place}.")
        }
    };
    let at = jiff::civil::date(2024, 6, 1).at(9, 0, 0, 0);
    NewTurn::new(role, at, text)
}

fn question(number: usize) -> String {
    let topic = TOPICS[number * 7 % TOPICS.len()];
    format!("How much was the {topic} at {}?", place(number))
}

/// Values of a vector, as many as multilingual-e5-small's have.
const DIM: usize = 384;
/// Letters of a word that are one token.
const PIECE: usize = 5;

/// An encoder made up of the words of a text: each piece of a word has a vector of its
/// own, drawn by its hash, and a text the mean of them. No meaning, but as many vectors
/// of the same length as a real encoder gives.
#[derive(Default)]
struct Words {
    pieces: HashMap<String, (u32, Vec<f32>)>,
    /// Tokens of all passages.
    tokens: usize,
    /// Time spent in making vectors.
    spent: Duration,
}

impl Words {
    /// How long something takes beside the encoder.
    fn beside<T, E>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<Duration, E> {
        let (started, spent) = (Instant::now(), self.spent);
        work(self)?;
        Ok(started.elapsed() - (self.spent - spent))
    }

    fn embed(&mut self, text: &str) -> Embedding {
        let started = Instant::now();
        let (mut ids, mut rows) = (Vec::new(), Vec::new());
        let mut mean = vec![0.0f32; DIM];
        for word in text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
        {
            let letters: Vec<char> = word.chars().collect();
            for piece in letters.chunks(PIECE) {
                let piece: String = piece.iter().collect();
                let (id, vector) = self
                    .pieces
                    .entry(piece)
                    .or_insert_with_key(|piece| drawn(piece));
                ids.push(*id);
                rows.extend_from_slice(vector);
                for (sum, value) in mean.iter_mut().zip(vector) {
                    *sum += *value;
                }
            }
        }
        unit(&mut mean);
        let embedding = Embedding {
            vector: mean,
            tokens: TokenVectors::new(ids, &rows),
        };
        self.spent += started.elapsed();
        embedding
    }
}

/// A piece's number and its vector of unit length.
fn drawn(piece: &str) -> (u32, Vec<f32>) {
    // FNV-1a, then an xorshift generator.
    let hash = piece.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut state = hash | 1;
    let mut vector: Vec<f32> = (0..DIM)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
        .collect();
    unit(&mut vector);
    ((hash >> 44) as u32, vector)
}

fn unit(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
    vector.iter_mut().for_each(|x| *x /= length);
}

impl Embedder for Words {
    fn id(&self) -> &str {
        "words-by-hash"
    }

    fn dim(&self) -> usize {
        DIM
    }

    fn passages(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        let embeddings: Vec<Embedding> = texts.iter().map(|text| self.embed(text)).collect();
        self.tokens += embeddings.iter().map(|e| e.tokens.len()).sum::<usize>();
        Ok(embeddings)
    }

    fn query(&mut self, text: &str) -> Result<Embedding, EmbedError> {
        Ok(self.embed(text))
    }
}

struct Header;

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>8}  {:>9} {:>9} {:>9}  {:>12} {:>9}  {:>9}  {:>9} {:>9} {:>9}",
            "turns",
            "write p50",
            "p95",
            "late p95",
            "retrieve p50",
            "p95",
            "open",
            "disk/turn",
            "RAM/turn",
            "resident"
        )
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |bytes: Option<String>| bytes.unwrap_or_else(|| "-".to_owned());
        let by_turn = told(
            self.memory_bytes_per_turn
                .map(|bytes| format!("{bytes:.0} B")),
        );
        let resident = told(
            self.resident_bytes
                .map(|bytes| format!("{} MB", bytes / 1_000_000)),
        );
        writeln!(
            f,
            "{:>8}  {:>6.2} ms {:>6.2} ms {:>6.2} ms  {:>9.2} ms {:>6.2} ms  {:>6.0} ms  {:>7.0} B {by_turn:>9} {resident:>9}",
            self.turns,
            self.write_ms_p50,
            self.write_ms_p95,
            self.late_write_ms_p95,
            self.retrieve_ms_p50,
            self.retrieve_ms_p95,
            self.open_ms,
            self.disk_bytes_per_turn,
        )
    }
}
