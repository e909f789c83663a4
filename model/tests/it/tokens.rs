//! Token ids against llama.cpp's, on a fixture made with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use estoppel_model::{Gguf, Tokenizer};
use serde::Deserialize;

use crate::models;

#[derive(Deserialize)]
struct Fixture {
    models: BTreeMap<String, Vec<Case>>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
}

fn cases(model: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tokens.json");
    let text = std::fs::read_to_string(path).unwrap();
    let mut fixture: Fixture = serde_json::from_str(&text).unwrap();
    fixture.models.remove(model).unwrap()
}

fn tokenizer(path: PathBuf) -> Tokenizer {
    Tokenizer::from_gguf(&Gguf::open(path).unwrap()).unwrap()
}

fn assert_equal_ids(model: &str, tokenizer: &Tokenizer) {
    let cases = cases(model);
    assert!(cases.len() >= 60);
    for Case { text, ids } in cases {
        assert_eq!(tokenizer.encode(&text), ids, "{model}: {text:?}");
        assert_eq!(tokenizer.decode(&ids), text);
    }
}

#[test]
fn smollm_ids_equal_llama_cpp() {
    assert_equal_ids("smollm2-135m-instruct", &tokenizer(models::small()));
}

#[test]
fn qwen2_ids_equal_llama_cpp() {
    let model = "qwen2.5-coder-0.5b-instruct";
    if let Some(path) = models::installed(model) {
        assert_equal_ids(model, &tokenizer(path));
    }
}

#[test]
fn a_megabyte_of_anything_is_tokenised() {
    let tokenizer = tokenizer(models::small());
    for piece in [" ", "\n", "a", "7", "押", "ab 12, 租金\r\n"] {
        let text = piece.repeat((1 << 20) / piece.len());
        assert_eq!(
            tokenizer.decode(&tokenizer.encode(&text)),
            text,
            "{piece:?}"
        );
    }
}
