//! The decoder against candle-transformers' on tiny random models: one format for
//! each way of multiplying, both families, tied and untied output.

use std::fs::File;
use std::ops::Range;

use candle_core::quantized::{GgmlDType, gguf_file};
use candle_core::{Device, Tensor};
use candle_transformers::models::{quantized_llama, quantized_qwen2};

use super::{AttentionMass, Config, Decoder, KvCache};
use crate::gguf::Gguf;
use crate::testing::{TempFile, TinyModel};

const TOKENS: usize = 48;

fn tokens() -> Vec<u32> {
    (0..TOKENS as u32).map(|i| (i * 37 + 11) % 261).collect()
}

fn load(file: &TempFile) -> Decoder {
    let gguf = Gguf::open(&file.path).unwrap();
    let config = Config::read(&gguf).unwrap();
    Decoder::load(&gguf, config, TOKENS).unwrap()
}

/// The logits after every token, read in chunks.
fn run(decoder: &Decoder, tokens: &[u32], chunk: usize) -> Vec<Vec<f32>> {
    let mut cache = KvCache::new(&decoder.config).unwrap();
    cache.reserve(tokens.len()).unwrap();
    let states = tokens
        .chunks(chunk)
        .map(|c| decoder.forward(c, &mut cache, None).unwrap());
    let logits = states.map(|s| decoder.logits(&s).unwrap().to_vec2::<f32>().unwrap());
    logits.flatten().collect()
}

type Forward = Box<dyn FnMut(&Tensor, usize) -> candle_core::Result<Tensor>>;

/// candle-transformers returns the last position only, so it goes one by one.
fn reference(file: &TempFile, family: &str, tokens: &[u32]) -> Vec<Vec<f32>> {
    let mut reader = File::open(&file.path).unwrap();
    let content = gguf_file::Content::read(&mut reader).unwrap();
    let device = Device::Cpu;
    let mut forward: Forward = match family {
        "qwen2" => {
            let model = quantized_qwen2::ModelWeights::from_gguf(content, &mut reader, &device);
            let mut model = model.unwrap();
            Box::new(move |x, position| model.forward(x, position))
        }
        _ => {
            let model = quantized_llama::ModelWeights::from_gguf(content, &mut reader, &device);
            let mut model = model.unwrap();
            Box::new(move |x, position| model.forward(x, position))
        }
    };
    let mut next = |(position, token): (usize, &u32)| {
        let x = Tensor::new(&[[*token]], &device).unwrap();
        forward(&x, position)
            .unwrap()
            .squeeze(0)
            .unwrap()
            .to_vec1::<f32>()
            .unwrap()
    };
    tokens.iter().enumerate().map(&mut next).collect()
}

/// The root mean square of the differences, as a share of that of the logits.
fn distance(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    let differences: f32 = pairs.map(|(x, y)| (x - y).powi(2)).sum();
    let size: f32 = b.iter().flatten().map(|y| y.powi(2)).sum();
    (differences / size).sqrt()
}

/// One format for each way of multiplying.
const FORMATS: [(GgmlDType, usize); 6] = [
    (GgmlDType::F32, 64),
    (GgmlDType::Q8_0, 64),
    (GgmlDType::Q4_1, 64),
    (GgmlDType::Q5_0, 64),
    (GgmlDType::Q4K, 256),
    (GgmlDType::Q6K, 256),
];

fn models() -> impl Iterator<Item = (&'static str, GgmlDType, TinyModel)> {
    let families = ["qwen2", "llama"].into_iter();
    families.flat_map(|family| {
        FORMATS.map(|(dtype, hidden)| {
            let mut model = TinyModel::new(family, hidden, dtype);
            if dtype == GgmlDType::Q8_0 {
                // Untied, with other weights than the embedding's.
                let other = TinyModel::new(family, hidden, GgmlDType::F16);
                let mut tensors = other.tensors.into_iter();
                let output = tensors.find(|(name, _)| name == "token_embd.weight");
                model
                    .tensors
                    .insert("output.weight".into(), output.unwrap().1);
            }
            (family, dtype, model)
        })
    })
}

