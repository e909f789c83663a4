use std::collections::HashSet;
use std::path::Path;

use super::*;
use crate::consultation::ProbeKind;
use crate::eval::answers::value_right;

fn every(check: impl Fn(&Consultation)) {
    for language in [Language::En, Language::Zh] {
        for rounds in [FEWEST_ROUNDS, 10, 60] {
            for seed in 0..40 {
                check(&generate(Scenario {
                    rounds,
                    language,
                    seed,
                }));
            }
        }
    }
}

#[test]
fn the_reader_takes_all_that_is_generated() {
    every(|made| {
        let json = serde_json::to_vec(made).unwrap();
        let read = Consultation::parse(&json, Path::new("made.json")).unwrap();
        assert_eq!(read, *made);
        assert_eq!(read.turns.len() % 2, 0);
        let kinds: HashSet<ProbeKind> = read.probes.iter().map(|probe| probe.kind).collect();
        assert_eq!((kinds.len(), read.probes.len()), (8, 16));
    });
}

#[test]
fn the_evidence_holds_what_a_right_answer_says() {
    every(|made| {
        for probe in &made.probes {
            let evidence: String = probe
                .evidence
                .iter()
                .map(|turn| made.turns[*turn as usize - 1].text.as_str())
                .collect();
            // What is reckoned or declined stands nowhere.
            let stated = !matches!(
                probe.kind,
                ProbeKind::Numeric | ProbeKind::Temporal | ProbeKind::Abstain
            );
            if stated {
                let text = format!("The record conflicts: {evidence}");
                let mut probe = probe.clone();
                probe.reject.clear();
                assert!(
                    value_right(&probe, &text),
                    "{} {}: {text}",
                    made.id,
                    probe.id
                );
            }
            assert!(probe.question.ends_with(['?', '？']), "{}", probe.question);
            assert!(!format!("{}{evidence}", probe.question).contains(['{', '}']));
        }
    });
}

#[test]
fn a_correction_follows_what_it_corrects() {
    every(|made| {
        let updates = made.probes.iter().filter(|p| p.kind == ProbeKind::Update);
        for probe in updates {
            assert!(probe.superseded[0] < probe.evidence[0]);
            assert_ne!(probe.accept[0].parts()[0], probe.reject[0]);
        }
    });
}

#[test]
fn the_same_scenario_is_the_same_consultation_and_others_differ() {
    let scenario = |seed| Scenario {
        rounds: 30,
        language: Language::En,
        seed,
    };
    assert_eq!(generate(scenario(1)), generate(scenario(1)));
    let texts: HashSet<String> = (0..20)
        .map(|seed| generate(scenario(seed)).turns[4].text.clone())
        .collect();
    assert!(texts.len() > 15, "{}", texts.len());
}
