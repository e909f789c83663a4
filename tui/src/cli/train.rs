//! `estoppel train`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::eval::SetFormat;

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
    /// Take down what the reader knows beside each question, for `train reader`
    #[command(after_help = "\
Plays the consultations with the language model, which takes about half a minute each, and takes
down for each of their probes what the reader would go by and what of that is right. The ranking is
the untrained one, which has seen no label. A run that was stopped goes on where it was.

What a pointer has learnt from it points at better than at others, and weights that learn from
that trust it too much. So name consultations that it has not learnt from
(agent/weights/README.md says which those are), or with --pointer another one that has not.

Examples:
  estoppel train lessons --consultation mine/*.json --out lessons.jsonl
  estoppel train lessons --consultation talks/*.json --pointer other.safetensors \\
      --cache read --out other.jsonl")]
    Lessons(TrainLessons),
    /// Train what the reader goes by when it looks for what answers a question
    #[command(after_help = "\
Learns from lessons that `train lessons` took down: what a question is for, which sentences and
values answer it, which turns do together, and whether the record answers at all. Beside the
weights it writes a report (.report.json) with figures on consultations left out in turn. The
weights are used once they stand in agent/weights and the program is built again: those learnt
with --blind for models that no pointer is for, the others beside a pointer.

Examples:
  estoppel train reader --lessons lessons.jsonl other.jsonl --out looking.json
  estoppel train reader --lessons lessons.jsonl --blind --out blind.json")]
    Reader(TrainReader),
    /// Train the pointer: what the model reads behind a question to point at what answers it
    #[command(after_help = "\
Runs on the processor, with the weights of the model as they are; the same seed and files give
the same pointer. Each consultation is read once, which takes about half a minute and 100 MB in
--cache, and gone through --passes times, about a second a question; 13 GB of memory are needed.
The 0.5B takes half of each. Half of the time some turns that a question does not need are left
out of what is before it, so that what stands beside an answer is not learnt by heart.
With --held-out N one consultation in N is left out, and measured at the end. Beside the pointer
it writes a report (.report.json). A pointer is for models of the shape of --model, and is used
once it stands in agent/weights and the program is built again. One that is taught from nothing
looks through the eight heads that find best what answers the questions of the first twenty
consultations. Ctrl-C keeps what was learnt so far, and --from goes on from it.

--from goes on from a pointer, and --first-layer leaves its lower layers as they are, which takes
half the time and, from layer 12 on, 8 GB. Of several pointers that were taught apart, --from takes
the mean; with --passes 0 that is all that is done.

Examples:
  estoppel train pointer --model 0.5b --consultation talks/*.json --held-out 5 --out small.safetensors
  estoppel train pointer --from agent/weights/qwen2.5-coder-1.5b.safetensors --first-layer 12 \\
      --passes 1 --consultation more/*.json --out pointer.safetensors
  estoppel train pointer --from one.safetensors other.safetensors --passes 0 --held-out 2 \\
      --consultation new/*.json --out mean.safetensors")]
    Pointer(TrainPointer),
    /// Train the writer: how the model writes, behind a question, what answers it
    #[command(after_help = "\
Learns from the questions that tell their `working` (tests/consultations/README.md), from those
that one value answers as it was told, and from those that nothing answers, behind the pointer,
which stays as it is. Runs on the processor, with the weights of the model as they are; the same
seed and files give the same writer. Each consultation is read once, as for `train
pointer`, and each question takes most of a second a pass; 9 GB of memory are needed.
With --held-out N one consultation in N is left out, and measured at the end. Beside the writer
it writes a report (.report.json). A writer is for models of the shape of --model, and is used
once it stands in agent/weights and the program is built again. Ctrl-C keeps what was learnt so
far, and --from goes on from it.

Example:
  estoppel train writer --consultation talks/*.json --held-out 5 --out writer.safetensors")]
    Writer(TrainWriter),
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
    /// What the untrained ranking counts beside the network [default: as training leaves it]
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) hybrid: Option<f32>,
    /// Hold out one conversation in N, to know when to stop; 0 for none
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) held_out: usize,
}

#[derive(Debug, Args)]
pub(crate) struct TrainLessons {
    /// Consultation files
    #[arg(long, num_args = 1.., required = true, value_name = "FILE")]
    pub(crate) consultation: Vec<PathBuf>,
    /// Look with this pointer [default: the one that comes with the program]
    #[arg(long, value_name = "FILE")]
    pub(crate) pointer: Option<PathBuf>,
    /// Keep what the model read in this folder, so that a second run starts at once
    /// [default: a folder that is removed at the end]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cache: Option<PathBuf>,
    /// Where the lessons go; what it holds of a consultation is not made again
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TrainReader {
    /// Files of lessons
    #[arg(long, num_args = 1.., required = true, value_name = "FILE")]
    pub(crate) lessons: Vec<PathBuf>,
    /// Learn without what the model attends to, for models that no pointer is for
    #[arg(long)]
    pub(crate) blind: bool,
    /// Where the weights go
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TrainPointer {
    #[command(flatten)]
    pub(crate) teaching: Teaching,
    /// Go on from this pointer, or from the mean of several that went on from the same one
    /// [default: one that was taught nothing]
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) from: Vec<PathBuf>,
    /// Learn in the layers from this one on alone, and leave all before it as --from has it: less
    /// time and memory
    #[arg(long, default_value_t = 0, requires = "from", value_name = "LAYER")]
    pub(crate) first_layer: usize,
    /// How often every consultation is gone through
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub(crate) passes: usize,
}

#[derive(Debug, Args)]
pub(crate) struct TrainWriter {
    #[command(flatten)]
    pub(crate) teaching: Teaching,
    /// Write behind this pointer [default: the one that comes with the program]
    #[arg(long, value_name = "FILE")]
    pub(crate) pointer: Option<PathBuf>,
    /// Go on from this writer [default: one that was taught nothing]
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Learn in the layers from this one on alone
    #[arg(long, default_value_t = 12, value_name = "LAYER")]
    pub(crate) first_layer: usize,
    /// How often every consultation is gone through
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub(crate) passes: usize,
}

/// What is taught through the layers of the language model.
#[derive(Debug, Args)]
pub(crate) struct Teaching {
    /// Consultation files
    #[arg(long, num_args = 1.., required = true, value_name = "FILE")]
    pub(crate) consultation: Vec<PathBuf>,
    /// Where what was learnt goes
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// How fast it learns at first
    #[arg(long, default_value_t = 0.001, value_name = "RATE")]
    pub(crate) rate: f64,
    /// Hold out one consultation in N and measure on it; 0 for none
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) held_out: usize,
    /// Decides everything that is random
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// Keep what the model read in this folder, so that a second run starts at once
    /// [default: a folder that is removed at the end]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cache: Option<PathBuf>,
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
    /// What the untrained ranking counts beside the network [default: as training leaves it]
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) hybrid: Option<f32>,
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
