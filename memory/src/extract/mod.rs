//! What a turn says, read by rule: no language model is called at write time.

mod approximate;
mod authority;
mod claim;
mod clause;
mod cue;
mod date;
mod duration;
pub(crate) mod gender;
mod identifier;
mod money;
mod number;
pub(crate) mod party;
mod pattern;
mod percent;
mod plain;
pub(crate) mod property;
mod quantity;
mod scan;
mod stance;
mod statement;
pub(crate) mod subject;
mod terms;

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::fact::Value;
use crate::segment::tagged;
pub use claim::{Claim, Means};
use property::DIFFERENCE;
use scan::Scan;
pub use stance::Stance;
use statement::{statements, with_cues};

/// Something a turn mentions, with the place in its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Bytes of the turn's text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: MentionKind,
}

/// Kinds of mention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MentionKind {
    /// A person, organisation or role, under its canonical name.
    Party {
        /// `Callum`, `landlord`, 周斌, 房东.
        name: String,
    },
    /// A statute, article or case, normalised.
    Authority {
        /// `Tenant Fees Act 2019`, 民法典第710条.
        name: String,
    },
    /// A typed value.
    Value(Value),
}

/// A value that a clause states of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Party or thing, normalised; empty where the clause names none.
    pub subject: String,
    /// Property, normalised; empty where the clause names none.
    pub attribute: String,
    /// The value.
    pub value: Value,
    /// Whether it is told as approximate ("about", 左右).
    pub approximate: bool,
    /// Bytes of the value itself.
    pub span: Range<usize>,
    /// Bytes of the clause around it.
    pub clause: Range<usize>,
    /// What the clause does to what was said before.
    pub cue: Cue,
}

/// How a clause relates to earlier statements of the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cue {
    /// It only states.
    None,
    /// It says that an earlier statement was wrong ("actually", 其实是, 记错了).
    Correction,
    /// It says that something has changed since ("has dropped", 改成, 现在).
    Change,
    /// It names a value in order to reject it ("not £1,385", 不是5800).
    Rejected,
}

/// A stretch of text between two marks of punctuation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Bytes of the turn's text.
    pub span: Range<usize>,
    /// The sentence it belongs to, counted from 0 within the turn.
    pub sentence: u32,
    /// What it does to what was said before.
    pub cue: Cue,
    /// Whether it affirms or denies.
    pub stance: Stance,
    /// Acts that it claims or denies.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Its content words, normalised, without repetition.
    pub terms: Vec<String>,
}

/// Two names of one party, as the text introduces them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Alias {
    /// The name to use: a proper name rather than a role.
    pub name: String,
    /// The other name: `landlord` in "my landlord, Mr Whitcombe".
    pub alias: String,
}

/// Everything read out of one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extraction {
    /// Mentions in order of their place.
    pub mentions: Vec<Mention>,
    /// Statements in order of their place.
    pub statements: Vec<Statement>,
    /// Clauses in order of their place, covering every word of the text.
    pub clauses: Vec<Clause>,
    /// Names that the text says are one party's.
    pub aliases: Vec<Alias>,
    /// Numbers that are part of none of these, in order of their place.
    pub numbers: Vec<Number>,
}

/// A number that counts nothing that is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// How many.
    pub count: Decimal,
    /// Bytes of the turn's text.
    pub span: Range<usize>,
    /// Bytes of the clause around it.
    pub clause: Range<usize>,
}

/// A value and where it stands.
type Found = (Range<usize>, Value);

/// Reads one turn's text; relative dates are resolved against `at`.
///
/// English and Chinese alike, also mixed within a text. Never fails: what is
/// not understood is not extracted.
pub fn extract(text: &str, at: DateTime) -> Extraction {
    extract_knowing(text, at, &[])
}

