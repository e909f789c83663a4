//! Our own consultation files as a labelled set.

use std::path::Path;

use estoppel_memory::TurnId;

use super::{Asked, Dataset, EvalError, Memory};
use crate::consultation::{Consultation, Probe};

/// One memory; probes that must be declined carry no evidence and are passed over.
pub(super) fn read(file: &Path) -> Result<Dataset, EvalError> {
    let consultation = Consultation::read(file)?;
    let mut questions: Vec<Asked> = consultation
        .probes
        .iter()
        .filter(|probe| !probe.evidence.is_empty())
        .map(asked)
        .collect();
    questions.sort_by_key(|asked| asked.after);
    let memory = Memory {
        turns: consultation
            .turns
            .iter()
            .map(|turn| turn.to_new())
            .collect(),
        name: consultation.id,
        questions,
    };
    Ok(Dataset {
        memories: vec![memory],
        skipped: Vec::new(),
    })
}

fn asked(probe: &Probe) -> Asked {
    Asked {
        text: probe.question.clone(),
        kind: probe.kind.to_string(),
        evidence: probe.evidence.iter().copied().map(TurnId).collect(),
        outdated: probe.superseded.iter().copied().map(TurnId).collect(),
        after: TurnId(probe.after),
    }
}
