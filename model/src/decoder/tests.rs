//! The decoder against candle-transformers' and against itself, on tiny random models.

use std::fs::File;
use std::num::NonZero;

use candle_core::quantized::{GgmlDType, gguf_file};
use candle_core::{Device, Tensor};
use candle_transformers::models::{quantized_llama, quantized_qwen2};

use super::{
    Adapter, Config, Decoder, FeedForwardAdapter, Halves, Head, HeadAttention, KvSink,
    LayerAdapter, LowRank, Meter, Pages, Pass,
};
use crate::attention::{Attention, Budget, Candidates, Precision, Sparse};
use crate::gguf::Gguf;
use crate::kernels::Team;
use crate::testing::{TempFile, TinyModel};

mod coarse;

const TOKENS: usize = 48;

fn tokens() -> Vec<u32> {
    (0..TOKENS as u32).map(|i| (i * 37 + 11) % 261).collect()
}

fn load(file: &TempFile) -> Decoder {
    let gguf = Gguf::open(&file.path).unwrap();
    let config = Config::read(&gguf).unwrap();
    let team = Team::new(NonZero::new(2).unwrap());
    Decoder::load(&gguf, config, 512, team, &mut |_, _| {}).unwrap()
}

fn pass(attention: Attention, meter: &mut Meter) -> Pass<'_> {
    Pass {
        attention,
        focus: &[],
        meter,
        sink: None,
    }
}

fn read(
    decoder: &Decoder,
    tokens: &[u32],
    pages: &mut Pages,
    attention: Attention,
) -> Vec<Vec<f32>> {
    let states = decoder.forward(tokens, pages, pass(attention, &mut Meter::default()));
    let logits = decoder.logits(&states);
    let rows = logits.chunks_exact(decoder.config.vocabulary);
    rows.map(<[f32]>::to_vec).collect()
}

/// The logits after every token, read in chunks.
fn run_with(
    decoder: &Decoder,
    tokens: &[u32],
    chunk: usize,
    attention: Attention,
) -> Vec<Vec<f32>> {
    let mut pages = Pages::new(&decoder.config);
    pages.reserve(tokens.len());
    let chunks = tokens.chunks(chunk);
    chunks
        .flat_map(|c| read(decoder, c, &mut pages, attention))
        .collect()
}

