//! The room driven without a terminal.

use crossterm::event::{KeyCode, KeyModifiers};
use estoppel::memory::TurnId;
use estoppel::{Ended, Event, Language};

use super::*;
use crate::room::message::{Format, Noted, Report, Work};
use crate::room::testing::*;
use crate::room::text::Anchor;
use crate::room::view;

const SIZE: (u16, u16) = (80, 24);
const EN: Language = Language::En;

fn ask(question: &str) -> Effect {
    Effect::Work(Work::Ask {
        question: question.into(),
        keep: true,
    })
}

#[test]
fn enter_sends_and_other_enters_break_the_line() {
    let mut state = ready(SIZE, EN);
    write(&mut state, "one");
    chord(&mut state, KeyCode::Enter, KeyModifiers::ALT);
    write(&mut state, "two");
    chord(&mut state, KeyCode::Enter, KeyModifiers::SHIFT);
    write(&mut state, "three");
    chord(&mut state, KeyCode::Char('j'), KeyModifiers::CONTROL);
    write(&mut state, "four");
    assert_eq!(
        press(&mut state, KeyCode::Enter),
        [ask("one\ntwo\nthree\nfour")]
    );
    assert!(state.input.is_empty());
    assert_eq!(state.talk.live.unwrap().question, "one\ntwo\nthree\nfour");
}

#[test]
fn a_paste_is_text_and_sends_nothing() {
    let mut state = ready(SIZE, EN);
    let letter = "Dear Sir,\r\n".repeat(500);
    assert_eq!(state.update(Message::Paste(letter.clone())), []);
    assert_eq!(state.input.text(), letter.replace("\r\n", "\n"));
    let sent = state.input.text().to_owned();
    assert_eq!(press(&mut state, KeyCode::Enter), [ask(&sent)]);
}

#[test]
fn nothing_is_sent_before_it_can_be_answered() {
    let mut state = bare(SIZE, EN);
    write(&mut state, "How much?");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert!(state.notice.take().unwrap().text.contains("No matter"));
    hear(&mut state, opened("hale", record(&[])));
    write(&mut state, "How much?");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert_eq!(state.input.text(), "How much?");
    assert!(state.notice.take().unwrap().text.contains("not ready"));
    let model = "m".into();
    hear(&mut state, Report::Ready { model });
    assert_eq!(press(&mut state, KeyCode::Enter), [ask("How much?")]);
    write(&mut state, "And when?");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert_eq!(state.input.text(), "And when?");
}

#[test]
fn an_empty_message_is_not_sent() {
    let mut state = ready(SIZE, EN);
    write(&mut state, "  ");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
}

#[test]
fn escape_stops_the_answer_once_and_what_was_said_stays() {
    let mut state = answering(SIZE, EN);
    assert_eq!(press(&mut state, KeyCode::Esc), [Effect::Stop]);
    assert_eq!(press(&mut state, KeyCode::Esc), []);
    finish(&mut state, EN, Ended::Stopped);
    assert!(state.talk.live.is_none());
    let cited = &state.talk.answers[&TurnId(8)];
    assert_eq!(cited.ended, Some(Ended::Stopped));
    assert_eq!(cited.marks().count(), 3);
    assert_eq!(state.talk.record.turns.len(), 8);
}

#[test]
fn writing_goes_on_while_an_answer_is_written() {
    let mut state = answering(SIZE, EN);
    write(&mut state, "next");
    let text = " more".into();
    tell(&mut state, Event::Token { text });
    write(&mut state, " question");
    assert_eq!(state.input.text(), "next question");
    assert!(state.talk.live.as_ref().unwrap().text.ends_with("more"));
}

#[test]
fn history_goes_back_through_what_the_client_said() {
    let mut state = answered(SIZE, EN);
    write(&mut state, "draft");
    press(&mut state, KeyCode::Up);
    assert_eq!(state.input.text(), question(EN));
    press(&mut state, KeyCode::Up);
    assert_eq!(state.input.text(), said(EN)[4]);
    // A wrapped message is walked through before the next one comes.
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Down);
    assert_eq!(state.input.text(), "draft");
}

