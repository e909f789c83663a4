//! What a model attends to while it reads a question about what it has read.

use std::collections::BTreeMap;
use std::ops::Range;

use candle_core::{Device, Tensor};

use super::LocalModel;
use super::history::{Sequence, fit};
use crate::chat::Rendered;
use crate::decoder::{Adapter, Config, Decoder, Head, HeadAttention, Pages};
use crate::generate::{GenerateError, Prompt, Recall};
use crate::pointer::Pointer;
use crate::relevance::{HeadRelevance, Relevance, Share};
use crate::writer::Writer;

impl LocalModel {
    /// What a pointer's retrieval heads attend to from the marked parts of the prompt's
    /// messages, and what it points at behind them, in what the prompt recalls of its history,
    /// as far as that was read before; `None` if it is for models of another shape.
    pub(super) fn relevance_of(
        &mut self,
        prompt: &Prompt,
        pointer: &Pointer,
    ) -> Result<Option<Relevance>, GenerateError> {
        if !pointer.fits(&self.decoder.config) {
            return Ok(None);
        }
        let (mut recalled, question) = self.recall(prompt, pointer.len())?;
        let looks = look(&self.decoder, &mut recalled.sequence, &question, pointer);
        Ok(Some(recalled.spread(looks)))
    }

    /// What each of some heads attends to from the marked parts of the prompt's messages in what
    /// the prompt recalls of its history, as far as that was read before.
    pub(crate) fn attention_of(
        &mut self,
        prompt: &Prompt,
        heads: &[Head],
    ) -> Result<Vec<HeadRelevance>, GenerateError> {
        let (mut recalled, question) = self.recall(prompt, 0)?;
        let layers = heads.iter().map(|head| head.layer + 1).max().unwrap_or(0);
        let keys = recalled.sequence.len();
        let attention = HeadAttention::new(heads, keys, keys, question.tokens.len());
        let pages = &mut recalled.sequence.pages;
        let attention = self
            .decoder
            .look(&question.tokens, pages, layers, attention);
        let by_message = |(head, rows)| {
            let rows = of_marked(rows, &question);
            let mut by_mark = BTreeMap::new();
            for (key, mark, _) in recalled.tokens() {
                *by_mark.entry(mark).or_default() += rows.iter().map(|row| row[key]).sum::<f32>();
            }
            HeadRelevance { head, by_mark }
        };
        Ok(attention.by_head().map(by_message).collect())
    }

    /// Reads the questions of some prompts through the first `layers` layers, each behind what its
    /// prompt recalls of its history, with room for so many tokens behind it.
    pub(crate) fn read_questions(
        &mut self,
        prompts: &[(&Prompt, usize)],
        layers: usize,
    ) -> Result<Vec<Question>, GenerateError> {
        let mut questions = Vec::new();
        let mut texts = Vec::new();
        for (prompt, behind) in prompts {
            let (recalled, question) = self.recall(prompt, *behind)?;
            let tokens = recalled.tokens();
            let tokens = tokens.map(|(key, mark, bytes)| (key, (mark, bytes.clone())));
            questions.push(Question {
                keys: recalled.sequence.len(),
                tokens: tokens.collect(),
                pages: recalled.sequence.pages,
            });
            texts.push(question.tokens);
        }
        self.run_behind(&mut questions, &texts, layers);
        Ok(questions)
    }

    /// What a pointer's tokens come to behind each of some questions, `[questions * tokens, hidden]`, in
    /// the layers that it has; the questions stay as they were.
    pub(crate) fn begin(&self, questions: &mut [Question], pointer: &Pointer) -> Vec<f32> {
        let run = |questions: &mut _| self.run_pointer(questions, pointer, pointer.layers());
        and_back(questions, run)
    }

    /// Reads a pointer behind each of some questions, in all layers, and leaves it there.
    pub(crate) fn read_pointer(&self, questions: &mut [Question], pointer: &Pointer) {
        self.run_pointer(questions, pointer, self.decoder.config.layers);
    }

    fn run_pointer(
        &self,
        questions: &mut [Question],
        pointer: &Pointer,
        layers: usize,
    ) -> Vec<f32> {
        let x = pointer.tokens.repeat(questions.len());
        let pages = questions
            .iter_mut()
            .map(|own| (pointer.len(), &mut own.pages));
        let mut behind: Vec<_> = pages.collect();
        self.decoder
            .run_together(x, &pointer.adapter, &mut behind, layers)
    }

    /// What texts come to behind all that was read of questions, one behind each, `[tokens, hidden]` in all,
    /// in the first `layers` layers; the questions stay as they were.
    pub(crate) fn lower(
        &self,
        questions: &mut [Question],
        texts: &[Vec<u32>],
        layers: usize,
    ) -> Vec<f32> {
        and_back(questions, |questions| {
            self.run_behind(questions, texts, layers)
        })
    }

