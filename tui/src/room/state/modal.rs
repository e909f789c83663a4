//! What covers the room until it is answered: the keys, the commands, the matters, a
//! question.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use estoppel::memory::MatterName;
use estoppel::memory::TurnId;
use estoppel::memory::matters::MatterInfo;

use super::command::{self, Command};
use super::{Editor, State};
use crate::room::keys::{Action, Scope};
use crate::room::message::{Effect, Work};
use crate::room::text::{Anchor, Place, Scroll};
use crate::room::view;

/// What covers the room.
#[derive(Clone, Debug)]
pub(crate) enum Modal {
    /// The keys of what is in focus.
    Help(Scroll),
    /// Commands and keys, to choose from.
    Palette(Choice),
    /// The matters, to choose from.
    Matters(Cabinet),
    /// Whether a turn is to be forgotten for good.
    Forgetting(TurnId),
}

/// A list that is narrowed by what is typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) filter: Editor,
    pub(crate) chosen: usize,
}

/// An entry of the palette.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Offer {
    Command(&'static Command),
    Action(Action),
}

/// The matters with what is being done to one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cabinet {
    pub(crate) matters: Vec<MatterInfo>,
    pub(crate) choice: Choice,
    /// Whether those that were put aside are shown.
    pub(crate) archived: bool,
    pub(crate) doing: Doing,
}

/// What is being done to the chosen matter.
#[derive(Clone, Debug, Default)]
pub(crate) enum Doing {
    #[default]
    Choosing,
    /// It gets this name.
    Renaming(MatterName, Editor),
    /// It is deleted if the answer is yes.
    Deleting(MatterName),
}

impl Cabinet {
    /// The matters that match.
    pub(crate) fn listed(&self) -> Vec<&MatterInfo> {
        let wanted = self.choice.filter.text().to_lowercase();
        let listed = self.matters.iter();
        let listed = listed.filter(|matter| self.archived || !matter.archived);
        listed
            .filter(|matter| matter.name.as_str().to_lowercase().contains(&wanted))
            .collect()
    }

    fn chosen(&self) -> Option<&MatterInfo> {
        self.listed().get(self.choice.chosen).copied()
    }
}

impl Choice {
    /// A key of the list: moves the choice or narrows it. False if it does neither.
    fn press(&mut self, key: KeyEvent, len: usize) -> bool {
        let last = len.saturating_sub(1);
        match key.code {
            KeyCode::Up => self.chosen = self.chosen.saturating_sub(1),
            KeyCode::Down => self.chosen = (self.chosen + 1).min(last),
            KeyCode::PageUp => self.chosen = self.chosen.saturating_sub(10),
            KeyCode::PageDown => self.chosen = (self.chosen + 10).min(last),
            _ if type_into(&mut self.filter, key) => self.chosen = 0,
            _ => return false,
        }
        true
    }
}

/// A key of a line of text. False if it writes nothing.
fn type_into(editor: &mut Editor, key: KeyEvent) -> bool {
    let plain = !key
        .modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match key.code {
        KeyCode::Char('u') if key.modifiers == KeyModifiers::CONTROL => editor.delete_to_start(),
        KeyCode::Char('w') if key.modifiers == KeyModifiers::CONTROL => editor.delete_word(),
        KeyCode::Char(c) if plain => editor.insert(c.encode_utf8(&mut [0; 4])),
        KeyCode::Backspace => editor.backspace(),
        KeyCode::Left => editor.left(),
        KeyCode::Right => editor.right(),
        KeyCode::Home => editor.home(),
        KeyCode::End => editor.end(),
        _ => return false,
    }
    true
}

/// What the palette offers for what was typed.
pub(crate) fn offers(state: &State, typed: &str) -> Vec<Offer> {
    let wanted = typed.trim_start_matches('/').to_lowercase();
    let language = state.language;
    let commands = command::ALL.iter().map(Offer::Command);
    let everywhere = Action::all().filter(|(action, scope)| {
        *scope == Scope::Everywhere && !matches!(action, Action::Palette | Action::NextFocus)
    });
    let actions = everywhere.map(|(action, _)| Offer::Action(action));
    let matches = |offer: &Offer| match offer {
        Offer::Command(command) => {
            command.name.contains(&wanted)
                || command.told(language).to_lowercase().contains(&wanted)
        }
        Offer::Action(action) => action.told(language).to_lowercase().contains(&wanted),
    };
    commands.chain(actions).filter(matches).collect()
}

impl State {
    pub(super) fn open_help(&mut self) {
        self.modal = Some(Modal::Help(Scroll::From(Anchor::default())));
    }

    pub(super) fn open_palette(&mut self) {
        self.modal = Some(Modal::Palette(Choice::default()));
    }

    pub(super) fn open_matters(&mut self) -> Vec<Effect> {
        self.modal = Some(Modal::Matters(Cabinet::default()));
        vec![Effect::Work(Work::ListMatters)]
    }

    /// The list has come, or come anew.
    pub(super) fn list_matters(&mut self, matters: Vec<MatterInfo>) {
        if let Some(Modal::Matters(cabinet)) = &mut self.modal {
            cabinet.matters = matters;
            let last = cabinet.listed().len().saturating_sub(1);
            cabinet.choice.chosen = cabinet.choice.chosen.min(last);
        }
    }

