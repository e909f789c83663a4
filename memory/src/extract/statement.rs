//! Values as statements: where each stands, what it is stated of, and what it does to
//! what was said before.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;

use super::clause::Stretch;
use super::party::{self, Named};
use super::pattern::pattern;
use super::property::{self, DIFFERENCE};
use super::{Cue, Found, Statement, approximate, cue, subject};
use crate::fact::Value;
use crate::segment::Word;

/// Where a value stands.
pub(super) struct Place<'a> {
    pub text: &'a str,
    /// The text's words without marks and blanks.
    pub tokens: &'a [&'a Word<'a>],
    pub parties: &'a [Named],
    pub clauses: &'a [Stretch],
    /// The clause's index.
    pub clause: usize,
    pub span: &'a Range<usize>,
    /// Whether the value is a date.
    pub dated: bool,
    /// The other values of its kind.
    pub same_kind: &'a [Range<usize>],
}

impl Place<'_> {
    /// The index of the clause that a place of the text lies in.
    pub(super) fn clause_at(&self, at: usize) -> Option<usize> {
        let after = self.clauses.partition_point(|c| c.span.end <= at);
        let within = |c: &&Stretch| c.span.start <= at;
        self.clauses.get(after).filter(within).map(|_| after)
    }
}

/// The values of a text as statements, in order of their place.
pub(super) fn statements(
    text: &str,
    words: &[Word<'_>],
    parties: &[party::Named],
    clauses: &[Stretch],
    values: Vec<Found>,
) -> Vec<Statement> {
    let tokens: Vec<&Word<'_>> = words
        .iter()
        .filter(|word| word.text.chars().any(char::is_alphanumeric))
        .collect();
    let spans = |kind: &Value| -> Vec<Range<usize>> {
        let kind = std::mem::discriminant(kind);
        let same = values
            .iter()
            .filter(|(_, v)| std::mem::discriminant(v) == kind);
        same.map(|(span, _)| span.clone()).collect()
    };
    let mut statements = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (span, value) in &values {
        let holds = |c: &Stretch| c.span.start <= span.start && span.end <= c.span.end;
        let Some(clause) = clauses.iter().position(holds) else {
            continue;
        };
        let place = Place {
            text,
            tokens: &tokens,
            parties,
            clauses,
            clause,
            span,
            dated: matches!(value, Value::Date { .. }),
            same_kind: &spans(value),
        };
        let offset = match value {
            Value::Duration { .. } => cue::is_offset(text, span),
            Value::Money { .. } => cue::is_shortfall(text, span),
            _ => false,
        };
        let told = match offset {
            true => property::Told {
                name: DIFFERENCE.to_owned(),
                sure: true,
            },
            false => property::attribute(&place, value),
        };
        if matches!(value, Value::Date { .. }) && property::goes_with_amount(&place, &told) {
            open.push(statements.len());
        }
        statements.push(Statement {
            subject: subject::subject(&place, &told.name),
            attribute: told.name,
            approximate: approximate::is_approximate(text, span),
            clause: clauses[clause].span.clone(),
            cue: Cue::None,
            value: value.clone(),
            span: span.clone(),
        });
    }
    dated_as_amounts(clauses, &mut statements, &open);
    put_off(text, clauses, &mut statements);
    statements
}

/// 排了7月24日开庭,又挪到8月6日: what is put off is what was fixed before.
fn put_off(text: &str, clauses: &[Stretch], statements: &mut [Statement]) {
    static MOVED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?:挪|推|改|调|延|拖|提前|推迟|延期|顺延)[到至]?(?:了)?$"));
    let sentence = |at: usize| clauses.iter().find(|c| c.span.end > at).map(|c| c.sentence);
    for at in 1..statements.len() {
        let dated = |s: &Statement| matches!(s.value, Value::Date { .. });
        let (before, rest) = statements.split_at_mut(at);
        let here = &mut rest[0];
        let clause = &text[here.clause.start..here.span.start];
        // 交房推到6月30号 names itself what is put off; 又通知挪到8月6日 doesn't.
        let named = MOVED.find(clause).map_or("", |m| &clause[..m.start()]);
        let bare = ["", "又", "再", "刚", "通知", "说", "后来", "现在", "电话"].iter();
        if !dated(here)
            || !MOVED.is_match(clause)
            || !bare
                .into_iter()
                .any(|end| named.ends_with(end) && (!end.is_empty() || named.is_empty()))
        {
            continue;
        }
        let near = |s: &&Statement| {
            dated(s)
                && sentence(here.span.start)
                    .zip(sentence(s.span.start))
                    .is_some_and(|(a, b)| a.abs_diff(b) <= 1)
        };
        if let Some(old) = before.iter().rev().find(near) {
            here.attribute.clone_from(&old.attribute);
            here.subject.clone_from(&old.subject);
        }
    }
}

