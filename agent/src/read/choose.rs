//! Which of the values told answers a question, and which it is reckoned from.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use estoppel_memory::extract::Cue;
use estoppel_memory::fact::TimeUnit;
use estoppel_memory::{Fact, TurnId, Value};
use serde::{Deserialize, Serialize};

use super::ReadError;
use super::around::{beside, is_plain, is_vague};
use super::ask::{Ask, Wanted};
use super::desk::{Candidate, Desk, flag, is_of};
use super::gaze::Glance;
use super::guess::Guess;
use super::line::{Item, terms};
use super::pointing::{EVIDENCE, Pointed, STALE, WORDS, in_nats};
use super::purpose::Purpose;
use super::reckon;
use super::weigh::ValueFeatures;

/// What is less likely than this, as a logarithm, is as unlikely as this.
const FLOOR: f32 = -8.0;
/// A turn may tell of a change if one of its sentences is so likely, or it is so far ahead.
const LIKELY: f32 = -4.0;
const AHEAD: usize = 5;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Date,
    Money,
    Percent,
    Duration,
    Quantity,
    Identifier,
}

impl Kind {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Date { .. } => Self::Date,
            Value::Money { .. } => Self::Money,
            Value::Percent { .. } => Self::Percent,
            Value::Duration { .. } => Self::Duration,
            Value::Quantity { .. } => Self::Quantity,
            Value::Identifier { .. } => Self::Identifier,
        }
    }
}

/// Flags and shares of a value, in the order of their names.
const KNOWN: usize = 19;
/// Places of some of them.
const HOLDS: usize = 0;
const AMENDS: usize = 10;
const LATE: usize = 12;

/// What is known of a value beside a question before its sentences are judged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Its sentence's place on the desk.
    pub(crate) line: usize,
    pub(crate) turn: u32,
    pub(crate) kind: Kind,
    pub(crate) value: Value,
    /// As the speaker wrote it.
    pub(super) surface: String,
    /// The clause that states it.
    pub(super) clause: String,
    /// For each of which unit of time it is told, there or where what it corrects is.
    pub(super) per: Option<TimeUnit>,
    /// Whether it is of the kind that is asked for.
    pub(crate) wanted: bool,
    /// Whether it holds, or did as long as that counts: another may be an operand, as what rent
    /// rose from, but is not given as the answer.
    pub(crate) stands: bool,
    /// The place of the first of all values that is the same.
    pub(crate) same: usize,
    /// The turns of what it corrects.
    pub(crate) corrected: Vec<u32>,
    /// Whether the sentence before its own is of the same turn and states nothing.
    follows: bool,
    pub(super) known: [f32; KNOWN],
    /// What the model attends to in it from the mean token of the question, and from the
    /// token that attends to it most.
    attention: [f32; 2],
    /// What is pointed at in it, and in its turn.
    pub(super) pointed: [Pointed; 2],
}

impl Told {
    /// The same as it is where the model does not tell what it attends to.
    pub(crate) fn unseen(&self) -> Self {
        Self {
            attention: Default::default(),
            pointed: Default::default(),
            ..self.clone()
        }
    }

    /// Whether nothing corrected it.
    pub(super) fn holds(&self) -> bool {
        self.known[HOLDS] > 0.0
    }
}

#[cfg(test)]
impl Told {
    /// A value of which nothing is known but what the model attends to in it.
    pub(crate) fn unknown(line: usize, turn: u32, value: Value, attention: f32) -> Self {
        Self {
            line,
            turn,
            kind: Kind::of(&value),
            value,
            surface: String::new(),
            clause: String::new(),
            per: None,
            wanted: true,
            stands: true,
            same: line,
            corrected: Vec::new(),
            follows: false,
            known: [0.0; KNOWN],
            attention: [attention; 2],
            pointed: Default::default(),
        }
    }
}

/// How likely sentences and turns are.
pub(crate) struct Likely {
    /// By sentence, beside the likeliest.
    logits: Vec<f32>,
    /// By turn: its likeliest sentence, its share of all, and its place.
    turns: HashMap<u32, (f32, f32, usize)>,
}

