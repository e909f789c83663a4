//! How much two wordings share.

use std::collections::BTreeSet;

/// Letters that tell a word: received and receipt are one.
const STEM: usize = 5;
/// Shorter words tell little.
const LEAST: usize = 4;

/// The share of what the shorter of two texts is made of that the other holds too: stems of words,
/// and pairs of Chinese characters.
pub(super) fn alike(one: &str, other: &str) -> f32 {
    let (one, other) = (pieces(one), pieces(other));
    let all = one.len().min(other.len());
    one.intersection(&other).count() as f32 / all.max(1) as f32
}

fn pieces(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let words = words.filter(|word| word.len() >= LEAST);
    let stems = words.map(|word| word[..STEM.min(word.len())].to_owned());
    let chars: Vec<char> = text.chars().collect();
    let pairs = chars.windows(2).filter(|pair| {
        let is_word = |c: &char| !c.is_ascii() && c.is_alphabetic();
        pair.iter().all(is_word)
    });
    stems.chain(pairs.map(String::from_iter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_the_same_is_alike() {
        let limit = "within 60 days of receiving the decision";
        let (start, other) = ("the receipt says june 27", "they met on 3 May");
        assert!(alike(limit, start) > alike(limit, other));
        assert!(alike("收到申请后十五日内", "我5月3日收到的") > 0.0);
        assert_eq!(alike("", "anything"), 0.0);
    }
}
