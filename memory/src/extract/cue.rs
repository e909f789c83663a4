//! Words that announce a correction, a change or a rejection.

use std::ops::Range;
use std::sync::LazyLock;

use super::pattern::pattern;
use regex::Regex;

use super::clause::Stretch;
use super::{Cue, number};

fn any_of(parts: &[&str]) -> Regex {
    pattern(&parts.join("|"))
}

/// Says plainly that something said before was wrong.
static CORRECTION: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        r"(?i)\b(?:i|we|she|he) (?:was|were|am|had been) (?:wrong|mistaken|confused|out by|off by|a \w+ (?:out|off)|mixing)",
        r"(?i)\bi['’]?(?:d| had| have|['’]ve)? (?:got|had|gave|told|said|put|swapped|mixed|muddled|confused|transposed|misread|misremembered|misspoke|mis-?stated)\b[^.!?]{0,40}\b(?:wrong|mixed up|back to front|muddled|confused|the wrong way round|differently|backwards|the other (?:number|figure|one))",
        r"(?i)\b(?:told|gave|given|quoted) you (?:the )?(?:wrong|old)\b",
        r"(?i)\b(?:i|we)(?: was|['’]ve been| have been| had been|['’]d been|['’]m| am)? (?:remember|misremember|think|count|misread|read|forgot|forget|miss|overlook|counted|recall)(?:ed|ing|ten)?\b[^.!?]{0,30}\b(?:wrong|wrongly|incorrectly)\b",
        r"(?i)\bi(?:['’]d| had|['’]ve| have)? (?:forgotten|overlooked|miscounted|undercounted)\b|\bcounted again\b",
        r"(?i)\b(?:figure|date|number|amount|sum|day|name|what) i (?:gave|told|said|quoted|mentioned)[^.!?]{0,25} (?:is|was) (?:wrong|out of date|old|off|not right|an old)|\bis out of date\b|\b(?:had|has) misread\b",
        r"(?i)\b(?:not|rather than|instead of) (?:what|the (?:\w+ )?(?:one|date|figure|number|amount|day|name|price)s?) (?:that )?i(?:['’]d| had|['’]ve)? (?:told|gave|given|said|mentioned|quoted)",
        r"(?i)\b(?:correction|corrections|correct myself|correct something|correct (?:one|a|that|what)|scratch (?:that|what)|strike that|i stand corrected|my mistake|my bad|i misspoke|i misremembered|misremembering)\b",
        r"(?i)\b(?:have|need|want|ought) to (?:fix|correct|amend|take back|put right)\b",
        r"(?i)\b(?:must|may|might) have (?:swapped|mixed|confused|misread|misheard|got)",
        r"(?i)\b(?:it['’]s|it is|it was|that['’]s|they['’]re)\b[^.!?,;]{1,30}\bafter all\b",
        r"(?i)\bput (?:something|that|this|it|the record|one thing|a thing) (?:straight|right)\b|\bset the record straight\b|\b(?:i|he|she|they|we|it) actually (?:paid|was|is|came|cost|signed|owed?s?|earns?)\b",
        r"(?i)\bturns? out\b|\bturned out\b",
        r"(?i)\bsorry[,—–-]*\s*(?:it|that|i (?:meant|mean|said|told|gave|got|was|should)|no|make that|the)\b|\bmake that\b|\bi meant\b|\bi mean[t]?,? (?:not|it was)",
        r"(?i)\bneither of us was right|\b(?:i|we|you) remembered (?:it )?wrong|\bwhen (?:i|she|he) (?:checked|looked|wrote it down) (?:properly|again)",
        r"(?i)(?:^|[.!?,;:]\s*)actually,? (?:no\b|it\b|that\b|the\b|i\b|he\b|she\b|they\b|my\b|we\b)|\b(?:no|it was|it is|it['’]s|they were|is|was) actually\b|\bin fact\b",
        r"(?i)\b(?:wasn['’]t|isn['’]t|was not|is not|weren['’]t|aren['’]t)\b[^.!?]{1,40}[,;] (?:it|but|they)\b|\bit was\b[^.!?]{0,60},\s*not\b",
        r"(?i)\bshould (?:be|have been|read)\b[^.!?]{0,30}(?:,? not\b|instead)|\bback to front\b",
        r"(?i)\b(?:mixed up|muddled up|got muddled|a slip (?:in|of)|slip of (?:the|my)|misread|miscounted|counted (?:\w+ ){1,3}twice|left (?:one|something|it) out|typed? it wrong|transposed|wrong way (?:round|around))\b",
        r"(?i)\bi said\b[^.!?]{1,40}\bbut (?:i|it|he|she|they|we|the|that|in fact)\b|\bi (?:should|ought to) have said\b|\bwhat i (?:said|told you)\b[^.!?]{0,30}\b(?:wrong|out|off|not right)\b",
        r"(?:[记说算看写报数听讲填弄搞](?:错|混|反|岔|漏|少了|多了|早了|晚了|串|颠倒)|(?:少|多|错|漏)(?:说|报|记|写|数|看|算|讲)了|颠倒了?|有出入|对不上)",
        r"少算了|多算了|漏算|算漏|忘了算|给忘了|忘干净|数不对|记成|翻了账单",
        r"更正|纠正|订正|记错|说错|报错|写错|搞错|弄错|看错|算错|听错|数错|讲错|记混|搞混|弄混|串了|说早了|说晚了|说多了|说少了|记岔|口误|认个错",
        r"其实(?:是|不是|应该|只|没|才)|应该是[^,，。]{0,12}(?:,|，)?(?:而?不是|才对)|实际(?:上)?(?:是|付|只|应)|原来是|不是[^,，。;；!！?？]{1,16}(?:[,，]\s*而?|而)是|(?:而|并)?不是(?:之前|上次|上回|昨天|刚才|我|原来)",
        r"(?:之前|上次|上回|昨天|刚才|头一?天|头回|最初|一开始|原先)(?:跟您|跟你|我|那个)*(?:说|讲|报|提|给|填|写)的?[^,，。;；!！?？]{0,8}(?:不对|错|有误|老|旧|早|晚|混|是)|漏了一|少看了|老比例|旧数",
        r"(?:确切|准确|严格)(?:地|来)?(?:说|讲)",
    ])
});

