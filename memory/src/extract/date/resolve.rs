//! From a date as written to a day: year, month and direction are inferred from
//! the turn's own time, the dates before it in the text, and the tense around.

use std::ops::Range;
use std::sync::LazyLock;

use super::super::pattern::pattern;
use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use regex::Regex;

use super::{Form, Part, Week, Which, value};
use crate::fact::{DatePrecision, TimeUnit, Value};

/// Resolves the dates of one text in their order.
pub(super) struct Resolver {
    today: Date,
    /// The date before in the text, and whether its year was told or follows
    /// from one that was.
    anchor: Option<Anchor>,
    /// The day before in the text, from which "the day after" counts.
    day: Option<Date>,
}

#[derive(Clone, Copy)]
struct Anchor {
    date: Date,
    precision: DatePrecision,
    told_year: bool,
    /// Where it ends in the text.
    end: usize,
}

impl Resolver {
    pub(super) fn new(today: Date) -> Self {
        Self {
            today,
            anchor: None,
            day: None,
        }
    }

    /// Nothing where there is no such day, or its anchor isn't in the text.
    pub(super) fn resolve(
        &mut self,
        form: &Form,
        text: &str,
        span: &Range<usize>,
    ) -> Option<Value> {
        let (found, precision, inferred) = self.read(form, text, span)?;
        self.remember(form, found, precision, text, span);
        Some(value(found, precision, inferred))
    }

    fn read(
        &self,
        form: &Form,
        text: &str,
        span: &Range<usize>,
    ) -> Option<(Date, DatePrecision, bool)> {
        use DatePrecision::{Day, Month, Year};
        Some(match *form {
            Form::Calendar {
                year: Some(y),
                month: Some(m),
                day: Some(d),
            } => (Date::new(y, m, d).ok()?, Day, false),
            Form::Calendar {
                year: Some(y),
                month: Some(m),
                day: None,
            } => (Date::new(y, m, 1).ok()?, Month, false),
            Form::Calendar {
                year: Some(y),
                month: None,
                ..
            } => (Date::new(y, 1, 1).ok()?, Year, false),
            Form::Calendar {
                year: None,
                month: Some(m),
                day,
            } => {
                let precision = if day.is_some() { Day } else { Month };
                (self.without_year(m, day, text, span)?, precision, true)
            }
            Form::Calendar {
                year: None,
                month: None,
                day,
            } => (self.without_month(day?, text, span)?, Day, true),
            Form::InYear { shift, month, day } => {
                let year = self.today.year().checked_add(shift)?;
                let precision = match (month, day) {
                    (None, _) => Year,
                    (_, None) => Month,
                    _ => Day,
                };
                (
                    Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?,
                    precision,
                    true,
                )
            }
            Form::InMonth { shift, day } => {
                let month = self
                    .today
                    .first_of_month()
                    .checked_add(shift.months())
                    .ok()?;
                let precision = if day.is_some() { Day } else { Month };
                (
                    Date::new(month.year(), month.month(), day.unwrap_or(1)).ok()?,
                    precision,
                    true,
                )
            }
            Form::Weekday { weekday, week } => {
                (self.weekday(weekday, week, text, span)?, Day, true)
            }
            Form::Shift { count, unit } => shift(self.today, count, unit, true)?,
            Form::Beside {
                ref of,
                weekday,
                nth,
            } => {
                let (from, precision, _) = self.read(of, text, span)?;
                if precision != Day {
                    return None;
                }
                let day = match weekday {
                    Some(weekday) => from.nth_weekday(nth.into(), weekday),
                    None => from.checked_add(i64::from(nth).days()),
                };
                (day.ok()?, Day, true)
            }
            Form::Later { count, unit } => shift(self.day_anchor()?, count, unit, false)?,
            Form::WeekdayLater { weekday, nth } => (
                self.day_anchor()?.nth_weekday(nth.into(), weekday).ok()?,
                Day,
                true,
            ),
            Form::WeekdayPlus { weekday, weeks } => {
                let next = self.today.nth_weekday(1, weekday).ok()?;
                (next.checked_add(weeks.weeks()).ok()?, Day, true)
            }
            Form::Holiday { holiday, which } => {
                let day = self.in_some_year(which, |year| holiday.in_year(year), text, span)?;
                (day, Day, !matches!(which, Which::Year(_)))
            }
            Form::Within { ref of, part } => {
                let (date, precision, inferred) = self.read(of, text, span)?;
                (within(date, precision, part)?, Day, inferred)
            }
        })
    }

