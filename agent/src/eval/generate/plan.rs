//! What is told in which round, and what is asked about it.

use jiff::civil::DateTime;

use super::grammar::{Case, Grammar, Property, Thing, capital, filled, small};
use super::value::{Told, Values, any_of, both_of};
use crate::consultation::{Form, Probe, ProbeKind};
use crate::eval::random::SplitMix;

/// Each of these is asked so often.
const OF_EACH: usize = 2;

const KINDS: [ProbeKind; 8] = [
    ProbeKind::Single,
    ProbeKind::Multi,
    ProbeKind::Temporal,
    ProbeKind::Update,
    ProbeKind::Contradiction,
    ProbeKind::Numeric,
    ProbeKind::Coreference,
    ProbeKind::Abstain,
];

/// Rounds for each fact that nobody asks about.
const ROUNDS_A_FACT: usize = 4;

/// The content of one consultation.
pub(super) struct Plan {
    /// What the client tells in each round.
    told: Vec<Vec<String>>,
    drafts: Vec<Draft>,
}

/// A probe before turns have numbers.
struct Draft {
    kind: ProbeKind,
    question: String,
    accept: Vec<Form>,
    reject: Vec<String>,
    /// Rounds.
    evidence: Vec<usize>,
    superseded: Vec<usize>,
}

/// A fact that was told.
struct Fact {
    thing: Thing,
    property: Property,
    value: Told,
    round: usize,
}

impl Plan {
    pub(super) fn draw(
        grammar: &'static Grammar,
        case: &Case,
        rounds: usize,
        started: DateTime,
        random: &mut SplitMix,
    ) -> Self {
        let values = Values::new(grammar, started, random);
        let mut planner = Planner {
            grammar,
            values,
            pool: Pool::of(grammar, case, random),
            told: vec![Vec::new(); rounds],
            random,
        };
        let mut drafts = Vec::new();
        for kind in KINDS {
            for _ in 0..OF_EACH {
                drafts.push(planner.draft(kind));
            }
        }
        for _ in 0..rounds / ROUNDS_A_FACT {
            if let Some((property, thing)) = planner.pool.spare(planner.random) {
                planner.tell(property, thing);
            }
        }
        Self {
            told: planner.told,
            drafts,
        }
    }

    /// What the client tells in each round.
    pub(super) fn told(&self) -> &[Vec<String>] {
        &self.told
    }

    /// The probes, asked after this turn.
    pub(super) fn probes(&self, grammar: &Grammar, after: u32) -> Vec<Probe> {
        let turns = |rounds: &[usize]| {
            let mut turns: Vec<u32> = rounds.iter().map(|round| *round as u32 * 2 + 1).collect();
            turns.sort_unstable();
            turns.dedup();
            turns
        };
        let probe = |(at, draft): (usize, &Draft)| Probe {
            id: format!("p{}", at + 1),
            after,
            kind: draft.kind,
            question: draft.question.clone(),
            answer: draft.in_words(grammar),
            accept: draft.accept.clone(),
            reject: draft.reject.clone(),
            evidence: turns(&draft.evidence),
            superseded: turns(&draft.superseded),
            working: String::new(),
        };
        self.drafts.iter().enumerate().map(probe).collect()
    }
}

impl Draft {
    fn in_words(&self, grammar: &Grammar) -> String {
        let Some(form) = self.accept.first() else {
            return grammar.declined.into();
        };
        let values = form.parts().join(" / ");
        match self.kind {
            ProbeKind::Contradiction => format!("{}: {values}", grammar.conflict),
            _ => values,
        }
    }
}

/// Things that were not talked about yet.
struct Pool(Vec<(Property, Vec<Thing>)>);

impl Pool {
    fn of(grammar: &Grammar, case: &Case, random: &mut SplitMix) -> Self {
        let properties = [
            Property::Price,
            Property::Day,
            Property::Name,
            Property::Number,
        ];
        Self(
            properties
                .map(|property| {
                    let own = case.things.of(property).iter();
                    let mut things: Vec<Thing> =
                        own.chain(grammar.common.of(property)).copied().collect();
                    random.shuffle(&mut things);
                    (property, things)
                })
                .into(),
        )
    }

