//! Tiny models with random weights, for tests.

use std::collections::BTreeMap;
use std::path::PathBuf;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tempfile::TempDir;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

/// A GGUF file in the making; tests change what they are about.
pub(crate) struct TinyModel {
    pub(crate) metadata: BTreeMap<String, Value>,
    pub(crate) tensors: BTreeMap<String, QTensor>,
}

const LAYERS: usize = 3;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const CONTROL: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

impl TinyModel {
    /// Three layers, four query heads over two key heads, a vocabulary of bytes;
    /// the width must fit the blocks of `dtype`.
    pub(crate) fn new(family: &str, hidden: usize, dtype: GgmlDType) -> Self {
        let feed_forward = 2 * hidden;
        let mut model = Self {
            metadata: BTreeMap::new(),
            tensors: BTreeMap::new(),
        };
        for (key, n) in [
            ("block_count", LAYERS),
            ("context_length", 512),
            ("embedding_length", hidden),
            ("feed_forward_length", feed_forward),
            ("attention.head_count", HEADS),
            ("attention.head_count_kv", KV_HEADS),
            ("rope.dimension_count", hidden / HEADS),
        ] {
            model.set(&format!("{family}.{key}"), Value::U32(n as u32));
        }
        model.set("general.architecture", Value::String(family.into()));
        model.set(&format!("{family}.rope.freq_base"), Value::F32(1e5));
        let epsilon = format!("{family}.attention.layer_norm_rms_epsilon");
        model.set(&epsilon, Value::F32(1e-6));
        let vocabulary = model.add_vocabulary();

        let mut weights = Weights(StdRng::seed_from_u64(1), dtype);
        let kv = hidden / HEADS * KV_HEADS;
        let mut add = |name: String, tensor| model.tensors.insert(name, tensor);
        add(
            "token_embd.weight".into(),
            weights.matrix(vocabulary, hidden),
        );
        add("output_norm.weight".into(), weights.norm(hidden));
        for layer in 0..LAYERS {
            let name = |part: &str| format!("blk.{layer}.{part}");
            add(name("attn_norm.weight"), weights.norm(hidden));
            add(name("ffn_norm.weight"), weights.norm(hidden));
            for (part, rows) in [("attn_q", hidden), ("attn_k", kv), ("attn_v", kv)] {
                add(
                    name(&format!("{part}.weight")),
                    weights.matrix(rows, hidden),
                );
                if family == "qwen2" {
                    add(name(&format!("{part}.bias")), weights.norm(rows));
                }
            }
            add(name("attn_output.weight"), weights.matrix(hidden, hidden));
            add(
                name("ffn_gate.weight"),
                weights.matrix(feed_forward, hidden),
            );
            add(name("ffn_up.weight"), weights.matrix(feed_forward, hidden));
            add(
                name("ffn_down.weight"),
                weights.matrix(hidden, feed_forward),
            );
        }
        model
    }

    pub(crate) fn set(&mut self, key: &str, value: Value) {
        self.metadata.insert(key.to_owned(), value);
    }

    /// A token for every byte, two merges and the marks of ChatML.
    fn add_vocabulary(&mut self) -> usize {
        let mut tokens: Vec<String> = ByteLevel::alphabet().iter().map(char::to_string).collect();
        tokens.sort();
        tokens.extend(["Ġt".into(), "he".into()]);
        let types = tokens.iter().map(|_| 1).chain(CONTROL.map(|_| 3));
        let types = types.map(Value::I32).collect();
        tokens.extend(CONTROL.map(str::to_owned));
        let count = tokens.len();
        let strings =
            |texts: Vec<String>| Value::Array(texts.into_iter().map(Value::String).collect());
        self.set("tokenizer.ggml.model", Value::String("gpt2".into()));
        self.set("tokenizer.ggml.pre", Value::String("qwen2".into()));
        self.set("tokenizer.ggml.tokens", strings(tokens));
        self.set("tokenizer.ggml.token_type", Value::Array(types));
        self.set(
            "tokenizer.ggml.merges",
            strings(vec!["Ġ t".into(), "h e".into()]),
        );
        self.set("tokenizer.chat_template", Value::String(CONTROL.concat()));
        count
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let metadata: Vec<_> = self.metadata.iter().map(|(k, v)| (k.as_str(), v)).collect();
        let tensors: Vec<_> = self.tensors.iter().map(|(k, t)| (k.as_str(), t)).collect();
        let mut file = std::io::Cursor::new(Vec::new());
        gguf_file::write(&mut file, &metadata, &tensors).unwrap();
        file.into_inner()
    }

    pub(crate) fn write(&self) -> TempFile {
        TempFile::new(&self.bytes())
    }
}

/// A file that is deleted with its folder.
pub(crate) struct TempFile {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl TempFile {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tiny.gguf");
        std::fs::write(&path, bytes).unwrap();
        Self {
            _folder: folder,
            path,
        }
    }
}

struct Weights(StdRng, GgmlDType);

impl Weights {
    fn values(&mut self, count: usize, range: std::ops::Range<f32>) -> Vec<f32> {
        (0..count)
            .map(|_| self.0.random_range(range.clone()))
            .collect()
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> QTensor {
        let scale = (columns as f32).powf(-0.5) * 2.0;
        let values = self.values(rows * columns, -scale..scale);
        let tensor = Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap();
        QTensor::quantize(&tensor, self.1).unwrap()
    }

    fn norm(&mut self, len: usize) -> QTensor {
        let tensor = Tensor::from_vec(self.values(len, 0.5..1.5), len, &Device::Cpu).unwrap();
        QTensor::quantize(&tensor, GgmlDType::F32).unwrap()
    }
}
