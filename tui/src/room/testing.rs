//! A consultation and a worker that are made up, for the tests of the room.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use estoppel::memory::fact::DatePrecision;
use estoppel::memory::graph::{Edge, EdgeKind, Node};
use estoppel::memory::matters::MatterInfo;
use estoppel::memory::{
    Delta, Evidence, Fact, FactId, NewTurn, RankedTurn, Reason, Role, Turn, TurnId, Value,
};
use estoppel::{Answer, Attribution, Citation, Ended, Event, Language, Standing, Times};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::keys::Keymap;
use super::language::Say;
use super::message::{Effect, Message, Record, Report};
use super::state::State;
use super::theme::Theme;
use super::view;

const ENGLISH: [&str; 6] = [
    "I rented the flat at 4 Orchard Lane from Harriet Vance. I paid a deposit of £1,150 on 3 March 2025.",
    "Was the deposit protected in a scheme, and do you have a receipt?",
    "There is a receipt. Before I forget: the deposit was £1,250, not £1,150. Mr Doyle of Doyle Lettings took it.",
    "Thank you. When did the tenancy end?",
    "It ended on 30 September 2025 and Ms Vance keeps everything because of the carpet.",
    "Please send me the inventory and the photographs.",
];

const CHINESE: [&str; 6] = [
    "我从李建国那里租了果园路4号的房子，2025年3月3日付了押金11500元。",
    "押金有没有收据？合同写了退还期限吗？",
    "有收据。更正一下：押金是12500元，不是11500元。收钱的是安居公司的王敏。",
    "谢谢。租约什么时候结束的？",
    "2025年9月30日结束，房东说地毯坏了，押金一分都不退😠。",
    "请把交接清单和照片发给我。",
];

/// What the client and counsel said in turn. What it states is given by hand, so that no
/// change of extraction changes a screen.
pub(crate) fn record(texts: &[&str]) -> Arc<Record> {
    let mut record = Record::default();
    let mut facts = 0;
    for (index, text) in texts.iter().enumerate() {
        let role = if index % 2 == 0 {
            Role::Client
        } else {
            Role::Counsel
        };
        let at = date(2025, 10, 6).at(9, index as i8, 0, 0);
        let id = TurnId(index as u32 + 1);
        record.graph.apply(&delta(id, role, at, text, &mut facts));
        record.turns.push(Turn {
            id,
            said: NewTurn::new(role, at, *text),
        });
    }
    Arc::new(record)
}

/// What a clause states: the value as it is written, of what, and the day if it is one.
type Statement = (&'static str, &'static str, &'static str, Option<Date>);

const STATED: [Statement; 12] = [
    ("I paid a deposit of £1,150", "£1,150", "deposit", None),
    (
        "on 3 March 2025",
        "3 March 2025",
        "paid",
        Some(date(2025, 3, 3)),
    ),
    ("the deposit was £1,250", "£1,250", "deposit", None),
    (
        "It ended on 30 September 2025",
        "30 September 2025",
        "tenancy",
        Some(date(2025, 9, 30)),
    ),
    ("付了押金11500元", "11500元", "押金", None),
    (
        "2025年3月3日付了押金",
        "2025年3月3日",
        "支付",
        Some(date(2025, 3, 3)),
    ),
    ("押金是12500元", "12500元", "押金", None),
    (
        "2025年9月30日结束",
        "2025年9月30日",
        "租约",
        Some(date(2025, 9, 30)),
    ),
    (
        "rent for the flat at 4 Orchard Lane is £900",
        "£900",
        "rent",
        None,
    ),
    (
        "rent for the flat at 4 Orchard Lane is £950",
        "£950",
        "rent",
        None,
    ),
    ("月租金是9000元", "9000元", "租金", None),
    ("月租金是9500元", "9500元", "租金", None),
];

/// Values that replace the first fact of their matter, and values that conflict with it.
const CORRECTING: [&str; 2] = ["£1,250", "12500元"];
const CONFLICTING: [&str; 2] = ["£950", "9500元"];

const PARTIES: [&str; 6] = [
    "Harriet Vance",
    "Mr Doyle",
    "Doyle Lettings",
    "李建国",
    "王敏",
    "安居公司",
];

fn delta(turn: TurnId, role: Role, at: DateTime, text: &str, next: &mut u32) -> Delta {
    let mut facts: Vec<Fact> = Vec::new();
    for (clause, surface, attribute, day) in STATED {
        let Some(start) = text.find(clause).filter(|_| role == Role::Client) else {
            continue;
        };
        facts.push(Fact {
            id: FactId(*next),
            subject: String::new(),
            attribute: attribute.into(),
            value: value(surface, day),
            approximate: false,
            surface: surface.into(),
            clause: start..start + clause.len(),
            turn,
            stated: at,
            superseded_by: None,
            contradicts: Vec::new(),
        });
        *next += 1;
    }
    let with_first = |values: [&str; 2]| -> Vec<(FactId, FactId)> {
        let second = facts
            .iter()
            .find(|fact| values.contains(&fact.surface.as_str()));
        second
            .map(|second| (FactId(0), second.id))
            .into_iter()
            .collect()
    };
    let superseded = with_first(CORRECTING);
    let contradicting = with_first(CONFLICTING);
    let mut edges: Vec<Edge> = PARTIES
        .iter()
        .filter(|name| text.contains(**name))
        .map(|name| edge(turn, Node::Party((*name).to_owned()), EdgeKind::Mentions))
        .collect();
    if !superseded.is_empty() {
        edges.push(edge(turn, Node::Turn(TurnId(1)), EdgeKind::Corrects));
    }
    Delta {
        turn,
        role,
        session: 1,
        at,
        clauses: Vec::new(),
        facts,
        superseded,
        contradicting,
        aliases: Vec::new(),
        edges,
    }
}

fn edge(turn: TurnId, to: Node, kind: EdgeKind) -> Edge {
    Edge {
        from: Node::Turn(turn),
        to,
        kind,
        turn,
        weight: 1.0,
    }
}

fn value(words: &str, day: Option<Date>) -> Value {
    match day {
        Some(date) => Value::Date {
            date,
            precision: DatePrecision::Day,
            inferred: false,
        },
        None => Value::Identifier { id: words.into() },
    }
}

/// What was said in the matter of the tests.
pub(crate) fn said(language: Language) -> Vec<&'static str> {
    language.say(ENGLISH, CHINESE).to_vec()
}

