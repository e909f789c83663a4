//! Byte-level BPE from a GGUF file's vocabulary and merges.
//!
//! Text is always plain text here: the names of control tokens in it are spelled
//! out as any other characters. Only a chat template places control tokens.

use std::collections::HashMap;
use std::ops::Range;

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{Encoding, SplitDelimiterBehavior};

use crate::error::OpenModelError;
use crate::gguf::Gguf;

/// Words of Qwen2: one optional leading mark before letters, digits one by one.
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// `llama_token_type`: the only types that stand for text.
const NORMAL: i64 = 1;
const USER_DEFINED: i64 = 4;

/// Turns text into token ids and back.
pub struct Tokenizer {
    bpe: tokenizers::Tokenizer,
    pieces: Pieces,
    control: HashMap<String, u32>,
}

/// The bytes of every token, one after the other; nothing for control tokens.
struct Pieces {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Tokenizer {
    /// Builds the tokenizer that a model file describes.
    pub fn from_gguf(gguf: &Gguf) -> Result<Self, OpenModelError> {
        let kind = gguf.string("tokenizer.ggml.model")?;
        if kind != "gpt2" {
            return Err(OpenModelError::UnknownTokenizer {
                path: gguf.path().to_path_buf(),
                tokenizer: kind.to_owned(),
            });
        }
        let words = words(gguf)?;
        let tokens = gguf.strings("tokenizer.ggml.tokens")?;
        let types = gguf.integers("tokenizer.ggml.token_type")?;
        let broken = |reason: String| OpenModelError::Vocabulary {
            path: gguf.path().to_path_buf(),
            reason,
        };
        if types.len() != tokens.len() {
            let (tokens, types) = (tokens.len(), types.len());
            return Err(broken(format!("{tokens} tokens, but {types} token types")));
        }
        let is_text = |&(_, &kind): &(&&str, &i64)| kind == NORMAL || kind == USER_DEFINED;
        let control = tokens.iter().zip(&types).enumerate();
        let control = control
            .filter(|(_, token)| !is_text(token))
            .map(|(id, (token, _))| (token.to_string(), id as u32))
            .collect();
        let text = tokens.iter().zip(&types);
        let text = text.map(|token| is_text(&token).then_some(*token.0));
        let pieces = Pieces::new(text).map_err(broken)?;
        let mut bpe = tokenizers::Tokenizer::new(bpe(gguf, &tokens)?);
        bpe.with_pre_tokenizer(Some(words));
        Ok(Self {
            bpe,
            pieces,
            control,
        })
    }

    /// The ids of a plain text.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        self.encoding(text).get_ids().to_vec()
    }

    /// The ids of a plain text, each with the bytes of the text that it covers. A
    /// character that takes several tokens is covered by each of them.
    pub(crate) fn encode_with_spans(&self, text: &str) -> Vec<(u32, Range<usize>)> {
        let encoding = self.encoding(text);
        let spans = encoding
            .get_offsets()
            .iter()
            .map(|&(start, end)| start..end);
        encoding.get_ids().iter().copied().zip(spans).collect()
    }

    fn encoding(&self, text: &str) -> Encoding {
        self.bpe
            .encode(text, false)
            .expect("byte-level BPE without an unknown token cannot fail")
    }

