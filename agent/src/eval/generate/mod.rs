//! Consultations made up by rule, as long as one wants, with probes whose gold is known
//! because it was there first.
//!
//! A case is drawn (a workshop lease, an orchard's boundary…), then what is asked about it:
//! two probes of each kind. What they rest on is spread over all rounds, in wordings drawn
//! from templates, among other facts of the same form and small talk. Questions of the kind
//! `coreference` share no content word with what was said. All probes are asked after the
//! last turn, so that two lengths differ in length alone.
//!
//! For load, long-range measurements and training: the talk is too regular to say how well
//! people are understood.

mod chinese;
mod english;
mod grammar;
mod plan;
mod value;

use std::fmt::Write;

use estoppel_memory::Role;
use jiff::ToSpan;
use jiff::civil::{DateTime, date};

use crate::consultation::{Consultation, ScriptedTurn};
use crate::eval::random::SplitMix;
use crate::language::Language;
use grammar::{Case, Grammar};
use plan::Plan;

/// The fewest rounds that can be generated.
pub const FEWEST_ROUNDS: usize = 5;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Of client and counsel; at least [`FEWEST_ROUNDS`], fewer are taken as that.
    pub rounds: usize,
    /// What is spoken.
    pub language: Language,
    /// Decides all that is drawn.
    pub seed: u64,
}

/// The consultation of a scenario. The same scenario gives the same one.
pub fn generate(scenario: Scenario) -> Consultation {
    let rounds = scenario.rounds.max(FEWEST_ROUNDS);
    let grammar = Grammar::of(scenario.language);
    let mut random = SplitMix::new(scenario.seed);
    let case = random.pick(grammar.cases);
    let started = date(2025, 1, 6)
        .at(9, 0, 0, 0)
        .saturating_add((random.below(600) as i64).days())
        .saturating_add((random.below(480) as i64).minutes());
    let plan = Plan::draw(grammar, case, rounds, started, &mut random);
    let turns = talk(grammar, case, &plan, started, &mut random);
    Consultation {
        id: format!("generated-{}-{rounds}-{}", scenario.language, scenario.seed),
        lang: scenario.language,
        area: format!("generated: {}", case.area),
        jurisdiction: grammar.jurisdiction.into(),
        started,
        probes: plan.probes(grammar, turns.len() as u32),
        turns,
    }
}

fn talk(
    grammar: &Grammar,
    case: &Case,
    plan: &Plan,
    started: DateTime,
    random: &mut SplitMix,
) -> Vec<ScriptedTurn> {
    let mut at = started;
    let mut turns: Vec<ScriptedTurn> = Vec::new();
    let mut say = |role, text: String, random: &mut SplitMix| {
        turns.push(ScriptedTurn {
            turn: turns.len() as u32 + 1,
            role,
            text,
            at,
        });
        // Every ninth turn or so is on another day.
        let minutes = match random.below(9) {
            0 => 24 * 60 + random.below(120),
            _ => 2 + random.below(12),
        };
        at = at.saturating_add((minutes as i64).minutes());
    };
    for (round, told) in plan.told().iter().enumerate() {
        let opening = (round == 0).then(|| case.opening.to_owned());
        let mut sentences: Vec<String> = told.clone();
        sentences.extend(small_talk(&grammar.chat, random));
        random.shuffle(&mut sentences);
        say(
            Role::Client,
            joined(opening.into_iter().chain(sentences), grammar.space),
            random,
        );
        let answer = small_talk(&grammar.counsel, random);
        say(
            Role::Counsel,
            joined(answer.into_iter(), grammar.space),
            random,
        );
    }
    turns
}

/// One to three sentences.
fn small_talk(parts: &[&'static [&'static str]; 3], random: &mut SplitMix) -> Vec<String> {
    let first = random.below(parts.len());
    let mut said: Vec<String> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at == first || random.below(2) == 0 {
            said.push((*random.pick(part)).to_owned());
        }
    }
    said
}

fn joined(sentences: impl Iterator<Item = String>, space: &str) -> String {
    let mut text = String::new();
    for sentence in sentences {
        let before = if text.is_empty() { "" } else { space };
        let _ = write!(text, "{before}{sentence}");
    }
    text
}

#[cfg(test)]
mod tests;