/// Says that a thing is different from now on.
static CHANGE: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        r"(?i)\b(?:has|have|had|was|were|been|got|is|are|['’]s|['’]ve|being)(?: \w+)? (?:moved|pushed|postponed|extended|rescheduled|bumped|brought (?:forward|early)|cut|raised|lowered|reduced|increased|dropped|gone up|gone down|risen|fallen|changed|adjourned|put (?:back|up|down)|shortened|revised|redone|amended)\b",
        r"(?i)\b(?:goes|going|go|come|comes|came) (?:up|down) to\b|\b(?:rises|drops|falls|increases|moves) to\b|\bmade it\b|\b(?:has|have|['’]s|['’]ve) (?:been )?put back\b",
        r"(?i)\b(?:rose|dropped|fell|went (?:up|down)|moved|raised|lowered|increased|reduced|extended|postponed|pushed|bumped|changed)(?: \w+){0,3} (?:to|from)\b",
        r"(?i)\b(?:deadline|date|price|rent|offer|quote|figure|amount|fee|hearing|it|they|that|total|limit)(?:['’]s|['’]re| is| are)? (?:now|at)\b|\b(?:as of|from now on|no longer|these days)\b|(?:is|['’]s|are) now\b|[\w.,]+ now[,.;]",
        r"(?i)\b(?:new|latest|revised|final|improved|updated) (?:offer|deadline|date|price|quote|figure|rent|amount|proposal)\b",
        r"改成|改到|改为|改期|改签|调到|调整[到为]|换成|变成|变为|涨到|涨成|涨价|涨了|升到|加到|提到了?|提高到|降到|降为|降成|减到|推迟到|推到|挪到|调到|拖到|延到|延期|延后|提前到|顺延|现在(?:是|改|涨|降|要|变|一共|只|一天)|如今是|目前是|起涨|(?:作价|价格|报价|日期|期限|租金)[^,，。]{0,6}改|又涨了|给加到|加到",
        r"(?i)\b(?:has|have|['’]s|['’]ve) revised\b|\brevised (?:it|his|her|their|the|its)\b|\b(?:has|have|['’]s|['’]ve) (?:gone|come) (?:up|down|back)(?: to)?\b|\bin the end\b",
    ])
});

/// Stands right before a value that is named to be rejected.
static REJECTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\bnot|\brather than|\binstead of|\bisn['’]t|\bwasn['’]t|\bweren['’]t|\baren['’]t)(?: (?:the|a|on|in|at|for|from|of|dated|just))?\s*$|(?:^|[^是])(?:不是|并非|而非|不再是|不应是)(?:在|于|那个)?$",
    )
});

/// "not seven", 不是7: a rejected number that leaves its unit out.
static REJECTED_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:(?i:\bnot|\brather than|\binstead of)\s+(?P<en>{}|{}\b)|(?:不是|并非|而非)(?P<zh>{}|\d[\d,.]*))\s*(?:[,.;!?，。；！？]|$)",
        number::DIGITS,
        number::ENGLISH,
        number::CHINESE
    ))
});

