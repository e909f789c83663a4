//! Answers of the small model: what a tiny random one cannot show.

use estoppel_model::attention::{Attention, Budget, Sparse};
use estoppel_model::*;

use crate::models;

fn model() -> LocalModel {
    LocalModel::open(models::small(), OpenOptions::default()).unwrap()
}

fn greedy(max_tokens: usize) -> GenerateOptions {
    GenerateOptions {
        max_tokens,
        ..GenerateOptions::default()
    }
}

fn question(text: &str) -> Prompt {
    Prompt {
        messages: vec![
            Message::new(Speaker::System, "You answer in one short sentence."),
            Message::new(Speaker::User, text),
        ],
        ..Prompt::default()
    }
}

fn answer(
    model: &mut LocalModel,
    prompt: &Prompt,
    options: &GenerateOptions,
) -> (String, Vec<Step>) {
    let mut generation = model.start(prompt, options).unwrap();
    let (mut text, mut steps) = (String::new(), Vec::new());
    while let Some(step) = generation.next_step().unwrap() {
        if let Step::Text { text: piece, .. } = &step {
            text += piece;
        }
        steps.push(step);
    }
    (text, steps)
}

#[test]
fn it_answers_and_ends() {
    let prompt = question("What is the capital of France?");
    let (text, steps) = answer(&mut model(), &prompt, &greedy(32));
    assert!(text.contains("Paris"), "{text}");
    assert!(matches!(
        steps.last(),
        Some(Step::Done {
            stop: Stop::End,
            ..
        })
    ));
}

#[test]
fn the_answer_continues_its_prefix() {
    let mut prompt = question("What is the capital of France?");
    prompt.answer_prefix = "The capital of France is".into();
    let (text, _) = answer(&mut model(), &prompt, &greedy(8));
    assert!(text.starts_with(" Paris"), "{text:?}");
}

#[test]
fn an_answer_leaves_no_trace() {
    let mut used = model();
    for text in [
        "Name a colour.",
        "Name a colour of the sky.",
        "Name a river.",
    ] {
        let prompt = question(text);
        let fresh = answer(&mut model(), &prompt, &greedy(16)).0;
        assert_eq!(answer(&mut used, &prompt, &greedy(16)).0, fresh);
    }
}

/// While the value is copied, most of the attention that goes to the three
/// statements goes to the one that holds it.
#[test]
fn the_copied_statement_gets_the_attention() {
    let statements = [
        "The cat is called Biscuit.",
        "The code of the door is 4831.",
        "The train leaves on Tuesday.",
    ];
    let part = |(mark, text): (usize, &&str)| Part {
        text: format!("{text}\n"),
        mark: Some(mark as u32),
    };
    let mut prompt = question("");
    prompt.messages[1].parts = statements.iter().enumerate().map(part).collect();
    prompt.messages[1].parts.push(Part {
        text: "What is the code of the door?".into(),
        mark: None,
    });
    prompt.answer_prefix = "The code of the door is".into();
    let (text, steps) = answer(&mut model(), &prompt, &greedy(6));
    assert!(text.starts_with(" 4831"), "{text:?}");
    let mut total = [0.0; 3];
    for step in &steps {
        if let Step::Text { attention, .. } = step {
            for &(mark, share) in attention {
                total[mark as usize] += share;
            }
        }
    }
    assert!(
        total[1] > 2.0 * total[0] && total[1] > 2.0 * total[2],
        "{total:?}"
    );
}

/// Sparse attention that may read everything says what dense attention says.
#[test]
fn a_whole_budget_gives_the_same_256_tokens() {
    let ask = |attention| {
        let options = OpenOptions {
            attention,
            ..OpenOptions::default()
        };
        let mut model = LocalModel::open(models::small(), options).unwrap();
        let prompt = question("Tell a long story about a river.");
        answer(&mut model, &prompt, &greedy(256)).0
    };
    let whole = Attention::Sparse(Sparse {
        budget: Budget::share(1.0),
        dense_below: 0,
        skip: None,
        ..Sparse::default()
    });
    let dense = ask(Attention::Dense);
    assert!(dense.len() > 256, "{dense:?}");
    assert_eq!(ask(whole), dense);
}