impl Likely {
    /// `turns` are those of the sentences.
    pub(crate) fn new(logits: Vec<f32>, turns: impl Iterator<Item = u32> + Clone) -> Self {
        let mut best: HashMap<u32, f32> = HashMap::new();
        for (turn, logit) in turns.clone().zip(&logits) {
            let best = best.entry(turn).or_insert(f32::MIN);
            *best = best.max(*logit);
        }
        let ranked = shares(turns.zip(logits.iter().copied()))
            .into_iter()
            .enumerate();
        let turns = ranked.map(|(place, (turn, share))| (turn, (best[&turn], share, place)));
        Self {
            turns: turns.collect(),
            logits,
        }
    }
}

/// How likely each turn is by the logits of its sentences, the likeliest first; all together 1.
pub(crate) fn shares<T: Ord + Copy>(sentences: impl Iterator<Item = (T, f32)>) -> Vec<(T, f32)> {
    let mut shares = std::collections::BTreeMap::new();
    for (turn, logit) in sentences {
        *shares.entry(turn).or_default() += logit.exp();
    }
    let all: f32 = shares.values().sum();
    let mut shares: Vec<(T, f32)> = shares
        .into_iter()
        .map(|(turn, share)| (turn, share / all))
        .collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares
}

impl Desk<'_> {
    /// The values of the wanted kind that hold, the likeliest to answer first.
    pub(crate) fn candidates(
        &mut self,
        ask: &Ask,
        phrase: &str,
    ) -> Result<Vec<Candidate>, ReadError> {
        let guess = Guess::by_wording(ask, phrase);
        let scores = self.scores(ask, phrase)?;
        let (found, told) = self.values(ask, phrase)?;
        let both = found.into_iter().zip(told);
        let both =
            both.filter(|(candidate, told)| told.stands && ask.wanted.is(&candidate.item.value));
        let (found, told): (Vec<Candidate>, Vec<Told>) = both.unzip();
        let features = self.value_features(&told, &scores, &guess);
        Ok(ranked(&found, &self.weights().values.logits(&features)))
    }

    /// How likely an answer is made of each value that is told, in nats behind the likeliest.
    pub(super) fn operand_logits(&self, told: &[Told], scores: &[f32], guess: &Guess) -> Vec<f32> {
        let places = operands(told);
        let of: Vec<Told> = places.iter().map(|at| told[*at].clone()).collect();
        let features = self.value_features(&of, scores, guess);
        let logits = self.weights().operands.logits(&features);
        spread(told.len(), &places, &logits)
    }

    pub(super) fn value_features(
        &self,
        told: &[Told],
        scores: &[f32],
        guess: &Guess,
    ) -> Vec<ValueFeatures> {
        let turns = self.lines.iter().map(|line| line.turn.id.0);
        value_features(told, &Likely::new(scores.to_vec(), turns), guess)
    }

    /// The values of all kinds, in the order of the record, and what is known of each beside a
    /// phrase.
    pub(crate) fn values(
        &mut self,
        ask: &Ask,
        phrase: &str,
    ) -> Result<(Vec<Candidate>, Vec<Told>), ReadError> {
        let found = self.stated();
        let glance = self.glance(phrase)?;
        let turn = |candidate: &Candidate| self.lines[candidate.line].turn.id;
        let attention = |candidate: &Candidate| {
            let of = glance
                .as_ref()
                .map(|glance| glance.on(turn(candidate), &candidate.item.span));
            let of = of.unwrap_or_default();
            let mean = of.iter().sum::<f32>() / of.len().max(1) as f32;
            [mean.max(0.0), of.iter().copied().fold(0.0, f32::max)]
        };
        let pointed = |candidate: &Candidate| {
            let of = |glance: &Rc<Glance>| {
                let turn = turn(candidate);
                let own = glance.pointed(turn, &candidate.item.span);
                [own, glance.pointed_turn(turn)]
            };
            glance.as_ref().map(of)
        };
        let told = found.iter().map(|candidate| Told {
            same: found
                .iter()
                .position(|other| other.item.value == candidate.item.value)
                .unwrap_or_default(),
            attention: attention(candidate),
            pointed: pointed(candidate).unwrap_or_default(),
            ..self.told(candidate, ask, phrase)
        });
        let told = told.collect();
        Ok((found, told))
    }

    /// The values and numbers that are told, in the order of the record.
    fn stated(&self) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let own = line.items.iter().chain(&line.numbers);
            found.extend(own.map(|item| Candidate {
                line: at,
                item: item.clone(),
                score: 0.0,
            }));
        }
        found.sort_by_key(|candidate| (candidate.line, candidate.item.span.start));
        found
    }

    /// The values of a sentence that hold, or did as long as that counts.
    pub(super) fn stated_in<'s>(
        &'s self,
        line: usize,
        ask: &'s Ask,
    ) -> impl Iterator<Item = &'s Item> {
        let items = self.lines[line].items.iter();
        items.filter(move |item| self.stands(line, item, ask))
    }

    fn stands(&self, line: usize, item: &Item, ask: &Ask) -> bool {
        item.holds || ask.history && self.changed(line, item)
    }

    fn told(&self, candidate: &Candidate, ask: &Ask, phrase: &str) -> Told {
        let (item, line) = (&candidate.item, &self.lines[candidate.line]);
        let turn = line.turn.id;
        let kind = Kind::of(&item.value);
        let corrected = self.corrected(candidate.line, item);
        let like: Vec<&Item> = line
            .items
            .iter()
            .filter(|other| Kind::of(&other.value) == kind)
            .collect();
        let order = like.iter().position(|other| other.span == item.span);
        let text = &line.turn.text;
        let late = self.lateness(turn);
        let in_the_end = flag(ask.in_the_end);
        Told {
            line: candidate.line,
            turn: turn.0,
            kind,
            value: item.value.clone(),
            surface: item.surface.clone(),
            clause: text[item.clause.clone()].to_owned(),
            per: self.rate(candidate),
            wanted: ask.wanted.is(&item.value),
            stands: self.stands(candidate.line, item, ask),
            same: 0,
            follows: self.follows(candidate.line),
            known: [
                flag(item.holds),
                flag(!corrected.is_empty()),
                flag(item.cue == Cue::Correction),
                flag(item.cue == Cue::Change),
                self.shares(phrase, beside(&line.turn.text, item)),
                flag(is_of(item, phrase)),
                flag(is_vague(item)),
                flag(self.is_client(candidate.line)),
                flag(line.turn.role == ask.said_by),
                flag(line.asks()),
                flag(line.amends()),
                flag(line.amends()) * in_the_end,
                late,
                late * in_the_end,
                like.len().min(4) as f32 / 4.0,
                order.unwrap_or(0) as f32 / like.len().max(1) as f32,
                flag(!terms(&item.surface).is_disjoint(&terms(phrase))),
                flag(matches!(item.value, Value::Date { inferred: true, .. })),
                flag(is_plain(&item.value)),
            ],
            corrected: corrected.iter().map(|old| old.turn.0).collect(),
            attention: [0.0; 2],
            pointed: Default::default(),
        }
    }

    /// For each of which unit of time a figure is told, where it is told or where what it
    /// corrects is.
    fn rate(&self, of: &Candidate) -> Option<TimeUnit> {
        let of_fact = |fact: &Fact| {
            let mut lines = self.lines.iter();
            let old = lines.find(|line| line.turn.id == fact.turn)?;
            reckon::rate(&old.turn.text[fact.clause.clone()])
        };
        let clause = &self.lines[of.line].turn.text[of.item.clause.clone()];
        reckon::rate(clause).or_else(|| {
            let mut corrected = self.corrected(of.line, &of.item).into_iter();
            corrected.find_map(of_fact)
        })
    }

    /// Whether the sentence before one is of the same turn and states nothing.
    fn follows(&self, line: usize) -> bool {
        line.checked_sub(1).is_some_and(|before| {
            let (before, line) = (&self.lines[before], &self.lines[line]);
            before.turn.id == line.turn.id && before.items.is_empty()
        })
    }

    /// 0 for the first turn that was found, 1 for the last.
    fn lateness(&self, turn: TurnId) -> f32 {
        let first = self.lines.first().map_or(0, |line| line.turn.id.0);
        let last = self.lines.last().map_or(0, |line| line.turn.id.0);
        (turn.0 - first) as f32 / (last - first).max(1) as f32
    }
}