/// Reads one turn's text as [`extract`] does, with names of parties that earlier
/// turns told.
pub fn extract_knowing(text: &str, at: DateTime, known: &[String]) -> Extraction {
    let mut scan = Scan::new(text, at);
    let authorities = scan.take(authority::find(&scan));
    let values = values(&mut scan);
    let words = tagged(text, false);
    let (mut parties, aliases) = party::find(&scan, known);
    parties.retain(|(span, _)| scan.is_free(span));
    let stretches = clause::clauses(text, scan.taken());
    let statements = statements(text, &words, &parties, &stretches, values);
    let cues = cue::cues(text, &stretches, |span| {
        let within = |s: &&Statement| span.start <= s.span.start && s.span.end <= span.end;
        statements.iter().filter(within).any(|s| is_content(at, s))
    });
    let statements = with_cues(text, statements, &stretches, &cues);
    // Identifiers tell what a clause is about as names do.
    let measured: Vec<Range<usize>> = statements
        .iter()
        .filter(|s| !matches!(s.value, Value::Identifier { .. }))
        .map(|s| s.span.clone())
        .collect();
    let sentence = |number: u32| {
        let mut own = stretches.iter().filter(|s| s.sentence == number);
        let start = own.clone().next().map_or(0, |first| first.span.start);
        &text[start..own.next_back().map_or(start, |last| last.span.end)]
    };
    let clauses = stretches.iter().zip(cues).map(|(stretch, cue)| {
        let said = &text[stretch.span.clone()];
        Clause {
            terms: terms::content(text, &stretch.span, &words, &measured),
            stance: Stance::of(said),
            claims: claim::claims(said, sentence(stretch.sentence)),
            span: stretch.span.clone(),
            sentence: stretch.sentence,
            cue,
        }
    });
    let around = |span: &Range<usize>| {
        let mut stretches = stretches.iter();
        let found = stretches.find(|s| s.span.start <= span.start && span.end <= s.span.end);
        found.map_or(span.clone(), |stretch| stretch.span.clone())
    };
    let numbers = plain::find(&scan).into_iter().map(|(span, count)| Number {
        count,
        clause: around(&span),
        span,
    });
    Extraction {
        numbers: numbers.collect(),
        clauses: clauses.collect(),
        mentions: mentions(authorities, parties, &statements),
        statements,
        aliases,
    }
}

/// Whether a value can be what a sentence is about: not "yesterday", which tells
/// when it was said, nor "a week out", which tells how far off another was.
fn is_content(at: DateTime, statement: &Statement) -> bool {
    match &statement.value {
        Value::Date { date, inferred, .. } => !inferred || (*date - at.date()).get_days().abs() > 1,
        Value::Duration { .. } | Value::Money { .. } => statement.attribute != DIFFERENCE,
        _ => true,
    }
}

