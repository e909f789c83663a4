//! Which of the values told answers a question.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use estoppel_memory::extract::Cue;
use estoppel_memory::{TurnId, Value};

use super::ReadError;
use super::around::{beside, is_vague};
use super::ask::Ask;
use super::desk::{Candidate, Desk, flag, is_of};
use super::gaze::Glance;
use super::line::terms;
use super::weigh::{ValueFeatures, Weights};

/// What is less likely than this, as a logarithm, is as unlikely as this.
const FLOOR: f32 = -8.0;
/// A turn may tell of a change if one of its sentences is so likely, or it is so far ahead.
const LIKELY: f32 = -4.0;
const AHEAD: usize = 5;

impl Desk<'_> {
    /// The values of the wanted kind that hold, the likeliest to answer first.
    pub(crate) fn candidates(
        &mut self,
        ask: &Ask,
        phrase: &str,
    ) -> Result<Vec<Candidate>, ReadError> {
        let (mut found, features) = self.values(ask, phrase)?;
        let counts = Weights::shipped().values.counts(self.looking);
        for (candidate, features) in found.iter_mut().zip(&features) {
            candidate.score = counts.sharpness * counts.score(features);
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(found)
    }

    /// The values of the wanted kind that hold, in the order of the record, and what is known
    /// of each beside a phrase.
    pub(crate) fn values(
        &mut self,
        ask: &Ask,
        phrase: &str,
    ) -> Result<(Vec<Candidate>, Vec<ValueFeatures>), ReadError> {
        let scores = self.scores(ask, phrase)?;
        let found = self.stated(ask);
        let attention = self.attention(phrase, &found)?;
        let view = View::new(self, &scores, &found);
        let features = (0..found.len())
            .map(|at| {
                let attention = attention.get(at).copied().unwrap_or_default();
                view.features(at, ask, phrase, attention)
            })
            .collect();
        Ok((found, features))
    }

    fn stated(&self, ask: &Ask) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let items = line.items.iter().filter(|item| {
                ask.wanted.is(&item.value) && (item.holds || ask.history && self.changed(at, item))
            });
            found.extend(items.map(|item| Candidate {
                line: at,
                item: item.clone(),
                score: 0.0,
            }));
        }
        found
    }

    /// What the model attends to in each value; nothing if it cannot tell.
    fn attention(&mut self, phrase: &str, found: &[Candidate]) -> Result<Vec<[f32; 3]>, ReadError> {
        let Some(glance) = self.glance(phrase)? else {
            return Ok(Vec::new());
        };
        Ok(shares(
            &glance,
            found
                .iter()
                .map(|c| (self.lines[c.line].turn.id, &c.item.span)),
        ))
    }
}

/// From the mean token of the phrase and from the token that attends to it most, as the
/// square root of its share of the most that any value gets; and whether that is it.
fn shares<'c>(
    glance: &Glance,
    spans: impl Iterator<Item = (TurnId, &'c Range<usize>)>,
) -> Vec<[f32; 3]> {
    let tokens: Vec<Vec<f32>> = spans.map(|(turn, span)| glance.on(turn, span)).collect();
    let mean = |of: &Vec<f32>| of.iter().sum::<f32>() / of.len().max(1) as f32;
    let means: Vec<f32> = tokens.iter().map(|of| mean(of).max(0.0)).collect();
    let peak = |of: &Vec<f32>| of.iter().copied().fold(0.0, f32::max);
    let peaks: Vec<f32> = tokens.iter().map(peak).collect();
    let most = |of: &[f32]| of.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let (most_mean, most_peak) = (most(&means), most(&peaks));
    let share = means.iter().zip(&peaks).map(|(mean, peak)| {
        let is_most = flag(*mean == most_mean);
        [
            (mean / most_mean).sqrt(),
            (peak / most_peak).sqrt(),
            is_most,
        ]
    });
    share.collect()
}

/// The values before a reader and how likely their sentences and turns are.
struct View<'v, 'd> {
    desk: &'v Desk<'d>,
    found: &'v [Candidate],
    /// By sentence, beside the likeliest.
    logits: Vec<f32>,
    /// By turn: its likeliest sentence, its share of all, and its place.
    turns: HashMap<TurnId, (f32, f32, usize)>,
}