#[test]
fn citations_are_chosen_and_followed() {
    let mut state = answered(SIZE, EN);
    press(&mut state, KeyCode::Tab);
    assert_eq!(state.focus, Focus::Conversation);
    let first = state.chosen.unwrap();
    assert_eq!(first.mark, 0);
    press(&mut state, KeyCode::Right);
    assert_eq!(state.chosen.unwrap(), Chosen { mark: 1, ..first });
    press(&mut state, KeyCode::Enter);
    let Some(Side {
        pane: Pane::Citation(followed),
        ..
    }) = &state.side
    else {
        panic!("no citation was followed")
    };
    assert_eq!(followed.turn, TurnId(3));
    assert!(followed.quote.contains("£1,250"));
    assert_eq!(followed.reasons.len(), 3);
    // The pane follows the choice; there is none behind the last.
    press(&mut state, KeyCode::Right);
    press(&mut state, KeyCode::Right);
    assert_eq!(state.chosen.unwrap().mark, 2);
    press(&mut state, KeyCode::Left);
    press(&mut state, KeyCode::Left);
    press(&mut state, KeyCode::Left);
    assert_eq!(state.chosen.unwrap(), first);
    let Some(Side {
        pane: Pane::Citation(followed),
        ..
    }) = &state.side
    else {
        panic!("the pane is gone")
    };
    assert_eq!(followed.turn, TurnId(1));
}

#[test]
fn from_a_citation_one_goes_to_its_turn_and_back_to_writing() {
    let mut state = answered((120, 12), EN);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.focus, Focus::Conversation);
    press(&mut state, KeyCode::Tab);
    assert_eq!(state.focus, Focus::Side);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.scroll, Scroll::From(Anchor { item: 0, row: 0 }));
    press(&mut state, KeyCode::Esc);
    assert!(state.side.is_none());
    assert_eq!(state.focus, Focus::Conversation);
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.focus, Focus::Input);
    assert_eq!(state.chosen, None);
}

#[test]
fn on_a_narrow_screen_a_citation_covers_the_conversation_until_it_is_left() {
    let mut state = answered((60, 12), EN);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.focus, Focus::Side);
    press(&mut state, KeyCode::Enter);
    assert!(state.side.is_none());
    assert_eq!(state.focus, Focus::Conversation);
    assert_eq!(state.scroll, Scroll::From(Anchor { item: 0, row: 0 }));
}

#[test]
fn scrolling_away_from_the_end_stays_there_while_an_answer_grows() {
    let mut state = answering((80, 12), EN);
    assert_eq!(state.scroll, Scroll::End);
    press(&mut state, KeyCode::PageUp);
    let away = state.scroll;
    assert_ne!(away, Scroll::End);
    tell(
        &mut state,
        Event::Token {
            text: "more ".repeat(200),
        },
    );
    assert_eq!(state.scroll, away);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::End);
    assert_eq!(state.scroll, Scroll::End);
    press(&mut state, KeyCode::Home);
    assert_eq!(state.scroll, Scroll::From(Anchor::default()));
}

#[test]
fn an_answer_is_copied() {
    let mut state = answered(SIZE, EN);
    press(&mut state, KeyCode::Tab);
    let copied = press(&mut state, KeyCode::Char('y'));
    assert_eq!(copied, [Effect::Copy(answer(EN).into())]);
}

#[test]
fn the_last_question_is_edited_or_asked_again() {
    let mut state = answered(SIZE, EN);
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Char('e'));
    assert_eq!(state.focus, Focus::Input);
    assert_eq!(state.input.text(), question(EN));
    state.input.take();
    press(&mut state, KeyCode::Tab);
    assert_eq!(press(&mut state, KeyCode::Char('r')), [ask(question(EN))]);
}