/// Values, each with how likely it is, the likeliest first.
pub(super) fn ranked(values: &[Candidate], logits: &[f32]) -> Vec<Candidate> {
    let values = values.iter().zip(logits).map(|(value, logit)| Candidate {
        score: *logit,
        ..value.clone()
    });
    let mut values: Vec<Candidate> = values.collect();
    values.sort_by(|a, b| b.score.total_cmp(&a.score));
    values
}

/// The places of the values that an answer may be made of: days, and all that can be counted.
pub(crate) fn operands(told: &[Told]) -> Vec<usize> {
    let is_operand = |value: &Value| match Kind::of(value) {
        Kind::Date => Wanted::Date.is(value),
        Kind::Identifier => false,
        _ => true,
    };
    let places = (0..told.len()).filter(|at| is_operand(&told[*at].value));
    places.collect()
}

/// What is known of the values in these places, as likely as can be of no other.
pub(crate) fn spread(len: usize, places: &[usize], logits: &[f32]) -> Vec<f32> {
    let mut all = vec![FLOOR; len];
    for (place, logit) in places.iter().zip(logits) {
        all[*place] = *logit;
    }
    all
}

/// The features of values that stand to choice together.
pub(crate) fn value_features(told: &[Told], likely: &Likely, guess: &Guess) -> Vec<ValueFeatures> {
    let most = |of: &dyn Fn(&Told) -> f32| told.iter().map(of).fold(f32::MIN_POSITIVE, f32::max);
    let most = MostOfValues {
        mean: most(&|told| told.attention[0]),
        peak: most(&|told| told.attention[1]),
        evidence: most(&|told| told.pointed[0][EVIDENCE]),
        words: most(&|told| told.pointed[0][WORDS]),
    };
    (0..told.len())
        .map(|at| features(told, at, likely, &most, guess))
        .collect()
}

