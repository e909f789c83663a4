//! The project's own consultations keep the format and what the demo promises.

use std::path::Path;

use estoppel::consultation::{Consultation, Probe, ProbeKind};

use crate::support::{consultations, consultations_in};

fn read(file: &Path) -> Consultation {
    Consultation::read(file).unwrap_or_else(|error| panic!("{error}"))
}

/// As accepted and rejected forms are compared: case, spaces and thousands
/// separators aside.
fn plain(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ',' | '，'));
    kept.collect::<String>().to_lowercase()
}

fn said_in(consultation: &Consultation, turns: &[u32]) -> String {
    let text = |&turn: &u32| consultation.turns[turn as usize - 1].text.as_str();
    plain(&turns.iter().map(text).collect::<Vec<_>>().join(" "))
}

#[test]
fn every_file_keeps_the_format() {
    for (folder, rounds) in [(".", 12), ("learn", 10), ("reader", 10), ("held-out", 10)] {
        let files = consultations_in(folder);
        assert!(files.len() >= 3, "{folder}: {files:?}");
        files.iter().for_each(|file| keeps_the_format(file, rounds));
    }
}

fn keeps_the_format(file: &Path, rounds: usize) {
    let consultation = read(file);
    assert!(
        consultation.turns.len() >= 2 * rounds,
        "{} has under {rounds} rounds",
        file.display()
    );
    assert!(consultation.probes.len() >= 7, "{}", file.display());
}

#[test]
fn a_probe_of_one_value_finds_it_in_its_evidence() {
    let of_one_value = |probe: &&Probe| {
        matches!(
            probe.kind,
            ProbeKind::Single | ProbeKind::Update | ProbeKind::Coreference
        )
    };
    for file in consultations() {
        let consultation = read(&file);
        for probe in consultation.probes.iter().filter(of_one_value) {
            let said = said_in(&consultation, &probe.evidence);
            let holds = |form: &str| said.contains(&plain(form));
            assert!(
                probe
                    .accept
                    .iter()
                    .any(|form| form.parts().iter().all(|part| holds(part))),
                "{}, probe {}: no accepted form stands in its evidence",
                file.display(),
                probe.id
            );
        }
    }
}

#[test]
fn a_stale_value_stands_in_the_turn_that_was_corrected() {
    for file in consultations() {
        let consultation = read(&file);
        for probe in consultation
            .probes
            .iter()
            .filter(|probe| probe.kind == ProbeKind::Update)
        {
            let said = said_in(&consultation, &probe.superseded);
            assert!(
                probe
                    .reject
                    .iter()
                    .any(|value| said.contains(&plain(value))),
                "{}, probe {}: no rejected value stands in what it supersedes",
                file.display(),
                probe.id
            );
        }
    }
}

#[test]
fn the_demo_shows_what_it_is_for() {
    let file = consultations()
        .into_iter()
        .find(|file| file.ends_with("en-demo.json"));
    let demo = read(&file.expect("the demo"));
    let has = |wanted: fn(&Probe) -> bool| demo.probes.iter().any(wanted);
    assert!(
        has(|probe| probe.kind == ProbeKind::Update),
        "a corrected value"
    );
    assert!(
        has(|probe| probe.kind == ProbeKind::Abstain),
        "something never said"
    );
    assert!(
        has(|probe| !probe.question.is_ascii()),
        "a question in Chinese"
    );
    let last = demo.turns.len() as u32;
    assert!(
        demo.probes.iter().all(|probe| probe.after == last),
        "asked at the end"
    );
}
