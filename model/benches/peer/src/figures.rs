//! What is compared.

use estoppel_model::ModelSpec;
use estoppel_model::bench::AttentionMode::{self, Dense, Sparse};
use estoppel_model::bench::Work;

use crate::{Cli, Kind};

/// One row of the table for each way in which we attend.
pub struct Figure {
    pub model: &'static str,
    pub work: Work,
    pub attention: Vec<AttentionMode>,
}

/// Tokens that are written in one repetition.
const WRITTEN: usize = 32;

/// From here on a text takes llama.cpp a minute and more.
const LONG: usize = 8192;

const SMALL: &str = "smollm2-135m-instruct";
pub const MIDDLE: &str = "qwen2.5-coder-0.5b-instruct";
const LARGE: &str = "qwen2.5-coder-1.5b-instruct";

/// All figures of these models, this kind and at most this length; those together whose
/// texts are long, so that each engine reads them once. Short contexts are dense in any
/// case.
pub fn figures(models: &[&ModelSpec], cli: &Cli) -> Vec<Vec<Figure>> {
    // Dense alone is what short contexts are in any case.
    let wanted = |all: &[AttentionMode]| match all {
        [Dense] => vec![Dense],
        all => cli.attention(all),
    };
    let prefill = |model, tokens, attention: &[AttentionMode]| Figure {
        model,
        work: Work::Prefill { tokens },
        attention: wanted(attention),
    };
    let decode = |model, depth, attention: &[AttentionMode]| Figure {
        model,
        work: Work::Decode {
            depth,
            tokens: WRITTEN,
        },
        attention: wanted(attention),
    };
    let all = [
        prefill(SMALL, 512, &[Dense]),
        prefill(MIDDLE, 512, &[Dense]),
        prefill(LARGE, 512, &[Dense]),
        decode(SMALL, 0, &[Dense]),
        decode(MIDDLE, 0, &[Dense]),
        decode(LARGE, 0, &[Dense]),
        decode(SMALL, 4096, &[Dense, Sparse]),
        prefill(MIDDLE, 8192, &[Dense, Sparse]),
        decode(MIDDLE, 8192, &[Dense, Sparse]),
        decode(MIDDLE, 24_576, &[Dense, Sparse]),
    ];
    let asked = |figure: &Figure| {
        models.iter().any(|spec| spec.name == figure.model)
            && cli.only.is_none_or(|kind| kind == figure.kind())
            && cli.shortest <= figure.work.length()
            && cli
                .longest
                .is_none_or(|longest| figure.work.length() <= longest)
    };
    let mut groups: Vec<Vec<Figure>> = Vec::new();
    for figure in all.into_iter().filter(asked) {
        let long = |figure: &Figure| figure.work.length() >= LONG;
        match groups.last_mut() {
            Some(group) if long(&figure) && group.iter().all(long) => group.push(figure),
            _ => groups.push(vec![figure]),
        }
    }
    groups
}

impl Figure {
    fn kind(&self) -> Kind {
        match self.work {
            Work::Prefill { .. } => Kind::Prefill,
            Work::Decode { .. } => Kind::Decode,
        }
    }

    /// As the table names it.
    pub fn label(&self) -> String {
        match self.work {
            Work::Prefill { tokens } => format!("prefill of {tokens}"),
            Work::Decode { depth, .. } => format!("decode at depth {depth}"),
        }
    }
}
