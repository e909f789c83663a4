use std::sync::{Arc, Mutex};
use std::time::Duration;

use estoppel_memory::Role;
use estoppel_model::{AttentionStats, GenerateError, Generation, Stop};
use jiff::civil::date;

use super::*;
use crate::answering::{Answer, Event};

/// Says the same to every prompt, counts a token a word, and keeps the last prompt.
struct Scripted {
    says: &'static str,
    asked: Arc<Mutex<Prompt>>,
}

struct Saying(std::vec::IntoIter<Step>);

impl Generation for Saying {
    fn next_step(&mut self) -> Result<Option<Step>, GenerateError> {
        Ok(self.0.next())
    }
}

impl Generator for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn context_length(&self) -> usize {
        1 << 16
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn start<'a>(
        &'a mut self,
        prompt: &Prompt,
        _: &GenerateOptions,
    ) -> Result<Box<dyn Generation + 'a>, GenerateError> {
        *self.asked.lock().unwrap() = prompt.clone();
        let text = Step::Text {
            text: self.says.into(),
            attention: Vec::new(),
        };
        let done = Step::Done {
            stop: Stop::End,
            tokens: 1,
            prefill: Duration::ZERO,
            decode: Duration::ZERO,
            attention: AttentionStats::default(),
        };
        Ok(Box::new(Saying(vec![text, done].into_iter())))
    }
}

/// A baseline that was told these turns, and what it is asked.
fn told(context: Context, says: &'static str, turns: &[&str]) -> (Baseline, Arc<Mutex<Prompt>>) {
    let asked = Arc::default();
    let generator = Scripted {
        says,
        asked: Arc::clone(&asked),
    };
    let mut baseline = Baseline::from_parts(context, Box::new(generator), None);
    for turn in turns {
        let at = date(2025, 3, 4).at(9, 0, 0, 0);
        baseline
            .hear(NewTurn::new(Role::Client, at, *turn))
            .unwrap();
    }
    (baseline, asked)
}

fn answer(baseline: &mut Baseline, question: &str) -> Answer {
    let events = baseline.probe(question).unwrap();
    let done = events.map(Result::unwrap).find_map(|event| match event {
        Event::Done(answer) => Some(answer),
        _ => None,
    });
    done.expect("an answer")
}

fn cited(answer: &Answer) -> Vec<u32> {
    answer.cited().map(|turn| turn.0).collect()
}

const TALK: [&str; 3] = [
    "The rent for the workshop is £700 a month.",
    "My neighbour keeps bees.",
    "The landlord kept the deposit of £1,400.",
];

#[test]
fn an_answer_from_the_whole_is_attributed_by_its_values() {
    let (mut full, asked) = told(Context::Full, "It was £1,400.", &TALK);
    assert_eq!(cited(&answer(&mut full, "How much was the deposit?")), [3]);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.history.len(), 4);
    assert!(
        asked.history[3].parts[0]
            .text
            .starts_with("Client, 4 March 2025: The landlord")
    );
}

#[test]
fn an_answer_that_declines_cites_nothing() {
    let (mut full, _) = told(Context::Full, "The record does not say.", &TALK);
    let answered = answer(&mut full, "Who is the judge?");
    assert!(answered.declined && cited(&answered).is_empty());
}

#[test]
fn a_window_holds_the_last_turns_alone() {
    let long = "word ".repeat(2040);
    let turns = ["The rent is £700.", &long, &long, "Thank you."];
    let (mut window, asked) = told(Context::Window, "It was £700.", &turns);
    assert!(cited(&answer(&mut window, "How much is the rent?")).is_empty());
    let marks = |prompt: &Prompt| -> Vec<_> {
        let parts = prompt.history.iter().flat_map(|message| &message.parts);
        parts.filter_map(|part| part.mark).collect()
    };
    assert_eq!(marks(&asked.lock().unwrap()), [2, 3, 4]);
    window.read_ahead(&mut |_, _| true).unwrap();
    assert_eq!(marks(&asked.lock().unwrap()), [2, 3, 4]);
}

#[test]
fn what_was_found_is_quoted_beside_the_question() {
    let mut turns = vec!["The weather was fine."; 12];
    turns[4] = TALK[2];
    let (mut bm25, asked) = told(Context::Bm25, "It was £1,400.", &turns);
    assert_eq!(cited(&answer(&mut bm25, "What deposit was kept?")), [5]);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.history.len(), 1);
    let quoted = &asked.messages[0].parts;
    assert!(quoted.len() <= PASSAGES + 1);
    assert!(quoted.iter().any(|part| part.mark == Some(5)));
    drop(asked);
    bm25.clear();
    assert!(cited(&answer(&mut bm25, "What deposit was kept?")).is_empty());
}
