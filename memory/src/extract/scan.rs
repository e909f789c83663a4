//! The text while it is read: what is taken already, and what stands around.

use std::ops::Range;

use jiff::civil::DateTime;

/// A text being read. Each kind takes its spans; later kinds see only the rest.
pub(super) struct Scan<'a> {
    pub text: &'a str,
    pub at: DateTime,
    taken: Vec<Range<usize>>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str, at: DateTime) -> Self {
        Self {
            text,
            at,
            taken: Vec::new(),
        }
    }

    /// Keeps the first of overlapping finds, and marks their places as taken.
    pub(super) fn take<T>(&mut self, found: Vec<(Range<usize>, T)>) -> Vec<(Range<usize>, T)> {
        let mut kept = Vec::new();
        for (span, item) in found {
            if self.is_free(&span) {
                self.taken.push(span.clone());
                kept.push((span, item));
            }
        }
        kept
    }

    pub(super) fn is_free(&self, span: &Range<usize>) -> bool {
        let apart = |t: &Range<usize>| t.end <= span.start || span.end <= t.start;
        self.taken.iter().all(apart)
    }

    /// Every span taken so far.
    pub(super) fn taken(&self) -> &[Range<usize>] {
        &self.taken
    }

    /// The text before a place, no further back than the last mark of punctuation.
    pub(super) fn before(&self, at: usize) -> &'a str {
        let head = &self.text[..at];
        match head.rfind(is_mark) {
            Some(mark) => head[mark..].trim_start_matches(is_mark),
            None => head,
        }
    }

    /// The text after a place, no further than the next mark of punctuation.
    pub(super) fn after(&self, at: usize) -> &'a str {
        let tail = &self.text[at..];
        &tail[..tail.find(is_mark).unwrap_or(tail.len())]
    }

    /// The sentence around a place.
    pub(super) fn sentence(&self, span: &Range<usize>) -> &'a str {
        let (head, tail) = (&self.text[..span.start], &self.text[span.end..]);
        let last_end = head
            .char_indices()
            .rev()
            .find(|&(i, c)| ends_sentence(head, i, c));
        let start = last_end.map_or(0, |(i, c)| i + c.len_utf8());
        let next_end = tail
            .char_indices()
            .find(|&(i, c)| ends_sentence(tail, i, c));
        let end = next_end.map_or(self.text.len(), |(i, _)| span.end + i);
        &self.text[start..end]
    }
}

fn is_mark(c: char) -> bool {
    matches!(
        c,
        ',' | '，'
            | '。'
            | ';'
            | '；'
            | '!'
            | '！'
            | '?'
            | '？'
            | ':'
            | '：'
            | '\n'
            | '('
            | ')'
            | '（'
            | '）'
            | '"'
            | '“'
            | '”'
            | '、'
            | '…'
            | '—'
            | '–'
    )
}

fn ends_sentence(text: &str, at: usize, c: char) -> bool {
    let stop = matches!(c, '。' | ';' | '；' | '!' | '！' | '?' | '？' | '\n');
    stop || (c == '.' && text[at + 1..].starts_with(char::is_whitespace))
}
