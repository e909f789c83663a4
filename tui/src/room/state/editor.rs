//! A text being written: cursor, lines, and what was sent before.

use unicode_segmentation::UnicodeSegmentation;

use crate::room::text::{width, wrap};

/// Text of any number of lines with a cursor between two graphemes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Editor {
    text: String,
    /// In bytes, on a grapheme's border.
    cursor: usize,
}

impl Editor {
    /// Holds this text, with the cursor behind it.
    pub(crate) fn holding(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            cursor: text.len(),
            text,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text, which it no longer holds.
    pub(crate) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Puts a text at the cursor. Line ends of all systems become line feeds, and no
    /// other control character is taken.
    pub(crate) fn insert(&mut self, text: &str) {
        let plain = text.replace("\r\n", "\n").replace('\r', "\n");
        let plain: String = plain
            .chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .filter(|c| *c == '\n' || !c.is_control())
            .collect();
        self.text.insert_str(self.cursor, &plain);
        self.cursor += plain.len();
    }

    pub(crate) fn left(&mut self) {
        self.cursor = self.before();
    }

    pub(crate) fn right(&mut self) {
        self.cursor = self.after();
    }

    pub(crate) fn word_left(&mut self) {
        let mut words = self.text[..self.cursor].split_word_bound_indices();
        let start = words.rfind(|(_, word)| !word.trim().is_empty());
        self.cursor = start.map_or(0, |(at, _)| at);
    }

    pub(crate) fn word_right(&mut self) {
        let words = self.text[self.cursor..].split_word_bound_indices();
        let end = words
            .map(|(at, word)| (at + word.len(), word))
            .find(|(_, word)| !word.trim().is_empty());
        self.cursor = end.map_or(self.text.len(), |(at, _)| self.cursor + at);
    }

    /// To the beginning of the line.
    pub(crate) fn home(&mut self) {
        self.cursor = self.line_start();
    }

    /// To the end of the line.
    pub(crate) fn end(&mut self) {
        let rest = &self.text[self.cursor..];
        self.cursor += rest.find('\n').unwrap_or(rest.len());
    }

    pub(crate) fn backspace(&mut self) {
        self.cut(self.before());
    }

    pub(crate) fn delete(&mut self) {
        let after = self.after();
        self.text.replace_range(self.cursor..after, "");
    }

    pub(crate) fn delete_word(&mut self) {
        let end = self.cursor;
        self.word_left();
        let start = std::mem::replace(&mut self.cursor, end);
        self.cut(start);
    }

    /// Removes what stands before the cursor on its line.
    pub(crate) fn delete_to_start(&mut self) {
        self.cut(self.line_start());
    }

    /// Removes what stands behind the cursor on its line.
    pub(crate) fn delete_to_end(&mut self) {
        let start = self.cursor;
        self.end();
        self.cut(start);
    }

    /// Up or down by a row as wrapped; false if there is none.
    pub(crate) fn vertical(&mut self, columns: usize, down: bool) -> bool {
        let rows = wrap(&self.text, columns);
        let (column, row) = self.position(columns);
        let target = if down { row + 1 } else { row.wrapping_sub(1) };
        let Some(target) = rows.get(target) else {
            return false;
        };
        let mut passed = 0;
        let mut cursor = target.start;
        for (at, grapheme) in self.text[target.clone()].grapheme_indices(true) {
            passed += width(grapheme);
            if passed > column {
                break;
            }
            cursor = target.start + at + grapheme.len();
        }
        self.cursor = cursor;
        true
    }

    /// Column and row of the cursor in the text as wrapped.
    pub(crate) fn position(&self, columns: usize) -> (usize, usize) {
        let rows = wrap(&self.text, columns);
        let row = rows.iter().rposition(|row| row.start <= self.cursor);
        let row = row.unwrap_or(0);
        let column = width(&self.text[rows[row].start..self.cursor.min(rows[row].end)]);
        // Behind a full row the cursor has no column of its own.
        (column.min(columns.saturating_sub(1)), row)
    }

    fn cut(&mut self, start: usize) {
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    fn before(&self) -> usize {
        let mut graphemes = self.text[..self.cursor].grapheme_indices(true);
        graphemes.next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }
}

/// A walk through what was said before, back to what was being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recall {
    /// How many steps back, from 1; `None` at what is being written.
    place: Option<usize>,
    draft: String,
}

impl Recall {
    /// The text one step earlier; `said` is in order. The draft is kept.
    pub(crate) fn earlier<'a>(&mut self, said: &[&'a str], draft: &str) -> Option<&'a str> {
        let place = self.place.map_or(1, |place| place + 1);
        let text = said.len().checked_sub(place).map(|at| said[at])?;
        if self.place.is_none() {
            self.draft = draft.to_owned();
        }
        self.place = Some(place);
        Some(text)
    }

    /// The text one step later, at last the draft.
    pub(crate) fn later(&mut self, said: &[&str]) -> Option<String> {
        match self.place? {
            0 | 1 => {
                self.place = None;
                Some(std::mem::take(&mut self.draft))
            }
            place => {
                self.place = Some(place - 1);
                said.len()
                    .checked_sub(place - 1)
                    .map(|at| said[at].to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_and_deletes_by_grapheme_and_word() {
        let mut editor = Editor::default();
        editor.insert("paid 押金👩‍👩‍👧");
        editor.backspace();
        assert_eq!(editor.text(), "paid 押金");
        editor.left();
        editor.delete();
        assert_eq!(editor.text(), "paid 押");
        editor.word_left();
        editor.word_left();
        editor.insert("I ");
        assert_eq!(editor.text(), "I paid 押");
        editor.word_right();
        editor.delete_to_end();
        editor.delete_word();
        assert_eq!(editor.text(), "I ");
        editor.delete_to_start();
        assert!(editor.is_empty());
        editor.delete_word();
        editor.backspace();
        editor.delete();
        assert!(editor.is_empty());
    }

    #[test]
    fn a_paste_keeps_its_lines_and_moves_no_cursor_of_the_terminals() {
        let mut editor = Editor::default();
        editor.insert("a\r\nb\rc\x1b[2J\td");
        assert_eq!(editor.text(), "a\nb\nc[2J d");
        editor.home();
        assert_eq!(editor.position(80), (0, 2));
        editor.end();
        assert_eq!(editor.position(80), (6, 2));
    }

    #[test]
    fn it_moves_over_wrapped_rows() {
        let mut editor = Editor::holding("押金是八千五");
        assert_eq!(editor.position(6), (5, 1));
        assert!(editor.vertical(6, false));
        assert_eq!(editor.position(6), (4, 0));
        assert!(!editor.vertical(6, false));
        assert!(editor.vertical(6, true));
        assert!(!editor.vertical(6, true));
    }

    #[test]
    fn history_gives_the_draft_back() {
        let said = ["first", "second"];
        let mut recall = Recall::default();
        assert_eq!(recall.later(&said), None);
        assert_eq!(recall.earlier(&said, "draft"), Some("second"));
        assert_eq!(recall.earlier(&said, "second"), Some("first"));
        assert_eq!(recall.earlier(&said, "first"), None);
        assert_eq!(recall.later(&said), Some("second".into()));
        assert_eq!(recall.later(&said), Some("draft".into()));
        assert_eq!(recall.later(&said), None);
    }
}
