//! English names, titles and roles. Precision before recall: a capitalised word
//! is a name only where something else says so.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::super::pattern::pattern;
use regex::Regex;

use super::super::Alias;
use super::super::gender::{self, Gender};
use super::{Named, roles};

static GIVEN: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("given_names.txt").split_whitespace().collect());

/// Given names that are also ordinary words or places.
static DOUBTFUL: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("doubtful_names.txt")
        .split_whitespace()
        .collect()
});

/// Words that begin sentences or are capitalised without naming a person.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("common_words.txt")
        .split_whitespace()
        .collect()
});

static ROLE_NAMES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| roles::ENGLISH.iter().copied().collect());

static TITLED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?P<title>Mrs?|Ms|Miss|Dr|Prof(?:essor)?|Judge|Sir|Lady|Officer|Inspector|Sergeant|Sgt|Detective|Rev|PC|DC|DI|Constable|Cllr|Councillor|Captain|Capt|Puan|Encik|Datuk|Madam|Herr|Frau|Señora?|Nurse|Sister)\.?\s(?P<name>[A-Z][\p{Latin}’'-]*(?:\s[A-Z][a-z][\p{Latin}’'-]*)?)",
    )
});

/// Names of organisations by their legal form or last word.
static ORGANISATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:[A-Z][\p{Latin}’'-]*\s(?:(?:&|and|of)\s)?){1,5}(?:Ltd|Limited|LLC|LLP|Inc|plc|PLC|Corp|Corporation|GmbH|Bank|Insurance|Logistics|Staffing|Holdings|Partners|Associates|Properties|Lettings|Group|Solicitors|University|Hospital|Tribunal|Authority|Agency|Publishing|Press|Media|Mutual|Assurance|Academy|School|College|Hotel|Travel|Tours|Holidays|Airlines|Airways|Motors|Freight|Haulage|Transport|Couriers|Removals|Builders|Construction|Roofing|Plumbing|Kitchens|Interiors|Furniture|Homes|Estates|Finance|Capital|Investments|Ventures|Technologies|Robotics|Systems|Software|Studios?|Design|Consulting|Recruitment|Catering|Bakery|Brewery|Foods|Farms|Stores|Pharmacy|Clinic|Dental|Surgery|Nurseries|Housing|Trust|Foundation|Association|Society|Union|Club|Energy|Telecom|Broadband|Management)\b|\b[A-Z][a-z]+\s&\s[A-Z][a-z]+\b",
    )
});

/// Public bodies that are named without more, and houses that act: "at Rose House",
/// unless somebody lives there.
static BODY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?P<body>ACAS|Acas|HMRC|DVLA|IRS|EEOC|USCIS|Ofcom|Ofsted|Citizens Advice|Land Registry|Trading Standards|Environmental Health)\b|\b(?:fell|stays?|stayed|booked|work(?:s|ed|ing)?|moved(?: him| her| them)?|care|staff|manager|bill|fees)\s(?:(?:at|from|by|to|with|of|in|into)\s)?(?P<house>[A-Z][a-z’'-]+\s(?:House|Hall|Lodge|Manor|Court))\b",
    )
});

/// "Brannigan's Diner": somebody's place, by his name.
static SHOP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b[A-Z][a-z]+['’]s\s(?:Diner|Café|Cafe|Bar|Pub|Grill|Kitchen|Bakery|Garage|Autos|Gym|Salon|Shop|Store|Market|Deli|Pizzeria|Restaurant|School|College|Nursery|Hospital|Hospice|Church|Club|Farm|Yard|Hotel|Inn)\b",
    )
});

static NAMED_LATER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?P<whose>[Hh]is|[Hh]er) name(?:['’]s| is) (?P<name>[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)")
});

/// Kin whose capital says that they are the speaker's own.
static BARE_KIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:Mum|Mom|Dad|Grandma|Grandpa|Grandad|Gran|Nan)\b"));

static CAPITALS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b[A-Z][a-z]+(?:-[A-Z][a-z]+)?(?:\s(?:[A-Z]\.\s)?[A-Z][a-z]+(?:-[A-Z][a-z]+)?){0,2}\b",
    )
});

