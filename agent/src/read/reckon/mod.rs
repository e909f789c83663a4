//! Sums that follow from what was said, with what they are made of shown.

use std::sync::LazyLock;

use estoppel_memory::fact::{CLIENT, TimeUnit};
use estoppel_memory::{Fact, Value};
use regex::Regex;

use super::ask::{Ask, Wanted};
use super::calculation::{Calculation, Operation, amount};
use super::desk::{Candidate, Desk, is_of};
use super::guess::Guess;
use super::reply::Reply;
use super::{ReadError, pattern};
use crate::language::Language;

static SUM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:together|altogether|in total|total|combined|in all|add(?:s|ed|ing)? up|adding|full sum)\b|一共|总共|合计|总计|加起来|加一块",
    )
});

/// That one figure is compared with another.
static DIFFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bhow much (?:more|less|pricier|cheaper|dearer|better|worse)\b|\bhow far (?:short|above|below)\b|\bdifference\b|\bapart\b|差额|(?:还|相?)差多少|[多少]多少|[贵高]出?多少",
    )
});

/// That something is taken off, or one figure compared with another.
static LESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:still|left|remain\w*|short\w*|unpaid|outstanding|balance|differ\w*|more|less|higher|lower|above|below|over\w*|minus|net|once|after|off|deduct\w*|gap|keep|back|apart)\b|[扣减剩差欠退]|还有|没|多出|高出|少",
    )
});

/// Two things whose figures are added.
static TWO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:do|does|did|would|will|of|for|on|are|is) (?P<a>[^?]{2,60}?) and (?P<b>[^?]{2,60}?) (?:come|cost|total|add|amount|together|combined|altogether|make|in total|in all)\b",
        r"|(?i)\b(?:total|sum) (?:of|for) (?P<ta>[^?]{2,60}?) and (?P<tb>[^?]{2,60})",
        r"|(?P<za>[^,，?？]{1,20}?)[和与跟加](?P<zb>[^,，?？]{1,20}?)(?:一共|总共|合计|总计|加起来|共)",
    ))
});

/// That the figures of two or three like things are added.
static SO_MANY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?P<two>two|both)\b|\b(?P<three>three)\b|(?P<zwei>两[次笔个项位]|俩)|(?P<drei>三[次笔个项位])",
    )
});

/// What is not paid yet.
static OPEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:still (?:to pay|due|ow\w+)|left to pay|outstanding|unpaid|balance)\b|没(?:交|付|还|给|缴)|还(?:差|欠|剩)",
    )
});

/// That a sum is asked for, however it was told.
static COMES_TO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:comes?|amounts?|works? out) (?:to|at)\b|\bin (?:dollars|pounds|euros|money)\b|折合|算下来|合多少",
    )
});

/// Names under which what was paid already is kept.
const PAID: [&str; 8] = [
    "payment", "deposit", "实缴", "出资", "首付", "定金", "付款", "还款",
];

/// So much for each day, hour and the like.
static RATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:an?|per|each|every) (?P<en>hour|day|week|month|year)\b|每个?(?P<zh>小时|天|日|周|月|年)|一(?P<one>天|小时)",
    )
});

/// The answer that code can reckon from figures of the record.
pub(super) fn reckon(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    guess: &Guess,
    language: Language,
) -> Result<Option<Reply>, ReadError> {
    let money = &Ask {
        wanted: Wanted::Money,
        ..ask.clone()
    };
    let calculation = match calculation(desk, money, question)? {
        None => scaled(desk, money, question)?,
        found => found,
    };
    let calculation = match calculation {
        None => of_operands(&desk.operands(ask, question, guess)?, question),
        found => found,
    };
    Ok(calculation.and_then(|calculation| calculation.reply(desk, language)))
}

/// A figure that was told for a shorter time than the question names, or as a share where a
/// sum is asked for.
pub(super) fn in_other_terms(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
    language: Language,
) -> Result<Option<Reply>, ReadError> {
    let calculation = scaled(desk, ask, question)?;
    Ok(calculation.and_then(|calculation| calculation.reply(desk, language)))
}

