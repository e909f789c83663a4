//! Set phrases: "£400 down" is a deposit, "14 days to pay" a deadline, "by Monday" a
//! day until when.

use std::sync::LazyLock;

use regex::Regex;

use super::DEADLINE;
use super::lexicon::Class;
use super::word::{entry_at, is_paying};
use crate::extract::is_han;
use crate::extract::pattern::pattern;
use crate::extract::statement::Place;
use crate::fact::Value;

/// "by Monday", 周一前: a day until when, where nothing says that it is over.
pub(super) fn is_limit(place: &Place<'_>) -> bool {
    static BY: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bby(?: the)?\s$"));
    static OVER: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:was|were|had|did|sent|came|got|[a-z]{3,}ed)\b|了|过"));
    let clause = &place.clauses[place.clause].span;
    let (before, after) = (
        &place.text[clause.start..place.span.start],
        &place.text[place.span.end..clause.end],
    );
    // "promised it would be done by Easter": ahead, when it was promised.
    static AHEAD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)(?:['’]d|\bwould|\bwill|\bto) (?:be|have)\b[^.;]*\bby(?: the)?\s$")
    });
    let due = after.starts_with('前') && !after.starts_with("前后");
    let limit = BY.is_match(before) || due || after.starts_with("之前");
    let over = OVER.is_match(before) && !AHEAD.is_match(before);
    limit && !over && !OVER.is_match(after)
}

/// 12月31日前交房: what is to be done by a day, where the verb stands right behind.
pub(super) fn done_before(place: &Place<'_>, value: &Value) -> Option<String> {
    let after = &place.text[place.span.end..];
    let surface = &place.text[place.span.clone()];
    let led = ["之前", "前"].iter().find(|word| after.starts_with(**word));
    let from = match led {
        Some(word) => place.span.end + word.len(),
        None if surface.ends_with('前') => place.span.end,
        None => return None,
    };
    let at = place.tokens.iter().position(|t| t.span.start == from)?;
    let (entry, _) = entry_at(place.tokens, at, value)?;
    (entry.class == Class::Verb && !is_paying(&entry.name)).then_some(entry.name)
}

