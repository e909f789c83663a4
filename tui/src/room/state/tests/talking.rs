//! Writing, reading answers and following their citations.

use crossterm::event::{KeyCode, KeyModifiers};
use estoppel::memory::{Mark, TurnId, Verdict};
use estoppel::{Ended, Event};

use super::*;
use crate::room::message::Report;
use crate::room::testing::*;
use crate::room::text::Anchor;
use crate::room::view;

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
    // What was typed meanwhile stays.
    hear(&mut state, opened("hale", record(&[])));
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
fn a_followed_citation_is_marked_and_the_mark_taken_back() {
    let mut state = answered(SIZE, EN);
    press(&mut state, KeyCode::Tab);
    assert_eq!(press(&mut state, KeyCode::Char('+')), []);
    assert!(state.notice.is_some(), "nothing is followed yet");
    press(&mut state, KeyCode::Enter);
    let question = state.talk.said().last().copied().map(str::to_owned);
    let mark = |verdict| Mark {
        question: question.clone().unwrap(),
        turn: TurnId(1),
        verdict,
    };
    let right = mark(Some(Verdict::Right));
    assert_eq!(
        press(&mut state, KeyCode::Char('+')),
        work(Work::Mark(right.clone()))
    );
    let mut record = Record::clone(&state.talk.record);
    record.marks.push(right.clone());
    state.update(Message::Report(Report::Marked {
        mark: right,
        record: record.into(),
    }));
    assert!(state.chosen.is_some(), "one reads on");
    for (key, verdict) in [('+', None), ('-', Some(Verdict::Wrong))] {
        assert_eq!(
            press(&mut state, KeyCode::Char(key)),
            work(Work::Mark(mark(verdict)))
        );
    }
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
fn the_status_tells_how_far_the_model_is_and_what_an_answer_read() {
    let mut state = bare(SIZE, EN);
    hear(&mut state, opened("hale", record(&said(EN))));
    let on_screen =
        |state: &State, words: &str| screen(state).iter().any(|row| row.contains(words));
    for (done, total, words) in [(0, 0, "models; you"), (7, 28, "models 25 %; you")] {
        let loading = Preparing::Loading { done, total };
        hear(&mut state, Report::Preparing(loading));
        assert!(on_screen(&state, words), "{words}");
    }
    let mut state = answering(SIZE, EN);
    let mut answer = done(EN, Ended::Complete);
    answer.pages = 321;
    let mut texts = said(EN);
    texts.extend([question(EN), crate::room::testing::answer(EN)]);
    let answered = Report::Answered {
        answer: Box::new(answer),
        record: record(&texts),
    };
    hear(&mut state, answered);
    assert!(on_screen(
        &state,
        "ready · the answer attended to 321 pages"
    ));
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
