//! Lists to choose from, over the whole screen: commands and matters.

use estoppel::Language;
use estoppel::memory::TurnId;
use estoppel::memory::matters::MatterInfo;
use ratatui::layout::Rect;

use super::Paint;
use super::layout::{Areas, notice_rows};
use crate::room::language::Say;
use crate::room::state::{Cabinet, Choice, Command, Doing, Editor, Offer, State, offers};
use crate::room::text::{Row, Text, Tone, width};

/// A list as it is drawn.
struct Listing<'a> {
    heading: &'a str,
    /// What is typed, behind these words.
    prompt: &'a str,
    editor: &'a Editor,
    rows: Vec<Row>,
    chosen: usize,
    keys: Vec<(&'a str, &'a str)>,
}

/// Draws the commands; where the cursor is.
pub(super) fn palette(
    state: &State,
    choice: &Choice,
    area: Rect,
    paint: &mut Paint<'_>,
) -> (u16, u16) {
    let language = state.language;
    let row = |(at, offer): (usize, &Offer)| match offer {
        Offer::Command(offered) => command(offered, at == choice.chosen, language),
        Offer::Action(action) => {
            let told = action.told(language);
            entry(&state.keymap.keys(*action), "", told, at == choice.chosen)
        }
    };
    let listing = Listing {
        heading: language.say("Commands", "命令"),
        prompt: "> ",
        editor: &choice.filter,
        rows: offers(state, choice.filter.text())
            .iter()
            .enumerate()
            .map(row)
            .collect(),
        chosen: choice.chosen,
        keys: language.say(
            vec![("Enter", "run"), ("Esc", "back")],
            vec![("Enter", "执行"), ("Esc", "返回")],
        ),
    };
    listing.draw(state, area, paint)
}

/// A command with what it takes and does.
pub(super) fn command(command: &Command, chosen: bool, language: Language) -> Row {
    let name = format!("/{}", command.name);
    entry(
        &name,
        command.takes(language),
        command.told(language),
        chosen,
    )
}

fn entry(name: &str, takes: &str, told: &str, chosen: bool) -> Row {
    let lead = if chosen { "▸ " } else { "  " };
    let head = format!("{name} {takes}");
    let pad = " ".repeat(26usize.saturating_sub(width(&head)).max(1));
    Row {
        indent: 0,
        pieces: vec![
            (lead.into(), Tone::Strong),
            (
                name.to_owned(),
                if chosen { Tone::Chosen } else { Tone::Key },
            ),
            (format!(" {takes}{pad}"), Tone::Dim),
            (told.to_owned(), Tone::Plain),
        ],
    }
}

/// Draws the matters; where the cursor is.
pub(super) fn matters(
    state: &State,
    cabinet: &Cabinet,
    area: Rect,
    paint: &mut Paint<'_>,
) -> (u16, u16) {
    let language = state.language;
    let listed = cabinet.listed();
    let chosen = cabinet.choice.chosen;
    let mut rows: Vec<Row> = listed
        .iter()
        .enumerate()
        .map(|(at, info)| matter(state, info, at == chosen))
        .collect();
    let typed = cabinet.choice.filter.text().trim();
    if listed.is_empty() && !typed.is_empty() {
        let words = language.say(
            format!("  Enter makes the matter {typed}"),
            format!("  按 Enter 新建案件 {typed}"),
        );
        rows.push(Row::of(words, Tone::Strong));
    }
    let (prompt, editor) = match &cabinet.doing {
        Doing::Renaming(_, name) => (language.say("new name: ", "新名称："), name),
        _ => (
            language.say("find or make: ", "查找或新建："),
            &cabinet.choice.filter,
        ),
    };
    let keys = match &cabinet.doing {
        Doing::Choosing => language.say(
            vec![
                ("Enter", "open"),
                ("Esc", "back"),
                ("Ctrl+R", "rename"),
                ("Ctrl+D", "delete"),
                ("Ctrl+E", "archive"),
                ("Tab", "archived ones"),
            ],
            vec![
                ("Enter", "打开"),
                ("Esc", "返回"),
                ("Ctrl+R", "改名"),
                ("Ctrl+D", "删除"),
                ("Ctrl+E", "归档"),
                ("Tab", "已归档"),
            ],
        ),
        Doing::Renaming(..) => language.say(
            vec![("Enter", "rename"), ("Esc", "back")],
            vec![("Enter", "改名"), ("Esc", "返回")],
        ),
        Doing::Deleting(_) => language.say(
            vec![("y", "delete for good"), ("any other key", "back")],
            vec![("y", "永久删除"), ("其他键", "返回")],
        ),
    };
    let deleting = match &cabinet.doing {
        Doing::Deleting(name) => language.say(
            format!("Delete {name} with all that was said, for good?"),
            format!("永久删除{name}及其全部内容？"),
        ),
        _ => String::new(),
    };
    let listing = Listing {
        heading: match deleting.is_empty() {
            true => language.say("Matters", "案件"),
            false => &deleting,
        },
        prompt,
        editor,
        rows,
        chosen,
        keys,
    };
    listing.draw(state, area, paint)
}

