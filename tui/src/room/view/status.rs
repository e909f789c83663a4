//! The title, what is being done, and the keys that are of use now.

use estoppel::Language;
use ratatui::layout::Rect;

use super::Paint;
use crate::room::keys::Action;
use crate::room::language::Say;
use crate::room::message::Preparing;
use crate::room::state::{Engine, Focus, Pane, Phase, State};
use crate::room::text::{Row, Tone, width};

pub(super) fn title(state: &State, area: Rect, paint: &mut Paint<'_>) {
    let language = state.language;
    let turns = state.talk.record.turns.len();
    let turns = language.say(
        format!("{turns} {}", if turns == 1 { "turn" } else { "turns" }),
        format!("{turns}轮"),
    );
    let name = state
        .matter
        .as_ref()
        .map_or("estoppel", |name| name.as_str());
    let mut pieces = vec![(name.to_owned(), Tone::Strong)];
    if state.matter.is_some() {
        pieces.push((format!(" · {turns}"), Tone::Plain));
    }
    if state.private {
        pieces.push((language.say(" · PRIVATE", " · 私密").into(), Tone::Doubt));
    }
    let used: usize = pieces.iter().map(|(text, _)| width(text)).sum();
    let right = match &state.engine {
        Engine::Ready(model) => model.clone(),
        Engine::Preparing(_) => String::new(),
        Engine::Failed => language.say("no model", "无模型").into(),
    };
    paint.row(area, &Row { indent: 0, pieces });
    let room = usize::from(area.width).saturating_sub(used + 2);
    if width(&right) <= room {
        let indent = usize::from(area.width) - width(&right);
        let pieces = vec![(right, Tone::Dim)];
        paint.row(area, &Row { indent, pieces });
    }
}

/// A line across the screen that says what is being done.
pub(super) fn activity(state: &State, area: Rect, paint: &mut Paint<'_>) {
    let words = doing(state);
    let mut pieces = vec![("── ".to_owned(), Tone::Dim)];
    let used = 4 + width(&words);
    pieces.push((words, Tone::Plain));
    let rest = usize::from(area.width).saturating_sub(used);
    pieces.push((format!(" {}", "─".repeat(rest)), Tone::Dim));
    paint.row(area, &Row { indent: 0, pieces });
}

fn doing(state: &State) -> String {
    let language = state.language;
    if let Some(live) = &state.talk.live {
        if live.stopping {
            return language.say("stopping", "正在停止").into();
        }
        return match live.phase {
            Phase::Finding => language.say("searching the record", "检索记录").into(),
            Phase::Reading { done, total } => {
                let percent = percent(done, total);
                language.say(
                    format!("reading {percent} % of {total} tokens"),
                    format!("阅读 {percent}%（{total}词元）"),
                )
            }
            Phase::Writing { pieces, lasted } => {
                let shown = live.shown;
                let seconds = lasted.as_secs_f64();
                let rate = if seconds > 0.0 {
                    pieces as f64 / seconds
                } else {
                    0.0
                };
                language.say(
                    format!("writing {rate:.1} tokens/s · attends to {shown} turns"),
                    format!("书写 {rate:.1}词元/秒 · 参阅{shown}轮"),
                )
            }
        };
    }
    match &state.engine {
        Engine::Preparing(preparing) => preparation(*preparing, language),
        Engine::Ready(_) => match state.private {
            true => language
                .say("ready · nothing is kept", "就绪 · 不保存")
                .into(),
            false => match state.talk.attended {
                0 => language.say("ready", "就绪").into(),
                pages => language.say(
                    format!("ready · the answer attended to {pages} pages"),
                    format!("就绪 · 回答参阅了{pages}页"),
                ),
            },
        },
        Engine::Failed => language
            .say(
                "no model: /pull fetches what is missing",
                "无模型，/pull 下载缺少的文件",
            )
            .into(),
    }
}

