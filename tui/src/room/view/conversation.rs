//! The conversation as a column: each turn with its number, who spoke and when.

use estoppel::memory::{Role, Turn};
use estoppel::{Ended, Language};

use crate::room::language::Say;
use crate::room::state::{Item, Phase, State};
use crate::room::text::{Column, Row, Text, Tone, insertions, marked};

/// The items of the conversation of a state.
pub(crate) struct Conversation<'a> {
    state: &'a State,
    items: Vec<Item>,
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self {
            state,
            items: state.talk.items(),
        }
    }

    fn language(&self) -> Language {
        self.state.language
    }

    /// An answer with its marks, the chosen one as such.
    fn answer(&self, at: usize, text: &str) -> Text {
        let corrected = self.language().say("corrected", "已更正");
        let Some(cited) = self.state.talk.cited(self.items[at]) else {
            return marked(text, &[], corrected);
        };
        let shown = marked(text, &insertions(text, &cited.sentences), corrected);
        match self.state.chosen {
            Some(chosen) if chosen.item == at => shown.choosing(chosen.mark),
            _ => shown,
        }
    }

    fn turn(&self, at: usize, turn: &Turn, columns: usize) -> Vec<Row> {
        let mut rows = vec![head(
            &turn.id.to_string(),
            &speaker(turn, self.language()),
            turn,
        )];
        let text = match turn.role {
            _ if turn.is_forgotten() => {
                Text::of(self.language().say("(forgotten)", "（已遗忘）"), Tone::Dim)
            }
            Role::Client => Text::of(&turn.text, Tone::Plain),
            Role::Counsel => self.answer(at, &turn.text),
        };
        rows.extend(text.rows(columns, indent(columns)));
        rows.extend(self.ending(at, columns));
        rows.push(Row::blank());
        rows
    }

    /// A word below an answer that did not end by itself.
    fn ending(&self, at: usize, columns: usize) -> Vec<Row> {
        let ended = self
            .state
            .talk
            .cited(self.items[at])
            .and_then(|cited| cited.ended);
        let words = match ended {
            Some(Ended::Stopped) => self.language().say("(stopped)", "（已停止）"),
            Some(Ended::Length) => self
                .language()
                .say("(cut at its longest)", "（已达最大长度）"),
            _ => return Vec::new(),
        };
        Text::of(words, Tone::Dim).rows(columns, indent(columns))
    }

    fn exchange(&self, at: usize, exchange: Exchange<'_>, columns: usize) -> Vec<Row> {
        let language = self.language();
        let (client, counsel) = speakers(language);
        let private = match exchange.keep {
            true => "",
            false => language.say("  private, not kept", "  私密，不保存"),
        };
        let head = |number: &str, speaker: &str| Row {
            indent: 0,
            pieces: vec![
                (format!("{number:>4}  "), Tone::Strong),
                (speaker.to_owned(), Tone::Strong),
                (private.to_owned(), Tone::Dim),
            ],
        };
        let indent = indent(columns);
        let mut rows = vec![head(exchange.number, client)];
        rows.extend(Text::of(exchange.question, Tone::Plain).rows(columns, indent));
        rows.extend([Row::blank(), head("", counsel)]);
        let mut answer = self.answer(at, exchange.answer);
        if let Some(waiting) = exchange.waiting {
            answer.push(waiting, Tone::Dim);
        }
        rows.extend(answer.rows(columns, indent));
        rows.extend(self.ending(at, columns));
        rows.push(Row::blank());
        rows
    }
}

/// A question and its answer that are no turns, or not yet.
struct Exchange<'a> {
    number: &'a str,
    question: &'a str,
    answer: &'a str,
    keep: bool,
    /// What is said in place of the answer, or behind it.
    waiting: Option<&'a str>,
}

impl Column for Conversation<'_> {
    fn len(&self) -> usize {
        self.items.len().max(1)
    }

    fn rows(&self, item: usize, columns: usize) -> Vec<Row> {
        if self.items.is_empty() {
            return welcome(self.language(), columns);
        }
        let talk = &self.state.talk;
        match self.items[item] {
            Item::Turn(place) => self.turn(item, &talk.record.turns[place], columns),
            Item::Aside(place) => {
                let aside = &talk.asides[place];
                let exchange = Exchange {
                    number: "",
                    question: &aside.question,
                    answer: &aside.text,
                    keep: false,
                    waiting: None,
                };
                self.exchange(item, exchange, columns)
            }
            Item::Live => {
                let Some(live) = &talk.live else {
                    return vec![Row::blank()];
                };
                let number = live.turn.map(|turn| turn.to_string()).unwrap_or_default();
                let waiting = match live.phase {
                    Phase::Finding | Phase::Reading { .. } => "…",
                    Phase::Writing { .. } => "▌",
                };
                let exchange = Exchange {
                    number: &number,
                    question: &live.question,
                    answer: &live.text,
                    keep: live.keep,
                    waiting: Some(waiting),
                };
                self.exchange(item, exchange, columns)
            }
        }
    }
}

/// What stands where nothing was said yet.
fn welcome(language: Language, columns: usize) -> Vec<Row> {
    let lines = language.say(
        [
            "Nothing was said yet.",
            "Write what the client says or asks; Enter sends it. Every message is kept on this \
             machine, and every answer shows the turns that it rests on, as [14].",
        ],
        [
            "尚无对话。",
            "写下当事人所说或所问，按 Enter 发送。每条消息都保存在本机，每个回答都标明所依据的轮次，如 [14]。",
        ],
    );
    let rows = lines.map(|line| Text::of(line, Tone::Dim).rows(columns, indent(columns)));
    rows.into_iter().flatten().collect()
}

/// The number, the speaker, the time.
fn head(number: &str, speaker: &str, turn: &Turn) -> Row {
    let at = turn.at;
    let time = format!("{}  {:02}:{:02}", at.date(), at.hour(), at.minute());
    Row {
        indent: 0,
        pieces: vec![
            (format!("{number:>4}  "), Tone::Strong),
            (speaker.to_owned(), Tone::Strong),
            (format!("  {time}"), Tone::Dim),
        ],
    }
}

/// Who speaks on either side.
pub(super) fn speakers(language: Language) -> (&'static str, &'static str) {
    language.say(("client", "counsel"), ("当事人", "律师"))
}

/// Who said a turn.
pub(super) fn speaker(turn: &Turn, language: Language) -> String {
    let (client, counsel) = speakers(language);
    let side = match turn.role {
        Role::Client => client,
        Role::Counsel => counsel,
    };
    turn.speaker.clone().unwrap_or_else(|| side.to_owned())
}

/// Narrow screens have no columns to give away.
fn indent(columns: usize) -> usize {
    if columns < 60 { 2 } else { 6 }
}
