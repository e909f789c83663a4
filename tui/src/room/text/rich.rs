//! Text with tones, and the rows that it is wrapped to.

use std::ops::Range;

use super::wrap::wrap;

/// What a piece of text is; the theme says how that looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// What is said.
    #[default]
    Plain,
    /// What matters less.
    Dim,
    /// What stands out.
    Strong,
    /// A heading of a pane or an answer.
    Heading,
    /// Quoted code.
    Code,
    /// A citation, by its place among those of its item.
    Cite(usize),
    /// The citation or row that is chosen.
    Chosen,
    /// The words that a citation rests on.
    Quoted,
    /// What no longer holds.
    Struck,
    /// A value that stands in no cited turn, or another doubt.
    Doubt,
    /// Something failed.
    Failure,
    /// A key that can be pressed.
    Key,
}

/// Pieces of text, each in one tone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    text: String,
    /// Where each piece ends, with its tone; ascending.
    ends: Vec<(usize, Tone)>,
}

impl Text {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Text in one tone.
    pub(crate) fn of(text: impl AsRef<str>, tone: Tone) -> Self {
        Self::new().with(text, tone)
    }

    /// The same with more at its end.
    pub(crate) fn with(mut self, text: impl AsRef<str>, tone: Tone) -> Self {
        self.push(text, tone);
        self
    }

    pub(crate) fn push(&mut self, text: impl AsRef<str>, tone: Tone) {
        // Control characters would move the terminal's cursor.
        let kept = text.as_ref().chars().filter_map(|c| match c {
            '\n' => Some('\n'),
            '\t' => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        });
        let before = self.text.len();
        self.text.extend(kept);
        if self.text.len() == before {
            return;
        }
        match self.ends.last_mut() {
            Some((end, last)) if *last == tone => *end = self.text.len(),
            _ => self.ends.push((self.text.len(), tone)),
        }
    }

    /// The same with one of its citations chosen.
    pub(crate) fn choosing(mut self, mark: usize) -> Self {
        for (_, tone) in &mut self.ends {
            if *tone == Tone::Cite(mark) {
                *tone = Tone::Chosen;
            }
        }
        self
    }

    /// Its rows at a width, behind an indent that counts.
    pub(crate) fn rows(&self, columns: usize, indent: usize) -> Vec<Row> {
        let room = columns.saturating_sub(indent).max(1);
        let rows = wrap(&self.text, room).into_iter();
        rows.map(|range| Row {
            indent,
            pieces: self.pieces(range),
        })
        .collect()
    }

    fn pieces(&self, range: Range<usize>) -> Vec<(String, Tone)> {
        let mut pieces = Vec::new();
        let mut start = range.start;
        for &(end, tone) in &self.ends {
            let end = end.min(range.end);
            if end > start {
                pieces.push((self.text[start..end].to_owned(), tone));
                start = end;
            }
        }
        pieces
    }
}

/// One row of the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// Empty columns before it.
    pub(crate) indent: usize,
    pub(crate) pieces: Vec<(String, Tone)>,
}

impl Row {
    /// A row without anything.
    pub(crate) fn blank() -> Self {
        Self::default()
    }

    /// A row that is not wrapped.
    pub(crate) fn of(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            indent: 0,
            pieces: vec![(text.into(), tone)],
        }
    }

    /// Whether it holds a piece in this tone.
    pub(crate) fn has(&self, tone: Tone) -> bool {
        self.pieces.iter().any(|(_, other)| *other == tone)
    }

    /// Its words without tones.
    #[cfg(test)]
    pub(crate) fn plain(&self) -> String {
        let text: String = self.pieces.iter().map(|(text, _)| text.as_str()).collect();
        " ".repeat(self.indent) + &text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_follow_the_words_over_rows() {
        let text = Text::of("paid on ", Tone::Plain)
            .with("3 March", Tone::Quoted)
            .with(" 2025", Tone::Quoted);
        let rows = text.rows(11, 1);
        assert_eq!(
            rows,
            [
                Row {
                    indent: 1,
                    pieces: vec![("paid on ".into(), Tone::Plain), ("3".into(), Tone::Quoted)]
                },
                Row {
                    indent: 1,
                    pieces: vec![("March 2025".into(), Tone::Quoted)]
                },
            ]
        );
        assert_eq!(rows[1].plain(), " March 2025");
        assert!(rows[0].has(Tone::Plain) && !rows[1].has(Tone::Plain));
    }

    #[test]
    fn nothing_moves_the_terminals_cursor() {
        let text = Text::of("a\x1b[2Jb\tc\r", Tone::Plain);
        assert_eq!(text.rows(20, 0)[0].plain(), "a[2Jb c");
    }
}
