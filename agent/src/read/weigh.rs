//! What tells how near a sentence is to a question, and which of the values told answers
//! it; and what each of that counts.
//!
//! The weights are learnt from labelled consultations (`estoppel train reader`): of the
//! sentences before the reader, those of the turns that answer are made likely, all others
//! unlikely; and so are the values. `weights/README.md` says what they were learnt from.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// What is known of a sentence beside a question, by [`NAMES`].
pub(crate) type Features = [f32; NAMES.len()];

/// The features of a sentence, in order.
pub(crate) const NAMES: [&str; 27] = [
    // The share of the question's words, by rarity, that the sentence holds; it and those
    // beside it; its turn.
    "words",
    "words_beside",
    "words_of_turn",
    // Standard scores of nearness in meaning by one vector each, and by one a token.
    "meaning",
    "tokens",
    // 1 for the turn that retrieval put first, less for later ones.
    "place",
    // Whether it is the words of whom the question asks about; of the client.
    "speaker",
    "client",
    // Whether it is a question.
    "asks",
    // Whether the question names somebody of whom its turn does not speak.
    "stranger",
    // Whether it states a value of the kind that is asked for; one that holds.
    "right_kind",
    "right_holds",
    // Whether a value of it corrects an earlier one; whether one is outdated.
    "corrects",
    "outdated",
    // Whether its turn corrects an earlier one, and whether a later one corrects it.
    "turn_corrects",
    "turn_corrected",
    // Whether it names a party.
    "names",
    // How long it is, and how late among the turns that were found.
    "length",
    "late",
    // Whether its wording takes something back or tells of a change; the same where the
    // question asks for what holds in the end, and then how late it is.
    "amends",
    "amends_in_the_end",
    "late_in_the_end",
    // What the model attends to in it from the mean token of the question, and from the
    // token that attends to it most; each beside the most that any sentence gets.
    "attention",
    "attention_peak",
    // The same of its turn, and of the sentences before and after it.
    "attention_of_turn",
    "attention_before",
    "attention_after",
];

/// What is known of a value beside a question, by [`VALUE_NAMES`].
pub(crate) type ValueFeatures = [f32; VALUE_NAMES.len()];

/// The features of a value of the kind that is asked for, in order. How likely a sentence or
/// turn is to answer is told as a logarithm, beside the likeliest.
pub(crate) const VALUE_NAMES: [&str; 30] = [
    // How likely its sentence is; its turn among all turns; the likeliest sentence of its
    // turn; the one before it, if that states nothing.
    "sentence",
    "turn",
    "best_of_turn",
    "before",
    // Whether its turn is the likeliest, and how it stands among them.
    "first_turn",
    "place_of_turn",
    // Whether it holds; whether it corrects another; how likely the turn of that is.
    "holds",
    "corrects",
    "corrected",
    // Whether its clause corrects, or tells of a change.
    "correction",
    "change",
    // The share of the question's words right beside it; whether the question names its
    // property; whether it is a day told by its number alone.
    "beside",
    "property",
    "vague",
    // Whether it is the client's; whether its sentence asks, or amends; the latter where the
    // question asks for what holds in the end.
    "client",
    "asks",
    "amends",
    "amends_in_the_end",
    // How late it was told, and the same where the question asks for what holds in the end.
    "late",
    "late_in_the_end",
    // Whether a likely turn tells another value later; or earlier.
    "later",
    "earlier",
    // How many of the kind its sentence tells, and which of them it is.
    "many",
    "order",
    // In how many other turns it is told; whether it shares a word with the question;
    // whether it was reckoned from the day of its turn.
    "repeated",
    "unit",
    "inferred",
    // What the model attends to in it from the mean token of the question, and from the
    // token that attends to it most, beside the most that any value gets; whether that is it.
    "attention",
    "attention_peak",
    "attention_most",
];

/// What each feature counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Weights {
    pub(crate) sentences: BySight,
    pub(crate) values: BySight,
}

/// Weights for features with and without the model's attention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BySight {
    looking: Counts,
    blind: Counts,
}

/// Weights by feature, and what is added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: f32,
    /// What a score is multiplied with to be a logit.
    pub(crate) sharpness: f32,
}

/// Takes out of the features of a sentence or a value, which `names` are of, what a model
/// attends to; that stands last.
pub(crate) fn without_attention(features: &mut [f32], names: &[&str]) {
    let first = names.iter().position(|name| name.starts_with("attention"));
    features[first.unwrap_or(names.len())..].fill(0.0);
}

impl Weights {
    /// The weights that come with the program.
    pub(crate) fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Weights> = LazyLock::new(|| {
            let json = include_str!("../../weights/reader.json");
            serde_json::from_str(json).expect("the weights that come with the program are read")
        });
        &SHIPPED
    }
}

impl BySight {
    pub(crate) fn new(looking: Counts, blind: Counts) -> Self {
        Self { looking, blind }
    }

    /// Those for features with or without attention.
    pub(crate) fn counts(&self, looking: bool) -> &Counts {
        if looking { &self.looking } else { &self.blind }
    }
}

/// Mean and deviation of the scores of the sentences before a reader: what the margins of
/// this module's neighbours are measured against.
const MEAN: f64 = 1.0;
const DEVIATION: f64 = 0.55;

impl Counts {
    /// Counts for logits of `weights`, which are `centre` in the mean and deviate by
    /// `spread`.
    pub(crate) fn scaled(weights: &[f64], centre: f64, spread: f64) -> Self {
        let scale = DEVIATION / spread;
        Self {
            weights: weights.iter().map(|w| (w * scale) as f32).collect(),
            bias: (MEAN - centre * scale) as f32,
            sharpness: (1.0 / scale) as f32,
        }
    }

    /// How near a sentence or a value is.
    pub(crate) fn score(&self, features: &[f32]) -> f32 {
        let counted = self.weights.iter().zip(features).map(|(w, f)| w * f);
        self.bias + counted.sum::<f32>()
    }

    /// The logarithms of how likely each is, beside the likeliest.
    pub(crate) fn beside_likeliest(&self, scores: &[f32]) -> Vec<f32> {
        let most = scores.iter().copied().fold(f32::MIN, f32::max);
        scores
            .iter()
            .map(|score| self.sharpness * (score - most))
            .collect()
    }
}