    /// Runs a text behind each of some questions.
    fn run_behind(
        &self,
        questions: &mut [Question],
        texts: &[Vec<u32>],
        layers: usize,
    ) -> Vec<f32> {
        let x = self.decoder.embed(&texts.concat());
        let pages = questions.iter_mut().map(|own| &mut own.pages);
        let mut behind: Vec<_> = texts.iter().map(Vec::len).zip(pages).collect();
        self.decoder
            .run_together(x, &Adapter::default(), &mut behind, layers)
    }

    /// How likely a writer writes each of some texts behind the question of a prompt and a pointer, as
    /// logarithms; `None` if one of them is for models of another shape. A text that is not in its
    /// alphabet is not written at all.
    pub(super) fn likelihoods_behind(
        &mut self,
        prompt: &Prompt,
        pointer: &Pointer,
        writer: &Writer,
        texts: &[String],
    ) -> Result<Option<Vec<f32>>, GenerateError> {
        let config = &self.decoder.config;
        if !pointer.fits(config) || !writer.fits(config) {
            return Ok(None);
        }
        let texts = texts.iter().map(|text| self.tokenizer.encode(text));
        let texts: Vec<Vec<u32>> = texts.collect();
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        let behind = pointer.len() + writer.beginning.len() + longest;
        let mut questions = self.read_questions(&[(prompt, behind)], self.decoder.config.layers)?;
        self.read_pointer(&mut questions, pointer);
        let mut written = Written::new(&self.decoder, writer, &mut questions[0].pages);
        // In order, so that texts that begin alike follow each other.
        let mut in_order: Vec<usize> = (0..texts.len()).collect();
        in_order.sort_by_key(|text| &texts[*text]);
        let mut likelihoods = vec![0.0; texts.len()];
        for text in in_order {
            likelihoods[text] = written.likelihood(&texts[text]);
        }
        Ok(Some(likelihoods))
    }

    /// What a prompt recalls of its history, as far as that was read before, placed with room for
    /// its question and for so many tokens behind it; and the question.
    fn recall(
        &mut self,
        prompt: &Prompt,
        behind: usize,
    ) -> Result<(Recalled, Rendered), GenerateError> {
        let (history, question) = self.render(prompt);
        let tokens = question.tokens.len() + behind;
        let room = self.room_for(tokens)?;
        self.history.agree(&history)?;
        let store = &self.history.store;
        let read = 0..self.history.read_of(&history);
        let lengths: Vec<usize> = read.map(|m| store.tokens(m).len()).collect();
        let named = |marks: &[u32], message: usize| {
            let first = history[message].marks.keys().next();
            first.is_some_and(|mark| marks.contains(mark))
        };
        let messages = match &prompt.recall {
            Recall::All { focus } => fit(&lengths, &|m| named(focus, m), true, room),
            Recall::Only { messages } => fit(&lengths, &|m| named(messages, m), false, room),
        };
        let mut sequence = Sequence::new(&self.decoder);
        sequence.restore(&messages, store, &self.decoder)?;
        sequence.pages.reserve(sequence.len() + tokens);
        let messages = messages.iter().map(|message| history[*message].clone());
        let recalled = Recalled {
            messages: messages.collect(),
            sequence,
        };
        Ok((recalled, question))
    }
}

/// Messages of a history, placed to be attended to.
struct Recalled {
    sequence: Sequence,
    messages: Vec<Rendered>,
}

impl Recalled {
    /// The marked tokens: the key, the mark and the bytes of each.
    fn tokens(&self) -> impl Iterator<Item = (usize, u32, &Range<usize>)> {
        let starts = self.messages.iter().scan(0, |start, message| {
            let own = *start;
            *start += message.tokens.len();
            Some(own)
        });
        let messages = self.messages.iter().zip(starts);
        messages.flat_map(|(message, start)| {
            message.marks.iter().flat_map(move |(mark, spans)| {
                let tokens = spans.iter().cloned().flatten();
                tokens.map(move |token| (start + token, *mark, &message.bytes[token]))
            })
        })
    }

    /// Gives the tokens what their keys got.
    fn spread(&self, looks: Looks) -> Relevance {
        let of = |rows: &[Vec<f32>], key: usize| rows.iter().map(|row| row[key]).collect();
        let mut relevance = Relevance::new(looks.classes.clone());
        for (key, mark, bytes) in self.tokens() {
            let share = Share {
                bytes: bytes.clone(),
                attention: of(&looks.asking, key),
                pointed: of(&looks.pointed, key),
            };
            relevance.add(mark, share);
        }
        relevance
    }
}

/// A question that was read behind what it is about.
pub(crate) struct Question {
    pub(crate) pages: Pages,
    /// How many keys are before the question.
    pub(crate) keys: usize,
    /// The marked tokens among them: the key of each, with its mark and its bytes of the text.
    pub(crate) tokens: Vec<(usize, (u32, Range<usize>))>,
}

impl Question {
    /// The rotated keys and the values of a layer, the question's own among them,
    /// `[key heads, keys, dim]` each.
    pub(crate) fn past(
        &self,
        layer: usize,
        config: &Config,
    ) -> candle_core::Result<(Tensor, Tensor)> {
        let shape = (config.kv_heads, self.pages.len(), config.head_dim);
        let heads = (0..config.kv_heads).map(|head| self.pages.floats(layer, head));
        let (keys, values): (Vec<_>, Vec<_>) = heads.unzip();
        let tensor = |of: Vec<Vec<f32>>| Tensor::from_vec(of.concat(), shape, &Device::Cpu);
        Ok((tensor(keys)?, tensor(values)?))
    }
}

