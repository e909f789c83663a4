//! Which turns answer a question together.
//!
//! Sentences are judged one by one, but an answer rests on a set of turns: of what was changed
//! on the later one alone, of a sum on every figure, of two accounts on both. So every set of a
//! few of the likeliest turns is judged as a whole, by what its turns are to the question, by
//! how many they are beside what the question is for, and by what they are to each other.

use std::collections::BTreeMap;

use estoppel_memory::TurnId;

use super::ReadError;
use super::ask::Ask;
use super::choose::{Told, shares};
use super::coverage::Coverage;
use super::desk::Desk;
use super::guess::Guess;
use super::pointing::in_nats;
use super::purpose::Purpose;
use super::weigh::{Row, feature};

/// The likeliest turns, of which sets are made, and the most that one set has.
const AMONG: usize = 6;
const LARGEST: usize = 4;
/// A set has one of so many likeliest turns.
const FIRST: usize = 2;
/// How likely each of them is at least; where the model looks, what it does not look at is far
/// less likely.
const LEAST: f32 = 0.02;
const LEAST_LOOKING: f32 = 0.005;

/// What is known of a turn, of which a set has the sum over its turns:
/// [`Before::of_turn`] tells what each is.
const OF_TURN: usize = 17;
/// Places of some of them.
const SHARE: usize = 0;
const VALUE: usize = 1;
const OPERAND: usize = 2;
const KIND: usize = 3;
const BEST_AMENDS: usize = 4;
const AMENDS: usize = 5;
const LATE: usize = 8;
const POINTED: usize = 11;
const POINTED_TURN: usize = 12;
const STALE_TURN: usize = 13;
const WORDS: usize = 14;
/// What is told of the turn of a set that has least of it, and of the turn outside that has
/// most.
const BOUNDS: [usize; 8] = [
    SHARE,
    VALUE,
    OPERAND,
    BEST_AMENDS,
    POINTED,
    POINTED_TURN,
    STALE_TURN,
    WORDS,
];
/// A turn that is less likely, as a logarithm, is not missed.
const MISSED: f32 = -3.0;
/// What is less likely than this, as a logarithm, is as unlikely as this.
const FLOOR: f32 = -8.0;

/// What is known of a set of turns beside a question.
pub(crate) type SetFeatures = [f32; WIDTH];

const WIDTH: usize = OF_TURN + 2 * BOUNDS.len() + LARGEST * Purpose::ALL.len() + 27;

/// Some of the likeliest turns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EvidenceSet {
    /// In the order of the record.
    pub(crate) turns: Vec<u32>,
    pub(crate) features: SetFeatures,
}

/// What lies before the reader, judged piece by piece.
pub(crate) struct Before<'s> {
    /// Each sentence's turn and features, and how likely it is.
    pub(crate) sentences: &'s [(u32, Row)],
    pub(crate) logits: &'s [f32],
    /// The values, and how likely each is the answer.
    pub(crate) values: &'s [Told],
    pub(crate) value_logits: &'s [f32],
    /// How likely the answer is made of each.
    pub(crate) operand_logits: &'s [f32],
    pub(crate) guess: &'s Guess,
    /// What the question's tokens find in each turn, where the model tells what it attends to.
    pub(crate) coverage: Option<&'s Coverage>,
}

/// A turn with what is known of it.
struct Known {
    turn: u32,
    features: [f32; OF_TURN],
}

