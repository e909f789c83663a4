//! Parties and their names: a role and the person in it are one party.

use std::collections::HashMap;

use super::short;
use crate::extract::{Alias, is_role};

/// Names in order of first mention, each with its canonical name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parties {
    order: Vec<String>,
    canonical: HashMap<String, String>,
    /// Every name of a party, by its canonical one.
    names: HashMap<String, Vec<String>>,
    /// Proper names and what they are cut down to in talk, longest first.
    known: Vec<String>,
}

impl Parties {
    pub(super) fn see(&mut self, name: &str) {
        if self.canonical.contains_key(name) {
            return;
        }
        self.order.push(name.to_owned());
        self.canonical.insert(name.to_owned(), name.to_owned());
        self.names.insert(name.to_owned(), vec![name.to_owned()]);
        if is_proper(name) {
            self.know(name.to_owned());
            for form in short::forms(name) {
                self.know(form);
            }
        }
    }

    fn know(&mut self, name: String) {
        let order = |known: &String| name.len().cmp(&known.len()).then(known.cmp(&name));
        if let Err(at) = self.known.binary_search_by(order) {
            self.known.insert(at, name);
        }
    }

    /// Makes two names one party's, and says whether they were two. A name that
    /// already means somebody else stays as it is: the first introduction counts.
    pub(super) fn join(&mut self, alias: &Alias) -> bool {
        self.see(&alias.name);
        self.see(&alias.alias);
        let name = self.canonical[&alias.name].clone();
        if self.canonical[&alias.alias] != alias.alias || name == alias.alias {
            return false;
        }
        let moved = self.names.remove(&alias.alias).unwrap_or_default();
        for known in &moved {
            if let Some(canonical) = self.canonical.get_mut(known) {
                canonical.clone_from(&name);
            }
        }
        self.names.entry(name).or_default().extend(moved);
        true
    }

    pub(super) fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        self.canonical.get(name).map_or(name, String::as_str)
    }

    /// Says that a name is short for the one longer name that it can be short for.
    pub(super) fn joinable(&self, name: &str) -> Option<Alias> {
        let own = self
            .canonical
            .get(name)
            .is_none_or(|canonical| canonical == name);
        if !own || !is_proper(name) {
            return None;
        }
        let longer = self
            .order
            .iter()
            .filter(|full| *full != name && is_proper(full) && short::is_short_for(name, full));
        // Two names of one party are one candidate.
        let mut parties: Vec<&str> = longer.map(|full| self.canonical(full)).collect();
        parties.sort_unstable();
        parties.dedup();
        match parties.as_slice() {
            [full] if *full != name => Some(Alias {
                name: (*full).to_owned(),
                alias: name.to_owned(),
            }),
            _ => None,
        }
    }

    /// Names that belong to one person or organisation, and what they are cut
    /// down to in talk, longest first.
    pub(super) fn known(&self) -> &[String] {
        &self.known
    }

    pub(super) fn canonical_names(&self) -> Vec<&str> {
        let own = |name: &&String| self.canonical[*name] == **name;
        self.order.iter().filter(own).map(String::as_str).collect()
    }

    /// Every name of the party with this canonical name.
    pub(super) fn names_of(&self, name: &str) -> impl Iterator<Item = &str> {
        let names = self.names.get(name);
        names.into_iter().flatten().map(String::as_str)
    }

    /// Every name, in order of first mention.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }
}

/// A name rather than a role: capitalised, or Chinese and no known role.
fn is_proper(name: &str) -> bool {
    name.starts_with(|c: char| c.is_uppercase()) || !name.is_ascii() && !is_role(name)
}
