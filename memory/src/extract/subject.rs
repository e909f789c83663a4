//! Whose the property is: the party that a clause is about.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::pattern;
use super::statement::Place;

/// Subjects that depend on who speaks.
pub(crate) const SPEAKER: &str = "I";
pub(crate) const ADDRESSEE: &str = "you";
/// Somebody whom only an earlier turn names.
pub(crate) const EARLIER: &str = "they";
pub(crate) const EARLIER_HE: &str = "he";
pub(crate) const EARLIER_SHE: &str = "she";

/// What can be the subject of a clause, where it stands.
#[derive(Clone, Debug)]
enum Nominal<'a> {
    Speaker,
    Addressee,
    /// A third person, and whether a man or a woman is meant.
    Third(Option<Gender>),
    Party(&'a str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gender {
    Man,
    Woman,
}

static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?P<i>\b(?:I|[Mm]y|[Ww]e|[Oo]ur)\b|我们?|咱们?|本人)|(?P<you>\b(?:[Yy]ou|[Yy]our)\b|您|你)|",
        r"(?P<he>\b(?:[Hh]e|[Hh]is)\b|他(?:[^们]|$))|(?P<she>\b(?:[Ss]he|[Hh]er)\b|她(?:[^们]|$))|",
        r"(?P<they>\b(?:[Tt]hey|[Tt]heir)\b|[他她]们)"
    ))
});

/// The party of which the value is stated: the one that its clause begins with,
/// else the one that its sentence begins with; a pronoun means the
/// party that was spoken of last. What names nobody is the client's.
pub(super) fn subject(place: &Place<'_>) -> String {
    let here = &place.clauses[place.clause];
    let own = nominals(place, here.span.start, place.span.start);
    let first = own.into_iter().next().or_else(|| {
        let before = place.clauses[..place.clause].iter();
        let mut before = before.filter(|c| c.sentence == here.sentence);
        before.find_map(|c| nominals(place, c.span.start, c.span.end).into_iter().next())
    });
    match first {
        Some(Nominal::Speaker) => SPEAKER.to_owned(),
        Some(Nominal::Addressee) => ADDRESSEE.to_owned(),
        Some(Nominal::Party(name)) => name.to_owned(),
        Some(Nominal::Third(gender)) => antecedent(place, gender)
            .unwrap_or(match gender {
                Some(Gender::Man) => EARLIER_HE,
                Some(Gender::Woman) => EARLIER_SHE,
                None => EARLIER,
            })
            .to_owned(),
        None => String::new(),
    }
}

/// Parties and pronouns between two places, in order. A possessive that only
/// tells whose relative a party is ("my ex") is none.
fn nominals<'a>(place: &Place<'a>, from: usize, to: usize) -> Vec<Nominal<'a>> {
    let parties = place.parties.iter();
    let parties = parties.filter(|(span, _)| from <= span.start && span.end <= to);
    let mut found: Vec<(usize, Nominal<'a>)> = parties
        .map(|(span, name)| (span.start, Nominal::Party(name.as_str())))
        .collect();
    for c in PRONOUN.captures_iter(&place.text[from..to]) {
        let whole = c.get(0).expect("the whole match");
        let (start, end) = (from + whole.start(), from + whole.end());
        let leads = place.parties.iter().any(|(span, _)| {
            let adjective = |gap: &str| {
                gap.len() <= 8 && gap.chars().all(|c| c.is_ascii_lowercase() || c == ' ')
            };
            start <= span.start && (span.start <= end || adjective(&place.text[end..span.start]))
        });
        let possessive = matches!(
            whole.as_str().to_ascii_lowercase().as_str(),
            "my" | "our" | "your" | "his" | "her" | "their"
        ) || !whole.as_str().is_ascii();
        if leads && possessive {
            continue;
        }
        let nominal = if c.name("i").is_some() {
            Nominal::Speaker
        } else if c.name("you").is_some() {
            Nominal::Addressee
        } else if c.name("he").is_some() {
            Nominal::Third(Some(Gender::Man))
        } else if c.name("she").is_some() {
            Nominal::Third(Some(Gender::Woman))
        } else {
            Nominal::Third(None)
        };
        found.push((start, nominal));
    }
    found.sort_by_key(|(start, _)| *start);
    let end_of = |start: usize| {
        let parties = place.parties.iter();
        let party = parties.clone().find(|(span, _)| span.start == start);
        party.map_or(start, |(span, _)| span.end)
    };
    // Who only tells it is not the one of whom it is told, nor is one spoken to.
    let tells = |start: usize, nominal: &Nominal<'_>| match nominal {
        Nominal::Party(_) => TELLS.is_match(&place.text[end_of(start)..to]),
        Nominal::Speaker => {
            let after = &place.text[start..to];
            FINDS.is_match(after)
        }
        Nominal::Third(_) | Nominal::Addressee => {
            let after = &place.text[start..to];
            let word = after.find(' ').map_or(after, |at| &after[at..]);
            TELLS.is_match(word) || TELLS_CHINESE.is_match(after)
        }
    };
    let spoken_to = |start: usize| SPOKEN_TO.is_match(&place.text[from..start]);
    let last = found.len().saturating_sub(1);
    let kept = found.iter().enumerate().filter(|(i, (start, nominal))| {
        !spoken_to(*start)
            && (*i == last && !matches!(nominal, Nominal::Party(_)) || !tells(*start, nominal))
    });
    kept.map(|(_, (_, nominal))| nominal.clone()).collect()
}

