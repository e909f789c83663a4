//! Which turns a sentence of an answer rests on.
//!
//! Three measurements are joined: the values in the sentence (an amount, a
//! day, a name) must stand in a cited turn; the share of the model's attention
//! that went to each turn while it wrote the sentence; and the words that
//! sentence and turn share. Values decide first; attention and words decide
//! among turns that hold the same values, and alone where there are none.

use std::collections::HashSet;
use std::ops::Range;

use estoppel_memory::extract::{self, MentionKind};
use estoppel_memory::{Fact, Turn, TurnId, Value, index};
use serde::Serialize;

use crate::sentence::sentences;

/// Share of the best score that a turn needs to be cited without a value.
const WORDS_FLOOR: f32 = 0.2;

/// A turn that an answer rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Citation {
    /// The turn.
    pub turn: TurnId,
    /// Whether what it says still holds.
    pub standing: Standing,
    /// The sentence of the turn that bears the answer, verbatim.
    pub quote: String,
    /// Share of the model's attention, among the shown turns, while it wrote.
    pub attention: f32,
}

/// Whether a cited turn's statement still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds.
    Current,
    /// A later turn corrected it; it is cited as history only.
    Superseded,
}

/// What one sentence of an answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Attribution {
    /// Turns, in the order of the record.
    pub citations: Vec<Citation>,
    /// Values, statutes and articles of the sentence that stand in no shown turn and not in
    /// the question.
    pub unsupported: Vec<String>,
}

/// Attributes the sentences of one answer.
pub(crate) struct Attributor<'a> {
    exhibits: Vec<Exhibit<'a>>,
    question: String,
    asked: HashSet<Claim>,
}

/// A shown turn with what it holds.
struct Exhibit<'a> {
    turn: &'a Turn,
    facts: Vec<Fact>,
    claims: HashSet<Claim>,
    terms: HashSet<String>,
    /// 1 for the best ranked, towards 0 for the last.
    rank: f32,
}

/// A value, name or authority in a comparable form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Claim {
    Value(Value),
    Name(String),
    /// A statute or article, which an answer must not bring up by itself.
    Authority(String),
}

impl Claim {
    fn read(text: &str, at: jiff::civil::DateTime) -> Vec<(Self, Range<usize>)> {
        let mentions = extract::extract(text, at).mentions;
        mentions
            .into_iter()
            .map(|mention| (Self::of(mention.kind), mention.span))
            .collect()
    }

    /// Drops what does not change the meaning: who inferred a date's year, and
    /// the currency, which a speaker often leaves out.
    fn of(kind: MentionKind) -> Self {
        match kind {
            MentionKind::Value(Value::Money { amount, .. }) => Self::Value(Value::Money {
                amount: amount.normalize(),
                currency: None,
            }),
            MentionKind::Value(Value::Date {
                date, precision, ..
            }) => Self::Value(Value::Date {
                date,
                precision,
                inferred: false,
            }),
            MentionKind::Value(value) => Self::Value(value),
            MentionKind::Party { name } => Self::Name(name.to_lowercase()),
            MentionKind::Authority { name } => Self::Authority(name.to_lowercase()),
        }
    }
}

