//! What the pointers that come with the program were taught to point at, behind a question.

use std::sync::LazyLock;

use estoppel_model::{PlannedGroup, PlannedOutput, Pointer, PointerPlan, Writer};
use serde::{Deserialize, Serialize};

use super::form::Form;
use super::manner::Manner;

/// What is pointed at: the turns that answer, the turns that would have before something was
/// changed, the words that are the answer or that it is made of.
pub(crate) const AIMS: usize = 3;
pub(crate) const EVIDENCE: usize = 0;
pub(crate) const STALE: usize = 1;
pub(crate) const WORDS: usize = 2;

/// The share of what is pointed at, of each aim.
pub(crate) type Pointed = [f32; AIMS];

/// What a question may be: about a single thing, one that is referred to, one that was changed;
/// something told in two ways, a figure, a time, several things, or what was never said.
const KINDS: usize = 8;
/// How many turns may answer it: from none to four or more.
pub(crate) const COUNTS: usize = 5;
/// The forms that its answer may have, and the manners in which that may come of what was told.
const FORMS: usize = Form::ALL.len();
const MANNERS: usize = Manner::ALL.len();
const CLASSES: usize = KINDS + COUNTS + FORMS + MANNERS;

/// What the pointer takes a question for: how likely it is of each kind, how likely so many
/// turns answer it, and in what form and manner. Nothing is likely where there is no pointer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct QuestionClasses([f32; CLASSES]);

impl QuestionClasses {
    /// By how likely each is, in order.
    pub(crate) fn new(shares: &[f32]) -> Self {
        Self(shares.try_into().unwrap_or_default())
    }

    /// How likely each is.
    pub(crate) fn shares(&self) -> [f32; CLASSES] {
        self.0
    }

    /// The place of the likeliest kind.
    pub(crate) fn likeliest_kind(&self) -> usize {
        likeliest(&self.0[..KINDS])
    }

    /// The likeliest of how many turns answer.
    pub(crate) fn likeliest_count(&self) -> usize {
        likeliest(&self.0[KINDS..][..COUNTS])
    }

    /// The place of the likeliest form.
    pub(crate) fn likeliest_form(&self) -> usize {
        likeliest(&self.0[KINDS + COUNTS..][..FORMS])
    }

    /// The place of the likeliest manner.
    pub(crate) fn likeliest_manner(&self) -> usize {
        likeliest(&self.0[CLASSES - MANNERS..])
    }

    /// How likely so many turns answer.
    pub(crate) fn count(&self, turns: usize) -> f32 {
        self.0[KINDS + turns.min(COUNTS - 1)]
    }
}

fn likeliest(shares: &[f32]) -> usize {
    let places = 0..shares.len();
    places
        .max_by(|a, b| shares[*a].total_cmp(&shares[*b]))
        .unwrap_or_default()
}

/// How the pointers that come with the program were planned, for a language model of so many
/// layers, to be learnt in from the layer `first` on. The last layers, which turn to the next token,
/// are not run; the upper half of the others points.
pub(crate) fn plan(layers: usize, first: usize, seed: u64) -> PointerPlan {
    let group = |classes, weight| PlannedGroup { classes, weight };
    PointerPlan {
        beginnings: [
            "In the client's own words: \"",
            " This was corrected: \"",
            "The answer is",
        ]
        .map(str::to_owned)
        .to_vec(),
        outputs: [1.0, 0.5, 0.5].map(PlannedOutput::new).to_vec(),
        groups: vec![
            group(KINDS, 0.5),
            group(COUNTS, 0.25),
            group(FORMS, 0.25),
            group(MANNERS, 0.25),
        ],
        layers: layers * 6 / 7,
        first,
        mixed: layers / 2..layers * 6 / 7,
        rank: 8,
        seed,
    }
}

/// The pointers that come with the program, each for models of one shape; that of the default language
/// model first.
pub(crate) fn pointers() -> &'static [Pointer] {
    static SHIPPED: LazyLock<[Pointer; 2]> = LazyLock::new(|| {
        let weights: [&[u8]; 2] = [
            include_bytes!("../../weights/qwen2.5-coder-1.5b.safetensors"),
            include_bytes!("../../weights/qwen2.5-coder-0.5b.safetensors"),
        ];
        weights.map(|weights| {
            Pointer::read(weights).expect("the pointers that come with the program are read")
        })
    });
    &*SHIPPED
}

/// The writers that come with the program, each for models of one shape and the pointer for it.
pub(crate) fn writers() -> &'static [Writer] {
    static SHIPPED: LazyLock<[Writer; 1]> = LazyLock::new(|| {
        let weights = include_bytes!("../../weights/qwen2.5-coder-1.5b.writer.safetensors");
        [Writer::read(weights).expect("the writer that comes with the program is read")]
    });
    &*SHIPPED
}

/// A share on a scale of nats: 1 for all, 0 for a thousandth or less.
pub(crate) fn in_nats(share: f32) -> f32 {
    const LEAST: f32 = 1e-3;
    1.0 - share.max(LEAST).ln() / LEAST.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pointers_that_come_with_the_program_are_whole() {
        // It would panic.
        pointers();
    }

    #[test]
    fn shares_are_told_in_nats() {
        assert_eq!([in_nats(1.0), in_nats(0.0)], [1.0, 0.0]);
        assert!((in_nats(0.1) - 2.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn what_no_pointer_tells_is_not_likely() {
        assert_eq!(QuestionClasses::new(&[]), QuestionClasses::default());
        let mut shares = [0.0; CLASSES];
        shares[KINDS + 4] = 0.5;
        assert_eq!(QuestionClasses::new(&shares).count(7), 0.5);
        assert_eq!(QuestionClasses::new(&shares).count(3), 0.0);
    }
}
