//! What can be asked for by a line that begins with a slash.

use estoppel::Language;
use estoppel::memory::matter::Why;
use estoppel::memory::{MatterName, TurnId};

use super::modal::Modal;
use super::pane::{Pane, Side};
use super::{Editor, Engine, Focus, State};
use crate::room::language::Say;
use crate::room::message::{Effect, Format, Work};
use crate::room::view;

/// A command with what follows it.
#[derive(Debug, PartialEq)]
pub(crate) struct Command {
    /// Without the slash.
    pub(crate) name: &'static str,
    /// What follows, as it is shown; empty if nothing does.
    pub(crate) takes: (&'static str, &'static str),
    told: (&'static str, &'static str),
}

const fn command(
    name: &'static str,
    takes: (&'static str, &'static str),
    told: (&'static str, &'static str),
) -> Command {
    Command { name, takes, told }
}

/// Every command, in the order in which they are offered.
pub(crate) const ALL: [Command; 20] = [
    command(
        "find",
        ("WORDS", "词语"),
        ("turns that bear on something", "查找相关轮次"),
    ),
    command(
        "facts",
        ("", ""),
        ("the record: what holds now", "记录：现行事实"),
    ),
    command(
        "as-of",
        ("TURN", "轮次"),
        ("the record as it stood after a turn", "某轮之后的记录"),
    ),
    command("timeline", ("", ""), ("what has a date", "时间线")),
    command("parties", ("", ""), ("who is spoken of", "当事人")),
    command(
        "graph",
        ("", ""),
        ("the turns around the last answer", "最近回答周围的轮次"),
    ),
    command(
        "why",
        ("TURN", "轮次"),
        ("what became of a turn", "某轮的来龙去脉"),
    ),
    command(
        "correct",
        ("WORDS", "词语"),
        ("say what is right instead", "更正先前所说"),
    ),
    command(
        "forget",
        ("TURN", "轮次"),
        ("remove a turn for good", "永久遗忘某轮"),
    ),
    command(
        "private",
        ("", ""),
        ("ask without keeping anything", "提问但不保存"),
    ),
    command(
        "matters",
        ("", ""),
        (
            "open, make, rename, delete matters",
            "打开、新建、改名、删除案件",
        ),
    ),
    command(
        "export",
        ("FILE.md or FILE.jsonl", "文件.md 或 .jsonl"),
        ("write the matter to a file", "导出到文件"),
    ),
    command(
        "import",
        ("FILE NAME", "文件 名称"),
        ("read a matter from such lines", "导入案件"),
    ),
    command(
        "model",
        ("NAME", "名称"),
        ("answer by another model", "更换模型"),
    ),
    command(
        "pull",
        ("[NAME]", "[名称]"),
        ("fetch a model, or what is missing", "下载模型或缺少的文件"),
    ),
    command(
        "budget",
        ("TURNS", "轮数"),
        ("how many turns an answer attends to", "每个回答参阅的轮数"),
    ),
    command(
        "copy",
        ("", ""),
        ("put the last answer on the clipboard", "复制最近的回答"),
    ),
    command(
        "mouse",
        ("", ""),
        ("scroll and click here, or not", "启用或停用鼠标"),
    ),
    command("help", ("", ""), ("the keys", "按键")),
    command("quit", ("", ""), ("leave", "退出")),
];

impl Command {
    /// What it does.
    pub(crate) fn told(&self, language: Language) -> &'static str {
        language.say(self.told.0, self.told.1)
    }

    /// Whether it is nothing without what follows it.
    fn needs_more(&self) -> bool {
        !self.takes.0.is_empty() && !self.takes.0.starts_with('[')
    }

    /// What follows it.
    pub(crate) fn takes(&self, language: Language) -> &'static str {
        language.say(self.takes.0, self.takes.1)
    }
}

