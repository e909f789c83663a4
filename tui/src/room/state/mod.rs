//! The room as a state machine: a message changes the state and asks for effects.
//! Nothing here reads or writes anything, so that a test can drive it.

mod command;
mod editor;
mod hearing;
mod modal;
mod pane;
mod pointer;
mod reading;
mod talk;
mod writing;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use estoppel::Language;
use estoppel::memory::MatterName;

use super::keys::{Action, Keymap};
use super::language::Say;
use super::message::{Effect, Message, Preparing, Record, Work};
use super::text::Scroll;

pub(crate) use command::{Command, completions};
pub(crate) use editor::{Editor, Recall};
pub(crate) use modal::{Cabinet, Choice, Doing, Modal, Offer, offers};
pub(crate) use pane::{Dated, Entry, Followed, Near, Pane, Party, Side};
pub(crate) use talk::{Item, Phase, Talk};

/// Where keys go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    /// The message that is being written.
    #[default]
    Input,
    /// What was said.
    Conversation,
    /// The pane beside it.
    Side,
}

/// Whether questions can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Not yet.
    Preparing(Preparing),
    /// By this model.
    Ready(String),
    /// No: it could not be made ready.
    Failed,
}

/// Something that is said once and stays until it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) text: String,
    pub(crate) failure: bool,
}

/// A citation that is chosen: an item of the conversation and a mark in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) item: usize,
    pub(crate) mark: usize,
}

/// Everything that the room shows.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Columns and rows of the terminal.
    pub(crate) size: (u16, u16),
    pub(crate) language: Language,
    pub(crate) keymap: Keymap,
    pub(crate) matter: Option<MatterName>,
    pub(crate) talk: Talk,
    pub(crate) engine: Engine,
    pub(crate) input: Editor,
    recall: Recall,
    pub(crate) focus: Focus,
    pub(crate) scroll: Scroll,
    pub(crate) chosen: Option<Chosen>,
    pub(crate) side: Option<Side>,
    pub(crate) notice: Option<Notice>,
    /// What covers the room.
    pub(crate) modal: Option<Modal>,
    /// The chosen one of the commands that the message may become.
    pub(crate) suggested: usize,
    /// Messages that were being written in other matters.
    drafts: BTreeMap<MatterName, Editor>,
    /// What was being written when the room was left before, as it is kept.
    kept: BTreeMap<MatterName, String>,
    /// Whether the next questions are kept.
    pub(crate) private: bool,
    /// Whether the mouse scrolls and clicks here.
    mouse: bool,
}

impl State {
    pub(crate) fn new(size: (u16, u16), language: Language, keymap: Keymap) -> Self {
        Self {
            size,
            language,
            keymap,
            matter: None,
            talk: Talk::default(),
            engine: Engine::Preparing(Preparing::Opening),
            input: Editor::default(),
            recall: Recall::default(),
            focus: Focus::Input,
            scroll: Scroll::End,
            chosen: None,
            side: None,
            notice: None,
            modal: None,
            suggested: 0,
            drafts: BTreeMap::new(),
            kept: BTreeMap::new(),
            private: false,
            mouse: false,
        }
    }

    /// The same with the mouse, or without.
    pub(crate) fn with_mouse(self, mouse: bool) -> Self {
        Self { mouse, ..self }
    }