/// What a person does right behind the name.
static ACTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s(?:said|says|told|tells|asked|emailed|e-mailed|texted|messaged|wrote|replied|rang|called|phoned|agreed|refused|promised|offered|signed|paid|came|went|left|wants|wanted|thinks|reckons|knows|knew|saw|heard|sent|gave|took|swears|claims|claimed|admitted|confirmed|answered|insists|denied|denies|has|had|is|was|didn['’]t|won['’]t|did|does|and I\b)|^['’]s\b",
    )
});

/// Before "to" and a place.
static MOVES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:go|goes|going|went|gone|move|moved|moving|drove|drive|came|come|flew|fly|travel|travelled|trip|way|back|walk|walked|ran|got|train|bus|flight|from \w+(?: \w+)?)(?: \w+)? to $",
    )
});

/// What follows a name of two words that opens a sentence.
static DOES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s(?:also |now |just |only |then |never |still )?[a-z]{3,}(?:ed|s)\b")
});

/// What only a person does, behind a single word that opens a sentence.
static SPEAKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s(?:also |then |just |never |still )?(?:said|says|told|tells|asked|texted|emailed|phoned|rang|swears|swore|reckons|insists|thinks|promised|admitted|admits|replied|got (?:the|a|my|his|her|it)|has (?:offered|left|been)|sold|sent|wrote|at [A-Z]|from (?:the\b|[A-Z]))",
    )
});

/// "called X", "with X": what stands before a name and never before a place.
static LEADS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:called|named|with|told|asked|by|and|emailed|texted|rang|paid|met|say|for|call (?:him|her))\s$",
    )
});

static ROLE: LazyLock<Regex> = LazyLock::new(|| {
    let mut words: Vec<&str> = roles::ENGLISH.iter().map(|(word, _)| *word).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    // No boundary is seen behind "fiancé".
    let words = words
        .iter()
        .map(|word| match word.ends_with(|c: char| c.is_ascii()) {
            true => format!(r"{word}\b"),
            false => (*word).to_owned(),
        });
    let words: Vec<String> = words.collect();
    pattern(&format!(
        r"\b(?P<det>(?i:my|our|the|a|an|this|that|his|her|their|your|new|old|late|first))\s(?:(?:late|new|old|former|first)\s)?(?P<role>(?i:{}))(?:['’]s\b)?",
        words.join("|")
    ))
});

/// "Hugh is executor": a role without an article right behind a name.
static IS_ROLE: LazyLock<Regex> = LazyLock::new(|| {
    let mut words: Vec<&str> = roles::ENGLISH.iter().map(|(word, _)| *word).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    pattern(&format!(r"^\s(?:is|was)\s(?P<role>{})\b", words.join("|")))
});

/// Between a role and the name of the person in it.
static JOIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:,\s(?:a|an|one)\s|,\s(?:a|an|the)\s(?:[a-z-]+\s){1,3}(?:called|named)\s|,?\s(?:is\s|was\s)?(?:called|named)\s|\sis\s|,?\s)$",
    )
});

