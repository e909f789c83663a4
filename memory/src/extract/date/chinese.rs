//! Chinese forms of dates.

use std::sync::LazyLock;

use super::super::pattern::pattern;
use jiff::civil::Weekday;
use regex::{Captures, Regex};
use rust_decimal::prelude::ToPrimitive;

use super::super::number;
use super::{Form, Part, Raw, Week};
use crate::fact::TimeUnit;

const NUM: &str = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})";
const YEAR: &str = r"(?P<year>\d{4}|[一二〇零三四五六七八九]{4})";

/// A part of a month; only its middle and its end are days.
const PART: &str = r"(?:(?P<part>的?最后一天|月?[底末]|中旬|中)|[初头]上?|上旬|下旬|月初)";

type Reader = fn(&Captures<'_>) -> Option<Form>;

static FORMS: LazyLock<Vec<(Regex, Reader)>> = LazyLock::new(|| {
    let forms: [(String, Reader); 12] = [
        (format!(r"(?:(?P<rel>上上个月|上个月|上月|这个月|本月|下个月|下月)|(?:(?P<in>去年|今年|明年|前年)|{YEAR}年)?的?(?P<month>{NUM})月份?)的?(?:第(?P<nth>[一二三四])|最后一)个(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"), nth_weekday),
        (format!(r"{YEAR}年(?:度)?(?:(?P<month>{NUM})月(?:份)?(?:(?P<day>{NUM})[日号]?|{PART})?|(?P<end>年?[底末]))?"), calendar),
        (format!(r"(?P<month>{NUM})月(?:(?P<day>{NUM})[日号]|份?{PART}|份)?"), calendar),
        (format!(r"(?P<rel>大前年|前年|去年|上年|今年|本年|明年|后年)(?:的)?(?:(?P<month>{NUM})月(?:份)?(?:(?P<day>{NUM})[日号]|{PART})?|(?P<end>年?[底末]))?"), year_word),
        (format!(r"(?P<rel>上上个月|上个月|上月|这个月|本月|当月|下下个月|下个月|下月)(?:的)?(?:(?P<day>{NUM})[日号]|{PART})?"), month_word),
        (r"(?P<rel>上上个?|上个?|这个?|本|下下个?|下个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])".into(), weekday),
        (r"(?P<word>大前天|前天|昨天|昨日|昨晚|昨夜|今天|今日|今早|今晚|今晨|今儿|明天|明日|明早|明晚|大后天|后天)".into(), day_word),
        (r"(?P<n>\d{1,3}|[一二两三四五六七八九十半]{1,3})个?(?P<unit>天|周|星期|礼拜|月|年)(?:多)?(?P<dir>之?前|以前|之?后|以后)".into(), shifted),
        (format!(r"(?P<day>{NUM})[号日]"), day_of_month),
        (r"(?:之后|以后|后)(?:的)?第(?P<nth>[一二三四五\d])个(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])".into(), weekday_after),
        (r"第二天|次日|隔天|转天".into(), next_day),
        (r"(?P<unit>年|月)[底末]".into(), end_of_unit),
    ];
    forms
        .into_iter()
        .map(|(text, reader)| (pattern(&text), reader))
        .collect()
});

pub(super) fn find(text: &str) -> Vec<Raw> {
    FORMS
        .iter()
        .flat_map(|(regex, reader)| {
            regex.captures_iter(text).filter_map(|c| {
                let span = c.get(0)?.range();
                let form = reader(&c)?;
                is_date(text, &span, &form).then_some((span, form))
            })
        })
        .collect()
}

/// Whether the characters around allow a date: not 6号楼, 第3号, 每周五, 三个月.
fn is_date(text: &str, span: &std::ops::Range<usize>, form: &Form) -> bool {
    let (before, after) = (&text[..span.start], &text[span.end..]);
    // 640下月: a number in front belongs to a date only where that begins with one.
    let word = text[span.clone()].starts_with(|c: char| "上下去今明昨前后本当大这".contains(c));
    let glued = !word
        && before.ends_with(|c: char| {
            c.is_ascii_digit() || "第每逢单双./一二三四五六七八九十百千零".contains(c)
        });
    let next = after.chars().next().unwrap_or(' ');
    let bad_next = match form {
        Form::Calendar {
            year: None,
            month: None,
            ..
        } => {
            text[span.clone()].ends_with('日') && !before.ends_with(['到', '至', '-', '—', '~'])
                || "楼室房线院馆店仓门柜桌车机文码厅口球令单元铺库床台坑井路航幢栋".contains(next)
        }
        Form::Calendar {
            year: None,
            month: Some(_),
            day: None,
        } => "薪租饼子光亮嫂".contains(next),
        Form::Calendar {
            year: Some(_),
            month: None,
            ..
        } => "级款版".contains(next),
        _ => false,
    };
    // 注明年月日: the word ends before 年.
    let torn = text[span.clone()].starts_with("明年")
        && before.ends_with(['注', '说', '写', '证', '表', '标', '声', '载', '阐', '查']);
    !glued && !bad_next && !torn
}

fn num(text: &str) -> Option<i32> {
    number::parse(text)?.to_i32()
}

fn part(c: &Captures<'_>, name: &str) -> Option<i8> {
    num(c.name(name)?.as_str())?.try_into().ok()
}

/// 年底 without a year is this year's.
fn end_of_unit(c: &Captures<'_>) -> Option<Form> {
    let of = match &c["unit"] {
        "年" => Form::InYear {
            shift: 0,
            month: None,
            day: None,
        },
        _ => Form::InMonth {
            shift: 0,
            day: None,
        },
    };
    Some(Form::Within {
        of: Box::new(of),
        part: Part::End,
    })
}

fn calendar(c: &Captures<'_>) -> Option<Form> {
    let year = match c.name("year") {
        Some(year) => Some(
            num(year.as_str())?
                .try_into()
                .ok()
                .filter(|y| (1900..2100).contains(y))?,
        ),
        None => None,
    };
    Some(within(
        c,
        Form::Calendar {
            year,
            month: part(c, "month"),
            day: part(c, "day"),
        },
    ))
}

/// 8月底, 年底: a part of what was read.
fn within(c: &Captures<'_>, of: Form) -> Form {
    let part = match (c.name("part"), c.name("end")) {
        (Some(part), _) if part.as_str().starts_with('中') => Part::Middle,
        (None, None) => return of,
        _ => Part::End,
    };
    Form::Within {
        of: Box::new(of),
        part,
    }
}

fn year_shift(word: &str) -> i16 {
    match word {
        "大前年" => -3,
        "前年" => -2,
        "去年" | "上年" => -1,
        "明年" => 1,
        "后年" => 2,
        _ => 0,
    }
}

fn month_shift(word: &str) -> i32 {
    match word {
        "上上个月" => -2,
        "上个月" | "上月" => -1,
        "下个月" | "下月" => 1,
        "下下个月" => 2,
        _ => 0,
    }
}

fn year_word(c: &Captures<'_>) -> Option<Form> {
    Some(within(
        c,
        Form::InYear {
            shift: year_shift(&c["rel"]),
            month: part(c, "month"),
            day: part(c, "day"),
        },
    ))
}

fn month_word(c: &Captures<'_>) -> Option<Form> {
    Some(within(
        c,
        Form::InMonth {
            shift: month_shift(&c["rel"]),
            day: part(c, "day"),
        },
    ))
}

/// 上个月最后一个星期五, 3月第一个周五.
fn nth_weekday(c: &Captures<'_>) -> Option<Form> {
    let weekday = week_day(&c["weekday"])?;
    let nth = part(c, "nth").unwrap_or(-1);
    let of = match (c.name("rel"), c.name("in")) {
        (Some(_), _) => Form::InMonth {
            shift: month_shift(&c["rel"]),
            day: None,
        },
        (None, Some(year)) => Form::InYear {
            shift: year_shift(year.as_str()),
            month: part(c, "month"),
            day: None,
        },
        (None, None) => calendar(c)?,
    };
    Some(Form::Within {
        of: Box::new(of),
        part: Part::Weekday(weekday, nth),
    })
}

fn week_day(name: &str) -> Option<Weekday> {
    let at = "一二三四五六日".find(if name == "天" { "日" } else { name })?;
    Weekday::from_monday_one_offset((at / '一'.len_utf8()) as i8 + 1).ok()
}

fn weekday(c: &Captures<'_>) -> Option<Form> {
    let weekday = week_day(&c["weekday"])?;
    let week = match c.name("rel").map(|r| r.as_str().trim_end_matches('个')) {
        Some("上上") => Week::Counted(-2),
        Some("上") => Week::Counted(-1),
        Some("下") => Week::Counted(1),
        Some("下下") => Week::Counted(2),
        Some(_) => Week::Counted(0),
        None => Week::Open,
    };
    Some(Form::Weekday { weekday, week })
}

fn day_word(c: &Captures<'_>) -> Option<Form> {
    let count = match &c["word"] {
        "大前天" => -3,
        "前天" => -2,
        "昨天" | "昨日" | "昨晚" | "昨夜" => -1,
        "明天" | "明日" | "明早" | "明晚" => 1,
        "后天" => 2,
        "大后天" => 3,
        _ => 0,
    };
    Some(Form::Shift {
        count,
        unit: TimeUnit::Day,
    })
}

fn shifted(c: &Captures<'_>) -> Option<Form> {
    let count = if &c["n"] == "半" {
        return None;
    } else {
        num(&c["n"])?
    };
    let unit = match &c["unit"] {
        "天" => TimeUnit::Day,
        "周" | "星期" | "礼拜" => TimeUnit::Week,
        "月" => TimeUnit::Month,
        _ => TimeUnit::Year,
    };
    Some(if c["dir"].contains('前') {
        Form::Shift {
            count: -count,
            unit,
        }
    } else {
        Form::Later { count, unit }
    })
}

fn day_of_month(c: &Captures<'_>) -> Option<Form> {
    Some(Form::Calendar {
        year: None,
        month: None,
        day: Some(part(c, "day")?),
    })
}

fn weekday_after(c: &Captures<'_>) -> Option<Form> {
    let nth = num(&c["nth"])?.try_into().ok()?;
    Some(Form::WeekdayLater {
        weekday: week_day(&c["weekday"])?,
        nth,
    })
}

fn next_day(_: &Captures<'_>) -> Option<Form> {
    Some(Form::Later {
        count: 1,
        unit: TimeUnit::Day,
    })
}