/// What set phrases tell: "£400 down" is a deposit, "14 days to pay" a deadline.
pub(super) fn idiom(place: &Place<'_>, value: &Value) -> Option<&'static str> {
    static TO_ACT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\s(?:in which )?to (?:answer|reply|respond|pay|object|decide|appeal|leave|find|reject|remedy|fix|sign|move|claim|comply|apply|return|vacate|cancel|send|do|produce|provide|file|complain|raise|register)\b",
        )
    });
    let clause = &place.clauses[place.clause].span;
    let (before, after) = (
        &place.text[clause.start..place.span.start],
        &place.text[place.span.end..clause.end],
    );
    static BACK: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:gave|paid|give|pay)\b[^,.;]{1,40}\bback\s$"));
    static SINCE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:been|have|has|['’]ve|work|works|worked|working|live|lived|living|there|here)\b[^,.;]{0,40}\bsince(?: the)?\s$",
        )
    });
    static DO_FOR: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:do|does|did|done|fix|finish|sell|sold|buy|bought|get|got|let)\b[^,.;]{0,20}\sfor\s$|\splace\sat\s$",
        )
    });
    static MUST: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:must|has to|have to|needs? to|no later)\b[^.;]*\b(?:within|in|than)\s$")
    });
    static VALUED_AT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:valued|values|value|priced|estimated|put|puts)\b[^.;]{1,40}\sat\s$")
    });
    static BEHIND: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\s(?:behind|in arrears|overdue)\b"));
    static AGREED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bagreed (?:on |to )?$"));
    static IN_ALL: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\s(?:in all|all told|altogether|in total)\b"));
    static VISITED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:^|\b(?:he|she|we|i|who|(?-i:[A-Z][a-z]+))\s)(?:came|come|comes)(?: on| again| again on)?(?: the)?\s$",
        )
    });
    static AFTER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:let (?:(?:me|him|her|us|them) )?go|dismissed|sacked|fired|redundant|resigned|left|quit|retired)\b[^.;]*\bafter\s$",
        )
    });
    static NOTICE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^['’]?s?\s(?:of\s)?notice\b"));
    static GIVE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:give|gives|gave|giving|given)\s(?:them|him|her|you|us|me|the [a-z]+|(?-i:[A-Z][a-z]+))\s$",
        )
    });
    static CHILDREN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?: a| per| every| each)? ?(?:month|week)? for (?:the|our|my|his|her|their) (?:twins|kids|children|boys|girls|child|son|daughter|boy|girl|baby)\b",
        )
    });
    static EARNED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:i|he|she|we|they|who)(?:['’]m|['’]s|['’]re| was| am| is| were| are)?(?: only| just)? (?:on|make|makes|made|get|gets|got|earn|earns|earned|take home|takes home|clear|clears)(?: about| around| roughly)?\s$",
        )
    });
    static RATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^\s(?:an|a|per|each|every)\s(?:hour|day|shift|week|month|year)\b")
    });
    static PAYS: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)\b(?:pays?|paid|paying)(?: me| us| him| her| them)?\s$"));
    static HOURLY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\s(?:an|a|per|each|every)\s(?:hour|day|shift)\b"));
    static VALUED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:agent|surveyor|valuer|appraiser|assessor)\b[^.;]*\b(?:says?|said|reckons?|reckoned|puts? it at|thinks?)\s$",
        )
    });
    static PRICED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:signed|agreed|bought|sold|hired|contract|booked|engaged|instructed)\b[^.;]*\sat\s$",
        )
    });
    static CHANGED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:go|goes|went|gone|come|came|comes|moved|put|get|getting|bumped|raised) up to\s$",
        )
    });
    static TAKEN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:took|take|takes|taken|had|got|charged|docked|wants?)\s$")
    });
    static OFF_SOMEBODY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)^\s(?:off|from) (?:me|us|him|her|them)\b"));
    static CAME: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:^|\s)(?:it|that|which|they)\s(?:came|arrived|turned up)(?: on)?(?: the)?\s$",
        )
    });
    static HAD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:had|got|received|taken|took)(?: another| a further)?\s$")
    });
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:everything|the (?:whole|full) (?:thing|lot|job|package)|all of it|the lot)\s(?:is|was|came to|comes to|cost|costs|would be|will be)\b[a-z ]*$",
        )
    });
    match value {
        Value::Date { .. } if CAME.is_match(before) => Some("delivery"),
        Value::Date { .. } if before.contains("最后一天") || before.contains("最后期限") => {
            Some(DEADLINE)
        }
        Value::Date { .. } if before.to_ascii_lowercase().contains("your last day") => {
            Some(DEADLINE)
        }
        Value::Money { .. } if before == "so " && IN_ALL.is_match(after) => Some("total"),
        Value::Date { .. } if VISITED.is_match(before) => Some("visit"),
        Value::Duration { .. } if AFTER.is_match(before) => Some("service"),
        Value::Duration { .. } if after.starts_with(" off") => Some("absence"),
        Value::Duration { .. } if after.starts_with(" in lieu") || NOTICE.is_match(after) => {
            Some("notice")
        }
        Value::Duration { .. } if GIVE.is_match(before) => Some(DEADLINE),
        Value::Duration { .. } if place.text[place.span.clone()].ends_with("个工") => {
            Some("工时")
        }
        Value::Money { .. } if CHILDREN.is_match(after) => Some("maintenance"),
        Value::Money { .. } if EARNED.is_match(before) && RATE.is_match(after) => {
            let long = after.contains(" month") || after.contains(" year");
            Some(if long { "salary" } else { "wage" })
        }
        Value::Money { .. } if PAYS.is_match(before) && HOURLY.is_match(after) => Some("wage"),
        Value::Money { .. } if VALUED.is_match(before) => Some("valuation"),
        Value::Money { .. } if PRICED.is_match(before) => Some("price"),
        Value::Money { .. } | Value::Percent { .. }
            if before.ends_with("up to ") && !CHANGED.is_match(before) =>
        {
            Some("limit")
        }
        Value::Money { .. } if TAKEN.is_match(before) && OFF_SOMEBODY.is_match(after) => {
            Some("payment")
        }
        Value::Money { .. } | Value::Percent { .. }
            if after == " off" || after.starts_with(" off ") && !OFF_SOMEBODY.is_match(after) =>
        {
            Some("discount")
        }
        Value::Money { .. } if after.starts_with(" from") && HAD.is_match(before) => {
            Some("payment")
        }
        Value::Money { .. } if WHOLE.is_match(before) => Some("price"),
        Value::Date { .. } if BACK.is_match(before) => Some("repayment"),
        Value::Date { .. } if SINCE.is_match(before) => Some("start"),
        Value::Money { .. } if VALUED_AT.is_match(before) => Some("valuation"),
        Value::Money { .. } if BEHIND.is_match(after) => Some("arrears"),
        Value::Money { .. } if AGREED.is_match(before) => Some("price"),
        Value::Money { .. } if DO_FOR.is_match(before) => Some("price"),
        Value::Duration { .. } if MUST.is_match(before) => Some(DEADLINE),
        Value::Money { .. } if after == " down" || after.starts_with(" down ") => Some("deposit"),
        Value::Duration { .. } if TO_ACT.is_match(after) => Some(DEADLINE),
        Value::Duration { .. }
            if after.starts_with(['内'])
                || after.starts_with("之内")
                || after.starts_with("以内") =>
        {
            Some("期限")
        }
        Value::Duration { .. }
            if before.ends_with("限期") || before.contains('给') && before.ends_with(is_han) =>
        {
            Some("期限")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    fn told(text: &str) -> Vec<(String, String)> {
        let at = jiff::civil::date(2025, 6, 18).at(9, 0, 0, 0);
        let statements = crate::extract::extract(text, at).statements.into_iter();
        let named = |s: crate::extract::Statement| (text[s.span].to_owned(), s.attribute);
        statements.map(named).collect()
    }

    #[test]
    fn set_phrases_name_the_property() {
        for (text, attribute) in [
            (
                "They let me go from the depot after seven years.",
                "service",
            ),
            ("I'm signed off for twelve weeks off work.", "absence"),
            ("He makes $1,340 a week.", "wage"),
            ("The owner pays $15.50 an hour.", "wage"),
            ("He pays £450 a month for the twins.", "maintenance"),
            ("They'll do it with ten per cent off.", "discount"),
            ("We signed for an extension at £68,400.", "price"),
            ("The whole thing was meant to be £9,000.", "price"),
            ("They have one month to send them.", "deadline"),
            ("Give them 10 working days.", "deadline"),
            ("I've been there since April 2021.", "start"),
            ("It came on the 3rd.", "delivery"),
            ("We gave my brother his money back yesterday.", "repayment"),
            ("他答应8月底前完工", "完工"),
        ] {
            let found = told(text);
            assert_eq!(found[0].1, attribute, "{text}: {found:?}");
        }
    }
}
