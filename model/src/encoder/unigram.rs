//! SentencePiece unigram tokenisation (Kudo 2018, arXiv:1804.10959) as XLM-RoBERTa
//! has it.
//!
//! The tokenizers crate does the same, but takes 0.8 s and 250 MB for 250,000
//! pieces; a question on the command line shouldn't. It is the reference in the
//! tests.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

/// SentencePiece's mark for a space.
const META: char = '\u{2581}';
/// How much worse an unknown character is than the rarest piece.
const UNKNOWN_PENALTY: f64 = 10.0;

/// The ids that stand for no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpecialIds {
    pub(super) begin: u32,
    pub(super) end: u32,
    pub(super) padding: u32,
    pub(super) unknown: u32,
}

/// Pieces with their log-probabilities.
pub(super) struct Unigram {
    pub(super) pieces: Vec<Box<str>>,
    pub(super) scores: Vec<f32>,
    /// Ids of the pieces in the order of their bytes, so that all pieces with a
    /// given beginning are a range of it.
    sorted: Vec<u32>,
    longest: usize,
    unknown_score: f64,
    pub(super) special: SpecialIds,
    /// What a character becomes before tokenisation, where that is not itself.
    replacements: HashMap<char, Box<str>>,
}

impl Unigram {
    /// Ids are positions in `pieces`; `scores` is as long.
    pub(super) fn new(
        pieces: Vec<Box<str>>,
        scores: Vec<f32>,
        special: SpecialIds,
        replacements: HashMap<char, Box<str>>,
    ) -> Self {
        let SpecialIds {
            begin,
            end,
            padding,
            unknown,
        } = special;
        // Special pieces are never read from a text, whatever it says.
        let mut sorted: Vec<u32> = (0..pieces.len() as u32)
            .filter(|id| ![begin, end, padding, unknown].contains(id))
            .collect();
        sorted.sort_unstable_by_key(|&id| &pieces[id as usize]);
        let rarest = scores.iter().copied().fold(0.0, f32::min);
        Self {
            sorted,
            longest: pieces.iter().map(|piece| piece.len()).max().unwrap_or(0),
            unknown_score: f64::from(rarest) - UNKNOWN_PENALTY,
            pieces,
            scores,
            special,
            replacements,
        }
    }

    /// The network's input: begin, at most `limit - 2` tokens of the text, end.
    pub(super) fn input(&self, text: &str, limit: usize) -> Vec<u32> {
        let room = limit.saturating_sub(2);
        let text = self.normalised(text);
        let mut ids = vec![self.special.begin];
        // No piece has a mark inside, so words are cut one by one.
        for word in words(&text) {
            if ids.len() > room {
                break;
            }
            // What is cut off here could only have given tokens beyond the limit.
            let end = word.char_indices().nth(room * self.longest);
            let end = end.map_or(word.len(), |(at, _)| at);
            self.cut(&word[..end], &mut ids);
        }
        ids.truncate(1 + room);
        ids.push(self.special.end);
        ids
    }

    /// Characters replaced, runs of spaces made one, spaces turned into marks, and
    /// a mark at the beginning.
    pub(super) fn normalised(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + META.len_utf8());
        let mut space = false;
        let mut push = |c: char, out: &mut String| {
            if c == ' ' && space {
                return;
            }
            if out.is_empty() && c != ' ' {
                out.push(META);
            }
            space = c == ' ';
            out.push(if space { META } else { c });
        };
        for c in text.nfc() {
            match self.replacements.get(&c) {
                Some(replacement) => replacement.chars().for_each(|c| push(c, &mut out)),
                None => push(c, &mut out),
            }
        }
        if out.is_empty() {
            out.push(META);
        }
        out
    }

    /// Appends the most probable pieces of a word (Viterbi). Neighbouring unknown
    /// characters become one token, as SentencePiece has it.
    fn cut(&self, word: &str, ids: &mut Vec<u32>) {
        let mut best = vec![Step::default(); word.len() + 1];
        best[0].score = 0.0;
        for (start, c) in word.char_indices() {
            let score = best[start].score;
            self.pieces_at(&word.as_bytes()[start..], |id, length| {
                let score = score + f64::from(self.scores[id as usize]);
                best[start + length].improve(score, start, id);
            });
            best[start + c.len_utf8()].improve(
                score + self.unknown_score,
                start,
                self.special.unknown,
            );
        }
        let first = ids.len();
        let mut end = word.len();
        while end > 0 {
            let Step { start, id, .. } = best[end];
            let repeated = ids.len() > first && ids.last() == Some(&self.special.unknown);
            if id != self.special.unknown || !repeated {
                ids.push(id);
            }
            end = start;
        }
        ids[first..].reverse();
    }

    /// Calls `found` with the id and the length of every piece that the bytes begin
    /// with.
    fn pieces_at(&self, bytes: &[u8], mut found: impl FnMut(u32, usize)) {
        let mut range = &self.sorted[..];
        for (at, &byte) in bytes.iter().enumerate() {
            let byte_of = |id: &u32| self.pieces[*id as usize].as_bytes().get(at).copied();
            // A piece that ends here sorts before those that go on.
            let from = range.partition_point(|id| byte_of(id) < Some(byte));
            let to = from + range[from..].partition_point(|id| byte_of(id) == Some(byte));
            range = &range[from..to];
            let Some(&first) = range.first() else { return };
            if self.pieces[first as usize].len() == at + 1 {
                found(first, at + 1);
            }
        }
    }
}

