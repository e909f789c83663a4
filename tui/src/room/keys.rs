//! Which key does what.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use estoppel::Language;

use super::language::Say;

/// What a key can be bound to. Keys that write and edit text are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    Help,
    Palette,
    Matters,
    Record,
    Timeline,
    Parties,
    NextFocus,
    PageUp,
    PageDown,
    Suspend,
    Redraw,
    Quit,
    Up,
    Down,
    Top,
    Bottom,
    NextCitation,
    PreviousCitation,
    Follow,
    Copy,
    Edit,
    AskAgain,
    MarkRight,
    MarkWrong,
}

/// Where a binding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everywhere, also while one writes.
    Everywhere,
    /// In the conversation and the panes.
    Reading,
}

use Action::*;

/// Every action with its name in the configuration, its scope and its keys.
const DEFAULTS: [(Action, &str, Scope, &[&str]); 24] = [
    (Help, "help", Scope::Everywhere, &["f1"]),
    (Palette, "palette", Scope::Everywhere, &["ctrl+p"]),
    (Matters, "matters", Scope::Everywhere, &["f2", "ctrl+o"]),
    (Record, "record", Scope::Everywhere, &["f3"]),
    (Timeline, "timeline", Scope::Everywhere, &["f4"]),
    (Parties, "parties", Scope::Everywhere, &["f5"]),
    (NextFocus, "next-focus", Scope::Everywhere, &["tab"]),
    (PageUp, "page-up", Scope::Everywhere, &["pageup"]),
    (PageDown, "page-down", Scope::Everywhere, &["pagedown"]),
    (Suspend, "suspend", Scope::Everywhere, &["ctrl+z"]),
    (Redraw, "redraw", Scope::Everywhere, &["ctrl+l"]),
    (Quit, "quit", Scope::Everywhere, &["ctrl+q"]),
    (Up, "up", Scope::Reading, &["up", "k"]),
    (Down, "down", Scope::Reading, &["down", "j"]),
    (Top, "top", Scope::Reading, &["home", "g"]),
    (Bottom, "bottom", Scope::Reading, &["end", "G"]),
    (
        NextCitation,
        "next-citation",
        Scope::Reading,
        &["right", "n"],
    ),
    (
        PreviousCitation,
        "previous-citation",
        Scope::Reading,
        &["left", "p"],
    ),
    (Follow, "follow", Scope::Reading, &["enter"]),
    (Copy, "copy", Scope::Reading, &["y"]),
    (Edit, "edit", Scope::Reading, &["e"]),
    (AskAgain, "ask-again", Scope::Reading, &["r"]),
    (MarkRight, "mark-right", Scope::Reading, &["+"]),
    (MarkWrong, "mark-wrong", Scope::Reading, &["-"]),
];

impl Action {
    /// All of them, in the order of the help.
    pub(crate) fn all() -> impl Iterator<Item = (Self, Scope)> {
        DEFAULTS
            .iter()
            .map(|(action, _, scope, _)| (*action, *scope))
    }

    /// What it does, in a few words.
    pub(crate) fn told(self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Help => ("help", "帮助"),
            Palette => ("commands", "命令"),
            Matters => ("matters", "案件"),
            Record => ("record", "记录"),
            Timeline => ("timeline", "时间线"),
            Parties => ("parties", "当事人"),
            NextFocus => ("next pane", "下一栏"),
            PageUp => ("page up", "上一页"),
            PageDown => ("page down", "下一页"),
            Suspend => ("suspend", "挂起"),
            Redraw => ("draw anew", "重绘"),
            Quit => ("quit", "退出"),
            Up => ("up", "向上"),
            Down => ("down", "向下"),
            Top => ("to the top", "到开头"),
            Bottom => ("to the end", "到结尾"),
            NextCitation => ("next citation", "下一引用"),
            PreviousCitation => ("previous citation", "上一引用"),
            Follow => ("follow", "查看"),
            Copy => ("copy", "复制"),
            Edit => ("edit the question", "修改问题"),
            AskAgain => ("ask again", "重新提问"),
            MarkRight => ("rightly cited", "引用正确"),
            MarkWrong => ("wrongly cited", "引用有误"),
        };
        language.say(en, zh)
    }
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Chord {
    fn of(key: KeyEvent) -> Self {
        let mut modifiers = key.modifiers;
        // Terminals differ on whether a capital also has Shift.
        if let KeyCode::Char(_) | KeyCode::BackTab = key.code {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self {
            code: key.code,
            modifiers,
        }
    }
}

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no key; write it as ctrl+p, alt+enter, f2, pageup or a single character")]
pub(crate) struct NoSuchKey(String);

impl FromStr for Chord {
    type Err = NoSuchKey;

    fn from_str(text: &str) -> Result<Self, NoSuchKey> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((modifier, more)) = rest.split_once('+').filter(|(_, more)| !more.is_empty())
        {
            modifiers |= match modifier {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => return Err(NoSuchKey(text.into())),
            };
            rest = more;
        }
        let code = code(rest).ok_or_else(|| NoSuchKey(text.into()))?;
        Ok(Self { code, modifiers })
    }
}

