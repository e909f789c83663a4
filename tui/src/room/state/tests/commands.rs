//! Slash commands, the palette and the panes they show.

use crossterm::event::{KeyCode, KeyModifiers};
use estoppel::Ended;
use estoppel::memory::TurnId;

use super::*;
use crate::room::message::{Format, Noted, Preparing, Report};
use crate::room::testing::*;
use crate::room::text::Anchor;

#[test]
fn every_command_is_understood() {
    for command in &crate::room::state::command::ALL {
        let mut state = answered(SIZE, EN);
        let rest = match command.name {
            "as-of" | "why" | "forget" | "budget" => " 3",
            "import" => " hale.jsonl again",
            _ if command.takes.0.is_empty() => "",
            _ => " words",
        };
        let line = format!("/{}{rest}", command.name);
        let effects = crate::room::testing::command(&mut state, &line);
        let failed = state.notice.as_ref().is_some_and(|notice| notice.failure);
        let shown = state.side.is_some() || state.modal.is_some() || state.notice.is_some();
        assert!(
            !failed && (shown || !effects.is_empty()),
            "{}",
            command.name
        );
        assert!(state.input.is_empty(), "{}", command.name);
    }
}

#[test]
fn the_record_shows_what_holds_and_what_it_replaced() {
    let mut state = ready(SIZE, EN);
    assert_eq!(command(&mut state, "/facts"), []);
    let Pane::Record(shown) = pane(&state) else {
        panic!("no record")
    };
    let deposit = shown
        .entries
        .iter()
        .find(|entry| entry.fact.surface == "£1,250");
    let deposit = deposit.expect("the corrected deposit");
    assert_eq!(deposit.before[0].surface, "£1,150");
    assert!(shown.entries.iter().all(|entry| entry.fact.holds()));
    press(&mut state, KeyCode::Esc);
    command(&mut state, "/as-of 1");
    let Pane::Record(shown) = pane(&state) else {
        panic!("no record")
    };
    assert_eq!(shown.as_of, Some(TurnId(1)));
    assert!(
        shown
            .entries
            .iter()
            .any(|entry| entry.fact.surface == "£1,150")
    );
    assert!(
        shown
            .entries
            .iter()
            .all(|entry| entry.fact.turn == TurnId(1))
    );
}

#[test]
fn the_timeline_is_in_the_order_of_its_dates() {
    let mut state = ready(SIZE, EN);
    command(&mut state, "/timeline");
    let Pane::Timeline(dated) = pane(&state) else {
        panic!("no timeline")
    };
    let dates: Vec<_> = dated.iter().map(|dated| dated.date.to_string()).collect();
    assert_eq!(dates, ["2025-03-03", "2025-09-30"]);
    assert!(dated[0].clause.contains("3 March"));
}

#[test]
fn parties_tell_where_they_are_mentioned() {
    let mut state = ready(SIZE, EN);
    command(&mut state, "/parties");
    let Pane::Parties(parties) = pane(&state) else {
        panic!("no parties")
    };
    let vance = parties.iter().find(|party| party.name.contains("Vance"));
    assert!(vance.expect("the landlady").turns.contains(&TurnId(1)));
}

#[test]
fn from_an_item_of_a_pane_one_goes_to_its_turn() {
    let mut state = ready((120, 12), EN);
    command(&mut state, "/timeline");
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Down);
    assert_eq!(state.side.as_ref().unwrap().chosen, 1);
    press(&mut state, KeyCode::Home);
    assert_eq!(state.side.as_ref().unwrap().chosen, 0);
    state.scroll = Scroll::End;
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.scroll, Scroll::From(Anchor { item: 0, row: 0 }));
    assert!(state.side.is_some());
}

#[test]
fn a_key_shows_a_pane_and_hides_it() {
    let mut state = ready(SIZE, EN);
    for (key, shown) in [
        (
            KeyCode::F(3),
            (|pane| matches!(pane, Pane::Record(_))) as fn(&Pane) -> bool,
        ),
        (KeyCode::F(4), |pane| matches!(pane, Pane::Timeline(_))),
        (KeyCode::F(5), |pane| matches!(pane, Pane::Parties(_))),
    ] {
        press(&mut state, key);
        assert!(shown(pane(&state)));
    }
    press(&mut state, KeyCode::F(5));
    assert!(state.side.is_none());
    assert_eq!(state.focus, Focus::Input);
}

