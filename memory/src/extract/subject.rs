//! Whose the property is: the party that a clause is about.

use std::sync::LazyLock;

use regex::Regex;

use super::clause::Stretch;
use super::gender::{self, Gender, can_be};
use super::pattern::pattern;
use super::statement::Place;
use super::{is_han, party, property};

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

static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?P<i>\b(?:I|[Mm]y|[Ww]e|[Oo]ur)\b|我们?|咱们?|本人)|(?P<you>\b(?:[Yy]ou|[Yy]our)\b|您|你)|",
        r"(?P<he>\b(?:[Hh]e|[Hh]is)\b|他(?:[^们]|$))|(?P<she>\b(?:[Ss]he|[Hh]er)\b|她(?:[^们]|$))|",
        r"(?P<they>\b(?:[Tt]hey|[Tt]heir)\b|[他她]们|对方)|(?P<org>[店厂院校][里方]|公司|单位)"
    ))
});

/// The party of which the value is stated: the one that the part of its clause
/// around it begins with, else the one that its sentence goes on telling of; a
/// pronoun means the party that was spoken of last. Empty where nobody is named.
pub(super) fn subject(place: &Place<'_>, attribute: &str) -> String {
    let here = &place.clauses[place.clause];
    let own = inner(place)
        .into_iter()
        .chain([here.span.start])
        .find_map(|from| first(place, from, place.span.start));
    let told = own.as_ref().is_none_or(|own| own.teller);
    let found = match told {
        true => fronted(place).or(own),
        false => own,
    };
    let (found, inherited) = match found {
        Some(found) => (Some(found), false),
        None => (inherited(place, attribute), true),
    };
    // Who tells what the rent is isn't he who has it.
    let found = found.filter(|found| !(found.teller && tells_of_thing(place, attribute)));
    // 九万我就签: for what the speaker would.
    let after = &place.text[place.span.end..];
    if found.as_ref().is_none_or(|f| f.teller || inherited) && after.starts_with('我') {
        return SPEAKER.to_owned();
    }
    // 催尾款11880: what is asked of the speaker.
    static ASKED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"催(?:着|了|我|促)?|限我|让我|要我|逼我|叫我|扣了?我"));
    if place.text[here.span.start..place.span.start].contains(is_han)
        && ASKED.is_match(&place.text[here.span.start..place.span.start])
        && !place.dated
    {
        return SPEAKER.to_owned();
    }
    // "They owe me 11 days of holiday".
    static OWED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:owes?|owed|allow|allows) (?:me|us)\s(?:[a-z]+\s)*$"));
    let owed = OWED.is_match(&place.text[here.span.start..place.span.start]);
    if owed && property::is_owned(attribute) {
        return SPEAKER.to_owned();
    }
    // "… and that was £800": of the thing, whoever found it.
    let found = found.filter(|_| !is_of_thing(place));
    match found.map(|found| found.nominal) {
        // 我去查了,遗嘱是…: a Chinese clause with a thing of its own to tell of
        // isn't of who looked it up.
        Some(Nominal::Speaker) if inherited && begins_with(place, attribute) => String::new(),
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
        None => bridged(place, attribute).unwrap_or_default(),
    }
}

/// Whether who tells it names a thing of which he tells it: "Stan says the rent is £50",
/// 管家说租金改成2050.
fn tells_of_thing(place: &Place<'_>, attribute: &str) -> bool {
    static THING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:says?|said|tells?|told|thinks?|thought|reckons?|reckoned|claims?|claimed|agrees?|agreed|insists?|swears?)(?: me| us)?(?: that)? (?:the|a|an|this|that|it|there|her|his|my|our)\b|\bthere['’]s\b",
        )
    });
    let start = place.clauses[place.clause].span.start;
    let before = &place.text[start..place.span.start];
    match before.contains(is_han) {
        true => property::is_owned(attribute) && before.contains(attribute),
        false => THING.is_match(before) || property::is_owned(attribute),
    }
}

fn is_of_thing(place: &Place<'_>) -> bool {
    static THING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:^|\s)(?:it|that|this)(?:['’]s| is| was| were| came to)(?: (?:only|now|actually|about|just|nearer|more like))?\s$",
        )
    });
    let start = place.clauses[place.clause].span.start;
    !place.dated && THING.is_match(&place.text[start..place.span.start])
}

/// Where the innermost clause before the value begins: behind "if", "because", "and".
fn inner(place: &Place<'_>) -> Option<usize> {
    static WITHIN: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:if|when|because|while|whereas|unless|and|but|so)\s"));
    let start = place.clauses[place.clause].span.start;
    let before = &place.text[start..place.span.start];
    let last = WITHIN.find_iter(before).last()?;
    Some(start + last.end())
}

