//! Two accounts of one thing that differ and that nobody corrected.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use estoppel_memory::TurnId;
use estoppel_memory::extract::{Clause, Cue, Stance};
use regex::Regex;

use super::ask::{Ask, Wanted};
use super::desk::{Candidate, Desk};
use super::evidence_set::EvidenceSets;
use super::line::{Line, terms};
use super::reply::{Reply, quoted, stop};
use super::telling::Telling;
use crate::language::Language;
use crate::phrases::day;

/// How many nats behind the nearest sentence the other account may be.
const MARGIN: f32 = 3.3;
/// The share of the question's words that each account must hold.
const COVERS: f32 = 0.1;

/// The two accounts: the nearest sentences of two of the client's turns that are known to
/// contradict each other in them, or of which one affirms what is asked and the other
/// denies it.
pub(super) fn accounts(
    desk: &Desk<'_>,
    ask: &Ask,
    question: &str,
    scores: &[f32],
    language: Language,
) -> Option<Reply> {
    let mut near: Vec<usize> = (0..scores.len()).filter(|at| desk.is_client(*at)).collect();
    near.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let &first = near.first()?;
    let turn = |at: usize| desk.lines[at].turn.id;
    // What is claimed of a thing often follows the sentence that names it.
    let follows = |at: usize| at > 0 && turn(at - 1) == turn(at);
    let nearness = |at: usize| match follows(at) {
        true => scores[at].max(scores[at - 1]),
        false => scores[at],
    };
    near.retain(|&at| {
        nearness(at) >= scores[first] - MARGIN && desk.covers_with_before(at, question) >= COVERS
    });
    let opposed = |a: usize, b: usize| {
        ask.wanted == Wanted::Whether
            && a == first
            && !desk.corrects(turn(a.max(b)), turn(a.min(b)))
            && denies(desk, a, question) != denies(desk, b, question)
    };
    let known = |a: usize, b: usize| desk.contradict(turn(a), turn(b)) && clash(desk, ask, a, b);
    let nearest = |differ: &dyn Fn(usize, usize) -> bool| {
        let pairs = near.iter().enumerate().flat_map(|(i, &a)| {
            let rest = near[i + 1..].iter();
            rest.map(move |&b| (a, b))
        });
        let score = |(a, b): (usize, usize)| nearness(a) + nearness(b);
        pairs
            .filter(|&(a, b)| turn(a) != turn(b) && differ(a, b))
            .max_by(|x, y| score(*x).total_cmp(&score(*y)))
    };
    let (one, other) = nearest(&known).or_else(|| nearest(&opposed))?;
    Some(between(desk, one, other, language))
}

/// Whether a question asks if something happened, or what was said of it.
pub(super) fn in_doubt(ask: &Ask, question: &str) -> bool {
    match ask.wanted {
        Wanted::Whether => HAPPENED.is_match(question),
        Wanted::Open => RECALLS.is_match(question) && !ask.in_the_end,
        _ => false,
    }
}

/// What the client said of it in the two of the client's turns that most likely answer
/// together, where there may be two accounts of what is asked about: neither is the answer
/// alone.
pub(super) fn versions(
    desk: &Desk<'_>,
    telling: &Telling,
    sets: &EvidenceSets,
    language: Language,
) -> Option<Reply> {
    let accounts = |turns: &[TurnId]| {
        let accounts = turns
            .iter()
            .filter_map(|turn| account(desk, telling, *turn));
        accounts.collect::<Vec<_>>()
    };
    let two = sets.likeliest(|turns| turns.len() == 2 && accounts(turns).len() == 2)?;
    let [one, other]: [Vec<usize>; 2] = accounts(two).try_into().ok()?;
    let (earlier, later) = if one[0] < other[0] {
        (one, other)
    } else {
        (other, one)
    };
    let turn = |account: &[usize]| desk.lines[account[0]].turn;
    if desk.corrects(turn(&later).id, turn(&earlier).id) {
        return None;
    }
    let said = |account: &[usize]| {
        let quotes = account
            .iter()
            .map(|at| quoted(desk.lines[*at].text(), language));
        let day = day(turn(account).at.date(), language);
        (day, quotes.collect::<Vec<_>>().join(" "))
    };
    let ((on, first), (then, second)) = (said(&earlier), said(&later));
    let text = match language {
        Language::En => {
            format!(
                "The client spoke of it twice, in ways that may conflict: on {on} {first}, on {then} {second}"
            )
        }
        Language::Zh => format!("当事人说过两次，可能前后矛盾：{on}说{first}，{then}说{second}"),
    };
    Some(Reply {
        text: text + stop(language),
        turns: vec![turn(&earlier).id, turn(&later).id],
        history: Vec::new(),
    })
}