    fn day_anchor(&self) -> Option<Date> {
        self.day
    }

    /// The day that a rule gives for the year that is meant.
    fn in_some_year(
        &self,
        which: Which,
        day: impl Fn(i16) -> Option<Date>,
        text: &str,
        span: &Range<usize>,
    ) -> Option<Date> {
        let this = self.today.year();
        let past = || {
            (0..=1)
                .filter_map(|i| day(this - i))
                .find(|d| *d <= self.today)
        };
        let next = || {
            (0..=1)
                .filter_map(|i| day(this + i))
                .find(|d| *d > self.today)
        };
        match which {
            Which::Year(year) => day(year),
            Which::Shift(shift) => day(this.checked_add(shift)?),
            Which::Last => past(),
            Which::Next => next(),
            Which::Open => match tense(text, span) {
                Tense::Past => past(),
                Tense::Future => next(),
                Tense::Planned => Some(self.nearest(past()?, next()?)),
                Tense::Unknown => Some(self.nearer(past()?, next()?)),
            },
        }
    }

    fn remember(
        &mut self,
        form: &Form,
        date: Date,
        precision: DatePrecision,
        text: &str,
        span: &Range<usize>,
    ) {
        let told = matches!(
            form,
            Form::Calendar { year: Some(_), .. } | Form::InYear { .. }
        );
        let follows = self.anchor.is_some_and(|a| a.told_year)
            && matches!(
                form,
                Form::Calendar { .. } | Form::Later { .. } | Form::WeekdayLater { .. }
            );
        if precision == DatePrecision::Day {
            self.day = Some(date);
        }
        // Today and yesterday anchor nothing: they say when it is told. Nor does what
        // has lasted since a day: the story doesn't go on from there.
        let since = SINCE.is_match(&text[..span.start]);
        if !since && !matches!(form, Form::Shift { .. }) {
            self.anchor = Some(Anchor {
                date,
                precision,
                told_year: told || follows,
                end: span.end,
            });
        }
    }

    /// After a date whose year was told, the first such day that follows it;
    /// else the nearest in the past, unless the words around look ahead.
    fn without_year(
        &self,
        month: i8,
        day: Option<i8>,
        text: &str,
        span: &Range<usize>,
    ) -> Option<Date> {
        let in_year = |year: i16| Date::new(year, month, day.unwrap_or(1)).ok();
        let tense = tense(text, span);
        if let Some(anchor) = self
            .anchor
            .filter(|a| a.told_year && tense != Tense::Future)
            // A mere year holds for its own sentence.
            .filter(|a| {
                let between = text.get(a.end..span.start).unwrap_or_default();
                a.precision != DatePrecision::Year || !ends_sentence(between)
            })
        {
            let after = (0..=4)
                .filter_map(|i| in_year(anchor.date.year() + i))
                .find(|d| *d >= anchor.date);
            if let Some(date) = after.filter(|d| *d <= self.today) {
                return Some(date);
            }
        }
        let this = self.today.year();
        let past = (0..=4)
            .filter_map(|i| in_year(this - i))
            .find(|d| *d <= self.today)?;
        // A month has not passed before its last day.
        let whole = |d: Date| if day.is_none() { d.last_of_month() } else { d };
        let next = (0..=4)
            .filter_map(|i| in_year(this + i))
            .find(|d| whole(*d) > self.today)?;
        Some(match tense {
            Tense::Past => past,
            Tense::Future => next,
            Tense::Planned => self.nearest(past, next),
            Tense::Unknown => self.nearer(past, next),
        })
    }

