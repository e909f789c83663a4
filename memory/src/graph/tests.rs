use jiff::civil::date;

use super::*;
use crate::fact::Value;
use crate::turn::NewTurn;

/// Builds a graph of turns by client and counsel in turn, a day apart.
fn graph(texts: &[&str]) -> (Graph, Vec<Delta>) {
    let mut graph = Graph::new();
    let mut deltas = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let role = if i % 2 == 0 {
            Role::Client
        } else {
            Role::Counsel
        };
        let day = date(2024, 5, 1).saturating_add(jiff::Span::new().days(i as i64));
        let turn = Turn {
            id: TurnId(i as u32 + 1),
            said: NewTurn::new(role, day.at(9, 0, 0, 0), *text),
        };
        let extraction = graph.extract(&turn);
        deltas.push(graph.add_turn(&turn, &extraction, &[]));
    }
    (graph, deltas)
}

fn by_surface<'a>(graph: &'a Graph, turn: u32, surface: &str) -> &'a Fact {
    let fact = graph
        .facts_of(TurnId(turn))
        .iter()
        .find(|f| f.surface == surface);
    fact.unwrap_or_else(|| panic!("no {surface} in {:#?}", graph.facts_of(TurnId(turn))))
}

/// The turn whose fact replaces this one.
fn replaced(graph: &Graph, turn: u32, surface: &str) -> Option<u32> {
    let by = by_surface(graph, turn, surface).superseded_by?;
    graph.fact(by).map(|fact| fact.turn.0)
}

const TENANCY: [&str; 7] = [
    "I paid a deposit of £1,450 to my landlord, Mr Hargreave. In my last flat, in Hull, the deposit was £900.",
    "Noted: a deposit of £1,450. What was the rent?",
    "The rent was £980 a month.",
    "Thank you. Please check the figures.",
    "I got the deposit wrong: my bank statement says I paid Mr Hargreave £1,405.",
    "I have corrected it.",
    "Sorry, the deposit to Mr Hargreave again: it was £1,400, not £1,405, they refunded five.",
];

#[test]
fn applying_deltas_gives_the_same_graph() {
    let (built, deltas) = graph(&TENANCY);
    let mut loaded = Graph::new();
    for delta in &deltas {
        let json = serde_json::to_string(delta).unwrap();
        loaded.apply(&serde_json::from_str(&json).unwrap());
    }
    assert_eq!(loaded, built);
}

#[test]
fn a_correction_supersedes_and_chains() {
    let (graph, _) = graph(&TENANCY);
    assert_eq!(replaced(&graph, 1, "£1,450"), Some(5));
    assert_eq!(
        replaced(&graph, 2, "£1,450"),
        Some(5),
        "counsel's restatement falls too"
    );
    assert_eq!(replaced(&graph, 5, "£1,405"), Some(7));
    assert_eq!(replaced(&graph, 7, "£1,400"), None);
    assert_eq!(graph.corrects(TurnId(7)), [TurnId(1), TurnId(2), TurnId(5)]);
    assert_eq!(graph.corrected_by(TurnId(5)), [TurnId(7)]);
}

#[test]
fn a_distractor_stands() {
    let (graph, _) = graph(&TENANCY);
    assert_eq!(replaced(&graph, 1, "£900"), None);
    assert_eq!(replaced(&graph, 3, "£980"), None);
}

#[test]
fn the_record_reads_as_of_any_turn() {
    let (graph, _) = graph(&TENANCY);
    let holding = |turn: u32, surface: &str| {
        let facts = graph.facts_as_of(TurnId(turn));
        facts.iter().any(|f| f.surface == surface && f.holds())
    };
    assert!(holding(4, "£1,450") && !holding(4, "£1,405"));
    assert!(!holding(5, "£1,450") && holding(5, "£1,405"));
    assert!(!holding(7, "£1,405") && holding(7, "£1,400"));
}

