//! Which earlier statements a turn corrects, updates or contradicts.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::affinity::Affinity;
use super::terms::TermId;
use super::{ClauseTerms, Graph};
use crate::extract::statement::OFFER_NAME;
use crate::extract::{Clause, Cue, Extraction, Statement};
use crate::fact::{Fact, FactId, TimeUnit, Value};
use crate::turn::{Role, Turn, TurnId};

/// A statement replaces an earlier one only from these scores on; one rare word
/// that both clauses share counts 1.
const CORRECTION: f32 = 1.1;
const CHANGE: f32 = 1.2;
/// Restatements of what is corrected follow it from here, and a new statement
/// that is one of them corrects nothing.
const RESTATED: f32 = 0.8;
/// A correction without a value names its turn by at least this much.
const TURN: f32 = 2.0;
/// What a correction adds to the earlier value that it names itself, be it to
/// reject it, to recall it, or by how far off it was.
const REJECTED: f32 = 3.0;
const RECALLED: f32 = 1.0;
const OFFSET: f32 = 1.5;

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
struct Stated<'a> {
    fact: &'a Fact,
    statement: &'a Statement,
    affinity: Affinity<'a>,
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
        changes
    }

    fn known_clauses(&self, clauses: &[Clause]) -> Vec<ClauseTerms> {
        let known = |clause: &Clause| ClauseTerms {
            span: clause.span.clone(),
            sentence: clause.sentence,
            terms: self.terms.known(&clause.terms),
        };
        clauses.iter().map(known).collect()
    }

    /// The best pairs first; an old value is replaced once, and a new one
    /// replaces one value, with its restatements.
    fn supersede(&self, stated: &[Stated<'_>], extraction: &Extraction, changes: &mut Changes) {
        let mut pairs: Vec<(f32, usize, FactId)> = Vec::new();
        for (i, new) in stated.iter().enumerate() {
            let Some(threshold) = threshold(new) else {
                continue;
            };
            let passage = Passage::around(new.statement, extraction);
            let mut found: Vec<(f32, usize, FactId)> = Vec::new();
            let mut known: f32 = 0.0;
            for old in self.facts.iter().filter(|old| old.holds()) {
                let Some(found_match) = new.affinity.to_fact(new.fact, old) else {
                    continue;
                };
                if same_value(&new.fact.value, &old.value) {
                    known = known.max(found_match.topic());
                    continue;
                }
                let score = found_match.score() + passage.names(&new.fact.value, &old.value)
                    - self.counsel_penalty(old);
                let dated = matches!(old.value, Value::Date { .. });
                if score >= threshold && (!dated || found_match.topic() >= 0.5) {
                    found.push((score, i, old.id));
                }
            }
            let best = found.iter().map(|(score, ..)| *score).fold(0.0, f32::max);
            if known < RESTATED || known + 0.7 < best {
                pairs.extend(found);
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.2.cmp(&a.2)));
        let mut replaced: BTreeMap<FactId, FactId> = BTreeMap::new();
        let mut used: BTreeMap<usize, FactId> = BTreeMap::new();
        for (_, i, old) in pairs {
            let fits = used.get(&i).is_none_or(|first| self.same(*first, old));
            let free = !replaced.contains_key(&old)
                && !used
                    .iter()
                    .any(|(j, first)| *j != i && self.same(*first, old));
            if fits && free {
                used.entry(i).or_insert(old);
                replaced.insert(old, stated[i].fact.id);
            }
        }
        for (i, first) in used {
            self.follow_restatements(&stated[i], first, &mut replaced);
        }
        for &old in replaced.keys() {
            self.corrected_turns(old, &mut changes.corrected);
        }
        changes.superseded = replaced.into_iter().collect();
    }

    /// Counsel repeats the client's figures, and names many that are not his.
    fn counsel_penalty(&self, old: &Fact) -> f32 {
        match self.turns[&old.turn].role {
            Role::Client => 0.0,
            Role::Counsel => 0.5,
        }
    }

    /// The turn of a replaced fact, and those of all that it had replaced.
    fn corrected_turns(&self, old: FactId, turns: &mut BTreeSet<TurnId>) {
        turns.insert(self.facts[old.0 as usize].turn);
        let before = self
            .facts
            .iter()
            .filter(|fact| fact.superseded_by == Some(old));
        for fact in before {
            self.corrected_turns(fact.id, turns);
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
        let others = self
            .facts
            .iter()
            .filter(|old| old.holds() && self.same(first, old.id));
        for old in others {
            let near = new.affinity.to_fact(new.fact, old);
            if near.is_some_and(|near| near.topic() >= RESTATED && near.attribute >= 0.0) {
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

fn clause_sentence(extraction: &Extraction, statement: &Statement) -> Option<u32> {
    let clause = extraction
        .clauses
        .iter()
        .find(|c| c.span == statement.clause);
    clause.map(|c| c.sentence)
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
        _ if now => None,
        Cue::Correction => Some(CORRECTION),
        Cue::Change => Some(CHANGE),
        Cue::None if new.fact.attribute == OFFER_NAME => Some(CHANGE),
        Cue::None | Cue::Rejected => None,
    }
}

/// The other values in the sentence of a correction and those beside it.
struct Passage<'a> {
    rejected: Vec<&'a Value>,
    recalled: Vec<&'a Value>,
}

impl<'a> Passage<'a> {
    fn around(statement: &Statement, extraction: &'a Extraction) -> Self {
        let here = clause_sentence(extraction, statement).unwrap_or(0);
        let near = |s: &&Statement| {
            let there = clause_sentence(extraction, s).unwrap_or(0);
            there.abs_diff(here) <= 1 && s.span != statement.span
        };
        let (rejected, recalled): (Vec<&Statement>, Vec<&Statement>) = extraction
            .statements
            .iter()
            .filter(near)
            .partition(|s| s.cue == Cue::Rejected);
        Self {
            rejected: rejected.into_iter().map(|s| &s.value).collect(),
            recalled: recalled.into_iter().map(|s| &s.value).collect(),
        }
    }

    /// How plainly the passage itself names the old value.
    fn names(&self, new: &Value, old: &Value) -> f32 {
        let is_old = |value: &&&Value| same_value(value, old);
        let off = |value: &&&Value| is_difference(value, new, old);
        if self.rejected.iter().any(|v| is_old(&v)) {
            REJECTED
        } else if self.recalled.iter().any(|v| off(&v)) {
            OFFSET
        } else if self.recalled.iter().any(|v| is_old(&v)) {
            RECALLED
        } else {
            0.0
        }
    }
}

/// "I was two days out": whether a duration is just how far two dates are apart.
fn is_difference(duration: &Value, a: &Value, b: &Value) -> bool {
    let (Value::Duration { count, unit }, Value::Date { date: a, .. }, Value::Date { date: b, .. }) =
        (duration, a, b)
    else {
        return false;
    };
    let days = match unit {
        TimeUnit::Day => *count,
        TimeUnit::Week => *count * Decimal::from(7),
        _ => return false,
    };
    days == Decimal::from((*b - *a).get_days().abs())
}

/// Whether two values say the same; a currency or year left out agrees with any.
pub(super) fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (
            Value::Money {
                amount: x,
                currency: c,
            },
            Value::Money {
                amount: y,
                currency: d,
            },
        ) => x == y && (c == d || c.is_none() || d.is_none()),
        (Value::Date { date: x, .. }, Value::Date { date: y, .. }) => x == y,
        (Value::Quantity { count: x, unit: u }, Value::Quantity { count: y, unit: v }) => {
            x == y && super::affinity::same_unit(u, v)
        }
        (a, b) => a == b,
    }
}
