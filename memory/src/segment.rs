//! The Chinese segmenter, loaded once for the whole process.

use std::ops::Range;
use std::sync::LazyLock;

use jieba_rs::Jieba;

/// jieba with its own dictionary: tens of megabytes and a good part of a second
/// to load, so everything in this crate shares it.
pub(crate) static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// A word with its place and its part of speech in jieba's tag set.
#[derive(Clone, Debug)]
pub(crate) struct Word<'a> {
    pub span: Range<usize>,
    pub text: &'a str,
    pub tag: &'a str,
}

/// Cuts a text into tagged words, which together are the whole text. `guess`
/// lets words be found that are not in the dictionary, above all names; it also
/// glues characters together that are no word.
pub(crate) fn tagged(text: &str, guess: bool) -> Vec<Word<'_>> {
    let mut at = 0;
    let cut = JIEBA.tag(text, guess).into_iter();
    cut.map(|t| {
        let span = at..at + t.word.len();
        at = span.end;
        Word {
            span,
            text: t.word,
            tag: t.tag,
        }
    })
    .collect()
}
