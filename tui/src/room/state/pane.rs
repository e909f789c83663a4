//! What can stand beside the conversation: each pane holds what it shows, read from the
//! record once.

use std::collections::BTreeMap;

use estoppel::memory::fact::DatePrecision;
use estoppel::memory::graph::{EdgeKind, Node};
use estoppel::memory::matter::Why;
use estoppel::memory::{Evidence, Fact, FactId, RankedTurn, Reason, Role, TurnId, Value};
use estoppel::{Citation, Standing};
use jiff::civil::Date;

use super::talk::Cited;
use crate::room::message::Record;
use crate::room::text::{Anchor, Scroll};

/// A pane with how far it is scrolled and which of its items is chosen.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) pane: Pane,
    pub(crate) scroll: Scroll,
    pub(crate) chosen: usize,
}

impl Side {
    pub(crate) fn of(pane: Pane) -> Self {
        Self {
            pane,
            scroll: Scroll::From(Anchor::default()),
            chosen: 0,
        }
    }

    /// Reads anew what the pane shows of the record. A turn that is gone closes what was
    /// about it.
    pub(super) fn refreshed(self, record: &Record) -> Option<Self> {
        let gone = |turn| record.turn(turn).is_none_or(|turn| turn.is_forgotten());
        let pane = match self.pane {
            Pane::Record(shown) => Pane::record(record, shown.as_of),
            Pane::Timeline(_) => Pane::timeline(record),
            Pane::Parties(_) => Pane::parties(record),
            Pane::Citation(followed) if gone(followed.turn) => return None,
            Pane::Why(why) if gone(why.turn.id) => return None,
            Pane::Why(why) => Pane::Why(Box::new(Why::of(&why.turn, &record.graph))),
            pane => pane,
        };
        let chosen = self.chosen.min(pane.len().saturating_sub(1));
        Some(Self {
            pane,
            chosen,
            ..self
        })
    }
}

/// What a pane shows.
#[derive(Clone, Debug)]
pub(crate) enum Pane {
    /// A citation that was followed.
    Citation(Followed),
    /// The facts, as of a turn or now.
    Record(Shown),
    /// What has a date, in the order of the dates.
    Timeline(Vec<Dated>),
    /// Who is spoken of.
    Parties(Vec<Party>),
    /// The turns that bear on a query.
    Found(String, Vec<RankedTurn>),
    /// What became of a turn.
    Why(Box<Why>),
    /// The turns around the last answer.
    Around(Vec<Near>),
}

/// The facts of a record.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) as_of: Option<TurnId>,
    pub(crate) entries: Vec<Entry>,
}

/// A fact that holds, with what it replaced and what cannot hold beside it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) fact: Fact,
    /// Earlier versions, the last one first.
    pub(crate) before: Vec<Fact>,
    pub(crate) against: Vec<Fact>,
}

/// A fact that dates something.
#[derive(Clone, Debug)]
pub(crate) struct Dated {
    pub(crate) date: Date,
    pub(crate) precision: DatePrecision,
    /// The clause that states it.
    pub(crate) clause: String,
    pub(crate) turn: TurnId,
}

/// A party with its other names and the turns that mention it.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) turns: Vec<TurnId>,
}

/// A turn that was found for the last answer.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    pub(crate) turn: TurnId,
    /// Share of the model's attention, 0 to 1, if the answer cites it.
    pub(crate) attention: Option<f32>,
    pub(crate) reasons: Vec<Reason>,
    /// The others of these turns to which the graph links it.
    pub(crate) links: Vec<(TurnId, EdgeKind)>,
}

/// Turns that a pane about the last answer shows.
const AROUND: usize = 12;

impl Pane {
    pub(crate) fn record(record: &Record, as_of: Option<TurnId>) -> Self {
        let mut facts = match as_of {
            Some(turn) => record.graph.facts_as_of(turn),
            None => record.graph.facts().to_vec(),
        };
        facts.retain(|fact| by_client(record, fact));
        let place: BTreeMap<FactId, usize> = facts
            .iter()
            .enumerate()
            .map(|(at, fact)| (fact.id, at))
            .collect();
        let named = |id: &FactId| place.get(id).map(|at| &facts[*at]);
        let mut replaced: BTreeMap<FactId, Vec<&Fact>> = BTreeMap::new();
        for fact in &facts {
            if let Some(by) = fact.superseded_by {
                replaced.entry(by).or_default().push(fact);
            }
        }
        let entries = facts.iter().filter(|fact| fact.holds()).map(|fact| {
            let mut before = Vec::new();
            let mut open = vec![fact.id];
            while let Some(id) = open.pop() {
                for earlier in replaced.get(&id).into_iter().flatten() {
                    open.push(earlier.id);
                    before.push((*earlier).clone());
                }
            }
            before.sort_by_key(|fact| std::cmp::Reverse(fact.id));
            let against = fact.contradicts.iter().filter_map(named);
            Entry {
                against: against.filter(|other| other.holds()).cloned().collect(),
                before,
                fact: fact.clone(),
            }
        });
        Self::Record(Shown {
            as_of,
            entries: entries.collect(),
        })
    }

