//! What somebody or something is called, from the sentences that say so.

use estoppel_memory::TurnId;
use estoppel_memory::extract::Cue;

use super::ReadError;
use super::ask::Ask;
use super::conflict;
use super::desk::Desk;
use super::line::Line;
use super::naming::{Naming, Says, asked, namings};
use super::reply::Reply;
use crate::language::Language;

/// How near in meaning what a question says and what the record says of one thing are at
/// least, and how much nearer than the next, as cosines. The encoder puts Chinese phrases
/// nearer to each other than English ones. Chosen on generated consultations.
fn threshold(language: Language) -> (f32, f32) {
    match language {
        Language::En => (0.82, 0.009),
        Language::Zh => (0.865, 0.015),
    }
}

/// A name where it is told.
#[derive(Clone, Copy, Debug)]
struct Told<'t> {
    line: usize,
    turn: TurnId,
    naming: Naming<'t>,
    corrects: bool,
}

/// The name that a question asks for, if it asks for one and sentences tell it.
pub(super) fn is_called(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    language: Language,
) -> Result<Option<Reply>, ReadError> {
    let Some(of) = asked(question) else {
        return Ok(None);
    };
    let told = told(desk, ask);
    let told = of_thing(desk, of, &told)?;
    let (held, gone) = standing(&told);
    let Some((last, earlier)) = held.split_last() else {
        return Ok((!desk.looking && is_unheard(desk, of)).then(|| Reply::declined(language)));
    };
    let other = earlier
        .iter()
        .find(|t| !alike(t.naming.name, last.naming.name));
    Ok(Some(match other {
        Some(other) => conflict::between(desk, other.line, last.line, language),
        None => {
            let gone: Vec<(&str, TurnId)> = gone.iter().map(|t| (t.naming.name, t.turn)).collect();
            Reply::corrected(last.naming.name, last.turn, &gone, language)
        }
    }))
}

/// Whether no sentence shares a word with this thing, though most are in its language.
fn is_unheard(desk: &Desk<'_>, of: &str) -> bool {
    let language = Language::of(of);
    let foreign = |line: &&Line<'_>| Language::of(line.text()) != language;
    2 * desk.lines.iter().filter(foreign).count() < desk.lines.len()
        && (0..desk.lines.len()).all(|line| desk.covers(line, of) == 0.0)
}

/// Every name that is told by whom the question asks about, in the order of the record.
fn told<'t>(desk: &Desk<'t>, ask: &Ask) -> Vec<Told<'t>> {
    let mut told: Vec<Told<'t>> = Vec::new();
    for (at, line) in desk.lines.iter().enumerate() {
        if line.turn.role != ask.said_by || line.asks() {
            continue;
        }
        let corrects = line
            .clauses
            .iter()
            .any(|clause| clause.cue == Cue::Correction);
        let text = &line.turn.text[line.span.clone()];
        let namings = namings(text);
        let rejects = namings.iter().any(|naming| naming.says == Says::IsNot);
        for mut naming in namings {
            let before = told
                .last()
                .filter(|t| t.turn == line.turn.id && t.line + 1 >= at);
            let goes_on = before.is_some_and(|t| t.naming.says == Says::IsNot);
            if naming.of.is_empty() {
                naming.of = before.map_or("", |t| t.naming.of);
            }
            told.push(Told {
                line: at,
                turn: line.turn.id,
                naming,
                corrects: corrects || rejects || goes_on,
            });
        }
    }
    told
}

/// Those that tell the name of this thing: under all of its words, or else what is
/// nearest to it in meaning.
fn of_thing<'t>(
    desk: &mut Desk<'_>,
    of: &str,
    told: &[Told<'t>],
) -> Result<Vec<Told<'t>>, ReadError> {
    const ALL: f32 = 0.99;
    let mut things: Vec<&str> = told.iter().map(|t| t.naming.of).collect();
    things.retain(|thing| !thing.is_empty());
    things.sort_unstable();
    things.dedup();
    let mut same: Vec<&str> = things.clone();
    same.retain(|thing| desk.shares(of, thing) >= ALL);
    if same.is_empty() {
        same.extend(nearest(desk, of, &things)?);
    }
    let is_of = |t: &&Told<'t>| same.contains(&t.naming.of);
    Ok(told.iter().filter(is_of).copied().collect())
}

/// The thing nearest in meaning, if it is near and no other is about as near. What shares
/// only some of the words is of the same person, or a thing of the same kind.
fn nearest<'t>(
    desk: &mut Desk<'_>,
    of: &str,
    things: &[&'t str],
) -> Result<Option<&'t str>, ReadError> {
    let Some(near) = desk.likeness(of, things)? else {
        return Ok(None);
    };
    let mut near: Vec<(f32, &str)> = near.into_iter().zip(things.iter().copied()).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (least, margin) = threshold(Language::of(of));
    let next = near.get(1).map_or(0.0, |next| next.0);
    let first = near.first().filter(|(score, thing)| {
        *score >= least && *score >= next + margin && desk.shares(of, thing) == 0.0
    });
    Ok(first.map(|(_, thing)| *thing))
}

/// The names that nothing took back, and those that something did.
fn standing<'t>(told: &[Told<'t>]) -> (Vec<Told<'t>>, Vec<Told<'t>>) {
    let (mut held, mut gone) = (Vec::<Told<'t>>::new(), Vec::new());
    for &t in told {
        let is = t.naming.says == Says::Is;
        let (out, stays): (Vec<_>, Vec<_>) = held.into_iter().partition(|h: &Told<'t>| {
            let same = alike(h.naming.name, t.naming.name);
            match is {
                true => t.corrects && !same && h.turn != t.turn,
                false => same,
            }
        });
        gone.extend(out);
        held = stays;
        if is {
            held.push(t);
        }
    }
    (held, gone)
}

/// Whether two names may be one: "Callum" and "Callum Whitcombe".
fn alike(a: &str, b: &str) -> bool {
    a.contains(b) || b.contains(a)
}
