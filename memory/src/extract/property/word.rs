//! Words that name properties as they stand in a text: whole, in two halves, or with
//! an ending that tells.

use std::ops::Range;

use super::lexicon::{self, Class, Entry};
use crate::extract::{is_han, terms};
use crate::fact::Value;
use crate::segment::Word;

/// The entry of the word at a place, or of it and the next, that can have such a value.
pub(super) fn entry_at(tokens: &[&Word<'_>], i: usize, value: &Value) -> Option<(Entry, usize)> {
    let word = tokens[i].text;
    if let Some(next) = tokens.get(i + 1) {
        let joint = if word.is_ascii() { "_" } else { "" };
        if let Some(entry) = lexicon::find(&format!("{word}{joint}{}", next.text), value) {
            return Some((entry, 2));
        }
    }
    if let Some(found) = apart(tokens, i, value) {
        return Some(found);
    }
    if let Some(entry) = lexicon::find(word, value) {
        return Some((entry, 1));
    }
    // 摔断了, 签过: the particle is no part of the verb.
    let bare = word.strip_suffix(['了', '过', '着', '的']);
    if let Some(entry) = bare.and_then(|bare| lexicon::find(bare, value)) {
        return Some((entry, 1));
    }
    // 月工资 is 工资.
    let kind = word.strip_prefix(['月', '年', '日', '总', '净', '实']);
    if let Some(entry) = kind.and_then(|kind| lexicon::find(kind, value))
        && entry.class == Class::Noun
    {
        return Some((entry, 1));
    }
    let amount = matches!(value, Value::Money { .. } | Value::Percent { .. });
    let noun = |name: String| Entry {
        name,
        class: Class::Noun,
    };
    if amount && is_amount_word(word) {
        return Some((noun(word.to_owned()), 1));
    }
    // 查漏 + 费, where the segmenter knows no such word.
    let next = tokens
        .get(i + 1)
        .filter(|next| matches!(next.text, "费" | "款" | "金" | "价"));
    next.filter(|next| amount && next.span.start == tokens[i].span.end && word.chars().all(is_han))
        .map(|next| (noun(format!("{word}{}", next.text)), 2))
}

/// Verbs that stand apart from their second half: 出的院, 领了证, "pick it up".
fn apart(tokens: &[&Word<'_>], i: usize, value: &Value) -> Option<(Entry, usize)> {
    let (word, middle, last) = (tokens[i].text, tokens.get(i + 1)?, tokens.get(i + 2)?);
    let joint = match word.is_ascii() {
        true => {
            let pronoun = matches!(
                middle.text,
                "it" | "them" | "him" | "her" | "me" | "us" | "that" | "this"
            );
            pronoun.then(|| format!("{word}_{}", last.text))?
        }
        false => {
            let particle = matches!(middle.text, "的" | "了" | "过" | "完" | "着");
            particle.then(|| format!("{word}{}", last.text))?
        }
    };
    lexicon::find(&joint, value).map(|entry| (entry, 3))
}

/// 检测费, 工程款: whatever ends like an amount of money is one.
pub(super) fn is_amount_word(word: &str) -> bool {
    const ENDS: [char; 9] = ['费', '款', '金', '价', '薪', '租', '税', '险', '额'];
    const NOT: [&str; 12] = [
        "现金", "免费", "资金", "保险", "危险", "风险", "奖金", "美金", "条款", "三金", "黄金",
        "五金",
    ];
    word.chars().count() >= 2 && word.ends_with(ENDS) && !NOT.contains(&word)
}

/// Whether a verb says nothing of what an amount was paid for.
pub(super) fn is_paying(name: &str) -> bool {
    matches!(name, "payment" | "付款" | "费用" | "转账" | "收款" | "出资")
}

/// Whether a property's name tells little without the word before it.
pub(super) fn is_generic(name: &str) -> bool {
    const GENERIC: &str = " fee price cost bill charge pay rate limit deposit payment ";
    GENERIC.contains(&format!(" {name} "))
}

/// Whether a word before such a name tells of what kind it is.
pub(super) fn qualifies(before: &str) -> bool {
    let word = before.to_ascii_lowercase();
    before.starts_with(|c: char| c.is_ascii_lowercase())
        && word.len() > 2
        && terms::is_content(&word)
        && !lexicon::is_verb(&word)
        && !is_modifier(&word)
}

/// Whether a word names an offer.
pub(super) fn is_offer_word(word: &str) -> bool {
    matches!(word, "offer" | "bid" | "proposal")
}

/// A verb form that is also kept under a generic name.
pub(super) fn is_generic_noun(form: &str) -> bool {
    matches!(
        form,
        "charges" | "charged" | "cost" | "costs" | "pays" | "paid"
    )
}

/// Tells which one, not what kind.
pub(super) fn is_modifier(word: &str) -> bool {
    const WORDS: &str = " monthly weekly yearly annual daily total full whole original current previous \
        first second third last next new old final higher lower extra separate same other another own \
        small big large actual initial usual agreed unpaid outstanding missing stage stages half ";
    WORDS.contains(&format!(" {word} ")) || word.ends_with("ly")
}

/// Whether the gap between two places holds nothing but blanks.
pub(super) fn adjoin(text: &str, gap: Range<usize>) -> bool {
    text[gap].trim().is_empty()
}