/// Row by row the products are candle's own, with activations in 8 bits. Only for
/// Q4_K it takes other kernels than we do, so that there and where an activation
/// lies between two of its steps, the results differ.
#[test]
fn one_by_one_it_equals_the_reference() {
    for (family, dtype, model) in models() {
        let file = model.write();
        let expected = reference(&file, family, &tokens());
        let got = distance(&run(&load(&file), &tokens(), 1), &expected);
        let bound = if dtype == GgmlDType::F32 { 1e-5 } else { 0.05 };
        assert!(got < bound, "{family} {dtype:?}: {got}");
    }
}

/// In chunks the activations stay exact, so the reference is the same model with
/// its weights as `f32`; the K-formats are multiplied with activations in 8 bits.
#[test]
fn in_chunks_it_equals_the_reference_on_exact_weights() {
    for (family, dtype, model) in models() {
        let expected = reference(&model.dequantised().write(), family, &tokens());
        let decoder = load(&model.write());
        for chunk in [5, 16, TOKENS] {
            let got = distance(&run(&decoder, &tokens(), chunk), &expected);
            let exact = !matches!(dtype, GgmlDType::Q4K | GgmlDType::Q6K);
            let bound = if exact { 1e-5 } else { 0.05 };
            assert!(
                got < bound,
                "{family} {dtype:?} in chunks of {chunk}: {got}"
            );
        }
    }
}

#[test]
fn going_back_in_the_cache_forgets_what_followed() {
    let decoder = load(&TinyModel::new("qwen2", 64, GgmlDType::F32).write());
    let tokens = tokens();
    let mut cache = KvCache::new(&decoder.config).unwrap();
    cache.reserve(20).unwrap();
    decoder.forward(&tokens[..20], &mut cache, None).unwrap();
    cache.truncate(8);
    // Room is added while there is something to keep.
    cache.reserve(600).unwrap();
    let again = decoder.forward(&tokens[30..40], &mut cache, None).unwrap();
    let again = decoder.logits(&again).unwrap().to_vec2::<f32>().unwrap();
    let fresh = run(&decoder, &[&tokens[..8], &tokens[30..40]].concat(), 18);
    assert!(distance(&again, &fresh[8..]) < 1e-5);
}

fn share(mass: &AttentionMass, positions: Range<usize>) -> f32 {
    mass.share(&[positions])
}

#[test]
fn attention_shares_are_those_of_a_distribution() {
    let decoder = load(&TinyModel::new("llama", 64, GgmlDType::F32).write());
    let tokens = tokens();
    let mut cache = KvCache::new(&decoder.config).unwrap();
    cache.reserve(TOKENS).unwrap();
    let mut mass = AttentionMass::new(TOKENS);
    decoder.forward(&tokens[..30], &mut cache, None).unwrap();
    for token in &tokens[30..33] {
        decoder
            .forward(&[*token], &mut cache, Some(&mut mass))
            .unwrap();
    }
    let parts = [
        mass.share(&[0..10, 20..25]),
        share(&mass, 10..20),
        share(&mass, 25..33),
    ];
    assert!(parts.iter().all(|&share| share > 0.0));
    assert!((parts.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    assert_eq!(share(&mass, 33..TOKENS), 0.0);
    mass.clear();
    assert_eq!(share(&mass, 0..TOKENS), 0.0);
}

#[test]
fn a_token_outside_the_vocabulary_is_an_error() {
    let decoder = load(&TinyModel::new("qwen2", 64, GgmlDType::F32).write());
    let mut cache = KvCache::new(&decoder.config).unwrap();
    cache.reserve(1).unwrap();
    assert!(decoder.forward(&[9_999], &mut cache, None).is_err());
    assert_eq!(cache.len(), 0);
}
