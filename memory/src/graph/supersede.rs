//! Which earlier statements a turn corrects, updates or contradicts.

use std::collections::{BTreeMap, BTreeSet};

use super::affinity::{Affinity, Match};
use super::passage::{Passage, clause_sentence};
use super::terms::TermId;
use super::value::{ValueKey, same_value};
use super::{ClauseTerms, EdgeKind, Graph, Node};
use crate::extract::property::{DIFFERENCE, OFFER, is_property};
use crate::extract::subject::SPEAKER;
use crate::extract::{Clause, Cue, Extraction, Statement};
use crate::fact::{CLIENT, Fact, FactId, Value};
use crate::turn::{Role, Turn, TurnId};

/// A statement replaces an earlier one only from these scores on; one rare word
/// that both clauses share counts 1.
const CORRECTION: f32 = 1.1;
const CHANGE: f32 = 1.2;
/// A correction that reaches it nowhere means what is nearest, if that is at
/// least as near as this and stands out by this much.
const STANDS_OUT: f32 = 0.75;
const MARGIN: f32 = 0.3;
/// Restatements of what is corrected follow it from here.
const FOLLOWS: f32 = 0.5;
/// A statement that is as near to one of the same value corrects nothing.
const RESTATED: f32 = 0.8;
/// A correction without a value names its turn by at least this much.
const TURN: f32 = 2.0;
/// Values this alike differ as by a slip; where the record has only one such,
/// it is meant.
const SLIP: f32 = 0.6;
const ONLY_SLIP: f32 = 0.4;
/// Added where the record has one such value of this subject only.
const ONLY_OF_SUBJECT: f32 = 0.4;
/// Added where what is put off is what the old date was of.
const PUT_OFF: f32 = 0.4;
/// The subject of the old statement is another's.
const OTHERS: f32 = -0.3;
/// A second value in a correction must match as plainly as this.
const PLAIN: f32 = 1.5;

/// A new fact, by its place in the turn, and an old one that it may replace.
struct Pair {
    score: f32,
    new: usize,
    old: FactId,
}

/// What one turn does to the record so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// The old fact and the new one that replaces it.
    pub superseded: Vec<(FactId, FactId)>,
    /// The old fact and the new one that cannot hold beside it.
    pub contradicting: Vec<(FactId, FactId)>,
    /// Turns of which this one corrects something.
    pub corrected: BTreeSet<TurnId>,
    /// Turns that this one contradicts.
    pub disputed: BTreeSet<TurnId>,
}

/// A new fact with the clause that states it.
pub(super) struct Stated<'a> {
    pub fact: &'a Fact,
    pub statement: &'a Statement,
    pub affinity: Affinity<'a>,
}

impl Graph {
    pub(super) fn changes(&self, turn: &Turn, extraction: &Extraction, facts: &[Fact]) -> Changes {
        let clauses = self.known_clauses(&extraction.clauses);
        let kept = extraction
            .statements
            .iter()
            .filter(|s| s.cue != Cue::Rejected);
        let stated: Vec<Stated<'_>> = facts
            .iter()
            .zip(kept)
            .map(|(fact, statement)| {
                let at = extraction
                    .clauses
                    .iter()
                    .position(|c| c.span == fact.clause);
                Stated {
                    fact,
                    statement,
                    affinity: Affinity::new(self, &clauses, at.unwrap_or(0)),
                }
            })
            .collect();
        let mut changes = Changes::default();
        self.supersede(&stated, extraction, &mut changes);
        self.correct_turns(turn, extraction, &clauses, &mut changes);
        changes.contradicting = self.contradicting(&stated, &clauses);
        changes.disputed = self.disputed(&extraction.clauses, &clauses);
        changes
            .disputed
            .extend(self.opposed(&extraction.clauses, &clauses));
        changes
    }

    fn known_clauses(&self, clauses: &[Clause]) -> Vec<ClauseTerms> {
        let known = |clause: &Clause| ClauseTerms {
            span: clause.span.clone(),
            sentence: clause.sentence,
            stance: clause.stance,
            claims: clause.claims.clone(),
            terms: self.terms.known(&clause.terms),
        };
        clauses.iter().map(known).collect()
    }