impl Before<'_> {
    /// Every set that may answer, in no order.
    pub(crate) fn sets(&self) -> Vec<EvidenceSet> {
        let known = self.likeliest();
        let of_places = 1u32..1 << known.len();
        let may_answer = |places: &u32| {
            places.count_ones() as usize <= LARGEST && places.trailing_zeros() < FIRST as u32
        };
        of_places
            .filter(may_answer)
            .map(|places| self.set(&known, places))
            .collect()
    }

    /// The likeliest turns, the likeliest first.
    fn likeliest(&self) -> Vec<Known> {
        let turns = self.sentences.iter().map(|(turn, _)| *turn);
        let shares = shares(turns.zip(self.logits.iter().copied()));
        let turns = self.values.iter().map(|told| told.turn);
        let values = |logits: &[f32]| most_likely(turns.clone().zip(logits.iter().copied()));
        let (values, operands) = (values(self.value_logits), values(self.operand_logits));
        let known = |(turn, share): &(u32, f32)| Known {
            turn: *turn,
            features: self.of_turn(*turn, *share, &values, &operands),
        };
        let least = match self.coverage {
            Some(_) => LEAST_LOOKING,
            None => LEAST,
        };
        let likely = shares.iter().take_while(|(_, share)| *share >= least);
        likely.take(AMONG).map(known).collect()
    }

    fn of_turn(
        &self,
        turn: u32,
        share: f32,
        values: &BTreeMap<u32, f32>,
        operands: &BTreeMap<u32, f32>,
    ) -> [f32; OF_TURN] {
        let sentences = || {
            let all = self.sentences.iter().zip(self.logits);
            all.filter(move |((of, _), _)| *of == turn)
        };
        let best = sentences().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let best = best.map_or([0.0; _], |((_, row), _)| *row);
        let most = |name: &str| {
            let at = feature(name);
            let each = sentences().map(|((_, row), _)| row[at]);
            each.fold(0.0, f32::max)
        };
        let kinds = self.values.iter().filter(|told| told.turn == turn);
        let kinds = kinds.map(|told| self.guess.of_kind(told.kind));
        let likely = |of: &BTreeMap<u32, f32>| of.get(&turn).copied().unwrap_or(FLOOR);
        [
            share.ln().max(FLOOR),
            likely(values),
            likely(operands),
            kinds.fold(0.0, f32::max),
            best[feature("amends")],
            most("amends"),
            best[feature("turn_corrects")],
            best[feature("turn_corrected")],
            best[feature("late")],
            best[feature("client")],
            best[feature("asks")],
            most("attention_pointing"),
            most("attention_pointing_turn"),
            most("attention_stale_turn"),
            most("attention_words"),
            best[feature("attention_of_turn")],
            best[feature("meaning")],
        ]
    }

    /// The set of the turns whose places are marked.
    fn set(&self, known: &[Known], places: u32) -> EvidenceSet {
        let has = |at: &usize| places & (1 << at) != 0;
        let (inside, outside): (Vec<usize>, Vec<usize>) = (0..known.len()).partition(has);
        let mut inside: Vec<&Known> = inside.into_iter().map(|at| &known[at]).collect();
        let outside: Vec<&Known> = outside.into_iter().map(|at| &known[at]).collect();
        inside.sort_by_key(|known| known.turn);
        EvidenceSet {
            turns: inside.iter().map(|known| known.turn).collect(),
            features: self.of_set(&inside, &outside, has(&0)),
        }
    }

    fn of_set(&self, inside: &[&Known], outside: &[&Known], has_first: bool) -> SetFeatures {
        let bound = |of: &[&Known], at: usize, from: f32, pick: fn(f32, f32) -> f32| {
            of.iter().map(|known| known.features[at]).fold(from, pick)
        };
        let sum = |at: usize| inside.iter().map(|known| known.features[at]).sum::<f32>();
        let least = |at: usize| bound(inside, at, f32::MAX, f32::min);
        let most = |at: usize| bound(outside, at, FLOOR, f32::max);
        let (first, last) = (inside[0], inside[inside.len() - 1]);
        let corrects = |one: &Known, other: &Known| {
            let mut values = self.values.iter();
            values.any(|told| told.turn == one.turn && told.corrected.contains(&other.turn))
        };
        let any = |ones: &[&Known], others: &[&Known]| {
            let mut ones = ones.iter();
            ones.any(|one| others.iter().any(|other| corrects(one, other)))
        };
        let is_missed = |known: &&Known| known.features[SHARE] > MISSED;
        let latest = !outside
            .iter()
            .any(|known| is_missed(known) && known.turn > last.turn);
        let [within, amended, latest] = [any(inside, inside), any(outside, inside), latest]
            .map(|holds| f32::from(u8::from(holds)));
        let span = last.features[LATE] - first.features[LATE];
        let guess = |purpose| self.guess.share(purpose);
        let current = guess(Purpose::Current);
        let mut features: Vec<f32> = (0..OF_TURN).map(sum).collect();
        features.extend(BOUNDS.map(least));
        features.extend(BOUNDS.map(most));
        for size in 1..=LARGEST {
            let is_so_large = f32::from(u8::from(inside.len() == size));
            features.extend(Purpose::ALL.map(|purpose| is_so_large * guess(purpose)));
        }
        features.extend([
            within,
            amended,
            span,
            latest,
            f32::from(u8::from(has_first)),
            self.guess.count(inside.len()),
            in_nats(self.guess.count(inside.len())),
        ]);
        features.extend(
            [
                within,
                amended,
                last.features[AMENDS],
                last.features[LATE],
                latest,
                last.features[STALE_TURN],
            ]
            .map(|feature| current * feature),
        );
        features.extend([
            guess(Purpose::Accounts) * least(POINTED_TURN),
            guess(Purpose::Accounts) * span,
            guess(Purpose::Reckoning) * least(OPERAND),
            guess(Purpose::Between) * least(OPERAND),
            guess(Purpose::Several) * least(OPERAND),
            guess(Purpose::Several) * least(KIND),
            guess(Purpose::LastDay) * least(OPERAND),
        ]);
        let turns = |of: &[&Known]| of.iter().map(|known| known.turn).collect::<Vec<_>>();
        let gains = |coverage: &Coverage| coverage.gains(&turns(inside), &turns(outside));
        let [covers, adds, misses] = self.coverage.map(gains).unwrap_or_default();
        features.extend([covers, adds, misses]);
        features.extend(
            [Purpose::Several, Purpose::Reckoning]
                .into_iter()
                .flat_map(|purpose| [adds, misses].map(|gain| guess(purpose) * gain)),
        );
        features.try_into().expect("every feature has its place")
    }
}