impl<'v, 'd> View<'v, 'd> {
    fn new(desk: &'v Desk<'d>, scores: &[f32], found: &'v [Candidate]) -> Self {
        let counts = Weights::shipped().sentences.counts(desk.looking);
        let logits = counts.beside_likeliest(scores);
        let mut best: HashMap<TurnId, f32> = HashMap::new();
        for (line, logit) in desk.lines.iter().zip(&logits) {
            let best = best.entry(line.turn.id).or_insert(f32::MIN);
            *best = best.max(*logit);
        }
        let ranked = desk.shares_of_turns(scores).into_iter().enumerate();
        Self {
            desk,
            found,
            logits,
            turns: ranked
                .map(|(place, (turn, share))| (turn, (best[&turn], share, place)))
                .collect(),
        }
    }

    fn turn(&self, candidate: &Candidate) -> TurnId {
        self.desk.lines[candidate.line].turn.id
    }

    fn features(&self, at: usize, ask: &Ask, phrase: &str, attention: [f32; 3]) -> ValueFeatures {
        const LEAST_SHARE: f32 = 1e-4;
        let candidate = &self.found[at];
        let (item, line) = (&candidate.item, &self.desk.lines[candidate.line]);
        let turn = line.turn.id;
        let (best, share, place) = self.turns[&turn];
        let corrected = self.desk.corrected(candidate.line, item);
        let of_corrected = corrected.iter().filter_map(|old| self.turns.get(&old.turn));
        let of_corrected = of_corrected.map(|(best, _, _)| *best).fold(FLOOR, f32::max);
        let beside = beside(&line.turn.text, item);
        let asked = terms(phrase);
        let like: Vec<_> = line
            .items
            .iter()
            .filter(|other| ask.wanted.is(&other.value))
            .collect();
        let order = like.iter().position(|other| other.span == item.span);
        let late = self.lateness(turn);
        let in_the_end = flag(ask.in_the_end);
        let [mean, peak, most] = attention;
        [
            self.logits[candidate.line].max(FLOOR),
            (share + LEAST_SHARE).ln(),
            best.max(FLOOR),
            self.before(candidate.line),
            flag(place == 0),
            1.0 / (1.0 + place as f32),
            flag(item.holds),
            flag(!corrected.is_empty()),
            of_corrected,
            flag(item.cue == Cue::Correction),
            flag(item.cue == Cue::Change),
            self.desk.shares(phrase, beside),
            flag(is_of(item, phrase)),
            flag(is_vague(item)),
            flag(self.desk.is_client(candidate.line)),
            flag(line.asks()),
            flag(line.amends()),
            flag(line.amends()) * in_the_end,
            late,
            late * in_the_end,
            flag(self.differs(at, |other| other > turn)),
            flag(self.differs(at, |other| other < turn)),
            like.len().min(4) as f32 / 4.0,
            order.unwrap_or(0) as f32 / like.len().max(1) as f32,
            self.repeated(at).min(2) as f32 / 2.0,
            flag(!terms(&item.surface).is_disjoint(&asked)),
            flag(matches!(item.value, Value::Date { inferred: true, .. })),
            mean,
            peak,
            most,
        ]
    }

    /// The sentence before, if it is of the same turn and states nothing.
    fn before(&self, line: usize) -> f32 {
        let lines = &self.desk.lines;
        let before = line.checked_sub(1).filter(|before| {
            lines[*before].turn.id == lines[line].turn.id && lines[*before].items.is_empty()
        });
        before.map_or(FLOOR, |before| self.logits[before].max(FLOOR))
    }

    /// 0 for the first turn that was found, 1 for the last.
    fn lateness(&self, turn: TurnId) -> f32 {
        let lines = &self.desk.lines;
        let first = lines.first().map_or(0, |line| line.turn.id.0);
        let last = lines.last().map_or(0, |line| line.turn.id.0);
        (turn.0 - first) as f32 / (last - first).max(1) as f32
    }

    /// Whether one of the likely turns that `when` names tells another value.
    fn differs(&self, at: usize, when: impl Fn(TurnId) -> bool) -> bool {
        self.found.iter().any(|other| {
            let likely =
                self.logits[other.line] > LIKELY || self.turns[&self.turn(other)].2 < AHEAD;
            likely && when(self.turn(other)) && other.item.value != self.found[at].item.value
        })
    }

    /// In how many other turns a value is told.
    fn repeated(&self, at: usize) -> usize {
        let own = self.turn(&self.found[at]);
        let same = self.found.iter().filter(|other| {
            other.item.value == self.found[at].item.value && self.turn(other) != own
        });
        same.map(|other| self.turn(other))
            .collect::<BTreeSet<_>>()
            .len()
    }
}