#[test]
fn a_failure_stays_until_it_is_read_and_the_question_is_kept() {
    let mut state = answering(SIZE, EN);
    let mut texts = said(EN);
    texts.push(question(EN));
    let failed = Report::Failed {
        error: "the model failed: out of memory".into(),
        record: Some(record(&texts)),
    };
    hear(&mut state, failed);
    assert!(state.talk.live.is_none());
    assert_eq!(state.talk.record.turns.len(), 7);
    assert!(state.notice.as_ref().unwrap().failure);
    write(&mut state, "still here");
    assert!(state.notice.is_some());
    press(&mut state, KeyCode::Esc);
    assert!(state.notice.is_none());
    assert_eq!(state.input.text(), "still here");
}

#[test]
fn a_model_that_cannot_be_loaded_leaves_the_matter_readable() {
    let mut state = bare(SIZE, EN);
    hear(&mut state, opened("hale", record(&said(EN))));
    let error = "the model is not here".into();
    hear(
        &mut state,
        Report::Failed {
            error,
            record: None,
        },
    );
    assert_eq!(state.engine, Engine::Failed);
    write(&mut state, "How much?");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert_eq!(state.input.text(), "How much?");
    assert_eq!(state.talk.record.turns.len(), 6);
}

#[test]
fn leaving_stops_the_answer_first() {
    let mut state = answering(SIZE, EN);
    let quit = chord(&mut state, KeyCode::Char('q'), KeyModifiers::CONTROL);
    assert_eq!(quit, [Effect::Stop, Effect::Quit]);
    let mut state = answering(SIZE, EN);
    assert_eq!(
        state.update(Message::Terminated),
        [Effect::Stop, Effect::Quit]
    );
}

#[test]
fn control_c_stops_then_empties_then_leaves() {
    let mut state = answering(SIZE, EN);
    write(&mut state, "x");
    let mut interrupt = || chord(&mut state, KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(interrupt(), [Effect::Stop]);
    assert_eq!(interrupt(), []);
    assert_eq!(interrupt(), [Effect::Quit]);
}

#[test]
fn help_closes_at_any_key_and_writes_nothing() {
    let mut state = ready(SIZE, EN);
    press(&mut state, KeyCode::Char('?'));
    press(&mut state, KeyCode::Down);
    assert!(matches!(state.modal, Some(Modal::Help(_))));
    press(&mut state, KeyCode::Char('x'));
    assert!(state.modal.is_none() && state.input.is_empty());
    write(&mut state, "what?");
    assert_eq!(state.input.text(), "what?");
}

#[test]
fn suspending_and_drawing_anew_are_asked_for() {
    let mut state = ready(SIZE, EN);
    let control = |state: &mut State, c| chord(state, KeyCode::Char(c), KeyModifiers::CONTROL);
    assert_eq!(control(&mut state, 'z'), [Effect::Suspend]);
    assert_eq!(control(&mut state, 'l'), [Effect::Redraw]);
}

#[test]
fn no_size_and_no_scroll_is_a_fault() {
    for size in [(0, 0), (1, 1), (16, 6), (40, 10), (300, 100)] {
        let mut state = answered((80, 24), EN);
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Enter);
        state.update(Message::Resized(size.0, size.1));
        for key in [
            KeyCode::PageUp,
            KeyCode::End,
            KeyCode::Left,
            KeyCode::Tab,
            KeyCode::Down,
        ] {
            press(&mut state, key);
            let areas = view::areas(&state);
            assert!(areas.conversation.rows <= size.1.into());
        }
    }
}

fn pane(state: &State) -> &Pane {
    &state.side.as_ref().expect("a pane").pane
}

fn work(work: Work) -> Vec<Effect> {
    vec![Effect::Work(work)]
}

#[test]
fn every_command_is_understood() {
    for command in &super::command::ALL {
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
