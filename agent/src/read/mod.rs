//! Reading the record for an answer, before a model is asked: a value that stands in
//! it, a length of time or a sum that follows from it, two accounts that differ, or
//! that it does not say. What is left goes to the model.

mod around;
mod ask;
pub(crate) mod choose;
pub(crate) mod classes;
mod conflict;
mod desk;
pub(crate) mod doubt;
pub(crate) mod evidence_set;
mod gaze;
pub(crate) mod guess;
mod line;
mod naming;
pub(crate) mod network;
mod order;
mod parts;
mod pieces;
pub(crate) mod pointing;
mod quote;
mod rank;
pub(crate) mod reckon;
mod reply;
mod telling;
mod told;
mod vectors;
pub(crate) mod weigh;
mod who;

use estoppel_memory::{EmbedError, TurnId, Value};
use estoppel_model::GenerateError;
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::language::Language;
pub(crate) use ask::Ask;
use ask::Wanted;
use choose::Told;
use desk::Candidate;
pub(crate) use desk::{Desk, Senses, flag};
use evidence_set::EvidenceSets;
pub(crate) use gaze::{Gaze, Most};
use guess::{Form, Guess, Purpose};
use pointing::QuestionClasses;
pub(crate) use reply::Reply;
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

fn pattern(text: &str) -> Regex {
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
    let sets = desk.evidence_sets(&ask, message, &guess)?;
    let others = beside(desk, &reply, &guess, &sets, &scores);
    let reply = match guess.purpose() {
        Purpose::Several => {
            let telling = desk.telling(message, &scores)?;
            quote::quoting(desk, reply, &others, &telling, Language::of(message))
        }
        _ => reply,
    };
    let all = others
        .into_iter()
        .fold(reply, |reply, turn| reply.with(Some(turn)));
    Ok(Reading::Answer(all))
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
    let amended = guess.purpose() == Purpose::Current || rests_on_change(desk, reply, scores);
    let last = reply.turns.last();
    let may_stand = |turn: &TurnId| {
        reply.turns.contains(turn)
            || !reply.history.contains(turn) && (!amended || Some(turn) > last)
    };
    let set = sets.with(&reply.turns, |turns| turns.iter().all(may_stand));
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
}

/// A value as an answer would give it.
#[derive(Clone, Debug)]
pub(crate) struct ValueTold {
    pub(crate) turn: u32,
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
    let told = |value: &Candidate| ValueTold {
        turn: desk.lines[value.line].turn.id.0,
        text: reply::written(&value.item.value, &value.item.surface, language),
        value: value.item.value.clone(),
    };
    let told = found.iter().map(told).collect();
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
    };
    Ok((weighed, told))
}

/// The answer that needs no model.
fn reply(desk: &mut Desk<'_>, message: &str) -> Result<Option<Reply>, ReadError> {
    let parts = parts::parts(message);
    if parts.len() > 1 {
        let mut replies = Vec::new();
        for part in &parts {
            match one(desk, part)? {
                Some(reply) if !reply.declines() => replies.push(reply),
                _ => break,
            }
        }
        if replies.len() == parts.len() {
            return Ok(Some(Reply::joined(replies, Language::of(message))));
        }
    }
    one(desk, message)
}