static JOIN_BACK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:['’]s)?,\s(?:who\sis\s|who\swas\s)?$|^\sis\s$|^\swas\s$"));

pub(super) fn find(text: &str, known: &[Named]) -> (Vec<Named>, Vec<Alias>) {
    let mut named = known.to_vec();
    for c in TITLED.captures_iter(text) {
        let span = c.get(0).expect("the whole match").range();
        let end = trim_possessive(&text[span.clone()]).len();
        let name = trim_possessive(&c["name"]);
        named.push((
            span.start..span.start + end,
            format!("{} {name}", c["title"].trim_end_matches('.')),
        ));
    }
    for m in ORGANISATION.find_iter(text) {
        let name = m.as_str();
        let skip = ["The ", "An ", "And ", "So "]
            .iter()
            .find_map(|p| name.strip_prefix(p))
            .map_or(0, |rest| name.len() - rest.len());
        if skip == 0 || name[skip..].contains(' ') {
            named.push((m.start() + skip..m.end(), name[skip..].to_owned()));
        }
    }
    for m in SHOP.find_iter(text) {
        let second = m.as_str().split(' ').nth(1).unwrap_or_default();
        if !is_common(second) && !GIVEN.contains(second) {
            named.push((m.range(), m.as_str().to_owned()));
        }
    }
    for c in BODY.captures_iter(text) {
        let name = c.name("house").or(c.name("body"));
        named.extend(name.map(|m| (m.range(), m.as_str().to_owned())));
    }
    let taken: Vec<Range<usize>> = named.iter().map(|(span, _)| span.clone()).collect();
    named.extend(plain_names(text, &taken));
    named.extend(introduced(text, &named));
    let (role_names, mut aliases) = role_mentions(text, &named);
    // "My ex … His name is Conor Daly": who was told of before by a role.
    for c in NAMED_LATER.captures_iter(text) {
        let (Some(start), Some(name)) = (c.get(0), c.name("name")) else {
            continue;
        };
        let gender = match &c["whose"].to_ascii_lowercase()[..] {
            "his" => Some(Gender::Man),
            _ => Some(Gender::Woman),
        };
        let roles = role_names
            .iter()
            .filter(|(span, _)| span.end <= start.start());
        let mut roles = roles.filter(|(_, role)| gender::can_be(role, gender));
        if let Some((_, role)) = roles.next() {
            aliases.push(Alias {
                name: name.as_str().to_owned(),
                alias: role.clone(),
            });
        }
        let apart = |(span, _): &Named| span.end <= name.start() || name.end() <= span.start;
        if named.iter().all(apart) {
            named.push((name.range(), name.as_str().to_owned()));
        }
    }
    // St Anne's School is the school from now on; Mum is whose child speaks.
    for (_, name) in &named {
        let last = name.rsplit(' ').next().unwrap_or(name).to_ascii_lowercase();
        if let Some(role) = ROLE_NAMES
            .get(last.as_str())
            .filter(|_| is_organisation(name))
        {
            aliases.push(Alias {
                name: name.clone(),
                alias: (*role).to_owned(),
            });
        }
    }
    named.extend(role_names);
    for m in BARE_KIN.find_iter(text) {
        let role = ROLE_NAMES[m.as_str().to_ascii_lowercase().as_str()];
        if named
            .iter()
            .all(|(span, _)| span.end <= m.start() || m.end() <= span.start)
        {
            named.push((m.range(), role.to_owned()));
        }
    }
    (named.split_off(known.len()), aliases)
}

/// "The owner, Lou Brand", "a firm called Sunfare": what an apposition names,
/// also where nothing else shows it to be a name.
fn introduced(text: &str, named: &[Named]) -> Vec<Named> {
    static APPOSITION: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"\b(?:[Mm]y|[Oo]ur|[Tt]he|[Hh]is|[Hh]er|[Tt]heir|[Aa]n?|[Aa]nother)\s(?:[a-z][a-z-]+\s){0,2}(?P<role>[a-z][a-z-]+)",
            r"(?P<join>,\s(?:an?\s)?|\s(?:called|named)\s|\s)(?P<name>[A-Z][\p{Latin}’'-]+(?:\s[A-Z][\p{Latin}’'-]+)?)(?P<end>[\s,.;:!?)]|['’]s|$)"
        ))
    });
    let mut found = Vec::new();
    for c in APPOSITION.captures_iter(text) {
        let (Some(name), Some(end)) = (c.name("name"), c.name("end")) else {
            continue;
        };
        let called = c["join"].contains("called") || c["join"].contains("named");
        let person = is_person_word(&c["role"]);
        let set_off = c["join"].starts_with(',') && !end.as_str().starts_with(' ');
        let known_role = ROLE_NAMES.contains_key(&c["role"]);
        // "The shift lead": a role of two words.
        let lead = &text[c.get(0).map_or(0, |m| m.start())..name.start()];
        let lead = lead.trim_end_matches([' ', ',']);
        let two = lead.rsplitn(3, ' ').take(2).collect::<Vec<_>>();
        let two = two.into_iter().rev().collect::<Vec<_>>().join(" ");
        let person = person || ROLE_NAMES.contains_key(two.as_str());
        let fits = called || person && set_off || known_role && c["join"] == *" ";
        let words: Vec<&str> = name.as_str().split(' ').collect();
        // "The physio I'm seeing" names nobody.
        if name.as_str().starts_with("I'") || name.as_str().starts_with("I’") {
            continue;
        }
        let apart = |(span, _): &Named| span.end <= name.start() || name.end() <= span.start;
        if fits && !words.iter().any(|w| is_common(w)) && named.iter().all(apart) {
            let trimmed = trim_possessive(name.as_str());
            found.push((
                name.start()..name.start() + trimmed.len(),
                trimmed.to_owned(),
            ));
        }
    }
    found
}

