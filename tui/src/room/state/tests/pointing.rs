//! The mouse.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use estoppel::memory::TurnId;

use super::*;
use crate::room::testing::*;
use crate::room::view;

const CLICK: MouseEventKind = MouseEventKind::Down(MouseButton::Left);

fn mouse(state: &mut State, kind: MouseEventKind, (column, row): (u16, u16)) {
    let modifiers = KeyModifiers::NONE;
    let effects = state.update(Message::Mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers,
    }));
    assert_eq!(effects, []);
}

/// Where a text stands on the screen.
fn find(state: &State, text: &str) -> (u16, u16) {
    let lines = screen(state);
    let row = lines.iter().rposition(|line| line.contains(text));
    let row = row.unwrap_or_else(|| panic!("{text} is not on {lines:#?}"));
    let before = lines[row].split(text).next().unwrap_or_default();
    (before.chars().count() as u16, row as u16)
}

#[test]
fn a_click_follows_the_citation_under_it() {
    let mut state = answered((120, 24), EN);
    let at = find(&state, "[3]");
    mouse(&mut state, CLICK, (at.0 + 1, at.1));
    let Pane::Citation(followed) = pane(&state) else {
        panic!("no citation was followed")
    };
    assert_eq!(followed.turn, TurnId(3));
    assert_eq!(state.focus, Focus::Conversation);
    let beside = (state.size.0 - 5, 3);
    mouse(&mut state, CLICK, beside);
    assert_eq!(state.focus, Focus::Side);
    let input = find(&state, "> ");
    mouse(&mut state, CLICK, input);
    assert_eq!(state.focus, Focus::Input);
}

#[test]
fn the_wheel_scrolls_and_writing_goes_on() {
    let mut state = answered((80, 12), EN);
    mouse(&mut state, MouseEventKind::ScrollUp, (3, 3));
    assert_ne!(state.scroll, Scroll::End);
    assert_eq!(state.focus, Focus::Input);
    for _ in 0..20 {
        mouse(&mut state, MouseEventKind::ScrollDown, (3, 3));
    }
    assert_eq!(state.scroll, Scroll::End);
}

#[test]
fn it_is_taken_and_given_back_by_a_command() {
    let mut state = ready(SIZE, EN);
    assert_eq!(command(&mut state, "/mouse"), [Effect::Mouse(true)]);
    assert_eq!(command(&mut state, "/mouse"), [Effect::Mouse(false)]);
}

#[test]
fn no_cell_of_the_screen_is_a_fault() {
    for size in [(40, 10), (120, 24)] {
        let mut state = answered(size, EN);
        command(&mut state, "/facts");
        for y in 0..=size.1 {
            for x in 0..=size.0 {
                mouse(&mut state, CLICK, (x, y));
                let areas = view::areas(&state);
                assert!(areas.conversation.rows <= size.1.into());
            }
        }
    }
}