#[test]
fn chinese_corrections_supersede() {
    let (graph, _) = graph(&[
        "房东叫周慧芳,押金我交了4300。之前在另一个小区租房,押金是3000。",
        "好的,押金4300。",
        "月租是2600。3月5号搬进去的。",
        "明白。",
        "我记错了,押金应该是4800,转账记录上写着。",
        "好。",
        "房租从这个月起涨到2900了。搬进去其实是3月8号,不是3月5号。",
    ]);
    assert_eq!(replaced(&graph, 1, "4300"), Some(5));
    assert_eq!(replaced(&graph, 1, "3000"), None);
    assert_eq!(replaced(&graph, 3, "2600"), Some(7));
    assert_eq!(replaced(&graph, 3, "3月5号"), Some(7));
}

#[test]
fn a_later_remark_supersedes_nothing() {
    let (graph, _) = graph(&[
        "The rent was £980 a month and the deposit £1,450.",
        "Noted.",
        "The gas bill was £120. My brother pays £700 rent in Leeds.",
        "I see.",
        "So the deposit was £1,450, as I said.",
    ]);
    assert!(
        graph.facts().iter().all(Fact::holds),
        "{:#?}",
        graph.facts()
    );
}

#[test]
fn counsel_supersedes_nothing() {
    let (graph, _) = graph(&[
        "The deposit was £1,450.",
        "Correction: the deposit was £1,405, not £1,450.",
    ]);
    assert!(graph.facts().iter().all(Fact::holds));
}

#[test]
fn what_a_correction_says_of_the_old_value_finds_it() {
    for (first, correction, old) in [
        // How far off it was.
        (
            "I told my boss on 14 March. The interview was on 2 March.",
            "I found the email, it's dated 21 March. So I was a week out.",
            "14 March",
        ),
        // The value itself.
        (
            "The plumber charged £240. The roofer charged £310.",
            "The bill was £260, not £240.",
            "£240",
        ),
        // Swapped digits, and nothing else like them.
        (
            "The repair was £2,180. The hire car was £95.",
            "I got that back to front: £2,810.",
            "£2,180",
        ),
        (
            "手术是4月12号做的,4月2号住的院。",
            "先更正一下:手术记录上写的是4月14号,我上次说早了两天。",
            "4月12号",
        ),
    ] {
        let (graph, _) = graph(&[first, "Noted.", correction]);
        let replaced: Vec<&str> = graph
            .facts_of(TurnId(1))
            .iter()
            .filter(|f| !f.holds())
            .map(|f| f.surface.as_str())
            .collect();
        assert_eq!(replaced, [old], "{correction}");
    }
}

#[test]
fn a_change_is_of_its_own_kind() {
    let (graph, _) = graph(&[
        "The hearing is on 3 June. The rent is £800.",
        "Noted.",
        "From 1 July the rent has gone up to £850.",
        "I see.",
        "The hearing was postponed to 24 June.",
    ]);
    assert_eq!(replaced(&graph, 1, "£800"), Some(3));
    assert_eq!(replaced(&graph, 1, "3 June"), Some(5));
    assert_eq!(replaced(&graph, 3, "1 July"), None);
}

#[test]
fn an_offer_replaces_the_one_before() {
    let (graph, _) = graph(&[
        "对方说补偿2万,我没同意。工资是9000元。",
        "好。",
        "今天他们出到5万了。",
    ]);
    assert_eq!(replaced(&graph, 1, "2万"), Some(3));
    assert_eq!(replaced(&graph, 1, "9000元"), None);
}

#[test]
fn a_corrected_date_takes_the_year() {
    let (graph, _) = graph(&[
        "I signed the contract on 9 June 2021.",
        "Noted.",
        "Sorry, I got the contract wrong, I signed it on 19 June.",
    ]);
    assert_eq!(replaced(&graph, 1, "9 June 2021"), Some(3));
}

