use std::num::NonZero;
use std::sync::Arc;

use candle_core::quantized::gguf_file::Value;
use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Shape};
use half::f16;
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

use super::rounded::tiles;
use super::*;
use crate::gguf::{Gguf, Matrix};
use crate::testing::TinyModel;

const FORMATS: [GgmlDType; 7] = [
    GgmlDType::Q4_0,
    GgmlDType::Q4_1,
    GgmlDType::Q5_0,
    GgmlDType::Q8_0,
    GgmlDType::Q4K,
    GgmlDType::Q5K,
    GgmlDType::Q6K,
];

/// Where the halves of a block lie.
fn half_offsets(dtype: GgmlDType) -> &'static [usize] {
    match dtype {
        GgmlDType::Q4_1 | GgmlDType::Q4K | GgmlDType::Q5K => &[0, 2],
        GgmlDType::Q6K => &[208],
        _ => &[0],
    }
}

/// What to fill a matrix with.
#[derive(Clone, Copy, Debug)]
enum Fill {
    Random,
    /// Every integer, sub-scales included, is this byte again and again.
    Byte(u8),
    /// Scales of zero among others.
    Zeros,
    /// The largest and the smallest halves.
    Extremes,
}

fn matrix(
    dtype: GgmlDType,
    shape: (usize, usize),
    fill: Fill,
    rng: &mut StdRng,
) -> Arc<dyn Matrix> {
    let count = shape.0 * shape.1 / dtype.block_size();
    let mut bytes = vec![0; count * dtype.type_size()];
    match fill {
        Fill::Byte(byte) => bytes.fill(byte),
        _ => rng.fill_bytes(&mut bytes),
    }
    for block in bytes.chunks_exact_mut(dtype.type_size()) {
        for &at in half_offsets(dtype) {
            let random = rng.random_range(-0.01..0.01f32);
            let half = match (fill, rng.random_range(0..3)) {
                (Fill::Zeros, 0) => 0.0,
                (Fill::Zeros, 1) => -0.0,
                (Fill::Extremes, 0) => 65504.0,
                (Fill::Extremes, 1) => 6e-8,
                _ => random,
            };
            block[at..at + 2].copy_from_slice(&f16::from_f32(half).to_le_bytes());
        }
    }
    let storage = QStorage::from_data(bytes.into(), &Device::Cpu, dtype).unwrap();
    let tensor = QTensor::new(storage, Shape::from(shape)).unwrap();
    let mut model = TinyModel {
        metadata: Default::default(),
        tensors: [("w".to_owned(), tensor)].into(),
    };
    model.set("general.architecture", Value::String("llama".into()));
    let file = model.write();
    Gguf::open(&file.path).unwrap().matrix("w", shape).unwrap()
}

fn team(threads: usize) -> Team {
    Team::new(NonZero::new(threads).unwrap())
}

fn activations(count: usize, rng: &mut StdRng) -> Vec<f32> {
    (0..count).map(|_| rng.random_range(-3.0..3.0f32)).collect()
}

fn product(isa: Isa, team: &Team, weights: &PackedMatrix, x: &Rounded) -> Vec<f32> {
    let mut out = vec![f32::NAN; weights.rows() * x.tokens()];
    multiply_with(isa, team, &[weights], x, &mut [&mut out]);
    out
}

/// What a token's activations are after rounding, in the order of the columns.
fn rounded_values(x: &Rounded) -> Vec<f64> {
    let mut values = Vec::new();
    for tile in tiles(x.tokens()) {
        let blocks = x.tile(tile);
        for token in 0..tile.width {
            for block in blocks[token..].iter().step_by(tile.width) {
                let value = |&q: &i8| f64::from(q) * f64::from(block.scale);
                values.extend(block.integers.iter().map(value));
            }
        }
    }
    values
}

