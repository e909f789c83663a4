//! The generator beside llama.cpp: the same weights, threads and tokens, in turns.

mod contender;
mod figures;
mod machine;
mod ours;
mod report;
mod run;
mod stored;
mod theirs;

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use estoppel_model::bench::AttentionMode;

/// Measures the generator beside llama.cpp, in the same run
///
/// Each side runs in processes of its own, which take turns: ours, theirs, ours,
/// theirs. llama.cpp runs with and without its flash attention; the better of the
/// two is what we are compared with.
#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  estoppel-bench-peer
  estoppel-bench-peer --models 0.5b --only decode --repeat 5
  estoppel-bench-peer --models 0.5b --only stored --flash off
  estoppel-bench-peer --also ../../../target/bench-peer-avx2/release/estoppel-bench-peer
  estoppel-bench-peer --sides theirs --json > theirs.jsonl")]
pub struct Cli {
    /// Whose figures to measure: names from `estoppel model list`
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "135m,0.5b,1.5b",
        value_name = "LIST"
    )]
    models: Vec<String>,
    /// Threads of each side [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    /// Repetitions of every figure
    #[arg(long, default_value = "3", value_name = "N")]
    repeat: NonZero<usize>,
    /// One kind of figure only
    #[arg(long, value_name = "KIND")]
    only: Option<Kind>,
    /// No figure that needs more tokens than this: long texts take minutes to fill in
    #[arg(long, value_name = "TOKENS")]
    longest: Option<usize>,
    /// No figure that needs fewer tokens than this
    #[arg(long, default_value = "0", value_name = "TOKENS")]
    shortest: usize,
    /// Who runs
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "ours,theirs",
        value_name = "LIST"
    )]
    sides: Vec<Side>,
    /// How llama.cpp attends: with its flash attention or without
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "on,off",
        value_name = "LIST"
    )]
    flash: Vec<Flash>,
    /// How we attend where contexts are long
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "dense,sparse",
        value_name = "LIST"
    )]
    attention: Vec<Attention>,
    /// Another build of this program, whose llama.cpp takes part as well
    #[arg(long, value_name = "PROGRAM")]
    also: Option<PathBuf>,
    /// Print versioned JSON, one object a line
    #[arg(long)]
    json: bool,
    /// Be one side of a run: the setup, in JSON
    #[arg(long, hide = true, value_name = "SETUP")]
    contend: Option<String>,
}

/// A kind of figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Reading a prompt.
    Prefill,
    /// Writing an answer.
    Decode,
    /// The first token of an answer on a consultation that was read before a restart.
    Stored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Flash {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    Ours,
    Theirs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Attention {
    Dense,
    Sparse,
}

impl Cli {
    /// Those of some ways to attend that are asked for.
    fn attention(&self, all: &[AttentionMode]) -> Vec<AttentionMode> {
        let asked = |mode: &AttentionMode| match mode {
            AttentionMode::Dense => self.attention.contains(&Attention::Dense),
            AttentionMode::Sparse => self.attention.contains(&Attention::Sparse),
        };
        all.iter().copied().filter(asked).collect()
    }
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match &cli.contend {
        Some(setup) => contender::contend(&serde_json::from_str(setup)?),
        None => run::run(&cli),
    }
}
