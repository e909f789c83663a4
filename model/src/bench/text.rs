//! Text to measure on, always the same: talk with names, sums and dates, so that
//! neither tokens nor attention are those of one repeated word.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::tokenizer::Tokenizer;

const WHO: [&str; 10] = [
    "My landlord",
    "The insurer",
    "Mrs Harper",
    "The bailiff",
    "My former manager",
    "The garage in Leeds",
    "Owen Price",
    "The tribunal",
    "Counsel for the other side",
    "A neighbour from number twelve",
];
const DID: [&str; 10] = [
    "wrote to me about",
    "refused to return",
    "paid half of",
    "never mentioned",
    "signed a receipt for",
    "asked twice for",
    "disputed",
    "sent an invoice for",
    "promised to settle",
    "lost the papers on",
];
const WHAT: [&str; 10] = [
    "the deposit",
    "the unpaid overtime",
    "the repair of the roof",
    "the van's gearbox",
    "the rent for the spring quarter",
    "the water damage in the kitchen",
    "the notice of termination",
    "the medical report",
    "the second instalment",
    "the costs of the survey",
];
const THEN: [&str; 8] = [
    "and I have the letter here.",
    "although clause 7 says otherwise.",
    "which I only learnt a week later.",
    "so I kept every receipt.",
    "and nobody has answered since.",
    "as the witness will confirm.",
    "but the sum was corrected afterwards.",
    "and the hearing was put off again.",
];
const MONTH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The first `count` tokens of an endless consultation.
pub fn sample_tokens(tokenizer: &Tokenizer, count: usize) -> Vec<u32> {
    let mut random = StdRng::seed_from_u64(1);
    let mut text = String::new();
    let mut tokens = Vec::new();
    // A sentence has more than ten tokens in any vocabulary of words.
    while tokens.len() < count {
        for _ in 0..=count / 10 {
            text.push_str(&sentence(&mut random));
        }
        tokens = tokenizer.encode(&text);
    }
    tokens.truncate(count);
    tokens
}

/// The beginning of the same consultation, whole sentences of at least so many bytes.
pub(super) fn sample_text(bytes: usize) -> String {
    let mut random = StdRng::seed_from_u64(1);
    let mut text = String::new();
    while text.len() < bytes {
        text.push_str(&sentence(&mut random));
    }
    text
}

fn sentence(random: &mut StdRng) -> String {
    let mut pick = |words: &[&'static str]| *words.choose(random).expect("no list is empty");
    let (who, did, what) = (pick(&WHO), pick(&DID), pick(&WHAT));
    let (month, then) = (pick(&MONTH), pick(&THEN));
    let day = random.random_range(1..=28);
    let pounds = random.random_range(100..10_000);
    format!("On {day} {month} {who} {did} {what}, £{pounds}, {then} ")
}