fn scaled(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
) -> Result<Option<Calculation>, ReadError> {
    let nearest = desk.candidates(ask, question)?;
    match in_a_period(desk, ask, &nearest, question)? {
        None if COMES_TO.is_match(question) => share(desk, ask, &nearest, question),
        found => Ok(found),
    }
}

/// What the figures that a question is likely reckoned from come to: one less the others if
/// it asks for what is left or lacking, else all of them, or one for each of so many.
fn of_operands(operands: &[Candidate], question: &str) -> Option<Calculation> {
    /// Nats, of the first, the second, and the third, which is needed less often.
    const BEHIND: [f32; 3] = [0.0, 2.5, 1.2];
    let mut figures: Vec<Candidate> = Vec::new();
    for figure in operands {
        let mut known = figures.iter();
        let told = known.any(|other| other.item.value == figure.item.value);
        let behind = BEHIND.get(figures.len());
        if !told && behind.is_some_and(|nats| figure.score >= -nats) {
            figures.push(figure.clone());
        }
    }
    let is_money = |c: &Candidate| matches!(c.item.value, Value::Money { .. });
    if let Some(first) = figures.iter().find(|c| is_money(c)).cloned() {
        // Figures of two currencies have no sum; one that was left out agrees with any.
        let first = currency(&first.item.value);
        figures.retain(|c| match (currency(&c.item.value), first) {
            (Some(own), Some(first)) => own == first,
            _ => true,
        });
    }
    let (mut money, counts): (Vec<Candidate>, Vec<Candidate>) =
        figures.into_iter().partition(is_money);
    money.sort_by_key(|c| (c.line, c.item.span.start));
    match (money.len(), counts.len()) {
        (2.., _) if LESS.is_match(question) => {
            money.sort_by_key(|c| std::cmp::Reverse(amount(&c.item.value)));
            let whole = money.remove(0);
            Some(Calculation::of(whole).then(Operation::Minus, money))
        }
        (2.., _) => Some(sum(money)),
        (1, 1..) => {
            let figure = money.remove(0);
            Some(Calculation::of(figure).then(Operation::Times, factors(counts)))
        }
        _ => None,
    }
}

fn calculation(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
) -> Result<Option<Calculation>, ReadError> {
    let nearest = desk.candidates(ask, question)?;
    if OPEN.is_match(question) {
        return Ok(due_and_paid(desk, &nearest, question));
    }
    if DIFFERENCE.is_match(question) {
        return Ok(likeliest_two(desk, &nearest).and_then(difference));
    }
    if SUM.is_match(question) {
        if let Some(parts) = named(desk, ask, question)? {
            return Ok(Some(sum(parts)));
        }
        return Ok(by_rate(desk, &nearest, question)
            .or_else(|| so_many(desk, &nearest, question).map(sum))
            .or_else(|| likeliest_two(desk, &nearest).map(|two| sum(two.to_vec()))));
    }
    Ok(None)
}

/// The likeliest count, and with a share the likeliest count of another kind: so much percent
/// for so long.
fn factors(counts: Vec<Candidate>) -> Vec<Candidate> {
    /// Nats.
    const BEHIND: f32 = 1.5;
    let is_share = |c: &Candidate| matches!(c.item.value, Value::Percent { .. });
    let mut factors: Vec<Candidate> = Vec::new();
    for count in counts {
        let kinds_differ = factors
            .iter()
            .all(|other| is_share(other) != is_share(&count));
        let is_near = factors.is_empty() || count.score >= -BEHIND;
        if kinds_differ && is_near && factors.len() < 2 {
            factors.push(count);
        }
    }
    factors
}

