//! What the worker tells.

use std::sync::Arc;

use estoppel::memory::{Mark, MatterName, Verdict};

use super::{Editor, Engine, Focus, Pane, Side, State, Talk};
use crate::room::language::Say;
use crate::room::message::{Effect, Noted, Record, Report};
use crate::room::text::Scroll;

impl State {
    pub(super) fn hear(&mut self, report: Report) -> Vec<Effect> {
        match report {
            Report::Opened {
                matter,
                record,
                answers,
                draft,
                notes,
            } => {
                self.kept.insert(matter.clone(), draft.clone());
                self.enter(Some(matter), Talk::of(record, answers), draft);
                if !notes.is_empty() {
                    let text = notes.join(" ");
                    self.say(text.clone(), text);
                }
            }
            Report::Renamed(matter) => {
                let before = self.matter.replace(matter.clone());
                if let Some(draft) = before.and_then(|name| self.kept.remove(&name)) {
                    self.kept.insert(matter, draft);
                }
            }
            Report::Shut => self.enter(None, Talk::default(), String::new()),
            Report::Preparing(preparing) => self.engine = Engine::Preparing(preparing),
            Report::Ready { model } => self.engine = Engine::Ready(model),
            Report::Answering { event, writing } => self.talk.take(event, writing),
            Report::Answered { answer, record } => {
                self.talk.finish(&answer, Arc::clone(&record));
                self.refresh(&record);
            }
            Report::Marked { mark, record } => {
                self.talk.record = record;
                self.marked(&mark);
            }
            Report::Changed(record) => {
                self.talk.change(Arc::clone(&record));
                self.chosen = None;
                self.refresh(&record);
            }
            Report::Found { query, evidence } => {
                self.side = Some(Side::of(Pane::found(query, evidence)));
                self.focus = Focus::Side;
            }
            Report::Matters(matters) => self.list_matters(matters),
            Report::Noted(noted) => self.note(&noted),
            Report::Failed { error, record } => self.failed(error, record),
        }
        Vec::new()
    }

    /// Another matter is open, or none; what was being written in it is there again.
    fn enter(&mut self, matter: Option<MatterName>, talk: Talk, draft: String) {
        let waiting = matter.as_ref().and_then(|name| self.drafts.remove(name));
        let draft = waiting.unwrap_or_else(|| Editor::holding(draft));
        match self.matter.take() {
            Some(left) => {
                let left_off = std::mem::replace(&mut self.input, draft);
                self.drafts.insert(left, left_off);
            }
            // What was typed while it was being opened stays.
            None if self.input.is_empty() => self.input = draft,
            None => {}
        }
        self.matter = matter;
        self.talk = talk;
        self.recall = super::Recall::default();
        self.scroll = Scroll::End;
        self.chosen = None;
        self.side = None;
        self.notice = None;
        self.focus = Focus::Input;
    }

    /// What stands beside the conversation follows the record.
    fn refresh(&mut self, record: &Record) {
        self.side = self.side.take().and_then(|side| side.refreshed(record));
        if self.side.is_none() && self.focus == Focus::Side {
            self.focus = Focus::Input;
        }
    }

    fn failed(&mut self, error: String, record: Option<Arc<Record>>) {
        if self.talk.live.is_some() {
            self.talk.fail(record);
        }
        if matches!(self.engine, Engine::Preparing(_)) {
            self.engine = Engine::Failed;
        }
        self.fail(error);
    }

    fn marked(&mut self, mark: &Mark) {
        let turn = mark.turn;
        let (en, zh) = match mark.verdict {
            Some(Verdict::Right) => (
                format!("For such questions [{turn}] is found sooner from now on."),
                format!("今后遇到此类问题，[{turn}]会更靠前。"),
            ),
            Some(Verdict::Wrong) => (
                format!("For such questions [{turn}] is found later from now on."),
                format!("今后遇到此类问题，[{turn}]会更靠后。"),
            ),
            None => (
                format!("What was said of [{turn}] is taken back."),
                format!("已撤回对[{turn}]的标记。"),
            ),
        };
        self.say(en, zh);
    }

    fn note(&mut self, noted: &Noted) {
        let (en, zh) = match noted {
            Noted::Forgotten(turn) => (
                format!("Turn {turn} and all that was derived from it are gone."),
                format!("第{turn}轮及由其得出的一切均已删除。"),
            ),
            Noted::Exported(path) => (
                format!("The matter was written to {path}."),
                format!("已导出到 {path}。"),
            ),
            Noted::Imported { matter, turns } => (
                format!("{turns} turns are now the matter {matter}."),
                format!("已导入{turns}轮，案件名为{matter}。"),
            ),
            Noted::Fetched(models) if models.is_empty() => (
                "Nothing is missing.".to_owned(),
                "没有缺少的文件。".to_owned(),
            ),
            Noted::Fetched(models) => (
                format!("{} is here now.", models.join(", ")),
                format!("{}已下载。", models.join("、")),
            ),
            Noted::Corrected { turn, over } if over.is_empty() => (
                format!(
                    "Kept as turn {turn}. Nothing in the record lost to it: say it with the \
                     words of what it corrects."
                ),
                format!("已存为第{turn}轮，但记录中没有内容因此更正：请用原来的说法写出更正。"),
            ),
            Noted::Corrected { turn, over } => {
                let over: Vec<_> = over.iter().map(|turn| format!("[{turn}]")).collect();
                let over = over.join(self.language.say(", ", "、"));
                (
                    format!("Kept as turn {turn}; it corrects {over}."),
                    format!("已存为第{turn}轮，更正{over}。"),
                )
            }
        };
        self.say(en, zh);
    }
}
