//! Extraction measured against turns that were labelled by hand.
//!
//! A labelled file holds short dialogues. Every turn names the values, parties
//! and authorities that it mentions, what each value is stated of, and which
//! earlier statements it replaces or contradicts. [`run`] reads the turns into a
//! graph as a matter would, and [`Report`] tells precision, recall and F1 of
//! each kind, by language and by split.
//!
//! What counts as found:
//! - a value, authority or party: at that place, with that meaning;
//! - a party, moreover: under a node that stands for it and for nobody else;
//! - a fact: its value, with one of the labelled attributes and subjects;
//! - superseding and contradiction: between just those turns, and for
//!   superseding just those values.
//!
//! Labels without a meaning are not judged; counts of things never are.

mod compare;
mod error;
mod labels;
mod parties;
mod report;
mod score;

use std::path::Path;

pub use error::ExtractionEvalError;
pub use report::{Group, Miss, Report};
pub use score::{Kind, Score};

use labels::Labelled;

/// Reads labelled files and measures extraction and graph on them.
///
/// # Errors
///
/// A file that cannot be read, is not of the format, or labels what its text
/// doesn't hold.
pub fn run(files: &[impl AsRef<Path>]) -> Result<Report, ExtractionEvalError> {
    let mut report = Report::default();
    for file in files {
        let labelled = Labelled::read(file.as_ref())?;
        for dialogue in &labelled.dialogues {
            report.add(&labelled.lang, dialogue, compare::compare(dialogue));
        }
    }
    Ok(report)
}