/// The likeliest figure and the next likeliest of the same currency, told in another turn.
fn likeliest_two(desk: &Desk<'_>, nearest: &[Candidate]) -> Option<[Candidate; 2]> {
    /// Nats that the second may be behind.
    const BEHIND: f32 = 3.0;
    let first = nearest.first()?;
    let turn = |c: &Candidate| desk.lines[c.line].turn.id;
    let second = nearest.iter().find(|c| {
        turn(c) != turn(first)
            && c.item.value != first.item.value
            && currency(&c.item.value) == currency(&first.item.value)
    })?;
    let mut two = [first.clone(), second.clone()];
    two.sort_by_key(|c| c.line);
    (second.score >= first.score - BEHIND).then_some(two)
}

fn currency(value: &Value) -> Option<&str> {
    match value {
        Value::Money { currency, .. } => currency.as_deref(),
        _ => None,
    }
}

/// The greater of two figures less the other.
fn difference([one, other]: [Candidate; 2]) -> Option<Calculation> {
    let (more, less) = match amount(&one.item.value)? >= amount(&other.item.value)? {
        true => (one, other),
        false => (other, one),
    };
    Some(Calculation::of(more).then(Operation::Minus, [less]))
}

/// The two likeliest figures, each as it was told, for what is asked can be reckoned from such;
/// none if there is one alone.
pub(super) fn figures(desk: &Desk<'_>, nearest: &[Candidate], language: Language) -> Option<Reply> {
    let two = likeliest_two(desk, nearest)?;
    let values = Reply::values(desk, &two, language);
    let text = match language {
        Language::En => format!(
            "Not reckoned here; the figures that bear on it: {}",
            values.text
        ),
        Language::Zh => format!("这里没有算；相关的数额：{}", values.text),
    };
    Some(Reply { text, ..values })
}

/// Figures added up; there is at least one.
fn sum(mut parts: Vec<Candidate>) -> Calculation {
    let first = parts.remove(0);
    Calculation::of(first).then(Operation::Plus, parts)
}

/// The figures of two things that the question names.
fn named(
    desk: &mut Desk<'_>,
    ask: &Ask,
    question: &str,
) -> Result<Option<Vec<Candidate>>, ReadError> {
    let Some(two) = TWO.captures(question) else {
        return Ok(None);
    };
    let mut parts = Vec::new();
    for group in ["a", "b", "ta", "tb", "za", "zb"] {
        if let Some(phrase) = two.name(group) {
            let nearest = desk.candidates(ask, phrase.as_str())?.into_iter();
            let mut told = nearest.filter(|c| desk.covers(c.line, phrase.as_str()) > 0.0);
            parts.extend(told.next());
        }
    }
    let distinct = parts.len() == 2 && parts[0].item.span != parts[1].item.span;
    Ok(distinct.then_some(parts))
}

/// The nearest figures, as many as the question says there are, if they stand out.
fn so_many(desk: &Desk<'_>, nearest: &[Candidate], question: &str) -> Option<Vec<Candidate>> {
    /// Nats.
    const STANDS_OUT: f32 = 0.35;
    let count = count(question)?;
    let parts = nearest.get(..count)?;
    let next = nearest.get(count).map_or(0.0, |next| next.score);
    let told = parts.iter().all(|c| desk.is_beside(c, question));
    (told && parts[count - 1].score >= next + STANDS_OUT).then(|| parts.to_vec())
}

/// How many things a question says there are.
fn count(question: &str) -> Option<usize> {
    let found = SO_MANY.captures(question)?;
    let three = found.name("three").or(found.name("drei")).is_some();
    Some(if three { 3 } else { 2 })
}

/// A figure for each unit of time and how many of them there were, told in one sentence.
fn by_rate(desk: &Desk<'_>, nearest: &[Candidate], question: &str) -> Option<Calculation> {
    const NEAREST: usize = 3;
    /// Of the question's words, that the sentence must hold.
    const COVERS: f32 = 0.2;
    let told = |rate: &&Candidate| desk.covers(rate.line, question) >= COVERS;
    let mut nearest = nearest.iter().take(NEAREST).filter(told);
    nearest.find_map(|rate| times(desk, rate))
}