    /// A key while something covers the room.
    pub(super) fn press_modal(&mut self, modal: Modal, key: KeyEvent) -> Vec<Effect> {
        match modal {
            Modal::Help(scroll) => {
                self.modal = self.scroll_help(key.code, scroll).map(Modal::Help);
                Vec::new()
            }
            Modal::Palette(choice) => self.press_palette(choice, key),
            Modal::Matters(cabinet) => self.press_matters(cabinet, key),
            Modal::Forgetting(turn) => match key.code {
                KeyCode::Char('y' | 'Y') => vec![Effect::Work(Work::Forget(turn))],
                _ => {
                    self.say("Nothing was forgotten.", "未遗忘任何内容。");
                    Vec::new()
                }
            },
        }
    }

    /// A paste while something covers the room is typed there.
    pub(super) fn paste_modal(&mut self, mut modal: Modal, text: &str) {
        let line = text.lines().next().unwrap_or_default();
        match &mut modal {
            Modal::Palette(choice) => choice.filter.insert(line),
            Modal::Matters(Cabinet {
                doing: Doing::Renaming(_, name),
                ..
            }) => name.insert(line),
            Modal::Matters(cabinet) => cabinet.choice.filter.insert(line),
            Modal::Help(_) | Modal::Forgetting(_) => {}
        }
        self.modal = Some(modal);
    }

    /// Where the help is after a key; nowhere unless the key scrolls.
    fn scroll_help(&self, key: KeyCode, scroll: Scroll) -> Option<Scroll> {
        let (columns, rows) = self.size;
        let place = Place {
            columns: columns.into(),
            rows: usize::from(rows).saturating_sub(1),
        };
        let page = place.rows as isize;
        let by = match key {
            KeyCode::Up => -1,
            KeyCode::Down => 1,
            KeyCode::PageUp => -page,
            KeyCode::PageDown => page,
            _ => return None,
        };
        Some(scroll.moved(&view::Help::new(self), place, by))
    }

    fn press_palette(&mut self, mut choice: Choice, key: KeyEvent) -> Vec<Effect> {
        let offered = offers(self, choice.filter.text());
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                return match offered.get(choice.chosen) {
                    Some(Offer::Command(command)) => self.choose_command(command),
                    Some(Offer::Action(action)) => self.act(*action),
                    None => Vec::new(),
                };
            }
            _ => choice.press(key, offered.len()),
        };
        self.modal = Some(Modal::Palette(choice));
        Vec::new()
    }

    fn press_matters(&mut self, mut cabinet: Cabinet, key: KeyEvent) -> Vec<Effect> {
        match std::mem::take(&mut cabinet.doing) {
            Doing::Choosing => self.choose_matter(cabinet, key),
            Doing::Renaming(from, name) => self.rename_matter(cabinet, from, name, key),
            Doing::Deleting(matter) => {
                let yes = matches!(key.code, KeyCode::Char('y' | 'Y'));
                self.modal = Some(Modal::Matters(cabinet));
                match yes {
                    true => vec![Effect::Work(Work::Delete(matter))],
                    false => Vec::new(),
                }
            }
        }
    }

    fn choose_matter(&mut self, mut cabinet: Cabinet, key: KeyEvent) -> Vec<Effect> {
        let control = key.modifiers == KeyModifiers::CONTROL;
        let mut effects = Vec::new();
        match (key.code, cabinet.chosen().cloned()) {
            (KeyCode::Esc, _) => return effects,
            (KeyCode::Enter, Some(matter)) => return self.open_matter(matter.name),
            (KeyCode::Enter, None) => match MatterName::new(cabinet.choice.filter.text().trim()) {
                Ok(name) => return self.open_matter(name),
                Err(error) => self.fail(error.to_string()),
            },
            (KeyCode::Tab, _) => cabinet.archived = !cabinet.archived,
            (KeyCode::Char('r'), Some(matter)) if control => {
                let name = Editor::holding(matter.name.as_str());
                cabinet.doing = Doing::Renaming(matter.name, name);
            }
            (KeyCode::Char('e'), Some(matter)) if control => {
                effects.push(Effect::Work(Work::Archive {
                    archived: !matter.archived,
                    matter: matter.name,
                }));
            }
            (KeyCode::Char('d'), Some(matter)) if control => {
                cabinet.doing = Doing::Deleting(matter.name);
            }
            _ => {
                let len = cabinet.listed().len();
                cabinet.choice.press(key, len);
            }
        }
        self.modal = Some(Modal::Matters(cabinet));
        effects
    }

    fn rename_matter(
        &mut self,
        mut cabinet: Cabinet,
        from: MatterName,
        mut name: Editor,
        key: KeyEvent,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        match key.code {
            KeyCode::Esc => {}
            KeyCode::Enter => match MatterName::new(name.text().trim()) {
                Ok(to) if to == from => {}
                Ok(to) => effects.push(Effect::Work(Work::Rename { from, to })),
                Err(error) => {
                    self.fail(error.to_string());
                    cabinet.doing = Doing::Renaming(from, name);
                }
            },
            _ => {
                type_into(&mut name, key);
                cabinet.doing = Doing::Renaming(from, name);
            }
        }
        self.modal = Some(Modal::Matters(cabinet));
        effects
    }

    /// Goes to another matter; the answer that is being written ends, and is kept.
    fn open_matter(&mut self, matter: MatterName) -> Vec<Effect> {
        let mut effects = self.stop().unwrap_or_default();
        effects.push(Effect::Work(Work::Open(matter)));
        effects
    }
}