    /// A thing of one of these properties, the first that has any left.
    fn take(&mut self, wanted: &[Property]) -> (Property, Thing) {
        let found = wanted.iter().find_map(|property| {
            let (_, things) = self.0.iter_mut().find(|(known, _)| known == property)?;
            Some((*property, things.pop()?))
        });
        found.expect("a case has more things than probes need")
    }

    fn spare(&mut self, random: &mut SplitMix) -> Option<(Property, Thing)> {
        let at = random.below(self.0.len());
        let (property, things) = &mut self.0[at];
        Some((*property, things.pop()?))
    }
}

struct Planner<'a> {
    grammar: &'static Grammar,
    values: Values,
    pool: Pool,
    told: Vec<Vec<String>>,
    random: &'a mut SplitMix,
}

impl Planner<'_> {
    fn draft(&mut self, kind: ProbeKind) -> Draft {
        match kind {
            ProbeKind::Single => self.single(),
            ProbeKind::Multi => self.multi(),
            ProbeKind::Temporal => self.temporal(),
            ProbeKind::Update => self.update(),
            ProbeKind::Contradiction => self.contradiction(),
            ProbeKind::Numeric => self.numeric(),
            ProbeKind::Coreference => self.coreference(),
            ProbeKind::Abstain => self.abstain(),
        }
    }

    /// A property, each as likely.
    fn any(&mut self) -> Vec<Property> {
        let mut any = vec![
            Property::Price,
            Property::Name,
            Property::Number,
            Property::Day,
        ];
        self.random.shuffle(&mut any);
        any
    }

    /// Tells something new of a thing, in any round.
    fn tell(&mut self, property: Property, thing: Thing) -> Fact {
        let round = self.random.below(self.told.len());
        self.tell_in(round, property, thing)
    }

    fn tell_in(&mut self, round: usize, property: Property, thing: Thing) -> Fact {
        let value = self.values.draw(property, self.random);
        let templates = self.grammar.wordings(property).told;
        self.say(round, templates, thing, &value, None);
        Fact {
            thing,
            property,
            value,
            round,
        }
    }

    fn say(
        &mut self,
        round: usize,
        templates: &[&str],
        thing: Thing,
        value: &Told,
        old: Option<&Told>,
    ) {
        let template = self.random.pick(templates);
        let old = old.map_or_else(String::new, |old| self.values.said(old));
        let places = [
            ("x", thing.name),
            ("X", &capital(thing.name)),
            ("v", &self.values.said(value)),
            ("old", &old),
        ];
        self.told[round].push(capital(&filled(template, &places)));
    }

    /// Two rounds, the first before the second.
    fn rounds(&mut self) -> (usize, usize) {
        let first = self.random.below(self.told.len() - 1);
        let later = self.told.len() - 1 - first;
        (first, first + 1 + self.random.below(later))
    }

    fn ask(&mut self, property: Property, thing: Thing) -> String {
        let template = self.random.pick(self.grammar.wordings(property).asked);
        filled(template, &[("x", thing.name)])
    }

    fn single(&mut self) -> Draft {
        let wanted = self.any();
        let (property, thing) = self.pool.take(&wanted);
        let fact = self.tell(property, thing);
        let question = self.ask(property, thing);
        self.about(ProbeKind::Single, question, &fact)
    }

    fn coreference(&mut self) -> Draft {
        let wanted = self.any();
        let (property, thing) = self.pool.take(&wanted);
        let fact = self.tell(property, thing);
        let templates = self.grammar.wordings(property).asked_otherwise;
        let template = self.random.pick(templates);
        let question = filled(template, &[("x", thing.other)]);
        self.about(ProbeKind::Coreference, question, &fact)
    }

    fn about(&self, kind: ProbeKind, question: String, fact: &Fact) -> Draft {
        Draft {
            kind,
            question,
            accept: any_of(self.values.forms(&fact.value)),
            reject: Vec::new(),
            evidence: vec![fact.round],
            superseded: Vec::new(),
        }
    }

    fn multi(&mut self) -> Draft {
        let facts = [
            &[Property::Name, Property::Price],
            &[Property::Number, Property::Day],
        ]
        .map(|wanted| {
            let (property, thing) = self.pool.take(wanted);
            self.tell(property, thing)
        });
        let asked = facts
            .each_ref()
            .map(|fact| self.ask(fact.property, fact.thing));
        let [p, q] = asked
            .each_ref()
            .map(|question| question.trim_end_matches(['?', '？']));
        let template = self.random.pick(self.grammar.both);
        let question = filled(template, &[("P", p), ("p", &small(p)), ("q", &small(q))]);
        let [one, other] = facts.each_ref().map(|fact| self.values.forms(&fact.value));
        Draft {
            kind: ProbeKind::Multi,
            question,
            accept: both_of(&one, &other),
            reject: Vec::new(),
            evidence: facts.iter().map(|fact| fact.round).collect(),
            superseded: Vec::new(),
        }
    }

    fn numeric(&mut self) -> Draft {
        let facts = [(); 2].map(|()| {
            let (property, thing) = self.pool.take(&[Property::Price]);
            self.tell(property, thing)
        });
        let sum = Told::Amount(facts.iter().map(|fact| fact.value.amount()).sum());
        let template = self.random.pick(self.grammar.sum);
        self.of_two(
            ProbeKind::Numeric,
            template,
            &facts,
            self.values.forms(&sum),
        )
    }

    fn temporal(&mut self) -> Draft {
        let mut facts = [(); 2].map(|()| {
            let (property, thing) = self.pool.take(&[Property::Day]);
            self.tell(property, thing)
        });
        facts.sort_by_key(|fact| fact.value.date());
        let [first, last] = facts.each_ref().map(|fact| fact.value.date());
        let days = (last - first).get_days().to_string();
        let template = self.random.pick(self.grammar.between);
        self.of_two(ProbeKind::Temporal, template, &facts, vec![days])
    }

    fn of_two(
        &self,
        kind: ProbeKind,
        template: &str,
        facts: &[Fact; 2],
        forms: Vec<String>,
    ) -> Draft {
        let [x, y] = facts.each_ref().map(|fact| fact.thing.name);
        Draft {
            kind,
            question: filled(template, &[("x", x), ("y", y)]),
            accept: any_of(forms),
            reject: Vec::new(),
            evidence: facts.iter().map(|fact| fact.round).collect(),
            superseded: Vec::new(),
        }
    }

    /// A thing of which two values are told, and the rounds.
    fn told_twice(&mut self) -> (Fact, Told, usize) {
        let wanted = [Property::Price, Property::Day, Property::Name];
        let first = self.random.below(wanted.len());
        let (property, thing) = self.pool.take(&[wanted[first], Property::Price]);
        let (early, late) = self.rounds();
        let fact = self.tell_in(early, property, thing);
        let value = self.values.draw(property, self.random);
        (fact, value, late)
    }

    fn update(&mut self) -> Draft {
        let (old, value, round) = self.told_twice();
        let templates = self.grammar.wordings(old.property).corrected;
        self.say(round, templates, old.thing, &value, Some(&old.value));
        Draft {
            kind: ProbeKind::Update,
            question: self.ask(old.property, old.thing),
            accept: any_of(self.values.forms(&value)),
            reject: self.values.forms(&old.value),
            evidence: vec![round],
            superseded: vec![old.round],
        }
    }

    fn contradiction(&mut self) -> Draft {
        let (one, other, round) = self.told_twice();
        let templates = self.grammar.wordings(one.property).retold;
        self.say(round, templates, one.thing, &other, None);
        Draft {
            kind: ProbeKind::Contradiction,
            question: self.ask(one.property, one.thing),
            accept: both_of(&self.values.forms(&one.value), &self.values.forms(&other)),
            reject: Vec::new(),
            evidence: vec![one.round, round],
            superseded: Vec::new(),
        }
    }

    fn abstain(&mut self) -> Draft {
        let wanted = self.any();
        let (property, thing) = self.pool.take(&wanted);
        Draft {
            kind: ProbeKind::Abstain,
            question: self.ask(property, thing),
            accept: Vec::new(),
            reject: Vec::new(),
            evidence: Vec::new(),
            superseded: Vec::new(),
        }
    }
}