    /// The best pairs first; an old value is replaced once, and a new one
    /// replaces one value, with its restatements.
    fn supersede(&self, stated: &[Stated<'_>], extraction: &Extraction, changes: &mut Changes) {
        let mut pairs: Vec<Pair> = Vec::new();
        for (i, new) in stated.iter().enumerate() {
            pairs.extend(self.candidates(i, new, extraction));
        }
        pairs.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.old.cmp(&a.old)));
        let mut replaced: BTreeMap<FactId, FactId> = BTreeMap::new();
        let mut used: BTreeMap<usize, FactId> = BTreeMap::new();
        for Pair { score, new, old } in pairs {
            let fits = used.get(&new).is_none_or(|first| self.same(*first, old));
            let taken = used
                .iter()
                .any(|(i, first)| *i != new && self.same(*first, old));
            // A correction mostly mends one thing; another must be plain.
            let kind = |i: usize| std::mem::discriminant(&stated[i].fact.value);
            let cue = |i: usize| stated[i].statement.cue;
            let another = used.keys().any(|&i| {
                let mends = cue(new) == Cue::Correction || kind(i) != kind(new);
                i != new && mends && cue(i) == cue(new)
            });
            let plain = !another || score >= PLAIN;
            // A value that this turn gives up is only recalled in it.
            let given_up = replaced.keys().any(|gone| {
                same_value(&self.facts[gone.0 as usize].value, &stated[new].fact.value)
            });
            let plain = plain && !given_up;
            if fits && !taken && plain && !replaced.contains_key(&old) {
                used.entry(new).or_insert(old);
                replaced.insert(old, stated[new].fact.id);
            }
        }
        for (i, first) in used {
            self.follow_restatements(&stated[i], first, &mut replaced);
        }
        for &old in replaced.keys() {
            self.corrected_turns(old, &mut changes.corrected);
        }
        replaced.extend(within_turn(stated));
        changes.superseded = replaced.into_iter().collect();
    }

    /// The earlier facts that a new one may replace. It replaces none where it
    /// says again what the record has.
    fn candidates(&self, i: usize, new: &Stated<'_>, extraction: &Extraction) -> Vec<Pair> {
        let Some(threshold) = threshold(new) else {
            return Vec::new();
        };
        let passage = Passage::around(new.statement, extraction);
        let (mut known, mut slips) = (0.0f32, 0);
        let mut found: Vec<(Match, &Fact)> = Vec::new();
        let reach = new.affinity.reach();
        let earlier = reach.iter().flat_map(|turn| self.facts_of(*turn));
        for old in earlier.filter(|old| old.holds()) {
            let Some(mut near) = new.affinity.to_fact(new.fact, old) else {
                continue;
            };
            // What the client says he did himself is not what another did.
            if new.statement.subject == SPEAKER && !matches!(old.subject.as_str(), "" | CLIENT) {
                near.subject = OTHERS;
            }
            if same_value(&new.fact.value, &old.value) {
                known = known.max(near.topic());
            } else {
                slips += usize::from(near.alike >= SLIP && self.is_client(old));
                found.push((near, old));
            }
        }
        let of_subject: Vec<FactId> = found
            .iter()
            .filter(|(_, old)| self.is_client(old) && !new.fact.subject.is_empty())
            .filter(|(_, old)| self.party(&old.subject) == new.fact.subject)
            .map(|(_, old)| old.id)
            .collect();
        let pairs = found.into_iter().filter_map(|(near, old)| {
            let named = passage.names(new.fact, old);
            let dated = matches!(old.value, Value::Date { .. });
            // Only an offer is replaced by another without a word of change.
            let bare = new.statement.cue == Cue::None && old.attribute != OFFER;
            let worded = near.words + near.clause;
            let far = bare || near.alike <= -0.6 || dated && worded < 0.15;
            if far && named == 0.0 {
                return None;
            }
            let only = if slips == 1 && near.alike >= SLIP && near.attribute >= 0.0 {
                ONLY_SLIP
            } else {
                0.0
            };
            // Counsel repeats the client's figures, and names many that are not his.
            let told = if self.is_client(old) { 0.0 } else { 0.5 };
            let alone = if of_subject == [old.id] {
                ONLY_OF_SUBJECT
            } else {
                0.0
            };
            // "The hearing was put off": the same act, however far away it now is.
            let put_off = dated
                && new.statement.cue == Cue::Change
                && !new.fact.attribute.is_empty()
                && new.fact.attribute == old.attribute;
            let put_off = if put_off { PUT_OFF } else { 0.0 };
            let score = near.score() + named + only + alone + put_off - told;
            (score >= threshold.min(STANDS_OUT)).then_some(Pair {
                score,
                new: i,
                old: old.id,
            })
        });
        let pairs: Vec<Pair> = pairs.collect();
        let pairs = self.sure(pairs, threshold);
        let best = pairs.iter().map(|pair| pair.score).fold(0.0, f32::max);
        if known < RESTATED || known + 0.7 < best {
            pairs
        } else {
            Vec::new()
        }
    }

    /// Pairs above the threshold; of a correction that reaches none, the best
    /// pair if it stands out from the others.
    fn sure(&self, mut pairs: Vec<Pair>, threshold: f32) -> Vec<Pair> {
        let over = |pair: &Pair| pair.score >= threshold;
        if pairs.iter().any(over) || threshold != CORRECTION {
            pairs.retain(over);
            return pairs;
        }
        pairs.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = pairs.first().map(|pair| (pair.score, pair.old));
        let second = pairs
            .iter()
            .find(|p| best.is_some_and(|(_, old)| !self.same(p.old, old)));
        match (best, second) {
            (Some((best, _)), Some(second)) if best - second.score < MARGIN => Vec::new(),
            _ => pairs.into_iter().take(1).collect(),
        }
    }

    fn is_client(&self, fact: &Fact) -> bool {
        self.turns[&fact.turn].role == Role::Client
    }

    /// The turn of a replaced fact, and those of all that it had replaced.
    fn corrected_turns(&self, old: FactId, turns: &mut BTreeSet<TurnId>) {
        turns.insert(self.facts[old.0 as usize].turn);
        let here = Node::Fact(old);
        let replaced = self
            .edges_of(&here)
            .filter(|edge| edge.kind == EdgeKind::Supersedes && edge.from == here);
        for edge in replaced {
            if let Node::Fact(before) = edge.to {
                self.corrected_turns(before, turns);
            }
        }
    }

    fn same(&self, a: FactId, b: FactId) -> bool {
        same_value(
            &self.facts[a.0 as usize].value,
            &self.facts[b.0 as usize].value,
        )
    }

    /// Other statements of the value that is replaced fall with it.
    fn follow_restatements(
        &self,
        new: &Stated<'_>,
        first: FactId,
        replaced: &mut BTreeMap<FactId, FactId>,
    ) {
        let alike = ValueKey::of(&self.facts[first.0 as usize].value);
        let alike = self.by_value.get(&alike).map_or(&[][..], Vec::as_slice);
        let others = alike.iter().map(|old| &self.facts[old.0 as usize]);
        for old in others.filter(|old| old.holds() && self.same(first, old.id)) {
            let near = new.affinity.to_fact(new.fact, old);
            if near.is_some_and(|near| near.topic() >= FOLLOWS && near.attribute >= 0.0) {
                replaced.entry(old.id).or_insert(new.fact.id);
            }
        }
    }

    /// A correction without a value of its own ("it was my brother who
    /// signed, I was wrong") points at the turn whose words it takes up.
    fn correct_turns(
        &self,
        turn: &Turn,
        extraction: &Extraction,
        clauses: &[ClauseTerms],
        changes: &mut Changes,
    ) {
        let mut sentences: BTreeSet<u32> = BTreeSet::new();
        for clause in &extraction.clauses {
            let valued = extraction.statements.iter().any(|s| {
                clause_sentence(extraction, s) == Some(clause.sentence) && s.cue != Cue::Rejected
            });
            if clause.cue == Cue::Correction && !valued {
                sentences.insert(clause.sentence);
            }
        }
        for sentence in sentences {
            let at = clauses.iter().position(|c| c.sentence == sentence);
            let affinity = Affinity::new(self, clauses, at.unwrap_or(0));
            if let Some(best) = affinity.nearest_turn(turn.id, TURN) {
                changes.corrected.insert(best);
            }
        }
    }

    pub(super) fn terms_of(&self, turn: TurnId) -> &[ClauseTerms] {
        &self.turns[&turn].clauses
    }

    pub(super) fn rarity(&self, term: TermId) -> f32 {
        self.terms.rarity(term)
    }
}

