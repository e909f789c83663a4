//! Whether single facts are found in a long consultation, by dense and by sparse
//! attention.

use std::ops::ControlFlow;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use super::text::sample_text;
use super::{AttentionMode, MeasureError, StoredError, Watch};
use crate::attention::Attention;
use crate::generate::{GenerateOptions, Generator, Message, Prompt, Speaker, Step};
use crate::local::{LocalModel, OpenOptions};

/// Tokens of a message, about.
const MESSAGE: usize = 64;
/// Tokens that an answer may have: enough for a sentence around the value.
const ANSWER: usize = 40;
/// What the model is told before the talk.
const SYSTEM: &str = "You answer questions about what the client told you. \
                      Give the exact value, in one short sentence.";

const PLACES: [&str; 10] = [
    "Quayside Court",
    "Larkspur Lane",
    "Harbour Terrace",
    "Dunmore Mews",
    "Elm Hollow",
    "Station Parade",
    "Bishop's Row",
    "Otterburn Close",
    "Vicarage Hill",
    "Copper Wharf",
];
const PEOPLE: [&str; 10] = [
    "Ines Albright",
    "Tobias Renner",
    "Maud Okafor",
    "Cyril Penhaligon",
    "Greta Lindqvist",
    "Rufus Abernathy",
    "Salma Haddad",
    "Edwin Throssell",
    "Petra Novak",
    "Desmond Achebe",
];
const SUBJECTS: [&str; 10] = [
    "fishing rights",
    "party walls",
    "lost luggage",
    "guard dogs",
    "church bells",
    "orchard fruit",
    "mooring fees",
    "street musicians",
    "beehives",
    "chimney fires",
];
const MONTHS: [&str; 4] = ["June", "August", "October", "March"];

/// What kind of value is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// A sum of money.
    Sum,
    /// A day.
    Date,
    /// The number of an article.
    Article,
}

/// A fact that is said once.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fact {
    kind: FactKind,
    /// Tenths of the talk before it.
    depth: usize,
    said: String,
    question: String,
    value: String,
}

/// One question and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// What kind of value it asks for.
    pub kind: FactKind,
    /// Tenths of the talk that stand before the fact, 0 to 9, and half a tenth.
    pub depth: usize,
    /// The question.
    pub question: String,
    /// The value that a right answer holds.
    pub value: String,
    /// The answer.
    pub answer: String,
    /// Whether it holds the value.
    pub right: bool,
}

/// All questions, answered with one kind of attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Needles {
    /// How the model attended, while it read and while it answered.
    pub attention: AttentionMode,
    /// Tokens of the talk.
    pub history: usize,
    /// Each question.
    pub asked: Vec<Asked>,
}

impl Needles {
    /// How many answers hold the value.
    pub fn right(&self) -> usize {
        self.asked.iter().filter(|asked| asked.right).count()
    }
}

/// Reads invented talk of about `history` tokens in which thirty facts are said once
/// each, sums, dates and article numbers at ten depths, and asks for each of them.
/// Whoever watches is told how many tokens were read or written.
pub fn needles(
    model: &Path,
    options: OpenOptions,
    attention: AttentionMode,
    history: usize,
    watch: &mut Watch<'_>,
) -> Result<Needles, StoredError> {
    let options = OpenOptions {
        attention: match attention {
            AttentionMode::Dense => Attention::Dense,
            AttentionMode::Sparse => Attention::default(),
        },
        ..options
    };
    let mut model = LocalModel::open(model, options)?;
    let facts = facts();
    let mut prompt = Prompt {
        history: talk(&model, history, &facts),
        ..Prompt::default()
    };
    let parts = prompt.history.iter().flat_map(|message| &message.parts);
    let history = parts.map(|part| model.count_tokens(&part.text)).sum();
    let mut asked = Vec::new();
    for fact in facts {
        prompt.messages = vec![Message::new(Speaker::User, fact.question.clone())];
        let answer = answer(&mut model, &prompt, watch)?;
        asked.push(Asked {
            kind: fact.kind,
            depth: fact.depth,
            question: fact.question,
            right: holds(&answer, &fact.value),
            value: fact.value,
            answer,
        });
    }
    Ok(Needles {
        attention,
        history,
        asked,
    })
}

/// Three facts a depth; their values are not in the talk around them.
fn facts() -> Vec<Fact> {
    let mut random = StdRng::seed_from_u64(7);
    let mut facts = Vec::new();
    for depth in 0..10 {
        let (place, person, subject) = (PLACES[depth], PEOPLE[depth], SUBJECTS[depth]);
        // The talk around has no sums of five digits.
        let (thousands, rest) = (random.random_range(11..90), random.random_range(100..1000));
        let sum = format!("£{thousands},{rest}");
        facts.push(Fact {
            kind: FactKind::Sum,
            depth,
            said: format!("The deposit for the flat at {place} was {sum}. "),
            question: format!("How much was the deposit for the flat at {place}?"),
            value: sum,
        });
        // Nor a year.
        let month = MONTHS[random.random_range(0..MONTHS.len())];
        let (day, year) = (random.random_range(1..28), random.random_range(1990..2020));
        let date = format!("{day} {month} {year}");
        facts.push(Fact {
            kind: FactKind::Date,
            depth,
            said: format!("{person} was born on {date}. "),
            question: format!("On which date was {person} born?"),
            value: date,
        });
        let article = random.random_range(200..1000).to_string();
        facts.push(Fact {
            kind: FactKind::Article,
            depth,
            said: format!("The rule on {subject} stands in Article {article} of the code. "),
            question: format!("In which article of the code does the rule on {subject} stand?"),
            value: article,
        });
    }
    facts
}

