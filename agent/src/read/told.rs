//! The answer that a value of the record gives, or several.

use estoppel_memory::TurnId;

use super::ask::{Ask, Wanted};
use super::choose::Kind;
use super::desk::{Candidate, Desk};
use super::evidence_set::EvidenceSets;
use super::form::Form;
use super::guess::Guess;
use super::purpose::Purpose;
use super::reply::Reply;
use super::{ReadError, conflict, quote};
use crate::language::Language;

/// A value that is less likely than this to be the answer is not given by itself: what was said is
/// quoted, which most often holds the right one. But "last Tuesday" in a quotation does not say
/// which day that was.
const SURE: f32 = 0.8;
const SURE_OF_DAY: f32 = 0.3;

/// What the record tells of the kind that a question asks for, or that it does not.
pub(super) fn value(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    guess: &Guess,
    scores: &[f32],
    sets: &EvidenceSets,
    language: Language,
) -> Result<Option<Reply>, ReadError> {
    let pieces = desk.pieces(ask, question, guess)?;
    let candidates = in_sets(desk, pieces.answers(), sets);
    if let Some(reply) = conflict::values(desk, ask, question, &candidates, language) {
        return Ok(Some(reply));
    }
    if guess.purpose() == Purpose::Several
        && let Some(several) = several(&pieces.operands(), guess)
    {
        return Ok(Some(Reply::values(desk, &several, language)));
    }
    let settled = settled(&candidates, scores);
    let first = candidates.first();
    let nameless = ask.wanted == Wanted::Identifier && first.is_none();
    let declines = first.is_some_and(|c| of_another(desk, c, ask, question))
        || nameless
        || settled.is_none() && unsaid(desk, ask, question, scores);
    if declines {
        return Ok(Some(Reply::declined(language)));
    }
    let sure = match guess.form() {
        Form::Value(Kind::Date) => SURE_OF_DAY,
        _ => SURE,
    };
    if desk.looking && first.is_some() && share(&candidates) < sure {
        let telling = desk.telling(question, scores)?;
        if let Some(said) = quote::nearest(desk, ask, question, &telling, sets, language) {
            return Ok(Some(said));
        }
    }
    Ok(first.map(|candidate| Reply::value(desk, candidate, language)))
}

/// The share of the likeliest value, all that are the same together, of all.
fn share(values: &[Candidate]) -> f32 {
    let first = values.first().map(|value| &value.item.value);
    let likely = |of: &Candidate| of.score.exp();
    let same = values
        .iter()
        .filter(|value| Some(&value.item.value) == first);
    same.map(likely).sum::<f32>() / values.iter().map(likely).sum::<f32>()
}

/// Values, each as likely as it is by itself and as the likeliest set that has its turn is, the
/// likeliest first.
fn in_sets(desk: &Desk<'_>, mut values: Vec<Candidate>, sets: &EvidenceSets) -> Vec<Candidate> {
    for value in &mut values {
        value.score -= sets.behind(desk.lines[value.line].turn.id);
    }
    values.sort_by(|a, b| b.score.total_cmp(&a.score));
    let most = values.first().map_or(0.0, |value| value.score);
    values.iter_mut().for_each(|value| value.score -= most);
    values
}

/// The values likely to answer a question that asks for more than one, in the order of the
/// record, if there are as many.
fn several(operands: &[Candidate], guess: &Guess) -> Option<Vec<Candidate>> {
    /// Nats behind the likeliest.
    const BEHIND: f32 = 2.5;
    const MOST: usize = 4;
    let kind = |c: &Candidate| Kind::of(&c.item.value);
    let days = guess.form() == Form::Value(Kind::Date);
    let of_form = |c: &&Candidate| (kind(c) == Kind::Date) == days;
    let mut operands = operands.iter().filter(of_form).peekable();
    let first = *operands.peek()?;
    let near = operands.take_while(|c| c.score >= first.score - BEHIND);
    let mut several: Vec<Candidate> = Vec::new();
    for candidate in near.filter(|c| kind(c) == kind(first)) {
        let told = several.iter().any(|c| c.item.value == candidate.item.value);
        if !told && several.len() < MOST {
            several.push(candidate.clone());
        }
    }
    several.sort_by_key(|c| (c.line, c.item.span.start));
    (several.len() > 1).then_some(several)
}

/// The likeliest value, if its sentence is about as near as any and no other value is as
/// likely.
fn settled<'c>(candidates: &'c [Candidate], scores: &[f32]) -> Option<&'c Candidate> {
    /// Nats, both.
    const GAP: f32 = 2.5;
    const MARGIN: f32 = 0.5;
    let first = candidates.first()?;
    let other = |c: &&Candidate| c.item.value != first.item.value && c.line != first.line;
    let margin = candidates
        .iter()
        .find(other)
        .map_or(MARGIN, |next| first.score - next.score);
    (scores[first.line] >= -GAP && margin >= MARGIN).then_some(first)
}

/// Whether a question names somebody of whom the likeliest value's turn does not speak, while
/// another that does tells much of what is asked about, and nothing of the kind.
fn of_another(desk: &Desk<'_>, candidate: &Candidate, ask: &Ask, question: &str) -> bool {
    /// Of the question's words, that the value's sentence holds at most.
    const LITTLE: f32 = 0.45;
    /// That the other sentence holds at least.
    const MUCH: f32 = 0.5;
    let tells_none = |turn: TurnId| {
        let of_turn = desk.lines.iter().filter(|line| line.turn.id == turn);
        let mut items = of_turn.flat_map(|line| &line.items);
        !items.any(|item| ask.wanted.is(&item.value))
    };
    let of_whom = |at: usize| {
        !desk.is_strange(at, question)
            && desk.covers(at, question) >= MUCH
            && tells_none(desk.lines[at].turn.id)
    };
    desk.is_strange(candidate.line, question)
        && desk.covers(candidate.line, question) < LITTLE
        && (0..desk.lines.len()).any(of_whom)
}

/// Whether the sentence nearest to a question tells much of what it asks about, and its
/// turn nothing of the kind that is wanted.
fn unsaid(desk: &Desk<'_>, ask: &Ask, question: &str, scores: &[f32]) -> bool {
    const COVERS: f32 = 0.5;
    let states = |at: &usize| !desk.lines[*at].asks() && desk.lines[*at].turn.role == ask.said_by;
    let best = (0..scores.len())
        .filter(states)
        .max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let valued = !matches!(ask.wanted, Wanted::Name | Wanted::Open | Wanted::Whether);
    best.is_some_and(|best| {
        let turn = desk.lines[best].turn.id;
        let of_turn = desk.lines.iter().filter(|line| line.turn.id == turn);
        let tells = of_turn
            .flat_map(|line| &line.items)
            .any(|item| ask.wanted.is(&item.value));
        valued && !tells && desk.covers(best, question) >= COVERS
    })
}