/// Gives days that are of nothing else the property of the amount in their clause.
fn dated_as_amounts(clauses: &[Stretch], statements: &mut [Statement], open: &[usize]) {
    for &at in open {
        let clause = &statements[at].clause;
        let amounts = statements.iter().filter(|s| {
            s.clause == *clause && matches!(s.value, Value::Money { .. } | Value::Percent { .. })
        });
        let nearest = amounts
            .filter(|s| !s.attribute.is_empty() && s.attribute != property::OFFER)
            .min_by_key(|s| s.span.start.abs_diff(statements[at].span.start));
        let sentence = clauses
            .iter()
            .find(|c| c.span == *clause)
            .map(|c| c.sentence);
        let before = || {
            let amounts = statements[..at].iter().rev();
            let mut amounts = amounts.filter(|s| {
                let there = clauses
                    .iter()
                    .find(|c| c.span == s.clause)
                    .map(|c| c.sentence);
                there == sentence && matches!(s.value, Value::Money { .. })
            });
            amounts
                .next()
                .filter(|s| !s.attribute.is_empty() && s.attribute != property::OFFER)
        };
        if let Some(amount) = nearest.or_else(before) {
            let (attribute, subject) = (amount.attribute.clone(), amount.subject.clone());
            statements[at].attribute = attribute;
            statements[at].subject = subject;
        }
    }
}

/// Gives every statement its clause's cue. A value that is named to be rejected
/// makes its sentence a correction; a rejected number that leaves its unit to
/// another value is added: "five months, not seven".
pub(super) fn with_cues(
    text: &str,
    mut statements: Vec<Statement>,
    clauses: &[Stretch],
    cues: &[Cue],
) -> Vec<Statement> {
    let clause_of = |at: usize| {
        clauses
            .iter()
            .position(|c| c.span.start <= at && at < c.span.end)
    };
    let spans: Vec<Range<usize>> = statements.iter().map(|s| s.span.clone()).collect();
    for statement in &mut statements {
        statement.cue = match clause_of(statement.span.start) {
            _ if cue::rejects(text, &statement.span) => Cue::Rejected,
            Some(clause) if cues[clause] == Cue::Change => {
                let dated = matches!(statement.value, Value::Date { .. });
                let sentence = clauses
                    .iter()
                    .filter(|c| c.sentence == clauses[clause].sentence);
                let words: Vec<&str> = sentence.map(|c| &text[c.span.clone()]).collect();
                match cue::change_fits(&words.join(" "), dated) {
                    true => Cue::Change,
                    false => Cue::None,
                }
            }
            // One more beside what was told corrects nothing, nor does the reason why.
            Some(_) if cue::adds(text, &statement.span) => Cue::None,
            Some(clause)
                if cue::explains(&text[clauses[clause].span.clone()])
                    && told_elsewhere(&spans, &clauses[clause], clauses) =>
            {
                Cue::None
            }
            Some(clause) => cues[clause],
            None => Cue::None,
        };
    }
    for (span, number) in cue::rejected_numbers(text) {
        let sentence = |at: usize| clause_of(at).map(|i| clauses[i].sentence);
        let beside = statements
            .iter()
            .rfind(|s| s.span.end <= span.start && sentence(s.span.start) == sentence(span.start));
        let Some(value) = beside.and_then(|s| with_number(&s.value, number)) else {
            continue;
        };
        let (Some(clause), Some(beside)) = (clause_of(span.start), beside) else {
            continue;
        };
        let rejected = Statement {
            value,
            clause: clauses[clause].span.clone(),
            cue: Cue::Rejected,
            span,
            ..beside.clone()
        };
        if statements
            .iter()
            .all(|s| s.span.end <= rejected.span.start || rejected.span.end <= s.span.start)
        {
            statements.push(rejected);
        }
    }
    statements.sort_by_key(|s| s.span.start);
    let rejecting: Vec<u32> = statements
        .iter()
        .filter(|s| s.cue == Cue::Rejected)
        .filter_map(|s| clause_of(s.span.start).map(|i| clauses[i].sentence))
        .collect();
    let more = |s: &Statement| cue::adds(text, &s.span);
    for statement in statements
        .iter_mut()
        .filter(|s| s.cue != Cue::Rejected && !more(s))
    {
        let sentence = clause_of(statement.span.start).map(|i| clauses[i].sentence);
        if sentence.is_some_and(|s| rejecting.contains(&s)) {
            statement.cue = Cue::Correction;
        }
    }
    statements
}

/// Whether a sentence has values in other clauses than this.
fn told_elsewhere(values: &[Range<usize>], here: &Stretch, clauses: &[Stretch]) -> bool {
    let others = clauses
        .iter()
        .filter(|c| c.sentence == here.sentence && c.span != here.span);
    let mut others = others.map(|c| &c.span);
    others.any(|c| values.iter().any(|v| c.start <= v.start && v.end <= c.end))
}

/// The same kind of value with another number; nothing for dates and the like.
fn with_number(value: &Value, number: Decimal) -> Option<Value> {
    Some(match value.clone() {
        Value::Money { currency, .. } => Value::Money {
            amount: number,
            currency,
        },
        Value::Duration { unit, .. } => Value::Duration {
            count: number,
            unit,
        },
        Value::Percent { .. } => Value::Percent { percent: number },
        Value::Quantity { unit, .. } => Value::Quantity {
            count: number,
            unit,
        },
        Value::Date { .. } | Value::Identifier { .. } => return None,
    })
}
