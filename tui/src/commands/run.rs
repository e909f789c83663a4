//! `estoppel run`: consultation files played and scored.

use estoppel::eval::answers::{ProbeResult, Summary, System};

use super::consult::Consulting;
use crate::Outcome;
use crate::cli::{Global, Requirement, Run};
use crate::output::Output;
use crate::render::Table;

pub(crate) fn run(global: &Global, output: Output, args: &Run) -> anyhow::Result<Outcome> {
    let consulting = Consulting {
        global,
        output,
        files: &args.files,
        systems: &[System::Estoppel],
        kept: &args.kept,
        events: args.events,
    };
    let mut results = consulting.run()?;
    results.retain(|result: &ProbeResult| result.system == System::Estoppel);
    let summary = Summary::of(&results);
    if output.json {
        output.line("summary", &summary)?;
    } else {
        output.text(Table(&summary))?;
    }
    Ok(judge(&summary, &args.require, output))
}

fn judge(summary: &Summary, requirements: &[Requirement], output: Output) -> Outcome {
    let mut outcome = Outcome::Done;
    for Requirement { figure, least } in requirements {
        match summary.figure(figure) {
            Some(value) if value >= *least => {}
            Some(value) => {
                output.note(format_args!("{figure} is {value}, required is {least}"));
                outcome = Outcome::BelowRequired;
            }
            None => {
                output.note(format_args!(
                    "{figure} was required, but no probe measures it"
                ));
                outcome = Outcome::BelowRequired;
            }
        }
    }
    outcome
}
