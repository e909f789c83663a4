//! Reading the record for an answer, before a model is asked: a value that stands in
//! it, a length of time or a sum that follows from it, two accounts that differ, or
//! that it does not say. What is left goes to the model.

mod around;
mod ask;
pub(crate) mod choose;
pub(crate) mod classes;
mod conflict;
pub(crate) mod coverage;
mod desk;
pub(crate) mod doubt;
pub(crate) mod evidence_set;
pub(crate) mod form;
mod gaze;
pub(crate) mod guess;
mod line;
pub(crate) mod manner;
mod naming;
pub(crate) mod network;
mod order;
mod parts;
mod pieces;
pub(crate) mod pointing;
pub(crate) mod purpose;
mod quote;
mod rank;
pub(crate) mod reckon;
mod reply;
mod telling;
#[cfg(test)]
mod tests;
mod told;
mod vectors;
pub(crate) mod weigh;
mod who;
pub(crate) mod working;

use estoppel_memory::{EmbedError, TurnId, Value};
use estoppel_model::GenerateError;
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::language::Language;
pub(crate) use ask::Ask;
use ask::Wanted;
use choose::Told;
use coverage::Coverage;
use desk::Candidate;
pub(crate) use desk::{Desk, Senses, flag};
use evidence_set::EvidenceSets;
use form::Form;
pub(crate) use gaze::{Gaze, Most};
use guess::Guess;
use pointing::QuestionClasses;
use purpose::Purpose;
pub(crate) use reply::{Reply, written};
pub(crate) use vectors::SentenceVectors;
use weigh::Features;

/// The record cannot be read for an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The encoder failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The model failed.
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is valid")
}

/// What reading the record for an answer comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The record gives the answer.
    Answer(Reply),
    /// It takes a model: the turns that are likely to answer, the likeliest first; none for
    /// a message that asks nothing.
    Open(Vec<TurnId>),
}

/// Reads the sentences on the desk for the answer to a message.
pub(crate) fn read(desk: &mut Desk<'_>, message: &str) -> Result<Reading, ReadError> {
    if !ask::asks(message) {
        return Ok(Reading::Open(Vec::new()));
    }
    let reply = reply(desk, message)?;
    let ask = Ask::of(message);
    let scores = desk.scores(&ask, message)?;
    let Some(reply) = reply else {
        return Ok(Reading::Open(desk.likely(&scores)));
    };
    if reply.declines() {
        return Ok(Reading::Answer(reply));
    }
    let guess = desk.guess(&ask, message)?;
    let sets = answering_sets(desk, &ask, message, &guess)?;
    let others = beside(desk, &reply, &guess, &sets, &scores);
    let reply = match guess.purpose() {
        Purpose::Several => {
            let telling = desk.telling(message, &scores)?;
            quote::quoting(desk, reply, &others, &telling, Language::of(message))
        }
        _ => reply,
    };
    Ok(Reading::Answer(reply.with(others)))
}

/// The turns that most likely answer together with those of an answer; beside what was
/// amended only something later may stand.
fn beside(
    desk: &Desk<'_>,
    reply: &Reply,
    guess: &Guess,
    sets: &EvidenceSets,
    scores: &[f32],
) -> Vec<TurnId> {
    let amended = match guess.purpose() {
        Purpose::Current => true,
        Purpose::Several => false,
        _ => rests_on_change(desk, reply, scores),
    };
    let last = reply.turns.last();
    let may_stand = |turn: &TurnId| {
        reply.turns.contains(turn)
            || !reply.history.contains(turn) && (!amended || Some(turn) > last)
    };
    let set = sets.with(&reply.turns, |turns| turns.iter().all(may_stand));
    // A time rests on the days that it is reckoned from; of a sum a figure may be missing.
    let of_days = matches!(guess.purpose(), Purpose::Between | Purpose::LastDay);
    let set = set.filter(|_| !of_days);
    let set = set.unwrap_or_default().iter().copied();
    set.filter(|turn| !reply.turns.contains(turn)).collect()
}

/// Whether the likeliest sentence of an answer's last turn takes something back or tells of a
/// change.
fn rests_on_change(desk: &Desk<'_>, reply: &Reply, scores: &[f32]) -> bool {
    let own = |at: &usize| Some(&desk.lines[*at].turn.id) == reply.turns.last();
    let best = (0..scores.len()).filter(own);
    let best = best.max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    best.is_some_and(|best| desk.lines[best].amends())
}

/// What the reader knows of all that lies before it for a question.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Weighed {
    /// Each sentence, with its turn.
    pub(crate) sentences: Vec<(u32, Features)>,
    /// The values, in the order of the record.
    pub(crate) values: Vec<Told>,
    /// The most that any sentence has of the model's attention.
    pub(crate) attention: Most,
    /// The question's own vector; empty without an encoder.
    pub(crate) question: Vec<f32>,
    /// What the pointer takes the question for.
    pub(crate) classes: QuestionClasses,
    /// What its tokens find in each turn, and in the clause of each value.
    pub(crate) coverage: Coverage,
    pub(crate) coverage_of_values: Coverage,
}

