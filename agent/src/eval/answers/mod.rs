//! Plays consultation files and scores the answers to their probes.
//!
//! Three figures, none of which needs a judge:
//!
//! - **History-reference accuracy** (`reference_accuracy`): the share of probes
//!   whose answer cites every evidence turn, no superseded turn as current, and
//!   at most one turn too many. An `abstain` probe is right when nothing is
//!   cited and the answer says that the record does not say.
//! - **Value accuracy** (`value_accuracy`): the answer holds an accepted form,
//!   and no rejected one except where its clause says that it is the earlier,
//!   corrected or conflicting value. A `contradiction` probe needs both values
//!   and that they conflict.
//! - **History-citation accuracy** (`hca`): both are right.
//!
//! `citation_precision` is the share of cited turns that are evidence,
//! `citation_recall` the share of evidence turns that are cited, both over all
//! probes together; `abstain_accuracy` is the reference accuracy of `abstain`
//! probes. [`compare`] sets two runs beside each other, [`Systems`] every system of one
//! run; [`report()`] makes a page of it. [`Results`] is a file that a run adds to, so that it can
//! be taken up where it ended.

mod compare;
mod play;
mod report;
mod respondent;
mod results;
mod score;
mod summary;
mod systems;
#[cfg(test)]
mod testing;
mod value;

pub use compare::{Comparison, Difference, compare};
pub use play::{PlayError, Played, play};
pub use report::report;
pub use respondent::{Events, Respondent, System};
pub use results::{Results, ResultsError, read_results};
pub(crate) use score::citations_right;
pub use score::{ProbeResult, score};
pub use summary::{Figures, Spread, Summary};
pub use systems::Systems;
pub use value::value_right;