/// What is asked about it.
pub(crate) fn question(language: Language) -> &'static str {
    language.say(
        "How much was the deposit, and who took it?",
        "押金是多少？谁收的？",
    )
}

/// An answer to it: two sentences, the first of which holds an unsupported value.
pub(crate) fn answer(language: Language) -> &'static str {
    language.say(
        "The deposit was **£1,250**, first told as £1,150, paid in 12 parts. Mr Doyle took it.",
        "押金是**12500元**，起初说是11500元，分12期支付。收钱的是王敏。",
    )
}

fn citation(turn: u32, standing: Standing, quote: &str) -> Citation {
    Citation {
        turn: TurnId(turn),
        standing,
        quote: quote.to_owned(),
        attention: 0.42,
    }
}

/// Its sentences with what they rest on.
pub(crate) fn sentences(language: Language) -> Vec<(Range<usize>, Attribution)> {
    let text = answer(language);
    let (mark, quotes, value) = language.say(
        (
            ". ",
            [
                "I paid a deposit of £1,150 on 3 March 2025.",
                "Before I forget: the deposit was £1,250, not £1,150.",
                "Mr Doyle of Doyle Lettings took it.",
            ],
            "12 parts",
        ),
        (
            "。",
            [
                "2025年3月3日付了押金11500元。",
                "更正一下：押金是12500元，不是11500元。",
                "收钱的是安居公司的王敏。",
            ],
            "12期",
        ),
    );
    let end = text.find(mark).expect("two sentences") + mark.trim_end().len();
    let next = text.len() - text[end..].trim_start().len();
    vec![
        (
            0..end,
            Attribution {
                citations: vec![
                    citation(1, Standing::Superseded, quotes[0]),
                    citation(3, Standing::Current, quotes[1]),
                ],
                unsupported: vec![value.to_owned()],
            },
        ),
        (
            next..text.len(),
            Attribution {
                citations: vec![citation(3, Standing::Current, quotes[2])],
                unsupported: Vec::new(),
            },
        ),
    ]
}

/// What retrieval found for it.
pub(crate) fn evidence(language: Language) -> Evidence {
    let term = language.say("deposit", "押金").to_owned();
    let ranked = |turn: u32, reasons| RankedTurn {
        turn: TurnId(turn),
        score: 1.0 / turn as f32,
        reasons,
    };
    Evidence {
        turns: vec![
            ranked(
                3,
                vec![
                    Reason::Words {
                        rank: 1,
                        terms: vec![term],
                    },
                    Reason::Meaning {
                        rank: 2,
                        cosine: 0.87,
                    },
                    Reason::Corrects { turn: TurnId(1) },
                ],
            ),
            ranked(1, vec![Reason::CorrectedBy { turn: TurnId(3) }]),
        ],
        facts: Vec::new(),
        answerable: 0.9,
    }
}

