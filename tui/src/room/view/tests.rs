//! Every screen as it is drawn: at three sizes, in both languages, with and without
//! colour.

use std::fmt::Write;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};
use estoppel::Language;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;

use super::draw;
use crate::room::language::Say;
use crate::room::message::{Preparing, Report};
use crate::room::state::State;
use crate::room::testing::*;
use crate::room::theme::Theme;

type Size = (u16, u16);

const SIZES: [Size; 3] = [(40, 10), (80, 24), (160, 50)];

fn drawn(state: &State, colour: bool) -> Buffer {
    let (columns, rows) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a test's terminal");
    let drawn = terminal.draw(|frame| draw(state, Theme { colour }, frame));
    drawn.expect("a frame").buffer.clone()
}

/// The words of a frame; a wide character takes the column behind it as well.
fn words(buffer: &Buffer) -> String {
    let mut words = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row += symbol;
            x += crate::room::text::width(symbol).max(1) as u16;
        }
        writeln!(words, "{}", row.trim_end()).expect("a string");
    }
    words
}

/// Every run of cells that is not plain: row, columns, how it looks.
fn styles(buffer: &Buffer) -> String {
    let mut told = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let (start, look) = (x, told_style(&buffer[(x, y)]));
            while x < buffer.area.width && told_style(&buffer[(x, y)]) == look {
                // What a wide character covers has no style of its own.
                x += crate::room::text::width(buffer[(x, y)].symbol()).max(1) as u16;
            }
            if !look.is_empty() {
                writeln!(told, "{y}: {start}-{x} {look}").expect("a string");
            }
        }
    }
    told
}

/// How a cell looks; nothing if it is plain.
fn told_style(cell: &Cell) -> String {
    let colour = match cell.fg {
        Color::Reset => String::new(),
        colour => format!("{colour} "),
    };
    let modifiers = cell.modifier.iter_names().map(|(name, _)| name);
    let modifiers: Vec<_> = modifiers.collect();
    format!("{colour}{}", modifiers.join(" "))
}

/// One snapshot a screen and language, with every size.
fn snapshot(name: &str, screen: impl Fn(Size, Language) -> State) {
    for (language, code) in [(Language::En, "en"), (Language::Zh, "zh")] {
        let mut told = String::new();
        for size in SIZES {
            let state = screen(size, language);
            let (colour, plain) = (drawn(&state, true), drawn(&state, false));
            assert_eq!(words(&colour), words(&plain), "colour changes no word");
            let styles = (styles(&colour), styles(&plain));
            write!(
                told,
                "=== {}x{}\n{}--- colour\n{}--- no colour\n{}",
                size.0,
                size.1,
                words(&colour),
                styles.0,
                styles.1
            )
            .expect("a string");
        }
        insta::assert_snapshot!(format!("{name}_{code}"), told);
    }
}

#[test]
fn nothing_was_said_yet() {
    snapshot("empty", |size, language| {
        let mut state = bare(size, language);
        hear(&mut state, opened("default", record(&[])));
        let model = "a-small-model".to_owned();
        hear(&mut state, Report::Ready { model });
        state
    });
}

#[test]
fn opening() {
    snapshot("opening", |size, language| {
        let mut state = bare(size, language);
        hear(&mut state, opened("hale", record(&said(language))));
        state
    });
}

#[test]
fn ready_to_ask() {
    snapshot("ready", ready);
}

#[test]
fn an_answer_is_written() {
    snapshot("answering", answering);
}

#[test]
fn an_answer_is_complete() {
    snapshot("answered", answered);
}

#[test]
fn a_citation_is_followed() {
    snapshot("citation", |size, language| {
        let mut state = answered(size, language);
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Enter);
        state
    });
}

#[test]
fn a_long_message_is_written() {
    snapshot("writing", |size, language| {
        let mut state = ready(size, language);
        write(&mut state, &said(language).join(" "));
        state
    });
}

#[test]
fn a_failure_is_told() {
    snapshot("failure", |size, language| {
        let mut state = bare(size, language);
        let error = "qwen2.5-coder-1.5b-instruct is not here: fetch it with `estoppel model pull \
                     qwen2.5-coder-1.5b-instruct`"
            .into();
        hear(&mut state, opened("hale", record(&said(language))));
        hear(
            &mut state,
            Report::Failed {
                error,
                record: None,
            },
        );
        state
    });
}

#[test]
fn weights_are_fetched() {
    snapshot("fetching", |size, language| {
        let mut state = bare(size, language);
        hear(&mut state, opened("hale", record(&said(language))));
        let fetching = Preparing::Fetching {
            model: "smollm2-135m-instruct",
            done: 26_000_000,
            total: 104_000_000,
            left: Some(Duration::from_secs(78)),
        };
        hear(&mut state, Report::Preparing(fetching));
        state
    });
}

