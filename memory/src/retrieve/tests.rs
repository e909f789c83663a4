//! Retrieval over small consultations, without an encoder unless made up here.

use jiff::civil::date;

use super::*;
use crate::extract::{Clause, Cue, Extraction, Stance, Statement};
use crate::fact::Value;
use crate::graph::{Delta, Edge, EdgeKind, Node};
use crate::index::{analyse, passage};
use crate::turn::{NewTurn, Role};

/// A consultation whose odd turns are the client's.
pub(super) struct Talk {
    pub(super) turns: Vec<Turn>,
    pub(super) graph: Graph,
    pub(super) lexical: Lexical,
    pub(super) embeddings: Option<Embeddings>,
}

impl Talk {
    pub(super) fn new(texts: &[&str]) -> Self {
        let mut talk = Self {
            turns: Vec::new(),
            graph: Graph::new(),
            lexical: Lexical::new(),
            embeddings: None,
        };
        for (id, text) in (1..).zip(texts) {
            let role = if id % 2 == 1 {
                Role::Client
            } else {
                Role::Counsel
            };
            let said = NewTurn::new(role, date(2025, 3, 4).at(9, 0, 0, 0), *text);
            let turn = Turn {
                id: TurnId(id),
                said,
            };
            talk.lexical.insert(turn.id, &analyse(&passage(&turn)));
            let links = crate::index::links(&talk.lexical, None, turn.id);
            let mut delta = talk
                .graph
                .clone()
                .add_turn(&turn, &amounts(&turn.text), &links);
            if turn.text.contains("wrong") {
                correct_last(&talk.graph, &mut delta);
            }
            talk.graph.apply(&delta);
            talk.turns.push(turn);
        }
        talk
    }

    pub(super) fn with_vectors(mut self, vectors: &[[f32; 2]]) -> Self {
        let mut embeddings = Embeddings::new(2);
        for (turn, vector) in self.turns.iter().zip(vectors) {
            embeddings.insert(turn.id, &vector.to_vec().into());
        }
        self.embeddings = Some(embeddings);
        self
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            turns: &self.turns,
            graph: &self.graph,
            lexical: &self.lexical,
            embeddings: self.embeddings.as_ref(),
            network: None,
        }
    }

    fn ask(&self, text: &str, ranking: Ranking) -> Evidence {
        let embedding = self.embeddings.is_some().then(|| vec![1.0, 0.0].into());
        let question = Question {
            text,
            embedding: embedding.as_ref(),
            nudges: &[],
        };
        retrieve(&self.view(), &question, ranking, 10)
    }
}

/// Lets a turn's fact replace the last one before it, whatever extraction thinks.
fn correct_last(graph: &Graph, delta: &mut Delta) {
    let old = graph.facts().last().expect("something to correct");
    delta.superseded = vec![(old.id, delta.facts[0].id)];
    delta.edges.push(Edge {
        from: Node::Turn(delta.turn),
        to: Node::Turn(old.turn),
        kind: EdgeKind::Corrects,
        turn: delta.turn,
        weight: 1.0,
    });
}

/// Reads an amount in pounds as a statement of the deposit.
fn amounts(text: &str) -> Extraction {
    let Some(start) = text.find('£') else {
        return Extraction::default();
    };
    let length = text[start..].find([' ', '.']).unwrap_or(text.len() - start);
    let span = start..start + length;
    let digits = text[span.clone()].replace(['£', ','], "");
    let statement = Statement {
        subject: String::new(),
        attribute: "deposit".into(),
        approximate: false,
        value: Value::Money {
            amount: digits.parse().expect("a whole number"),
            currency: Some("GBP".into()),
        },
        span,
        clause: 0..text.len(),
        cue: Cue::None,
    };
    let clause = Clause {
        span: 0..text.len(),
        sentence: 0,
        cue: statement.cue,
        stance: Stance::Affirms,
        claims: Vec::new(),
        terms: vec!["deposit".into()],
    };
    Extraction {
        statements: vec![statement],
        clauses: vec![clause],
        ..Extraction::default()
    }
}

const DEPOSIT: [&str; 6] = [
    "My name is Ana and I rent a flat from Callum.",
    "What do you need help with?",
    "I paid a deposit of £1,385 when I moved in.",
    "Noted. Was it protected in a scheme?",
    "Actually I was wrong about the deposit, it was £1,250.",
    "Thank you, I will use that.",
];

fn place(evidence: &Evidence, turn: u32) -> usize {
    evidence
        .turns
        .iter()
        .position(|ranked| ranked.turn == TurnId(turn))
        .unwrap_or_else(|| panic!("turn {turn} was not found"))
}

