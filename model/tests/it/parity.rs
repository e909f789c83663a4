//! Logits against candle-transformers' on the same file, over real dialogue.

use std::fs::File;
use std::path::Path;

use candle_core::quantized::gguf_file::Content;
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
fn reference(path: &Path, tokens: &[u32]) -> Vec<Vec<f32>> {
    let device = Device::Cpu;
    let mut file = File::open(path).unwrap();
    let content = Content::read(&mut file).unwrap();
    let family = content.metadata["general.architecture"]
        .to_string()
        .unwrap()
        .clone();
    let mut forward: Forward = if family == "qwen2" {
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

/// Both ways of reading against the reference, over the first `count` tokens.
///
/// Read one by one, the products are the reference's own but for Q4_K, where it
/// takes other kernels. Read in chunks, weights are multiplied with exact instead
/// of 8-bit activations (with 8-bit ones for the K formats), so the logits differ
/// by what that rounding costs; where they are this near, the best token only
/// changes between two that are nearly as good.
fn check(path: &Path, count: usize) {
    let mut model = LocalModel::open(path, OpenOptions::default()).unwrap();
    let tokens = model.tokenizer().encode(&dialogue());
    let tokens = &tokens[..count];
    let expected = reference(path, tokens);
    for (chunk, top_1, typical) in [(1, 0.97, 0.2), (128, 0.93, 0.3)] {
        let got = compare(&model.logits(tokens, chunk).unwrap(), &expected);
        let Agreement {
            top_1: same,
            largest,
            typical: rms,
        } = got;
        eprintln!(
            "{path:?}, chunks of {chunk}: top-1 {same:.4}, largest {largest:.4}, rms {rms:.5}"
        );
        assert!(same >= top_1 && rms <= typical);
    }
}

#[test]
fn the_small_model_equals_the_reference() {
    check(&models::small(), 512);
}

#[test]
fn the_qwen2_models_equal_the_reference() {
    for name in ["qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"] {
        if let Some(path) = models::installed(name) {
            check(&path, 64);
        }
    }
}
