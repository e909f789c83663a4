//! The messages that a model has read, and where their keys and values are.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::chat::Rendered;
use crate::decoder::{Decoder, Halves, KvSink, Pages};
use crate::kv::{Distrust, KvError, KvStore, Record};

/// Keys and values of some messages, one after the other, ready to attend to.
pub(super) struct Sequence {
    pub(super) pages: Pages,
    /// Which messages, in the order in which they are placed.
    placed: Vec<usize>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl Sequence {
    pub(super) fn new(decoder: &Decoder) -> Self {
        Self {
            pages: Pages::new(&decoder.config),
            placed: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Tokens of the placed messages.
    pub(super) fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    pub(super) fn placed(&self) -> &[usize] {
        &self.placed
    }

    /// Takes off what follows the placed messages.
    pub(super) fn clear_tail(&mut self) {
        self.pages.truncate(self.len());
    }

    /// Counts tokens behind those placed as a message.
    pub(super) fn place(&mut self, message: usize, tokens: usize) {
        let end = self.len() + tokens;
        self.placed.push(message);
        self.ends.push(end);
    }

    /// Takes off all but the first placed messages.
    fn keep(&mut self, messages: usize) {
        self.placed.truncate(messages);
        self.ends.truncate(messages);
        self.clear_tail();
    }

    /// Places these messages of a store; what is there already stays where it is.
    pub(super) fn restore(
        &mut self,
        messages: &[usize],
        store: &KvStore,
        decoder: &Decoder,
    ) -> Result<(), KvError> {
        let same = self.placed.iter().zip(messages).take_while(|(a, b)| a == b);
        self.keep(same.count());
        let missing = messages[self.placed.len()..].to_vec();
        let tokens: usize = missing.iter().map(|m| store.tokens(*m).len()).sum();
        self.pages.reserve(self.len() + tokens);
        let mut place = missing.iter();
        store.read(missing.iter().copied(), |record| {
            let tokens = record.tokens.len();
            decoder.restore(tokens, &mut self.pages, record.halves());
            if let Some(message) = place.next() {
                self.place(*message, tokens);
            }
        })
    }

    /// Where the marks of the placed messages are.
    pub(super) fn marks(&self, messages: &[Rendered]) -> BTreeMap<u32, Vec<Range<usize>>> {
        let mut marks: BTreeMap<u32, Vec<Range<usize>>> = BTreeMap::new();
        let mut start = 0;
        for (message, end) in self.placed.iter().zip(&self.ends) {
            for (mark, spans) in &messages[*message].marks {
                let moved = spans.iter().map(|s| start + s.start..start + s.end);
                marks.entry(*mark).or_default().extend(moved);
            }
            start = *end;
        }
        marks
    }
}

/// What was read of a consultation.
pub(super) struct History {
    pub(super) store: KvStore,
    /// The messages that new ones are read behind.
    pub(super) trunk: Sequence,
}

impl History {
    pub(super) fn new(store: KvStore, decoder: &Decoder) -> Self {
        Self {
            store,
            trunk: Sequence::new(decoder),
        }
    }

    /// Drops what the store holds from the first message on that differs from these, and places
    /// none but these. What was read of messages that follow them may be wanted yet.
    pub(super) fn agree(&mut self, messages: &[Rendered]) -> Result<Option<Distrust>, KvError> {
        self.trunk.clear_tail();
        let known = self.read_of(messages);
        let same = (0..known)
            .take_while(|i| self.store.tokens(*i) == messages[*i].tokens)
            .count();
        let kept = self.trunk.placed.iter().take_while(|m| **m < same).count();
        self.trunk.keep(kept);
        if same == known {
            return Ok(None);
        }
        self.store.truncate(same)?;
        Ok(Some(Distrust::Text { kept: same }))
    }

    /// How many of these messages were read, which the store agrees with.
    pub(super) fn read_of(&self, messages: &[Rendered]) -> usize {
        self.store.len().min(messages.len())
    }
}

/// Collects the keys and values of one message while it is read.
pub(super) struct Recorder(pub(super) Record);

impl Recorder {
    pub(super) fn new(message: u32, tokens: &[u32], layers: usize) -> Self {
        Self(Record {
            message,
            tokens: tokens.to_vec(),
            layers: vec![Default::default(); layers],
        })
    }
}

impl KvSink for Recorder {
    fn take(&mut self, layer: usize, halves: Halves<'_>) {
        let (keys, values) = &mut self.0.layers[layer];
        keys.extend(halves.keys);
        values.extend(halves.values);
    }
}

/// The messages to place in `room` tokens: the first, the wanted ones from the last
/// on, then others from the last on while they fit; in order.
pub(super) fn fit(
    lengths: &[usize],
    wanted: &dyn Fn(usize) -> bool,
    others: bool,
    room: usize,
) -> Vec<usize> {
    let mut left = room;
    let mut chosen: Vec<usize> = Vec::new();
    let mut take = |message: usize, chosen: &mut Vec<usize>| {
        if lengths[message] <= left && !chosen.contains(&message) {
            left -= lengths[message];
            chosen.push(message);
        }
    };
    if !lengths.is_empty() {
        take(0, &mut chosen);
    }
    for message in (1..lengths.len()).rev().filter(|m| wanted(*m)) {
        take(message, &mut chosen);
    }
    if others {
        for message in (1..lengths.len()).rev() {
            take(message, &mut chosen);
        }
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_fits_is_placed() {
        let lengths = [5, 10, 10, 10];
        assert_eq!(fit(&lengths, &|_| false, true, 35), [0, 1, 2, 3]);
        assert_eq!(fit(&lengths, &|_| false, true, 34), [0, 2, 3]);
        assert_eq!(fit(&lengths, &|m| m == 1, true, 25), [0, 1, 3]);
        assert_eq!(fit(&lengths, &|m| m == 2, false, 100), [0, 2]);
        assert_eq!(fit(&[], &|_| true, true, 9), [0; 0]);
    }
}