/// The commands that a line may become while it is typed; none once it has a space.
pub(crate) fn completions(line: &str) -> Vec<&'static Command> {
    match line.strip_prefix('/') {
        Some(typed) if !typed.contains(char::is_whitespace) => ALL
            .iter()
            .filter(|command| command.name.starts_with(typed))
            .collect(),
        _ => Vec::new(),
    }
}

impl State {
    /// A command that was picked from a list: it runs, or waits for what follows it.
    pub(super) fn choose_command(&mut self, command: &Command) -> Vec<Effect> {
        if !command.needs_more() {
            self.input.take();
            return self.run_command(command.name, "");
        }
        self.focus = Focus::Input;
        self.input = Editor::holding(format!("/{} ", command.name));
        Vec::new()
    }

    /// A line that begins with a slash.
    pub(super) fn command(&mut self) -> Vec<Effect> {
        let line = self.input.text().trim().to_owned();
        let typed = completions(&line);
        let exact = typed.iter().any(|command| line[1..] == *command.name);
        if let (false, Some(command)) = (exact, typed.get(self.suggested)) {
            return self.choose_command(command);
        }
        let (name, rest) = line[1..]
            .split_once(char::is_whitespace)
            .unwrap_or((&line[1..], ""));
        let Some(command) = ALL.iter().find(|command| command.name == name) else {
            self.fail(self.language.say(
                format!("There is no command /{name}; Ctrl+P lists them. To send this as a message, put a space before it."),
                format!("没有命令 /{name}；按 Ctrl+P 查看。若要作为消息发送，请在前面加一个空格。"),
            ));
            return Vec::new();
        };
        let rest = rest.trim();
        if rest.is_empty() && command.needs_more() {
            let takes = command.takes(self.language);
            self.fail(self.language.say(
                format!("Write it as /{name} {takes}"),
                format!("请写作 /{name} {takes}"),
            ));
            return Vec::new();
        }
        self.input.take();
        self.notice = None;
        self.run_command(name, rest)
    }

    fn run_command(&mut self, name: &str, rest: &str) -> Vec<Effect> {
        let work = match name {
            "facts" => return self.show(|state| Some(Pane::record(&state.talk.record, None))),
            "timeline" => return self.show(|state| Some(Pane::timeline(&state.talk.record))),
            "parties" => return self.show(|state| Some(Pane::parties(&state.talk.record))),
            "graph" => return self.show_around(),
            "as-of" => {
                return self.with_turn(rest, |state, turn| {
                    state.show(|state| Some(Pane::record(&state.talk.record, Some(turn))))
                });
            }
            "why" => return self.with_turn(rest, Self::show_why),
            "forget" => {
                return self.with_turn(rest, |state, turn| {
                    state.modal = Some(Modal::Forgetting(turn));
                    Vec::new()
                });
            }
            "private" => return self.toggle_private(),
            "matters" => return self.open_matters(),
            "copy" => return self.copy(),
            "mouse" => return self.toggle_mouse(),
            "quit" => return self.quit(),
            "find" => Work::Find(rest.to_owned()),
            "correct" => Work::Correct(rest.to_owned()),
            "export" => Work::Export {
                format: match rest.ends_with(".md") {
                    true => Format::Markdown,
                    false => Format::JsonLines,
                },
                path: rest.to_owned(),
            },
            "import" => return self.import(rest),
            "model" => Work::UseModel(rest.to_owned()),
            "pull" => return self.pull(rest),
            "budget" => return self.budget(rest),
            _ => {
                self.open_help();
                return Vec::new();
            }
        };
        self.when_open(work)
    }

    /// Work that needs an open matter and, but for an export, a model.
    pub(super) fn when_open(&mut self, work: Work) -> Vec<Effect> {
        let ready = matches!(self.engine, Engine::Ready(_));
        let needs_model = !matches!(work, Work::Export { .. } | Work::UseModel(_));
        if self.matter.is_none() || (needs_model && !ready) {
            self.say(
                "That has to wait until the matter is open and the models are loaded.",
                "请等案件打开、模型加载完毕。",
            );
            return Vec::new();
        }
        vec![Effect::Work(work)]
    }

