//! An answer as it is shown: its markdown read, its citations and doubtful values
//! marked where they stand.

use std::ops::Range;

use estoppel::{Attribution, Standing};

use super::rich::{Text, Tone};

/// What is put into an answer at a place of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Insert {
    /// The mark of a citation, by its place in the answer.
    Cite {
        index: usize,
        turn: u32,
        standing: Standing,
    },
    /// The value that ends here stands in no cited turn.
    Doubt,
}

/// The marks of an answer, ascending: behind each sentence its citations, behind each
/// unsupported value a doubt.
pub(crate) fn insertions(
    text: &str,
    sentences: &[(Range<usize>, Attribution)],
) -> Vec<(usize, Insert)> {
    let mut inserts = Vec::new();
    let mut index = 0;
    for (range, attribution) in sentences {
        let Some(sentence) = text.get(range.clone()) else {
            continue;
        };
        for value in &attribution.unsupported {
            if let Some(at) = sentence.find(value.as_str()) {
                inserts.push((range.start + at + value.len(), Insert::Doubt));
            }
        }
        for citation in &attribution.citations {
            let cite = Insert::Cite {
                index,
                turn: citation.turn.0,
                standing: citation.standing,
            };
            inserts.push((range.end, cite));
            index += 1;
        }
    }
    inserts.sort_by_key(|(at, _)| *at);
    inserts
}

/// Reads the markdown that language models write (headings, lists, emphasis, code) and
/// puts the marks in. `superseded` follows the number of a turn that was corrected.
pub(crate) fn marked(text: &str, inserts: &[(usize, Insert)], superseded: &str) -> Text {
    let mut out = Text::new();
    let mut inserts = inserts.iter().peekable();
    let mut style = Style::default();
    let mut rest = text;
    loop {
        let at = text.len() - rest.len();
        while let Some((_, insert)) = inserts.next_if(|(place, _)| *place <= at) {
            push(&mut out, insert, superseded);
        }
        let Some(c) = rest.chars().next() else {
            break;
        };
        if at == 0 || text[..at].ends_with('\n') {
            let (skipped, bullet) = style.begin_line(rest);
            out.push(bullet, Tone::Plain);
            if skipped > 0 {
                rest = &rest[skipped..];
                continue;
            }
        }
        let skipped = style.toggle(rest);
        if skipped > 0 {
            rest = &rest[skipped..];
            continue;
        }
        out.push(c.encode_utf8(&mut [0; 4]), style.tone());
        rest = &rest[c.len_utf8()..];
    }
    out
}

fn push(out: &mut Text, insert: &Insert, superseded: &str) {
    match insert {
        Insert::Doubt => out.push("[?]", Tone::Doubt),
        Insert::Cite {
            index,
            turn,
            standing: Standing::Current,
        } => out.push(format!("[{turn}]"), Tone::Cite(*index)),
        Insert::Cite { index, turn, .. } => {
            // A mark is never broken over two rows.
            out.push(format!("[{turn}\u{a0}{superseded}]"), Tone::Cite(*index));
        }
    }
}

/// What the markdown so far has switched on.
#[derive(Default)]
struct Style {
    heading: bool,
    strong: bool,
    code: bool,
    fenced: bool,
}

impl Style {
    /// Bytes of markdown at the beginning of a line, and what is shown instead.
    fn begin_line(&mut self, line: &str) -> (usize, &'static str) {
        self.heading = false;
        if line.starts_with("```") {
            self.fenced = !self.fenced;
            return (line.find('\n').unwrap_or(line.len()), "");
        }
        if self.fenced {
            return (0, "");
        }
        let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&hashes) && line[hashes..].starts_with(' ') {
            self.heading = true;
            return (hashes + 1, "");
        }
        match line.get(..2) {
            Some("- " | "* " | "+ ") => (2, "• "),
            _ => (0, ""),
        }
    }

    /// Bytes of markdown that switch emphasis or code.
    fn toggle(&mut self, rest: &str) -> usize {
        if self.fenced {
            0
        } else if rest.starts_with("**") && (self.strong || rest[2..].contains("**")) {
            self.strong = !self.strong;
            2
        } else if rest.starts_with('`') && (self.code || rest[1..].contains('`')) {
            self.code = !self.code;
            1
        } else {
            0
        }
    }

    fn tone(&self) -> Tone {
        if self.code || self.fenced {
            Tone::Code
        } else if self.heading {
            Tone::Heading
        } else if self.strong {
            Tone::Strong
        } else {
            Tone::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use estoppel::Citation;
    use estoppel::memory::TurnId;

    use super::*;

    fn cites(turn: u32, standing: Standing) -> Citation {
        Citation {
            turn: TurnId(turn),
            standing,
            quote: String::new(),
            attention: 0.5,
        }
    }

    fn shown(text: &str, sentences: &[(Range<usize>, Attribution)]) -> Vec<(String, Tone)> {
        let inserts = insertions(text, sentences);
        let rows = marked(text, &inserts, "corrected").rows(200, 0);
        rows.into_iter().flat_map(|row| row.pieces).collect()
    }

    #[test]
    fn citations_follow_their_sentence_and_doubts_their_value() {
        let text = "It was £9. It is £12.";
        let first = Attribution {
            citations: vec![cites(3, Standing::Superseded)],
            unsupported: vec!["£9".into()],
        };
        let second = Attribution {
            citations: vec![cites(7, Standing::Current), cites(8, Standing::Current)],
            unsupported: Vec::new(),
        };
        let pieces = shown(text, &[(0..11, first), (12..23, second)]);
        let expected = [
            ("It was £9", Tone::Plain),
            ("[?]", Tone::Doubt),
            (".", Tone::Plain),
            ("[3\u{a0}corrected]", Tone::Cite(0)),
            (" It is £12.", Tone::Plain),
            ("[7]", Tone::Cite(1)),
            ("[8]", Tone::Cite(2)),
        ];
        assert_eq!(pieces.len(), expected.len());
        for ((text, tone), wanted) in pieces.iter().zip(expected) {
            assert_eq!((text.as_str(), *tone), wanted);
        }
    }

    #[test]
    fn markdown_is_read_and_not_shown() {
        let pieces = shown("# Sum\n- **£5** `x`\n2 * 3 ** 4\n```\n- y\n```", &[]);
        let of = |tone| -> Vec<&str> {
            let same = pieces.iter().filter(|(_, other)| *other == tone);
            same.map(|(text, _)| text.as_str()).collect()
        };
        assert_eq!(of(Tone::Heading), ["Sum"]);
        assert_eq!(of(Tone::Strong), ["£5"]);
        assert_eq!(of(Tone::Code), ["x", "- y"]);
        let all: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
        assert!(
            all.contains("• £5 x") && all.contains("2 * 3 ** 4"),
            "{all}"
        );
    }

    #[test]
    fn a_sentence_beyond_the_text_marks_nothing() {
        let late = (5..90, Attribution::default());
        assert_eq!(insertions("short", &[late]), []);
    }
}