/// Before a cue that is feared, asked or denied, not made: 怕写错.
static NOT_MEANT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:怕|别|免得|以免|会不会|有没有|不会|没有?|是不是|千万不要|(?i:did i|have i|if i|am i)\s?)$",
    )
});

/// Goes on with what the sentence before corrects.
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?i:so|that means|that makes|which (?:means|makes)|meaning)\b|\b(?i:too)\b|^(?:所以|这么|这样|那么|也就是|因此)",
    )
});

/// Puts one name in place of another: "Dee Orr, not Dan Orr", 叫卜小青,不叫卜小琴.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\p{Lu}\p{L}+,? (?:and )?not \p{Lu}\p{L}+|\bnot called \p{Lu}\p{L}+|[叫是]\p{Han}{2,4}[,，](?:而)?(?:不叫|不是)\p{Han}{2,4}",
    )
});

/// Looks at the source: what it then gives counts before what was remembered.
static CHECKED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:dug out|got out|found|has gone through|went through|gone through|looked (?:at|up)|checked|has|went back to)\b[^.!?]{0,12}\b(?:lease|contract|agreement|ledger|statements?|receipts?|paperwork|email trail|payslips?|invoices?|bank app|diary|records?|bill)\b|",
        r"(?:找着|找到|翻到|翻出|看了|查了|打出来|调出)[^,，。]{0,8}(?:合同|收据|发票|工资条|病历|流水|账单|聊天记录|记录|协议|票据|原件)|(?:合同|收据|发票|工资条|病历|流水|账单|协议|票据)[^,，。]{0,4}(?:找着|找到|翻到|打出来|翻出|又看|重新看)"
    ))
});

/// Names what was said earlier as what is wrong.
static OF_WHAT_I_SAID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bi (?:gave|told|said|quoted)\b[^.!?]{0,25}\b(?:is|was)\b|我?(?:之前|上次|上回|昨天|刚才)[^,，。]{0,8}(?:说|讲|报)的",
    )
});

/// Speaks of the sentence before: "So I was a week out", 我昨天说的是老数.
static LOOKS_BACK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?i:so|that|which|not what|rather than|i (?:know )?(?:told|said|gave)|i['’]d (?:told|said|given))\b|^我?(?:跟您|跟你)?(?:昨天|之前|上次|上回|头回|头一?天|刚才|原来|原先|最初|一开始)|^(?:跟|和)我?(?:之前|上次)",
    )
});

/// What each clause does to what was said before. A cue covers its sentence.
/// Where the sentence gives no value, the cue looks back to the value in the
/// sentence before, or announces one in the two sentences after.
pub(super) fn cues(
    text: &str,
    clauses: &[Stretch],
    valued: impl Fn(&Range<usize>) -> bool,
) -> Vec<Cue> {
    let mut cues = vec![Cue::None; clauses.len()];
    let runs = sentences(clauses);
    let place = |run: &Range<usize>| clauses[run.start].span.start..clauses[run.end - 1].span.end;
    let looks_back =
        |sentence: &str| OF_WHAT_I_SAID.is_match(sentence) && LOOKS_BACK.is_match(sentence);
    let (mut announced, mut checked, mut before) = (0, 0, None::<Range<usize>>);
    for (i, run) in runs.iter().enumerate() {
        let span = place(run);
        let sentence = &text[span.clone()];
        let (own, has_value) = (cue_of(sentence), valued(&span) || NAMES.is_match(sentence));
        let last = before.take().map(|run: Range<usize>| {
            let span = place(&run);
            (cues[run.start], valued(&span), run)
        });
        let mut cue = own;
        // "so the 28 I gave you is out of date, there was a dilution in 2024": the value
        // that it corrects by stands in the sentence before.
        if let (Cue::Correction, Some((Cue::None, true, run))) = (own, &last)
            && looks_back(sentence)
        {
            cues[run.clone()].fill(Cue::Correction);
        }
        if own == Cue::Correction && !has_value {
            let next_has_value = runs.get(i + 1).is_some_and(|next| valued(&place(next)));
            match last {
                // It closes a correction that was made: "So scratch what I said."
                Some((Cue::Correction, true, _)) => {}
                Some((_, true, run)) if LOOKS_BACK.is_match(sentence) || !next_has_value => {
                    cues[run].fill(Cue::Correction);
                }
                _ => announced = 3,
            }
        } else if announced > 0 && has_value {
            cue = Cue::Correction;
            announced = 0;
        } else if own == Cue::None && has_value && (CHECKED.is_match(sentence) || checked > 0) {
            cue = Cue::Change;
            checked = if CHECKED.is_match(sentence) {
                2
            } else {
                checked
            };
        } else if matches!(last, Some((Cue::Correction, true, _))) && GOES_ON.is_match(sentence) {
            cue = Cue::Correction;
        }
        if CHECKED.is_match(sentence) && !has_value {
            checked = 3;
        }
        checked -= i32::from(checked > 0);
        announced -= i32::from(announced > 0);
        match cue {
            Cue::Change => mark_change(text, clauses, run.clone(), &valued, &mut cues),
            Cue::None => {}
            cue => cues[run.clone()].fill(cue),
        }
        before = Some(run.clone());
    }
    cues
}

