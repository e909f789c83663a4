//! `estoppel eval`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::run::Kept;

pub(super) const EVAL_HELP: &str = "\
Figures of retrieval: recall@k is the mean share of a question's evidence turns among the
first k; all@10 the share of questions with every evidence turn among the first
ten; ndcg@10 the normalised discounted cumulative gain. LoCoMo's top figures are
those of categories 1-4; category 5 stands by itself.

Figures of extraction, by language, split and kind: precision is the share of
what was found that is labelled, recall the share of what is labelled that was
found, f1 their harmonic mean. A fact is found with its value, one of its
labelled attributes and one of its labelled subjects; a party under a node of
the graph that stands for it alone. With --json every difference is named.

Figures of answers are those of `estoppel run`, for each system by itself, and what
changes from each other system to ours with the middle 95% of 10,000 paired bootstrap
samples. All systems have the same weights, turns, probes, instructions and scorer:

  window    the last turns in the context, 4,096 tokens of them
  full      every turn in the context, read once and extended turn by turn
  bm25      the six turns that BM25 ranks first, quoted in the prompt
  dense     the six turns nearest in meaning, quoted in the prompt
  estoppel  what `estoppel run` does

The first four attend densely. Every answer is attributed to the turns in its context
by the same measurement, ours: small models that are told to name their sources copy
numbers and answer worse, which would say little of what they had before them. An
abstain probe is right when the answer declines, whoever gives it. The time to the first
word leaves out what can be read before the question: turns in the context are, quoted
turns are not. `full` on 30 rounds with the 1.5B model takes minutes; --out and --resume
let a run go on, and one file may hold systems that were run one by one.

Examples:
  estoppel eval --task answers --systems full,estoppel --out r.jsonl --resume FILE…
  estoppel eval --task answers --json --report answers.html FILE…
  estoppel eval --task extraction tests/extraction/*.json
  estoppel eval --format consultation tests/consultations/*.json
  estoppel eval --format locomo locomo.json --systems bm25,hybrid --json";

const COMPARE_HELP: &str = "\
The answers of one system to the same probes, paired by the names of file and probe. The interval is the middle 95% of
the difference over 10,000 paired bootstrap samples: where it excludes zero, the runs
differ.

Example:
  estoppel eval compare before.jsonl after.jsonl";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Eval {
    #[command(subcommand)]
    pub(crate) command: Option<EvalCommand>,
    /// Labelled files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What the files of `--task retrieval` hold
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<SetFormat>,
    /// What to measure
    #[arg(long, default_value = "retrieval", value_name = "TASK")]
    pub(crate) task: Task,
    /// What to compare [default for retrieval: bm25,dense,hybrid,gat; for answers:
    /// window,full,bm25,dense,estoppel]
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub(crate) systems: Vec<System>,
    #[command(flatten)]
    pub(crate) kept: Kept,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Set two files of results beside each other, probe by probe
    #[command(after_help = COMPARE_HELP)]
    Compare(Compare),
    /// Make up consultation files, as long as you want, with probes and their gold
    #[command(after_help = GENERATE_HELP)]
    Generate(Generate),
}

const GENERATE_HELP: &str = "\
Two probes of each kind, asked after the last turn, over facts that are spread over all
rounds in drawn wordings, among others of the same form and small talk. The same seed
gives the same files. They are for load, for long-range measurements and for training:
the talk is too regular to say how well people are understood. The files are named
generated-LANGUAGE-ROUNDS-SEED.json.

Examples:
  estoppel eval generate --rounds 200 --language en --count 4 --out generated
  estoppel run generated/generated-en-200-*.json";

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Rounds of client and counsel
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(5..))]
    pub(crate) rounds: u32,
    /// What is spoken
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Spoken,
    /// Decides all that is drawn in the first file; each further one has the next seed
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// How many files
    #[arg(long, default_value_t = 1, value_name = "K")]
    pub(crate) count: u64,
    /// The folder for the files, made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// A language in which consultations are generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Spoken {
    /// English
    En,
    /// Chinese
    Zh,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The --out file of a run, or the lines of its --json
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,
    /// That of another run over the same probes
    #[arg(value_name = "B")]
    pub(crate) b: PathBuf,
    /// The system whose answers are compared
    #[arg(long, default_value = "estoppel", value_name = "SYSTEM")]
    pub(crate) system: System,
    /// Seed of the bootstrap; the same seed gives the same intervals
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetFormat {
    /// Our own consultation files
    Consultation,
    /// LoCoMo
    Locomo,
    /// BEAM: *.chat.json, with *.questions.json beside them
    Beam,
    /// MemDaily
    Memdaily,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Task {
    /// Do the evidence turns come first?
    Retrieval,
    /// Is what turns say read right? For files like those of tests/extraction
    Extraction,
    /// Are answers to consultation files right, and do they cite the right turns?
    Answers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    /// Words alone; for answers, six turns quoted
    Bm25,
    /// Meaning alone, one vector a turn; for answers, six turns quoted
    Dense,
    /// Meaning alone, one vector a token
    Late,
    /// The three fused, each turn by itself
    Fused,
    /// The same with neighbouring turns
    Hybrid,
    /// Personalised PageRank
    Pagerank,
    /// Hybrid and graph attention
    Gat,
    /// Answers: the last turns in the context
    Window,
    /// Answers: every turn in the context
    Full,
    /// Answers: this program
    Estoppel,
}
