//! What lies before the reader: the sentences of the turns that retrieval found,
//! and how near each is to a phrase.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use estoppel_memory::extract::{self, Cue};
use estoppel_memory::graph::{EdgeKind, Node};
use estoppel_memory::index::Late;
use estoppel_memory::{Embedder, Embedding, Evidence, Fact, FactId, Graph, Role, Turn, TurnId};

use super::ReadError;
use super::ask::Ask;
use super::choose::{Kind, shares};
use super::coverage::Coverage;
use super::gaze::{Gaze, Glance, Look, Most, looks, most};
use super::guess::Guess;
use super::line::{Item, Line, lines, terms};
use super::pieces::Pieces;
use super::pointing::WORDS;
use super::rank::{Rarity, standardised};
use super::telling::Telling;
use super::vectors::SentenceVectors;
use super::weigh::{Features, Row, Weights};

/// The sentences that bear on a question, in the order of the record.
pub(crate) struct Desk<'a> {
    pub(crate) lines: Vec<Line<'a>>,
    graph: &'a Graph,
    /// Of the lines; none without an encoder.
    embeddings: Vec<&'a Embedding>,
    rarity: Rarity,
    places: HashMap<TurnId, usize>,
    senses: Senses<'a>,
    /// How near the sentences are in meaning, by phrase: one may be weighed more than once.
    known: HashMap<String, Nearness>,
    /// Sentences and values as they were judged, by question.
    pub(super) pieces: HashMap<String, Rc<Pieces>>,
    /// Whether the model tells what it attends to.
    pub(super) looking: bool,
}

/// How near the sentences are in meaning; nothing is known without an encoder.
#[derive(Clone, Debug, Default)]
struct Nearness {
    /// Standard scores of the cosines of one vector a sentence.
    meaning: Vec<f32>,
    /// The same of one vector a token.
    tokens: Vec<f32>,
    /// The phrase's own vector.
    phrase: Vec<f32>,
}

/// What tells, beside the words, how near a sentence is; each may be missing.
#[derive(Default)]
pub(crate) struct Senses<'a> {
    pub(crate) encoder: Option<&'a mut (dyn Embedder + 'static)>,
    pub(crate) late: Option<&'a Late>,
    pub(crate) gaze: Option<Gaze<'a>>,
}

/// A value of the record that may answer a question.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// The sentence's place on the desk.
    pub(crate) line: usize,
    pub(crate) item: Item,
    /// How likely it is to answer for some phrase: nats behind the likeliest.
    pub(crate) score: f32,
}

impl<'a> Desk<'a> {
    /// The sentences of the turns that retrieval found. `turns` are the
    /// record's; turns that `vectors` lacks are judged by their words.
    pub(crate) fn new(
        turns: &'a [Turn],
        graph: &'a Graph,
        evidence: &Evidence,
        vectors: &'a SentenceVectors,
        senses: Senses<'a>,
    ) -> Self {
        let ranked = evidence.turns.iter().enumerate();
        let places: HashMap<TurnId, usize> = ranked.map(|(place, r)| (r.turn, place)).collect();
        let found = turns.iter().filter(|turn| places.contains_key(&turn.id));
        let lines: Vec<Line<'a>> = found
            .clone()
            .flat_map(|turn| lines(turn, graph.facts_of(turn.id)))
            .collect();
        let of = |turn: &Turn| vectors.by_turn.get(&turn.id).map_or(&[][..], Vec::as_slice);
        let embeddings: Vec<&Embedding> = found.flat_map(of).collect();
        Self {
            embeddings: if embeddings.len() == lines.len() {
                embeddings
            } else {
                Vec::new()
            },
            rarity: Rarity::of(turns.iter().map(|turn| turn.text.as_str())),
            lines,
            graph,
            places,
            senses,
            known: HashMap::new(),
            pieces: HashMap::new(),
            looking: false,
        }
    }