#[test]
fn a_pane_follows_the_record() {
    let mut state = ready(SIZE, EN);
    command(&mut state, "/facts");
    let count = |state: &State| pane(state).len();
    let before = count(&state);
    let mut texts = said(EN);
    texts.extend(["The rent for the flat at 4 Orchard Lane is £900."]);
    hear(&mut state, Report::Changed(record(&texts)));
    assert!(count(&state) > before);
    press(&mut state, KeyCode::Esc);
    command(&mut state, "/why 3");
    assert!(matches!(pane(&state), Pane::Why(_)));
    texts[2] = "";
    hear(&mut state, Report::Changed(record(&texts)));
    assert!(state.side.is_none());
}

#[test]
fn the_graph_shows_what_the_last_answer_attended_to() {
    let mut state = ready(SIZE, EN);
    command(&mut state, "/graph");
    assert!(state.side.is_none() && state.notice.is_some());
    let mut state = answered(SIZE, EN);
    command(&mut state, "/graph");
    let Pane::Around(near) = pane(&state) else {
        panic!("no graph")
    };
    assert_eq!(near[0].turn, TurnId(3));
    assert_eq!(near[0].attention, Some(0.42));
    assert_eq!(
        near[1].links,
        [(TurnId(3), estoppel::memory::graph::EdgeKind::Corrects)]
    );
}

#[test]
fn what_is_searched_for_is_shown() {
    let mut state = ready(SIZE, EN);
    let asked = command(&mut state, "/find the deposit");
    assert_eq!(asked, work(Work::Find("the deposit".into())));
    let found = Report::Found {
        query: "the deposit".into(),
        evidence: evidence(EN),
    };
    hear(&mut state, found);
    assert_eq!(pane(&state).turn(0), Some(TurnId(3)));
}

#[test]
fn a_turn_is_forgotten_only_after_a_yes_and_is_quoted_no_more() {
    let mut state = answered(SIZE, EN);
    command(&mut state, "/forget 3");
    assert_eq!(press(&mut state, KeyCode::Char('n')), []);
    assert!(state.modal.is_none());
    command(&mut state, "/forget 3");
    assert_eq!(
        press(&mut state, KeyCode::Char('y')),
        work(Work::Forget(TurnId(3)))
    );
    let mut texts = said(EN);
    texts.extend([question(EN), answer(EN)]);
    texts[2] = "";
    hear(&mut state, Report::Changed(record(&texts)));
    hear(&mut state, Report::Noted(Noted::Forgotten(TurnId(3))));
    let cited: Vec<_> = state.talk.answers[&TurnId(8)]
        .marks()
        .map(|mark| mark.turn)
        .collect();
    assert_eq!(cited, [TurnId(1)]);
    assert!(state.notice.unwrap().text.contains("Turn 3"));
}

#[test]
fn commands_that_cannot_be_followed_say_why() {
    let mut state = ready(SIZE, EN);
    for line in [
        "/dance",
        "/why 99",
        "/why x",
        "/find",
        "/budget 0",
        "/import x",
        "/import f a/b",
    ] {
        assert_eq!(command(&mut state, line), [], "{line}");
        assert!(
            state.notice.take().is_some_and(|notice| notice.failure),
            "{line}"
        );
        state.input.take();
    }
}