/// Every product of every token against sums of `f64`.
fn check(isa: Isa, weights: &dyn Matrix, activations: &[f32], what: &str) {
    let team = team(2);
    let (rows, columns) = (weights.rows(), weights.columns());
    let packed = PackedMatrix::pack(weights, &team).unwrap();
    assert_eq!((packed.rows(), packed.columns()), (rows, columns));
    let mut x = Rounded::new();
    x.round(&team, activations, columns);
    let got = product(isa, &team, &packed, &x);

    let mut values = vec![0.0; rows * columns];
    weights.dequantise(0..rows, &mut values);
    let rounded = rounded_values(&x);
    for (token, got) in got.chunks_exact(rows).enumerate() {
        let rounded = &rounded[token * columns..][..columns];
        let x = &activations[token * columns..][..columns];
        for (row, &got) in got.iter().enumerate() {
            let w = values[row * columns..][..columns]
                .iter()
                .map(|&w| f64::from(w));
            let exact: f64 = w.clone().zip(rounded).map(|(w, x)| w * x).sum();
            let size: f64 = w.clone().zip(rounded).map(|(w, x)| (w * x).abs()).sum();
            let error = (f64::from(got) - exact).abs();
            let at = format!("{isa:?} {what}, token {token}, row {row}: {got} for {exact}");
            assert!(error <= 1e-5 * size + 1e-12, "{at}");
            // Rounding moves an activation by half a step at most, a step being the
            // 127th part of the largest in its block.
            let largest = |x: &[f32]| x.iter().fold(0f32, |m, x| m.max(x.abs()));
            let bound: f64 = w
                .zip(x.chunks(BLOCK).flat_map(|x| [f64::from(largest(x)); BLOCK]))
                .map(|(w, largest)| w.abs() * largest * 0.501 / 127.0)
                .sum();
            let unrounded: f64 = values[row * columns..][..columns]
                .iter()
                .zip(x)
                .map(|(&w, &x)| f64::from(w) * f64::from(x))
                .sum();
            let error = (f64::from(got) - unrounded).abs();
            assert!(
                error <= bound + 1e-5 * size + 1e-12,
                "{at}, unrounded {unrounded}"
            );
        }
    }
}

fn check_all(isa: Isa, shape: (usize, usize), tokens: usize, fill: Fill, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let x = activations(tokens * shape.1, &mut rng);
    for dtype in FORMATS {
        if shape.1.is_multiple_of(dtype.block_size()) {
            let weights = matrix(dtype, shape, fill, &mut rng);
            let what = format!("{dtype:?} {shape:?} {fill:?}, {tokens} tokens");
            check(isa, &*weights, &x, &what);
        }
    }
}

#[test]
fn products_agree_with_the_reference() {
    for isa in Isa::all() {
        for (shape, tokens) in [
            ((1, 256), 1),
            ((16, 256), 2),
            ((17, 512), 5),
            ((50, 768), 16),
            ((33, 1280), 37),
            ((5, 32), 1),
            ((31, 96), 3),
            ((64, 224), 31),
        ] {
            check_all(isa, shape, tokens, Fill::Random, tokens as u64);
        }
    }
}

#[test]
fn extreme_weights_agree_with_the_reference() {
    let fills = [0x00, 0x0f, 0x7f, 0x80, 0xf0, 0xff].map(Fill::Byte);
    for fill in fills.into_iter().chain([Fill::Zeros, Fill::Extremes]) {
        for isa in Isa::all() {
            for tokens in [1, 3, 4] {
                check_all(isa, (19, 512), tokens, fill, 3);
            }
        }
    }
}

/// The largest sums that integers can have, of either sign.
#[test]
fn extreme_activations_agree_with_the_reference() {
    let mut rng = StdRng::seed_from_u64(4);
    for dtype in FORMATS {
        for byte in [0x00, 0x7f, 0x80, 0xff] {
            let weights = matrix(dtype, (18, 256), Fill::Byte(byte), &mut rng);
            for isa in Isa::all() {
                for value in [1.0, -1.0, 0.0, 1e-38, 1e20] {
                    for tokens in [1, 2, 7] {
                        let what = format!("{dtype:?} {byte:x}, {tokens} × {value}");
                        check(isa, &*weights, &vec![value; tokens * 256], &what);
                    }
                }
            }
        }
    }
}

