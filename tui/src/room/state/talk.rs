//! What was said: the turns of the record, private exchanges, and the answer that is
//! being written.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use estoppel::memory::{Evidence, Role, Turn, TurnId};
use estoppel::{Answer, Citation, Ended, Event, Sentences};

use crate::room::message::Record;

/// An answer with what it rests on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cited {
    /// Its sentences, in bytes of its text, each with its turns.
    pub(crate) sentences: Sentences,
    /// What was found for the question.
    pub(crate) evidence: Option<Evidence>,
    /// How it ended, unless it goes on.
    pub(crate) ended: Option<Ended>,
}

impl Cited {
    /// Every citation mark, in the order in which they stand in the text.
    pub(crate) fn marks(&self) -> impl Iterator<Item = &Citation> {
        self.sentences
            .iter()
            .flat_map(|(_, attribution)| &attribution.citations)
    }
}

/// A question and its answer of which nothing was kept.
#[derive(Clone, Debug)]
pub(crate) struct Aside {
    /// How many turns had been said before it.
    pub(crate) after: usize,
    pub(crate) question: String,
    pub(crate) text: String,
    pub(crate) cited: Cited,
}

/// A question that is being answered.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) question: String,
    pub(crate) keep: bool,
    /// The question's number, once it is durable.
    pub(crate) turn: Option<TurnId>,
    pub(crate) text: String,
    pub(crate) cited: Cited,
    /// Turns that the model attends to.
    pub(crate) shown: usize,
    pub(crate) phase: Phase,
    /// Whether it was asked to end.
    pub(crate) stopping: bool,
}

/// What the answering does just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The memory is searched.
    Finding,
    /// The model reads; in tokens.
    Reading { done: usize, total: usize },
    /// The model writes: so many pieces in so long.
    Writing { pieces: usize, lasted: Duration },
}

impl Live {
    fn new(question: String, keep: bool) -> Self {
        Self {
            question,
            keep,
            turn: None,
            text: String::new(),
            cited: Cited::default(),
            shown: 0,
            phase: Phase::Finding,
            stopping: false,
        }
    }

    fn take(&mut self, event: Event, writing: Duration) {
        match event {
            Event::Remembered { turn } => self.turn = Some(turn),
            Event::Retrieved { evidence, shown } => {
                self.cited.evidence = Some(evidence);
                self.shown = shown.len();
            }
            Event::Prefill { done, total } => self.phase = Phase::Reading { done, total },
            Event::Token { text } => {
                self.text.push_str(&text);
                let before = match self.phase {
                    Phase::Writing { pieces, .. } => pieces,
                    _ => 0,
                };
                self.phase = Phase::Writing {
                    pieces: before + 1,
                    lasted: writing,
                };
            }
            Event::Cited {
                sentence,
                attribution,
            } => self.cited.sentences.push((sentence, attribution)),
            _ => {}
        }
    }
}

/// One item of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A turn, by its place in the record.
    Turn(usize),
    /// A private exchange, by its place among them.
    Aside(usize),
    /// The question that is being answered.
    Live,
}

/// The conversation of one matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Talk {
    pub(crate) record: Arc<Record>,
    /// What is known of the answers among the turns.
    pub(crate) answers: BTreeMap<TurnId, Cited>,
    pub(crate) asides: Vec<Aside>,
    pub(crate) live: Option<Live>,
    /// Pages of keys and values that the last answer read, over layers and heads.
    pub(crate) attended: u64,
}

impl Talk {
    /// A matter as it was opened, with what is known of its answers.
    pub(crate) fn of(record: Arc<Record>, answers: BTreeMap<TurnId, Sentences>) -> Self {
        let cited = |sentences| Cited {
            sentences,
            ..Cited::default()
        };
        let answers = answers.into_iter();
        Self {
            record,
            answers: answers.map(|(turn, kept)| (turn, cited(kept))).collect(),
            ..Self::default()
        }
    }