    /// Shows a pane, if there is something to show.
    pub(super) fn show(&mut self, pane: impl Fn(&Self) -> Option<Pane>) -> Vec<Effect> {
        if let Some(pane) = pane(self) {
            self.side = Some(Side::of(pane));
            self.focus = Focus::Side;
        }
        Vec::new()
    }

    fn show_why(&mut self, turn: TurnId) -> Vec<Effect> {
        self.show(|state| {
            let record = &state.talk.record;
            let why = Why::of(record.turn(turn)?, &record.graph);
            Some(Pane::Why(Box::new(why)))
        })
    }

    fn show_around(&mut self) -> Vec<Effect> {
        let items = self.talk.items();
        let around = items.iter().rev().find_map(|item| {
            let cited = self.talk.cited(*item)?;
            Pane::around(&self.talk.record, cited)
        });
        if around.is_none() {
            self.say(
                "Ask something first: this shows the turns around the last answer.",
                "请先提问：这里显示最近回答周围的轮次。",
            );
        }
        self.show(|_| around.clone())
    }

    fn with_turn(
        &mut self,
        rest: &str,
        run: impl FnOnce(&mut Self, TurnId) -> Vec<Effect>,
    ) -> Vec<Effect> {
        let number = rest.trim_matches(['[', ']']).parse().map(TurnId).ok();
        match number.filter(|turn| self.talk.record.turn(*turn).is_some()) {
            Some(turn) => run(self, turn),
            None => {
                let last = self.talk.record.turns.len();
                self.fail(self.language.say(
                    format!("There is no turn {rest}; the matter has {last}."),
                    format!("没有第{rest}轮；本案共{last}轮。"),
                ));
                Vec::new()
            }
        }
    }

    /// Weights can be fetched whenever nothing else is being prepared.
    fn pull(&mut self, rest: &str) -> Vec<Effect> {
        if let Engine::Preparing(_) = self.engine {
            self.say(
                "Something is being loaded or fetched already.",
                "正在加载或下载，请稍候。",
            );
            return Vec::new();
        }
        vec![Effect::Work(Work::Pull(rest.to_owned()))]
    }

    fn toggle_private(&mut self) -> Vec<Effect> {
        self.private = !self.private;
        if self.private {
            self.say(
                "Private: answers read the record, and nothing is kept. /private ends it.",
                "私密：回答会参阅记录，但不保存任何内容。再次输入 /private 结束。",
            );
        } else {
            self.say("What is said is kept again.", "恢复保存。");
        }
        Vec::new()
    }

    fn budget(&mut self, rest: &str) -> Vec<Effect> {
        match rest.parse() {
            Ok(turns @ 1..=100) => {
                self.say(
                    format!("Answers attend to {turns} turns at most."),
                    format!("每个回答至多参阅{turns}轮。"),
                );
                self.when_open(Work::Budget(turns))
            }
            _ => {
                self.fail(self.language.say(
                    "A budget is a number of turns from 1 to 100.",
                    "轮数应为1到100之间的数字。",
                ));
                Vec::new()
            }
        }
    }

    fn import(&mut self, rest: &str) -> Vec<Effect> {
        let named = rest.rsplit_once(char::is_whitespace);
        let named = named.map(|(path, name)| (path.trim(), MatterName::new(name)));
        match named {
            Some((path, Ok(matter))) => vec![Effect::Work(Work::Import {
                path: path.to_owned(),
                matter,
            })],
            Some((_, Err(error))) => {
                self.fail(error.to_string());
                Vec::new()
            }
            None => {
                self.fail(self.language.say(
                    "Write it as /import FILE NAME: the file and the new matter's name",
                    "请写作 /import 文件 名称",
                ));
                Vec::new()
            }
        }
    }

    /// Whether a pane covers what its command was typed at.
    pub(super) fn leave_covered(&mut self) {
        if view::covered(self) {
            self.side = None;
            self.focus = Focus::Conversation;
        }
    }
}