#[test]
fn commands_become_work() {
    for (line, wanted) in [
        (
            "/correct the deposit was £900",
            Work::Correct("the deposit was £900".into()),
        ),
        ("/model 0.5b", Work::UseModel("0.5b".into())),
        ("/budget 5", Work::Budget(5)),
        (
            "/export notes.md",
            Work::Export {
                format: Format::Markdown,
                path: "notes.md".into(),
            },
        ),
        (
            "/export hale.jsonl",
            Work::Export {
                format: Format::JsonLines,
                path: "hale.jsonl".into(),
            },
        ),
        (
            "/import my letters.jsonl hale2",
            Work::Import {
                path: "my letters.jsonl".into(),
                matter: "hale2".parse().unwrap(),
            },
        ),
        ("/matters", Work::ListMatters),
    ] {
        let mut state = ready(SIZE, EN);
        assert_eq!(command(&mut state, line), work(wanted), "{line}");
    }
}

#[test]
fn a_message_that_begins_with_a_slash_is_sent_behind_a_space() {
    let mut state = ready(SIZE, EN);
    assert_eq!(command(&mut state, " /dance"), [ask(" /dance")]);
}

#[test]
fn commands_are_completed_while_they_are_typed() {
    let mut state = ready(SIZE, EN);
    write(&mut state, "/f");
    let names: Vec<_> = completions("/f")
        .iter()
        .map(|command| command.name)
        .collect();
    assert_eq!(names, ["find", "facts", "forget"]);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Tab);
    assert_eq!(state.input.text(), "/facts");
    press(&mut state, KeyCode::Enter);
    assert!(matches!(pane(&state), Pane::Record(_)));
    press(&mut state, KeyCode::Esc);
    // Enter takes the chosen one as well, and waits for what it needs.
    assert_eq!(command(&mut state, "/fi"), []);
    assert_eq!(state.input.text(), "/find ");
}

#[test]
fn the_palette_runs_what_is_chosen() {
    let control_p = |state: &mut State| chord(state, KeyCode::Char('p'), KeyModifiers::CONTROL);
    let mut state = ready(SIZE, EN);
    control_p(&mut state);
    write(&mut state, "timel");
    press(&mut state, KeyCode::Enter);
    assert!(matches!(pane(&state), Pane::Timeline(_)));
    control_p(&mut state);
    write(&mut state, "bear on");
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.input.text(), "/find ");
    control_p(&mut state);
    write(&mut state, "no such thing");
    press(&mut state, KeyCode::Enter);
    assert!(state.modal.is_none());
    control_p(&mut state);
    press(&mut state, KeyCode::Esc);
    assert!(state.modal.is_none());
}

#[test]
fn private_questions_leave_no_turn() {
    let mut state = ready(SIZE, EN);
    command(&mut state, "/private");
    let asked = command(&mut state, "How much?");
    let question = "How much?".to_owned();
    assert_eq!(
        asked,
        work(Work::Ask {
            question,
            keep: false
        })
    );
    let mut private = done(EN, Ended::Complete);
    private.turn = None;
    let answered = Report::Answered {
        answer: Box::new(private),
        record: record(&said(EN)),
    };
    hear(&mut state, answered);
    assert_eq!(state.talk.record.turns.len(), 6);
    assert_eq!(state.talk.asides[0].question, "How much?");
    assert_eq!(state.talk.items().last(), Some(&Item::Aside(0)));
    command(&mut state, "/private");
    assert_eq!(command(&mut state, "Kept"), [ask("Kept")]);
}

#[test]
fn weights_are_fetched_when_asked_for_and_escape_ends_it() {
    let mut state = ready(SIZE, EN);
    let pull = |name: &str| work(Work::Pull(name.into()));
    assert_eq!(command(&mut state, "/pull"), pull(""));
    assert_eq!(command(&mut state, "/pull 0.5b"), pull("0.5b"));
    let fetching = Preparing::Fetching {
        model: "smollm2-135m-instruct",
        done: 1,
        total: 4,
        left: None,
    };
    hear(&mut state, Report::Preparing(fetching));
    assert_eq!(command(&mut state, "/pull"), []);
    assert_eq!(press(&mut state, KeyCode::Esc), [Effect::Stop]);
    let fetched = Noted::Fetched(vec!["smollm2-135m-instruct"]);
    hear(&mut state, Report::Noted(fetched));
    let notice = state.notice.expect("a notice");
    assert_eq!(notice.text, "smollm2-135m-instruct is here now.");
}
