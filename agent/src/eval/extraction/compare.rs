//! One dialogue: what the rules find beside what is labelled.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use estoppel_memory::extract::{Cue, Extraction, MentionKind, properties_named};
use estoppel_memory::graph::{EdgeKind, Node};
use estoppel_memory::{Delta, Fact, Graph, Role, TurnId, Value};

use super::labels::{Dialogue, LabelledTurn, Stated, ValueLabel};
use super::parties::{self, Seen};
use super::report::Miss;
use super::score::{Kind, Score};

/// Scores by kind, and every difference in words.
#[derive(Default)]
pub(super) struct Compared {
    pub scores: BTreeMap<Kind, Score>,
    pub misses: Vec<Miss>,
}

impl Compared {
    fn right(&mut self, kind: Kind) {
        self.scores.entry(kind).or_default().right += 1;
    }

    fn missed(&mut self, kind: Kind, turn: TurnId, label: impl Into<String>) {
        self.scores.entry(kind).or_default().missed += 1;
        self.misses.push(Miss {
            turn,
            kind,
            missed: Some(label.into()),
            found: None,
        });
    }

    fn wrong(&mut self, kind: Kind, turn: TurnId, found: impl Into<String>) {
        self.scores.entry(kind).or_default().wrong += 1;
        self.misses.push(Miss {
            turn,
            kind,
            missed: None,
            found: Some(found.into()),
        });
    }

    /// Two sets of the same kind of thing.
    fn sets<T: Ord>(
        &mut self,
        kind: Kind,
        turn: TurnId,
        labelled: &BTreeSet<T>,
        found: &BTreeSet<T>,
        name: impl Fn(&T) -> String,
    ) {
        for item in labelled {
            match found.contains(item) {
                true => self.right(kind),
                false => self.missed(kind, turn, name(item)),
            }
        }
        for item in found.difference(labelled) {
            self.wrong(kind, turn, name(item));
        }
    }
}

/// What was read out of one turn.
struct Read {
    extraction: Extraction,
    delta: Delta,
}

pub(super) fn compare(dialogue: &Dialogue) -> Compared {
    let mut graph = Graph::new();
    let read: Vec<Read> = dialogue
        .turns
        .iter()
        .map(|turn| {
            let extraction = graph.extract(&turn.turn);
            let delta = graph.add_turn(&turn.turn, &extraction, &[]);
            Read { extraction, delta }
        })
        .collect();
    let seen: Vec<Seen> = dialogue
        .turns
        .iter()
        .zip(&read)
        .map(|(turn, read)| Seen::of(turn, &read.extraction, &graph))
        .collect();
    let assigned = parties::assign(&dialogue.turns, &seen);
    let mut out = Compared::default();
    for ((turn, read), seen) in dialogue.turns.iter().zip(&read).zip(&seen) {
        values(turn, &read.extraction, &mut out);
        authorities(turn, &read.extraction, &mut out);
        party_nodes(turn, seen, &assigned, &mut out);
        facts(turn, read, &graph, &assigned, &mut out);
        superseding(turn, &read.delta, dialogue, &graph, &mut out);
        contradictions(turn, &graph, &mut out);
    }
    out
}

fn kind_of(value: &Value) -> Option<Kind> {
    Some(match value {
        Value::Money { .. } => Kind::Money,
        Value::Date { .. } => Kind::Date,
        Value::Duration { .. } => Kind::Duration,
        Value::Percent { .. } => Kind::Percent,
        Value::Identifier { .. } => Kind::Identifier,
        Value::Quantity { .. } => return None,
    })
}