    /// The text of ids; control tokens are nothing, broken characters become `�`.
    pub fn decode(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|&id| self.bytes(id)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The bytes that a token stands for, possibly a part of a character.
    pub(crate) fn bytes(&self, id: u32) -> &[u8] {
        self.pieces.get(id as usize)
    }

    /// A control token by its name.
    pub(crate) fn control(&self, name: &str) -> Option<u32> {
        self.control.get(name).copied()
    }

    /// Whether a token is no text: a mark of the chat template, or unused.
    pub(crate) fn is_control(&self, id: u32) -> bool {
        self.pieces.get(id as usize).is_empty()
    }
}

fn bpe(gguf: &Gguf, tokens: &[&str]) -> Result<BPE, OpenModelError> {
    let broken = |reason: String| OpenModelError::Vocabulary {
        path: gguf.path().to_path_buf(),
        reason,
    };
    let vocabulary: Vocab = (0..)
        .zip(tokens)
        .map(|(id, t)| (t.to_string(), id))
        .collect();
    let merges = gguf
        .strings("tokenizer.ggml.merges")?
        .into_iter()
        .map(|merge| match merge.split_once(' ') {
            Some((left, right)) => Ok((left.to_owned(), right.to_owned())),
            None => Err(broken(format!("{merge:?} is not a merge of two tokens"))),
        })
        .collect::<Result<_, _>>()?;
    BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .build()
        .map_err(|e| broken(e.to_string()))
}

/// How text is cut into words, within which pairs are merged; the same as
/// llama.cpp does for these names.
fn words(gguf: &Gguf) -> Result<Sequence, OpenModelError> {
    let bytes = |use_regex| PreTokenizerWrapper::from(ByteLevel::new(false, false, use_regex));
    let steps = match gguf.string("tokenizer.ggml.pre")? {
        "qwen2" => {
            let pattern = SplitPattern::Regex(QWEN2.to_owned());
            let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false)
                .expect("the pattern is a constant");
            vec![split.into(), bytes(false)]
        }
        "smollm" => vec![Digits::new(true).into(), bytes(true)],
        other => {
            return Err(OpenModelError::UnknownPreTokenizer {
                path: gguf.path().to_path_buf(),
                pre_tokenizer: other.to_owned(),
            });
        }
    };
    Ok(Sequence::new(steps))
}

impl Pieces {
    /// From tokens in GPT-2's spelling of bytes as printable characters; `None`
    /// for a control token.
    fn new<'a>(tokens: impl Iterator<Item = Option<&'a str>>) -> Result<Self, String> {
        let bytes_of = byte_spelling();
        let mut pieces = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
        };
        for token in tokens {
            for c in token.unwrap_or_default().chars() {
                match bytes_of.get(&c) {
                    Some(&byte) => pieces.bytes.push(byte),
                    None => return Err(format!("{c:?} in a token spells no byte")),
                }
            }
            pieces.ends.push(pieces.bytes.len() as u32);
        }
        Ok(pieces)
    }

    fn get(&self, id: usize) -> &[u8] {
        let Some(&end) = self.ends.get(id) else {
            return &[];
        };
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..end as usize]
    }
}

/// GPT-2 spells printable bytes as themselves and the others, in order, as the
/// characters from U+0100 on.
fn byte_spelling() -> HashMap<char, u8> {
    let printable = |b: &u8| matches!(b, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let plain = (0..=u8::MAX).filter(printable).map(|b| (char::from(b), b));
    let others = (0..=u8::MAX).filter(|b| !printable(b));
    plain.chain(('\u{100}'..).zip(others)).collect()
}

/// Joins the bytes of tokens into whole characters.
#[derive(Default)]
pub(crate) struct CharacterStream {
    pending: Vec<u8>,
}

impl CharacterStream {
    /// Adds bytes and returns the characters that are complete now. Bytes that
    /// can never become a character are returned as `�`.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut complete = String::new();
        loop {
            match str::from_utf8(&self.pending) {
                Ok(text) => {
                    complete.push_str(text);
                    self.pending.clear();
                    return complete;
                }
                Err(error) => {
                    let (valid, rest) = self.pending.split_at(error.valid_up_to());
                    complete.push_str(&String::from_utf8_lossy(valid));
                    let Some(broken) = error.error_len() else {
                        self.pending = rest.to_vec();
                        return complete;
                    };
                    complete.push(char::REPLACEMENT_CHARACTER);
                    self.pending = rest[broken..].to_vec();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_has_one_spelling() {
        let spelling = byte_spelling();
        assert_eq!(spelling.len(), 256);
        assert!(
            ByteLevel::alphabet()
                .iter()
                .all(|c| spelling.contains_key(c))
        );
        assert_eq!(spelling[&'Ġ'], b' ');
        assert_eq!(spelling[&'Ċ'], b'\n');
    }

    #[test]
    fn broken_bytes_do_not_hold_up_the_stream() {
        let mut stream = CharacterStream::default();
        assert_eq!(stream.push(b"a\xff\xe6\x8a"), "a\u{fffd}");
        assert_eq!(stream.push(b"\xbc!"), "押".replace('押', "\u{62bc}!"));
    }

    proptest! {
        #[test]
        fn characters_survive_any_cut(text: String, cut in 1usize..5) {
            let mut stream = CharacterStream::default();
            let joined: String = text.as_bytes().chunks(cut).map(|b| stream.push(b)).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