/// Whom a stretch of text is about, or at least who tells it.
struct Found<'a> {
    nominal: Nominal<'a>,
    /// Where it stands.
    start: usize,
    teller: bool,
}

fn first<'a>(place: &Place<'a>, from: usize, to: usize) -> Option<Found<'a>> {
    let (nominals, teller) = nominals(place, from, to);
    let (start, nominal) = nominals.into_iter().next()?;
    Some(Found {
        nominal,
        start,
        teller,
    })
}

/// "On Friday the manager emailed", 前年夏天姑妈还录过: a day that opens its clause
/// is told of whom the clause then names.
fn fronted<'a>(place: &Place<'a>) -> Option<Found<'a>> {
    static OPENS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:(?:and|but|so|then|now|also|on|in|by|at|since|from|around|about|the)\s)*$|^(?:那|又|就|后来|到|从|等|还)?$|(?:[说讲称]|\b(?:says?|said)(?: that)?\s)$",
        )
    });
    let here = &place.clauses[place.clause];
    if !place.dated || !OPENS.is_match(&place.text[here.span.start..place.span.start]) {
        return None;
    }
    // An apposition stands in clauses of its own: "the manager, Mr Ito, emailed".
    let next = place.clauses[place.clause + 1..].iter().take(2);
    let next = next.filter(|c| c.sentence == here.sentence);
    first(place, place.span.end, here.span.end).or_else(|| {
        next.into_iter()
            .find_map(|c| first(place, c.span.start, c.span.end))
    })
}

/// Whom the clauses before in the sentence tell of. A clause without a subject goes
/// on with the one before it; one that names another thing, with the sentence.
fn inherited<'a>(place: &Place<'a>, attribute: &str) -> Option<Found<'a>> {
    static GREETS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:律师)?(?:您好|你好|好$)|^律师$|^(?:hi|hello|dear|thanks|thank you|sorry|morning)\b|^(?:跟|和)(?:您|你)(?:更正|说|讲|纠正)",
        )
    });
    let here = &place.clauses[place.clause];
    let told = &place.text[here.span.clone()];
    let mut before: Vec<_> = place.clauses[..place.clause]
        .iter()
        .filter(|c| c.sentence == here.sentence)
        .filter(|c| !GREETS.is_match(&place.text[c.span.clone()]))
        .collect();
    if told.starts_with(is_han) || begins_with_verb(told) {
        before.reverse();
    }
    let names = |c: &&Stretch| NAMES.is_match(&place.text[c.span.clone()]);
    let of = |c: &Stretch| {
        let found = first(place, c.span.start, c.span.end)?;
        // 记工本在小郝那: whom a Chinese clause names behind its subject is another.
        let lead = &place.text[c.span.start..found.start];
        let subject = !told.starts_with(is_han)
            || lead.chars().count() <= 1
            || place.tokens.iter().all(|t| {
                let within = c.span.start <= t.span.start && t.span.end <= found.start;
                !within || t.tag.starts_with(['t', 'd', 'c', 'r', 'm', 'q', 'f', 'u'])
            });
        subject.then_some(found)
    };
    let own = |c: &Stretch| {
        let informs = INFORMS.is_match(&place.text[c.span.clone()]);
        of(c).filter(|found| {
            let third = matches!(found.nominal, Nominal::Party(_) | Nominal::Third(_));
            !(found.teller || third && informs)
        })
    };
    let found = before.iter().filter(|c| !names(c)).find_map(|c| own(c));
    let found = found.or_else(|| {
        let promises = !told.starts_with(is_han) || is_promised(attribute);
        before.iter().filter(|_| promises).find_map(|c| of(c))
    });
    // Who is only spoken to in another clause isn't meant in this one.
    let found = found
        .filter(|found| !matches!(found.nominal, Nominal::Addressee) || told.starts_with(is_han));
    let done = found.is_some() || !told.starts_with(is_han);
    if done || begins_with_thing(place) || property::is_received(attribute) {
        return found;
    }
    // A Chinese sentence without a subject goes on with whom the last told of.
    let last = place.clauses[..place.clause].iter().rev();
    let last = last.filter(|c| c.sentence + 1 == here.sentence);
    let topic = last.rev().find_map(|c| Some((own(c)?, c)))?;
    // 他的车在那儿: of the car, not of him.
    let (topic, clause) = topic;
    let whose = place.text[clause.span.clone()].starts_with(['他', '她'])
        && place.text[clause.span.clone()].chars().nth(1) == Some('的');
    let third = matches!(topic.nominal, Nominal::Party(_) | Nominal::Third(_));
    (third && !whose).then_some(topic)
}

/// Whether a property is one that somebody promises who tells of it.
fn is_promised(attribute: &str) -> bool {
    const PROMISED: &str = " offer 退款 赔偿 补偿 减免 付款 期限 报价 答应 完工 ";
    PROMISED.contains(&format!(" {attribute} "))
}

