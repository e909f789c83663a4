//! Keys in the conversation and the panes.

use estoppel::memory::{Mark, Role, TurnId, Verdict};

use super::{Chosen, Editor, Focus, Followed, Item, Pane, Side, State};
use crate::room::keys::Action;
use crate::room::message::{Effect, Work};
use crate::room::text::{Anchor, Column, Place, Scroll, Tone};
use crate::room::view::{self, Conversation, PaneColumn};

impl State {
    pub(super) fn read(&mut self, action: Action) -> Vec<Effect> {
        let page = view::areas(self).conversation.rows.saturating_sub(1) as isize;
        match action {
            Action::PageUp => self.scroll_by(-page.max(1)),
            Action::PageDown => self.scroll_by(page.max(1)),
            Action::Up => self.scroll_by(-1),
            Action::Down => self.scroll_by(1),
            Action::Top => self.scroll_by(isize::MIN / 2),
            Action::Bottom => self.scroll_by(isize::MAX / 2),
            Action::NextCitation => self.choose(true),
            Action::PreviousCitation => self.choose(false),
            Action::Follow => self.follow(),
            Action::Copy => return self.copy(),
            Action::Edit => self.edit(),
            Action::AskAgain => return self.ask_again(),
            Action::MarkRight => return self.mark(Verdict::Right),
            Action::MarkWrong => return self.mark(Verdict::Wrong),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn scroll_by(&mut self, rows: isize) {
        if self.focus == Focus::Side {
            self.move_in_side(rows);
            return;
        }
        let column = Conversation::new(self);
        let place = view::areas(self).conversation;
        self.scroll = self.scroll.moved(&column, place, rows);
    }

    /// Chooses another item of the pane; a pane without items to choose scrolls.
    fn move_in_side(&mut self, by: isize) {
        let place = view::areas(self).side;
        let (Some(mut side), Some(place)) = (self.side.take(), place) else {
            return;
        };
        match side.pane.len().checked_sub(1) {
            None => side.scroll = side.scroll.moved(&PaneColumn::new(self, &side), place, by),
            Some(last) => {
                side.chosen = side.chosen.saturating_add_signed(by).min(last);
                let column = PaneColumn::new(self, &side);
                let (first, last) = column.chosen(place.columns);
                let scroll = side.scroll.showing(&column, place, last);
                side.scroll = scroll.showing(&column, place, first);
            }
        }
        self.side = Some(side);
    }

    /// Chooses the last citation, as where reading begins.
    pub(super) fn choose_last(&mut self) {
        let items = self.talk.items();
        let last = items.iter().enumerate().rev().find_map(|(item, kind)| {
            let marks = self.talk.cited(*kind)?.marks().count();
            (marks > 0).then_some(Chosen { item, mark: 0 })
        });
        self.chosen = last;
        self.show_chosen();
    }

    /// The citation after or before the chosen one.
    fn choose(&mut self, next: bool) {
        let Some(chosen) = self.chosen else {
            self.choose_last();
            return;
        };
        let items = self.talk.items();
        let marks = |item: usize| {
            let cited = items.get(item).and_then(|kind| self.talk.cited(*kind));
            cited.map_or(0, |cited| cited.marks().count())
        };
        let found = if next {
            if chosen.mark + 1 < marks(chosen.item) {
                Some((chosen.item, chosen.mark + 1))
            } else {
                let mut later = chosen.item + 1..items.len();
                later.find(|item| marks(*item) > 0).map(|item| (item, 0))
            }
        } else if chosen.mark > 0 {
            Some((chosen.item, chosen.mark - 1))
        } else {
            let mut earlier = (0..chosen.item).rev();
            let found = earlier.find(|item| marks(*item) > 0);
            found.map(|item| (item, marks(item) - 1))
        };
        if let Some((item, mark)) = found {
            self.chosen = Some(Chosen { item, mark });
            self.show_chosen();
            // What is followed stays in step with what is chosen.
            if matches!(&self.side, Some(side) if matches!(side.pane, Pane::Citation(_))) {
                self.follow_citation();
            }
        }
    }

    fn show_chosen(&mut self) {
        let Some(Chosen { item, mark }) = self.chosen else {
            return;
        };
        let place = view::areas(self).conversation;
        let column = Conversation::new(self);
        let rows = column.rows(item, place.columns);
        let row = rows
            .iter()
            .position(|row| row.has(Tone::Chosen) || row.has(Tone::Cite(mark)));
        let row = row.unwrap_or(0);
        self.scroll = self.scroll.showing(&column, place, Anchor { item, row });
    }

    fn follow(&mut self) {
        match self.focus {
            Focus::Conversation if self.chosen.is_none() => self.choose_last(),
            Focus::Conversation => self.follow_citation(),
            Focus::Side => self.follow_pane(),
            Focus::Input => {}
        }
    }

    /// Shows what the chosen citation rests on.
    pub(super) fn follow_citation(&mut self) {
        let Some(Chosen { item, mark }) = self.chosen else {
            return;
        };
        let Some(kind) = self.talk.items().get(item).copied() else {
            return;
        };
        let followed = self.talk.cited(kind).and_then(|cited| {
            let citation = cited.marks().nth(mark)?;
            let question = self.talk.question(kind)?;
            let evidence = cited.evidence.as_ref();
            Some(Followed::new(question, citation, evidence))
        });
        if let Some(followed) = followed {
            self.side = Some(Side::of(Pane::Citation(followed)));
            if view::covered(self) {
                self.focus = Focus::Side;
            }
        }
    }

    /// Says of the citation that is followed whether it is right; the same again takes
    /// it back.
    fn mark(&mut self, verdict: Verdict) -> Vec<Effect> {
        let Some(Pane::Citation(followed)) = self.side.as_ref().map(|side| &side.pane) else {
            self.say(
                "Follow a citation first, then say whether it is right.",
                "请先查看一处引用，再标记其对错。",
            );
            return Vec::new();
        };
        let (question, turn) = (followed.question.clone(), followed.turn);
        let before = self.talk.record.verdict(&question, turn);
        self.when_open(Work::Mark(Mark {
            question,
            turn,
            verdict: (before != Some(verdict)).then_some(verdict),
        }))
    }

    /// Goes to the turn that the chosen item of the pane speaks of.
    fn follow_pane(&mut self) {
        let turn = self
            .side
            .as_ref()
            .and_then(|side| side.pane.turn(side.chosen));
        if let Some(turn) = turn {
            self.leave_covered();
            self.go_to(turn);
        }
    }

    /// Brings a turn into sight.
    fn go_to(&mut self, turn: TurnId) {
        let items = self.talk.items();
        let of_turn = |item: &Item| matches!(item, Item::Turn(place) if self.talk.record.turns[*place].id == turn);
        if let Some(item) = items.iter().position(of_turn) {
            self.scroll = Scroll::From(Anchor { item, row: 0 });
            let Place { columns, rows } = view::areas(self).conversation;
            let column = Conversation::new(self);
            // Near the end the last rows fill the screen.
            self.scroll = self.scroll.moved(&column, Place { columns, rows }, 0);
        }
    }

    /// The answer of the chosen citation, or the last thing counsel said.
    pub(super) fn copy(&mut self) -> Vec<Effect> {
        let items = self.talk.items();
        let counsel = |item: &&Item| match item {
            Item::Turn(place) => self.talk.record.turns[*place].role == Role::Counsel,
            Item::Aside(_) | Item::Live => true,
        };
        let chosen = self.chosen.and_then(|chosen| items.get(chosen.item));
        let Some(item) = chosen.or_else(|| items.iter().rev().find(counsel)) else {
            return Vec::new();
        };
        let words = self.talk.words(*item).to_owned();
        self.say("The answer is on the clipboard.", "回答已复制。");
        vec![Effect::Copy(words)]
    }

    fn last_question(&self) -> Option<String> {
        self.talk
            .said()
            .last()
            .map(|question| (*question).to_owned())
    }

    /// Takes the last question back into the input.
    fn edit(&mut self) {
        if let Some(question) = self.last_question() {
            self.input = Editor::holding(question);
            self.focus = Focus::Input;
        }
    }

    fn ask_again(&mut self) -> Vec<Effect> {
        let ready = matches!(self.engine, super::Engine::Ready(_)) && self.talk.live.is_none();
        match self.last_question().filter(|_| ready) {
            Some(question) => self.ask(question),
            None => Vec::new(),
        }
    }
}
