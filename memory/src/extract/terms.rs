//! The content words of a clause, by which a later correction finds it.

use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

use crate::segment::Word;

/// English words that say nothing of what a clause is about.
const STOP: &str = " a about above after again all also am an and any are aren as at be because been before being both but by can come could did didn do does doesn doing don done down each even ever every few for from get gets getting go goes going gone got had has hasn have haven having he hello her here hers herself hi him himself his how i if in into is isn it its itself just know let like ll lot made make many maybe me mine more most much my myself never next no nor not now of off oh ok okay on once one only or other our ours out over own please put quite rather re really right said same say says see she should shouldn since so some something still such sure take tell than thank thanks that the their theirs them then there these they thing things think this those though through till to today told too two under until up upon us ve very via was wasn way we well went were weren what when where whether which while who whom whose why will with won would wouldn yes yet you your yours yourself actually wrong correct correction sorry mistake date dates figure figures number numbers amount day days said gave give turns turned ";

/// Parts of speech without content in jieba's tag set: pronouns, prepositions,
/// conjunctions, particles, adverbs, numerals, measures, directions, marks. Its
/// tags for content words are too often wrong to ask for them.
const FUNCTION: [char; 12] = ['r', 'p', 'c', 'u', 'd', 'm', 'q', 'f', 'y', 'e', 'o', 'x'];

const STOP_CHINESE: &str = " 是 有 在 说 没有 没 要 会 讲 付 收 花 发 拿 打 把 被 完 好 大 小 多 少 一下 上 下 里 号 月 年 日 天 元 块 万 今年 去年 今早 今晚 昨晚 前天 明天 早上 上午 下午 晚上 之前 刚才 后来 当天 那天 当时 是不是 能不能 怎么 什么 没什么 一直 已经 然后 这样 那样 需要 打算 开始 继续 请 谢谢 您好 你好 好的 明白 能 可以 可能 应该 去 来 到 让 给 做 想 看 叫 就是 还是 不是 觉得 知道 告诉 问 您 更正 记错 说错 搞错 报错 弄错 看错 改 成 昨天 今天 现在 其实 律师 时候 事 东西 人 起来 出来 ";

/// Whether a word, in lower case, says something of what a clause is about.
pub(super) fn is_content(word: &str) -> bool {
    let listed = format!(" {word} ");
    !STOP.contains(&listed) && !STOP_CHINESE.contains(&listed)
}

/// Content words of a stretch of text, stemmed, without repetition. What a value
/// is made of says nothing of what it is stated of, and is left out.
pub(super) fn content(
    text: &str,
    span: &Range<usize>,
    words: &[Word<'_>],
    values: &[Range<usize>],
) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut terms: Vec<String> = Vec::new();
    let mut add = |term: String| {
        if !terms.contains(&term) {
            terms.push(term);
        }
    };
    let valued = |at: usize| values.iter().any(|v| v.start <= at && at < v.end);
    let within = words
        .iter()
        .filter(|w| span.start <= w.span.start && w.span.end <= span.end)
        .filter(|w| !valued(w.span.start));
    for word in within.filter(|w| !w.text.is_ascii()) {
        // 第一, 第二 tell things apart.
        let ordinal = word.text.starts_with('第');
        let content =
            (ordinal || !word.tag.starts_with(FUNCTION)) && word.text.chars().all(super::is_han);
        if content && is_content(word.text) {
            // 没签 is about 签 as much as 签 is.
            let bare = word
                .text
                .strip_prefix(['没', '未'])
                .filter(|rest| !rest.is_empty());
            add(bare.unwrap_or(word.text).to_owned());
        }
    }
    for word in text[span.clone()].split(|c: char| !c.is_ascii_alphanumeric()) {
        // The piece's place, told by its address within the text.
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        let word = word.to_ascii_lowercase();
        let short = word.len() < 2;
        if !short && !valued(at) && is_content(&word) {
            add(stemmer.stem(&word).into_owned());
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::tagged;

    #[test]
    fn keeps_content_words() {
        let text = "The deposits that I paid. 押金是我妈付的";
        let terms = content(text, &(0..text.len()), &tagged(text, false), &[]);
        assert_eq!(terms, ["押金", "妈", "deposit", "paid"]);
    }
}