impl<'a> Attributor<'a> {
    /// `shown` are the turns that the model read, `ranked` all turns best
    /// first, `facts` those of the shown turns.
    pub(crate) fn new(
        question: &str,
        shown: &[&'a Turn],
        ranked: &[TurnId],
        facts: &[Fact],
    ) -> Self {
        let place = |id| ranked.iter().position(|r| *r == id).unwrap_or(ranked.len());
        let exhibits: Vec<_> = shown
            .iter()
            .map(|turn| Exhibit {
                turn,
                facts: facts
                    .iter()
                    .filter(|fact| fact.turn == turn.id)
                    .cloned()
                    .collect(),
                claims: Claim::read(&turn.text, turn.at)
                    .into_iter()
                    .map(|(claim, _)| claim)
                    .collect(),
                terms: terms(&turn.text),
                rank: 1.0 / (1.0 + place(turn.id) as f32),
            })
            .collect();
        let now = shown
            .last()
            .map_or(jiff::civil::DateTime::MIN, |turn| turn.at);
        let asked = Claim::read(question, now)
            .into_iter()
            .map(|(claim, _)| claim)
            .collect();
        Self {
            exhibits,
            question: question.to_lowercase(),
            asked,
        }
    }

    /// What a sentence rests on. `attention` is the share per turn while the
    /// sentence was written, in any scale; it may be empty.
    pub(crate) fn attribute(&self, sentence: &str, attention: &[(u32, f32)]) -> Attribution {
        let shares = self.shares(attention);
        let affinity = self.affinity(sentence, &shares);
        let claims = Claim::read(sentence, self.now());
        let mut cited: Vec<(usize, Standing)> = Vec::new();
        let mut unsupported = Vec::new();
        let mut grounded = false;
        for (claim, span) in &claims {
            let surface = &sentence[span.clone()];
            match self.holder(claim, surface, &affinity) {
                Some(found) if !self.asked.contains(claim) => {
                    grounded = true;
                    if !cited.iter().any(|(at, _)| *at == found.0) {
                        cited.push(found);
                    }
                }
                None if !matches!(claim, Claim::Name(_)) && !self.is_asked(claim, surface) => {
                    unsupported.push(surface.to_owned());
                }
                _ => {}
            }
        }
        if !grounded && unsupported.is_empty() {
            cited.extend(self.nearest(&affinity));
        }
        cited.sort_unstable_by_key(|(at, _)| *at);
        let citations = cited
            .into_iter()
            .map(|(at, standing)| Citation {
                turn: self.exhibits[at].turn.id,
                standing,
                quote: self.exhibits[at].quote(sentence, &claims),
                attention: shares[at],
            })
            .collect();
        Attribution {
            citations,
            unsupported,
        }
    }

    /// Whether the question holds a claim, or names an authority in the same words.
    fn is_asked(&self, claim: &Claim, surface: &str) -> bool {
        let words = surface.to_lowercase();
        let words = words.trim_start_matches("the ");
        let named = || matches!(claim, Claim::Authority(_)) && self.question.contains(words);
        self.asked.contains(claim) || named()
    }

    /// What a sentence rests on that was made from these turns, and from those that
    /// say what they corrected.
    pub(crate) fn rests_on(
        &self,
        sentence: &str,
        turns: &[TurnId],
        history: &[TurnId],
    ) -> Attribution {
        let now = self.now();
        let claims = Claim::read(sentence, now);
        let standing = |id: TurnId| match (turns.contains(&id), history.contains(&id)) {
            (true, _) => Some(Standing::Current),
            (false, true) => Some(Standing::Superseded),
            (false, false) => None,
        };
        let cited = self.exhibits.iter().filter_map(|exhibit| {
            Some(Citation {
                turn: exhibit.turn.id,
                standing: standing(exhibit.turn.id)?,
                quote: exhibit.quote(sentence, &claims),
                attention: 0.0,
            })
        });
        Attribution {
            citations: cited.collect(),
            unsupported: Vec::new(),
        }
    }

    /// The time of the last shown turn, by which relative dates are read.
    fn now(&self) -> jiff::civil::DateTime {
        self.exhibits
            .last()
            .map_or(jiff::civil::DateTime::MIN, |e| e.turn.at)
    }

    /// Attention to each shown turn as a share of the attention to all of them.
    fn shares(&self, attention: &[(u32, f32)]) -> Vec<f32> {
        let of = |id: TurnId| {
            attention
                .iter()
                .filter(|(mark, _)| *mark == id.0)
                .map(|(_, share)| share)
                .sum::<f32>()
        };
        let raw: Vec<f32> = self.exhibits.iter().map(|e| of(e.turn.id)).collect();
        let total: f32 = raw.iter().sum();
        raw.iter()
            .map(|share| if total > 0.0 { share / total } else { 0.0 })
            .collect()
    }

    /// How near each shown turn is to the sentence without regard to values.
    fn affinity(&self, sentence: &str, shares: &[f32]) -> Vec<f32> {
        let wanted = terms(sentence);
        self.exhibits
            .iter()
            .zip(shares)
            .map(|(exhibit, share)| {
                let shared = wanted.intersection(&exhibit.terms).count() as f32;
                let overlap = shared / wanted.len().max(1) as f32;
                overlap + share + 0.5 * exhibit.rank
            })
            .collect()
    }

    /// The shown turn that best holds a claim. One where it still holds goes
    /// before one where it was corrected.
    fn holder(&self, claim: &Claim, surface: &str, affinity: &[f32]) -> Option<(usize, Standing)> {
        let holders = self
            .exhibits
            .iter()
            .enumerate()
            .filter(|(_, e)| e.holds(claim, surface));
        holders
            .map(|(at, exhibit)| (at, exhibit.standing(claim)))
            .max_by(|(a, standing_a), (b, standing_b)| {
                let current = |s: &Standing| *s == Standing::Current;
                current(standing_a)
                    .cmp(&current(standing_b))
                    .then(affinity[*a].total_cmp(&affinity[*b]))
            })
    }

    /// The turn nearest to a sentence without values.
    fn nearest(&self, affinity: &[f32]) -> Option<(usize, Standing)> {
        let (at, best) = affinity
            .iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        (*best > WORDS_FLOOR).then_some((at, Standing::Current))
    }
}

impl Exhibit<'_> {
    fn holds(&self, claim: &Claim, surface: &str) -> bool {
        self.claims.contains(claim) || (surface.len() > 2 && self.turn.text.contains(surface))
    }