/// Whether a noun can mean a person: a role, or by its ending.
pub(super) fn is_person_word(word: &str) -> bool {
    const ENDS: [&str; 14] = [
        "er", "or", "ist", "ant", "ent", "ian", "man", "woman", "mate", "lead", "rep", "boss",
        "friend", "lady",
    ];
    const PERSONS: [&str; 8] = [
        "lad", "bloke", "guy", "fellow", "girl", "boy", "chap", "kid",
    ];
    ROLE_NAMES.contains_key(word)
        || PERSONS.contains(&word)
        || word.len() > 4 && ENDS.iter().any(|end| word.ends_with(end))
}

/// "my bank statement", "their sister hotel": the role only tells of what kind a
/// thing is.
fn is_compound(after: &str) -> bool {
    const THINGS: &str = " account accounts app statement statements transfer transfers card cards details holiday balance \
        branch charges loan records record report tax fees uniform trip bus run gate station car van book loan note notes \
        hotel company firm site ship school paper letter meeting insurance bill bills visit appointment prescription ";
    let word = after.strip_prefix(' ').unwrap_or_default();
    let word = word
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    !word.is_empty() && THINGS.contains(&format!(" {word} "))
}

fn trim_possessive(name: &str) -> &str {
    name.trim_end_matches("'s")
        .trim_end_matches("’s")
        .trim_end_matches(['\'', '’'])
}

fn plain_names(text: &str, taken: &[Range<usize>]) -> Vec<Named> {
    CAPITALS
        .find_iter(text)
        .filter(|m| {
            taken
                .iter()
                .all(|t| m.end() <= t.start || t.end <= m.start())
        })
        .filter_map(|m| {
            let span = person(text, m.range())?;
            let name = text[span.clone()].to_owned();
            Some((span, name))
        })
        .collect()
}

/// The part of a capitalised run that names a person, if any.
fn person(text: &str, run: Range<usize>) -> Option<Range<usize>> {
    let words: Vec<&str> = text[run.clone()].split(' ').collect();
    // A sentence's first word may only be capitalised for that: "Then Sophie".
    let skip = words
        .iter()
        .position(|word| GIVEN.contains(word.split('-').next().unwrap_or(word)));
    let start = match skip {
        Some(skip) => run.start + words[..skip].iter().map(|w| w.len() + 1).sum::<usize>(),
        None if words.iter().any(|w| is_common(w)) => return None,
        None => run.start,
    };
    let (head, tail) = (&text[..start], &text[run.end..]);
    let place = [
        "Street", "Road", "Lane", "Court", "House", "Avenue", "Act", "Code", "Park", "Close",
        "Drive", "Place", "visa", "route", "scheme", "Square", "Island", "County",
    ]
    .iter()
    .any(|w| text[start..run.end].ends_with(w) || tail.trim_start().starts_with(w));
    if place {
        return None;
    }
    let known = skip.is_some();
    // May, Will, Grace and Mark begin sentences as other words do.
    let opens = head.trim_end().is_empty()
        || head
            .trim_end()
            .ends_with(['.', '!', '?', '\n', '"', '“', ':']);
    let acts = ACTS.is_match(tail);
    let ok = if known {
        let single = !text[start..run.end].contains(' ');
        let doubtful = single && DOUBTFUL.contains(&text[start..run.end]);
        if doubtful && opens {
            acts
        } else {
            !(doubtful && in_place(head))
        }
    } else {
        // "handed it to Penrose Lofts" names whom, "went to Spring Vale" where.
        let to = head.ends_with(" to ") && !MOVES.is_match(head);
        let full = text[start..run.end].contains(' ')
            && (to
                || ![
                    " in ", " near ", " at ", " to ", " on ", " of ", " the ", "The ",
                ]
                .iter()
                .any(|lead| head.ends_with(lead)));
        let two = text[start..run.end].contains(' ');
        opens && two && (acts || DOES.is_match(tail)) && !in_place(head)
            || opens && !two && SPEAKS.is_match(tail) && text[start..run.end].len() > 2
            || !opens
                && (full
                    || acts && !in_place(head)
                    || LEADS.is_match(head) && !tail.starts_with(" and"))
                && text[start..run.end].len() > 2
    };
    ok.then_some(start..run.end)
}