/// Behind the one who only tells what follows.
static TELLS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s(?:also |now |has |had |just |only |still )?(?:says?|said|tells?|told|thinks?|thought|reckons?|reckoned|claims?|claimed|swears?|swore|insists?|insisted|admits?|admitted|mentioned|believes?|wrote|puts)\b|^(?:也|又|还|就|都|跟我|跟我们|对我|刚才|后来|今天|昨天|一直){0,2}(?:说|讲|称|表示|觉得|认为|估计|坚持)(?:[^可愿最只肯能会要先给再同答退赔补]|$)",
    )
});

static TELLS_CHINESE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[他她]们?|您|你)(?:也|又|还|就|都|跟我|对我|刚才|后来){0,2}(?:说|讲|称|表示|觉得|认为|坚持)",
    )
});

/// "I found that Hugh …", 我听说…: of whom it is told comes behind.
static FINDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:I|[Ww]e)(?:['’]ve| have|['’]d| had)?(?: just| also)? (?:found(?: out)?|see|saw|heard|hear|gather|understand|noticed|learned|discovered|know|knew|think|believe)\s|^我们?(?:听说|发现|觉得|知道|记得)",
    )
});

/// Before one who is spoken to: 跟您说过, "told her".
static SPOKEN_TO: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:跟|和|给|向|对|告诉|问|替|帮)$"));

/// The party that a third person means: the first named in the nearest sentence
/// before that names one who can be meant.
fn antecedent<'a>(place: &Place<'a>, gender: Option<Gender>) -> Option<&'a str> {
    let here = place.clauses[place.clause].sentence;
    (0..=here).rev().find_map(|sentence| {
        let clauses = place.clauses.iter().filter(|c| c.sentence == sentence);
        let start = clauses.clone().map(|c| c.span.start).min()?;
        let end = clauses.map(|c| c.span.end).max()?.min(place.span.start);
        let mut named = place
            .parties
            .iter()
            .filter(|(span, name)| start <= span.start && span.end <= end && can_be(name, gender));
        named.next().map(|(_, name)| name.as_str())
    })
}

/// Whether a party can be meant by one of the pronouns for an earlier one.
pub(crate) fn can_mean(pronoun: &str, name: &str) -> bool {
    can_be(
        name,
        match pronoun {
            EARLIER_HE => Some(Gender::Man),
            EARLIER_SHE => Some(Gender::Woman),
            _ => None,
        },
    )
}

/// Whether a party can be meant by "he" or "she": titles and kin tell.
fn can_be(name: &str, gender: Option<Gender>) -> bool {
    static MAN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:Mr|Sir)\b|^(?:husband|ex-husband|father|son|brother|uncle|nephew|grandfather|boyfriend|father-in-law|brother-in-law|son-in-law|stepfather)$|先生|[哥弟爸叔舅]$|丈夫|前夫|父亲|儿子|岳父|男朋友",
        )
    });
    static WOMAN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:Mrs|Ms|Miss|Lady)\b|^(?:wife|ex-wife|mother|daughter|sister|aunt|niece|grandmother|girlfriend|mother-in-law|sister-in-law|daughter-in-law|stepmother)$|女士|小姐|太太|[姐妹妈姨姑]$|妻子|前妻|母亲|女儿|岳母|女朋友|老板娘",
        )
    });
    match gender {
        Some(Gender::Man) => !WOMAN.is_match(name),
        Some(Gender::Woman) => !MAN.is_match(name),
        None => true,
    }
}
