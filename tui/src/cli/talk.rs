//! Talking and asking.

use clap::Args;

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
