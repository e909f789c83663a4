//! Matters: listed, opened, renamed, archived, deleted.

use crossterm::event::{KeyCode, KeyModifiers};
use estoppel::Language;
use estoppel::memory::TurnId;

use super::*;
use crate::room::message::{Noted, Report};
use crate::room::testing::*;

fn listing(language: Language) -> State {
    let mut state = ready(SIZE, language);
    assert_eq!(press(&mut state, KeyCode::F(2)), work(Work::ListMatters));
    hear(&mut state, Report::Matters(matters(language)));
    state
}

fn name(name: &str) -> MatterName {
    name.parse().unwrap()
}

#[test]
fn a_matter_is_found_and_opened_and_the_draft_waits_in_the_other() {
    let mut state = ready(SIZE, EN);
    write(&mut state, "draft");
    press(&mut state, KeyCode::F(2));
    hear(&mut state, Report::Matters(matters(EN)));
    write(&mut state, "harbour");
    let opened_matter = press(&mut state, KeyCode::Enter);
    assert_eq!(
        opened_matter,
        work(Work::Open(name("Quill v. Harbour Crust")))
    );
    hear(
        &mut state,
        opened("Quill v. Harbour Crust", record(&["Hello."])),
    );
    assert!(state.input.is_empty());
    assert_eq!(state.talk.record.turns.len(), 1);
    hear(&mut state, opened("hale", record(&said(EN))));
    assert_eq!(state.input.text(), "draft");
}

#[test]
fn a_name_that_no_matter_has_makes_one() {
    let mut state = listing(EN);
    write(&mut state, "租房 2025");
    assert_eq!(
        press(&mut state, KeyCode::Enter),
        work(Work::Open(name("租房 2025")))
    );
    let mut state = listing(EN);
    write(&mut state, "a/b");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert!(state.notice.unwrap().failure);
}

#[test]
fn matters_are_renamed_archived_and_deleted() {
    let control = |state: &mut State, c| chord(state, KeyCode::Char(c), KeyModifiers::CONTROL);
    let mut state = listing(EN);
    control(&mut state, 'r');
    write(&mut state, " 2");
    let renamed = Work::Rename {
        from: name("hale"),
        to: name("hale 2"),
    };
    assert_eq!(press(&mut state, KeyCode::Enter), work(renamed));
    hear(&mut state, Report::Renamed(name("hale 2")));
    assert_eq!(state.matter, Some(name("hale 2")));
    let archived = |name, archived| {
        work(Work::Archive {
            matter: name,
            archived,
        })
    };
    press(&mut state, KeyCode::Down);
    let second = name("Quill v. Harbour Crust");
    assert_eq!(control(&mut state, 'e'), archived(second.clone(), true));
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Down);
    assert_eq!(control(&mut state, 'e'), archived(name("old"), false));
    press(&mut state, KeyCode::Up);
    control(&mut state, 'd');
    assert_eq!(press(&mut state, KeyCode::Char('n')), []);
    control(&mut state, 'd');
    assert_eq!(
        press(&mut state, KeyCode::Char('y')),
        work(Work::Delete(second))
    );
    hear(&mut state, Report::Shut);
    assert_eq!(state.matter, None);
    assert!(state.talk.items().is_empty());
    assert!(matches!(state.modal, Some(Modal::Matters(_))));
}

#[test]
fn going_to_another_matter_ends_the_answer_and_keeps_it() {
    let mut state = answering(SIZE, EN);
    press(&mut state, KeyCode::F(2));
    hear(&mut state, Report::Matters(matters(EN)));
    press(&mut state, KeyCode::Down);
    let effects = press(&mut state, KeyCode::Enter);
    let second = name("Quill v. Harbour Crust");
    assert_eq!(effects, [Effect::Stop, Effect::Work(Work::Open(second))]);
}

#[test]
fn answers_keep_their_citations_when_a_matter_is_opened_again() {
    let mut texts = said(EN);
    texts.extend([question(EN), answer(EN)]);
    let mut state = bare(SIZE, EN);
    let opened = Report::Opened {
        matter: name("hale"),
        record: record(&texts),
        answers: [(TurnId(8), sentences(EN))].into(),
        draft: String::new(),
        notes: Vec::new(),
    };
    hear(&mut state, opened);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Right);
    press(&mut state, KeyCode::Enter);
    let Pane::Citation(followed) = pane(&state) else {
        panic!("no citation")
    };
    assert_eq!(followed.turn, TurnId(3));
}

#[test]
fn what_was_done_is_said() {
    for (noted, wanted) in [
        (Noted::Exported("a.md".into()), "a.md"),
        (
            Noted::Imported {
                matter: name("m"),
                turns: 7,
            },
            "7 turns",
        ),
        (
            Noted::Corrected {
                turn: TurnId(9),
                over: vec![TurnId(1), TurnId(3)],
            },
            "[1], [3]",
        ),
        (
            Noted::Corrected {
                turn: TurnId(9),
                over: Vec::new(),
            },
            "Nothing",
        ),
    ] {
        let mut state = ready(SIZE, EN);
        hear(&mut state, Report::Noted(noted));
        let notice = state.notice.unwrap();
        assert!(
            notice.text.contains(wanted) && !notice.failure,
            "{}",
            notice.text
        );
    }
}

fn opened_with(draft: &str) -> Report {
    let mut report = opened("hale", record(&said(EN)));
    if let Report::Opened { draft: kept, .. } = &mut report {
        *kept = draft.into();
    }
    report
}

fn keep(text: &str) -> Effect {
    Effect::Work(Work::KeepDraft {
        matter: name("hale"),
        text: text.into(),
    })
}

#[test]
fn what_was_being_written_is_kept_when_the_room_is_left_and_there_again() {
    let quit = |state: &mut State| chord(state, KeyCode::Char('q'), KeyModifiers::CONTROL);
    let mut state = ready(SIZE, EN);
    write(&mut state, "half a");
    assert_eq!(quit(&mut state), [keep("half a"), Effect::Quit]);

    let mut state = bare(SIZE, EN);
    hear(&mut state, opened_with("half a"));
    assert_eq!(state.input.text(), "half a");
    assert_eq!(quit(&mut state), [Effect::Quit]);
    state.input.take();
    assert_eq!(quit(&mut state), [keep(""), Effect::Quit]);

    let mut state = bare(SIZE, EN);
    write(&mut state, "typed before");
    hear(&mut state, opened_with("half a"));
    assert_eq!(state.input.text(), "typed before");
}

#[test]
fn what_is_being_written_is_kept_in_a_pause_and_no_longer_once_it_is_said() {
    let mut state = ready(SIZE, EN);
    assert!(state.drafts_are_kept());
    write(&mut state, "half a");
    assert!(!state.drafts_are_kept());
    assert_eq!(state.update(Message::Paused), [keep("half a")]);
    assert!(state.drafts_are_kept());
    assert_eq!(state.update(Message::Paused), []);
    write(&mut state, " question");
    let effects = press(&mut state, KeyCode::Enter);
    assert_eq!(effects[0], keep(""));
    assert!(matches!(effects[1], Effect::Work(Work::Ask { .. })));
}

#[test]
fn a_private_question_is_kept_nowhere() {
    let mut state = ready(SIZE, EN);
    command(&mut state, "/private");
    write(&mut state, "secret");
    assert_eq!(state.update(Message::Paused), []);
    hear(&mut state, opened("ward", record(&said(EN))));
    let effects = chord(&mut state, KeyCode::Char('q'), KeyModifiers::CONTROL);
    assert_eq!(effects, [Effect::Quit]);
}
