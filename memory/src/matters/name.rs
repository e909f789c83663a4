//! Names of matters, which are names of folders.

use std::fmt;
use std::str::FromStr;

/// Characters that a name may have.
const LONGEST: usize = 80;

/// A name that is safe as a folder's on every system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatterName(String);

/// Why a text cannot name a matter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty.
    #[error("a matter's name cannot be empty")]
    Empty,
    /// It is too long.
    #[error("a matter's name has at most {LONGEST} characters, this one has {characters}")]
    TooLong {
        /// How many it has.
        characters: usize,
    },
    /// Folders that begin with a dot are the program's own.
    #[error("a matter's name cannot begin with a dot")]
    LeadingDot,
    /// Some systems drop these.
    #[error("a matter's name cannot begin or end with a space, or end with a dot")]
    Edge,
    /// Some systems give it a meaning.
    #[error("a matter's name cannot contain {character:?}")]
    Character {
        /// The first such character.
        character: char,
    },
}

impl MatterName {
    /// Checks a name: letters, digits and most signs of any language.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let characters = name.chars().count();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if characters > LONGEST || name.len() > 3 * LONGEST {
            return Err(NameError::TooLong { characters });
        }
        if name.starts_with('.') {
            return Err(NameError::LeadingDot);
        }
        if name.trim() != name || name.ends_with('.') {
            return Err(NameError::Edge);
        }
        match name
            .chars()
            .find(|&c| c.is_control() || r#"/\:*?"<>|"#.contains(c))
        {
            Some(character) => Err(NameError::Character { character }),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MatterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MatterName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_in_any_language_are_taken() {
        for name in [
            "a",
            "Harlow v. Whitcombe",
            "租房-2025",
            "case_1 (new)",
            "x.y",
        ] {
            assert_eq!(MatterName::new(name).unwrap().as_str(), name);
        }
        assert!(MatterName::new(&"案".repeat(LONGEST)).is_ok());
    }

    #[test]
    fn names_that_leave_the_folder_or_break_a_system_are_not() {
        for name in ["a/b", "../x", "a\\b", "/", "c:", "a\0b", "a\nb", "a?"] {
            assert!(MatterName::new(name).is_err(), "{name:?}");
        }
        assert_eq!(MatterName::new(""), Err(NameError::Empty));
        assert_eq!(MatterName::new(".hidden"), Err(NameError::LeadingDot));
        assert_eq!(MatterName::new(".."), Err(NameError::LeadingDot));
        assert_eq!(MatterName::new(" a"), Err(NameError::Edge));
        assert_eq!(MatterName::new("a."), Err(NameError::Edge));
        let long = "a".repeat(LONGEST + 1);
        assert!(matches!(
            MatterName::new(&long),
            Err(NameError::TooLong { .. })
        ));
        let wide = "\u{1f600}".repeat(LONGEST);
        assert!(matches!(
            MatterName::new(&wide),
            Err(NameError::TooLong { .. })
        ));
    }
}