/// The best way to reach a place in the word.
#[derive(Clone, Copy)]
struct Step {
    score: f64,
    start: usize,
    id: u32,
}

impl Default for Step {
    fn default() -> Self {
        Self {
            score: f64::NEG_INFINITY,
            start: 0,
            id: 0,
        }
    }
}

impl Step {
    fn improve(&mut self, score: f64, start: usize, id: u32) {
        if score > self.score {
            *self = Self { score, start, id };
        }
    }
}

/// Cuts before every mark.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let after = first.len_utf8();
        let end = rest[after..].find(META).map_or(rest.len(), |at| after + at);
        let (word, tail) = rest.split_at(end);
        rest = tail;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> Unigram {
        let pieces = [
            ("<s>", 0.0),
            ("<pad>", 0.0),
            ("</s>", 0.0),
            ("<unk>", 0.0),
            ("▁", -2.0),
            ("a", -3.0),
            ("b", -3.0),
            ("ab", -4.0),
            ("▁ab", -4.5),
            ("<", -5.0),
            ("s", -5.0),
            (">", -5.0),
        ];
        let special = SpecialIds {
            begin: 0,
            padding: 1,
            end: 2,
            unknown: 3,
        };
        let replacements = HashMap::from([('\t', " ".into()), ('\u{1}', "".into())]);
        Unigram::new(
            pieces.iter().map(|(piece, _)| (*piece).into()).collect(),
            pieces.iter().map(|(_, score)| *score).collect(),
            special,
            replacements,
        )
    }

    #[test]
    fn the_most_probable_pieces_win() {
        assert_eq!(tiny().input("abab", 10), [0, 8, 7, 2]);
        assert_eq!(tiny().input("ba", 10), [0, 4, 6, 5, 2]);
    }

    #[test]
    fn spaces_are_joined_and_marked_once() {
        let once = tiny().input("ab ab", 10);
        assert_eq!(once, [0, 8, 8, 2]);
        assert_eq!(tiny().input("  ab \t\u{1} ab", 10), once);
        assert_eq!(tiny().input("", 10), [0, 4, 2]);
    }

    #[test]
    fn unknown_characters_in_a_row_are_one_token() {
        assert_eq!(tiny().input("axyzb", 10), [0, 4, 5, 3, 6, 2]);
        assert_eq!(tiny().input("x y", 10), [0, 4, 3, 4, 3, 2]);
    }

    #[test]
    fn a_text_that_spells_a_special_piece_stays_text() {
        assert_eq!(tiny().input("<s>", 10), [0, 4, 9, 10, 11, 2]);
    }

    #[test]
    fn long_text_is_cut_at_its_end() {
        let whole = tiny().input(&"ab b ".repeat(50), 1000);
        assert_eq!(
            tiny().input(&"ab b ".repeat(50), 12),
            [&whole[..11], &[2]].concat()
        );
        let word = "ba".repeat(2000);
        assert_eq!(
            tiny().input(&word, 8)[..7],
            tiny().input(&word, 10_000)[..7]
        );
        assert_eq!(tiny().input("ab", 2), [0, 2]);
    }
}