/// The same meaning: whether a date was told or inferred is no part of it, and a
/// currency left out agrees with any.
fn same(a: &Value, b: &Value) -> bool {
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
        (
            Value::Date {
                date: x,
                precision: p,
                ..
            },
            Value::Date {
                date: y,
                precision: q,
                ..
            },
        ) => x == y && p == q,
        (Value::Percent { percent: x }, Value::Percent { percent: y }) => {
            x.round_dp(2) == y.round_dp(2)
        }
        (a, b) => a == b,
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// A value as the misses show it.
fn shown(value: &Value) -> String {
    match value {
        Value::Money { amount, currency } => {
            format!("{} {amount}", currency.as_deref().unwrap_or("?"))
        }
        Value::Date {
            date, precision, ..
        } => format!("{date} ({precision:?})"),
        Value::Duration { count, unit } => format!("{count} {unit:?}"),
        Value::Percent { percent } => format!("{percent}%"),
        Value::Quantity { count, unit } => format!("{count} {unit}"),
        Value::Identifier { id } => format!("#{id}"),
    }
}

fn values(turn: &LabelledTurn, extraction: &Extraction, out: &mut Compared) {
    let (text, id) = (&turn.turn.text, turn.turn.id);
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for mention in &extraction.mentions {
        let MentionKind::Value(value) = &mention.kind else {
            continue;
        };
        let Some(kind) = kind_of(value) else { continue };
        let touched = || {
            turn.values
                .iter()
                .enumerate()
                .filter(|(_, l)| overlap(&l.span, &mention.span))
        };
        let is = |l: &ValueLabel| l.value.as_ref().is_some_and(|v| same(v, value));
        let label = touched().find(|(at, label)| !used.contains(at) && is(label));
        match label {
            Some((at, _)) => {
                used.insert(at);
                out.right(kind);
            }
            None if touched().any(|(_, label)| label.value.is_none()) => {}
            None => {
                let surface = &text[mention.span.clone()];
                out.wrong(kind, id, format!("{surface:?} as {}", shown(value)));
            }
        }
    }
    for (at, label) in turn.values.iter().enumerate() {
        let Some(value) = &label.value else { continue };
        if let (Some(kind), false) = (kind_of(value), used.contains(&at)) {
            let surface = &text[label.span.clone()];
            out.missed(kind, id, format!("{surface:?} as {}", shown(value)));
        }
    }
}

fn authorities(turn: &LabelledTurn, extraction: &Extraction, out: &mut Compared) {
    let unjudged = |span: &Range<usize>| {
        let labels = &mut turn.authorities.iter();
        labels.any(|l| l.name.is_none() && overlap(&l.span, span))
    };
    let found: BTreeSet<&str> = extraction
        .mentions
        .iter()
        .filter_map(|mention| match &mention.kind {
            MentionKind::Authority { name } if !unjudged(&mention.span) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let labelled: BTreeSet<&str> = turn
        .authorities
        .iter()
        .filter_map(|label| label.name.as_deref())
        .collect();
    let name = |name: &&str| (*name).to_owned();
    out.sets(Kind::Authority, turn.turn.id, &labelled, &found, name);
}

/// A node is right where it is the one assigned to a party that the turn names.
fn party_nodes(
    turn: &LabelledTurn,
    seen: &Seen,
    assigned: &BTreeMap<String, String>,
    out: &mut Compared,
) {
    let labelled: BTreeSet<String> = turn
        .parties
        .iter()
        .filter_map(|label| label.name.clone())
        .collect();
    let judged = |labels: &BTreeSet<usize>| {
        labels.is_empty() || labels.iter().any(|at| turn.parties[*at].name.is_some())
    };
    let found: BTreeSet<String> = seen
        .nodes
        .iter()
        .filter(|(_, labels)| judged(labels))
        .map(|(node, labels)| {
            let key = assigned.get(node).filter(|key| {
                let is = |at: &usize| turn.parties[*at].name.as_ref() == Some(*key);
                labels.iter().any(is)
            });
            key.cloned().unwrap_or_else(|| format!("node {node}"))
        })
        .collect();
    out.sets(Kind::Party, turn.turn.id, &labelled, &found, Clone::clone);
}

fn facts(
    turn: &LabelledTurn,
    read: &Read,
    graph: &Graph,
    assigned: &BTreeMap<String, String>,
    out: &mut Compared,
) {
    let (text, id) = (&turn.turn.text, turn.turn.id);
    let stated = read.extraction.statements.iter();
    let stated = stated.filter(|s| s.cue != Cue::Rejected);
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for (statement, fact) in stated.zip(&read.delta.facts) {
        let Some(kind) = kind_of(&fact.value) else {
            continue;
        };
        let touched = || {
            let labels = turn.values.iter().enumerate();
            labels.filter(|(_, l)| overlap(&l.span, &statement.span))
        };
        let valued = |l: &ValueLabel| l.value.as_ref().is_some_and(|v| same(v, &fact.value));
        if let Some((_, label)) = touched().find(|(at, l)| !used.contains(at) && valued(l))
            && kind == Kind::Money
        {
            approximation(label, fact, id, out);
        }
        let right = touched().find(|(at, label)| {
            !used.contains(at) && valued(label) && is_stated(&label.stated, fact, graph, assigned)
        });
        match right {
            Some((at, _)) => {
                used.insert(at);
                out.right(Kind::Fact);
            }
            None if touched()
                .any(|(_, l)| l.value.is_none() || matches!(l.stated, Stated::Open)) => {}
            None => out.wrong(Kind::Fact, id, {
                let Fact {
                    subject,
                    attribute,
                    surface,
                    ..
                } = fact;
                format!("{attribute:?} of {subject:?}: {surface:?}")
            }),
        }
    }
    for (at, label) in turn.values.iter().enumerate() {
        if let (
            Stated::Of {
                attributes,
                subjects,
            },
            Some(value),
            false,
        ) = (&label.stated, &label.value, used.contains(&at))
            && kind_of(value).is_some()
        {
            let surface = &text[label.span.clone()];
            let said = format!("{attributes:?} of {subjects:?}: {surface:?}");
            out.missed(Kind::Fact, id, said);
        }
    }
}

fn approximation(label: &ValueLabel, fact: &Fact, id: TurnId, out: &mut Compared) {
    match (label.approximate, fact.approximate) {
        (true, true) => out.right(Kind::Approximate),
        (true, false) => out.missed(Kind::Approximate, id, &fact.surface),
        (false, true) => out.wrong(Kind::Approximate, id, &fact.surface),
        (false, false) => {}
    }
}

fn is_stated(
    label: &Stated,
    fact: &Fact,
    graph: &Graph,
    assigned: &BTreeMap<String, String>,
) -> bool {
    let Stated::Of {
        attributes,
        subjects,
    } = label
    else {
        return false;
    };
    let node = graph.party(&fact.subject);
    let subject = assigned.get(node).map_or(node, String::as_str);
    (subjects.is_empty() || subjects.iter().any(|s| s == subject))
        && attributes
            .iter()
            .any(|a| same_attribute(a, &fact.attribute) || is_kept_under(a, fact))
}

/// Whether a label is a form of the word that such properties are kept under:
/// "lending" is kept as "loan", 开除 as 辞退. "Pay" is what is earned as well as what
/// is paid, so it tells nothing.
fn is_kept_under(label: &str, fact: &Fact) -> bool {
    fact.attribute != "payment" && properties_named(label, &fact.value).contains(&fact.attribute)
}

/// 维修 and 维修费 are one, as are "redundancy" and "redundancy pay".
fn same_attribute(label: &str, found: &str) -> bool {
    if label == found {
        true
    } else if label.is_ascii() {
        let within = |a: &str, b: &str| a.split(' ').all(|word| b.split(' ').any(|w| w == word));
        !found.is_empty() && (within(label, found) || within(found, label))
    } else {
        found.chars().count() >= 2 && (label.contains(found) || found.contains(label))
    }
}

/// Counsel's restatements fall with what they restate, and aren't judged.
fn superseding(
    turn: &LabelledTurn,
    delta: &Delta,
    dialogue: &Dialogue,
    graph: &Graph,
    out: &mut Compared,
) {
    let id = turn.turn.id;
    let mut found: Vec<(&Fact, &Fact)> = delta
        .superseded
        .iter()
        .filter_map(|(old, new)| Some((graph.fact(*old)?, graph.fact(*new)?)))
        .collect();
    for label in &turn.supersedes {
        let at = found.iter().position(|(old, new)| {
            old.turn == label.turn && same(&old.value, &label.old) && same(&new.value, &label.new)
        });
        match at {
            Some(at) => {
                found.remove(at);
                out.right(Kind::Superseding);
            }
            None => {
                let (old, new) = (shown(&label.old), shown(&label.new));
                let said = format!("{old} of turn {} by {new}", label.turn);
                out.missed(Kind::Superseding, id, said);
            }
        }
    }
    let labelled = |old: &Fact| {
        let mut labels = turn.supersedes.iter();
        labels.any(|label| same(&label.old, &old.value))
    };
    for (old, new) in found {
        let client = dialogue.turns[old.turn.0 as usize - 1].turn.role == Role::Client;
        if client && !labelled(old) {
            let said = format!(
                "{:?} of turn {} by {:?}",
                old.surface, old.turn, new.surface
            );
            out.wrong(Kind::Superseding, id, said);
        }
    }
}

fn contradictions(turn: &LabelledTurn, graph: &Graph, out: &mut Compared) {
    let id = turn.turn.id;
    let turn_of = |node: &Node| match node {
        Node::Turn(turn) => Some(*turn),
        Node::Fact(fact) => graph.fact(*fact).map(|fact| fact.turn),
        _ => None,
    };
    let found: BTreeSet<TurnId> = graph
        .edges()
        .iter()
        .filter(|edge| edge.kind == EdgeKind::Contradicts && edge.turn == id)
        .filter_map(|edge| turn_of(&edge.to))
        .collect();
    let labelled: BTreeSet<TurnId> = turn.contradicts.iter().copied().collect();
    let name = |turn: &TurnId| format!("turn {turn}");
    out.sets(Kind::Contradiction, id, &labelled, &found, name);
}