fn matter(state: &State, info: &MatterInfo, chosen: bool) -> Row {
    let language = state.language;
    let lead = if chosen { "▸ " } else { "  " };
    let name = info.name.as_str();
    let pad = " ".repeat(24usize.saturating_sub(width(name)).max(1));
    let turns = info.turns;
    let turns = language.say(format!("{turns:>5} turns"), format!("{turns:>5}轮"));
    let day = info.last_used.strftime("%Y-%m-%d");
    let mut pieces = vec![
        (lead.to_owned(), Tone::Strong),
        (
            name.to_owned(),
            if chosen { Tone::Chosen } else { Tone::Plain },
        ),
        (format!("{pad}{turns}  {day}"), Tone::Dim),
    ];
    if state.matter.as_ref() == Some(&info.name) {
        pieces.push((language.say("  open", "  已打开").into(), Tone::Strong));
    }
    if info.archived {
        pieces.push((language.say("  archived", "  已归档").into(), Tone::Dim));
    }
    Row { indent: 0, pieces }
}

/// Asks whether a turn is to be forgotten, in place of the message.
pub(super) fn forgetting(state: &State, turn: TurnId, areas: &Areas, paint: &mut Paint<'_>) {
    let words = state.language.say(
        format!("Forget turn {turn} and all that was derived from it, for good? y / n"),
        format!("永久遗忘第{turn}轮及由其得出的一切？y / n"),
    );
    paint.clear(areas.input);
    paint.clear(areas.bar);
    let both = Rect {
        height: areas.input.height + areas.bar.height,
        ..areas.input
    };
    let rows = Text::of(words, Tone::Failure).rows(both.width.into(), 0);
    for (y, row) in (both.top()..both.bottom()).zip(&rows) {
        paint.row(
            Rect {
                y,
                height: 1,
                ..both
            },
            row,
        );
    }
}

impl Listing<'_> {
    fn draw(&self, state: &State, area: Rect, paint: &mut Paint<'_>) -> (u16, u16) {
        paint.clear(area);
        let line = |y: u16| Rect {
            y: area.y + y.min(area.height.saturating_sub(1)),
            height: 1,
            ..area
        };
        let heading = Text::of(self.heading, Tone::Heading).rows(area.width.into(), 0);
        let typed = Row {
            indent: 0,
            pieces: vec![
                (self.prompt.into(), Tone::Strong),
                (self.editor.text().into(), Tone::Plain),
            ],
        };
        let top = heading.len() as u16;
        for (y, row) in (0..).zip(heading.iter().chain([&typed])) {
            paint.row(line(y), row);
        }
        let notice = notice_rows(state, area.width);
        let room = area.height.saturating_sub(top + 2 + notice.len() as u16);
        let first = (self.chosen + 1).saturating_sub(room.into());
        let shown = self.rows.iter().skip(first).take(room.into());
        for (y, row) in (top + 1..).zip(shown) {
            paint.row(line(y), row);
        }
        for (y, row) in (top + 1 + room..).zip(&notice) {
            paint.row(line(y), row);
        }
        let mut pieces = Vec::new();
        for (key, told) in &self.keys {
            pieces.push(((*key).to_owned(), Tone::Key));
            pieces.push((format!(" {told}  "), Tone::Dim));
        }
        paint.row(line(area.height), &Row { indent: 0, pieces });
        let columns = usize::from(area.width).max(1);
        let (column, _) = self.editor.position(usize::MAX);
        let x = (width(self.prompt) + column).min(columns - 1) as u16;
        (area.x + x, line(top).y)
    }
}
