//! What the language model attends to in the record while it reads a phrase.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use estoppel_memory::{Evidence, Turn, TurnId};
use estoppel_model::{GenerateError, Generator, Message, Pointer, Relevance, Writer};

use super::pointing::{AIMS, EVIDENCE, Pointed, QuestionClasses, STALE, WORDS, in_nats};
use crate::prompt::{self, Written};

/// How many turns, those that are pointed at most, are looked at again without the others: what is
/// near to an answer draws less away from it then.
const LOOKED_AT_AGAIN: usize = 8;

/// A model that has read the record, asked where it looks.
pub(crate) struct Gaze<'a> {
    generator: &'a mut dyn Generator,
    pointers: &'a [Pointer],
    writers: &'a [Writer],
    history: Vec<Message>,
    turns: Vec<&'a Turn>,
    written: Vec<(TurnId, Written)>,
    /// By phrase: a phrase may be weighed more than once.
    known: HashMap<String, Option<Rc<Glance>>>,
}

/// What each token of a phrase attends to in each turn, and what the pointer behind it points
/// at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Glance {
    /// In order, so that sums over all turns are the same every time.
    by_turn: BTreeMap<TurnId, Vec<Heeded>>,
    /// What the pointer takes the phrase for.
    pub(crate) classes: QuestionClasses,
}

/// A token of a turn.
#[derive(Clone, Debug)]
struct Heeded {
    /// Its bytes in the turn's text.
    bytes: Range<usize>,
    /// The attention from each token of the phrase.
    attention: Vec<f32>,
    /// Its share of what is pointed at, of each aim.
    pointed: Pointed,
}

impl<'a> Gaze<'a> {
    /// The attention to the turns that retrieval found, by whichever of the pointers is for the
    /// model; `turns` are the record's.
    pub(crate) fn new(
        generator: &'a mut dyn Generator,
        pointers: &'a [Pointer],
        writers: &'a [Writer],
        turns: &'a [Turn],
        evidence: &Evidence,
    ) -> Self {
        let found = evidence.turns.iter();
        let found: Vec<&Turn> = found
            .filter_map(|ranked| prompt::find(turns, ranked.turn))
            .collect();
        Self {
            generator,
            pointers,
            writers,
            history: prompt::history(turns),
            written: prompt::written(turns, &found),
            turns: found,
            known: HashMap::new(),
        }
    }

    /// Where the model looks; `None` if it cannot tell.
    pub(crate) fn glance(&mut self, phrase: &str) -> Result<Option<Rc<Glance>>, GenerateError> {
        if let Some(known) = self.known.get(phrase) {
            return Ok(known.clone());
        }
        let mut glance = self.look(phrase, &self.turns.clone())?;
        // Of few turns, the second look would be the first again.
        let is_many = self.turns.len() > LOOKED_AT_AGAIN;
        if let Some(first) = glance.as_mut().filter(|_| is_many) {
            let likeliest = first.likeliest(LOOKED_AT_AGAIN);
            let turns = self.turns.iter().copied();
            let turns: Vec<&Turn> = turns.filter(|turn| likeliest.contains(&turn.id)).collect();
            if let Some(again) = self.look(phrase, &turns)? {
                first.mean_with(&again);
            }
        }
        let glance = glance.map(Rc::new);
        self.known.insert(phrase.to_owned(), glance.clone());
        Ok(glance)
    }

    /// How likely the model would write each of some workings behind a question, as logarithms;
    /// `None` if it cannot tell.
    pub(crate) fn likelihoods(
        &mut self,
        question: &str,
        workings: &[String],
    ) -> Result<Option<Vec<f32>>, GenerateError> {
        let prompt = prompt::look(question, self.history.clone(), &self.turns);
        for pointer in self.pointers {
            for writer in self.writers {
                let likely = self
                    .generator
                    .likelihoods(&prompt, pointer, writer, workings);
                let likely = match likely {
                    Err(GenerateError::PromptTooLong { .. }) => None,
                    other => other?,
                };
                if likely.is_some() {
                    return Ok(likely);
                }
            }
        }
        Ok(None)
    }