/// The sets of turns that may answer a question, each with how many nats it is behind the
/// likeliest, which is the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct EvidenceSets(Vec<(Vec<TurnId>, f32)>);

impl EvidenceSets {
    /// Sets, each with how likely it is.
    pub(crate) fn new(sets: Vec<EvidenceSet>, logits: &[f32]) -> Self {
        let judged = sets.into_iter().zip(logits).map(|(set, logit)| {
            let turns = set.turns.into_iter().map(TurnId);
            (turns.collect(), -logit)
        });
        let mut judged: Vec<(Vec<TurnId>, f32)> = judged.collect();
        judged.sort_by(|a, b| a.1.total_cmp(&b.1));
        Self(judged)
    }

    /// Those of one turn.
    pub(super) fn alone(self) -> Self {
        let alone = self.0.into_iter().filter(|(turns, _)| turns.len() == 1);
        Self(alone.collect())
    }

    /// Each of these turns by itself, as likely as the likeliest set with it is.
    pub(super) fn each_of(&self, turns: &[TurnId]) -> Self {
        let each = turns.iter().map(|turn| (vec![*turn], self.behind(*turn)));
        let mut each: Vec<(Vec<TurnId>, f32)> = each.collect();
        each.sort_by(|a, b| a.1.total_cmp(&b.1));
        Self(each)
    }

    /// How many nats the likeliest that this holds of is behind the likeliest of all.
    pub(super) fn behind_with(&self, holds: impl Fn(&[TurnId]) -> bool) -> f32 {
        let found = self.0.iter().find(|(turns, _)| holds(turns));
        found.map_or(-FLOOR, |(_, behind)| behind.min(-FLOOR))
    }

    /// The likeliest that this holds of.
    pub(super) fn likeliest(&self, holds: impl Fn(&[TurnId]) -> bool) -> Option<&[TurnId]> {
        let mut sets = self.0.iter().map(|(turns, _)| turns.as_slice());
        sets.find(|turns| holds(turns))
    }

    /// The likeliest that this holds of and that has these turns, as far as they are among the
    /// likely ones.
    pub(super) fn with(
        &self,
        turns: &[TurnId],
        holds: impl Fn(&[TurnId]) -> bool,
    ) -> Option<&[TurnId]> {
        let is_likely = |turn: &&TurnId| self.0.iter().any(|(set, _)| set.contains(turn));
        let wanted: Vec<&TurnId> = turns.iter().filter(is_likely).collect();
        self.likeliest(|set| wanted.iter().all(|turn| set.contains(turn)) && holds(set))
    }

    /// These turns, with the one more that the likeliest set has that holds them and little else.
    pub(super) fn around(&self, turns: Vec<TurnId>) -> Vec<TurnId> {
        let few = |set: &[TurnId]| set.len() <= turns.len() + 1;
        let found = self.likeliest(|set| few(set) && turns.iter().all(|turn| set.contains(turn)));
        found.map(<[TurnId]>::to_vec).unwrap_or(turns)
    }

    /// How many nats the likeliest set with a turn is behind the likeliest of all.
    pub(super) fn behind(&self, turn: TurnId) -> f32 {
        self.behind_with(|set| set.contains(&turn))
    }
}

impl Desk<'_> {
    /// The sets of turns that may answer a question.
    pub(super) fn evidence_sets(
        &mut self,
        ask: &Ask,
        question: &str,
        guess: &Guess,
    ) -> Result<EvidenceSets, ReadError> {
        let pieces = self.pieces(ask, question, guess)?;
        let before = Before {
            sentences: &pieces.sentences,
            logits: &pieces.logits,
            values: &pieces.told,
            value_logits: &pieces.value_logits,
            operand_logits: &pieces.operand_logits,
            guess,
            coverage: self.looking.then_some(&pieces.coverage),
        };
        let sets = before.sets();
        let features: Vec<SetFeatures> = sets.iter().map(|set| set.features).collect();
        let logits = self.weights().sets.logits(&features);
        Ok(EvidenceSets::new(sets, &logits))
    }
}

