//! Words that name properties, with the kinds of value that they can have.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::fact::Value;

/// Whether a word names a thing or tells what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Noun,
    Verb,
}

/// A property as a word names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: String,
    pub class: Class,
}

struct Form {
    name: &'static str,
    class: Class,
    kinds: &'static str,
}

/// Every form with what it can mean, in the order of the lists.
static FORMS: LazyLock<HashMap<&str, Vec<Form>>> = LazyLock::new(|| {
    let mut forms: HashMap<&str, Vec<Form>> = HashMap::new();
    for line in lines() {
        let mut fields = line.split_whitespace();
        let (Some(name), Some(class), Some(kinds)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let class = match class {
            "v" => Class::Verb,
            _ => Class::Noun,
        };
        for form in fields {
            forms
                .entry(form)
                .or_default()
                .push(Form { name, class, kinds });
        }
    }
    forms
});

fn lines() -> impl Iterator<Item = &'static str> {
    let lists = [include_str!("english.txt"), include_str!("chinese.txt")];
    let lines = lists.into_iter().flat_map(str::lines);
    lines.filter(|line| !line.starts_with('#'))
}

/// The letter for a kind of value in the lists.
fn kind(value: &Value) -> char {
    match value {
        Value::Money { .. } => 'm',
        Value::Date { .. } => 'd',
        Value::Duration { .. } => 't',
        Value::Percent { .. } => 'p',
        Value::Identifier { .. } => 'i',
        Value::Quantity { .. } => 'q',
    }
}

/// The property that a word, in any case, names for such a value.
pub(super) fn find(word: &str, value: &Value) -> Option<Entry> {
    let lower = word.to_ascii_lowercase();
    let kind = kind(value);
    let fits = |form: &&Form| form.kinds.contains(kind);
    let form = FORMS.get(lower.as_str())?.iter().find(fits)?;
    Some(Entry {
        name: form.name.replace('_', " "),
        class: form.class,
    })
}

/// The properties of such values that a text names.
pub(super) fn named<'t>(text: &'t str, value: &Value) -> impl Iterator<Item = String> + use<'t> {
    let text = text.to_ascii_lowercase();
    let words: HashSet<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .map(str::to_owned)
        .collect();
    let kind = kind(value);
    let says = move |form: &str| match form.is_ascii() {
        true => words.contains(form),
        // A single character is too often a part of another word.
        false => form.chars().nth(1).is_some() && text.contains(form),
    };
    let forms = FORMS.iter().filter(move |(form, _)| says(form));
    forms.flat_map(move |(_, meanings)| {
        let fits = meanings
            .iter()
            .filter(move |form| form.kinds.contains(kind));
        fits.map(|form| form.name.replace('_', " "))
    })
}

/// The name of what a verb tells, whatever the kind of value.
pub(super) fn act(word: &str) -> Option<String> {
    let forms = FORMS.get(word.to_ascii_lowercase().as_str())?;
    let verb = forms.iter().find(|form| form.class == Class::Verb)?;
    Some(verb.name.replace('_', " "))
}

/// Whether a word tells what happened.
pub(super) fn is_verb(word: &str) -> bool {
    let verb = |forms: &Vec<Form>| forms.iter().any(|form| form.class == Class::Verb);
    FORMS.get(word).is_some_and(verb)
}

/// Whether properties are kept under this name because of a noun.
pub(super) fn names_property(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let nouns = FORMS.values().flatten();
        let nouns = nouns.filter(|form| form.class == Class::Noun);
        nouns.map(|form| form.name).collect()
    });
    NAMES.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_whole() {
        for line in lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            assert!(fields.len() >= 4, "{line}");
            assert!(matches!(fields[1], "n" | "v"), "{line}");
            assert!(fields[2].chars().all(|c| "mdtpiq".contains(c)), "{line}");
        }
    }

    #[test]
    fn a_word_means_what_the_value_allows() {
        let money = Value::Money {
            amount: 5.into(),
            currency: None,
        };
        let id = Value::Identifier { id: "5".into() };
        assert_eq!(find("Sold", &money).unwrap().name, "price");
        assert_eq!(find("order", &id).unwrap().name, "order");
        assert_eq!(find("表", &money), None);
    }
}