    /// Where the model looks when it reads a phrase behind some turns alone.
    fn look(&mut self, phrase: &str, turns: &[&Turn]) -> Result<Option<Glance>, GenerateError> {
        let prompt = prompt::look(phrase, self.history.clone(), turns);
        for pointer in self.pointers {
            match self.generator.relevance(&prompt, pointer) {
                // Then the words of the phrase decide.
                Err(GenerateError::PromptTooLong { .. }) => return Ok(None),
                Ok(None) => (),
                Ok(Some(relevance)) => return Ok(Some(Glance::new(&relevance, &self.written))),
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }
}

impl Glance {
    fn new(relevance: &Relevance, written: &[(TurnId, Written)]) -> Self {
        let of_turn = |(turn, written): &(TurnId, Written)| {
            let tokens = relevance.of(turn.0).iter().map(|share| Heeded {
                bytes: written.place(share.bytes.start)..written.place(share.bytes.end),
                attention: share.attention.clone(),
                pointed: share.pointed.as_slice().try_into().unwrap_or_default(),
            });
            let tokens = tokens.filter(|token| !token.bytes.is_empty());
            (*turn, tokens.collect())
        };
        let mut glance = Self {
            by_turn: written.iter().map(of_turn).collect(),
            classes: QuestionClasses::new(relevance.classes()),
        };
        glance.share_out();
        glance
    }

    /// Makes what is pointed at in all turns together 1 for each aim: the headings of turns and
    /// the question itself are nothing to point at.
    fn share_out(&mut self) {
        for aim in 0..AIMS {
            let tokens = || self.by_turn.values().flatten();
            let all = tokens().map(|token| token.pointed[aim]).sum::<f32>();
            for token in self.by_turn.values_mut().flatten() {
                token.pointed[aim] /= all.max(f32::MIN_POSITIVE);
            }
        }
    }

    /// So many turns that are pointed at most.
    fn likeliest(&self, most: usize) -> Vec<TurnId> {
        let share = |turn: &TurnId| self.pointed_turn(*turn)[EVIDENCE];
        let mut turns: Vec<TurnId> = self.by_turn.keys().copied().collect();
        turns.sort_by(|a, b| share(b).total_cmp(&share(a)));
        turns.truncate(most);
        turns
    }

    /// Points halfway between where it and another glance at the same turns, or some of them, point.
    fn mean_with(&mut self, other: &Self) {
        for (turn, tokens) in &mut self.by_turn {
            let mut others = other.by_turn.get(turn).into_iter().flatten();
            for token in tokens {
                let other = others.next().map(|other| other.pointed).unwrap_or_default();
                for (share, other) in token.pointed.iter_mut().zip(other) {
                    *share = (*share + other) / 2.0;
                }
            }
        }
    }

    fn tokens(&self, turn: TurnId, bytes: &Range<usize>) -> impl Iterator<Item = &Heeded> {
        let tokens = self.by_turn.get(&turn).into_iter().flatten();
        tokens.filter(|token| token.bytes.start < bytes.end && token.bytes.end > bytes.start)
    }

    /// The attention that some bytes of a turn's text get from each token of the phrase.
    pub(crate) fn on(&self, turn: TurnId, bytes: &Range<usize>) -> Vec<f32> {
        let mut sum = Vec::new();
        for token in self.tokens(turn, bytes) {
            add(&mut sum, &token.attention);
        }
        sum
    }

    /// What is pointed at in some bytes of a turn's text.
    pub(crate) fn pointed(&self, turn: TurnId, bytes: &Range<usize>) -> Pointed {
        sum(self.tokens(turn, bytes).map(|token| token.pointed))
    }

    /// What is pointed at in a turn.
    pub(crate) fn pointed_turn(&self, turn: TurnId) -> Pointed {
        let tokens = self.by_turn.get(&turn).into_iter().flatten();
        sum(tokens.map(|token| token.pointed))
    }
}

fn add(sum: &mut Vec<f32>, other: &[f32]) {
    sum.resize(sum.len().max(other.len()), 0.0);
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += other;
    }
}

fn sum(of: impl Iterator<Item = Pointed>) -> Pointed {
    let mut sum = Pointed::default();
    for pointed in of {
        for (sum, share) in sum.iter_mut().zip(pointed) {
            *sum += share;
        }
    }
    sum
}

/// What is told of the attention to one sentence: from the mean token of the phrase, from
/// the token that attends to it most, to its turn, to the sentence before it and to the one
/// after it in its turn. Each is the square root, for attention is steep, of its share of
/// the most that any sentence gets. Then what the pointer points at: as evidence in the
/// sentence and in its turn, and that turn's place; as stale in its turn; as the answer's
/// words in the sentence.
pub(crate) type Look = [f32; 10];

/// The attention to each sentence of some turns, in the order of the record.
pub(crate) fn looks<'r>(
    glance: &Glance,
    sentences: impl Iterator<Item = (TurnId, &'r Range<usize>)>,
) -> Vec<Look> {
    let mut turns = Vec::new();
    let mut tokens: Vec<Vec<f32>> = Vec::new();
    let mut pointed = Vec::new();
    for (turn, span) in sentences {
        turns.push(turn);
        tokens.push(glance.on(turn, span));
        pointed.push((glance.pointed(turn, span), glance.pointed_turn(turn)));
    }
    let mean: Vec<f32> = tokens.iter().map(|of| mean(of).max(0.0)).collect();
    let peak: Vec<f32> = tokens
        .iter()
        .map(|of| of.iter().copied().fold(0.0, f32::max))
        .collect();
    let sum = |turn| {
        let of_turn = turns.iter().zip(&mean).filter(move |(t, _)| **t == turn);
        of_turn.map(|(_, share)| share).sum::<f32>()
    };
    let of_turn: Vec<f32> = turns.iter().map(|turn| sum(*turn)).collect();
    let [most, most_peak, most_of_turn] =
        [&mean, &peak, &of_turn].map(|of| of.iter().copied().fold(f32::MIN_POSITIVE, f32::max));
    let beside = |at: usize, other: Option<usize>| {
        let other = other.filter(|other| turns.get(*other) == Some(&turns[at]));
        other.map_or(0.0, |other| (mean[other] / most).sqrt())
    };
    let places = Places::of(
        turns
            .iter()
            .copied()
            .zip(pointed.iter().map(|(_, turn)| turn[EVIDENCE])),
    );
    let look = |(at, (sentence, turn)): (usize, &(Pointed, Pointed))| {
        [
            (mean[at] / most).sqrt(),
            (peak[at] / most_peak).sqrt(),
            (of_turn[at] / most_of_turn).sqrt(),
            beside(at, at.checked_sub(1)),
            beside(at, Some(at + 1)),
            in_nats(sentence[EVIDENCE]),
            in_nats(turn[EVIDENCE]),
            places.near(turns[at]),
            in_nats(turn[STALE]),
            in_nats(sentence[WORDS]),
        ]
    };
    pointed.iter().enumerate().map(look).collect()
}

/// The turns of sentences, the one first that is pointed at most.
struct Places(Vec<TurnId>);

impl Places {
    fn of(turns: impl Iterator<Item = (TurnId, f32)>) -> Self {
        let mut turns: Vec<(TurnId, f32)> = turns.collect();
        turns.dedup_by_key(|(turn, _)| *turn);
        turns.sort_by(|a, b| b.1.total_cmp(&a.1));
        Self(turns.into_iter().map(|(turn, _)| turn).collect())
    }

