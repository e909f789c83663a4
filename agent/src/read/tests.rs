//! What is answered from a record by its words alone.

use estoppel_memory::{Matter, NewTurn, Ranking, Role};
use estoppel_model::{GenerateOptions, Generation, Generator, Pointer, Prompt, Relevance, Writer};
use jiff::civil::date;

use super::pointing::{pointers, writers};
use super::reckon::{Reckoning, Workings};
use super::*;

/// What is made of these turns by their words alone.
fn on_desk<R>(
    turns: &[&str],
    question: &str,
    make: impl FnOnce(&mut Desk<'_>) -> Result<R, ReadError>,
) -> R {
    on_desk_of(turns, question, None, make)
}

/// What is made of these turns, the client's and counsel's in turn, a day apart, where a model has
/// read them.
fn on_desk_of<R>(
    turns: &[&str],
    question: &str,
    generator: Option<&mut (dyn Generator + 'static)>,
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
    let mut senses = Senses::default();
    if let Some(generator) = generator {
        let gaze = Gaze::new(generator, pointers(), writers(), matter.turns(), &found);
        senses.gaze = Some(gaze);
    }
    let mut desk = Desk::new(matter.turns(), matter.graph(), &found, &vectors, senses);
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
    assert_eq!(reply.turns, [TurnId(3)]);
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

/// All that these turns come to.
fn reckonings(turns: &[&str], question: &str) -> Vec<Reckoning> {
    on_desk(turns, question, |desk| {
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
            coverage: &pieces.coverage_of_values,
        };
        let reckonings = workings.reckonings().into_iter();
        Ok(reckonings.map(|(reckoning, _)| reckoning).collect())
    })
}

/// A model that points at nothing and most likely writes one thing.
struct Writes(&'static str);

impl Generator for Writes {
    fn name(&self) -> &str {
        "writes"
    }

    fn context_length(&self) -> usize {
        usize::MAX
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len()
    }

    fn relevance(&mut self, _: &Prompt, _: &Pointer) -> Result<Option<Relevance>, GenerateError> {
        Ok(Some(Relevance::new(Vec::new())))
    }

    fn likelihoods(
        &mut self,
        _: &Prompt,
        _: &Pointer,
        _: &Writer,
        texts: &[String],
    ) -> Result<Option<Vec<f32>>, GenerateError> {
        let likelihood = |text: &String| if text == self.0 { -1.0 } else { -9.0 };
        Ok(Some(texts.iter().map(likelihood).collect()))
    }

    fn start<'a>(
        &'a mut self,
        _: &Prompt,
        _: &GenerateOptions,
    ) -> Result<Box<dyn Generation + 'a>, GenerateError> {
        Err(GenerateError::Model("it answers nothing".into()))
    }
}

/// What the model most likely writes comes first, of what is judged likely.
#[test]
fn what_a_model_would_write_is_likelier() {
    let turns = [
        "The deposit was $900 on 3 March 2024, and they kept $250 of it.",
        "You have 14 days to answer them.",
    ];
    let question = "How much of the deposit came back?";
    let first = |writes: &'static str, apart: f32| {
        let mut model = Writes(writes);
        on_desk_of(&turns, question, Some(&mut model), |desk| {
            desk.glance(question)?;
            let made = reckonings(&turns, question).into_iter();
            let by_then = made
                .enumerate()
                .map(|(at, made)| (-apart * at as f32, made));
            let judged = desk.as_written(question, by_then.collect())?;
            Ok(judged[0].1.text.clone())
        })
    };
    let unmoved = first("nothing", 0.2);
    let last = |apart| first("900-250", apart);
    assert_eq!(last(0.2), "$900 − $250 = $650.");
    assert_ne!(unmoved, last(0.2));
    // What is far behind is not looked at.
    assert_eq!(last(2.5), unmoved);
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
    let slopes: &[&str] = &[
        "The engineer counted 9 on the north slope.",
        "And elsewhere?",
        "She counted 8 on the east.",
    ];
    let tools: &[&str] = &[
        "I paid £180 for the tools.",
        "What became of them?",
        "He sold them for £45.",
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
            slopes,
            "How many did the engineer count on both slopes together?",
            "9 + 8 = 17.",
            vec![1, 3],
        ),
        (
            tools,
            "What percentage of the price of the tools did he get for them?",
            "£45 ÷ £180 = 25%.",
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
        let reckonings = reckonings(turns, question);
        let found = reckonings.iter().find(|reckoning| reckoning.text == text);
        let texts = || reckonings.iter().map(|of| &of.text).collect::<Vec<_>>();
        let found = found.unwrap_or_else(|| panic!("{text} {:?}", texts()));
        assert_eq!(found.turns, from, "{text}");
    }
}

#[test]
fn a_number_that_is_told_with_its_unit_elsewhere_is_one_figure() {
    let turns = [
        "The fee was £96.",
        "For what?",
        "She wrote 96 and 12 on the slip.",
    ];
    let texts = reckonings(&turns, "What does the fee come to for all of them?");
    let texts: Vec<String> = texts.into_iter().map(|of| of.text).collect();
    let has = |start: &str| texts.iter().any(|text| text.starts_with(start));
    assert!(has("£96 × 12") && !has("£96 × 96"), "{texts:?}");
}

#[test]
fn a_message_that_tells_is_left_to_the_model() {
    assert_eq!(answer(&LOAN, "Rob rang and offered £500 on Friday."), None);
}
