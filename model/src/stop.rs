//! Stop sequences.

/// Lets text through until a stop sequence appears, and never any part of one.
pub(crate) struct StopFilter {
    sequences: Vec<String>,
    held: String,
}

impl StopFilter {
    pub(crate) fn new(sequences: &[String]) -> Self {
        Self {
            sequences: sequences
                .iter()
                .filter(|s| !s.is_empty())
                .cloned()
                .collect(),
            held: String::new(),
        }
    }

    /// Adds text. Returns what may be shown, and whether a sequence was met; what
    /// could be the beginning of one is held back.
    pub(crate) fn push(&mut self, text: &str) -> (String, bool) {
        self.held.push_str(text);
        let met = self
            .sequences
            .iter()
            .filter_map(|s| self.held.find(s.as_str()));
        if let Some(at) = met.min() {
            self.held.truncate(at);
            return (self.flush(), true);
        }
        let kept = self.held.len() - self.possible_start();
        let rest = self.held.split_off(kept);
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What was held back, when no more text comes.
    pub(crate) fn flush(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Length of the longest end of the held text that begins a sequence.
    fn possible_start(&self) -> usize {
        let starts = |s: &String| {
            let lengths = s.char_indices().map(|(at, _)| at).rev();
            lengths
                .into_iter()
                .find(|&len| self.held.ends_with(&s[..len]))
        };
        self.sequences.iter().filter_map(starts).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(stops: &[&str], pieces: &[&str]) -> (String, bool) {
        let stops: Vec<String> = stops.iter().map(|s| s.to_string()).collect();
        let mut filter = StopFilter::new(&stops);
        let mut shown = String::new();
        for piece in pieces {
            let (text, met) = filter.push(piece);
            shown += &text;
            if met {
                return (shown, true);
            }
        }
        (shown + &filter.flush(), false)
    }

    #[test]
    fn a_sequence_over_several_pieces_is_not_shown() {
        assert_eq!(
            run(&["\n\n"], &["a\n", "b\n", "\nc"]),
            ("a\nb".into(), true)
        );
        assert_eq!(run(&["押金。"], &["是押", "金。好"]), ("是".into(), true));
    }

    #[test]
    fn the_earliest_sequence_wins() {
        assert_eq!(run(&["cd", "b"], &["abcd"]), ("a".into(), true));
    }

    #[test]
    fn a_false_start_is_shown_later() {
        assert_eq!(run(&["END"], &["the EN", "d"]), ("the ENd".into(), false));
        assert_eq!(run(&["END", ""], &["EN"]), ("EN".into(), false));
    }

    proptest! {
        #[test]
        fn it_shows_what_stands_before_the_sequence(text in "[ab]{0,20}", stop in "[ab]{1,3}", cut in 1usize..4) {
            let pieces: Vec<&str> = text.as_bytes().chunks(cut).map(|b| str::from_utf8(b).unwrap()).collect();
            let (shown, met) = run(&[&stop], &pieces);
            match text.split_once(&stop) {
                Some((before, _)) => prop_assert_eq!((shown.as_str(), met), (before, true)),
                None => prop_assert_eq!((shown.as_str(), met), (text.as_str(), false)),
            }
        }
    }
}