    /// Superseded if every fact of this turn with this value is.
    fn standing(&self, claim: &Claim) -> Standing {
        let mut stated = self
            .facts
            .iter()
            .filter(|fact| Claim::of(MentionKind::Value(fact.value.clone())) == *claim)
            .peekable();
        if stated.peek().is_some() && stated.all(|fact| !fact.holds()) {
            Standing::Superseded
        } else {
            Standing::Current
        }
    }

    /// The sentence of the turn that holds most of the answer's claims and words.
    fn quote(&self, sentence: &str, claims: &[(Claim, Range<usize>)]) -> String {
        let wanted = terms(sentence);
        let score = |range: &Range<usize>| {
            let text = &self.turn.text[range.clone()];
            let here = Claim::read(text, self.turn.at);
            let held = claims
                .iter()
                .filter(|(claim, _)| here.iter().any(|(c, _)| c == claim))
                .count();
            (held, wanted.intersection(&terms(text)).count())
        };
        let mut best: Option<((usize, usize), Range<usize>)> = None;
        for range in sentences(&self.turn.text) {
            let score = score(&range);
            if best.as_ref().is_none_or(|(top, _)| score > *top) {
                best = Some((score, range));
            }
        }
        best.map(|(_, range)| self.turn.text[range].to_owned())
            .unwrap_or_default()
    }
}

fn terms(text: &str) -> HashSet<String> {
    index::analyse(text)
        .iter()
        .map(|(term, _)| term.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use estoppel_memory::{NewTurn, Role};
    use jiff::civil::date;

    use super::*;

    fn unsupported(question: &str, sentence: &str) -> Vec<String> {
        let at = date(2024, 3, 5).at(9, 0, 0, 0);
        let text = "The Tenant Fees Act 2019 caps a deposit; mine was £900.";
        let turn = Turn {
            id: TurnId(1),
            said: NewTurn::new(Role::Counsel, at, text),
        };
        let attributor = Attributor::new(question, &[&turn], &[TurnId(1)], &[]);
        attributor.attribute(sentence, &[]).unsupported
    }

    #[test]
    fn an_authority_that_nobody_named_is_marked() {
        let asked = "Which act caps it?";
        assert!(unsupported(asked, "The Tenant Fees Act 2019 caps it.").is_empty());
        let marked = unsupported(asked, "The Housing Act 2004 caps it at £900.");
        assert_eq!(marked, ["Housing Act 2004"]);
        let asked = "Does the Housing Act 2004 apply?";
        assert!(unsupported(asked, "The Housing Act 2004 does not apply.").is_empty());
    }

    #[test]
    fn what_bears_most_of_the_whole_answer_is_quoted() {
        let at = date(2024, 3, 5).at(9, 0, 0, 0);
        let text = "Four weeks went by, and then four weeks more. I had nine days of holiday left.";
        let turn = Turn {
            id: TurnId(1),
            said: NewTurn::new(Role::Client, at, text),
        };
        let attributor = Attributor::new("How much?", &[&turn], &[TurnId(1)], &[]);
        let quoted = |answer: &str| {
            let rests_on = attributor.rests_on(answer, &[TurnId(1)], &[]);
            rests_on.citations[0].quote.clone()
        };
        assert_eq!(
            quoted("Nine days of holiday left."),
            "I had nine days of holiday left."
        );
        assert_eq!(
            quoted("Holiday: nine days. Notice: none."),
            quoted("Nine days of holiday left.")
        );
    }

    #[test]
    fn a_value_that_nobody_gave_is_marked() {
        assert_eq!(unsupported("How much?", "It was £950."), ["£950"]);
    }
}