    /// A day alone: in the month of the date before it in the text, else the
    /// nearest in the past, unless the words around look ahead.
    fn without_month(&self, day: i8, text: &str, span: &Range<usize>) -> Option<Date> {
        let tense = tense(text, span);
        // A day of another sentence, long ago by no year that was told, begins no story.
        let goes_on = |a: &Anchor| {
            let between = text.get(a.end..span.start).unwrap_or_default();
            let near = (self.today - a.date).get_days() <= LONG_AGO;
            a.told_year || near || !ends_sentence(between)
        };
        let anchor = self.anchor.filter(goes_on);
        if let Some(anchor) = anchor.filter(|a| a.precision != DatePrecision::Year) {
            let same = Date::new(anchor.date.year(), anchor.date.month(), day).ok();
            if let Some(date) = same.filter(|d| tense != Tense::Future || *d >= self.today) {
                return Some(date);
            }
        }
        let in_month = |shift: i32| {
            let first = self
                .today
                .first_of_month()
                .checked_add(shift.months())
                .ok()?;
            Date::new(first.year(), first.month(), day).ok()
        };
        let past = (0..=2)
            .filter_map(|i| in_month(-i))
            .find(|d| *d <= self.today)?;
        let next = (0..=2).filter_map(in_month).find(|d| *d >= self.today)?;
        Some(if tense == Tense::Future { next } else { past })
    }

    /// Without a tense the past is meant, unless the future is much nearer.
    fn nearer(&self, past: Date, next: Date) -> Date {
        let days = |a: Date, b: Date| (b - a).get_days();
        if days(self.today, next) * 3 < days(past, self.today) {
            next
        } else {
            past
        }
    }

    /// Whichever is fewer days away.
    fn nearest(&self, past: Date, next: Date) -> Date {
        let ahead = (next - self.today).get_days();
        match ahead < (self.today - past).get_days() {
            true => next,
            false => past,
        }
    }

    fn weekday(
        &self,
        weekday: jiff::civil::Weekday,
        week: Week,
        text: &str,
        span: &Range<usize>,
    ) -> Option<Date> {
        let monday_of = |shift: i32| {
            let back = i64::from(self.today.weekday().to_monday_zero_offset());
            let monday = self.today.checked_sub(back.days()).ok()?;
            monday.checked_add(shift.weeks()).ok()
        };
        let in_week = |shift: i32| {
            let offset = i64::from(weekday.to_monday_zero_offset());
            monday_of(shift)?.checked_add(offset.days()).ok()
        };
        match week {
            Week::Counted(shift) => in_week(shift),
            Week::Next => in_week(1),
            Week::Last => self.today.nth_weekday(-1, weekday).ok(),
            Week::Open if tense(text, span) == Tense::Future => {
                self.today.nth_weekday(1, weekday).ok()
            }
            Week::Open if self.today.weekday() == weekday => Some(self.today),
            Week::Open => self.today.nth_weekday(-1, weekday).ok(),
        }
    }
}

/// Days after which a month that was named is not meant any more.
const LONG_AGO: i32 = 62;

fn ends_sentence(text: &str) -> bool {
    text.contains(['。', '！', '？', ';', '；']) || text.contains(". ")
}

/// A shift by months or years from now is told to the month or year; by days
/// or weeks, to the day.
fn shift(
    from: Date,
    count: i32,
    unit: TimeUnit,
    from_now: bool,
) -> Option<(Date, DatePrecision, bool)> {
    let count = i64::from(count);
    let (by, precision) = match unit {
        TimeUnit::Minute | TimeUnit::Hour => return None,
        TimeUnit::Day => (Span::new().try_days(count).ok()?, DatePrecision::Day),
        TimeUnit::Week => (Span::new().try_weeks(count).ok()?, DatePrecision::Day),
        TimeUnit::Month => (Span::new().try_months(count).ok()?, DatePrecision::Month),
        TimeUnit::Year => (Span::new().try_years(count).ok()?, DatePrecision::Year),
    };
    let to = from.checked_add(by).ok()?;
    Some(match precision {
        DatePrecision::Month if from_now => (to.first_of_month(), precision, true),
        DatePrecision::Year if from_now => (date(to.year(), 1, 1), precision, true),
        _ => (to, DatePrecision::Day, true),
    })
}

