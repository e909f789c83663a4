//! What the answers of a matter rest on, kept beside its journal.
//!
//! One JSON line an answer, `{"v":1,"turn":14,"sentences":[…]}`. It holds numbers alone:
//! turns, and places in their texts. A turn that is forgotten leaves no word here, and
//! its places point at nothing.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::ops::Range;

use estoppel_memory::{Matter, TurnId};
use serde::{Deserialize, Serialize};

use crate::cite::{Attribution, Citation, Standing};

/// The sentences of an answer, in bytes of its text, each with what it rests on.
pub type Sentences = Vec<(Range<usize>, Attribution)>;

const FILE: &str = "citations.jsonl";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Line {
    v: u32,
    turn: TurnId,
    sentences: Vec<Sentence>,
}

#[derive(Serialize, Deserialize)]
struct Sentence {
    at: Range<usize>,
    citations: Vec<Place>,
    /// Values without a source, in bytes of the answer.
    unsupported: Vec<Range<usize>>,
}

/// A citation: the quote is a place in the cited turn.
#[derive(Serialize, Deserialize)]
struct Place {
    turn: TurnId,
    superseded: bool,
    quote: Range<usize>,
    attention: f32,
}

/// Writes down what an answer rests on. The answer itself is safe in the journal: where
/// this cannot be written, only the marks are missing when the matter is opened again.
pub(crate) fn keep(matter: &Matter, turn: TurnId, sentences: &Sentences) {
    let (Some(folder), Some(answer)) = (matter.folder(), matter.turn(turn)) else {
        return;
    };
    let line = Line {
        v: VERSION,
        turn,
        sentences: sentences
            .iter()
            .map(|(at, attribution)| placed(matter, &answer.text, at, attribution))
            .collect(),
    };
    let mut text = serde_json::to_string(&line).expect("numbers are plain data");
    text.push('\n');
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join(FILE));
    let _ = file.and_then(|mut file| file.write_all(text.as_bytes()));
}

fn placed(matter: &Matter, answer: &str, at: &Range<usize>, rests: &Attribution) -> Sentence {
    let citation = |citation: &Citation| {
        let text = &matter.turn(citation.turn)?.text;
        Some(Place {
            turn: citation.turn,
            superseded: citation.standing == Standing::Superseded,
            quote: place(text, 0, &citation.quote)?,
            attention: citation.attention,
        })
    };
    let sentence = answer.get(at.clone()).unwrap_or_default();
    let value = |value: &String| place(sentence, at.start, value);
    Sentence {
        at: at.clone(),
        citations: rests.citations.iter().filter_map(citation).collect(),
        unsupported: rests.unsupported.iter().filter_map(value).collect(),
    }
}

fn place(text: &str, start: usize, part: &str) -> Option<Range<usize>> {
    let at = start + text.find(part)?;
    Some(at..at + part.len())
}

/// What the answers of a matter rest on, as far as it is known: answers of which nothing
/// was kept, as those of an imported matter, are left out, and so is what was forgotten.
pub fn cited_answers(matter: &Matter) -> BTreeMap<TurnId, Sentences> {
    let kept = matter
        .folder()
        .map(|folder| std::fs::read_to_string(folder.join(FILE)));
    let Some(Ok(kept)) = kept else {
        return BTreeMap::new();
    };
    // A line that was torn by a crash tells nothing.
    let lines = kept
        .lines()
        .filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let known = lines.filter(|line| line.v == VERSION);
    let answers = known.filter_map(|line| {
        let answer = matter.turn(line.turn).filter(|turn| !turn.is_forgotten())?;
        let sentences = line.sentences.into_iter();
        let read = sentences.map(|sentence| found(matter, &answer.text, sentence));
        Some((line.turn, read.collect()))
    });
    answers.collect()
}

fn found(matter: &Matter, answer: &str, sentence: Sentence) -> (Range<usize>, Attribution) {
    let citation = |place: Place| {
        let quote = matter.turn(place.turn)?.text.get(place.quote)?.to_owned();
        Some(Citation {
            turn: place.turn,
            standing: if place.superseded {
                Standing::Superseded
            } else {
                Standing::Current
            },
            quote,
            attention: place.attention,
        })
    };
    let value = |at: Range<usize>| answer.get(at).map(str::to_owned);
    let attribution = Attribution {
        citations: sentence
            .citations
            .into_iter()
            .filter_map(citation)
            .collect(),
        unsupported: sentence.unsupported.into_iter().filter_map(value).collect(),
    };
    (sentence.at, attribution)
}

#[cfg(test)]
mod tests {
    use estoppel_memory::{MatterOptions, NewTurn, Role};
    use jiff::civil::date;

    use super::*;

    const SAID: &str = "Hello. I paid a deposit of £1,250.";
    const ANSWER: &str = "You paid £1,250 in 3 parts.";

    fn matter(folder: &std::path::Path) -> Matter {
        Matter::open(folder, &MatterOptions::new()).unwrap()
    }

    fn rests() -> Attribution {
        Attribution {
            citations: vec![Citation {
                turn: TurnId(1),
                standing: Standing::Superseded,
                quote: "I paid a deposit of £1,250.".into(),
                attention: 0.5,
            }],
            unsupported: vec!["3 parts".into()],
        }
    }

    #[test]
    fn citations_are_there_when_the_matter_is_opened_again_and_hold_no_words() {
        let home = tempfile::tempdir().unwrap();
        let at = date(2025, 3, 4).at(9, 0, 0, 0);
        let sentences = vec![(0..ANSWER.len(), rests())];
        let mut open = matter(home.path());
        open.remember(NewTurn::new(Role::Client, at, SAID), None)
            .unwrap();
        open.remember(NewTurn::new(Role::Counsel, at, ANSWER), None)
            .unwrap();
        keep(&open, TurnId(2), &sentences);
        drop(open);
        let file = home.path().join(FILE);
        let kept = std::fs::read_to_string(&file).unwrap();
        assert!(
            !kept.contains("deposit") && !kept.contains("parts"),
            "{kept}"
        );
        std::fs::write(&file, kept + "{\"v\":1,\"turn\":2,\"sent").unwrap();

        let mut open = matter(home.path());
        let answers = cited_answers(&open);
        assert_eq!(answers[&TurnId(2)], sentences);
        open.forget(TurnId(1)).unwrap();
        let left = &cited_answers(&open)[&TurnId(2)][0].1;
        assert!(left.citations.is_empty() && left.unsupported == ["3 parts"]);
        open.forget(TurnId(2)).unwrap();
        assert!(cited_answers(&open).is_empty());
    }

    #[test]
    fn a_matter_in_memory_keeps_none() {
        let matter = Matter::in_memory();
        keep(&matter, TurnId(1), &Vec::new());
        assert!(cited_answers(&matter).is_empty());
    }
}
