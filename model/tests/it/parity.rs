//! Logits against candle-transformers' on the same file, over real dialogue.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use candle_core::quantized::gguf_file::{self, Content};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use candle_transformers::models::{quantized_llama, quantized_qwen2};
use estoppel_model::{LocalModel, OpenOptions};

use crate::models;

/// The turns of the project's own consultations, English and Chinese in turn.
fn dialogue() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/consultations");
    let turns = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        let turns = file["turns"].as_array().unwrap().iter();
        turns
            .map(|turn| turn["text"].as_str().unwrap().to_owned())
            .collect()
    };
    let pairs = turns("en-demo.json")
        .into_iter()
        .zip(turns("zh-traffic.json"));
    pairs.map(|(en, zh)| format!("{en}\n{zh}\n")).collect()
}

type Forward = Box<dyn FnMut(&Tensor, usize) -> candle_core::Result<Tensor>>;

/// The logits after each token; the reference gives one position at a time.
fn reference(mut file: impl Read + Seek, tokens: &[u32]) -> Vec<Vec<f32>> {
    let device = Device::Cpu;
    let content = Content::read(&mut file).unwrap();
    let family = content.metadata["general.architecture"].to_string();
    let mut forward: Forward = if family.unwrap() == "qwen2" {
        let model = quantized_qwen2::ModelWeights::from_gguf(content, &mut file, &device);
        let mut model = model.unwrap();
        Box::new(move |x, position| model.forward(x, position))
    } else {
        let model = quantized_llama::ModelWeights::from_gguf(content, &mut file, &device);
        let mut model = model.unwrap();
        Box::new(move |x, position| model.forward(x, position))
    };
    let mut logits = Vec::new();
    for (position, token) in tokens.iter().enumerate() {
        let x = Tensor::new(&[[*token]], &device).unwrap();
        let row = forward(&x, position).unwrap().squeeze(0).unwrap();
        logits.push(row.to_vec1::<f32>().unwrap());
    }
    logits
}

/// The same model with its weights as `f32`, which both sides multiply with exact
/// activations.
fn dequantised(path: &Path) -> tempfile::NamedTempFile {
    let mut file = File::open(path).unwrap();
    let content = Content::read(&mut file).unwrap();
    let mut exact = |name: &String| {
        let values = content.tensor(&mut file, name, &Device::Cpu).unwrap();
        let values = values.dequantize(&Device::Cpu).unwrap();
        QTensor::quantize(&values, GgmlDType::F32).unwrap()
    };
    let names = content.tensor_infos.keys();
    let tensors: Vec<_> = names.map(|name| (name.as_str(), exact(name))).collect();
    let tensors: Vec<_> = tensors
        .iter()
        .map(|(name, tensor)| (*name, tensor))
        .collect();
    let metadata = content.metadata.iter();
    let metadata: Vec<_> = metadata.map(|(key, value)| (key.as_str(), value)).collect();
    let mut copy = tempfile::NamedTempFile::with_suffix(".gguf").unwrap();
    gguf_file::write(copy.as_file_mut(), &metadata, &tensors).unwrap();
    copy
}

#[derive(Debug)]
struct Agreement {
    /// Share of positions with the same best token.
    top_1: f32,
    largest: f32,
    /// Root mean square of the differences.
    typical: f32,
}

fn compare(a: &[Vec<f32>], b: &[Vec<f32>]) -> Agreement {
    let best = |row: &Vec<f32>| {
        row.iter()
            .enumerate()
            .max_by(|x, y| x.1.total_cmp(y.1))
            .unwrap()
            .0
    };
    let same = a.iter().zip(b).filter(|(a, b)| best(a) == best(b)).count();
    let differences = || {
        a.iter()
            .flatten()
            .zip(b.iter().flatten())
            .map(|(x, y)| (x - y).abs())
    };
    let squares: f64 = differences().map(|d| f64::from(d * d)).sum();
    Agreement {
        top_1: same as f32 / b.len() as f32,
        largest: differences().fold(0.0, f32::max),
        typical: (squares / differences().count() as f64).sqrt() as f32,
    }
}

fn open(path: &Path, count: usize) -> (LocalModel, Vec<u32>) {
    let model = LocalModel::open(path, OpenOptions::default()).unwrap();
    let mut tokens = model.tokenizer().encode(&dialogue());
    tokens.truncate(count);
    assert_eq!(tokens.len(), count);
    (model, tokens)
}

/// On the same file, both sides round every activation to 8 bits, though for some
/// formats in blocks of other sizes. A difference of one unit in the last place
/// anywhere moves some activation to its next step, which moves others; so two right
/// decoders differ by as much as that rounding costs, and agree on the best token
/// unless two are nearly as good.
fn check_same_file(path: &Path, count: usize) {
    let (mut model, tokens) = open(path, count);
    let expected = reference(File::open(path).unwrap(), &tokens);
    for chunk in [1, 128] {
        let got = compare(&model.logits(&tokens, chunk).unwrap(), &expected);
        eprintln!(
            "{}, {count} tokens, chunks of {chunk}: {got:?}",
            path.display()
        );
        assert!(got.top_1 >= 0.9 && got.typical <= 0.3, "{got:?}");
    }
}

#[test]
fn the_small_model_equals_the_reference_to_the_rounding_of_activations() {
    check_same_file(&models::small(), 512);
}

#[test]
fn the_qwen2_models_equal_the_reference_to_the_rounding_of_activations() {
    for name in ["qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"] {
        if let Some(path) = models::installed(name) {
            check_same_file(&path, 64);
        }
    }
}

/// Without that rounding nothing is left but keys and values as half floats.
#[test]
fn on_exact_activations_the_small_model_equals_the_reference() {
    let copy = dequantised(&models::small());
    let (mut model, tokens) = open(copy.path(), 128);
    let expected = reference(File::open(copy.path()).unwrap(), &tokens);
    let got = compare(&model.logits(&tokens, 64).unwrap(), &expected);
    eprintln!("135M, exact activations: {got:?}");
    assert!(got.top_1 >= 0.99 && got.largest < 0.1, "{got:?}");
}
