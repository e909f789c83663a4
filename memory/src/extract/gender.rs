//! Who can be meant by "he" and who by "she": titles, kin and given names tell.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::party;
use super::pattern::pattern;

/// As pronouns tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gender {
    Man,
    Woman,
}

static MAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:Mr|Sir)\b|^(?:(?:his|her|their) )?(?:husband|ex-husband|father|son|brother|uncle|nephew|grandfather|boyfriend|ex-boyfriend|father-in-law|brother-in-law|son-in-law|stepfather|stepson|half-brother|godfather|fiancé|foreman|handyman)$|先生|[哥弟爸叔舅爹伯爷]$|丈夫|前夫|父亲|儿子|岳父|男朋友|老公|姐夫|妹夫|女婿|孙子|侄子|外甥$|小舅子|公公|外公",
    )
});

static WOMAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:Mrs|Ms|Miss|Lady)\b|^(?:(?:his|her|their) )?(?:wife|ex-wife|mother|daughter|sister|aunt|niece|grandmother|girlfriend|ex-girlfriend|mother-in-law|sister-in-law|daughter-in-law|stepmother|stepdaughter|half-sister|godmother|fiancée|midwife)$|女士|小姐|太太|[姐妹妈姨姑嫂娘婶]$|妻子|前妻|母亲|女儿|岳母|女朋友|老婆|媳妇|孙女|婆婆|奶奶|外婆|嫂子",
    )
});

static WOMENS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("party/womens_names.txt")
        .split_whitespace()
        .collect()
});

static EITHER: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("party/either_names.txt")
        .split_whitespace()
        .collect()
});

/// What a party's name tells; nothing where it may be either.
pub(crate) fn of(name: &str) -> Option<Gender> {
    if MAN.is_match(name) {
        return Some(Gender::Man);
    }
    if WOMAN.is_match(name) {
        return Some(Gender::Woman);
    }
    const TITLES: &str = " Dr PC DC DI Prof Professor Judge Officer Inspector Sergeant Detective Constable Cllr Councillor Rev ";
    let mut words = name.split([' ', '-']);
    let first = words.find(|word| !TITLES.contains(&format!(" {word} ")));
    let first = first.unwrap_or(name);
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) || EITHER.contains(first) {
        None
    } else if WOMENS.contains(first) {
        Some(Gender::Woman)
    } else if party::is_given_name(first) {
        Some(Gender::Man)
    } else if ["ette", "elle", "ina", "ine", "een", "lla", "nna"]
        .iter()
        .any(|end| first.ends_with(end))
        && !name.contains(' ')
    {
        Some(Gender::Woman)
    } else {
        None
    }
}

/// Whether a party can be meant by a pronoun of this gender, or by "they".
pub(crate) fn can_be(name: &str, gender: Option<Gender>) -> bool {
    match gender {
        None => true,
        Some(gender) => !party::is_organisation(name) && of(name).is_none_or(|own| own == gender),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_titles_and_kin_tell() {
        for (name, gender) in [
            ("Mr Ito", Some(Gender::Man)),
            ("Ms Ito", Some(Gender::Woman)),
            ("his sister", Some(Gender::Woman)),
            ("Hugh Ito", Some(Gender::Man)),
            ("Fiona", Some(Gender::Woman)),
            ("Robin", None),
            ("老周", None),
            ("舅妈", Some(Gender::Woman)),
            ("岳父", Some(Gender::Man)),
        ] {
            assert_eq!(of(name), gender, "{name}");
        }
        assert!(!can_be("Northgate Haulage Ltd", Some(Gender::Man)));
        assert!(can_be("Northgate Haulage Ltd", None));
    }
}
