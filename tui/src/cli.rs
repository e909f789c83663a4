//! The command line: what can be asked for, and the help that explains it.

mod bench;
mod eval;
mod memory;
mod model;
mod run;
mod talk;
mod train;

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use bench::{
    Attention, Bench, BenchAttention, BenchGenerate, BenchMemory, BenchNeedle, BenchRoom,
    BenchStored, Precision,
};
pub(crate) use eval::{Compare, Eval, EvalCommand, Generate, SetFormat, Spoken, System, Task};
pub(crate) use memory::{Memory, Said};
pub(crate) use model::Model;
pub(crate) use run::{Kept, Requirement, Run};
pub(crate) use talk::{Ask, Chat};
pub(crate) use train::{
    Labelled, Teaching, Train, TrainAblation, TrainLessons, TrainPointer, TrainReader,
    TrainRetriever, TrainWriter,
};

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
    /// Talk line by line, for screen readers: nothing moves and nothing is redrawn;
    /// `/help` lists the commands
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
    /// Weights that rank turns, from `train retriever` [default: those that come with the
    /// program]
    #[arg(long, global = true, env = "ESTOPPEL_RETRIEVER", value_name = "FILE")]
    pub(crate) retriever: Option<PathBuf>,
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
    #[command(after_help = run::RUN_HELP)]
    Run(Run),
    /// Measure retrieval, extraction, or answers beside other systems; compare runs
    #[command(after_help = eval::EVAL_HELP)]
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
