//! What a lesson's question is for, what form its answer has and how that comes of what was told,
//! and what these are guessed from.

use estoppel_memory::Value;
use jiff::civil::DateTime;

use super::choices::{is_named, numbers};
use super::{ReaderLesson, Use, named};
use crate::consultation::ProbeKind;
use crate::read::Ask;
use crate::read::choose::Kind;
use crate::read::evidence_set::EvidenceSets;
use crate::read::guess::{Form, Guess, Purpose, input};
use crate::read::pointing::QuestionClasses;
use crate::read::reckon::Manner;

impl ReaderLesson {
    /// How the answer comes of what was told: the plainest manner that is right, if it was told
    /// or can be reckoned.
    pub(in crate::train) fn manner(&self) -> Option<Manner> {
        if self.is_told() {
            return Some(Manner::Told);
        }
        if !matches!(self.probe.kind, ProbeKind::Numeric | ProbeKind::Temporal) {
            return None;
        }
        // Each value that the answer names is as likely as any, all others are not.
        const UNUSED: f32 = -8.0;
        let numbers = numbers(&self.probe.answer);
        let values = self.weighed.values.iter().zip(&self.uses);
        let likely = values.map(
            |(told, usage)| match is_named(&told.value, *usage, &numbers) {
                true => 0.0,
                false => UNUSED,
            },
        );
        let operands: Vec<f32> = likely.collect();
        let (sets, guess) = (EvidenceSets::default(), Guess::known(self.purpose(), &[]));
        let workings = self.workings(&self.weighed.values, &operands, &sets, &guess);
        let right = workings.all().into_iter().filter(|of| {
            let turns = workings.turns(&of.places);
            self.reckons_right(&of.result, &of.text, &turns)
        });
        let plainest = right.min_by_key(|of| (of.places.len(), of.manner.place()));
        plainest.map(|of| of.manner)
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
