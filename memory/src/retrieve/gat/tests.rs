use candle_core::{DType, IndexOp, Var};
use candle_nn::ops::log_softmax;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};

use super::super::tests::Talk;
use super::super::{Question, Ranking, retrieve};
use super::*;

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

fn subgraph(talk: &Talk, text: &str) -> Subgraph {
    let view = talk.view();
    let signals = Signals::new(&view, &Question { text, vector: None });
    let candidates = Candidates::gather(&view, &signals);
    Subgraph::new(&view, &signals, &candidates)
}

fn loss(network: &Network, toys: &[(Subgraph, usize)]) -> Tensor {
    let losses: Vec<Tensor> = toys
        .iter()
        .map(|(graph, gold)| {
            let scores = network.forward(graph).unwrap().unsqueeze(0).unwrap();
            let logs = log_softmax(&scores, 1).unwrap();
            logs.i((0, *gold)).unwrap().neg().unwrap()
        })
        .collect();
    Tensor::stack(&losses, 0).unwrap().mean(0).unwrap()
}

fn variables(network: &Network) -> Vec<Var> {
    network
        .parameters
        .by_name()
        .map(|(_, variable)| variable.clone())
        .collect()
}

#[test]
fn untrained_it_ranks_exactly_as_the_hybrid() {
    let talk = Talk::new(&TALK);
    let network = Network::new(7);
    let mut view = talk.view();
    view.network = Some(&network);
    for (text, _) in TOYS {
        let question = Question { text, vector: None };
        let gat = retrieve(&view, &question, Ranking::Gat, 20);
        let hybrid = retrieve(&view, &question, Ranking::Hybrid, 20);
        assert_eq!(gat, hybrid);
    }
    let graph = subgraph(&talk, TOYS[0].0);
    let scores: Vec<f32> = network.forward(&graph).unwrap().to_vec1().unwrap();
    let inputs = graph.tensors(&Device::Cpu).unwrap();
    assert_eq!(scores, inputs.hybrid.to_vec1::<f32>().unwrap());
}

#[test]
fn gradients_reach_every_weight_once_the_gate_opens() {
    let talk = Talk::new(&TALK);
    let network = Network::new(7);
    let toys: Vec<(Subgraph, usize)> = TOYS
        .map(|(text, gold)| (subgraph(&talk, text), gold as usize - 1))
        .into();
    let settings = ParamsAdamW {
        lr: 1e-2,
        ..ParamsAdamW::default()
    };
    let mut optimiser = AdamW::new(variables(&network), settings).unwrap();
    let before = loss(&network, &toys).to_scalar::<f32>().unwrap();
    for _ in 0..150 {
        optimiser.backward_step(&loss(&network, &toys)).unwrap();
    }
    let after = loss(&network, &toys);
    let gate = network.gate.i(0).unwrap().to_scalar::<f32>().unwrap();
    assert!(gate != 0.0);
    let value = after.to_scalar::<f32>().unwrap();
    assert!(value < 0.1 && value < before, "{before} to {value}");

    let gradients = after.backward().unwrap();
    for (name, variable) in network.parameters.by_name() {
        let gradient = gradients
            .get(variable)
            .unwrap_or_else(|| panic!("{name} has no gradient"));
        let size = gradient
            .abs()
            .unwrap()
            .sum_all()
            .unwrap()
            .to_scalar::<f32>()
            .unwrap();
        // These two shift all scores alike, which a listwise loss does not see.
        let shift = ["logit.bias", "norm.bias"].contains(&name);
        assert!(shift || size > 0.0, "{name} has a zero gradient");
    }

    for (graph, gold) in &toys {
        let scores: Vec<f32> = network.forward(graph).unwrap().to_vec1().unwrap();
        let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        assert_eq!(best, Some(*gold));
    }
}

#[test]
fn weights_survive_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gat.safetensors");
    let network = Network::new(3);
    network
        .parameters
        .by_name()
        .find(|(name, _)| *name == "gate")
        .unwrap()
        .1
        .set(&Tensor::new(&[0.5f32], &Device::Cpu).unwrap())
        .unwrap();
    network.save(&file).unwrap();
    let again = Network::load(&file).unwrap();
    let graph = subgraph(&Talk::new(&TALK), TOYS[1].0);
    let scores = |network: &Network| network.forward(&graph).unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(scores(&network), scores(&again));
    assert_ne!(scores(&network), scores(&Network::new(3)));
}

#[test]
fn the_seed_alone_decides_the_weights() {
    let values = |seed| {
        variables(&Network::new(seed))
            .iter()
            .flat_map(|variable| variable.flatten_all().unwrap().to_vec1::<f32>().unwrap())
            .collect::<Vec<f32>>()
    };
    assert_eq!(values(1), values(1));
    assert_ne!(values(1), values(2));
    let count = values(1).len();
    assert!((20_000..60_000).contains(&count), "{count} weights");
}

#[test]
fn other_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.safetensors");
    let message = |file: &Path| Network::load(file).unwrap_err().to_string();
    assert!(message(&file).contains("other.safetensors"));

    std::fs::write(&file, b"not safetensors").unwrap();
    assert!(message(&file).contains("no weights of this graph attention network"));

    let tensor = Tensor::zeros((2, 2), DType::F32, &Device::Cpu).unwrap();
    let tensors = std::collections::HashMap::from([("gate".to_string(), tensor)]);
    candle_core::safetensors::save(&tensors, &file).unwrap();
    assert!(message(&file).contains("header"));
}

#[test]
fn weights_of_another_shape_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shape.safetensors");
    let mut parameters = Parameters::random(1);
    parameters.matrix("turn.weight", NODE + 1, HIDDEN).unwrap();
    parameters.save(&file).unwrap();
    let message = Network::load(&file).unwrap_err().to_string();
    assert!(
        message.contains("turn.weight is [26, 48] instead of [25, 48]"),
        "{message}"
    );
}