fn times(desk: &Desk<'_>, rate: &Candidate) -> Option<Calculation> {
    let line = &desk.lines[rate.line];
    let unit = unit_of(&line.turn.text[rate.item.clause.clone()])?;
    let counts =
        |value: &Value| matches!(value, Value::Duration { unit: other, .. } if *other == unit);
    let count = line
        .items
        .iter()
        .find(|item| item.holds && counts(&item.value))?;
    let count = Candidate {
        item: count.clone(),
        ..rate.clone()
    };
    Some(Calculation::of(rate.clone()).then(Operation::Times, [count]))
}

/// What a figure for each unit of time makes in the longer one that the question names,
/// where the record tells how many units that is.
fn in_a_period(
    desk: &mut Desk<'_>,
    ask: &Ask,
    nearest: &[Candidate],
    question: &str,
) -> Result<Option<Calculation>, ReadError> {
    let Some((rate, period)) = nearest.first().zip(unit_of(question)) else {
        return Ok(None);
    };
    let Some(unit) = rate_of(desk, rate).filter(|unit| *unit < period) else {
        return Ok(None);
    };
    let ask = Ask {
        wanted: Wanted::Duration,
        ..ask.clone()
    };
    let counts =
        |value: &Value| matches!(value, Value::Duration { unit: other, .. } if *other == unit);
    let counted = desk.candidates(&ask, question)?;
    let count = counted.into_iter().find(|c| counts(&c.item.value));
    Ok(count.map(|count| Calculation::of(rate.clone()).then(Operation::Times, [count])))
}

/// For each of which unit a figure is told, where it is told or where what it corrects
/// is.
fn rate_of(desk: &Desk<'_>, rate: &Candidate) -> Option<TimeUnit> {
    let clause = &desk.lines[rate.line].turn.text[rate.item.clause.clone()];
    let of_fact = |fact: &Fact| {
        let lines = desk.lines.iter();
        let mut old = lines.filter(|line| line.turn.id == fact.turn);
        old.find_map(|line| unit_of(&line.turn.text[fact.clause.clone()]))
    };
    unit_of(clause).or_else(|| {
        let mut corrected = desk.corrected(rate.line, &rate.item).into_iter();
        corrected.find_map(of_fact)
    })
}

/// A share of the figure nearest to the sentence that tells of it, where what is asked
/// for was told as a share alone.
fn share(
    desk: &mut Desk<'_>,
    ask: &Ask,
    nearest: &[Candidate],
    question: &str,
) -> Result<Option<Calculation>, ReadError> {
    let shares = Ask {
        wanted: Wanted::Percent,
        ..ask.clone()
    };
    let Some(share) = desk.candidates(&shares, question)?.into_iter().next() else {
        return Ok(None);
    };
    let scores = desk.scores(ask, question)?;
    let figure = nearest.first();
    let figure_is_nearer = figure.is_some_and(|c| scores[c.line] >= scores[share.line]);
    let mut beside = desk.lines[share.line].items.iter();
    if figure_is_nearer || beside.any(|item| ask.wanted.is(&item.value)) {
        return Ok(None);
    }
    let told = desk.lines[share.line].text().to_owned();
    let whole = desk.candidates(ask, &told)?.into_iter().next();
    Ok(whole.map(|whole| Calculation::of(whole).then(Operation::Times, [share])))
}

fn unit_of(clause: &str) -> Option<TimeUnit> {
    let found = RATE.captures(clause)?;
    let unit = found
        .name("en")
        .or(found.name("zh"))
        .or(found.name("one"))?;
    Some(match unit.as_str().to_lowercase().as_str() {
        "hour" | "小时" => TimeUnit::Hour,
        "day" | "天" | "日" => TimeUnit::Day,
        "week" | "周" => TimeUnit::Week,
        "month" | "月" => TimeUnit::Month,
        _ => TimeUnit::Year,
    })
}

