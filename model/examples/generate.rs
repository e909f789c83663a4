//! Answers one question and tells how fast: `generate MODEL.gguf QUESTION [TOKENS]`.
//! The question is read from stdin if it is `-`.

use std::io::{Read, Write};

use estoppel_model::{GenerateOptions, Generator, LocalModel, Message, OpenOptions};
use estoppel_model::{Prompt, Speaker, Step};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, question, rest @ ..] = &arguments[..] else {
        return Err("usage: generate MODEL.gguf QUESTION [TOKENS]".into());
    };
    let mut question = question.clone();
    if question == "-" {
        question.clear();
        std::io::stdin().read_to_string(&mut question)?;
    }
    let options = GenerateOptions {
        max_tokens: rest.first().map_or(Ok(64), |n| n.parse())?,
        ..GenerateOptions::default()
    };
    let mut model = LocalModel::open(path, OpenOptions::default())?;
    let prompt = Prompt {
        messages: vec![Message::new(Speaker::User, question)],
        ..Prompt::default()
    };
    let mut out = std::io::stdout().lock();
    let mut read = 0;
    let mut generation = model.start(&prompt, &options)?;
    while let Some(step) = generation.next_step()? {
        match step {
            Step::Prefill { done, .. } => read = done,
            Step::Text { text, .. } => write!(out, "{text}")?,
            Step::Done {
                tokens,
                prefill,
                decode,
                ..
            } => {
                let (before, after) = (read as f64, tokens as f64);
                writeln!(
                    out,
                    "\n\nprompt {read} tokens, {:.1}/s; answer {tokens} tokens, {:.1}/s",
                    before / prefill.as_secs_f64(),
                    after / decode.as_secs_f64(),
                )?;
            }
        }
        out.flush()?;
    }
    Ok(())
}