/// A change covers the clauses that tell it, each up to the first value behind.
fn mark_change(
    text: &str,
    clauses: &[Stretch],
    run: Range<usize>,
    valued: impl Fn(&Range<usize>) -> bool,
    cues: &mut [Cue],
) {
    let (mut open, mut any) = (false, false);
    for i in run.clone() {
        let span = &clauses[i].span;
        let told = cue_of(&text[span.clone()]) == Cue::Change;
        any |= told;
        if told || open {
            cues[i] = Cue::Change;
            open = !valued(span);
        }
    }
    if !any {
        cues[run].fill(Cue::Change);
    }
}

/// Whether an amount tells how far off another was: 少说了八千, "£50 out".
pub(super) fn is_shortfall(text: &str, span: &Range<usize>) -> bool {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"[少多错漏][说报记写数算讲]了?$|(?i:\b(?:off|out|wrong) by\s*$)")
    });
    static AFTER: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\s(?i:out|short of what i)(?:[,.;]|$)"));
    BEFORE.is_match(&text[..span.start]) || AFTER.is_match(&text[span.end..])
}

/// Whether a length of time tells how far off something was: "a week out", 早了两天.
pub(super) fn is_offset(text: &str, span: &Range<usize>) -> bool {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:早|晚|多|少|差|错|记早|记晚|[少多][说报记写数算])了?$|(?i:\boff by|\bout by)\s*$",
        )
    });
    static AFTER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\s*(?i:out|off(?:[,.;]|$)|too (?:early|late)|early|late)\b|^\s*(?i:off)(?:[,.;]|$)",
        )
    });
    BEFORE.is_match(&text[..span.start]) || AFTER.is_match(&text[span.end..])
}

fn cue_of(text: &str) -> Cue {
    let meant = |m: regex::Match<'_>| !NOT_MEANT.is_match(&text[..m.start()]);
    if CORRECTION.find_iter(text).any(meant) {
        Cue::Correction
    } else if CHANGE.is_match(text) {
        Cue::Change
    } else {
        Cue::None
    }
}

/// Whether a change that a sentence tells can be one of a date, or of an amount:
/// a rent is raised, a hearing is put off.
pub(super) fn change_fits(sentence: &str, dated: bool) -> bool {
    static OF_DATES: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:moved|pushed|postponed|extended|rescheduled|bumped|brought|adjourned|deadline|date|put back|hearing|meeting|appointment)\b|推到|挪到|调到|拖到|改期|改签|改到|推迟|延|提前|顺延",
        )
    });
    static OF_AMOUNTS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:raised|lowered|cut|reduced|increased|dropped|gone (?:up|down)|rose|fell|went (?:up|down)|price|rent|quote|figure|amount)\b|涨|降|升|减|加到|提高|作价|价格|报价",
        )
    });
    match (OF_DATES.is_match(sentence), OF_AMOUNTS.is_match(sentence)) {
        (true, false) => dated,
        (false, true) => !dated,
        _ => true,
    }
}

/// Runs of clauses that make one sentence, as ranges of indexes.
fn sentences(clauses: &[Stretch]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (i, clause) in clauses.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if clauses[run.start].sentence == clause.sentence => run.end = i + 1,
            _ => runs.push(i..i + 1),
        }
    }
    runs
}

/// Tells why something was wrong: "I'd missed the week of 3 May", 把表带也算进去了.
/// The values in it correct nothing.
pub(super) fn explains(clause: &str) -> bool {
    static REASON: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:and )?(?:because|since|as)\b|\bi(?:['’]d| had| have|['’]ve)? (?:missed|forgot|forgotten|overlooked|misread|confused|left out)\b|\bthe rest was\b|忘了|漏了|算进去|漏算",
        )
    });
    REASON.is_match(clause)
}