#[test]
fn the_keys_are_told() {
    snapshot("help_input", |size, language| {
        let mut state = ready(size, language);
        press(&mut state, KeyCode::F(1));
        state
    });
    snapshot("help_reading", |size, language| {
        let mut state = answered(size, language);
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Char('?'));
        state
    });
}

#[test]
fn the_panes_show_the_record() {
    for line in ["facts", "as-of 1", "timeline", "parties", "graph", "why 3"] {
        let name = line.split(' ').next().expect("a command");
        snapshot(name, |size, language| {
            let mut state = answered(size, language);
            command(&mut state, &format!("/{line}"));
            state
        });
    }
    snapshot("found", |size, language| {
        let mut state = ready(size, language);
        let query = language.say("the deposit", "押金").into();
        let evidence = evidence(language);
        hear(&mut state, Report::Found { query, evidence });
        state
    });
}

#[test]
fn statements_that_conflict_are_flagged() {
    snapshot("conflict", |size, language| {
        let mut state = bare(size, language);
        let texts = language.say(
            [
                "The monthly rent for the flat at 4 Orchard Lane is £900.",
                "Noted.",
                "The monthly rent for the flat at 4 Orchard Lane is £950.",
            ],
            ["月租金是9000元。", "好的。", "月租金是9500元。"],
        );
        hear(&mut state, opened("hale", record(&texts)));
        command(&mut state, "/facts");
        state
    });
}

#[test]
fn commands_are_offered() {
    snapshot("palette", |size, language| {
        let mut state = ready(size, language);
        press(&mut state, KeyCode::Char('x'));
        chord(&mut state, KeyCode::Char('p'), KeyModifiers::CONTROL);
        press(&mut state, KeyCode::Down);
        state
    });
    snapshot("suggested", |size, language| {
        let mut state = ready(size, language);
        write(&mut state, "/f");
        state
    });
}

#[test]
fn matters_are_listed_renamed_and_deleted() {
    let listing = |size, language| {
        let mut state = ready(size, language);
        press(&mut state, KeyCode::F(2));
        hear(&mut state, Report::Matters(matters(language)));
        state
    };
    snapshot("matters", |size, language| {
        let mut state = listing(size, language);
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Down);
        state
    });
    snapshot("matters_new", |size, language| {
        let mut state = listing(size, language);
        write(&mut state, language.say("Vance", "李建国"));
        state
    });
    for (name, key) in [("matters_rename", 'r'), ("matters_delete", 'd')] {
        snapshot(name, |size, language| {
            let mut state = listing(size, language);
            chord(&mut state, KeyCode::Char(key), KeyModifiers::CONTROL);
            state
        });
    }
}

#[test]
fn forgetting_asks_first() {
    snapshot("forgetting", |size, language| {
        let mut state = ready(size, language);
        command(&mut state, "/forget 3");
        state
    });
}

#[test]
fn private_talk_is_marked() {
    snapshot("private", |size, language| {
        let mut state = ready(size, language);
        command(&mut state, "/private");
        command(&mut state, question(language));
        state
    });
}

#[test]
fn the_smallest_terminals_are_drawn_on() {
    for size in [(1, 1), (5, 3), (16, 6), (20, 7)] {
        let state = answered(size, Language::Zh);
        assert_eq!(drawn(&state, true).area.width, size.0);
    }
}

#[test]
fn a_terminal_that_shrank_meanwhile_is_drawn_on() {
    let mut state = answered((160, 50), Language::En);
    command(&mut state, "/facts");
    press(&mut state, KeyCode::F(2));
    for modal in [true, false] {
        let mut terminal = Terminal::new(TestBackend::new(40, 10)).expect("a test's terminal");
        let drawn = terminal.draw(|frame| draw(&state, Theme { colour: true }, frame));
        assert_eq!(drawn.expect("a frame").area.height, 10);
        assert_eq!(state.modal.take().is_some(), modal);
    }
}

#[test]
fn the_cursor_stands_where_the_next_character_comes() {
    let mut state = ready((40, 10), Language::Zh);
    write(&mut state, "押金a");
    let mut terminal = Terminal::new(TestBackend::new(40, 10)).expect("a test's terminal");
    let draw = |frame: &mut ratatui::Frame<'_>| draw(&state, Theme { colour: true }, frame);
    terminal.draw(draw).expect("a frame");
    let place = terminal.get_cursor_position().expect("a cursor");
    assert_eq!((place.x, place.y), (7, 8));
}
