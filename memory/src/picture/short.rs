//! Long texts in few words, by the width at which they are drawn.

use unicode_segmentation::UnicodeSegmentation;

use crate::turn::{Role, Turn};

/// Widths of labels, in Latin letters.
const TURN: usize = 46;
const FACT: usize = 34;
const NAME: usize = 26;

pub(super) fn turn(turn: &Turn) -> String {
    let role = match turn.role {
        Role::Client => "client",
        Role::Counsel => "counsel",
    };
    let who = turn.speaker.as_deref().unwrap_or(role);
    let text = match turn.is_forgotten() {
        true => "(forgotten)",
        false => turn.text.as_str(),
    };
    cut(&format!("[{}] {who}: {text}", turn.id), TURN)
}

pub(super) fn fact(attribute: &str, surface: &str) -> String {
    match attribute {
        "" => cut(surface, FACT),
        attribute => cut(&format!("{attribute}: {surface}"), FACT),
    }
}

pub(super) fn name(name: &str) -> String {
    cut(name, NAME)
}

/// A text on one line, no wider than so many Latin letters.
pub(super) fn cut(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.graphemes(true).map(width).sum::<usize>() <= most {
        return line;
    }
    let mut room = most - 1;
    let fits = line.graphemes(true).take_while(|grapheme| {
        let fits = width(grapheme) <= room;
        room = room.saturating_sub(width(grapheme));
        fits
    });
    fits.chain(["…"]).collect()
}

/// Scripts from Hangul on are drawn about twice as wide as Latin.
fn width(grapheme: &str) -> usize {
    match grapheme.chars().next() {
        Some('\u{1100}'..) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_width_and_between_graphemes() {
        assert_eq!(cut("a  short\ntext", 20), "a short text");
        assert_eq!(cut("a text that is long", 10), "a text th…");
        assert_eq!(cut("押金五千八百元整", 9), "押金五千…");
        assert_eq!(
            cut("e\u{301}e\u{301}e\u{301}e\u{301}", 3),
            "e\u{301}e\u{301}…"
        );
    }
}
