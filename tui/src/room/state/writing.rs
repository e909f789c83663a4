//! Keys while a message is written.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Engine, Focus, State, completions};
use crate::room::message::{Effect, Work};
use crate::room::text::Scroll;
use crate::room::view;

impl State {
    pub(super) fn write(&mut self, key: KeyEvent) -> Vec<Effect> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let shift = key.modifiers.contains(KeyModifiers::SHIFT);
        if !matches!(key.code, KeyCode::Up | KeyCode::Down | KeyCode::Enter) {
            self.suggested = 0;
        }
        match key.code {
            KeyCode::Enter if alt || shift || control => self.input.insert("\n"),
            KeyCode::Enter => return self.submit(),
            KeyCode::Char(c) if control => return self.control(c),
            KeyCode::Char('b') if alt => self.input.word_left(),
            KeyCode::Char('f') if alt => self.input.word_right(),
            KeyCode::Char('?') if self.input.is_empty() => self.open_help(),
            KeyCode::Char(c) if !alt => self.input.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace if alt || control => self.input.delete_word(),
            KeyCode::Backspace => self.input.backspace(),
            KeyCode::Delete => self.input.delete(),
            KeyCode::Left if control || alt => self.input.word_left(),
            KeyCode::Right if control || alt => self.input.word_right(),
            KeyCode::Left => self.input.left(),
            KeyCode::Right => self.input.right(),
            KeyCode::Home => self.input.home(),
            KeyCode::End => self.input.end(),
            KeyCode::Up => self.vertical(false),
            KeyCode::Down => self.vertical(true),
            _ => {}
        }
        Vec::new()
    }

    fn control(&mut self, c: char) -> Vec<Effect> {
        match c {
            'j' => self.input.insert("\n"),
            'a' => self.input.home(),
            'e' => self.input.end(),
            'b' => self.input.left(),
            'f' => self.input.right(),
            'h' => self.input.backspace(),
            'w' => self.input.delete_word(),
            'u' => self.input.delete_to_start(),
            'k' => self.input.delete_to_end(),
            'd' if self.input.is_empty() => return self.quit(),
            'd' => self.input.delete(),
            _ => {}
        }
        Vec::new()
    }

    /// Among the commands that are offered; else a row up or down, and beyond the
    /// first and the last, what was said before.
    fn vertical(&mut self, down: bool) {
        let offered = completions(self.input.text()).len();
        if offered > 0 {
            let last = offered - 1;
            self.suggested = match down {
                true => (self.suggested + 1).min(last),
                false => self.suggested.min(last).saturating_sub(1),
            };
            return;
        }
        let columns = view::input_columns(self.size.0);
        if self.input.vertical(columns, down) {
            return;
        }
        let said = self.talk.said();
        let recalled = if down {
            self.recall.later(&said)
        } else {
            self.recall
                .earlier(&said, self.input.text())
                .map(str::to_owned)
        };
        if let Some(text) = recalled {
            self.input = super::Editor::holding(text);
        }
    }

    fn submit(&mut self) -> Vec<Effect> {
        if self.input.text().trim().is_empty() {
            return Vec::new();
        }
        if self.input.text().starts_with('/') {
            return self.command();
        }
        if self.matter.is_none() {
            self.say(
                "No matter is open; F2 lists them.",
                "没有打开的案件，按 F2 查看。",
            );
            return Vec::new();
        }
        if self.talk.live.is_some() {
            self.say(
                "An answer is being written; Esc stops it. Your message stays here.",
                "正在回答，按 Esc 停止。您的消息保留在此。",
            );
            return Vec::new();
        }
        match self.engine {
            Engine::Ready(_) => {}
            Engine::Preparing(_) => {
                self.say(
                    "The model is not ready yet; your message stays here until it is.",
                    "模型尚未就绪，您的消息保留在此。",
                );
                return Vec::new();
            }
            Engine::Failed => {
                self.say(
                    "There is no model to answer. `estoppel doctor` tells what is missing.",
                    "没有可用的模型。`estoppel doctor` 会说明缺少什么。",
                );
                return Vec::new();
            }
        }
        let question = self.input.take();
        self.ask(question)
    }

    pub(super) fn ask(&mut self, question: String) -> Vec<Effect> {
        let keep = !self.private;
        self.recall = super::Recall::default();
        self.notice = None;
        self.chosen = None;
        self.focus = Focus::Input;
        self.scroll = Scroll::End;
        self.talk.begin(question.clone(), keep);
        // What is said is no draft any more.
        let mut effects = self.keep_drafts();
        effects.push(Effect::Work(Work::Ask { question, keep }));
        effects
    }
}
