//! From state to frame, without anything else.

mod conversation;
mod help;
mod layout;
mod listing;
mod pane;
mod status;

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::language::Say;
use super::state::{Focus, Modal, State, completions};
use super::text::{Column, Place, Row, Scroll, Text, Tone};
use super::theme::Theme;

pub(crate) use conversation::Conversation;
pub(crate) use help::Help;
pub(crate) use layout::{Part, areas, covered, input_columns};
pub(crate) use pane::PaneColumn;

use layout::{Areas, PROMPT};

/// Commands that are suggested at once.
const SUGGESTED: usize = 6;

/// Draws the room.
pub(crate) fn draw(state: &State, theme: Theme, frame: &mut Frame<'_>) {
    let areas = areas(state);
    let paint = &mut Paint {
        theme,
        buffer: frame.buffer_mut(),
    };
    if areas.too_small {
        let words = state.language.say("too small", "窗口太小");
        paint.row(areas.whole, &Row::of(words, Tone::Plain));
        return;
    }
    status::title(state, areas.title, paint);
    if !covered(state) {
        let column = Conversation::new(state);
        paint.column(areas.conversation_area, &column, state.scroll);
    }
    side(state, &areas, paint);
    notice(state, areas.notice, paint);
    status::activity(state, areas.rule, paint);
    let cursor = input(state, areas.input, paint);
    status::keys(state, areas.bar, paint);
    suggestions(state, &areas, paint);
    let cursor = match &state.modal {
        None if state.focus == Focus::Input => Some(cursor),
        None => None,
        Some(Modal::Help(scroll)) => {
            help::draw(state, *scroll, areas.whole, paint);
            None
        }
        Some(Modal::Palette(choice)) => Some(listing::palette(state, choice, areas.whole, paint)),
        Some(Modal::Matters(cabinet)) => Some(listing::matters(state, cabinet, areas.whole, paint)),
        Some(Modal::Forgetting(turn)) => {
            listing::forgetting(state, *turn, &areas, paint);
            None
        }
    };
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

fn side(state: &State, areas: &Areas, paint: &mut Paint<'_>) {
    let Some(side) = &state.side else {
        return;
    };
    for y in areas.divider.top()..areas.divider.bottom() {
        let tone = if state.focus == Focus::Side {
            Tone::Strong
        } else {
            Tone::Dim
        };
        paint.row(
            Rect {
                y,
                height: 1,
                ..areas.divider
            },
            &Row::of("│", tone),
        );
    }
    paint.column(areas.side_area, &PaneColumn::new(state, side), side.scroll);
}

fn notice(state: &State, area: Rect, paint: &mut Paint<'_>) {
    for (y, row) in (area.top()..area.bottom()).zip(layout::notice_rows(state, area.width)) {
        paint.row(
            Rect {
                y,
                height: 1,
                ..area
            },
            &row,
        );
    }
}

/// The commands that the message may become, above it.
fn suggestions(state: &State, areas: &Areas, paint: &mut Paint<'_>) {
    let offered = completions(state.input.text());
    let shown = usize::from(areas.rule.y.saturating_sub(1))
        .min(SUGGESTED)
        .min(offered.len());
    let chosen = state.suggested.min(offered.len().saturating_sub(1));
    let first = (chosen + 1).saturating_sub(shown);
    for (at, command) in offered.iter().enumerate().skip(first).take(shown) {
        let y = areas.rule.y - (shown - (at - first)) as u16;
        let line = Rect {
            y,
            height: 1,
            ..areas.rule
        };
        paint.clear(line);
        paint.row(
            line,
            &listing::command(command, at == chosen, state.language),
        );
    }
}

/// Draws the message that is being written; where its cursor is.
fn input(state: &State, area: Rect, paint: &mut Paint<'_>) -> (u16, u16) {
    let columns = input_columns(area.width);
    let (column, row) = state.input.position(columns);
    let first = (row + 1).saturating_sub(area.height.into());
    let rows = Text::of(state.input.text(), Tone::Plain).rows(columns, 0);
    let tone = if state.focus == Focus::Input {
        Tone::Strong
    } else {
        Tone::Dim
    };
    for (y, (at, row)) in (area.top()..area.bottom()).zip(rows.iter().enumerate().skip(first)) {
        let lead = if at == 0 { PROMPT } else { "  " };
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        paint.row(line, &Row::of(lead, tone));
        let line = Rect {
            x: line.x + PROMPT.len() as u16,
            width: line.width.saturating_sub(PROMPT.len() as u16),
            ..line
        };
        paint.row(line, row);
    }
    let x = area.x + (PROMPT.len() + column) as u16;
    let y = area.y + (row - first) as u16;
    (x.min(area.right().saturating_sub(1)), y)
}

/// A buffer to paint rows on.
struct Paint<'a> {
    theme: Theme,
    buffer: &'a mut Buffer,
}

impl Paint<'_> {
    /// Paints a row at the top of an area, cut at its edge.
    fn row(&mut self, area: Rect, row: &Row) {
        // The terminal may have shrunk since the state heard of its size.
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return;
        }
        let mut x = area.x.saturating_add(row.indent as u16);
        for (text, tone) in &row.pieces {
            let left = area.right().saturating_sub(x);
            if left == 0 {
                break;
            }
            let style = self.theme.style(*tone);
            (x, _) = self.buffer.set_stringn(x, area.y, text, left.into(), style);
        }
    }

    fn column(&mut self, area: Rect, column: &impl Column, scroll: Scroll) {
        let place = Place {
            columns: area.width.into(),
            rows: area.height.into(),
        };
        let rows = scroll.visible(column, place);
        for (y, (_, row)) in (area.top()..area.bottom()).zip(rows) {
            self.row(
                Rect {
                    y,
                    height: 1,
                    ..area
                },
                &row,
            );
        }
    }

    /// Empties an area.
    fn clear(&mut self, area: Rect) {
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
    }
}