/// Who finds out or hands on what is told isn't he of whom it is told: 罗姐把名册发我了.
static INFORMS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"对[了过]|查[了过到]|问[了过]|核对|翻[了出到]|打听|发我|发给我|发来|寄来|打电话|来电|来信|找人事",
    )
});

/// 管家姓柴: a clause that only says what somebody is called.
static NAMES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\p{Han}{1,5}(?:姓|叫|名叫|是)\p{Han}{1,4}$"));

fn begins_with_verb(clause: &str) -> bool {
    let word = clause.split(' ').next().unwrap_or_default();
    const IRREGULAR: &str = " came went put took gave got had has is was were made left said says told sent paid bought sold \
        found kept brought began broke cut fell held let lost met ran saw set spoke stood wrote wants refuses ";
    let lower = word.bytes().all(|b| b.is_ascii_lowercase());
    lower
        && (IRREGULAR.contains(&format!(" {word} "))
            || property::is_verb(word)
            || word.len() > 4 && word.ends_with("ed"))
}

/// Whether a Chinese clause begins with the thing that the value is of.
fn begins_with(place: &Place<'_>, attribute: &str) -> bool {
    !attribute.is_empty() && begins_with_thing(place)
}

fn begins_with_thing(place: &Place<'_>) -> bool {
    let here = &place.clauses[place.clause].span;
    let before = &place.text[here.start..place.span.start];
    let named = place.tokens.iter().find(|t| t.span.start >= here.start);
    named.is_some_and(|t| {
        t.span.start == here.start
            && t.span.end <= place.span.start
            && t.tag.starts_with(['n', 'l', 'j', 'x'])
    }) && before.starts_with(is_han)
}

/// "My aunt died. The will leaves …", "The fees are …": what somebody leaves behind
/// or charges is his, though the sentence names nobody.
fn bridged(place: &Place<'_>, attribute: &str) -> Option<String> {
    const LEFT: &str = " will estate legacy funeral 遗嘱 遗产 ";
    const CHARGED: &str = " fee charge 费用 收费 ";
    let is = |list: &str| {
        let head = attribute.rsplit(' ').next().unwrap_or(attribute);
        !head.is_empty() && list.contains(&format!(" {head} "))
    };
    let start = place.clauses[place.clause].span.start;
    let before = place.parties.iter().filter(|(span, _)| span.end <= start);
    let mut before = before.map(|(_, name)| name.as_str());
    if is(CHARGED) {
        before
            .rfind(|name| party::is_organisation(name))
            .map(str::to_owned)
    } else if is(LEFT) {
        before.next().map(str::to_owned)
    } else {
        None
    }
}

