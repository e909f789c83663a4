//! The panes beside the conversation, as columns.

mod around;
mod citation;
mod found;
mod record;
mod why;

use estoppel::Language;
use estoppel::memory::{Reason, TurnId, Verdict};

use crate::room::language::Say;
use crate::room::state::{Focus, Pane, Side, State};
use crate::room::text::{Anchor, Column, Row, Text, Tone};

/// A pane of a state: its heading, then its items.
pub(crate) struct PaneColumn<'a> {
    state: &'a State,
    side: &'a Side,
}

impl<'a> PaneColumn<'a> {
    pub(crate) fn new(state: &'a State, side: &'a Side) -> Self {
        Self { state, side }
    }

    /// The first and the last row of the chosen item; the heading is part of the first.
    pub(crate) fn chosen(&self, columns: usize) -> (Anchor, Anchor) {
        let item = self.side.chosen + 1;
        let row = self.rows(item, columns).len().saturating_sub(1);
        let first = if self.side.chosen == 0 { 0 } else { item };
        (
            Anchor {
                item: first,
                row: 0,
            },
            Anchor { item, row },
        )
    }

    fn heading(&self, columns: usize) -> Vec<Row> {
        let language = self.state.language;
        let words = match &self.side.pane {
            Pane::Citation(_) | Pane::Why(_) => return Vec::new(),
            Pane::Record(shown) => match shown.as_of {
                Some(turn) => language.say(
                    format!("The record as it stood after turn {turn}"),
                    format!("第{turn}轮之后的记录"),
                ),
                None => language.say("The record", "记录").into(),
            },
            Pane::Timeline(_) => language.say("Timeline", "时间线").into(),
            Pane::Parties(_) => language.say("Parties", "当事人").into(),
            Pane::Found(query, _) => language.say(
                format!("Turns that bear on “{query}”"),
                format!("与“{query}”有关的轮次"),
            ),
            Pane::Around(_) => language
                .say("Around the last answer", "最近回答的周围")
                .into(),
        };
        let mut rows = Text::of(words, Tone::Heading).rows(columns, 0);
        if self.side.pane.len() == 0 {
            let words = language.say("There is nothing here yet.", "尚无内容。");
            rows.extend(Text::of(words, Tone::Dim).rows(columns, 2));
        }
        rows
    }

    fn item(&self, item: usize, columns: usize) -> Vec<Row> {
        let language = self.state.language;
        let text = match &self.side.pane {
            Pane::Citation(_) | Pane::Why(_) => return Vec::new(),
            Pane::Record(shown) => record::entry(&shown.entries[item], language),
            Pane::Timeline(dated) => record::dated(&dated[item]),
            Pane::Parties(parties) => record::party(&parties[item], language),
            Pane::Found(_, turns) => found::found(self.state, &turns[item]),
            Pane::Around(near) => around::near(self.state, &near[item]),
        };
        let mut rows = text.rows(columns, 2);
        if self.state.focus == Focus::Side && self.side.chosen == item {
            let first = &mut rows[0];
            first.indent = 0;
            first.pieces.insert(0, ("▸ ".into(), Tone::Strong));
        }
        rows
    }
}

impl Column for PaneColumn<'_> {
    fn len(&self) -> usize {
        self.side.pane.len() + 1
    }

    fn rows(&self, item: usize, columns: usize) -> Vec<Row> {
        match (&self.side.pane, item) {
            (Pane::Citation(followed), _) => citation::rows(self.state, followed, columns),
            (Pane::Why(why), _) => why::rows(self.state, why, columns),
            (_, 0) => self.heading(columns),
            (_, item) => self.item(item - 1, columns),
        }
    }
}

/// A turn's mark.
fn mark(turn: TurnId) -> String {
    format!("[{turn}]")
}

/// A reason in words.
fn told(reason: &Reason, language: Language) -> String {
    match reason {
        Reason::Words { rank, terms } => {
            let terms = terms.join(language.say(", ", "、"));
            language.say(
                format!("it shares words with the question, no. {rank}: {terms}"),
                format!("与问题用词相同，第{rank}位：{terms}"),
            )
        }
        Reason::Meaning { rank, cosine } => language.say(
            format!("it is near in meaning, no. {rank} ({cosine:.2})"),
            format!("语义相近，第{rank}位（{cosine:.2}）"),
        ),
        Reason::Neighbour { of } => {
            language.say(format!("it stands next to [{of}]"), format!("与[{of}]相邻"))
        }
        Reason::Linked { over } => language.say(
            format!("it is linked over {over}"),
            format!("通过{over}相连"),
        ),
        Reason::Corrects { turn } => {
            language.say(format!("it corrects [{turn}]"), format!("更正[{turn}]"))
        }
        Reason::CorrectedBy { turn } => language.say(
            format!("it is corrected by [{turn}]"),
            format!("被[{turn}]更正"),
        ),
        Reason::Marked { verdict } => match verdict {
            Verdict::Right => language.say(
                "you marked it right for such a question".into(),
                "您曾就此类问题标记其正确".into(),
            ),
            Verdict::Wrong => language.say(
                "you marked it wrong for such a question".into(),
                "您曾就此类问题标记其有误".into(),
            ),
        },
    }
}