/// The sentences of a turn of the client's that tell most of what is asked, in order.
fn account(desk: &Desk<'_>, telling: &Telling, turn: TurnId) -> Option<Vec<usize>> {
    let own = (0..desk.lines.len()).filter(|at| {
        let line = &desk.lines[*at];
        line.turn.id == turn && desk.is_client(*at) && !line.asks()
    });
    let told = telling.sentences(own);
    (!told.is_empty()).then_some(told)
}

/// Two values of one thing, told by the client in different turns in sentences that share
/// the same words with the question, and of which nothing says which is right.
pub(super) fn values(
    desk: &Desk<'_>,
    ask: &Ask,
    question: &str,
    candidates: &[Candidate],
    language: Language,
) -> Option<Reply> {
    /// Of the question's words, that each sentence holds.
    const COVERS: f32 = 0.6;
    let asked = terms(question);
    let shared = |c: &Candidate| -> BTreeSet<String> {
        let line = &desk.lines[c.line];
        line.terms.intersection(&asked).cloned().collect()
    };
    let plain = |c: &&Candidate| {
        let line = &desk.lines[c.line];
        let values = line.items.iter().filter(|item| ask.wanted.is(&item.value));
        desk.is_client(c.line) && !line.asks() && c.item.cue == Cue::None && values.count() == 1
    };
    if ask.history || ask.several {
        return None;
    }
    let first = candidates.first().filter(plain)?;
    let words = shared(first);
    if words.len() < 2 || desk.covers(first.line, question) < COVERS {
        return None;
    }
    let turn = |c: &Candidate| desk.lines[c.line].turn.id;
    let other = candidates[1..].iter().filter(plain).find(|c| {
        let (earlier, later) = (turn(c).min(turn(first)), turn(c).max(turn(first)));
        earlier != later
            && c.item.value != first.item.value
            && shared(c) == words
            && !desk.corrects(later, earlier)
            && desk.corrected(c.line, &c.item).is_empty()
    })?;
    desk.corrected(first.line, &first.item)
        .is_empty()
        .then(|| between(desk, first.line, other.line, language))
}

/// That two sentences cannot both be right.
pub(super) fn between(desk: &Desk<'_>, one: usize, other: usize, language: Language) -> Reply {
    let (one, other) = (&desk.lines[one.min(other)], &desk.lines[one.max(other)]);
    Reply {
        text: told(one, other, language),
        turns: vec![one.turn.id, other.turn.id],
        history: Vec::new(),
    }
}

/// Whether two sentences claim what cannot both be so, and what is asked for: one value
/// against another, opposed acts, or a flat denial of what shares its words.
fn clash(desk: &Desk<'_>, ask: &Ask, a: usize, b: usize) -> bool {
    let (one, other) = (&desk.lines[a], &desk.lines[b]);
    let fact = |at: usize| {
        let items = desk.lines[at].items.iter();
        items.filter_map(move |item| desk.fact(at, item))
    };
    let values = fact(a).any(|old| fact(b).any(|new| old.contradicts.contains(&new.id)));
    let dated = |at: usize| {
        let with_before = desk.lines[at.saturating_sub(1)..=at].iter();
        let mut of_turn = with_before.filter(|line| line.turn.id == desk.lines[at].turn.id);
        of_turn.any(|line| line.items.iter().any(|item| ask.wanted.is(&item.value)))
    };
    let acts = match ask.wanted {
        Wanted::Name | Wanted::Whether | Wanted::Open => true,
        Wanted::Date => dated(a) && dated(b),
        _ => false,
    };
    values
        || acts
            && one.clauses.iter().any(|old| {
                let mut clauses = other.clauses.iter();
                clauses.any(|new| opposed_claims(old, new) || opposed_stances(old, new))
            })
}

