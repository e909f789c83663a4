//! The keys of what is in focus.

use ratatui::layout::Rect;

use super::Paint;
use crate::room::keys::{Action, Scope};
use crate::room::language::Say;
use crate::room::state::{Focus, State};
use crate::room::text::{Column, Row, Scroll, Text, Tone, width};

pub(super) fn draw(state: &State, scroll: Scroll, area: Rect, paint: &mut Paint<'_>) {
    paint.clear(area);
    let below = area.height.saturating_sub(1);
    let keys = Rect {
        height: below,
        ..area
    };
    paint.column(keys, &Help::new(state), scroll);
    let last = Rect {
        y: area.y + below,
        height: area.height - below,
        ..area
    };
    let words = state.language.say(
        "↑ ↓ scroll, any other key goes back",
        "↑ ↓ 滚动，其他键返回",
    );
    paint.row(last, &Row::of(words, Tone::Dim));
}

/// What the keys do, one below the other.
pub(crate) struct Help {
    heading: &'static str,
    keys: Vec<(String, &'static str)>,
}

impl Help {
    pub(crate) fn new(state: &State) -> Self {
        let language = state.language;
        let mut keys = fixed(state);
        keys.extend(bound(state));
        Self {
            heading: match state.focus {
                Focus::Input => language.say("Keys while you write", "书写时的按键"),
                Focus::Conversation => language.say("Keys in the conversation", "对话中的按键"),
                Focus::Side => language.say("Keys in the pane", "侧栏中的按键"),
            },
            keys,
        }
    }
}

impl Column for Help {
    fn len(&self) -> usize {
        self.keys.len() + 1
    }

    fn rows(&self, item: usize, columns: usize) -> Vec<Row> {
        let Some((key, told)) = item.checked_sub(1).map(|at| &self.keys[at]) else {
            return vec![Row::of(self.heading, Tone::Heading)];
        };
        let wide = self
            .keys
            .iter()
            .map(|(key, _)| width(key))
            .max()
            .unwrap_or(0);
        let text = Text::of(key, Tone::Key);
        if columns < wide + 20 {
            return text.with(format!("  {told}"), Tone::Plain).rows(columns, 1);
        }
        let pad = " ".repeat(wide - width(key) + 2);
        text.with(pad + told, Tone::Plain).rows(columns, 1)
    }
}

/// Keys that cannot be changed.
fn fixed(state: &State) -> Vec<(String, &'static str)> {
    let language = state.language;
    let keys: &[(&str, &str, &str)] = match state.focus {
        Focus::Input => &[
            ("Enter", "send", "发送"),
            ("Ctrl+J, Alt+Enter, Shift+Enter", "break the line", "换行"),
            ("↑ ↓", "what you said before", "以前说过的话"),
            ("Ctrl+A, Ctrl+E", "to the line's ends", "行首、行尾"),
            (
                "Ctrl+W, Ctrl+U, Ctrl+K",
                "delete a word, to the ends",
                "删除词、到行首、到行尾",
            ),
            ("Esc", "stop the answer, close", "停止回答、关闭"),
            ("Ctrl+C", "stop, empty, quit", "停止、清空、退出"),
        ],
        Focus::Conversation | Focus::Side => &[("Esc", "stop the answer, back", "停止回答、返回")],
    };
    keys.iter()
        .map(|(key, en, zh)| ((*key).to_owned(), language.say(*en, *zh)))
        .collect()
}

fn bound(state: &State) -> Vec<(String, &'static str)> {
    let writing = state.focus == Focus::Input;
    Action::all()
        .filter(|(_, scope)| *scope == Scope::Everywhere || !writing)
        .map(|(action, _)| (state.keymap.keys(action), action.told(state.language)))
        .filter(|(keys, _)| !keys.is_empty())
        .collect()
}
