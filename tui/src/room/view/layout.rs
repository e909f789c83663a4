//! What goes where.

use ratatui::layout::{Position, Rect};

use crate::room::state::State;
use crate::room::text::{Place, Row, Text, Tone, wrap};

/// What stands before the message that is being written.
pub(super) const PROMPT: &str = "> ";
/// From this width on a pane stands beside the conversation, else in its place.
const BESIDE: u16 = 100;
/// The smallest screen that shows more than an apology.
const LEAST: (u16, u16) = (16, 6);

/// The parts of the screen.
pub(crate) struct Areas {
    pub(super) whole: Rect,
    pub(super) too_small: bool,
    pub(super) title: Rect,
    pub(super) conversation_area: Rect,
    pub(super) divider: Rect,
    pub(super) side_area: Rect,
    pub(super) notice: Rect,
    pub(super) rule: Rect,
    pub(super) input: Rect,
    pub(super) bar: Rect,
    /// The size of the conversation, as if no pane covered it.
    pub(crate) conversation: Place,
    /// The size of the pane, if there is one.
    pub(crate) side: Option<Place>,
}

/// What stands under a cell of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What was said; the cell from its upper left corner.
    Conversation { row: usize, column: usize },
    /// The pane beside it.
    Side,
    /// The message that is being written.
    Input,
    /// Anything else.
    Other,
}

impl Areas {
    /// What stands under a cell.
    pub(crate) fn under(&self, x: u16, y: u16) -> Part {
        let at = Position { x, y };
        if self.conversation_area.contains(at) {
            return Part::Conversation {
                row: usize::from(y - self.conversation_area.y),
                column: usize::from(x - self.conversation_area.x),
            };
        }
        match (self.side_area.contains(at), self.input.contains(at)) {
            (true, _) => Part::Side,
            (false, true) => Part::Input,
            (false, false) => Part::Other,
        }
    }
}

/// Columns that a message is wrapped to.
pub(crate) fn input_columns(width: u16) -> usize {
    usize::from(width).saturating_sub(PROMPT.len() + 1).max(1)
}

/// Divides the screen.
pub(crate) fn areas(state: &State) -> Areas {
    let (width, height) = state.size;
    let whole = Rect::new(0, 0, width, height);
    let input = input_height(state);
    let notice = (notice_rows(state, width).len() as u16).min(height.saturating_sub(input + 4));
    // Title, rule and bar take a row each.
    let body = height.saturating_sub(3 + input + notice);
    let mut y = 0;
    let mut take = |rows: u16| {
        let area = Rect::new(0, y, width, rows.min(height.saturating_sub(y)));
        y += area.height;
        area
    };
    let (title, body) = (take(1), take(body));
    let (notice, rule, input, bar) = (take(notice), take(1), take(input), take(1));
    let (conversation_area, divider, side_area) = divide(state, body);
    let unseen = conversation_area.width == 0;
    let seen = if unseen { body } else { conversation_area };
    Areas {
        whole,
        too_small: width < LEAST.0 || height < LEAST.1,
        title,
        conversation_area,
        divider,
        side_area,
        notice,
        rule,
        input,
        bar,
        conversation: place(seen),
        side: state.side.as_ref().map(|_| place(side_area)),
    }
}

/// Whether a pane stands in place of the conversation.
pub(crate) fn covered(state: &State) -> bool {
    state.side.is_some() && state.size.0 < BESIDE
}

fn place(area: Rect) -> Place {
    Place {
        columns: area.width.into(),
        rows: area.height.into(),
    }
}

fn divide(state: &State, body: Rect) -> (Rect, Rect, Rect) {
    let nothing = Rect { width: 0, ..body };
    match state.side {
        None => (body, nothing, nothing),
        Some(_) if covered(state) => (nothing, nothing, body),
        Some(_) => {
            let side = body.width * 2 / 5;
            let left = body.width - side - 2;
            (
                Rect {
                    width: left,
                    ..body
                },
                Rect {
                    x: body.x + left,
                    width: 1,
                    ..body
                },
                Rect {
                    x: body.x + left + 2,
                    width: side,
                    ..body
                },
            )
        }
    }
}

/// A third of the screen at most.
fn input_height(state: &State) -> u16 {
    let rows = wrap(state.input.text(), input_columns(state.size.0)).len();
    let most = (state.size.1 / 3).clamp(1, 10);
    u16::try_from(rows).unwrap_or(most).clamp(1, most)
}

/// What is to be told, as rows; a third of the screen at most.
pub(super) fn notice_rows(state: &State, width: u16) -> Vec<Row> {
    let Some(notice) = &state.notice else {
        return Vec::new();
    };
    let (mark, tone) = if notice.failure {
        ("! ", Tone::Failure)
    } else {
        ("· ", Tone::Strong)
    };
    let text = Text::of(mark, tone).with(&notice.text, Tone::Plain);
    let mut rows = text.rows(width.into(), 0);
    rows.truncate((state.size.1 / 3).max(1).into());
    rows
}