    pub(crate) fn timeline(record: &Record) -> Self {
        let facts = record.graph.facts().iter();
        let facts = facts.filter(|fact| fact.holds() && by_client(record, fact));
        let dated = facts.filter_map(|fact| match &fact.value {
            Value::Date {
                date, precision, ..
            } => {
                let turn = record.turn(fact.turn)?;
                Some(Dated {
                    date: *date,
                    precision: *precision,
                    clause: turn.text.get(fact.clause.clone())?.trim().to_owned(),
                    turn: fact.turn,
                })
            }
            _ => None,
        });
        let mut dated: Vec<Dated> = dated.collect();
        dated.sort_by_key(|dated| (dated.date, dated.turn));
        dated.dedup_by(|a, b| (a.date, a.turn, &a.clause) == (b.date, b.turn, &b.clause));
        Self::Timeline(dated)
    }

    pub(crate) fn parties(record: &Record) -> Self {
        let graph = &record.graph;
        let party = |name: &str| {
            let node = Node::Party(name.to_owned());
            let (mut turns, mut aliases) = (Vec::new(), Vec::new());
            let mut mentioned = |node: &Node| {
                for edge in graph.edges_of(node) {
                    match (edge.kind, &edge.from, &edge.to) {
                        (EdgeKind::Mentions, Node::Turn(turn), _) => turns.push(*turn),
                        (EdgeKind::AliasOf, Node::Party(a), Node::Party(b)) => {
                            aliases.extend([a, b].into_iter().filter(|n| *n != name).cloned());
                        }
                        _ => {}
                    }
                }
            };
            mentioned(&node);
            turns.sort_unstable();
            turns.dedup();
            aliases.sort_unstable();
            aliases.dedup();
            Party {
                name: name.to_owned(),
                aliases,
                turns,
            }
        };
        Self::Parties(graph.parties().into_iter().map(party).collect())
    }

    /// The turns around an answer; nothing if it is not known what was found for it.
    pub(super) fn around(record: &Record, cited: &Cited) -> Option<Self> {
        let evidence = cited.evidence.as_ref()?;
        let ranked = &evidence.turns[..evidence.turns.len().min(AROUND)];
        let near = |found: &RankedTurn| {
            let attention = cited.marks().filter(|mark| mark.turn == found.turn);
            let links = record.graph.neighbours(found.turn).into_iter();
            let links = links.filter(|link| ranked.iter().any(|other| other.turn == link.turn));
            Near {
                turn: found.turn,
                attention: attention.map(|mark| mark.attention).reduce(f32::max),
                reasons: found.reasons.clone(),
                links: links.map(|link| (link.turn, link.kind)).collect(),
            }
        };
        Some(Self::Around(ranked.iter().map(near).collect()))
    }

    pub(crate) fn found(query: String, evidence: Evidence) -> Self {
        Self::Found(query, evidence.turns)
    }

    /// How many items can be chosen.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Citation(_) | Self::Why(_) => 0,
            Self::Record(shown) => shown.entries.len(),
            Self::Timeline(dated) => dated.len(),
            Self::Parties(parties) => parties.len(),
            Self::Found(_, turns) => turns.len(),
            Self::Around(near) => near.len(),
        }
    }

    /// The turn that an item speaks of.
    pub(crate) fn turn(&self, item: usize) -> Option<TurnId> {
        match self {
            Self::Citation(followed) => Some(followed.turn),
            Self::Why(why) => Some(why.turn.id),
            Self::Record(shown) => shown.entries.get(item).map(|entry| entry.fact.turn),
            Self::Timeline(dated) => dated.get(item).map(|dated| dated.turn),
            Self::Parties(parties) => parties.get(item)?.turns.first().copied(),
            Self::Found(_, turns) => turns.get(item).map(|found| found.turn),
            Self::Around(near) => near.get(item).map(|near| near.turn),
        }
    }
}

/// The client's statements make the record; counsel repeats them.
fn by_client(record: &Record, fact: &Fact) -> bool {
    let turn = record.turn(fact.turn);
    turn.is_some_and(|turn| turn.role == Role::Client)
}

/// A turn that an answer cites, and what is known of why.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    pub(crate) turn: TurnId,
    /// What it was cited for.
    pub(crate) question: String,
    pub(crate) standing: Standing,
    /// The sentence that bears the answer, verbatim.
    pub(crate) quote: String,
    /// Share of the model's attention while it wrote, 0 to 1.
    pub(crate) attention: f32,
    /// Why retrieval found the turn.
    pub(crate) reasons: Vec<Reason>,
}

impl Followed {
    pub(crate) fn new(question: &str, citation: &Citation, evidence: Option<&Evidence>) -> Self {
        let ranked = evidence.and_then(|evidence| {
            let mut turns = evidence.turns.iter();
            turns.find(|ranked| ranked.turn == citation.turn)
        });
        Self {
            turn: citation.turn,
            question: question.to_owned(),
            standing: citation.standing,
            quote: citation.quote.clone(),
            attention: citation.attention,
            reasons: ranked.map_or(Vec::new(), |ranked| ranked.reasons.clone()),
        }
    }
}
