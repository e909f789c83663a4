//! What a generated consultation is made of: the wordings of one language.

use crate::language::Language;

/// What can be told of a thing: a kind of value, and which words tell it, correct it and
/// ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Property {
    /// What was paid for it: an amount.
    Price,
    /// When it took place: a day.
    Day,
    /// What somebody is called: a name.
    Name,
    /// The reference of a document.
    Number,
}

/// Something that is talked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thing {
    /// As turns and questions call it.
    pub(super) name: &'static str,
    /// As somebody calls it who does not use those words.
    pub(super) other: &'static str,
}

/// Things by what is told of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Things {
    pub(super) priced: &'static [Thing],
    pub(super) dated: &'static [Thing],
    pub(super) people: &'static [Thing],
    pub(super) numbered: &'static [Thing],
}

impl Things {
    pub(super) fn of(&self, property: Property) -> &'static [Thing] {
        match property {
            Property::Price => self.priced,
            Property::Day => self.dated,
            Property::Name => self.people,
            Property::Number => self.numbered,
        }
    }
}

/// What a client comes with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) area: &'static str,
    /// How it begins.
    pub(super) opening: &'static str,
    pub(super) things: Things,
}

/// Templates for one property: `{x}` is the thing, `{v}` the value, `{old}` the value that
/// was told before. `{X}` is the thing at the beginning of a sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wordings {
    pub(super) told: &'static [&'static str],
    /// Also tells the value, as if it had not been told before.
    pub(super) retold: &'static [&'static str],
    pub(super) corrected: &'static [&'static str],
    /// Asks for it by the thing's other name.
    pub(super) asked_otherwise: &'static [&'static str],
    pub(super) asked: &'static [&'static str],
}

/// One language.
pub(super) struct Grammar {
    pub(super) language: Language,
    pub(super) jurisdiction: &'static str,
    pub(super) cases: &'static [Case],
    /// Things of any case.
    pub(super) common: Things,
    pub(super) price: Wordings,
    pub(super) day: Wordings,
    pub(super) name: Wordings,
    pub(super) number: Wordings,
    /// `{x}` and `{y}`: what two things cost together.
    pub(super) sum: &'static [&'static str],
    /// `{x}` and `{y}`: how many days lie between two.
    pub(super) between: &'static [&'static str],
    /// `{p}`, `{P}` at the beginning, and `{q}`: two questions as one.
    pub(super) both: &'static [&'static str],
    /// How an account of a contradiction begins, for people.
    pub(super) conflict: &'static str,
    pub(super) declined: &'static str,
    pub(super) given: &'static [&'static str],
    pub(super) family: &'static [&'static str],
    /// Small talk of the client, in three parts.
    pub(super) chat: [&'static [&'static str]; 3],
    /// What counsel says, in three parts.
    pub(super) counsel: [&'static [&'static str]; 3],
    /// Between two sentences.
    pub(super) space: &'static str,
}

impl Grammar {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &super::english::GRAMMAR,
            Language::Zh => &super::chinese::GRAMMAR,
        }
    }

    pub(super) fn wordings(&self, property: Property) -> &Wordings {
        match property {
            Property::Price => &self.price,
            Property::Day => &self.day,
            Property::Name => &self.name,
            Property::Number => &self.number,
        }
    }
}

/// A template with its places filled.
pub(super) fn filled(template: &str, places: &[(&str, &str)]) -> String {
    places
        .iter()
        .fold(template.to_owned(), |text, (place, value)| {
            text.replace(&format!("{{{place}}}"), value)
        })
}

/// A text that begins a sentence.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// A text that goes on with a sentence.
pub(super) fn small(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars).collect()
}
