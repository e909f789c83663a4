use jiff::civil::date;

use super::*;
use crate::retrieve::{RankedTurn, Reason};
use crate::turn::NewTurn;

fn talk(texts: &[&str]) -> (Vec<Turn>, Graph) {
    let (mut turns, mut graph) = (Vec::new(), Graph::new());
    for (n, text) in texts.iter().enumerate() {
        let role = match n % 2 {
            0 => Role::Client,
            _ => Role::Counsel,
        };
        let turn = Turn {
            id: TurnId(n as u32 + 1),
            said: NewTurn::new(role, date(2024, 5, 1).at(9, 0, 0, 0), *text),
        };
        let extraction = graph.extract(&turn);
        graph.add_turn(&turn, &extraction, &[]);
        turns.push(turn);
    }
    (turns, graph)
}

const TENANCY: [&str; 5] = [
    "I paid a deposit of £1,450 to my landlord, Mr Hargreave.",
    "Section 213 of the Housing Act 2004 is about that.",
    "The rent was £980 a month.",
    "Thank you. Please check the figures.",
    "I got the deposit wrong: I paid Mr Hargreave £1,405. The rent was £985 a month.",
];

fn tenancy() -> Picture {
    let (turns, graph) = talk(&TENANCY);
    Picture::whole("hale", &turns, &graph)
}

fn asked() -> Picture {
    let (turns, graph) = talk(&TENANCY);
    let ranked = |turn: u32, score: f32| RankedTurn {
        turn: TurnId(turn),
        score,
        reasons: vec![Reason::Neighbour { of: TurnId(1) }],
    };
    let evidence = Evidence {
        turns: vec![ranked(5, 2.5), ranked(1, 2.0)],
        facts: Vec::new(),
        answerable: 0.9,
    };
    let heeds = |turn: u32, to: u32, weight: f32| Attention {
        turn: TurnId(turn),
        to: TurnId(to),
        weight,
    };
    let attention = [heeds(5, 1, 0.61), heeds(1, 5, 0.01), heeds(1, 3, 0.5)];
    Picture::around(
        "What was the deposit?",
        &turns,
        &graph,
        &evidence,
        &attention,
    )
}

#[test]
fn a_small_matter_as_svg() {
    insta::assert_snapshot!(tenancy().to_svg());
}

#[test]
fn a_small_matter_as_dot() {
    insta::assert_snapshot!(tenancy().to_dot());
}

#[test]
fn the_turns_around_an_answer_with_what_they_heed() {
    let picture = asked();
    let turns: Vec<&str> = picture.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(
        turns,
        ["t1", "t5", "f0", "f2", "f3", "p0", "p1"][..turns.len()]
    );
    assert_eq!(
        picture.attention.len(),
        1,
        "the faint and what is not shown are left out"
    );
    let svg = picture.to_svg();
    assert!(svg.contains("class=\"heeds\"") && svg.contains(">61</text>"));
    assert!(picture.to_dot().contains("t5 -> t1 [label=\"61 %\""));
    let json: serde_json::Value = serde_json::from_str(&picture.to_json()).unwrap();
    assert_eq!(json["v"], 1);
    assert_eq!(json["nodes"][0]["kind"], "turn");
    assert_eq!(json["nodes"][0]["score"], 2.0);
    assert_eq!(json["attention"][0]["to"], 1);
}

#[test]
fn every_edge_ends_at_a_node_of_the_picture() {
    for picture in [tenancy(), asked()] {
        let known = |id: &String| picture.nodes.iter().any(|node| node.id == *id);
        assert!(
            picture
                .edges
                .iter()
                .all(|line| known(&line.from) && known(&line.to))
        );
        let kinds: BTreeSet<u8> = picture.drawn().map(|line| line.kind as u8).collect();
        assert!(kinds.contains(&(EdgeKind::Corrects as u8)), "{kinds:?}");
    }
}

#[test]
fn no_text_breaks_out_of_its_place() {
    let hostile = "My landlord, Mr Hargreave, wrote \"]; evil [label=\\\" <script>alert('x')</script> & \u{1}\u{0} ]]>\\";
    let (turns, graph) = talk(&[hostile]);
    let picture = Picture::whole(hostile, &turns, &graph);
    let svg = picture.to_svg();
    assert!(!svg.contains("<script") && !svg.contains("& ") && !svg.contains("]]>"));
    assert!(svg.chars().all(|c| c == '\n' || !c.is_control()));
    let dot = picture.to_dot();
    for line in dot.lines() {
        // Outside of strings there is nothing of the text: strip them and look.
        let mut inside = false;
        let mut escaped = false;
        let bare: String = line
            .chars()
            .filter(|&c| {
                let quote = c == '"' && !escaped;
                escaped = c == '\\' && !escaped && inside;
                inside ^= quote;
                !inside && !quote
            })
            .collect();
        assert!(!inside, "a string is left open: {line}");
        assert!(!bare.contains("evil") && !bare.contains("script"), "{line}");
    }
    serde_json::from_str::<serde_json::Value>(&picture.to_json()).unwrap();
}

#[test]
fn an_empty_matter_is_drawn_as_one() {
    let picture = Picture::whole("new", &[], &Graph::new());
    assert!(picture.to_svg().contains("There is nothing here yet."));
    assert!(picture.to_dot().starts_with("digraph \"new\" {"));
    assert!(picture.to_json().contains("\"nodes\":[]"));
}