fn code(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        return Some(KeyCode::Char(only));
    }
    Some(match name {
        "enter" => KeyCode::Enter,
        "tab" => KeyCode::Tab,
        "esc" => KeyCode::Esc,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "delete" => KeyCode::Delete,
        "insert" => KeyCode::Insert,
        _ => {
            let number = name.strip_prefix('f')?.parse().ok()?;
            (1..=12).contains(&number).then_some(KeyCode::F(number))?
        }
    })
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [
            (KeyModifiers::CONTROL, "Ctrl+"),
            (KeyModifiers::ALT, "Alt+"),
            (KeyModifiers::SHIFT, "Shift+"),
        ];
        for (modifier, name) in named {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.modifiers.is_empty() => write!(f, "{c}"),
            KeyCode::Char(c) => write!(f, "{}", c.to_uppercase()),
            KeyCode::Enter => f.write_str("Enter"),
            KeyCode::Tab => f.write_str("Tab"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::F(number) => write!(f, "F{number}"),
            code => write!(f, "{code}"),
        }
    }
}

/// The bindings in force.
#[derive(Clone, Debug)]
pub(crate) struct Keymap {
    bindings: Vec<(Chord, Scope, Action)>,
}

/// Why bindings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeymapError {
    #[error(transparent)]
    NoSuchKey(#[from] NoSuchKey),
    #[error("`{0}` is nothing that a key can do; there are {known}", known = known())]
    NoSuchAction(String),
}

fn known() -> String {
    let names: Vec<_> = DEFAULTS.iter().map(|(_, name, ..)| *name).collect();
    names.join(", ")
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&BTreeMap::new()).expect("the default keys are keys")
    }
}

impl Keymap {
    /// The default bindings, in which the actions named here have these keys instead.
    pub(crate) fn with(changed: &BTreeMap<String, Vec<String>>) -> Result<Self, KeymapError> {
        let named = |name: &&String| DEFAULTS.iter().any(|(_, known, ..)| known == name);
        if let Some(unknown) = changed.keys().find(|name| !named(name)) {
            return Err(KeymapError::NoSuchAction(unknown.clone()));
        }
        let mut bindings = Vec::new();
        for (action, name, scope, keys) in DEFAULTS {
            let changed = changed
                .get(name)
                .map(|keys| keys.iter().map(String::as_str).collect());
            let keys: Vec<&str> = changed.unwrap_or_else(|| keys.to_vec());
            for key in keys {
                bindings.push((key.parse()?, scope, action));
            }
        }
        Ok(Self { bindings })
    }

    /// What a key does. While one writes, only what counts everywhere.
    pub(crate) fn action(&self, key: KeyEvent, writing: bool) -> Option<Action> {
        let chord = Chord::of(key);
        let binding = self
            .bindings
            .iter()
            .find(|(bound, scope, _)| *bound == chord && (*scope == Scope::Everywhere || !writing));
        binding.map(|(.., action)| *action)
    }

    /// The first key of an action, as people write it; empty if it has none.
    pub(crate) fn key(&self, action: Action) -> String {
        let bound = self.bindings.iter().find(|(.., bound)| *bound == action);
        bound.map_or(String::new(), |(chord, ..)| chord.to_string())
    }

    /// All keys of an action.
    pub(crate) fn keys(&self, action: Action) -> String {
        let bound = self.bindings.iter().filter(|(.., bound)| *bound == action);
        let keys: Vec<_> = bound.map(|(chord, ..)| chord.to_string()).collect();
        keys.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn every_action_has_a_key_and_no_two_share_one() {
        let keymap = Keymap::default();
        for (action, _) in Action::all() {
            assert!(!keymap.key(action).is_empty(), "{action:?}");
        }
        for (at, (chord, ..)) in keymap.bindings.iter().enumerate() {
            let again = keymap.bindings[..at]
                .iter()
                .any(|(other, ..)| other == chord);
            assert!(!again, "{chord}");
        }
    }

    #[test]
    fn letters_act_only_where_nobody_writes() {
        let keymap = Keymap::default();
        let y = key(KeyCode::Char('y'), KeyModifiers::NONE);
        assert_eq!(keymap.action(y, true), None);
        assert_eq!(keymap.action(y, false), Some(Copy));
        let quit = key(KeyCode::Char('q'), KeyModifiers::CONTROL);
        assert_eq!(keymap.action(quit, true), Some(Quit));
        let capital = key(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(keymap.action(capital, false), Some(Bottom));
    }

    #[test]
    fn a_changed_action_has_its_new_keys_only() {
        let changed = BTreeMap::from([("quit".to_owned(), vec!["alt+x".to_owned()])]);
        let keymap = Keymap::with(&changed).unwrap();
        assert_eq!(keymap.keys(Quit), "Alt+X");
        let old = key(KeyCode::Char('q'), KeyModifiers::CONTROL);
        assert_eq!(keymap.action(old, true), None);
    }

    #[test]
    fn what_cannot_be_bound_is_said() {
        let wrong = BTreeMap::from([("dance".to_owned(), vec!["d".to_owned()])]);
        let error = Keymap::with(&wrong).unwrap_err().to_string();
        assert!(
            error.contains("`dance`") && error.contains("page-up"),
            "{error}"
        );
        for text in ["", "hyper+x", "f13", "enterr", "ctrl+"] {
            assert!(text.parse::<Chord>().is_err(), "{text}");
        }
        assert_eq!("ctrl++".parse::<Chord>().unwrap().to_string(), "Ctrl++");
    }
}
