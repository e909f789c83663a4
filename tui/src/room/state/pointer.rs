//! The mouse, where the person asked for it: the wheel scrolls what it is over, and a
//! click goes where it points.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::{Chosen, Focus, State};
use crate::room::message::Effect;
use crate::room::text::{Tone, width};
use crate::room::view::{self, Conversation, Part};

/// Rows that a turn of the wheel moves.
const STEP: isize = 3;

impl State {
    pub(super) fn point(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        if self.modal.is_some() {
            return Vec::new();
        }
        let part = view::areas(self).under(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::ScrollUp => self.roll(part, -STEP),
            MouseEventKind::ScrollDown => self.roll(part, STEP),
            MouseEventKind::Down(MouseButton::Left) => self.click(part),
            _ => {}
        }
        Vec::new()
    }

    /// Switches between the mouse here and the terminal's own selecting of text.
    pub(super) fn toggle_mouse(&mut self) -> Vec<Effect> {
        self.mouse = !self.mouse;
        match self.mouse {
            true => self.say(
                "The mouse scrolls and follows citations; most terminals select text with Shift held.",
                "鼠标可滚动和打开引用；多数终端按住 Shift 可选择文本。",
            ),
            false => self.say(
                "The mouse is the terminal's again.",
                "鼠标已交还给终端。",
            ),
        }
        vec![Effect::Mouse(self.mouse)]
    }

    fn roll(&mut self, part: Part, rows: isize) {
        let focus = self.focus;
        self.focus = match part {
            Part::Side => Focus::Side,
            Part::Conversation { .. } | Part::Input | Part::Other => Focus::Conversation,
        };
        self.scroll_by(rows);
        self.focus = focus;
    }

    fn click(&mut self, part: Part) {
        match part {
            Part::Input => self.focus = Focus::Input,
            Part::Side => self.focus = Focus::Side,
            Part::Conversation { row, column } => {
                self.focus = Focus::Conversation;
                if let Some(chosen) = self.citation_at(row, column) {
                    self.chosen = Some(chosen);
                    self.follow_citation();
                }
            }
            Part::Other => {}
        }
    }

    /// The citation on a cell of the conversation.
    fn citation_at(&self, row: usize, column: usize) -> Option<Chosen> {
        let conversation = Conversation::new(self);
        let place = view::areas(self).conversation;
        let seen = self.scroll.visible(&conversation, place);
        let (anchor, row) = seen.get(row)?;
        let mut end = row.indent;
        let (_, tone) = row.pieces.iter().find(|(text, _)| {
            end += width(text);
            column < end
        })?;
        match tone {
            Tone::Cite(mark) if column >= row.indent => Some(Chosen {
                item: anchor.item,
                mark: *mark,
            }),
            Tone::Chosen => self.chosen.filter(|chosen| chosen.item == anchor.item),
            _ => None,
        }
    }
}