/// A room on a terminal of this size, before anything was told.
pub(crate) fn bare(size: (u16, u16), language: Language) -> State {
    State::new(size, language, Keymap::default())
}

/// A room in which a matter is open and questions can be answered.
pub(crate) fn ready(size: (u16, u16), language: Language) -> State {
    let mut state = bare(size, language);
    hear(&mut state, opened("hale", record(&said(language))));
    let model = "a-small-model".to_owned();
    hear(&mut state, Report::Ready { model });
    state
}

/// A matter was opened.
pub(crate) fn opened(name: &str, record: Arc<Record>) -> Report {
    Report::Opened {
        matter: name.parse().expect("a name"),
        record,
        answers: BTreeMap::new(),
        draft: String::new(),
        notes: Vec::new(),
    }
}

/// A room in which the question was asked and half of the answer is written.
pub(crate) fn answering(size: (u16, u16), language: Language) -> State {
    let mut state = ready(size, language);
    write(&mut state, question(language));
    press(&mut state, KeyCode::Enter);
    let shown = vec![TurnId(1), TurnId(3)];
    let evidence = evidence(language);
    let (first, _) = sentences(language)[0].clone();
    let events = [
        Event::Remembered { turn: TurnId(7) },
        Event::Retrieved { evidence, shown },
        Event::Prefill { done: 3, total: 4 },
        Event::Token {
            text: answer(language)[first].to_owned(),
        },
    ];
    for event in events {
        tell(&mut state, event);
    }
    state
}

/// The same with the answer complete.
pub(crate) fn answered(size: (u16, u16), language: Language) -> State {
    let mut state = answering(size, language);
    let written = sentences(language)[0].0.end;
    let text = answer(language)[written..].to_owned();
    tell(&mut state, Event::Token { text });
    finish(&mut state, language, Ended::Complete);
    state
}

/// The worker tells that the answer ended.
pub(crate) fn finish(state: &mut State, language: Language, ended: Ended) {
    let mut texts = said(language);
    texts.extend([question(language), answer(language)]);
    let report = Report::Answered {
        answer: Box::new(done(language, ended)),
        record: record(&texts),
    };
    hear(state, report);
}

pub(crate) fn done(language: Language, ended: Ended) -> Answer {
    let sentences = sentences(language);
    Answer {
        text: answer(language).to_owned(),
        citations: Vec::new(),
        unsupported: Vec::new(),
        declined: false,
        ended,
        tokens: 20,
        pages: 0,
        turn: Some(TurnId(8)),
        times: Times::default(),
        sentences,
    }
}

/// An event of the answer that is being written.
pub(crate) fn tell(state: &mut State, event: Event) {
    let writing = Duration::from_millis(100);
    hear(state, Report::Answering { event, writing });
}

pub(crate) fn hear(state: &mut State, report: Report) -> Vec<Effect> {
    state.update(Message::Report(report))
}

pub(crate) fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    chord(state, code, KeyModifiers::NONE)
}

pub(crate) fn chord(state: &mut State, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
    state.update(Message::Key(KeyEvent::new(code, modifiers)))
}

/// Types a text, one key after the other.
pub(crate) fn write(state: &mut State, text: &str) {
    for c in text.chars() {
        press(state, KeyCode::Char(c));
    }
}

/// Types a command and sends it.
pub(crate) fn command(state: &mut State, line: &str) -> Vec<Effect> {
    write(state, line);
    press(state, KeyCode::Enter)
}

/// Three matters, one of which was put aside; `hale` is the open one.
pub(crate) fn matters(language: Language) -> Vec<MatterInfo> {
    let matter = |name: &str, turns, day: i64, archived| MatterInfo {
        name: name.parse().expect("a name"),
        turns,
        last_used: Timestamp::from_second(1_760_000_000 + day * 86_400).expect("a time"),
        archived,
    };
    let other = language.say("Quill v. Harbour Crust", "王女士诉安居公司");
    vec![
        matter("hale", 6, 3, false),
        matter(other, 2_000, 2, false),
        matter("old", 12, 0, true),
    ]
}

/// The rows of the screen.
pub(crate) fn screen(state: &State) -> Vec<String> {
    let (columns, rows) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a test's terminal");
    let theme = Theme { colour: false };
    let drawn = terminal.draw(|frame| view::draw(state, theme, frame));
    let buffer = drawn.expect("a frame").buffer;
    let row = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect();
    (0..rows).map(row).collect()
}