/// The most that any value has of the attention from the mean token of the question and from
/// the token that attends to it most, and of what is pointed at as evidence and as the answer.
struct MostOfValues {
    mean: f32,
    peak: f32,
    evidence: f32,
    words: f32,
}

fn features(
    told: &[Told],
    at: usize,
    likely: &Likely,
    most: &MostOfValues,
    guess: &Guess,
) -> ValueFeatures {
    const LEAST_SHARE: f32 = 1e-4;
    let value = &told[at];
    let (best, share, place) = likely.turns[&value.turn];
    let before = match value.follows {
        true => likely.logits[value.line - 1].max(FLOOR),
        false => FLOOR,
    };
    let corrected = value
        .corrected
        .iter()
        .filter_map(|turn| likely.turns.get(turn));
    let corrected = corrected.map(|(best, _, _)| *best).fold(FLOOR, f32::max);
    let alike = || told.iter().filter(|other| other.kind == value.kind);
    let differs = |when: &dyn Fn(u32) -> bool| {
        alike().any(|other| {
            let is_likely =
                likely.logits[other.line] > LIKELY || likely.turns[&other.turn].2 < AHEAD;
            is_likely && when(other.turn) && other.same != value.same
        })
    };
    let repeated = alike().filter(|other| other.same == value.same && other.turn != value.turn);
    let repeated: BTreeSet<u32> = repeated.map(|other| other.turn).collect();
    let is = |kind: Kind| flag(value.kind == kind);
    let [mean, peak] = value.attention;
    let likely = [
        likely.logits[value.line].max(FLOOR),
        (share + LEAST_SHARE).ln(),
        best.max(FLOOR),
        before,
        flag(place == 0),
        1.0 / (1.0 + place as f32),
        corrected,
        flag(differs(&|other| other > value.turn)),
        flag(differs(&|other| other < value.turn)),
        repeated.len().min(2) as f32 / 2.0,
    ];
    let kinds = [
        flag(value.wanted),
        guess.of_kind(value.kind),
        value.known[AMENDS] * guess.current(),
        value.known[LATE] * guess.current(),
        is(Kind::Date) * guess.share(Purpose::Between),
        is(Kind::Date) * guess.share(Purpose::LastDay),
        is(Kind::Duration) * guess.share(Purpose::LastDay),
        flag(!matches!(value.kind, Kind::Date | Kind::Identifier))
            * guess.share(Purpose::Reckoning),
        is(Kind::Date),
        is(Kind::Money),
        is(Kind::Percent),
        is(Kind::Duration),
        is(Kind::Quantity),
    ];
    let [own, turn] = value.pointed;
    let attention = [
        (mean / most.mean).sqrt(),
        (peak / most.peak).sqrt(),
        flag(mean > 0.0 && mean == most.mean),
        (own[EVIDENCE] / most.evidence).sqrt(),
        (own[WORDS] / most.words).sqrt(),
        in_nats(own[WORDS]),
        in_nats(turn[EVIDENCE]),
        in_nats(turn[STALE]),
    ];
    let all = [&likely[..], &value.known, &kinds, &attention].concat();
    all.try_into().expect("every feature has its name")
}