/// Whether the value at `span` is told as one more beside others: 又转了一万五,
/// "another £200", which replaces none.
pub(super) fn adds(text: &str, span: &Range<usize>) -> bool {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:another|a further|an extra|an additional|a second|on top of that|plus|besides)\s(?:[a-z]+\s){0,2}$|(?:又|再|另外?)(?:给|转|付|交|打|汇|借|还|补|加|花|垫)?了?(?:他|她|我|人家)?$",
        )
    });
    BEFORE.is_match(&text[..span.start])
}

/// Whether the value at `span` is named in order to reject it.
pub(super) fn rejects(text: &str, span: &Range<usize>) -> bool {
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?i:\s(?:was|is) (?:my (?:mistake|error|slip)|a (?:mistake|slip)|wrong)\b)|^[\p{Han}]{0,3}(?:是我(?:记|说|看|写)?错|不对|是我[^,，。]{0,8}(?:算进去|加进去|算重)|是(?:老|旧|错)(?:数|的|比例|账))",
        )
    });
    // "I said April but it was May"
    static SAID: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\bi(?:['’]d| had)? (?:said|told you|gave you|put|wrote|thought)(?: it was| they were| that was)?(?: (?:in|on|about))?\s$|我?(?:之前|上次|上回|原来|一开始)?[说记报写]的?是?$",
        )
    });
    static BUT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)^,? but (?:i|it|he|she|they|we|the|that|in fact)\b|^[,，]?(?:其实|实际)")
    });
    let (before, after) = (&text[..span.start], &text[span.end..]);
    REJECTS.is_match(before)
        || BEHIND.is_match(after)
        || SAID.is_match(before) && BUT.is_match(after)
}

/// Rejected numbers without a unit of their own, with their places.
pub(super) fn rejected_numbers(text: &str) -> Vec<(Range<usize>, rust_decimal::Decimal)> {
    REJECTED_NUMBER
        .captures_iter(text)
        .filter_map(|c| {
            let m = c.name("en").or_else(|| c.name("zh"))?;
            Some((m.range(), number::parse(m.as_str())?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_cues() {
        for (text, cue) in [
            ("Actually, it was a Tuesday", Cue::Correction),
            ("I got the amount wrong", Cue::Correction),
            ("Sorry, that was my brother's", Cue::Correction),
            ("it turns out he never signed", Cue::Correction),
            ("my rent has gone up to 900", Cue::Change),
            ("the hearing was postponed to June", Cue::Change),
            ("我记错了", Cue::Correction),
            ("其实是三月签的", Cue::Correction),
            ("房租涨到4500", Cue::Change),
            ("开庭改到下周三", Cue::Change),
            ("I've mixed up the days", Cue::Correction),
            ("I counted one transfer twice", Cue::Correction),
            ("I said April but it was May", Cue::Correction),
            ("it's eight weeks after all", Cue::Correction),
            ("she has revised her estimate", Cue::Change),
            ("我记少了", Cue::Correction),
            ("跟您说的有出入", Cue::Correction),
            ("we actually got on quite well", Cue::None),
            ("the boiler broke and I rang him", Cue::None),
            ("他一直不接电话", Cue::None),
            ("我其实挺难过的", Cue::None),
        ] {
            assert_eq!(cue_of(text), cue, "{text}");
        }
    }

    #[test]
    fn tells_rejections() {
        let rejects = |text: &str, value: &str| {
            let start = text.rfind(value).unwrap();
            super::rejects(text, &(start..start + value.len()))
        };
        assert!(rejects("it was £20, not £30", "£30"));
        assert!(rejects("it was £20, the £30 was my mistake", "£30"));
        assert!(rejects("是6号,不是8号", "8号"));
        assert!(!rejects("it is £30", "£30"));
        assert!(rejects("I said April but it was May", "April"));
        assert!(rejects("it isn't from 2016, it's from 2018", "2016"));
        let numbers = rejected_numbers("it was five months, not seven, I think");
        assert_eq!(numbers.len(), 1);
        assert_eq!(numbers[0].1, 7.into());
    }

    #[test]
    fn additions_and_reasons_correct_nothing() {
        let place = |text: &str, value: &str| {
            let start = text.find(value).expect("the value");
            start..start + value.len()
        };
        assert!(adds(
            "隔了一周又转了一万五",
            &place("隔了一周又转了一万五", "一万五")
        ));
        assert!(adds("another £280", &place("another £280", "£280")));
        assert!(!adds("the £280", &place("the £280", "£280")));
        assert!(explains("I'd missed the week of 3 May"));
        assert!(!explains("it's seventy-one hours"));
    }
}