/// So chunked prefill equals token by token, and nobody sees the number of threads.
#[test]
fn products_of_many_tokens_equal_those_of_one_bit_for_bit() {
    let mut rng = StdRng::seed_from_u64(5);
    let (shape, tokens) = ((70, 512), 47);
    let values = activations(tokens * shape.1, &mut rng);
    for dtype in FORMATS {
        let weights = matrix(dtype, shape, Fill::Random, &mut rng);
        let weights = PackedMatrix::pack(&*weights, &team(1)).unwrap();
        for isa in Isa::all() {
            let (many, one) = (team(3), team(1));
            let mut x = Rounded::new();
            x.round(&many, &values, shape.1);
            let together = product(isa, &many, &weights, &x);
            for (values, together) in values.chunks(shape.1).zip(together.chunks(shape.0)) {
                x.round(&one, values, shape.1);
                assert_eq!(
                    product(isa, &one, &weights, &x),
                    together,
                    "{isa:?} {dtype:?}"
                );
            }
        }
    }
}

#[test]
fn several_matrices_are_multiplied_at_once() {
    let mut rng = StdRng::seed_from_u64(6);
    let team = team(2);
    let kinds = [
        (GgmlDType::Q5_0, 300),
        (GgmlDType::Q8_0, 20),
        (GgmlDType::Q4_1, 1),
    ];
    let weights = kinds.map(|(dtype, rows)| {
        let weights = matrix(dtype, (rows, 96), Fill::Random, &mut rng);
        PackedMatrix::pack(&*weights, &team).unwrap()
    });
    for tokens in [1, 9] {
        let mut x = Rounded::new();
        x.round(&team, &activations(tokens * 96, &mut rng), 96);
        let mut out = kinds.map(|(_, rows)| vec![f32::NAN; rows * tokens]);
        let mut outs = out.each_mut().map(|out| &mut out[..]);
        multiply(&team, &weights.each_ref(), &x, &mut outs);
        for (weights, out) in weights.iter().zip(&out) {
            assert_eq!(*out, product(Isa::best(), &team, weights, &x));
        }
    }
}

#[test]
fn packed_weights_are_hardly_larger_than_the_files() {
    let mut rng = StdRng::seed_from_u64(7);
    for dtype in FORMATS {
        let weights = matrix(dtype, (160, 1536), Fill::Random, &mut rng);
        let packed = PackedMatrix::pack(&*weights, &team(1)).unwrap();
        let share = packed.bytes() as f64 / weights.raw().len() as f64;
        assert!(share <= 1.03, "{dtype:?}: {share}");
    }
}

#[test]
fn released_weights_can_be_read_again() {
    let mut rng = StdRng::seed_from_u64(8);
    let weights = matrix(GgmlDType::Q8_0, (64, 1024), Fill::Random, &mut rng);
    let before = weights.raw().to_vec();
    weights.release();
    assert_eq!(weights.raw(), before);
}

#[test]
fn other_formats_are_not_packed() {
    let file = TinyModel::new("llama", 64, GgmlDType::F16).write();
    let gguf = Gguf::open(&file.path).unwrap();
    let weights = gguf.matrix("blk.0.ffn_up.weight", (128, 64)).unwrap();
    assert!(PackedMatrix::pack(&*weights, &team(1)).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn products_of_any_shape_agree(
        rows in 1usize..70,
        blocks in 1usize..12,
        tokens in 1usize..40,
        seed: u64,
    ) {
        for isa in Isa::all() {
            check_all(isa, (rows, blocks * 32), tokens, Fill::Random, seed);
            check_all(isa, (rows, blocks.div_ceil(4) * 256), tokens, Fill::Random, seed);
        }
    }
}
