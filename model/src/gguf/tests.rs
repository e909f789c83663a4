use std::sync::LazyLock;

use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::Value;
use proptest::prelude::*;

use super::{Gguf, GgufError, inspect};
use crate::error::OpenModelError;
use crate::local::{LocalModel, OpenOptions};
use crate::testing::{TempFile, TinyModel};

fn tiny() -> TinyModel {
    TinyModel::new("qwen2", 64, GgmlDType::Q8_0)
}

fn open(bytes: &[u8]) -> Result<LocalModel, OpenModelError> {
    LocalModel::open(&TempFile::new(bytes).path, OpenOptions::default())
}

fn message(model: &TinyModel) -> String {
    match open(&model.bytes()) {
        Ok(_) => panic!("the model should not open"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_text_file_is_no_gguf() {
    for bytes in [&b""[..], b"GGU", b"hello, this is a letter"] {
        let error = Gguf::open(&TempFile::new(bytes).path).unwrap_err();
        assert!(matches!(error, GgufError::NotGguf { .. }), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Gguf::open("/nowhere/model.gguf").unwrap_err();
    assert!(error.to_string().contains("/nowhere/model.gguf"), "{error}");
}

#[test]
fn another_version_is_refused() {
    let error = Gguf::open(&TempFile::new(b"GGUF\x09\0\0\0").path).unwrap_err();
    assert!(
        matches!(error, GgufError::Version { version: 9, .. }),
        "{error}"
    );
}

#[test]
fn a_cut_file_names_the_tensor_and_both_lengths() {
    let bytes = tiny().bytes();
    let cut = bytes.len() - 100;
    match Gguf::open(&TempFile::new(&bytes[..cut]).path).unwrap_err() {
        GgufError::Truncated {
            tensor,
            expected,
            actual,
            ..
        } => {
            assert_eq!(tensor, "token_embd.weight");
            assert_eq!(actual, cut as u64);
            assert!(expected > actual && expected <= bytes.len() as u64);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn an_unknown_family_names_the_supported_ones() {
    let mut model = tiny();
    model.set("general.architecture", Value::String("mamba".into()));
    let message = message(&model);
    for word in ["mamba", "qwen2", "llama"] {
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn an_unknown_pre_tokenizer_is_named() {
    let mut model = tiny();
    model.set("tokenizer.ggml.pre", Value::String("tekken".into()));
    assert!(message(&model).contains("tekken"));
}

#[test]
fn another_chat_template_is_refused() {
    let mut model = tiny();
    model.set("tokenizer.chat_template", Value::String("[INST]".into()));
    assert!(message(&model).contains("ChatML"));
}

#[test]
fn what_is_missing_is_named() {
    for key in ["qwen2.block_count", "tokenizer.ggml.tokens"] {
        let mut model = tiny();
        model.metadata.remove(key);
        assert!(message(&model).contains(key));
    }
    let mut model = tiny();
    model.tensors.remove("blk.1.attn_k.weight");
    assert!(message(&model).contains("blk.1.attn_k.weight"));
}

#[test]
fn metadata_that_contradicts_the_tensors_is_refused() {
    let mut model = tiny();
    model.set("qwen2.feed_forward_length", Value::U32(96));
    assert!(message(&model).contains("blk.0.ffn_gate.weight"));
    let mut model = tiny();
    model.set("qwen2.attention.head_count_kv", Value::U32(3));
    assert!(message(&model).contains("do not fit together"));
    let mut model = tiny();
    model.set("qwen2.rope.scaling.type", Value::String("yarn".into()));
    assert!(message(&model).contains("rotary"));
}

#[test]
fn inspect_tells_the_figures() {
    let file = tiny().write();
    let info = inspect(&file.path).unwrap();
    assert_eq!(info.name, "tiny");
    assert_eq!(info.family, "qwen2");
    assert_eq!((info.layers, info.heads, info.kv_heads), (3, 4, 2));
    assert_eq!(
        (info.hidden, info.feed_forward, info.context),
        (64, 128, 512)
    );
    assert_eq!(info.vocabulary, 261);
    let formats: Vec<_> = info
        .quantisation
        .iter()
        .map(|q| (&q.format[..], q.tensors))
        .collect();
    assert_eq!(formats, [("Q8_0", 22), ("F32", 16)]);
    let weights = 261 * 64 + 3 * (64 * 64 * 3 + 64 * 128 * 3);
    let vectors = 64 + 3 * (64 * 2 + 128);
    assert_eq!(info.parameters, weights + vectors);
    assert_eq!(info.bytes, file.path.metadata().unwrap().len());
}

#[test]
fn a_zero_alignment_is_an_error() {
    let mut model = tiny();
    model.set("general.alignment", Value::U32(0));
    assert!(message(&model).contains("general.alignment"));
}

static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| tiny().bytes());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_cut_file_opens(share in 0.0..1.0f64) {
        let cut = (BYTES.len() - 32) as f64 * share;
        prop_assert!(open(&BYTES[..cut as usize]).is_err());
    }

    /// Broken bytes in the header may go unnoticed, but never panic.
    #[test]
    fn no_broken_header_panics(at in 4usize..9_000, byte: u8) {
        let mut bytes = BYTES.clone();
        bytes[at] = byte;
        let _ = open(&bytes);
    }
}
