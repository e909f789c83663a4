//! `estoppel bench`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
    /// Whether single facts are found in a long consultation, by dense and sparse attention
    #[command(after_help = BENCH_NEEDLE_HELP)]
    Needle(BenchNeedle),
    /// How soon the consultation room shows things
    #[command(after_help = BENCH_ROOM_HELP)]
    Room(BenchRoom),
    /// What a long matter costs: writing, looking up, memory and disk
    #[command(after_help = BENCH_MEMORY_HELP)]
    Memory(BenchMemory),
}

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
    /// How precisely sparse attention reads keys and values
    #[arg(long, default_value = "halves", value_name = "PRECISION")]
    pub(crate) precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attention {
    /// To every token before
    Dense,
    /// To chosen ones
    Sparse,
}

/// How precisely sparse attention reads keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Precision {
    /// As half floats
    Halves,
    /// In 8 bits
    Bytes,
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
  estoppel bench attention --depth 2048,4096 --share 0.2 --mass 0.98 --text letters.txt --json";

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
    /// Read these shares of the positions, one after the other
    #[arg(long, value_delimiter = ',', value_name = "SHARES")]
    pub(crate) share: Vec<f32>,
    /// Read as many positions as hold these shares of the attention [default: as
    /// answers are written]
    #[arg(long, value_delimiter = ',', value_name = "SHARES")]
    pub(crate) mass: Vec<f32>,
    /// How precisely sparse attention reads keys and values
    #[arg(long, default_value = "halves", value_name = "PRECISION")]
    pub(crate) precision: Precision,
    /// A text file to measure on
    #[arg(long, value_name = "FILE")]
    pub(crate) text: Option<PathBuf>,
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

const BENCH_NEEDLE_HELP: &str = "\
Invented talk is read in which thirty facts are said once each: sums, dates and article
numbers, one of each at ten depths. Then the model is asked for each of them; an answer
that holds the value is right. With --json a `bench_needle` line for each way to attend,
with every question, value and answer.

Example:
  estoppel bench needle --model qwen2.5-coder-0.5b-instruct --tokens 8192";

#[derive(Debug, Args)]
pub(crate) struct BenchNeedle {
    /// How long the talk is
    #[arg(long, default_value = "8192", value_name = "TOKENS")]
    pub(crate) tokens: NonZero<usize>,
    /// How to attend, while reading and while answering
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "dense,sparse",
        value_name = "LIST"
    )]
    pub(crate) attention: Vec<Attention>,
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
Invented talk of so many turns is remembered in a temporary folder. In place of an
encoder's, vectors are made up from the words of a text: one a turn and one a token, as
many as multilingual-e5-small gives. Then the matter is opened again and 200 questions
are looked up. Times leave the making of vectors out; `late` is the last tenth of the
turns. Memory is what the process has grown by, where the system tells it. With --json
a `bench_memory` line for each size.

Example:
  estoppel bench memory --turns 1000,10000,100000 --json";

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
