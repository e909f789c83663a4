//! What a lesson's question is for, what form its answer has and how that comes of what was told,
//! and what these are guessed from.

use std::sync::LazyLock;

use estoppel_memory::Value;
use jiff::civil::DateTime;
use regex::Regex;

use super::choices::{is_named, numbers};
use super::{ReaderLesson, Use, named};
use crate::consultation::ProbeKind;
use crate::read::choose::Kind;
use crate::read::evidence_set::EvidenceSets;
use crate::read::form::Form;
use crate::read::guess::{Guess, input};
use crate::read::manner::{Manner, Steps};
use crate::read::pointing::QuestionClasses;
use crate::read::purpose::Purpose;
use crate::read::{Ask, pattern};

impl ReaderLesson {
    /// How the answer comes of what was told: the plainest manner that is right, if it was told
    /// or can be reckoned, or else the manner that the gold answer shows.
    pub(in crate::train) fn manner(&self) -> Option<Manner> {
        if self.is_told() {
            return Some(Manner::Told);
        }
        self.reached()
            .or_else(|| shown(&self.probe.answer).filter(|_| self.is_numeric()))
    }

    /// The plainest manner in which what answers comes to what is right.
    fn reached(&self) -> Option<Manner> {
        if !matches!(self.probe.kind, ProbeKind::Numeric | ProbeKind::Temporal) {
            return None;
        }
        // Each value that answers and that the answer names is as likely as any, all others are not.
        const UNUSED: f32 = -8.0;
        let numbers = numbers(&self.probe.answer);
        let values = self.weighed.values.iter().zip(&self.uses);
        let likely = values.map(|(told, usage)| {
            let answers = self.probe.evidence.contains(&told.turn);
            match answers && is_named(&told.value, *usage, &numbers) {
                true => 0.0,
                false => UNUSED,
            }
        });
        let operands: Vec<f32> = likely.collect();
        let (sets, guess) = (EvidenceSets::default(), Guess::known(self.purpose(), &[]));
        let workings = self.workings(&self.weighed.values, &operands, &sets, &guess);
        let right = workings.all().into_iter();
        let right = right.filter(|of| self.reckons_right(&of.result, &of.text, &of.turns));
        let plainest = right.min_by_key(|of| (of.places.len(), of.manner.place()));
        plainest.map(|of| of.manner)
    }

    fn is_numeric(&self) -> bool {
        self.probe.kind == ProbeKind::Numeric
    }

    /// Whether one value is the answer.
    pub(super) fn is_told(&self) -> bool {
        self.uses.contains(&Use::Answer)
    }

    /// What the question is for.
    pub(in crate::train) fn purpose(&self) -> Purpose {
        match self.probe.kind {
            ProbeKind::Multi => Purpose::Several,
            ProbeKind::Contradiction => Purpose::Accounts,
            ProbeKind::Update => Purpose::Current,
            ProbeKind::Numeric => Purpose::Reckoning,
            ProbeKind::Temporal if self.is_told() => Purpose::One,
            ProbeKind::Temporal => match self.first_named() {
                Some(Value::Duration { .. }) => Purpose::Between,
                Some(Value::Date { .. }) if self.names_limit() => Purpose::LastDay,
                _ => Purpose::One,
            },
            _ => Purpose::One,
        }
    }

    /// The form of its answer, if there is one.
    pub(in crate::train) fn form(&self) -> Option<Form> {
        let used = |wanted: Use| {
            let first = self.uses.iter().position(|usage| *usage == wanted);
            first.map(|at| Form::Value(self.weighed.values[at].kind))
        };
        match self.purpose() {
            _ if self.probe.evidence.is_empty() => None,
            Purpose::Accounts => Some(Form::Words),
            Purpose::LastDay => Some(Form::Value(Kind::Date)),
            Purpose::Between => Some(Form::Value(Kind::Duration)),
            Purpose::Reckoning => {
                let first = self.first_named();
                first.map(|value| Form::Value(Kind::of(&value)))
            }
            Purpose::Several => used(Use::Operand).or(Some(Form::Words)),
            Purpose::One | Purpose::Current => used(Use::Answer).or(Some(Form::Words)),
        }
    }

    /// Whether a right answer names a length of time, or more than one turn.
    fn names_limit(&self) -> bool {
        let named = named(&self.probe.answer, DateTime::default());
        let lasts = |value: &Value| matches!(value, Value::Duration { .. });
        self.probe.evidence.len() > 1 || named.iter().any(lasts)
    }

    /// The first value that a right answer names.
    fn first_named(&self) -> Option<Value> {
        // The day plays no role, for only the kind is looked at.
        named(&self.probe.answer, DateTime::default())
            .into_iter()
            .next()
    }

    /// What a guess of the question is made from.
    pub(in crate::train) fn asked(&self, looking: bool) -> Vec<f32> {
        let question = &self.probe.question;
        let classes = looking.then_some(self.weighed.classes);
        input(
            &Ask::of(question),
            question,
            &self.weighed.question,
            classes,
        )
    }

    /// What the question is taken for, where its purposes and forms are so likely.
    pub(in crate::train) fn guess(
        &self,
        [purposes, forms, manners]: [&[f32]; 3],
        looking: bool,
    ) -> Option<Guess> {
        let classes = match looking {
            true => self.weighed.classes,
            false => QuestionClasses::default(),
        };
        Guess::learnt(purposes, forms, manners, classes)
    }
}

/// That a working adds figures up.
static ADDS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[+＋]|\bplus\b|\d,? and (?:\w+ )?[£$€₹]?\d|加|\d元?[、和]"));

/// That it takes one off.
static LESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[−–]| - |\b(?:less|minus|short of|against)\b|[减扣]"));

/// That it multiplies.
static TIMES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"×|\btimes\b|\btwice\b|\bat (?:[£$€₹₦]|RM ?|R ?)\d|[乘倍]"));

/// That it takes a share.
static SHARES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"%|\bpercent\b|\bper cent\b|\bhalf\b|\bthird\b|\bquarter\b|分之|[一二三四五六七八九]成|一半",
    )
});

/// That it divides.
static PARTS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[÷/]|\bdivided\b|除以|均分|平均"));

/// How a figure comes about by the working behind it: "£3,420: three times £1,140".
pub(in crate::train) fn shown(answer: &str) -> Option<Manner> {
    let (_, working) = answer.split_once([':', '：', '(', '（'])?;
    let is = |pattern: &Regex| pattern.is_match(working);
    let steps = Steps {
        adds: is(&ADDS),
        taken: LESS.find_iter(working).count(),
        times: is(&TIMES),
        shares: is(&SHARES),
        parts: is(&PARTS),
    };
    steps.manner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manner_is_read_off_the_working() {
        for (answer, manner) in [
            ("£3,420: three times £1,140.", Some(Manner::Product)),
            ("$8,800: 5% of $176,000.", Some(Manner::Share)),
            ("₹57,230: ₹48,500 plus 18 percent.", Some(Manner::ShareLeft)),
            ("₦977,000: 300,000 + 257,000 + 420,000.", Some(Manner::Sum)),
            ("£645: £1,190 less £545.", Some(Manner::Difference)),
            ("2163.5元:6420+863.5−3120−2000。", Some(Manner::Balance)),
            ("1480元:2000−260×2。", Some(Manner::Mixed)),
            ("297000元:(980000−386000)÷2。", Some(Manner::Quotient)),
            ("9673元:地板4452、顶棚1365、衣柜2900。", Some(Manner::Sum)),
            ("About 11 years.", None),
        ] {
            assert_eq!(shown(answer), manner, "{answer}");
        }
    }
}
