//! `estoppel eval`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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

Examples:
  estoppel eval --task extraction tests/extraction/*.json
  estoppel eval --format consultation tests/consultations/*.json
  estoppel eval --format locomo locomo.json --systems bm25,hybrid --json";

const COMPARE_HELP: &str = "\
Probes are paired by the names of file and probe. The interval is the middle 95% of
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
    /// Which rankings to compare
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "bm25,dense,hybrid,gat",
        value_name = "LIST"
    )]
    pub(crate) systems: Vec<System>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Set two files of results beside each other, probe by probe
    #[command(after_help = COMPARE_HELP)]
    Compare(Compare),
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Lines of `estoppel run --json`
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,
    /// Lines of another run over the same probes
    #[arg(value_name = "B")]
    pub(crate) b: PathBuf,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    /// Words alone
    Bm25,
    /// Meaning alone, one vector a turn
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
}