/// Parties and pronouns between two places, in order. A possessive that only
/// tells whose relative a party is ("my ex") is none.
fn nominals<'a>(place: &Place<'a>, from: usize, to: usize) -> (Vec<(usize, Nominal<'a>)>, bool) {
    let parties = place.parties.iter();
    let parties = parties.filter(|(span, _)| from <= span.start && span.end <= to);
    let mut found: Vec<(usize, Nominal<'a>)> = parties
        .map(|(span, name)| (span.start, Nominal::Party(name.as_str())))
        .collect();
    for c in PRONOUN.captures_iter(&place.text[from..to]) {
        let whole = c.get(0).expect("the whole match");
        let (start, mut end) = (from + whole.start(), from + whole.end());
        // The character behind 他 only shows that it isn't 他们.
        if whole.as_str().starts_with(['他', '她']) && c.name("they").is_none() {
            end = start + '他'.len_utf8();
        }
        // 公司 is one where the clause begins with it, not where one works in it.
        let inside = place
            .parties
            .iter()
            .any(|(span, _)| span.start <= start && end <= span.end);
        if inside && !matches!(whole.as_str(), "我" | "他" | "她")
            || c.name("org").is_some() && place.text[from..start].chars().count() > 3
        {
            continue;
        }
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
        // 保姆桂姨 is one.
        let mut end = start;
        while let Some((span, _)) = parties.clone().find(|(span, _)| span.start == end) {
            end = span.end;
        }
        end
    };
    // Who only tells it is not the one of whom it is told, nor is one spoken to.
    let tells = |start: usize, nominal: &Nominal<'_>| match nominal {
        Nominal::Party(_) => {
            let after = &place.text[end_of(start)..to];
            TELLS.is_match(after) || after.starts_with(['让', '叫']) || after.starts_with("建议")
        }
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
    let kept: Vec<(usize, Nominal<'a>)> = found
        .iter()
        .filter(|(start, nominal)| !spoken_to(*start) && !tells(*start, nominal))
        .cloned()
        .collect();
    if kept.is_empty() {
        // Of whom else nobody is named, it is told of himself: "Stan says it's £50"; but
        // not of the doctor what he has another do.
        let told = |(start, _): &(usize, Nominal<'a>)| {
            let after = &place.text[end_of(*start)..to];
            !spoken_to(*start) && !after.starts_with(['让', '叫']) && !after.starts_with("建议")
        };
        return (found.into_iter().rfind(told).into_iter().collect(), true);
    }
    (kept, false)
}

/// Behind the one who only tells what follows.
static TELLS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s(?:also |now |has |had |just |only |still )?(?:says?|said|tells?|told|thinks?|thought|reckons?|reckoned|claims?|claimed|swears?|swore|insists?|insisted|admits?|admitted|mentioned|believes?|wrote|puts|agrees?)\b|^(?:也|又|还|就|都|跟我|跟我们|对我|刚才|后来|今天|昨天|一直){0,2}(?:说|讲|称|表示|觉得|认为|估计|坚持)(?:[^可愿最只肯能会要先给再同答退赔补]|$)",
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
/// before that names one who can be meant; by "they", rather an organisation.
fn antecedent<'a>(place: &Place<'a>, gender: Option<Gender>) -> Option<&'a str> {
    let here = place.clauses[place.clause].sentence;
    let named = |sentence: u32| {
        let clauses = place.clauses.iter().filter(move |c| c.sentence == sentence);
        let start = clauses.clone().map(|c| c.span.start).min()?;
        let end = clauses.map(|c| c.span.end).max()?.min(place.span.start);
        Some(place.parties.iter().filter(move |(span, name)| {
            start <= span.start && span.end <= end && can_be(name, gender)
        }))
    };
    let organisation = || {
        (0..=here).rev().find_map(|sentence| {
            let mut named = named(sentence)?;
            named.find(|(_, name)| party::is_organisation(name))
        })
    };
    // Whom a sentence tells of comes before who tells it.
    let nearest = || {
        (0..=here).rev().find_map(|sentence| {
            let mut found: Vec<_> = named(sentence)?.collect();
            // A child seldom pays or signs.
            found.sort_by_key(|(_, name)| party::is_child(name));
            let tells = |span: &std::ops::Range<usize>| TELLS.is_match(&place.text[span.end..]);
            let told = found.iter().find(|(span, _)| !tells(span));
            match sentence == here {
                true => found.first().copied(),
                false => told.or(found.last()).copied(),
            }
        })
    };
    // "They" are an organisation, or several; who else is meant, earlier turns tell.
    let several =
        |name: &str| matches!(name, "parents" | "in-laws" | "neighbour" | "公婆" | "邻居");
    // A surname alone may be a couple's: "the tenants, the Oakes, stopped paying".
    let couple = || {
        named(here)?.find(|(_, name)| {
            !party::is_role(name)
                && gender::of(name).is_none()
                && !name.contains(' ')
                && name.is_ascii()
        })
    };
    let found = match gender {
        None => couple()
            .or_else(organisation)
            .or_else(|| nearest().filter(|(_, name)| several(name))),
        Some(_) => nearest(),
    };
    found.map(|(_, name)| name.as_str())
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

#[cfg(test)]
mod tests {
    fn whose(text: &str, surface: &str) -> String {
        let at = jiff::civil::date(2025, 6, 18).at(9, 0, 0, 0);
        let mut statements = crate::extract::extract(text, at).statements.into_iter();
        let found = statements.find(|s| &text[s.span.clone()] == surface);
        found.map(|s| s.subject).unwrap_or_default()
    }

    #[test]
    fn tells_whose_a_value_is() {
        for (text, surface, subject) in [
            // Fronted days, appositions and verbs that go on.
            (
                "On Friday the manager, Mr Lovell, emailed me.",
                "Friday",
                "manager",
            ),
            (
                "I sent it on 2 May, and the editor, Sarah Hale, signed it three days later.",
                "three days later",
                "Sarah Hale",
            ),
            // Who only tells it, and who tells it of himself.
            ("Derek says the rent is £50.", "£50", ""),
            (
                "Derek told me on Thursday that it was lost.",
                "Thursday",
                "Derek",
            ),
            // The innermost clause.
            ("He'll move it if we pay £300.", "£300", super::SPEAKER),
            // Of the thing, not of who found it.
            ("My sister found the bill and that was £800.", "£800", ""),
            // 我 of another clause doesn't own a thing that this one begins with.
            ("我去查了,遗嘱是2018年5月9日立的", "2018年5月9日", ""),
            ("律师您好,我弟弟昨天被撞了", "昨天", "弟弟"),
            ("管家姓柴,我押金交了两千六", "两千六", super::SPEAKER),
            ("王经理要八万,九万我就签", "九万", super::SPEAKER),
        ] {
            assert_eq!(whose(text, surface), subject, "{text}");
        }
    }
}