#[test]
fn plain_statements_that_differ_contradict() {
    let (graph, _) = graph(&[
        "The deposit was £1,450. The deposit for Flat 41 was £900.",
        "Noted.",
        "The deposit was £1,500.",
        "Noted.",
        "The deposit was £1,500, yes.",
    ]);
    let first = by_surface(&graph, 1, "£1,450");
    let second = by_surface(&graph, 3, "£1,500");
    assert!(first.contradicts.contains(&second.id) && second.contradicts.contains(&first.id));
    assert!(by_surface(&graph, 1, "£900").contradicts.is_empty());
    assert!(first.holds() && second.holds(), "nobody corrected either");
    let before = graph.facts_as_of(TurnId(2));
    assert!(before.iter().all(|f| f.contradicts.is_empty()));
}

#[test]
fn a_date_told_more_exactly_contradicts_nothing() {
    let (graph, _) = graph(&[
        "The contract was signed in April 2023.",
        "Noted.",
        "The contract was signed on 4 April 2023.",
    ]);
    assert!(graph.facts().iter().all(|f| f.contradicts.is_empty()));
}

#[test]
fn a_flat_denial_disputes_what_was_affirmed() {
    let (graph, _) = graph(&[
        "我从来没签过任何担保合同。",
        "明白。",
        "那份担保合同是我在机场签的。今天下雨。",
        "明白。",
        "担保合同的复印件我找不到。",
    ]);
    let disputed: Vec<(&Node, &Node)> = graph
        .edges()
        .iter()
        .filter(|e| e.kind == EdgeKind::Contradicts)
        .map(|e| (&e.from, &e.to))
        .collect();
    assert_eq!(disputed, [(&Node::Turn(TurnId(3)), &Node::Turn(TurnId(1)))]);
}

#[test]
fn opposed_accounts_of_one_act_dispute_each_other() {
    for (first, later) in [
        (
            "I handed the spare keys to the porter myself on the last day.",
            "On the last day I left the keys on the kitchen table.",
        ),
        (
            "I never agreed to the pergola. The hedge was his idea.",
            "Over the hedge I told him the pergola was okay.",
        ),
        (
            "当晚院里没有一个人给我打过电话。",
            "出事当晚院长给我打过电话。",
        ),
    ] {
        let (graph, _) = graph(&[first, "Noted.", "It rained.", "I see.", later]);
        let disputed = graph
            .edges()
            .iter()
            .filter(|e| e.kind == EdgeKind::Contradicts)
            .map(|e| (&e.from, &e.to));
        let expected = (&Node::Turn(TurnId(5)), &Node::Turn(TurnId(1)));
        assert_eq!(disputed.collect::<Vec<_>>(), [expected], "{later}");
    }
}

#[test]
fn a_date_put_off_in_the_same_turn_supersedes() {
    let (graph, _) = graph(&[
        "The hearing was set for 3 June but it has been put back to 24 June. The rent is £800.",
    ]);
    assert_eq!(replaced(&graph, 1, "3 June"), Some(1));
    assert_eq!(replaced(&graph, 1, "24 June"), None);
}

#[test]
fn short_forms_of_a_name_join_it() {
    let (graph, _) = graph(&[
        "My manager, Gillian Frost, signed it. 堂哥费建军也在场。",
        "Noted.",
        "Then Frost rang. 建军不肯说。",
    ]);
    assert_eq!(graph.party("Frost"), "Gillian Frost");
    assert_eq!(graph.party("manager"), "Gillian Frost");
    assert_eq!(graph.party("建军"), graph.party("堂哥"));
}

#[test]
fn a_correction_without_a_value_points_at_its_turn() {
    let (graph, _) = graph(&[
        "I left the spare keys with the estate agent in Bradford. It was raining.",
        "Noted.",
        "The boiler broke twice.",
        "I see.",
        "I was wrong about the spare keys and the estate agent: the guard has the keys.",
    ]);
    assert_eq!(graph.corrects(TurnId(5)), [TurnId(1)]);
}

#[test]
fn names_join_and_link() {
    let (graph, _) = graph(&[
        "My landlord kept the keys.",
        "I see.",
        "My landlord, Mr Hargreave, has a brother.",
        "Who?",
        "Then Mr Hargreave rang.",
    ]);
    assert_eq!(graph.party("landlord"), "Mr Hargreave");
    assert_eq!(graph.parties(), ["Mr Hargreave"]);
    let near = graph.neighbours(TurnId(5));
    let linked = near.iter().find(|n| n.turn == TurnId(1)).unwrap();
    assert_eq!(linked.over.as_deref(), Some("Mr Hargreave"));
}