/// How likely the likeliest of each turn is, as a logarithm; all together 1.
fn most_likely(of: impl Iterator<Item = (u32, f32)> + Clone) -> BTreeMap<u32, f32> {
    let all = of.clone().map(|(_, logit)| logit.exp()).sum::<f32>().ln();
    let mut most = BTreeMap::new();
    for (turn, logit) in of {
        let most = most.entry(turn).or_insert(FLOOR);
        *most = f32::max(*most, logit - all);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use estoppel_memory::Value;

    /// What is told first of how the turns of a set stand to each other: whether one corrects
    /// another, and whether one that is left out corrects one.
    const RELATIONS: usize = OF_TURN + 2 * BOUNDS.len() + LARGEST * Purpose::ALL.len();

    /// Sets of turns of one sentence each, the first the likeliest.
    fn sets(turns: std::ops::RangeInclusive<u32>, values: &[Told]) -> Vec<EvidenceSet> {
        let sentences: Vec<(u32, Row)> = turns.clone().map(|turn| (turn, [0.0; _])).collect();
        let logits: Vec<f32> = turns.map(|turn| -0.1 * turn as f32).collect();
        let before = Before {
            sentences: &sentences,
            logits: &logits,
            values,
            value_logits: &vec![0.0; values.len()],
            operand_logits: &vec![0.0; values.len()],
            guess: &Guess::known(Purpose::Current, &[]),
            coverage: None,
        };
        before.sets()
    }

    #[test]
    fn sets_are_made_of_the_likeliest_turns() {
        let sets = sets(1..=9, &[]);
        assert_eq!(sets.len(), 41);
        for EvidenceSet { turns, .. } in &sets {
            assert!(turns.len() <= LARGEST && turns.is_sorted(), "{turns:?}");
            assert!(
                turns[0] <= 2 && turns.iter().all(|turn| *turn <= 6),
                "{turns:?}"
            );
        }
    }

    #[test]
    fn a_set_tells_what_it_shares_and_what_it_leaves_out() {
        let money = Value::Money {
            amount: 100.into(),
            currency: None,
        };
        let mut correction = Told::unknown(2, 3, money, 0.0);
        correction.corrected = vec![1];
        let sets = sets(1..=3, &[correction]);
        let relations = |turns: &[u32]| {
            let set = sets.iter().find(|set| set.turns == turns);
            let features = set.expect("the set may answer").features;
            (features[RELATIONS], features[RELATIONS + 1])
        };
        assert_eq!(relations(&[1]), (0.0, 1.0));
        assert_eq!(relations(&[1, 3]), (1.0, 0.0));
        assert_eq!(relations(&[2, 3]), (0.0, 0.0));
        let share = |turns: &[u32]| {
            let set = sets.iter().find(|set| set.turns == turns);
            set.expect("the set may answer").features[SHARE]
        };
        assert!(share(&[1]) > share(&[2]));
    }

    #[test]
    fn the_likeliest_set_with_some_turns_is_found() {
        let turns = |of: &[u32]| of.iter().copied().map(TurnId).collect::<Vec<_>>();
        let sets = [(&[1][..], 0.0), (&[1, 2], 1.0), (&[2, 3], 2.0)];
        let sets = EvidenceSets(sets.map(|(of, behind)| (turns(of), behind)).to_vec());
        let with = |of: &[u32], without: u32| {
            let found = sets.with(&turns(of), |set| !set.contains(&TurnId(without)));
            found.map(<[TurnId]>::to_vec)
        };
        assert_eq!(with(&[2], 9), Some(turns(&[1, 2])));
        assert_eq!(with(&[2], 1), Some(turns(&[2, 3])));
        // A turn that is in no set is not waited for.
        assert_eq!(with(&[7], 9), Some(turns(&[1])));
        assert_eq!(with(&[3], 2), None);
        let around = |of: &[u32]| sets.around(turns(of));
        assert_eq!(around(&[1]), turns(&[1]));
        assert_eq!(around(&[2]), turns(&[1, 2]));
        assert_eq!(around(&[1, 7]), turns(&[1, 7]));
        assert_eq!(
            [1, 3, 7].map(|turn| sets.behind(TurnId(turn))),
            [0.0, 2.0, 8.0]
        );
        let each = sets.each_of(&turns(&[7, 3, 2]));
        assert_eq!(each.likeliest(|_| true), Some(&turns(&[2])[..]));
        assert_eq!(each.behind(TurnId(3)), 2.0);
        assert_eq!(each.with(&turns(&[2, 3]), |_| true), None);
        let alone = sets.alone();
        assert_eq!(alone.behind(TurnId(1)), 0.0);
        assert_eq!(alone.behind(TurnId(2)), 8.0);
    }
}