/// Typed values in order of their place. The surer a kind's form, the earlier
/// it is read; bare numbers come last.
fn values(scan: &mut Scan<'_>) -> Vec<Found> {
    const KINDS: [fn(&Scan<'_>) -> Vec<Found>; 7] = [
        identifier::find,
        date::find,
        percent::find,
        money::find,
        duration::find,
        quantity::find,
        money::find_bare,
    ];
    let mut values = Vec::new();
    for find in KINDS {
        let found = find(scan);
        values.extend(scan.take(found));
    }
    let joined = money::find_joined(scan, &values);
    values.extend(scan.take(joined));
    values.sort_by_key(|(span, _)| span.start);
    without_rates(scan.text, values)
}

/// 一天260, 一个月还4370: what an amount is paid for each of is no length of time.
fn without_rates(text: &str, values: Vec<Found>) -> Vec<Found> {
    let money = |value: &Value| matches!(value, Value::Money { .. });
    let of_each = |i: usize| {
        let (span, value) = &values[i];
        let one = matches!(value, Value::Duration { count, .. } if *count == Decimal::ONE);
        let before = i.checked_sub(1).map(|i| &values[i]);
        let behind = before
            .is_some_and(|(other, v)| money(v) && text[other.end..span.start].trim().is_empty());
        let ahead = values.get(i + 1).is_some_and(|(other, v)| {
            money(v)
                && text[span.end..other.start]
                    .chars()
                    .take(5)
                    .filter(|c| is_han(*c))
                    .count()
                    <= 3
                && text[span.end..other.start].chars().all(is_han)
                // 隔了一个礼拜又转了一万五
                && !text[span.end..other.start].contains(['又', '再', '就', '才', '后', '内'])
        });
        one && text[span.clone()].contains(is_han) && (behind || ahead)
    };
    let kept: Vec<bool> = (0..values.len()).map(|i| !of_each(i)).collect();
    let kept = values.into_iter().zip(kept).filter(|(_, kept)| *kept);
    kept.map(|(value, _)| value).collect()
}

fn mentions(
    authorities: Vec<(Range<usize>, String)>,
    parties: Vec<party::Named>,
    statements: &[Statement],
) -> Vec<Mention> {
    let authorities = authorities.into_iter().map(|(span, name)| Mention {
        span,
        kind: MentionKind::Authority { name },
    });
    let parties = parties.into_iter().map(|(span, name)| Mention {
        span,
        kind: MentionKind::Party { name },
    });
    let values = statements.iter().map(|s| Mention {
        span: s.span.clone(),
        kind: MentionKind::Value(s.value.clone()),
    });
    let mut mentions: Vec<Mention> = authorities.chain(parties).chain(values).collect();
    mentions.sort_by_key(|mention| mention.span.start);
    mentions
}

/// The properties that a text names and that can have such a value, under the names
/// that [`Statement::attribute`] has.
pub fn properties_named(text: &str, value: &Value) -> BTreeSet<String> {
    property::named(text, value)
}

/// Whether a party's name is a role or kin, not a person's own.
pub fn is_role(name: &str) -> bool {
    party::is_role(name)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at() -> DateTime {
        jiff::civil::date(2024, 5, 15).at(9, 0, 0, 0)
    }

    fn stated(text: &str) -> Vec<(String, String, Cue)> {
        let statements = extract(text, at()).statements.into_iter();
        let surface = |s: Statement| (text[s.span].to_owned(), s.attribute, s.cue);
        statements.map(surface).collect()
    }

    #[test]
    fn tells_what_a_value_is_of() {
        for (text, attribute) in [
            ("The deposit was £900", "deposit"),
            ("They kept my deposit. £900 it was.", "deposit"),
            ("I pay £850 rent", "rent"),
            ("the boiler cost $420", "cost"),
            ("押金一共6200元", "押金"),
            ("月租5800", "租金"),
        ] {
            assert_eq!(stated(text)[0].1, attribute, "{text}");
        }
    }

    #[test]
    fn cues_cover_what_they_announce() {
        for (text, surface, cue) in [
            (
                "I got the rent wrong: it was £900.",
                "£900",
                Cue::Correction,
            ),
            (
                "One correction. The rent was £900.",
                "£900",
                Cue::Correction,
            ),
            ("It was £900, not £950.", "£950", Cue::Rejected),
            ("It was £900, not £950.", "£900", Cue::Correction),
            ("It was five months, not seven.", "seven", Cue::Rejected),
            ("The rent has gone up to £990.", "£990", Cue::Change),
            ("The rent is £990.", "£990", Cue::None),
            ("我记错了,押金是6200元。", "6200元", Cue::Correction),
            ("是6200元,不是5800元。", "5800元", Cue::Rejected),
            ("房租涨到7000元了", "7000元", Cue::Change),
            ("房租是7000元", "7000元", Cue::None),
        ] {
            let found = stated(text).into_iter().find(|(s, ..)| s == surface);
            assert_eq!(found.map(|(.., cue)| cue), Some(cue), "{text}: {surface}");
        }
    }

    #[test]
    fn reads_mixed_text() {
        let found = extract("房东Mr Hargreave收了£900押金,3月5号付的。", at());
        let kinds: Vec<&MentionKind> = found.mentions.iter().map(|m| &m.kind).collect();
        assert!(matches!(kinds[0], MentionKind::Party { name } if name == "房东"));
        assert!(
            kinds
                .iter()
                .any(|k| matches!(k, MentionKind::Party { name } if name == "Mr Hargreave"))
        );
        assert!(
            kinds
                .iter()
                .any(|k| matches!(k, MentionKind::Value(Value::Money { .. })))
        );
        assert!(
            kinds
                .iter()
                .any(|k| matches!(k, MentionKind::Value(Value::Date { .. })))
        );
    }

    proptest! {
        #[test]
        fn spans_lie_in_the_text(text in "(?s).{0,60}|[a-zA-Z£$0-9,.年月日号元不是 其实wasnot]{0,60}") {
            let found = extract(&text, at());
            for mention in &found.mentions {
                prop_assert!(text.get(mention.span.clone()).is_some_and(|s| !s.is_empty()));
            }
            for statement in &found.statements {
                prop_assert!(text.get(statement.clause.clone()).is_some());
                prop_assert!(statement.clause.start <= statement.span.start);
                prop_assert!(statement.span.end <= statement.clause.end);
            }
            for pair in found.clauses.windows(2) {
                prop_assert!(pair[0].span.end <= pair[1].span.start);
                prop_assert!(pair[0].sentence <= pair[1].sentence);
            }
        }
    }
}
