//! Saying one answer: streamed as text, or whole as a JSON line.

use estoppel::{Agent, Answer, Event};
use serde::Serialize;

use crate::interrupt;
use crate::output::Output;
use crate::render::Footnotes;

/// Whether question and answer become turns of the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Yes,
    No,
}

/// A turn is durable.
#[derive(Serialize)]
struct Remembered {
    turn: u32,
}

/// An `answer` line.
#[derive(Serialize)]
struct AnswerLine<'a> {
    question: &'a str,
    #[serde(flatten)]
    answer: &'a Answer,
}

/// Asks and prints the answer. `None` if the person stopped it before it was
/// complete; what was said by then is kept if it was to be.
pub(crate) fn say(
    agent: &mut Agent,
    output: Output,
    question: &str,
    keep: Keep,
) -> anyhow::Result<Option<Answer>> {
    let mut answering = match keep {
        Keep::Yes => agent.ask(question)?,
        Keep::No => agent.probe(question)?,
    };
    let reading = output.spinner("thinking");
    loop {
        if interrupt::requested() {
            reading.finish_and_clear();
            answering.stop()?;
            return Ok(None);
        }
        let Some(event) = answering.next() else {
            return Ok(None);
        };
        match event? {
            Event::Remembered { turn } if output.json => {
                output.line("remembered", &Remembered { turn: turn.0 })?;
            }
            Event::Prefill { done, total } => {
                reading.set_message(format!("reading {} of {total} tokens", done));
            }
            Event::Token { text } if !output.json => {
                reading.finish_and_clear();
                output.text(text)?;
            }
            Event::Done(answer) => {
                reading.finish_and_clear();
                print(output, question, &answer)?;
                return Ok(Some(answer));
            }
            _ => {}
        }
    }
}

fn print(output: Output, question: &str, answer: &Answer) -> std::io::Result<()> {
    if output.json {
        output.line("answer", &AnswerLine { question, answer })
    } else {
        output.text(format_args!("\n{}", Footnotes(answer)))
    }
}