/// What the question names as due, less what the client paid of it.
fn due_and_paid(desk: &Desk<'_>, nearest: &[Candidate], question: &str) -> Option<Calculation> {
    let own = |c: &&Candidate| {
        desk.fact(c.line, &c.item)
            .is_some_and(|fact| fact.subject == CLIENT)
    };
    let is_paid = |c: &&Candidate| PAID.contains(&c.item.attribute.as_str());
    let is_due = |c: &&Candidate| is_of(&c.item, question) && !is_paid(c);
    if let Some(count) = count(question) {
        let mut due: Vec<Candidate> = nearest.iter().filter(is_due).take(count).cloned().collect();
        due.sort_by_key(|c| (c.line, c.item.span.start));
        let paid: Vec<Candidate> = nearest.iter().filter(is_paid).cloned().collect();
        let all = due.len() == count && !paid.is_empty();
        return all.then(|| sum(due).then(Operation::Minus, paid));
    }
    let first = |wanted: &dyn Fn(&&Candidate) -> bool| {
        let mut found = nearest.iter().filter(|c| wanted(c)).peekable();
        let first = found.peek().copied();
        found.find(own).or(first)
    };
    let due = first(&is_due)?;
    // A figure that is told as open has what was paid taken off already.
    if OPEN.is_match(&desk.lines[due.line].turn.text[due.item.clause.clone()]) {
        return None;
    }
    let paid = first(&is_paid)?;
    let open = amount(&due.item.value)? > amount(&paid.item.value)?;
    open.then(|| Calculation::of(due.clone()).then(Operation::Minus, [paid.clone()]))
}

#[cfg(test)]
mod tests {
    use estoppel_memory::extract::Cue;

    use super::*;
    use crate::read::line::Item;

    fn figure(value: Value, line: usize, score: f32) -> Candidate {
        let item = Item {
            value,
            surface: String::new(),
            attribute: String::new(),
            clause: 0..0,
            span: line..line,
            cue: Cue::None,
            holds: true,
        };
        Candidate { line, item, score }
    }

    fn money(amount: i64, currency: Option<&str>, line: usize, score: f32) -> Candidate {
        let value = Value::Money {
            amount: amount.into(),
            currency: currency.map(str::to_owned),
        };
        figure(value, line, score)
    }

    /// How much each figure is, with what is done with it.
    fn reckoned(operands: &[Candidate], question: &str) -> Option<Vec<(Option<Operation>, i64)>> {
        let calculation = of_operands(operands, question)?;
        let each = calculation.operations().map(|(operation, figure)| {
            let amount = amount(&figure.item.value).and_then(|a| i64::try_from(a).ok());
            (operation, amount.unwrap_or_default())
        });
        Some(each.collect())
    }

    #[test]
    fn likely_figures_are_put_together_as_the_question_asks() {
        let [lent, paid] = [money(34_500, None, 3, -0.1), money(7_400, None, 1, 0.0)];
        let two = [paid.clone(), lent];
        let less = Some(Operation::Minus);
        assert_eq!(
            reckoned(&two, "What is he still short?"),
            Some(vec![(None, 34_500), (less, 7_400)])
        );
        assert_eq!(
            reckoned(&two, "What did both come to?"),
            Some(vec![(None, 7_400), (Some(Operation::Plus), 34_500)])
        );
        let share = figure(Value::Percent { percent: 4.into() }, 2, -0.5);
        assert_eq!(
            reckoned(&[paid.clone(), share], "What would the interest be?"),
            Some(vec![(None, 7_400), (Some(Operation::Times), 4)])
        );
        assert_eq!(reckoned(&[paid], "What did both come to?"), None);
    }

    #[test]
    fn figures_of_two_currencies_have_no_sum() {
        let euros = money(100, Some("EUR"), 1, 0.0);
        let pounds = money(200, Some("GBP"), 2, -0.1);
        let plain = money(300, None, 3, -0.2);
        assert_eq!(
            reckoned(&[euros.clone(), pounds], "What did both come to?"),
            None
        );
        assert!(reckoned(&[euros, plain], "What did both come to?").is_some());
    }
}
