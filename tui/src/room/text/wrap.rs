//! Breaking text into rows by display width.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns that a text takes; control characters take none.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(grapheme_width).sum()
}

fn grapheme_width(grapheme: &str) -> usize {
    if grapheme.chars().all(char::is_control) {
        0
    } else {
        grapheme.width()
    }
}

/// Rows of at most `columns` columns, as byte ranges without line feeds and without the
/// spaces that a break replaces. There is at least one row; a grapheme wider than a row
/// has a row to itself.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        wrap_line(text, start..start + line.len(), columns.max(1), &mut rows);
        start += line.len() + 1;
    }
    rows
}

fn wrap_line(text: &str, line: Range<usize>, columns: usize, rows: &mut Vec<Range<usize>>) {
    let mut start = line.start;
    let mut used = 0;
    // The last place to break at: where the row ends, and where the next one begins.
    let mut chance: Option<(usize, usize)> = None;
    let mut before = "";
    for (at, grapheme) in text[line.clone()].grapheme_indices(true) {
        let at = line.start + at;
        if before == " " && grapheme != " " {
            let end = line.start + text[line.start..at].trim_end_matches(' ').len();
            chance = Some((end.max(start), at));
        } else if at > start && breaks_between(before, grapheme) {
            chance = Some((at, at));
        }
        let wide = grapheme_width(grapheme);
        if used + wide > columns && at > start && grapheme != " " {
            let (end, next) = chance.filter(|(_, next)| *next > start).unwrap_or((at, at));
            rows.push(start..end);
            start = next;
            used = width(&text[start..at]);
            chance = None;
        }
        used += wide;
        before = grapheme;
    }
    // Spaces may hang over the edge, where nobody sees them.
    rows.push(start..line.end);
}

/// Ideographs stand by themselves; closing marks stay with what they close.
fn breaks_between(before: &str, after: &str) -> bool {
    let (Some(left), Some(right)) = (before.chars().next_back(), after.chars().next()) else {
        return false;
    };
    let apart = is_wide(left) || is_wide(right) || left == '-' || left == '/';
    apart && before != " " && !closes(right) && !opens(left)
}

fn is_wide(c: char) -> bool {
    c as u32 >= 0x1100 && unicode_width::UnicodeWidthChar::width(c) == Some(2)
}

fn closes(c: char) -> bool {
    "，。、；：？！”’）》」』】〕…—％%,.;:?!)]}°".contains(c)
}

fn opens(c: char) -> bool {
    "“‘（《「『【〔([{￥¥£$".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, columns: usize) -> Vec<&str> {
        wrap(text, columns)
            .into_iter()
            .map(|row| &text[row])
            .collect()
    }

    #[test]
    fn english_breaks_at_spaces_and_long_words_anywhere() {
        assert_eq!(
            rows("the deposit was paid", 11),
            ["the deposit", "was paid"]
        );
        assert_eq!(rows("aaaaaaaa bb", 4), ["aaaa", "aaaa", "bb"]);
        assert_eq!(rows("one  two", 4), ["one", "two"]);
        assert_eq!(rows("", 4), [""]);
        assert_eq!(rows("a\n\nb", 4), ["a", "", "b"]);
    }

    #[test]
    fn chinese_breaks_between_characters_and_keeps_marks_with_them() {
        assert_eq!(rows("押金是八千五。", 6), ["押金是", "八千", "五。"]);
        assert_eq!(rows("他说：“不退。”", 8), ["他说：", "“不退。”"]);
        assert_eq!(rows("付了8,500元", 6), ["付了", "8,500", "元"]);
    }

    #[test]
    fn emoji_are_never_cut() {
        assert_eq!(rows("👩‍👩‍👧👩‍👩‍👧", 2), ["👩‍👩‍👧", "👩‍👩‍👧"]);
        assert_eq!(width("押金a👍"), 7);
    }

    #[test]
    fn no_row_is_wider_than_asked_and_nothing_is_lost() {
        let text = "On 3 March 押金 8,500 元 was paid—by Mr Hale, 上海市 (at last)…  done";
        for columns in 2..40 {
            let rows = rows(text, columns);
            assert!(
                rows.iter().all(|row| width(row.trim_end()) <= columns),
                "{rows:?}"
            );
            let joined: String = rows.concat();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""));
        }
    }
}
