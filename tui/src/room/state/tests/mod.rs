//! The room driven without a terminal.

mod commands;
mod matters;
mod pointing;
mod talking;

use estoppel::Language;

use super::*;

const SIZE: (u16, u16) = (80, 24);
const EN: Language = Language::En;

fn ask(question: &str) -> Effect {
    Effect::Work(Work::Ask {
        question: question.into(),
        keep: true,
    })
}

fn work(work: Work) -> Vec<Effect> {
    vec![Effect::Work(work)]
}

fn pane(state: &State) -> &Pane {
    &state.side.as_ref().expect("a pane").pane
}