/// What running something behind questions gives; the questions stay as they were.
fn and_back<T>(questions: &mut [Question], run: impl FnOnce(&mut [Question]) -> T) -> T {
    let read: Vec<usize> = questions.iter().map(|own| own.pages.len()).collect();
    let given = run(questions);
    for (question, read) in questions.iter_mut().zip(read) {
        question.pages.truncate(read);
    }
    given
}

/// Texts that a writer writes, one after another: what begins as the one before is not run again.
struct Written<'w> {
    decoder: &'w Decoder,
    writer: &'w Writer,
    pages: &'w mut Pages,
    /// How many tokens are before those of a text.
    before: usize,
    /// Those of the last text, with the logits of the alphabet before each of them and after the last.
    text: Vec<u32>,
    logits: Vec<Vec<f32>>,
}

impl<'w> Written<'w> {
    fn new(decoder: &'w Decoder, writer: &'w Writer, pages: &'w mut Pages) -> Self {
        let (beginning, alphabet) = (&writer.beginning, &writer.alphabet);
        let mut logits = decoder.logits_with(beginning, &writer.adapter, pages, alphabet);
        Self {
            before: pages.len(),
            text: Vec::new(),
            logits: logits.split_off(beginning.len() - 1),
            decoder,
            writer,
            pages,
        }
    }

    /// How likely a text and its end are, as a logarithm.
    fn likelihood(&mut self, text: &[u32]) -> f32 {
        let both = self.text.iter().zip(text);
        let same = both.take_while(|(own, other)| own == other).count();
        self.pages.truncate(self.before + same);
        self.text.truncate(same);
        self.logits.truncate(same + 1);
        if same < text.len() {
            let (adapter, alphabet) = (&self.writer.adapter, &self.writer.alphabet);
            let rest = &text[same..];
            let logits = self
                .decoder
                .logits_with(rest, adapter, self.pages, alphabet);
            self.text.extend(rest);
            self.logits.extend(logits);
        }
        let alphabet = &self.writer.alphabet;
        let place = |token: &u32| alphabet.iter().position(|other| other == token);
        let next = text.iter().map(place).chain([Some(alphabet.len() - 1)]);
        let each = next
            .zip(&self.logits)
            .map(|(next, logits)| next.map_or(f32::NEG_INFINITY, |at| log_share(logits, at)));
        each.sum()
    }
}

/// What is attended to of the keys before a question.
struct Looks {
    /// `[token of the question][key]`
    asking: Vec<Vec<f32>>,
    /// `[output of the pointer][key]`
    pointed: Vec<Vec<f32>>,
    classes: Vec<f32>,
}

/// Reads a question, and the pointer after it.
fn look(
    decoder: &Decoder,
    sequence: &mut Sequence,
    question: &Rendered,
    pointer: &Pointer,
) -> Looks {
    let keys = sequence.len();
    let pages = &mut sequence.pages;
    let asked = keys + question.tokens.len();
    let attention = HeadAttention::new(&pointer.asking, keys, keys, question.tokens.len());
    let layers = pointer.layers();
    let asking = decoder.look(&question.tokens, pages, layers, attention);
    let attention = HeadAttention::new(&pointer.heads(), keys, asked, pointer.len());
    let (attention, states) =
        decoder.look_with(&pointer.tokens, &pointer.adapter, pages, layers, attention);
    let outputs = pointer.outputs.iter();
    let pointed = outputs.map(|output| attention.mixed(output.token, &output.heads));
    Looks {
        asking: of_marked(asking.mean(), question),
        pointed: pointed.collect(),
        classes: pointer.classes(&states),
    }
}

/// The logarithm of the share that one of some logits has.
fn log_share(logits: &[f32], at: usize) -> f32 {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let all: f32 = logits.iter().map(|logit| (logit - most).exp()).sum();
    logits[at] - most - all.ln()
}

/// The rows of a question's marked tokens, less the mean of those before them, which tell
/// what is attended to whatever is asked.
fn of_marked(mut rows: Vec<Vec<f32>>, question: &Rendered) -> Vec<Vec<f32>> {
    let marked: Vec<usize> = question
        .marks
        .values()
        .flatten()
        .cloned()
        .flatten()
        .collect();
    let first = marked.iter().copied().min().unwrap_or(0);
    let before = &rows[..first];
    let keys = rows.first().map_or(0, Vec::len);
    let mean = |key: usize| before.iter().map(|row| row[key]).sum::<f32>() / first.max(1) as f32;
    let usual: Vec<f32> = (0..keys).map(mean).collect();
    let mut of_marked = Vec::with_capacity(marked.len());
    for token in marked {
        let mut row = std::mem::take(&mut rows[token]);
        for (share, usual) in row.iter_mut().zip(&usual) {
            *share -= usual;
        }
        of_marked.push(row);
    }
    of_marked
}
