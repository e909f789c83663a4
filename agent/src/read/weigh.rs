//! What tells how near a sentence is to a question, and which of the values told answers
//! it; and what each of that counts.
//!
//! The weights are learnt from labelled consultations (`estoppel train reader`): of the
//! sentences before the reader, those of the turns that answer are made likely, all others
//! unlikely; and so are the values. `weights/README.md` says what they were learnt from.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::doubt::Doubt;
use super::network::Network;

/// What is known of a sentence beside a question, by [`NAMES`].
pub(crate) type Features = [f32; NAMES.len()];

/// The features of a sentence, in order.
pub(crate) const NAMES: [&str; 32] = [
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
    // What is pointed at as evidence in it and in its turn, and the place of that; what is
    // pointed at as stale in its turn, and as the words of the answer in it.
    "attention_pointing",
    "attention_pointing_turn",
    "attention_place_of_turn",
    "attention_stale_turn",
    "attention_words",
];

/// The place of a feature.
///
/// # Panics
///
/// If none has the name.
pub(crate) fn feature(name: &str) -> usize {
    let place = NAMES.iter().position(|other| *other == name);
    place.expect("there is a feature of that name")
}

/// Places of some of them.
pub(crate) const TURN_CORRECTS: usize = 14;
pub(crate) const LATE: usize = 18;
pub(crate) const AMENDS: usize = 19;

/// Places of those that tell of words and meaning that a sentence shares with the question.
pub(crate) const SHARED: std::ops::Range<usize> = 0..5;

/// What is known of a sentence, with what the question is taken for: its features, then how
/// likely the answer is of the kind of one of its values; whether it amends, how late it is
/// and whether its turn corrects another, each times how likely it is that what holds after
/// all changes is asked for.
pub(crate) type Row = [f32; NAMES.len() + 4];

/// What is known of a value beside a question, by [`VALUE_NAMES`].
pub(crate) type ValueFeatures = [f32; VALUE_NAMES.len()];

/// The features of a value, in order. How likely a sentence or turn is to answer is told as a
/// logarithm, beside the likeliest.
pub(crate) const VALUE_NAMES: [&str; 50] = [
    // How likely its sentence is; its turn among all turns; the likeliest sentence of its
    // turn; the one before it, if that states nothing.
    "sentence",
    "turn",
    "best_of_turn",
    "before",
    // Whether its turn is the likeliest, and how it stands among them.
    "first_turn",
    "place_of_turn",
    // How likely the turn of what it corrects is.
    "corrected",
    // Whether a likely turn tells another of its kind later; or earlier; in how many other
    // turns it is told.
    "later",
    "earlier",
    "repeated",
    // Whether it holds; whether it corrects another.
    "holds",
    "corrects",
    // Whether its clause corrects, or tells of a change.
    "correction",
    "change",
    // The share of the question's words right beside it; whether the question names its
    // property; whether it is a day told by its number alone.
    "beside",
    "property",
    "vague",
    // Whether it is the client's; of whom the question asks about; whether its sentence asks,
    // or amends; the latter where the question asks for what holds in the end.
    "client",
    "speaker",
    "asks",
    "amends",
    "amends_in_the_end",
    // How late it was told, and the same where the question asks for what holds in the end.
    "late",
    "late_in_the_end",
    // How many of its kind its sentence tells, and which of them it is.
    "many",
    "order",
    // Whether it shares a word with the question; whether it was reckoned from the day of its
    // turn; whether it is a number that counts nothing that is named.
    "unit",
    "inferred",
    "plain",
    // Whether the question's wording asks for its kind, and how likely that is; whether it
    // amends and how late it is, times how likely it is that what holds after all changes is
    // asked for; whether it is a day, a length of time or countable, times how likely the
    // question is for what is reckoned from such; what it is.
    "wanted",
    "likely_kind",
    "amends_if_current",
    "late_if_current",
    "date_if_between",
    "date_if_last_day",
    "duration_if_last_day",
    "counted_if_reckoning",
    "date",
    "money",
    "percent",
    "duration",
    "quantity",
    // What the model attends to in it from the mean token of the question, and from the
    // token that attends to it most, beside the most that any value gets; whether that is it.
    "attention",
    "attention_peak",
    "attention_most",
    // What is pointed at in it as evidence, and as the words of the answer, beside the most
    // that any value gets; the latter as it is; in its turn as evidence, and as stale.
    "attention_pointing",
    "attention_words_most",
    "attention_words",
    "attention_pointing_turn",
    "attention_stale_turn",
];

/// The place of the share of the question's words beside a value.
pub(crate) const VALUE_BESIDE: usize = 14;

/// What decides each choice, for features with the attention of a model or without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Weights {
    /// The sentence that answers.
    pub(crate) sentences: Network,
    /// The value that answers.
    pub(crate) values: Network,
    /// The values that an answer is reckoned from.
    pub(crate) operands: Network,
    /// The turns that answer together.
    pub(crate) sets: Network,
    /// What the values come to that answers.
    pub(crate) reckonings: Network,
    /// Whether the record answers.
    pub(crate) doubts: Doubt,
    /// What a question is for.
    pub(crate) purposes: Classes,
    /// The form of its answer.
    pub(crate) forms: Classes,
    /// How its answer comes of what was told.
    pub(crate) manners: Classes,
}

/// Takes out of the features of a sentence or a value, which `names` are of, what a model
/// attends to; that stands last.
pub(crate) fn without_attention(features: &mut [f32], names: &[&str]) {
    let first = names.iter().position(|name| name.starts_with("attention"));
    features[first.unwrap_or(names.len())..].fill(0.0);
}

impl Weights {
    /// Those that come with the program for models that a pointer is for.
    pub(crate) fn looking() -> &'static Self {
        static LOOKING: LazyLock<Weights> =
            LazyLock::new(|| Weights::read(include_str!("../../weights/looking.json")));
        &LOOKING
    }

    /// Those that come with the program for models that do not tell what they attend to.
    pub(crate) fn blind() -> &'static Self {
        static BLIND: LazyLock<Weights> =
            LazyLock::new(|| Weights::read(include_str!("../../weights/blind.json")));
        &BLIND
    }

    fn read(json: &str) -> Self {
        serde_json::from_str(json).expect("the weights that come with the program are read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_names() {
        let named = [TURN_CORRECTS, LATE, AMENDS].map(|at| NAMES[at]);
        assert_eq!(named, ["turn_corrects", "late", "amends"]);
        assert_eq!(NAMES[SHARED.start], "words");
        assert_eq!(NAMES[SHARED.end - 1], "tokens");
        assert_eq!(VALUE_NAMES[VALUE_BESIDE], "beside");
    }
}
