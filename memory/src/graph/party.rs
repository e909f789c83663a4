//! Parties and their names: a role and the person in it are one party.

use std::collections::HashMap;

use crate::extract::Alias;

/// Names in order of first mention, each with its canonical name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parties {
    order: Vec<String>,
    canonical: HashMap<String, String>,
}

impl Parties {
    pub(super) fn see(&mut self, name: &str) {
        if !self.canonical.contains_key(name) {
            self.order.push(name.to_owned());
            self.canonical.insert(name.to_owned(), name.to_owned());
        }
    }

    /// Makes two names one party's. A name that already means somebody else
    /// stays as it is: the first introduction counts.
    pub(super) fn join(&mut self, alias: &Alias) {
        self.see(&alias.name);
        self.see(&alias.alias);
        let name = self.canonical[&alias.name].clone();
        if self.canonical[&alias.alias] != alias.alias {
            return;
        }
        for canonical in self.canonical.values_mut() {
            if *canonical == alias.alias {
                canonical.clone_from(&name);
            }
        }
    }

    pub(super) fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        self.canonical.get(name).map_or(name, String::as_str)
    }

    pub(super) fn canonical_names(&self) -> Vec<&str> {
        let own = |name: &&String| self.canonical[*name] == **name;
        self.order.iter().filter(own).map(String::as_str).collect()
    }

    /// Every name of the party that `name` belongs to.
    pub(super) fn names<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of = self.canonical(name);
        let same = move |other: &&String| self.canonical[*other] == of;
        self.order.iter().filter(same).map(String::as_str)
    }
}
