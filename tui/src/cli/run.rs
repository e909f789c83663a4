//! `estoppel run`.

use std::path::PathBuf;

use clap::Args;

pub(super) const RUN_HELP: &str = "\
Turns are remembered as they are, in the matter `run-ID` of the data directory
(replaced at the next run of the same file). Each probe is asked after the turn
that it names and leaves no trace. With --json a `probe` line each, then one
`summary` line.

A run that ends early goes on with --out FILE --resume: what the file holds is not
asked again, a last line that was torn is, and the figures are those of all that the
file then holds.

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
  estoppel run --json --require reference_accuracy=0.9 FILE > results.jsonl
  estoppel run --summary --require hca=0.5 FILE…
  estoppel run --out results.jsonl --resume FILE…";

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Consultation files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Exit with 1 if a figure is lower, such as reference_accuracy=0.9
    #[arg(long, value_name = "FIGURE=VALUE", value_parser = parse_requirement)]
    pub(crate) require: Vec<Requirement>,
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// With --json, also a `remembered` line for each turn once it is durable
    #[arg(long, requires = "json")]
    pub(crate) events: bool,
}

/// What is kept and told of the answers to consultation files.
#[derive(Debug, Args)]
pub(crate) struct Kept {
    /// Write each scored probe to this file as soon as it is known
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the --out file of an earlier run: no probe that it holds is asked again
    #[arg(long, requires = "out")]
    pub(crate) resume: bool,
    /// Write a page of HTML with the figures, plots and every wrong probe in full
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Print the figures alone, without the probes and their answers
    #[arg(long)]
    pub(crate) summary: bool,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_name_a_figure_and_a_share() {
        assert!(parse_requirement("hca=0.75").is_ok());
        for wrong in ["hca", "beauty=0.5", "hca=x", "hca=75"] {
            assert!(parse_requirement(wrong).is_err(), "{wrong}");
        }
    }
}
