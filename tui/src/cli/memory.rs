//! `estoppel memory`.

use std::path::PathBuf;

use clap::Subcommand;

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