    /// What decides each choice.
    pub(super) fn weights(&self) -> &'static Weights {
        if self.looking {
            Weights::looking()
        } else {
            Weights::blind()
        }
    }

    /// How likely each sentence is to answer: nats behind the likeliest.
    pub(crate) fn scores(&mut self, ask: &Ask, phrase: &str) -> Result<Vec<f32>, ReadError> {
        let rows = self.rows(ask, phrase)?;
        Ok(self.weights().sentences.logits(&rows))
    }

    /// What is known of each sentence beside a phrase, and what that is taken for.
    pub(crate) fn rows(&mut self, ask: &Ask, phrase: &str) -> Result<Vec<Row>, ReadError> {
        let features = self.features(ask, phrase)?;
        let guess = self.guess(ask, phrase)?;
        let kinds = |at: usize| {
            let stated = self.stated_in(at, ask);
            stated.map(|item| Kind::of(&item.value))
        };
        let rows = features.iter().enumerate();
        Ok(rows
            .map(|(at, features)| guess.row(features, kinds(at)))
            .collect())
    }

    /// The turns that these scores make likely to answer, the likeliest first.
    pub(crate) fn likely(&self, scores: &[f32]) -> Vec<TurnId> {
        let shares = self.shares_of_turns(scores).into_iter();
        shares.map(|(turn, _)| turn).collect()
    }

    /// How likely these scores make each turn to answer, the likeliest first; all together 1.
    pub(crate) fn shares_of_turns(&self, scores: &[f32]) -> Vec<(TurnId, f32)> {
        let turns = self.lines.iter().map(|line| line.turn.id);
        shares(turns.zip(scores.iter().copied()))
    }

    /// What is known of each sentence beside a phrase.
    pub(crate) fn features(&mut self, ask: &Ask, phrase: &str) -> Result<Vec<Features>, ReadError> {
        let Nearness {
            meaning, tokens, ..
        } = self.nearness(phrase)?;
        let looks = self.looks(phrase)?;
        let wanted = terms(phrase);
        let people = self.people_in(phrase);
        let first = self.lines.first().map_or(0, |line| line.turn.id.0) as f32;
        let last = self.lines.last().map_or(0, |line| line.turn.id.0) as f32;
        let of_line = |at: usize| {
            let line = &self.lines[at];
            let turn = line.turn.id;
            let beside = at.saturating_sub(1)..(at + 2).min(self.lines.len());
            let covers = |lines| self.rarity.coverage(&wanted, &self.terms_of(lines, turn));
            let late = (turn.0 as f32 - first) / (last - first).max(1.0);
            let place = self.places.get(&turn).map_or(f32::MAX, |p| *p as f32);
            let strange =
                !people.is_empty() && !people.iter().any(|name| self.speaks_of(line.turn, name));
            let of_kind = || line.items.iter().filter(|item| ask.wanted.is(&item.value));
            let mut corrected = line.items.iter().map(|item| self.corrected(at, item));
            let look = looks.get(at).copied().unwrap_or_default();
            let known = [
                self.rarity.coverage(&wanted, &[&line.terms]),
                covers(beside),
                covers(0..self.lines.len()),
                meaning.get(at).copied().unwrap_or(0.0),
                tokens.get(at).copied().unwrap_or(0.0),
                1.0 / (1.0 + 0.3 * place),
                flag(line.turn.role == ask.said_by),
                flag(line.turn.role == Role::Client),
                flag(line.asks()),
                flag(strange),
                flag(of_kind().next().is_some()),
                flag(of_kind().any(|item| item.holds)),
                flag(corrected.any(|old| !old.is_empty())),
                flag(line.items.iter().any(|item| !item.holds)),
                flag(!self.graph.corrects(turn).is_empty()),
                flag(!self.graph.corrected_by(turn).is_empty()),
                flag(!line.names.is_empty()),
                (1.0 + line.span.len() as f32).ln() / 5.0,
                late,
                flag(line.amends()),
                flag(ask.in_the_end && line.amends()),
                if ask.in_the_end { late } else { 0.0 },
            ];
            let all = [&known[..], &look].concat();
            all.try_into().expect("every feature has its name")
        };
        Ok((0..self.lines.len()).map(of_line).collect())
    }

    fn terms_of(&self, lines: Range<usize>, turn: TurnId) -> Vec<&BTreeSet<String>> {
        let lines = self.lines[lines].iter();
        lines
            .filter(|line| line.turn.id == turn)
            .map(|line| &line.terms)
            .collect()
    }

    fn nearness(&mut self, phrase: &str) -> Result<Nearness, ReadError> {
        if let Some(known) = self.known.get(phrase) {
            return Ok(known.clone());
        }
        let nearness = self.measure_nearness(phrase)?;
        self.known.insert(phrase.to_owned(), nearness.clone());
        Ok(nearness)
    }

    fn measure_nearness(&mut self, phrase: &str) -> Result<Nearness, ReadError> {
        let encoder = self.senses.encoder.as_deref_mut();
        let Some(encoder) = encoder.filter(|_| !self.embeddings.is_empty()) else {
            return Ok(Nearness::default());
        };
        let query = encoder.query(phrase)?;
        let sentences = self.embeddings.iter();
        let meaning: Vec<f32> = sentences
            .map(|sentence| dot(&sentence.vector, &query.vector))
            .collect();
        let tokens = self.senses.late.map_or_else(Vec::new, |late| {
            let sentences = self.embeddings.iter().map(|sentence| &sentence.tokens);
            late.compare(&query.tokens, sentences)
        });
        let tokens: Vec<f32> = tokens.into_iter().map(Option::unwrap_or_default).collect();
        Ok(Nearness {
            phrase: query.vector.clone(),
            meaning: standardised(meaning),
            tokens: standardised(tokens),
        })
    }

    /// What a phrase is taken for.
    pub(crate) fn guess(&mut self, ask: &Ask, phrase: &str) -> Result<Guess, ReadError> {
        let classes = self.glance(phrase)?.map(|glance| glance.classes);
        let vector = self.vector(phrase)?;
        Ok(Guess::of(ask, phrase, &vector, classes, self.weights()))
    }

    /// A phrase's own vector; empty without an encoder.
    pub(crate) fn vector(&mut self, phrase: &str) -> Result<Vec<f32>, ReadError> {
        Ok(self.nearness(phrase)?.phrase)
    }

    /// The most that any sentence has of the model's attention; nothing if it cannot tell.
    pub(crate) fn most_attention(&mut self, phrase: &str) -> Result<Most, ReadError> {
        let glance = self.glance(phrase)?;
        let lines = self.lines.iter().map(|line| (line.turn.id, &line.span));
        Ok(glance.map_or(Most::default(), |glance| most(&glance, lines)))
    }

    /// What the model attends to while it reads a phrase; nothing if it cannot tell.
    pub(super) fn glance(&mut self, phrase: &str) -> Result<Option<Rc<Glance>>, ReadError> {
        match &mut self.senses.gaze {
            Some(gaze) => {
                let glance = gaze.glance(phrase)?;
                self.looking = glance.is_some();
                Ok(glance)
            }
            None => Ok(None),
        }
    }

    /// How likely the model would write each of some workings behind a question, as logarithms;
    /// nothing if it cannot tell.
    pub(super) fn likelihoods(
        &mut self,
        question: &str,
        workings: &[String],
    ) -> Result<Option<Vec<f32>>, ReadError> {
        match &mut self.senses.gaze {
            Some(gaze) if self.looking => Ok(gaze.likelihoods(question, workings)?),
            _ => Ok(None),
        }
    }

    /// What the tokens of a phrase find in each turn; nothing if the model cannot tell what it
    /// attends to.
    pub(super) fn coverage(&mut self, phrase: &str) -> Result<Coverage, ReadError> {
        let Some(glance) = self.glance(phrase)? else {
            return Ok(Coverage::default());
        };
        let mut turns: Vec<TurnId> = self.lines.iter().map(|line| line.turn.id).collect();
        turns.dedup();
        let turns = turns.into_iter();
        let found = turns.map(|turn| (turn.0, glance.on(turn, &(0..usize::MAX))));
        Ok(Coverage::new(found))
    }

    /// The same of the clauses of values, by their places among these.
    pub(super) fn coverage_of(
        &mut self,
        values: &[Candidate],
        phrase: &str,
    ) -> Result<Coverage, ReadError> {
        let Some(glance) = self.glance(phrase)? else {
            return Ok(Coverage::default());
        };
        let found = (0..).zip(values).map(|(place, value)| {
            let turn = self.lines[value.line].turn.id;
            (place, glance.on(turn, &value.item.clause))
        });
        Ok(Coverage::new(found))
    }

    /// How well each sentence tells the answer, where these scores say how likely it is: a turn
    /// may answer by one of its sentences alone, and what points at the words of an answer knows
    /// which.
    pub(super) fn telling(&mut self, question: &str, scores: &[f32]) -> Result<Telling, ReadError> {
        let glance = self.glance(question)?;
        let words = glance.map(|glance| {
            let lines = self.lines.iter();
            let words = lines.map(|line| glance.pointed(line.turn.id, &line.span)[WORDS]);
            words.collect()
        });
        Ok(Telling::new(scores, words))
    }

    /// The features of the model's attention to each sentence; nothing if it cannot tell.
    fn looks(&mut self, phrase: &str) -> Result<Vec<Look>, ReadError> {
        let glance = self.glance(phrase)?;
        let places = self.lines.iter().map(|line| (line.turn.id, &line.span));
        Ok(glance.map_or_else(Vec::new, |glance| looks(&glance, places)))
    }

    /// The fact that a value of a turn became.
    pub(crate) fn fact(&self, line: usize, item: &Item) -> Option<&'a Fact> {
        let facts = self.graph.facts_of(self.lines[line].turn.id).iter();
        let is_it = |fact: &&Fact| fact.clause == item.clause && fact.surface == item.surface;
        facts.into_iter().find(is_it)
    }

    /// What a value of the record corrected.
    pub(crate) fn corrected(&self, line: usize, item: &Item) -> Vec<&'a Fact> {
        let Some(fact) = self.fact(line, item) else {
            return Vec::new();
        };
        let by = |id: FactId| move |old: &&Fact| old.superseded_by == Some(id);
        self.graph.facts().iter().filter(by(fact.id)).collect()
    }

    /// The share of a phrase's words that a text holds.
    pub(crate) fn shares(&self, phrase: &str, text: &str) -> f32 {
        self.rarity.coverage(&terms(phrase), &[&terms(text)])
    }

    /// How near texts are to a phrase in meaning, as cosines; `None` without an encoder.
    pub(crate) fn likeness(
        &mut self,
        phrase: &str,
        texts: &[&str],
    ) -> Result<Option<Vec<f32>>, ReadError> {
        let Some(encoder) = self.senses.encoder.as_deref_mut() else {
            return Ok(None);
        };
        let query = encoder.query(phrase)?;
        let texts = encoder.passages(texts)?;
        let near = texts.iter().map(|text| dot(&text.vector, &query.vector));
        Ok(Some(near.collect()))
    }

    /// The share of a phrase's words that a sentence holds.
    pub(crate) fn covers(&self, line: usize, phrase: &str) -> f32 {
        self.rarity
            .coverage(&terms(phrase), &[&self.lines[line].terms])
    }

    /// The same of a sentence and the one before it, which may name what it is about.
    pub(crate) fn covers_with_before(&self, line: usize, phrase: &str) -> f32 {
        let both = self.terms_of(line.saturating_sub(1)..line + 1, self.lines[line].turn.id);
        self.rarity.coverage(&terms(phrase), &both)
    }

    /// Whether a value held until something changed, and was no mistake.
    pub(super) fn changed(&self, line: usize, item: &Item) -> bool {
        let by = self.fact(line, item).and_then(|fact| fact.superseded_by);
        let Some(by) = by.and_then(|id| self.graph.fact(id)) else {
            return false;
        };
        let replaces = |item: &Item| item.clause == by.clause && item.surface == by.surface;
        let of_turn = self.lines.iter().filter(|line| line.turn.id == by.turn);
        of_turn
            .flat_map(|line| &line.items)
            .any(|item| replaces(item) && item.cue == Cue::Change)
    }

    /// Whether a turn speaks of a party, under any of its names.
    fn speaks_of(&self, turn: &Turn, name: &str) -> bool {
        let node = Node::Turn(turn.id);
        turn.text.contains(name)
            || self.graph.edges_of(&node).any(|edge| {
                matches!(&edge.to, Node::Party(other) if self.graph.party(other) == self.graph.party(name))
            })
    }

    /// The parties that a text names, under any of their names, as the record knows them.
    pub(crate) fn parties_in(&self, text: &str) -> Vec<&'a str> {
        let text = text.to_lowercase();
        let named = |name: &&str| holds_word(&text, &name.to_lowercase());
        let named = self.graph.names().filter(named);
        let mut parties: Vec<&str> = named.map(|name| self.graph.party(name)).collect();
        parties.sort_unstable();
        parties.dedup();
        parties
    }

    /// The parties that a text names by a name of their own.
    fn people_in(&self, text: &str) -> Vec<&'a str> {
        let mut people = self.parties_in(text);
        people.retain(|name| !extract::is_role(name));
        people
    }

    /// Whether a question names somebody of whom a sentence's turn does not speak.
    pub(crate) fn is_strange(&self, line: usize, question: &str) -> bool {
        let people = self.people_in(question);
        let turn = self.lines[line].turn;
        !people.is_empty() && !people.iter().any(|name| self.speaks_of(turn, name))
    }

    /// Whether two turns say what cannot both be so, as far as the graph can tell.
    pub(crate) fn contradict(&self, one: TurnId, other: TurnId) -> bool {
        let (one, other) = (Node::Turn(one), Node::Turn(other));
        self.graph.edges_of(&one).any(|edge| {
            edge.kind == EdgeKind::Contradicts && (edge.from == other || edge.to == other)
        })
    }

    /// Whether a turn corrects an earlier one.
    pub(crate) fn corrects(&self, turn: TurnId, earlier: TurnId) -> bool {
        self.graph.corrects(turn).contains(&earlier)
    }

    /// Whether a sentence is the client's.
    pub(crate) fn is_client(&self, line: usize) -> bool {
        self.lines[line].turn.role == Role::Client
    }
}

/// Whether a value is stated of a property that a phrase names.
pub(crate) fn is_of(item: &Item, phrase: &str) -> bool {
    extract::properties_named(phrase, &item.value).contains(&item.attribute)
}

/// Whether a text holds a name, and not as a part of a longer word.
fn holds_word(text: &str, name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].ends_with(letter) && name.starts_with(letter);
        let after = text[at + name.len()..].starts_with(letter) && name.ends_with(letter);
        !before && !after
    })
}

/// 1 for true.
pub(crate) fn flag(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