fn preparation(preparing: Preparing, language: Language) -> String {
    match preparing {
        Preparing::Opening => language.say("opening the matter", "打开案件").into(),
        Preparing::Fetching {
            model,
            done,
            total,
            left,
        } => {
            let megabytes = total / 1_000_000;
            let percent = (100 * done).checked_div(total).unwrap_or(0);
            let left = left.map_or(String::new(), |left| {
                let seconds = left.as_secs();
                language.say(format!(", {seconds} s left"), format!("，还需{seconds}秒"))
            });
            language.say(
                format!("fetching {model}: {percent} % of {megabytes} MB{left}"),
                format!("下载{model}：{megabytes} MB的{percent}%{left}"),
            )
        }
        Preparing::Loading { done, total } => {
            let percent = match total {
                0 => String::new(),
                _ => format!(" {} %", percent(done, total)),
            };
            language.say(
                format!("loading the models{percent}; you can read and write"),
                format!("加载模型{percent}；可先阅读和书写"),
            )
        }
        Preparing::Encoding { done, total } => {
            let percent = percent(done, total);
            language.say(
                format!("encoding turns {percent} %"),
                format!("编码各轮 {percent}%"),
            )
        }
    }
}

fn percent(done: usize, total: usize) -> usize {
    (100 * done).checked_div(total).unwrap_or(100)
}

/// The keys that are of use now, as many as there is room for.
pub(super) fn keys(state: &State, area: Rect, paint: &mut Paint<'_>) {
    let mut pieces = Vec::new();
    let mut used = 0;
    for (key, told) in useful(state) {
        let wide = width(&key) + width(told) + 3;
        if key.is_empty() || used + wide > usize::from(area.width) + 2 {
            continue;
        }
        used += wide;
        pieces.push((key, Tone::Key));
        pieces.push((format!(" {told}  "), Tone::Dim));
    }
    paint.row(area, &Row { indent: 0, pieces });
}

fn useful(state: &State) -> Vec<(String, &'static str)> {
    let language = state.language;
    let bound = |action: Action| (state.keymap.key(action), action.told(language));
    let followed = matches!(&state.side, Some(side) if matches!(side.pane, Pane::Citation(_)));
    let marking: &[Action] = match followed {
        true => &[Action::MarkRight, Action::MarkWrong],
        false => &[],
    };
    let marking = marking.iter().copied();
    let mut keys: Vec<(String, &'static str)> = Vec::new();
    let fetching = matches!(state.engine, Engine::Preparing(Preparing::Fetching { .. }));
    if state.talk.live.is_some() || fetching {
        keys.push(("Esc".into(), language.say("stop", "停止")));
    }
    match state.focus {
        Focus::Input => {
            if state.talk.live.is_none() {
                keys.push(("Enter".into(), language.say("send", "发送")));
            }
            keys.push((
                state.keymap.key(Action::NextFocus),
                language.say("read", "阅读"),
            ));
            keys.extend(
                [
                    Action::Help,
                    Action::Palette,
                    Action::Matters,
                    Action::Record,
                ]
                .map(bound),
            );
            keys.push(("Ctrl+J".into(), language.say("new line", "换行")));
            keys.push(bound(Action::PageUp));
        }
        Focus::Conversation => {
            keys.extend([Action::Follow, Action::NextCitation].map(bound));
            keys.push(("Esc".into(), language.say("back", "返回")));
            keys.extend(marking.map(bound));
            keys.push(("?".into(), language.say("keys", "按键")));
            keys.extend([Action::Copy, Action::AskAgain, Action::Edit].map(bound));
        }
        Focus::Side => {
            keys.push((
                state.keymap.key(Action::Follow),
                language.say("go to the turn", "转到该轮"),
            ));
            keys.push(("Esc".into(), language.say("close", "关闭")));
            keys.extend(marking.map(bound));
            keys.push(("?".into(), language.say("keys", "按键")));
            keys.extend([Action::Up, Action::Down].map(bound));
        }
    }
    keys.push(bound(Action::Quit));
    keys
}
