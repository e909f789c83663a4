//! What a person set for the room, in `room.toml` of the configuration directory:
//!
//! ```toml
//! language = "zh"            # or "en"; else as the environment says
//! mouse = true               # scroll and click; else it selects text as elsewhere
//!
//! [keys]                     # each replaces the default keys of its action
//! palette = ["ctrl+k"]
//! next-citation = ["n", "right"]
//! ```

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use estoppel::Language;
use etcetera::BaseStrategy;
use serde::Deserialize;

use super::keys::Keymap;
use super::language;

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    language: Option<Language>,
    mouse: bool,
    keys: BTreeMap<String, Vec<String>>,
}

/// What holds in the room.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) language: Language,
    pub(super) keymap: Keymap,
    pub(super) mouse: bool,
}

impl Settings {
    /// Reads the file; without one the defaults hold.
    pub(super) fn read() -> anyhow::Result<Self> {
        let path = path()?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::parse("", &path),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("{} cannot be used", path.display());
        let file: File = toml::from_str(text).with_context(failed)?;
        Ok(Self {
            language: file.language.unwrap_or_else(language::of_environment),
            keymap: Keymap::with(&file.keys).with_context(failed)?,
            mouse: file.mouse,
        })
    }
}

fn path() -> anyhow::Result<PathBuf> {
    let base = etcetera::choose_base_strategy().context("no home directory is known")?;
    Ok(base.config_dir().join("estoppel").join("room.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::keys::Action;

    fn parse(text: &str) -> anyhow::Result<Settings> {
        Settings::parse(text, Path::new("/home/x/room.toml"))
    }

    #[test]
    fn keys_and_language_are_set() {
        let settings =
            parse("language = \"zh\"\nmouse = true\n[keys]\npalette = [\"alt+p\", \"f9\"]")
                .unwrap();
        assert_eq!(settings.language, Language::Zh);
        assert_eq!(settings.keymap.keys(Action::Palette), "Alt+P, F9");
        assert_eq!(settings.keymap.keys(Action::Record), "F3");
        assert!(settings.mouse && !parse("").unwrap().mouse);
        assert_eq!(parse("").unwrap().keymap.keys(Action::Palette), "Ctrl+P");
    }

    #[test]
    fn what_cannot_be_used_is_named_with_its_file() {
        for (text, named) in [
            ("[keys]\ndance = [\"d\"]", "`dance`"),
            ("[keys]\nquit = [\"hyper+q\"]", "`hyper+q`"),
            ("colour = 1", "colour"),
            ("language = \"fr\"", "fr"),
            ("[keys", "line 1"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(
                error.contains("room.toml") && error.contains(named),
                "{error}"
            );
        }
    }
}