/// The talk in messages, each fact in the middle of its tenth.
fn talk(model: &LocalModel, tokens: usize, facts: &[Fact]) -> Vec<Message> {
    let count = |text: &str| model.count_tokens(text);
    let filler = tokens.saturating_sub(facts.iter().map(|fact| count(&fact.said)).sum());
    let text = sample_text(8 * filler);
    let mut messages = vec![Message::new(Speaker::System, SYSTEM)];
    let (mut message, mut size, mut total) = (String::new(), 0, 0);
    let mut waiting = facts.iter().peekable();
    for sentence in text.split_inclusive(". ") {
        if total >= filler {
            break;
        }
        message.push_str(sentence);
        size += count(sentence);
        total += count(sentence);
        let planted = |fact: &&Fact| total * 20 >= (2 * fact.depth + 1) * filler;
        // One fact a message.
        if size >= MESSAGE || total >= filler {
            if let Some(fact) = waiting.next_if(|fact| planted(fact)) {
                message.push_str(&fact.said);
            }
            let said = std::mem::take(&mut message);
            messages.push(Message::new(Speaker::User, said));
            size = 0;
        }
    }
    let rest = waiting.map(|fact| Message::new(Speaker::User, fact.said.clone()));
    messages.extend(rest);
    messages
}

/// Whether an answer holds a value, however it is spaced and pointed.
fn holds(answer: &str, value: &str) -> bool {
    let plain = |text: &str| -> String {
        let text = text.to_lowercase().replace(['£', '*'], "");
        // "the 5th of June, 1999" and "June 5, 1999" say the same day.
        let mut words: Vec<String> = Vec::new();
        for word in text.split(|c: char| !c.is_alphanumeric() && c != ',' && c != '.') {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let word = word.replace([',', '.'], "");
            let digits = word.trim_end_matches(char::is_alphabetic);
            match digits.is_empty() {
                true => words.push(word),
                false => words.push(digits.to_string()),
            }
        }
        format!(" {} ", words.join(" "))
    };
    let answer = plain(answer);
    let parts = plain(value);
    parts
        .split_whitespace()
        .all(|part| answer.contains(&format!(" {part} ")))
}

fn answer(
    model: &mut LocalModel,
    prompt: &Prompt,
    watch: &mut Watch<'_>,
) -> Result<String, MeasureError> {
    let options = GenerateOptions {
        max_tokens: ANSWER,
        ..GenerateOptions::default()
    };
    let mut generation = model.start(prompt, &options)?;
    let (mut answer, mut before) = (String::new(), 0);
    while let Some(step) = generation.next_step()? {
        let more = match step {
            Step::Prefill { done, .. } => done - std::mem::replace(&mut before, done),
            Step::Text { text, .. } => {
                answer.push_str(&text);
                1
            }
            Step::Done { .. } => 0,
        };
        if watch(more) == ControlFlow::Break(()) {
            return Err(MeasureError::Interrupted);
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use candle_core::quantized::GgmlDType;
    use candle_core::quantized::gguf_file::Value;

    use super::*;
    use crate::testing::TinyModel;

    #[test]
    fn every_value_is_said_once() {
        let facts = facts();
        let talk = sample_text(200_000);
        let values: HashSet<_> = facts.iter().map(|fact| &fact.value).collect();
        assert_eq!((facts.len(), values.len()), (30, 30));
        for fact in &facts {
            // Three digits are part of many sums; no article is mentioned.
            let alone = match fact.kind {
                FactKind::Article => "Article",
                _ => &fact.value,
            };
            assert!(!talk.contains(alone), "{alone}");
            assert!(fact.said.contains(&fact.value));
        }
    }

    #[test]
    fn values_are_recognised_however_they_are_written() {
        for (answer, value) in [
            ("It was £12,345.", "£12,345"),
            ("12345 pounds", "£12,345"),
            ("She was born on June 5th, 1999.", "5 June 1999"),
            ("Article 417, I think", "417"),
        ] {
            assert!(holds(answer, value), "{answer}");
        }
        for (answer, value) in [
            ("It was £12,346.", "£12,345"),
            ("It was £112,345.", "£12,345"),
            ("on 15 June 1999", "5 June 1999"),
            ("Article 4170", "417"),
            ("", "417"),
        ] {
            assert!(!holds(answer, value), "{answer}");
        }
    }

    #[test]
    fn facts_are_planted_in_order_and_everything_is_asked() {
        let mut file = TinyModel::new("qwen2", 64, GgmlDType::Q8_0);
        file.set("qwen2.context_length", Value::U32(16_384));
        let file = file.write();
        let model = LocalModel::open(&file.path, OpenOptions::default()).unwrap();
        let facts = facts();
        let talk = talk(&model, 9_000, &facts);
        let text: String = talk.iter().map(|m| m.parts[0].text.as_str()).collect();
        let places: Vec<_> = facts.iter().map(|f| text.find(&f.said).unwrap()).collect();
        assert!(places.is_sorted());
        for (fact, place) in facts.iter().zip(places) {
            let depth = place as f64 / text.len() as f64;
            let planned = (fact.depth as f64 + 0.5) / 10.0;
            assert!((depth - planned).abs() < 0.1, "{depth} {planned}");
        }
        drop(model);
        let mut tokens = 0;
        let needles = needles(
            &file.path,
            OpenOptions::default(),
            AttentionMode::Sparse,
            3_000,
            &mut |more| {
                tokens += more;
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        assert_eq!(needles.asked.len(), 30);
        assert!(tokens > 3_000 && needles.history >= 2_900);
        // Random weights know nothing.
        assert_eq!(needles.right(), 0);
    }
}