#[test]
fn a_party_in_every_turn_is_no_hub() {
    let texts = ["I rang my landlord."; 40];
    let (graph, _) = graph(&texts);
    assert!(graph.neighbours(TurnId(20)).len() <= 6);
}

#[test]
fn dated_facts_are_events() {
    let (graph, _) = graph(&["I moved in on 3 April 2023."]);
    let fact = by_surface(&graph, 1, "3 April 2023");
    assert!(matches!(fact.value, Value::Date { .. }));
    let event = Node::Event(fact.id);
    assert_eq!(graph.edges_of(&event).count(), 1);
}

#[test]
fn what_has_had_many_values_contradicts_a_few_of_them() {
    let texts: Vec<String> = (0..40)
        .map(|n| match n % 2 {
            0 => format!("The rent of the shop is £{}.", 1000 + n),
            _ => "I have noted it.".to_owned(),
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (_, deltas) = graph(&texts);
    for delta in deltas.iter().step_by(2) {
        let earlier = (delta.turn.0 as usize - 1) / 2;
        assert_eq!(delta.contradicting.len(), earlier.min(8), "{}", delta.turn);
    }
    let last = &deltas[38].contradicting;
    assert!(
        last.iter().all(|(old, _)| old.0 >= 11),
        "the latest: {last:?}"
    );
}

#[test]
fn a_correction_reaches_every_statement_of_the_value_in_a_long_matter() {
    let mut texts = vec!["The deposit that I paid to Mr Hargreave was £1,450."];
    texts.extend(["Thank you.", "The weather was bad."].repeat(150));
    texts.push("Noted.");
    texts.push("As I said, the deposit to Mr Hargreave was £1,450.");
    texts.push("Thank you.");
    texts.push("I got it wrong: the deposit to Mr Hargreave was £1,405, not £1,450.");
    let (graph, _) = graph(&texts);
    let last = texts.len() as u32;
    assert_eq!(replaced(&graph, 1, "£1,450"), Some(last));
    assert_eq!(replaced(&graph, last - 2, "£1,450"), Some(last));
}

#[test]
fn a_pronoun_means_who_can_be_meant_and_had_the_property() {
    let (graph, _) = graph(&[
        "My brother Hugh earns £2,000 a month. His girlfriend, Nadine, has moved out.",
        "I see.",
        "He now earns £2,400.",
    ]);
    assert_eq!(
        graph.party(&by_surface(&graph, 3, "£2,400").subject),
        "Hugh"
    );
}

#[test]
fn a_property_without_an_owner_is_his_of_whom_it_was_told() {
    let (graph, _) = graph(&[
        "My aunt died. The will is dated 7 May 2016.",
        "I see.",
        "The will isn't from 2016, it's from 7 May 2018.",
    ]);
    let fact = by_surface(&graph, 3, "7 May 2018");
    assert_eq!(
        (fact.subject.as_str(), fact.attribute.as_str()),
        ("aunt", "will")
    );
    assert_eq!(replaced(&graph, 1, "7 May 2016"), Some(3));
}

#[test]
fn a_correction_is_of_what_it_corrects() {
    let (graph, _) = graph(&[
        "I'm owed for sixty-two hours of overtime.",
        "Noted.",
        "I counted again and it's seventy-one hours.",
    ]);
    let fact = by_surface(&graph, 3, "seventy-one hours");
    assert_eq!(fact.attribute, "overtime");
    assert_eq!(replaced(&graph, 1, "sixty-two hours"), Some(3));
}

#[test]
fn one_more_payment_replaces_none() {
    let (graph, _) = graph(&[
        "我转给他八万。",
        "好的。",
        "我记错了,分了两笔,隔了一个礼拜又转了一万五。",
    ]);
    assert_eq!(replaced(&graph, 1, "八万"), None);
}
