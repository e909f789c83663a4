use super::super::tests::Talk;
use super::super::{Evidence, Question, Ranking, retrieve};
use super::*;
use std::ops::ControlFlow;

const TALK: [&str; 8] = [
    "My landlord is Callum and I live in Leeds.",
    "How can I help?",
    "The boiler broke in March and the kitchen was cold.",
    "Did you write to him?",
    "I wrote to him about the boiler twice.",
    "What did he answer?",
    "He said the plumber would come on Friday.",
    "Keep his letters.",
];

/// Questions whose answers no shared word gives away.
const TOYS: [(&str, u32); 3] = [
    ("Which town is it?", 1),
    ("Who was promised for the boiler?", 7),
    ("How often did I complain about the boiler?", 5),
];

fn example(talk: &Talk, text: &str, evidence: &[u32]) -> Example {
    let question = Question {
        text,
        embedding: None,
        nudges: &[],
    };
    let label = Label {
        evidence: evidence.iter().copied().map(TurnId).collect(),
        outdated: Vec::new(),
    };
    Example::new(&talk.view(), &question, label)
}

fn toys() -> Vec<Example> {
    let talk = Talk::new(&TALK);
    let mut toys = TOYS
        .map(|(text, gold)| example(&talk, text, &[gold]))
        .to_vec();
    toys.push(example(&talk, "Has the dog been vaccinated?", &[]));
    toys
}

/// Long enough to learn the toys by heart.
fn by_heart() -> Settings {
    Settings {
        epochs: 60,
        learning_rate: 1e-2,
        dropout: 0.0,
        ..Settings::default()
    }
}

fn learnt(settings: &Settings) -> Trained {
    train(
        &toys(),
        &[],
        settings,
        &mut |_, _| ControlFlow::Continue(()),
    )
    .unwrap()
}

fn values(network: &Network) -> Vec<f32> {
    let value = |variable: &candle_core::Var| variable.flatten_all()?.to_vec1::<f32>();
    let variables = network.parameters.variables();
    variables
        .flat_map(|variable| value(variable).unwrap())
        .collect()
}

#[test]
fn untrained_it_ranks_exactly_as_the_hybrid() {
    let talk = Talk::new(&TALK);
    let network = Network::new(Features::Turn, 7);
    let mut view = talk.view();
    view.network = Some(&network);
    for (text, _) in TOYS {
        let question = Question {
            text,
            embedding: None,
            nudges: &[],
        };
        let gat = retrieve(&view, &question, Ranking::Gat, 20);
        let hybrid = retrieve(&view, &question, Ranking::Hybrid, 20);
        let ranked = |evidence: Evidence| -> Vec<TurnId> {
            let turns = evidence.turns.into_iter();
            turns.map(|ranked| ranked.turn).collect()
        };
        assert_eq!(ranked(gat), ranked(hybrid));
    }
}

#[test]
fn it_learns_what_it_is_shown_and_when_there_is_no_answer() {
    let Trained {
        network,
        epochs,
        best,
    } = learnt(&by_heart());
    assert_eq!((best, epochs.len()), (60, 60));
    assert!(epochs[59].training_loss < 0.2 * epochs[0].training_loss);
    for toy in toys() {
        let (ranked, answerable) = toy.ranked(&network);
        let evidence = &toy.label().evidence;
        match evidence.first() {
            Some(gold) => assert_eq!(ranked.first(), Some(gold)),
            None => assert!(answerable < 0.5, "{answerable}"),
        }
        assert!(evidence.is_empty() || answerable > 0.5, "{answerable}");
    }
}

#[test]
fn the_seed_and_the_examples_decide_the_weights() {
    let settings = Settings {
        epochs: 2,
        ..Settings::default()
    };
    let other = Settings {
        seed: 2,
        ..settings
    };
    let weights = |settings: &Settings| values(&learnt(settings).network);
    assert_eq!(weights(&settings), weights(&settings));
    assert_ne!(weights(&settings), weights(&other));
    let count = Network::new(Features::Turn, 1).size();
    assert!((20_000..60_000).contains(&count), "{count} weights");
}

#[test]
fn the_hybrid_can_be_made_to_count_more_beside_what_was_learnt() {
    let talk = Talk::new(&TALK);
    let as_learnt = learnt(&by_heart()).network;
    let drowned = learnt(&Settings {
        hybrid: Some(1e6),
        ..by_heart()
    });
    assert_eq!(drowned.network.size(), as_learnt.size());
    let mut view = talk.view();
    view.network = Some(&drowned.network);
    for (text, _) in TOYS {
        let question = Question {
            text,
            embedding: None,
            nudges: &[],
        };
        let first = |ranking| {
            let found = retrieve(&view, &question, ranking, 20);
            found.turns.first().map(|ranked| ranked.turn)
        };
        assert_eq!(first(Ranking::Gat), first(Ranking::Hybrid));
    }
}

#[test]
fn training_stops_when_held_out_questions_get_worse() {
    let talk = Talk::new(&TALK);
    let opposite = [example(&talk, TOYS[1].0, &[2])];
    let mut go_on = |_, _| ControlFlow::Continue(());
    let trained = train(&toys(), &opposite, &by_heart(), &mut go_on).unwrap();
    let losses = || {
        trained
            .epochs
            .iter()
            .filter_map(|epoch| epoch.held_out_loss)
    };
    assert!(trained.epochs.len() < 60);
    let least = losses().fold(f64::MAX, f64::min);
    assert_eq!(trained.epochs[trained.best - 1].held_out_loss, Some(least));
}

#[test]
fn nothing_to_learn_and_a_wish_to_stop_are_told() {
    let settings = Settings::default();
    let none = train(&[], &[], &settings, &mut |_, _| ControlFlow::Continue(()));
    assert!(matches!(none, Err(TrainError::NoExamples)));
    let stopped = train(&toys(), &[], &settings, &mut |_, _| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(TrainError::Stopped)));
}

#[test]
fn wiring_changes_what_a_trained_network_sees() {
    let talk = Talk::new(&TALK);
    let network = learnt(&by_heart()).network;
    let scores = |wiring| {
        let example = example(&talk, TOYS[1].0, &[7]).rewired(wiring, 3);
        example.ranked(&network).1
    };
    assert_ne!(scores(Wiring::Graph), scores(Wiring::Unlinked));
    assert_ne!(scores(Wiring::Graph), scores(Wiring::Shuffled));
}

#[test]
fn weights_survive_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gat.safetensors");
    let network = learnt(&by_heart()).network;
    network.save(&file).unwrap();
    assert_eq!(values(&Network::load(&file).unwrap()), values(&network));
}

#[test]
fn the_shipped_weights_are_trained() {
    let untrained = Network::new(Features::Turn, 1);
    assert_ne!(values(&Network::shipped()), values(&untrained));
}

#[test]
fn other_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.safetensors");
    let message = |file: &Path| Network::load(file).unwrap_err().to_string();
    assert!(message(&file).contains("other.safetensors"));

    std::fs::write(&file, b"not safetensors").unwrap();
    assert!(message(&file).contains("no weights of this graph attention network"));

    let tensor = Tensor::zeros((2, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
    let tensors = std::collections::HashMap::from([("scale".to_string(), tensor)]);
    candle_core::safetensors::save(&tensors, &file).unwrap();
    assert!(message(&file).contains("header"));
}

#[test]
fn weights_of_another_shape_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shape.safetensors");
    Network::new(Features::WithContext, 1).save(&file).unwrap();
    let message = Network::load(&file).unwrap_err().to_string();
    assert!(
        message.contains("turn.weight is [53, 48] instead of [37, 48]"),
        "{message}"
    );
}
