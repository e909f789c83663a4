//! `estoppel memory`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

const MARK_HELP: &str = "\
A turn marked right is found sooner, one marked wrong later, for this question and those
near it in meaning, by two standard deviations of the scores at most; other questions are
answered as before. The mark is kept with the matter, exported and imported with it, and
forgotten with its turn.

Examples:
  estoppel memory mark --matter hale 13 right --question 'What are the unpaid wages?'
  estoppel memory mark --matter hale 13 none --question 'What are the unpaid wages?'";

const GRAPH_HELP: &str = "\
SVG needs no other program; it is made for the screen, light or dark, and for paper. DOT
is for Graphviz. Both leave out edges that only say that turns are alike, and show the two
turns that a turn attends to most; JSON holds all:
`nodes` with id, kind (turn, fact, party, authority), turn, label and text, `edges` with
from, to, kind, turn and weight, and `attention` with turn, to and weight, the share of
what a turn gathers in the graph attention network.

Examples:
  estoppel memory graph --matter hale --out hale.svg
  estoppel memory graph --matter hale --question 'What is owed?' --out owed.svg
  estoppel memory graph --matter hale --out hale.dot && dot -Tpdf hale.dot -o hale.pdf";

/// What one can say of a citation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Said {
    /// It answers the question
    Right,
    /// It does not
    Wrong,
    /// Nothing any more
    None,
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
    /// Say whether a turn is right for a question, or take that back
    #[command(after_help = MARK_HELP)]
    Mark {
        /// The turn's number
        turn: u32,
        /// What to say of it
        verdict: Said,
        /// The question that it was cited for
        #[arg(long)]
        question: String,
    },
    /// The marks in force
    Marks,
    /// Draw the graph of a matter, or the turns around an answer
    #[command(after_help = GRAPH_HELP)]
    Graph {
        /// Where to; the name ends in .svg, .dot or .json
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Draw the turns that bear on this, and what they attend to
        #[arg(long, value_name = "TEXT")]
        question: Option<String>,
        /// How many turns, with --question
        #[arg(long, short = 'n', default_value_t = 12, requires = "question")]
        limit: usize,
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