fn in_place(head: &str) -> bool {
    [
        "in ", "at ", "from ", "to ", "near ", "of ", "the ", "The ", "this ", "into ", "a ", "an ",
    ]
    .iter()
    .any(|lead| head.ends_with(lead))
}

fn is_common(word: &str) -> bool {
    COMMON.contains(word)
}

pub(super) fn is_given_name(word: &str) -> bool {
    GIVEN.contains(word)
}

/// Whether a name ends as those of organisations do.
pub(super) fn is_organisation(name: &str) -> bool {
    let house = ["House", "Hall", "Lodge", "Manor", "Home"].iter();
    let house = house
        .into_iter()
        .any(|end| name.ends_with(end) && name.contains(' '));
    house
        || ORGANISATION
            .find(name)
            .is_some_and(|m| m.range() == (0..name.len()))
}

fn role_mentions(text: &str, named: &[Named]) -> (Vec<Named>, Vec<Alias>) {
    let (mut found, mut aliases) = (Vec::new(), Vec::new());
    for (span, name) in named {
        if let Some(c) = IS_ROLE.captures(&text[span.end..])
            && let Some(role) = ROLE_NAMES.get(&c["role"])
        {
            aliases.push(Alias {
                name: name.clone(),
                alias: (*role).to_owned(),
            });
        }
    }
    for c in ROLE.captures_iter(text) {
        let (whole, role) = (
            c.get(0).expect("the whole match"),
            c.name("role").expect("the role"),
        );
        let det = c["det"].to_ascii_lowercase();
        let word = role.as_str().to_ascii_lowercase();
        // "The Council House" is a place.
        let titled = role.as_str().starts_with(|c: char| c.is_ascii_uppercase());
        if titled && !matches!(word.as_str(), "hr" | "gp" | "mum" | "mom" | "dad") {
            continue;
        }
        let Some(name) = ROLE_NAMES.get(word.as_str()) else {
            continue;
        };
        if !whole.as_str().ends_with('s') && is_compound(&text[whole.end()..]) {
            continue;
        }
        let next = named
            .iter()
            .filter(|(span, _)| span.start >= role.end())
            .min_by_key(|(span, _)| span.start);
        // "The owner of Penrose, Craig Dunmore": of what stands between.
        let of = next.filter(|(span, _)| {
            matches!(
                &text[role.end()..span.start],
                " of " | " of the " | " at " | " from "
            )
        });
        let next = match of {
            Some((of, _)) => {
                let person = named
                    .iter()
                    .filter(|(span, _)| span.start >= of.end)
                    .min_by_key(|(span, _)| span.start);
                person.filter(|(span, _)| &text[of.end..span.start] == ", ")
            }
            None => next.filter(|(span, _)| JOIN.is_match(&text[role.end()..span.start])),
        };
        let behind = next;
        let last = named
            .iter()
            .filter(|(span, _)| span.end <= whole.start())
            .max_by_key(|(span, _)| span.end);
        let front = last.filter(|(span, _)| JOIN_BACK.is_match(&text[span.end..whole.start()]));
        let own = matches!(
            det.as_str(),
            "my" | "our" | "your" | "the" | "late" | "new" | "old" | "first"
        );
        let introduces = own || matches!(det.as_str(), "a" | "an");
        let third = matches!(det.as_str(), "his" | "her" | "their");
        let kin = roles::is_kin(name);
        let alias = match third && kin {
            true => format!("{det} {name}"),
            false => (*name).to_owned(),
        };
        if let Some((_, person)) = behind
            .or(front)
            .filter(|_| (introduces || third) && *name != "company")
        {
            aliases.push(Alias {
                name: person.clone(),
                alias: alias.clone(),
            });
        }
        // Whose, "the" alone does not tell; "a friend" is somebody, but not
        // always the same.
        let vague = [
            "company",
            "bank",
            "agency",
            "friend",
            "partner",
            "director",
            "customer",
            "witness",
            "driver",
            "principal",
            "guard",
        ]
        .contains(name)
            && det == "the"
            || word == "company";
        if !vague && (own || third) {
            found.push((role.range(), alias));
        }
    }
    (found, aliases)
}