fn run(decoder: &Decoder, tokens: &[u32], chunk: usize) -> Vec<Vec<f32>> {
    run_with(decoder, tokens, chunk, Attention::Dense)
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

/// One format for each way of packing, and one that is not packed.
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

/// candle rounds activations to 8 bits in other blocks for some formats, and its
/// keys and values are `f32`.
#[test]
fn it_equals_the_reference() {
    for (family, dtype, model) in models() {
        let file = model.write();
        let expected = reference(&file, family, &tokens());
        let got = distance(&run(&load(&file), &tokens(), 16), &expected);
        let bound = if dtype == GgmlDType::F32 { 2e-3 } else { 0.05 };
        assert!(got < bound, "{family} {dtype:?}: {got}");
    }
}

fn many(n: u32) -> Vec<u32> {
    (0..n).map(|i| (i * i * 7 + i * 37 + 11) % 261).collect()
}

#[test]
fn chunks_give_the_bits_of_token_by_token() {
    for (dtype, hidden) in [(GgmlDType::Q8_0, 64), (GgmlDType::Q4K, 256)] {
        let decoder = load(&TinyModel::new("qwen2", hidden, dtype).write());
        let tokens = many(150);
        let one_by_one = run(&decoder, &tokens, 1);
        for chunk in [7, 32, 150] {
            assert!(
                run(&decoder, &tokens, chunk) == one_by_one,
                "{dtype:?} {chunk}"
            );
        }
    }
}

/// Sparse from the first token on.
fn sparse(budget: Budget) -> Sparse {
    Sparse {
        budget,
        dense_below: 0,
        sinks: 2,
        window: 8,
        skip: None,
        ..Sparse::default()
    }
}

#[test]
fn a_whole_budget_gives_the_bits_of_dense_attention() {
    for (family, dtype) in [("qwen2", GgmlDType::Q8_0), ("llama", GgmlDType::F32)] {
        let decoder = load(&TinyModel::new(family, 64, dtype).write());
        let tokens = many(200);
        let dense = run(&decoder, &tokens, 1);
        let whole = Attention::Sparse(sparse(Budget::share(1.0)));
        assert!(run_with(&decoder, &tokens, 1, whole) == dense);
        let some = Attention::Sparse(sparse(Budget::share(0.2)));
        let some = run_with(&decoder, &tokens, 1, some);
        assert!(some != dense);
    }
}

#[test]
fn rows_behind_a_question_are_looked_from_as_its_tokens_are() {
    let decoder = load(&TinyModel::new("qwen2", 64, GgmlDType::Q8_0).write());
    let (history, question, behind) = (many(70), many(9), [5, 6, 7]);
    let heads = [Head { layer: 0, head: 1 }, Head { layer: 1, head: 0 }];
    let mixture = heads.map(|head| (head, 0.5));
    let keys = history.len();
    let mut pages = Pages::new(&decoder.config);
    pages.reserve(100);
    read(&decoder, &history, &mut pages, Attention::Dense);
    let look = |tokens: &[u32], pages: &mut Pages| {
        let attention = HeadAttention::new(&heads, keys, pages.len(), tokens.len());
        decoder.look(tokens, pages, 2, attention)
    };
    let mut with = |adapter: &Adapter| {
        pages.truncate(keys);
        let asked = look(&question, &mut pages).mean();
        let attention = HeadAttention::new(&heads, keys, pages.len(), behind.len());
        let rows = decoder.embed(&behind);
        let (looked, states) = decoder.look_with(&rows, adapter, &mut pages, 2, attention);
        assert_eq!(states.len(), rows.len());
        (asked, looked.mixed(2, &mixture))
    };
    let (asked, plain) = with(&adapter(&decoder.config, 0.0));
    let (_, changed) = with(&adapter(&decoder.config, 0.1));
    assert!(plain != changed);
    pages.truncate(keys);
    let alone = look(&[&question[..], &behind].concat(), &mut pages);
    assert!(alone.mixed(question.len() + 2, &mixture) == plain);
    assert!(alone.mean()[..question.len()] == asked);
    let sum: f32 = plain.iter().sum();
    assert!(plain.len() == keys && sum > 0.0 && sum < 1.0, "{sum}");
    pages.truncate(keys);
    let nothing = HeadAttention::new(&heads, 0, keys, 3);
    let nothing = decoder.look(&[1, 2, 3], &mut pages, 2, nothing);
    assert_eq!(nothing.mean(), [[0.0; 0]; 3]);
    assert_eq!(nothing.mixed(1, &mixture), [0.0; 0]);
}

#[test]
fn what_is_run_together_is_as_if_it_were_run_alone() {
    let decoder = load(&TinyModel::new("qwen2", 64, GgmlDType::Q8_0).write());
    let adapter = adapter(&decoder.config, 0.1);
    let histories = [many(70), many(5), many(33)];
    let texts = [many(9), vec![4], many(40)];
    let mut read_before = histories.clone().map(|history| {
        let mut pages = Pages::new(&decoder.config);
        pages.reserve(120);
        read(&decoder, &history, &mut pages, Attention::Dense);
        pages
    });
    let alone = texts.iter().zip(&mut read_before).map(|(text, pages)| {
        let before = pages.len();
        let nothing = HeadAttention::new(&[], 0, before, text.len());
        let (_, states) = decoder.look_with(&decoder.embed(text), &adapter, pages, 2, nothing);
        assert_eq!(pages.len(), before + text.len());
        pages.truncate(before);
        states
    });
    let alone: Vec<f32> = alone.flatten().collect();
    let x = decoder.embed(&texts.concat());
    let mut behind: Vec<_> = texts.iter().map(Vec::len).zip(&mut read_before).collect();
    let together = decoder.run_together(x, &adapter, &mut behind, 2);
    assert!(together == alone);
    for (pages, (history, text)) in read_before.iter().zip(histories.iter().zip(&texts)) {
        assert_eq!(pages.len(), history.len() + text.len());
    }
}

/// Adds `what` times the mean of the inputs to all outputs of two layers.
fn adapter(config: &Config, what: f32) -> Adapter {
    let queries = config.heads * config.head_dim;
    let keys = config.kv_heads * config.head_dim;
    let low = |columns: usize, rows: usize| {
        LowRank::new(vec![1.0 / columns as f32; columns], vec![what; rows], 1)
    };
    let layer = || LayerAdapter {
        query: low(config.hidden, queries),
        key: low(config.hidden, keys),
        value: low(config.hidden, keys),
        output: low(queries, config.hidden),
        feed_forward: Some(FeedForwardAdapter {
            gate: low(config.hidden, config.feed_forward),
            up: low(config.hidden, config.feed_forward),
            down: low(config.feed_forward, config.hidden),
        }),
    };
    Adapter {
        first: 0,
        layers: vec![layer(), layer()],
    }
}

fn stats_of(attention: Attention, tokens: &[u32]) -> crate::attention::AttentionStats {
    let decoder = load(&TinyModel::new("qwen2", 64, GgmlDType::F32).write());
    let mut pages = Pages::new(&decoder.config);
    pages.reserve(tokens.len());
    let (last, before) = tokens.split_last().unwrap();
    decoder.forward(
        before,
        &mut pages,
        pass(Attention::Dense, &mut Meter::default()),
    );
    let mut meter = Meter::default().measuring_mass();
    decoder.forward(&[*last], &mut pages, pass(attention, &mut meter));
    meter.stats(decoder.config.layers)
}

#[test]
fn budgets_are_kept_and_what_they_hold_is_told() {
    let tokens = many(400);
    for precision in [Precision::Halves, Precision::Bytes] {
        let by = |budget| {
            let sparse = Sparse {
                precision,
                ..sparse(budget)
            };
            stats_of(Attention::Sparse(sparse), &tokens)
        };
        let fixed = by(Budget::share(0.2));
        assert_eq!(fixed.pairs, 80.0);
        assert_eq!(fixed.causal_pairs, 400.0);
        let kept = fixed.mass_kept.unwrap();
        assert!(kept > 0.2 && kept < 1.0, "{kept}");
        let kept = by(Budget::mass(0.9)).mass_kept.unwrap();
        assert!((0.89..0.95).contains(&kept), "{kept}");
    }
    let dense = stats_of(Attention::Dense, &tokens);
    assert_eq!(dense.pairs, dense.causal_pairs);
    assert_eq!(dense.mass_kept, None);
}

#[test]
fn pages_with_low_bounds_are_not_scored() {
    let tokens = many(500);
    let pruned = Sparse {
        candidates: Candidates {
            all_below: 64,
            share: 0.25,
        },
        ..sparse(Budget::share(0.1))
    };
    let decoder = load(&TinyModel::new("qwen2", 64, GgmlDType::F32).write());
    let mut pages = Pages::new(&decoder.config);
    pages.reserve(500);
    let (last, before) = tokens.split_last().unwrap();
    let mut bytes = |sparse| {
        pages.truncate(0);
        decoder.forward(
            before,
            &mut pages,
            pass(Attention::Dense, &mut Meter::default()),
        );
        let mut meter = Meter::default();
        decoder.forward(
            &[*last],
            &mut pages,
            pass(Attention::Sparse(sparse), &mut meter),
        );
        meter.stats(decoder.config.layers).bytes
    };
    let all = bytes(sparse(Budget::share(0.1)));
    assert!(bytes(pruned) < all / 2);
}

#[test]
fn focus_is_always_read() {
    let decoder = load(&TinyModel::new("qwen2", 64, GgmlDType::F32).write());
    let tokens = many(300);
    let focus = [100..140, 200..201];
    let mut pages = Pages::new(&decoder.config);
    pages.reserve(tokens.len());
    let (last, before) = tokens.split_last().unwrap();
    decoder.forward(
        before,
        &mut pages,
        pass(Attention::Dense, &mut Meter::default()),
    );
    let mut read = |focus: &[std::ops::Range<usize>]| {
        pages.truncate(299);
        let mut meter = Meter::default();
        meter.measure(std::iter::once(100..140).collect(), decoder.config.layers);
        let attention = Attention::Sparse(Sparse {
            sinks: 0,
            window: 1,
            ..sparse(Budget::share(0.01))
        });
        let pass = Pass {
            focus,
            ..pass(attention, &mut meter)
        };
        decoder.forward(&[*last], &mut pages, pass);
        (meter.stats(decoder.config.layers).pairs, meter.shares()[0])
    };
    let (pairs, share) = read(&focus);
    assert_eq!(pairs, 42.0);
    assert!(share > 0.5, "{share}");
    assert!(read(&[]).1 < share);
}

#[derive(Default)]
struct Kept(Vec<(Vec<u16>, Vec<u16>)>);

impl KvSink for Kept {
    fn take(&mut self, layer: usize, halves: Halves<'_>) {
        self.0
            .resize_with(self.0.len().max(layer + 1), Default::default);
        self.0[layer].0.extend(halves.keys);
        self.0[layer].1.extend(halves.values);
    }
}

#[test]
fn restored_keys_and_values_give_the_same_bits() {
    let decoder = load(&TinyModel::new("llama", 64, GgmlDType::Q8_0).write());
    let tokens = many(120);
    let mut kept = Kept::default();
    let mut pages = Pages::new(&decoder.config);
    pages.reserve(140);
    for chunk in tokens[..100].chunks(33) {
        let mut meter = Meter::default();
        let pass = Pass {
            sink: Some(&mut kept),
            ..pass(Attention::Dense, &mut meter)
        };
        decoder.forward(chunk, &mut pages, pass);
    }
    let never_stored = read(&decoder, &tokens[100..], &mut pages, Attention::Dense);
    let mut pages = Pages::new(&decoder.config);
    pages.reserve(140);
    let layers = kept.0.iter();
    let layers = layers.map(|(keys, values)| Halves { keys, values });
    decoder.restore(100, &mut pages, layers);
    assert_eq!(pages.len(), 100);
    let restored = read(&decoder, &tokens[100..], &mut pages, Attention::Dense);
    assert!(restored == never_stored);
}

#[test]
fn going_back_in_the_pages_forgets_what_followed() {
    for precision in [Precision::Halves, Precision::Bytes] {
        go_back(precision);
    }
}

fn go_back(precision: Precision) {
    let decoder = load(&TinyModel::new("qwen2", 64, GgmlDType::F32).write());
    let tokens = many(80);
    let mut pages = Pages::new(&decoder.config);
    pages.reserve(60);
    let pruned = Attention::Sparse(Sparse {
        candidates: Candidates {
            all_below: 0,
            share: 0.5,
        },
        precision,
        ..sparse(Budget::share(0.3))
    });
    read(&decoder, &tokens[..60], &mut pages, pruned);
    pages.truncate(41);
    // Room is added while there is something to keep.
    pages.reserve(2_000);
    let again: Vec<_> = tokens[60..]
        .chunks(1)
        .flat_map(|c| read(&decoder, c, &mut pages, pruned))
        .collect();
    let mut fresh = Pages::new(&decoder.config);
    fresh.reserve(100);
    read(&decoder, &tokens[..41], &mut fresh, pruned);
    let expected: Vec<_> = tokens[60..]
        .chunks(1)
        .flat_map(|c| read(&decoder, c, &mut fresh, pruned))
        .collect();
    assert!(again == expected);
}

#[test]
fn attention_shares_are_those_of_a_distribution() {
    let decoder = load(&TinyModel::new("llama", 64, GgmlDType::F32).write());
    let tokens = tokens();
    for attention in [
        Attention::Dense,
        Attention::Sparse(sparse(Budget::mass(1.0))),
        Attention::Sparse(Sparse {
            precision: Precision::Bytes,
            ..sparse(Budget::mass(0.999))
        }),
    ] {
        let mut pages = Pages::new(&decoder.config);
        pages.reserve(TOKENS);
        let spans = vec![0..10, 10..20, 20..25, 25..33, 33..TOKENS];
        let mut meter = Meter::default();
        meter.measure(spans, decoder.config.layers);
        read(&decoder, &tokens[..30], &mut pages, attention);
        for token in &tokens[30..33] {
            decoder.forward(&[*token], &mut pages, pass(attention, &mut meter));
        }
        let shares = meter.shares();
        assert!(shares[..4].iter().all(|&share| share > 0.0), "{shares:?}");
        let sum: f32 = shares.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{attention:?} {sum}");
        assert_eq!(shares[4], 0.0);
        assert_eq!(meter.shares(), [0.0; 5]);
    }
}