    /// Takes in what happened; says what to do about it, in order.
    pub(crate) fn update(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
            Message::Key(key) => self.press(key),
            Message::Paste(text) => self.paste(&text),
            Message::Mouse(mouse) => self.point(mouse),
            Message::Resized(columns, rows) => {
                self.size = (columns, rows);
                Vec::new()
            }
            Message::Paused => self.keep_drafts(),
            Message::Terminated => self.quit(),
            Message::Report(report) => self.hear(report),
        }
    }

    fn press(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.modifiers == KeyModifiers::CONTROL && key.code == KeyCode::Char('c') {
            return self.interrupt();
        }
        if let Some(modal) = self.modal.take() {
            return self.press_modal(modal, key);
        }
        if key.code == KeyCode::Esc {
            return self.escape();
        }
        let writing = self.focus == Focus::Input;
        if !writing && key.code == KeyCode::Char('?') {
            self.open_help();
            return Vec::new();
        }
        match self.keymap.action(key, writing) {
            Some(action) => self.act(action),
            None if writing => self.write(key),
            None => Vec::new(),
        }
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Help => self.open_help(),
            Action::Palette => self.open_palette(),
            Action::Matters => return self.open_matters(),
            Action::Record => {
                return self.toggle(
                    |pane| matches!(pane, Pane::Record(_)),
                    |record| Pane::record(record, None),
                );
            }
            Action::Timeline => {
                return self.toggle(|pane| matches!(pane, Pane::Timeline(_)), Pane::timeline);
            }
            Action::Parties => {
                return self.toggle(|pane| matches!(pane, Pane::Parties(_)), Pane::parties);
            }
            Action::NextFocus if self.focus == Focus::Input && self.complete() => {}
            Action::NextFocus => self.focus_next(),
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Quit => return self.quit(),
            action => return self.read(action),
        }
        Vec::new()
    }

    /// Shows a pane, or hides it.
    fn toggle(
        &mut self,
        shown: impl Fn(&Pane) -> bool,
        pane: impl Fn(&Record) -> Pane,
    ) -> Vec<Effect> {
        if self.side.as_ref().is_some_and(|side| shown(&side.pane)) {
            self.side = None;
            self.focus = Focus::Input;
            return Vec::new();
        }
        self.show(|state| Some(pane(&state.talk.record)))
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        if let Some(modal) = self.modal.take() {
            self.paste_modal(modal, text);
            return Vec::new();
        }
        self.suggested = 0;
        self.focus = Focus::Input;
        self.input.insert(text);
        Vec::new()
    }

    /// Ends what is nearest: the answer, what is open, the choice, the notice.
    fn escape(&mut self) -> Vec<Effect> {
        if let Some(effects) = self.stop() {
            return effects;
        }
        if self.side.is_some() && self.focus != Focus::Input {
            self.side = None;
            self.focus = match self.chosen {
                Some(_) => Focus::Conversation,
                None => Focus::Input,
            };
        } else if self.focus != Focus::Input {
            self.chosen = None;
            self.focus = Focus::Input;
        } else if self.notice.is_some() {
            self.notice = None;
        } else {
            self.side = None;
        }
        Vec::new()
    }

    /// Ends the answer, or empties the message, or ends the program.
    fn interrupt(&mut self) -> Vec<Effect> {
        if self.modal.take().is_some() {
            return Vec::new();
        }
        if let Some(effects) = self.stop() {
            return effects;
        }
        if self.focus == Focus::Input && !self.input.is_empty() {
            self.input.take();
            return Vec::new();
        }
        self.quit()
    }

    /// Asks the answer to end, unless there is none or it was asked already; else what
    /// is being fetched.
    fn stop(&mut self) -> Option<Vec<Effect>> {
        if let Engine::Preparing(Preparing::Fetching { .. }) = self.engine {
            return Some(vec![Effect::Stop]);
        }
        let live = self.talk.live.as_mut().filter(|live| !live.stopping)?;
        live.stopping = true;
        Some(vec![Effect::Stop])
    }

    fn quit(&mut self) -> Vec<Effect> {
        let mut effects = self.stop().unwrap_or_default();
        effects.extend(self.keep_drafts());
        effects.push(Effect::Quit);
        effects
    }

    /// Whether all that is being written would outlive the program.
    pub(crate) fn drafts_are_kept(&self) -> bool {
        self.unkept().next().is_none()
    }

    /// What is being written, wherever it is not what is kept already; nothing while
    /// questions are private.
    fn unkept(&self) -> impl Iterator<Item = (&MatterName, &str)> {
        let open = self.matter.iter().map(|name| (name, &self.input));
        let drafts = self.drafts.iter().chain(open);
        let kept = |name| self.kept.get(name).map_or("", String::as_str);
        drafts
            .map(|(name, draft)| (name, draft.text()))
            .filter(move |&(name, text)| !self.private && kept(name) != text)
    }

    /// Keeps what is being written.
    fn keep_drafts(&mut self) -> Vec<Effect> {
        let drafts: Vec<(MatterName, String)> = self
            .unkept()
            .map(|(name, text)| (name.clone(), text.to_owned()))
            .collect();
        self.kept.extend(drafts.iter().cloned());
        drafts
            .into_iter()
            .map(|(matter, text)| Effect::Work(Work::KeepDraft { matter, text }))
            .collect()
    }

    fn say(&mut self, en: impl Into<String>, zh: impl Into<String>) {
        self.notice = Some(Notice {
            text: self.language.say(en.into(), zh.into()),
            failure: false,
        });
    }

    fn fail(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice {
            text: text.into(),
            failure: true,
        });
    }

    /// Completes a command that is being typed. False if there is none.
    fn complete(&mut self) -> bool {
        let offered = completions(self.input.text());
        let Some(command) = offered.get(self.suggested.min(offered.len().saturating_sub(1))) else {
            return false;
        };
        let space = if command.takes.0.is_empty() { "" } else { " " };
        self.input = Editor::holding(format!("/{}{space}", command.name));
        self.suggested = 0;
        true
    }

    /// The next of input, conversation and pane that is there.
    fn focus_next(&mut self) {
        self.focus = match self.focus {
            Focus::Input => {
                self.choose_last();
                Focus::Conversation
            }
            Focus::Conversation if self.side.is_some() => Focus::Side,
            Focus::Conversation | Focus::Side => Focus::Input,
        };
    }
}