/// The day of a part of a month or year.
fn within(date: Date, precision: DatePrecision, part: Part) -> Option<Date> {
    match (part, precision) {
        (_, DatePrecision::Day) => None,
        (Part::End, DatePrecision::Month) => Some(date.last_of_month()),
        (Part::End, DatePrecision::Year) => Some(date.last_of_year()),
        (Part::Middle, DatePrecision::Month) => Date::new(date.year(), date.month(), 15).ok(),
        (Part::Weekday(weekday, nth), DatePrecision::Month) => {
            date.nth_weekday_of_month(nth, weekday).ok()
        }
        (Part::Middle | Part::Weekday(..), DatePrecision::Year) => None,
    }
}

/// Was planned for a day, which may lie behind or ahead.
static PLANNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:fixed|set|scheduled|booked|listed|arranged|planned|meant|due|adjourned|put (?:back|off)|moved|changed|pushed|postponed|extended|brought forward) (?:for|to|until|till)(?: the)?$|\bleav(?:e|ing) on$|",
        r"(?:原定|定的?是?|定在|排了?|排在|排到|约的?是?|约在|推到|挪到|调到|改在|改成|拖到)$"
    ))
});

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tense {
    Past,
    Future,
    /// Planned for, be it behind or ahead.
    Planned,
    Unknown,
}

/// Before a day since when something has lasted.
static SINCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bsince(?: the)?\s*$"));

/// Looks ahead, whatever else the clause says.
static FUTURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:will|won't|shall|must be|going to|gonna|tomorrow|upcoming|booked for|scheduled for|",
        r"plans? to|wants? to|can come)\b|['’]ll\b|",
        r"将|会在|打算|计划|预计|预产|约在|定在|定于|改到|提前到|推迟到|延到|延期到|要在|要回"
    ))
});

/// Looks ahead where nothing in the clause is past.
static OPEN_END: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:due|deadline|expires?|expiring|renews?|starts?|opens?|closes?|sees|meets|goes)\b|",
        r"到期|截止|之前|以前|约了|开庭|答复|排的是|准备|落地"
    ))
});

static PAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:was|were|had|did|didn't|went|came|got|gave|sent|paid|left|told|said|wrote|rang|took|",
        r"began|made|met|found|bought|sold|saw|kept|ago|last|dated|[a-z]{3,}ed)\b|",
        r"了|过|就[^\p{P}]{0,6}的|当时|那天|已经|曾|之前说|上次|报了|做的|付的|签的|抽的|出的|来看的|发的|打的|拔的"
    ))
});

/// The tense of the clause around a date, by the marks nearest to it.
fn tense(text: &str, span: &Range<usize>) -> Tense {
    let mark = |c: char| ",.;:!?，。；：！？\n(（)）".contains(c);
    let start = text[..span.start].rfind(mark).map_or(0, |i| i + 1);
    let start = (start..=span.start)
        .find(|&i| text.is_char_boundary(i))
        .unwrap_or(span.start);
    let end = text[span.end..]
        .find(mark)
        .map_or(text.len(), |i| span.end + i);
    // What stands behind a conjunction has a tense of its own.
    let joined = [" and ", " but "].iter();
    let cut = joined.filter_map(|c| text[span.end..end].find(c)).min();
    let end = cut.map_or(end, |at| span.end + at);
    let clause = &text[start..end];
    // "by the 22nd" looks ahead only where the preposition leads the date itself.
    let lead = text[start..span.start].trim_end();
    let ahead = ["by", "by the", "until", "until the", "till", "before"]
        .iter()
        .any(|w| lead.ends_with(w))
        || text[span.end..].starts_with('前') && !text[span.end..].starts_with("前后")
        || text[span.end..].starts_with("之前");
    // 五月底前不签就没了 looks ahead, whatever the particle says.
    let due = ahead && clause.contains(super::super::is_han);
    if PLANNED.is_match(lead) {
        return Tense::Planned;
    }
    if due && !clause.ends_with(['过', '的']) {
        return Tense::Planned;
    }
    // "Your last day" lies ahead.
    let clause = &clause.replace("last day", "final day");
    if FUTURE.is_match(clause) {
        Tense::Future
    } else if PAST.is_match(clause) {
        Tense::Past
    } else if ahead || OPEN_END.is_match(clause) {
        Tense::Future
    } else {
        Tense::Unknown
    }
}