#[test]
fn a_correction_ranks_before_what_it_corrects() {
    let talk = Talk::new(&DEPOSIT);
    let evidence = talk.ask(
        "How much was the deposit I paid when I moved in?",
        Ranking::Hybrid,
    );
    assert_eq!(place(&evidence, 5), 0);
    assert_eq!(place(&evidence, 3), 1);
    let first = &evidence.turns[0].reasons;
    assert!(
        first.contains(&Reason::Corrects { turn: TurnId(3) }),
        "{first:?}"
    );
    let second = &evidence.turns[1].reasons;
    assert!(
        second.contains(&Reason::CorrectedBy { turn: TurnId(5) }),
        "{second:?}"
    );
    assert!(evidence.turns.is_sorted_by(|a, b| a.score >= b.score));
}

#[test]
fn facts_come_with_what_replaced_them() {
    let talk = Talk::new(&DEPOSIT);
    let question = Question {
        text: "deposit when I moved in",
        embedding: None,
        nudges: &[],
    };
    let evidence = retrieve(&talk.view(), &question, Ranking::Bm25, 1);
    assert_eq!(evidence.turns[0].turn, TurnId(3));
    let told: Vec<(&str, bool)> = evidence
        .facts
        .iter()
        .map(|fact| (fact.surface.as_str(), fact.holds()))
        .collect();
    assert_eq!(told, [("£1,385", false), ("£1,250", true)]);
}

#[test]
fn words_are_given_as_reasons_rarest_first() {
    let talk = Talk::new(&DEPOSIT);
    let evidence = talk.ask("Was the deposit put in a scheme?", Ranking::Hybrid);
    let at = place(&evidence, 4);
    let Reason::Words { rank, terms } = &evidence.turns[at].reasons[0] else {
        panic!("{:?}", evidence.turns[at].reasons);
    };
    assert_eq!((*rank, terms[0].as_str()), (1, "scheme"));
}

#[test]
fn meaning_finds_what_words_do_not() {
    let vectors = [
        [0.0, 1.0],
        [0.0, 1.0],
        [0.0, 1.0],
        [0.0, 1.0],
        [0.6, 0.8],
        [0.0, 1.0],
    ];
    let talk = Talk::new(&DEPOSIT).with_vectors(&vectors);
    for ranking in [Ranking::Dense, Ranking::Hybrid] {
        let evidence = talk.ask("Wie hoch war die Kaution?", ranking);
        assert_eq!(evidence.turns[0].turn, TurnId(5));
        let reason = &evidence.turns[0].reasons[0];
        assert!(
            matches!(reason, Reason::Meaning { rank: 1, cosine } if (cosine - 0.6).abs() < 1e-6)
        );
    }
    assert!(
        Talk::new(&DEPOSIT)
            .ask("deposit", Ranking::Dense)
            .turns
            .is_empty()
    );
}

#[test]
fn a_turn_without_a_vector_is_found_by_its_words() {
    let mut talk = Talk::new(&DEPOSIT);
    let mut embeddings = Embeddings::new(2);
    embeddings.insert(TurnId(2), &vec![0.8, 0.6].into());
    embeddings.insert(TurnId(6), &vec![0.6, 0.8].into());
    talk.embeddings = Some(embeddings);
    let question = "Was it protected in a scheme?";
    let by_meaning = talk.ask(question, Ranking::Dense).turns;
    let found: Vec<u32> = by_meaning.iter().map(|ranked| ranked.turn.0).collect();
    assert_eq!(found, [2, 6]);
    let hybrid = talk.ask(question, Ranking::Hybrid);
    let reasons = &hybrid.turns[place(&hybrid, 4)].reasons;
    assert!(
        matches!(&reasons[..], [Reason::Words { rank: 1, .. }]),
        "{reasons:?}"
    );
    assert!(place(&hybrid, 4) < place(&hybrid, 6));
}

#[test]
fn an_empty_record_holds_no_evidence() {
    let evidence = Talk::new(&[]).ask("How much was the deposit?", Ranking::Gat);
    assert_eq!((evidence.turns.len(), evidence.facts.len()), (0, 0));
    assert_eq!(evidence.answerable, 0.0);
}

#[test]
fn a_question_without_terms_ranks_all_the_same() {
    let evidence = Talk::new(&DEPOSIT).ask("???", Ranking::Hybrid);
    assert_eq!(evidence.turns.len(), DEPOSIT.len());
    assert!(evidence.turns.iter().all(|ranked| ranked.score.is_finite()));
}

#[test]
fn covered_questions_look_more_answerable() {
    let talk = Talk::new(&DEPOSIT);
    let asked = |text| talk.ask(text, Ranking::Hybrid).answerable;
    assert!(
        asked("What deposit did I pay when I moved in?") > asked("Which colour is the boiler?")
    );
}

#[test]
fn candidates_are_bounded() {
    let texts: Vec<String> = (0..400).map(|n| format!("the rent in month {n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let talk = Talk::new(&texts);
    let question = Question {
        text: "the rent",
        embedding: None,
        nudges: &[],
    };
    let evidence = retrieve(&talk.view(), &question, Ranking::Hybrid, usize::MAX);
    assert!(evidence.turns.len() <= candidates::MOST);
    assert!(evidence.turns.len() > 64);
}