    /// 1 for the first, less for later ones.
    fn near(&self, turn: TurnId) -> f32 {
        let place = self.0.iter().position(|other| *other == turn);
        place.map_or(0.0, |place| 1.0 / (1.0 + place as f32))
    }
}

/// The most that any sentence has of the attention from the mean token of a phrase and from
/// the one that attends to it most, and of what is pointed at.
pub(crate) type Most = [f32; 2 + AIMS];

/// The most that any of these sentences has.
pub(crate) fn most<'r>(
    glance: &Glance,
    sentences: impl Iterator<Item = (TurnId, &'r Range<usize>)>,
) -> Most {
    let mut most = Most::default();
    for (turn, span) in sentences {
        let tokens = glance.on(turn, span);
        let peak = tokens.iter().copied().fold(0.0, f32::max);
        let pointed = glance.pointed(turn, span).map(in_nats);
        let of = [mean(&tokens), peak].into_iter().chain(pointed);
        for (most, of) in most.iter_mut().zip(of) {
            *most = most.max(of);
        }
    }
    most
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(bytes: Range<usize>, attention: f32, pointed: Pointed) -> Heeded {
        Heeded {
            bytes,
            attention: vec![attention, 0.0],
            pointed,
        }
    }

    #[test]
    fn the_tokens_of_a_sentence_count_together() {
        let turn = TurnId(1);
        let pointed = [0.0, 0.25, 0.0];
        let tokens = vec![
            token(0..4, 0.25, pointed),
            token(4..9, 0.5, pointed),
            token(9..12, 0.125, [1.0, 0.0, 0.0]),
        ];
        let glance = Glance {
            by_turn: BTreeMap::from([(turn, tokens)]),
            classes: QuestionClasses::default(),
        };
        assert_eq!(glance.on(turn, &(0..9)), [0.75, 0.0]);
        assert_eq!(glance.pointed(turn, &(4..12)), [1.0, 0.25, 0.0]);
        assert_eq!(glance.pointed_turn(turn), [1.0, 0.5, 0.0]);
        assert_eq!(glance.pointed(TurnId(2), &(0..9)), [0.0; AIMS]);
        let sentences = [(turn, 0..9), (turn, 9..12)];
        let sentences = sentences.iter().map(|(turn, span)| (*turn, span));
        let most = most(&glance, sentences);
        assert_eq!(most[..4], [0.375, 0.75, 1.0, in_nats(0.5)]);
    }

    #[test]
    fn a_second_glance_counts_as_much_as_the_first() {
        let of = |share| vec![token(0..4, 0.5, [share, 0.0, 0.0])];
        let glance = |shares: &[(u32, f32)]| Glance {
            by_turn: shares
                .iter()
                .map(|(turn, share)| (TurnId(*turn), of(*share)))
                .collect(),
            classes: QuestionClasses::default(),
        };
        let mut first = glance(&[(1, 0.25), (2, 0.5), (3, 0.25)]);
        assert_eq!(first.likeliest(2), [TurnId(2), TurnId(1)]);
        first.mean_with(&glance(&[(1, 0.75), (2, 0.25)]));
        let pointed = |turn| first.pointed_turn(TurnId(turn))[EVIDENCE];
        assert_eq!([pointed(1), pointed(2), pointed(3)], [0.5, 0.375, 0.125]);
        assert_eq!(first.on(TurnId(3), &(0..4)), [0.5, 0.0]);
    }

    #[test]
    fn what_is_pointed_at_is_shared_out_among_the_turns() {
        let pointed = |share| [share, 0.0, share];
        let of = |share| vec![token(0..4, 0.0, pointed(share))];
        let mut glance = Glance {
            by_turn: BTreeMap::from([(TurnId(1), of(0.1)), (TurnId(2), of(0.3))]),
            classes: QuestionClasses::default(),
        };
        glance.share_out();
        assert!((glance.pointed_turn(TurnId(2))[EVIDENCE] - 0.75).abs() < 1e-6);
        // What points nowhere points nowhere.
        assert_eq!(glance.pointed_turn(TurnId(2))[STALE], 0.0);
        let span = 0..4;
        let looks = looks(
            &glance,
            [(TurnId(1), &span), (TurnId(2), &span)].into_iter(),
        );
        assert_eq!((looks[0][7], looks[1][7]), (0.5, 1.0));
    }
}