/// A value as an answer would give it.
#[derive(Clone, Debug)]
pub(crate) struct ValueTold {
    pub(crate) turn: u32,
    /// Whether it may be given as the answer.
    pub(crate) stands: bool,
    pub(crate) text: String,
    pub(crate) value: Value,
}

/// What is known of the sentences on the desk and of their values, beside a question; and
/// each value.
pub(crate) fn weigh(
    desk: &mut Desk<'_>,
    question: &str,
) -> Result<(Weighed, Vec<ValueTold>), ReadError> {
    let ask = Ask::of(question);
    let language = Language::of(question);
    let features = desk.features(&ask, question)?;
    let turns = desk.lines.iter().map(|line| line.turn.id.0);
    let sentences = turns.zip(features).collect();
    let (found, values) = desk.values(&ask, question)?;
    let told = |(value, told): (&Candidate, &Told)| ValueTold {
        turn: told.turn,
        stands: told.stands,
        text: reply::written(&value.item.value, &value.item.surface, language),
        value: value.item.value.clone(),
    };
    let told = found.iter().zip(&values).map(told).collect();
    let attention = desk.most_attention(question)?;
    let weighed = Weighed {
        sentences,
        values,
        attention,
        question: desk.vector(question)?,
        classes: desk
            .glance(question)?
            .map(|glance| glance.classes)
            .unwrap_or_default(),
        coverage: desk.coverage(question)?,
        coverage_of_values: desk.coverage_of(&found, question)?,
    };
    Ok((weighed, told))
}

/// The sets of turns that may answer a question: what holds after all changes is told in one turn,
/// and beside it another would be one that is stale.
fn answering_sets(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    guess: &Guess,
) -> Result<EvidenceSets, ReadError> {
    let sets = desk.evidence_sets(ask, question, guess)?;
    Ok(match guess.purpose() {
        Purpose::Current => sets.alone(),
        _ => sets,
    })
}

/// The answer that needs no model. The parts of a message are answered from the turns that most
/// likely answer all of it together.
fn reply(desk: &mut Desk<'_>, message: &str) -> Result<Option<Reply>, ReadError> {
    let parts = parts::parts(message);
    if parts.len() > 1 {
        let ask = Ask::of(message);
        let guess = desk.guess(&ask, message)?;
        let sets = desk.evidence_sets(&ask, message, &guess)?;
        let together = sets.likeliest(|_| true).unwrap_or_default();
        let mut replies = Vec::new();
        for part in &parts {
            match one(desk, part, Some(together))? {
                Some(reply) if !reply.declines() => replies.push(reply),
                _ => break,
            }
        }
        if replies.len() == parts.len() {
            return Ok(Some(Reply::joined(replies, Language::of(message))));
        }
    }
    one(desk, message, None)
}

/// Reads for one question; for one of several of a message, from these turns of which each answers
/// some.
fn one(
    desk: &mut Desk<'_>,
    question: &str,
    together: Option<&[TurnId]>,
) -> Result<Option<Reply>, ReadError> {
    let mut ask = Ask::of(question);
    let language = Language::of(question);
    let guess = desk.guess(&ask, question)?;
    let guess = match together {
        Some(_) => guess.of_a_part(),
        None => guess,
    };
    if let Some(reply) = order::of_two(desk, &ask, question, language)? {
        return Ok(Some(reply));
    }
    if let Some(reply) = who::is_called(desk, &ask, question, language)? {
        return Ok(Some(reply));
    }
    let scores = desk.scores(&ask, question)?;
    // Doubt is learnt with vectors, and without them knows nothing.
    let in_vectors = !desk.vector(question)?.is_empty();
    let doubtful = in_vectors && desk.doubts(&ask, question, &guess)?;
    let sets = answering_sets(desk, &ask, question, &guess)?;
    if guess.purpose() == Purpose::Accounts {
        let telling = desk.telling(question, &scores)?;
        let known = conflict::accounts(desk, &ask, question, &scores, language);
        let told_twice = known.or_else(|| conflict::versions(desk, &telling, &sets, language));
        if told_twice.is_some() {
            return Ok(told_twice);
        }
    }
    if doubtful {
        return Ok(Some(Reply::declined(language)));
    }
    if guess.purpose().reckons()
        && let Some(reply) = desk.reckoned(&ask, question, &guess, &sets)?
    {
        return Ok(Some(reply));
    }
    let sets = match together {
        Some(turns) => sets.each_of(turns),
        None => sets,
    };
    ask.settle();
    let form = guess.form_beside(&ask);
    if ask.wanted == Wanted::Whether && form == Form::Words && !conflict::in_doubt(&ask, question) {
        // What may or will be is no matter of record.
        return Ok(None);
    }
    ask.wanted = form.wanted(&ask);
    match form {
        Form::Words if !in_vectors && !quote::bears(desk, &ask, question, &scores) => Ok(None),
        Form::Words => {
            let telling = desk.telling(question, &scores)?;
            Ok(quote::nearest(
                desk, &ask, question, &telling, &sets, language,
            ))
        }
        Form::Value(_) => told::value(desk, &ask, question, &guess, &scores, &sets, language),
    }
}