    /// Its items in the order in which they were said.
    pub(crate) fn items(&self) -> Vec<Item> {
        let mut items = Vec::with_capacity(self.record.turns.len() + self.asides.len() + 1);
        let mut asides = self.asides.iter().enumerate().peekable();
        for place in 0..=self.record.turns.len() {
            while let Some((aside, _)) = asides.next_if(|(_, aside)| aside.after <= place) {
                items.push(Item::Aside(aside));
            }
            if place < self.record.turns.len() {
                items.push(Item::Turn(place));
            }
        }
        items.extend(self.live.as_ref().map(|_| Item::Live));
        items
    }

    /// What an item's answer rests on, if it is one.
    pub(crate) fn cited(&self, item: Item) -> Option<&Cited> {
        match item {
            Item::Turn(place) => self.answers.get(&self.record.turns[place].id),
            Item::Aside(place) => Some(&self.asides[place].cited),
            Item::Live => self.live.as_ref().map(|live| &live.cited),
        }
    }

    /// The question that an item answers.
    pub(crate) fn question(&self, item: Item) -> Option<&str> {
        match item {
            Item::Turn(place) => {
                let mut before = self.record.turns[..place].iter().rev();
                let asked = before.find(|turn| turn.role == Role::Client)?;
                Some(&asked.text)
            }
            Item::Aside(place) => Some(&self.asides[place].question),
            Item::Live => self.live.as_ref().map(|live| live.question.as_str()),
        }
    }

    /// The words of an item that one may copy: of an exchange its answer.
    pub(crate) fn words(&self, item: Item) -> &str {
        match item {
            Item::Turn(place) => &self.record.turns[place].text,
            Item::Aside(place) => &self.asides[place].text,
            Item::Live => self.live.as_ref().map_or("", |live| &live.text),
        }
    }

    /// What the client said so far, in order; the questions that were not kept as well.
    pub(crate) fn said(&self) -> Vec<&str> {
        let client = |turn: &Turn| turn.role == Role::Client && !turn.is_forgotten();
        let words = |item| match item {
            Item::Turn(place) => {
                let turn = &self.record.turns[place];
                client(turn).then_some(turn.text.as_str())
            }
            Item::Aside(place) => Some(self.asides[place].question.as_str()),
            Item::Live => self.live.as_ref().map(|live| live.question.as_str()),
        };
        self.items().into_iter().filter_map(words).collect()
    }

    pub(crate) fn begin(&mut self, question: String, keep: bool) {
        self.live = Some(Live::new(question, keep));
    }

    pub(crate) fn take(&mut self, event: Event, writing: Duration) {
        if let Some(live) = &mut self.live {
            live.take(event, writing);
        }
    }

    /// The answer ended: it is a turn now, or an aside.
    pub(crate) fn finish(&mut self, answer: &Answer, record: Arc<Record>) {
        let Some(live) = self.live.take() else {
            self.record = record;
            return;
        };
        self.attended = answer.pages;
        let cited = Cited {
            sentences: answer.sentences.clone(),
            evidence: live.cited.evidence,
            ended: Some(answer.ended),
        };
        match answer.turn {
            Some(turn) => {
                self.answers.insert(turn, cited);
            }
            None if !live.keep => self.asides.push(Aside {
                after: self.record.turns.len(),
                question: live.question,
                text: answer.text.clone(),
                cited,
            }),
            None => {}
        }
        self.record = record;
    }

    /// The record was changed: what was forgotten is quoted no more.
    pub(crate) fn change(&mut self, record: Arc<Record>) {
        let gone = |turn: TurnId| record.turn(turn).is_none_or(Turn::is_forgotten);
        self.answers.retain(|turn, _| !gone(*turn));
        let asides = self.asides.iter_mut().map(|aside| &mut aside.cited);
        for cited in self.answers.values_mut().chain(asides) {
            if let Some(evidence) = &mut cited.evidence {
                evidence.turns.retain(|found| !gone(found.turn));
                evidence.facts.retain(|fact| !gone(fact.turn));
            }
            for (_, attribution) in &mut cited.sentences {
                attribution
                    .citations
                    .retain(|citation| !gone(citation.turn));
            }
        }
        self.record = record;
    }

    /// The answer failed: what is in the record stays.
    pub(crate) fn fail(&mut self, record: Option<Arc<Record>>) {
        self.live = None;
        if let Some(record) = record {
            self.record = record;
        }
    }
}