/// Reads for one question.
fn one(desk: &mut Desk<'_>, question: &str) -> Result<Option<Reply>, ReadError> {
    let mut ask = Ask::of(question);
    let language = Language::of(question);
    let guess = desk.guess(&ask, question)?;
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
    let sets = desk.evidence_sets(&ask, question, &guess)?;
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
    let reckons = matches!(
        guess.purpose(),
        Purpose::Reckoning | Purpose::Between | Purpose::LastDay
    );
    if reckons && let Some(reply) = desk.reckoned(&ask, question, &guess, &sets)? {
        return Ok(Some(reply));
    }
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

#[cfg(test)]
mod tests {
    use estoppel_memory::{Matter, NewTurn, Ranking, Role};
    use jiff::civil::date;

    use super::reckon::Workings;
    use super::*;

    /// What is made of these turns, the client's and counsel's in turn, a day apart.
    fn on_desk<R>(
        turns: &[&str],
        question: &str,
        make: impl FnOnce(&mut Desk<'_>) -> Result<R, ReadError>,
    ) -> R {
        let mut matter = Matter::in_memory();
        for (i, text) in turns.iter().enumerate() {
            let role = if i % 2 == 0 {
                Role::Client
            } else {
                Role::Counsel
            };
            let at = date(2024, 3, 4 + i as i8).at(9, 0, 0, 0);
            matter
                .remember(NewTurn::new(role, at, *text), None)
                .expect("it is kept");
        }
        let found = matter.evidence(question, None, Ranking::Hybrid, 20);
        let found = found.expect("it is found");
        let vectors = SentenceVectors::default();
        let mut desk = Desk::new(
            matter.turns(),
            matter.graph(),
            &found,
            &vectors,
            Senses::default(),
        );
        make(&mut desk).expect("nothing can fail without an encoder")
    }

    /// What is answered from these turns.
    fn answer(turns: &[&str], question: &str) -> Option<Reply> {
        match on_desk(turns, question, |desk| read(desk, question)) {
            Reading::Answer(reply) => Some(reply),
            Reading::Open(_) => None,
        }
    }

    fn text(turns: &[&str], question: &str) -> String {
        answer(turns, question).map_or_else(String::new, |reply| reply.text)
    }

    const LOAN: [&str; 5] = [
        "I lent my cousin Rob £4,200 for a van on 3 January 2024. He promised to pay it back.",
        "Thank you. Was there anything in writing?",
        "A text. He sold the van on 20 February 2024.",
        "I see. Please check the amount against your statement.",
        "I got the loan wrong: I lent Rob £4,020, not £4,200.",
    ];

    #[test]
    fn a_value_is_given_as_it_was_corrected() {
        let reply = answer(&LOAN, "How much did I lend Rob?").expect("it is in the record");
        assert_eq!(reply.text, "£4,020 (earlier £4,200, since corrected).");
        assert_eq!(reply.turns, [TurnId(5)]);
        assert_eq!(reply.history, [TurnId(1)]);
    }

    #[test]
    fn what_was_looked_up_later_holds_in_the_end() {
        let turns = [
            "My basic pay at the depot was £2,310 a month.",
            "Thank you.",
            "I was wrong about my basic pay at the depot: the payslip says £2,285, not £2,310.",
        ];
        let asked = "What was my basic pay at the depot, really?";
        let reply = answer(&turns, asked).expect("it was told twice");
        assert!(reply.text.starts_with("£2,285"), "{}", reply.text);
    }

    #[test]
    fn days_between_two_things_are_counted() {
        let asked = "How many days after I lent him the money did he sell the van?";
        let reply = answer(&LOAN, asked).expect("both are dated");
        assert_eq!(
            reply.text,
            "48 days: from 3 January 2024 to 20 February 2024."
        );
        assert_eq!(reply.turns, [TurnId(1), TurnId(3)]);
    }

    #[test]
    fn a_relative_day_is_reckoned_and_shown() {
        let turns = ["我昨天去派出所报了案。", "好的。"];
        assert_eq!(
            text(&turns, "我是哪天去派出所报案的?"),
            "2024年3月3日（2024年3月4日说的“昨天”）。"
        );
    }

    #[test]
    fn two_accounts_are_both_told() {
        let turns = [
            "The guarantee: I never signed any guarantee, not once.",
            "Understood.",
            "I remember now, I signed the guarantee at the bank in June.",
        ];
        let reply = answer(&turns, "Did I sign the guarantee?").expect("two accounts");
        assert_eq!(reply.turns, [TurnId(1), TurnId(3)]);
        assert!(reply.text.contains("conflicts"), "{}", reply.text);
        assert!(reply.text.contains("never signed"), "{}", reply.text);
        assert!(reply.text.contains("at the bank in June"), "{}", reply.text);
    }

    #[test]
    fn whether_something_happened_is_told_as_it_was_said_twice() {
        let turns = [
            "The blue badge was up on the dashboard from the minute I parked.",
            "Understood.",
            "The badge was in my mother's handbag while we were in the chemist.",
        ];
        let asked = "Was the badge on the dashboard while I was parked?";
        let reply = answer(&turns, asked).expect("there are two accounts");
        for said in ["may conflict", "on the dashboard", "mother's handbag"] {
            assert!(reply.text.contains(said), "{}", reply.text);
        }
        assert_eq!(reply.turns, [TurnId(1), TurnId(3)]);
        // What may be is for the model.
        assert_eq!(answer(&turns, "Can I still appeal about the badge?"), None);
    }

    #[test]
    fn what_was_never_said_is_declined_in_the_language_of_the_question() {
        let turns = ["The surgeon who treated my knee was kind.", "Good."];
        let reply = answer(
            &turns,
            "What is the name of the surgeon who treated my knee?",
        );
        assert_eq!(reply, Some(Reply::declined(Language::En)));
        let turns = ["给我做膝盖手术的医生人很好。", "好的。"];
        let reply = answer(&turns, "给我做膝盖手术的医生叫什么名字?");
        assert_eq!(reply, Some(Reply::declined(Language::Zh)));
    }

    #[test]
    fn sums_are_made_of_what_was_said_and_show_it() {
        let turns = [
            "The tow cost me $385. A mechanic did the strip-down for $640.",
            "Keep the invoices.",
            "I have to correct something: the strip-down cost $695, not $640.",
        ];
        let asked = "What do the tow and the strip-down come to together?";
        let reply = answer(&turns, asked).expect("both are priced");
        assert_eq!(reply.text, "$385 + $695 = $1,080.");
        assert_eq!(reply.turns, [TurnId(1), TurnId(3)]);
        let turns = ["我请了护工,每天260元,请了6天。", "好的。"];
        assert_eq!(
            text(&turns, "请护工一共花了多少钱?"),
            "260元 × 6天 = 1560元。"
        );
    }

    #[test]
    fn names_are_given_as_they_were_corrected() {
        let turns = [
            "The roofer is called Ivan Marek. The rent is $900.",
            "Thank you.",
            "I had the name wrong: the roofer is Ivo Marchetti, not Ivan Marek. The form says RF-3301.",
        ];
        let reply = answer(&turns, "What is the name of the roofer?").expect("it was told");
        assert_eq!(
            reply.text,
            "Ivo Marchetti (earlier Ivan Marek, since corrected)."
        );
        assert_eq!(
            (reply.turns, reply.history),
            (vec![TurnId(3)], vec![TurnId(1)])
        );
        let turns = [
            "收银员的名字是卜小琴。",
            "好的。",
            "更正：收银员是卜小青，不是卜小琴。",
        ];
        assert_eq!(
            text(&turns, "收银员叫什么?"),
            "卜小青（最初说的卜小琴已更正）。"
        );
    }

    #[test]
    fn two_names_or_values_of_one_thing_are_both_told() {
        let turns = [
            "The roofer is called Ivan Marek. The viewing of the flat was on 3 May.",
            "Thank you.",
            "I spoke to the roofer; his name is Ivo Marchetti. The viewing of the flat was on 9 May.",
        ];
        for (question, one, other) in [
            ("What is the roofer called?", "Ivan Marek", "Ivo Marchetti"),
            ("When was the viewing of the flat?", "3 May", "9 May"),
        ] {
            let reply = answer(&turns, question).expect("both were told");
            assert!(reply.text.contains("conflicts"), "{}", reply.text);
            assert!(
                reply.text.contains(one) && reply.text.contains(other),
                "{}",
                reply.text
            );
            assert_eq!(reply.turns, [TurnId(1), TurnId(3)]);
        }
    }

    #[test]
    fn what_was_said_of_one_is_no_answer_about_another() {
        let turns = [
            "Kayla got the night post in May.",
            "I see.",
            "My salary was $52,000 a year.",
        ];
        assert_eq!(
            text(&turns, "What salary did Kayla get for the night post?"),
            "The record does not say."
        );
        assert_eq!(
            text(&turns, "What is the name of my dentist?"),
            "The record does not say."
        );
        // Another language has other words for what was said.
        assert_eq!(answer(&turns, "我的牙医叫什么?"), None);
    }

    #[test]
    fn what_two_things_cost_is_added_however_it_is_asked() {
        let turns = [
            "£4,912 went on the course. The opinion cost £238.",
            "Thank you.",
        ];
        for question in [
            "What is the total for the course and the opinion?",
            "How much have I spent on the course and the opinion in all?",
        ] {
            assert_eq!(
                text(&turns, question),
                "£4,912 + £238 = £5,150.",
                "{question}"
            );
        }
        let turns = ["修窑炉的账单是290块钱。临时仓储我花了5092块钱。", "好的。"];
        assert_eq!(
            text(&turns, "修窑炉和临时仓储加起来一共多少钱？"),
            "290块钱 + 5092块钱 = 5382元。"
        );
    }

    #[test]
    fn one_figure_is_compared_with_another() {
        let turns = [
            "The barn wanted $19,800 for the wedding.",
            "I see.",
            "The vineyard with the goat wants $22,450 for the wedding.",
        ];
        let asked = "How much pricier is the vineyard with the goat than the barn for the wedding?";
        let reply = answer(&turns, asked).expect("both are priced");
        assert_eq!(reply.text, "$22,450 − $19,800 = $2,650.");
        assert_eq!(reply.turns, [TurnId(1), TurnId(3)]);
    }

    #[test]
    fn two_days_are_put_in_order() {
        let asked = "Which came first, lending Rob the money or selling the van?";
        let reply = answer(&LOAN, asked).expect("both are dated");
        assert_eq!(reply.turns, [TurnId(1), TurnId(3)]);
        assert!(
            reply.text.starts_with("lending Rob the money came first"),
            "{}",
            reply.text
        );
        let turns = [
            "我3月4日收到了法院的信。",
            "好的。",
            "3月4日那天我还交了保证金。",
        ];
        assert_eq!(
            text(&turns, "收到法院的信和交保证金,哪个在前?"),
            "是同一天，都是2024年3月4日。"
        );
    }

    /// Without vectors and a model nothing tells which of it is asked for.
    #[test]
    fn what_figures_and_days_come_to_is_among_what_may_answer() {
        let premium: &[&str] = &[
            "My premium was $2.15 an hour.",
            "How many hours?",
            "Forty hours, and the premium is on all of them.",
        ];
        let invoices: &[&str] = &[
            "Invoice 12 is for $6,400 and invoice 14 for $4,650.",
            "Has anything been paid?",
            "They made a payment of $1,250 in April.",
        ];
        let clamp: &[&str] = &[
            "The parking people clamped my car on 7 February 2024.",
            "You may appeal in writing within sixty days of the clamping.",
        ];
        let account: &[&str] = &[
            "法院2024年1月15日冻结了他的卡。",
            "冻结之后三十日内必须起诉。",
        ];
        for (turns, question, text, from) in [
            (
                premium,
                "What does losing the premium cost me each week?",
                "$2.15 × Forty hours = $86.",
                vec![1, 3],
            ),
            (
                invoices,
                "What is still owing on the two invoices in total?",
                "$6,400 + $4,650 − $1,250 = $9,800.",
                vec![1, 3],
            ),
            (
                clamp,
                "What is the last day for my appeal to the parking people?",
                "7 April 2024: sixty days from 7 February 2024.",
                vec![1, 2],
            ),
            (
                account,
                "卡冻住以后,最迟哪天必须起诉?",
                "2024年2月14日：2024年1月15日起三十日。",
                vec![1, 2],
            ),
        ] {
            let reckonings = on_desk(turns, question, |desk| {
                let ask = Ask::of(question);
                let guess = desk.guess(&ask, question)?;
                let sets = desk.evidence_sets(&ask, question, &guess)?;
                let pieces = desk.pieces(&ask, question, &guess)?;
                let workings = Workings {
                    question,
                    told: &pieces.told,
                    operands: &pieces.operand_logits,
                    sets: &sets,
                    guess: &guess,
                };
                Ok(workings.reckonings())
            });
            let found = reckonings.iter().find(|reckoning| reckoning.text == text);
            let texts = || reckonings.iter().map(|of| &of.text).collect::<Vec<_>>();
            let found = found.unwrap_or_else(|| panic!("{text} {:?}", texts()));
            assert_eq!(found.turns, from, "{text}");
        }
    }

    #[test]
    fn a_message_that_tells_is_left_to_the_model() {
        assert_eq!(answer(&LOAN, "Rob rang and offered £500 on Friday."), None);
    }
}