/// "It was fixed for the 6th, it's now the 13th": a change of the date or the
/// offer that the same turn told just before.
fn within_turn(stated: &[Stated<'_>]) -> Vec<(FactId, FactId)> {
    let same_kind = |a: &Value, b: &Value| std::mem::discriminant(a) == std::mem::discriminant(b);
    let mut pairs = Vec::new();
    for (i, new) in stated.iter().enumerate() {
        let mut before = stated[..i].iter().rev();
        let Some(old) = before.find(|old| same_kind(&old.fact.value, &new.fact.value)) else {
            continue;
        };
        // "Another £2,800, now £12,600 in all" adds up; a date is only put off.
        let dated = matches!(new.fact.value, Value::Date { .. });
        let told = new.statement.cue == Cue::Change
            && old.statement.cue != Cue::Change
            && (dated || new.fact.attribute == OFFER);
        let (a, b) = (&old.fact.attribute, &new.fact.attribute);
        let one = a == b && (is_property(a) || a == OFFER);
        if told && one && !same_value(&old.fact.value, &new.fact.value) {
            pairs.push((old.fact.id, new.fact.id));
        }
    }
    pairs
}

/// From which score on a statement replaces another; nothing where it only states.
fn threshold(new: &Stated<'_>) -> Option<f32> {
    // "yesterday", "today" tell when it is said, not what was wrong.
    let now = match &new.fact.value {
        Value::Date { date, inferred, .. } => {
            *inferred && (*date - new.fact.stated.date()).get_days().abs() <= 1
        }
        _ => false,
    };
    match new.statement.cue {
        _ if now || new.fact.attribute == DIFFERENCE => None,
        Cue::Correction => Some(CORRECTION),
        Cue::Change => Some(CHANGE),
        Cue::None if new.fact.attribute == OFFER => Some(CHANGE),
        Cue::None | Cue::Rejected => None,
    }
}