fn opposed_claims(old: &Clause, new: &Clause) -> bool {
    let mut claims = old.claims.iter();
    claims.any(|old| new.claims.iter().any(|new| old.opposes(new)))
}

fn opposed_stances(old: &Clause, new: &Clause) -> bool {
    const SHARED: usize = 2;
    let opposed = matches!(
        (old.stance, new.stance),
        (Stance::Affirms, Stance::Denies) | (Stance::Denies, Stance::Affirms)
    );
    opposed
        && old
            .terms
            .iter()
            .filter(|term| new.terms.contains(term))
            .count()
            >= SHARED
}

fn told(one: &Line<'_>, other: &Line<'_>, language: Language) -> String {
    let when = |line: &Line<'_>| day(line.turn.at.date(), language);
    let (said, later) = (quoted(one.text(), language), quoted(other.text(), language));
    let text = match language {
        Language::En => format!(
            "The record conflicts, and nothing resolves it: on {} it says {said}, on {} it says {later}",
            when(one),
            when(other)
        ),
        Language::Zh => format!(
            "记录前后矛盾，一直没有澄清：{}说{said}，{}说{later}",
            when(one),
            when(other)
        ),
    };
    text + stop(language)
}

/// That a question asks whether something happened, not whether it may or will.
static HAPPENED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(?:^|[:,;]\s*)(?:did|had|have|has|was|were)\b",
        r"|有没有|是不是|[过了]没有?[?？。]?$|[过了]吗[?？。]?$",
    ))
    .expect("the pattern is valid")
});

/// That a question asks what the client said of something.
static RECALLS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\bwhat (?:have|did|had) i (?:said|say|told?|claim|sw[eo]ar)|\bwhat(?:['’]s| has| was| is) my (?:answer|account|story)",
        r"|我(?:之前|先前|原先|当时|前面)?(?:是)?怎么(?:跟您|和您|对您)?(?:讲|说|答)的?",
    ))
    .expect("the pattern is valid")
});

static FLAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:never|nothing|not once|no idea|nobody|none)\b|从来没|从没|从未|根本没|压根没",
    )
    .expect("the pattern is valid")
});

static NOT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:\bnot|\bno|n['’]t)\b(?P<en>(?:\s+\w+){1,3})|(?:没有?|未|不)(?P<zh>\p{Han}{1,3})",
    )
    .expect("the pattern is valid")
});

/// Whether a sentence, or the one after it, denies what is asked.
fn denies(desk: &Desk<'_>, at: usize, question: &str) -> bool {
    let turn = desk.lines[at].turn.id;
    let after = desk
        .lines
        .get(at + 1)
        .filter(|line| line.turn.id == turn && line.names.is_empty());
    let asked = terms(question);
    let of = |line: &Line<'_>| {
        let text = line.text();
        let verb = |found: regex::Captures<'_>| {
            let denied = found
                .name("en")
                .or(found.name("zh"))
                .map_or("", |m| m.as_str());
            let shares = |term: &String| denied.contains(term.as_str());
            !terms(denied).is_disjoint(&asked) || asked.iter().filter(|t| !t.is_ascii()).any(shares)
        };
        FLAT.is_match(text) || NOT.captures_iter(text).any(verb)
    };
    of(&desk.lines[at]) || after.is_some_and(|line| FLAT.is_match(line.text()))
}
