//! Products with weight matrices. Every one of the decoder goes through [`Linear`].

use std::sync::Arc;

use gemm::Parallelism;

use crate::gguf::Matrix;
use crate::kernels::{PackedMatrix, Rounded, Team, multiply};

/// Weights that are dequantised at a time; 4 MiB as `f32`, so that the product
/// that follows finds them in the cache.
const PANEL: usize = 1 << 20;

/// `x · weightᵀ + bias`.
pub(crate) struct Linear {
    weight: Weight,
    bias: Option<Vec<f32>>,
}

enum Weight {
    /// In the kernels' own order.
    Packed(PackedMatrix),
    /// A format that no kernel is written for: panels of it as `f32`.
    Plain(Arc<dyn Matrix>),
}

/// Activations, `[rows, columns]`, rounded to 8 bits where a kernel wants them so.
pub(crate) struct Activations<'a> {
    x: &'a [f32],
    columns: usize,
    rounded: &'a Rounded,
}

impl<'a> Activations<'a> {
    /// Rounds into `rounded`.
    pub(crate) fn new(x: &'a [f32], columns: usize, rounded: &'a mut Rounded, team: &Team) -> Self {
        rounded.round(team, x, columns);
        Self {
            x,
            columns,
            rounded,
        }
    }

    fn rows(&self) -> usize {
        self.x.len() / self.columns
    }
}

impl Linear {
    pub(crate) fn new(weight: Arc<dyn Matrix>, bias: Option<Vec<f32>>, team: &Team) -> Self {
        let weight = match PackedMatrix::pack(&*weight, team) {
            Some(packed) => {
                weight.release();
                Weight::Packed(packed)
            }
            None => Weight::Plain(weight),
        };
        Self { weight, bias }
    }

    /// Values in a row of the product.
    pub(crate) fn rows(&self) -> usize {
        match &self.weight {
            Weight::Packed(packed) => packed.rows(),
            Weight::Plain(plain) => plain.rows(),
        }
    }

    /// Products of several matrices with the same activations, together; each
    /// `out` becomes `[rows of x, rows of the matrix]`.
    pub(crate) fn forward<const N: usize>(
        linears: [&Self; N],
        x: &Activations<'_>,
        out: [&mut Vec<f32>; N],
        team: &Team,
    ) {
        let mut packed: Vec<&PackedMatrix> = Vec::with_capacity(N);
        let mut slices: Vec<&mut [f32]> = Vec::with_capacity(N);
        for (linear, out) in linears.iter().zip(out) {
            out.resize(x.rows() * linear.rows(), 0.0);
            match &linear.weight {
                Weight::Packed(weight) => {
                    packed.push(weight);
                    slices.push(out);
                }
                Weight::Plain(weight) => {
                    plain(&**weight, x, out, team);
                    linear.add_bias(out);
                }
            }
        }
        multiply(team, &packed, x.rounded, &mut slices);
        let packed = linears
            .iter()
            .filter(|linear| matches!(linear.weight, Weight::Packed(_)));
        for (linear, out) in packed.zip(slices) {
            linear.add_bias(out);
        }
    }

    fn add_bias(&self, out: &mut [f32]) {
        if let Some(bias) = &self.bias {
            for row in out.chunks_exact_mut(bias.len()) {
                for (value, bias) in row.iter_mut().zip(bias) {
                    *value += bias;
                }
            }
        }
    }
}

/// A panel of the matrix at a time, as `f32`.
fn plain(weight: &dyn Matrix, x: &Activations<'_>, out: &mut [f32], team: &Team) {
    let (rows, columns) = (weight.rows(), weight.columns());
    let step = (PANEL / columns).max(1);
    let parallelism = match team.threads() {
        1 => Parallelism::None,
        threads => Parallelism::Rayon(threads),
    };
    let mut panel = vec![0f32; step.min(rows) * columns];
    for start in (0..rows).step_by(step) {
        let end = rows.min(start + step);
        let panel = &mut panel[..(end - start) * columns];
        weight.dequantise(start..end, panel);
        // SAFETY: `out` is `[rows of x, rows]`, of which this writes the columns
        // from `start` to `end`; `panel` and `x` have `columns` values a row.
        unsafe {
            gemm::gemm(
                x.rows(),
                end - start,
                columns,
                out.as_mut_ptr().add(start),
                1,
                rows as isize,
                false,
                x.x.as_ptr(),
                1,
                columns as isize,
                panel.as_ptr(),
                columns as isize,
                1,
                0.0,
                1.0,
                false,
                false,
                false,
                parallelism,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use candle_core::quantized::GgmlDType;

    use super::*;
    use crate::gguf::Gguf;
    use crate::testing::TinyModel;

    const SHAPE: (usize, usize) = (512, 256);

    /// Activations are rounded to 8 bits at most, which costs less than a percent.
    #[test]
    fn every_format_multiplies_one_row_and_many() {
        let team = Team::new(NonZero::new(2).unwrap());
        for dtype in [
            GgmlDType::F32,
            GgmlDType::F16,
            GgmlDType::BF16,
            GgmlDType::Q4_0,
            GgmlDType::Q4_1,
            GgmlDType::Q5_0,
            GgmlDType::Q5_1,
            GgmlDType::Q8_0,
            GgmlDType::Q2K,
            GgmlDType::Q3K,
            GgmlDType::Q4K,
            GgmlDType::Q5K,
            GgmlDType::Q6K,
        ] {
            let file = TinyModel::new("llama", SHAPE.1, dtype).write();
            let gguf = Gguf::open(&file.path).unwrap();
            let weight = gguf.matrix("blk.0.ffn_up.weight", SHAPE).unwrap();
            let mut exact = vec![0.0; SHAPE.0 * SHAPE.1];
            weight.dequantise(0..SHAPE.0, &mut exact);
            let bias: Vec<f32> = (0..SHAPE.0).map(|i| i as f32 / 512.0).collect();
            let linear = Linear::new(weight, Some(bias.clone()), &team);
            for rows in [1, 2, 33] {
                let x: Vec<f32> = (0..rows * SHAPE.1)
                    .map(|i| ((i * 131 % 251) as f32 - 125.0) / 60.0)
                    .collect();
                let mut rounded = Rounded::new();
                let activations = Activations::new(&x, SHAPE.1, &mut rounded, &team);
                let mut out = Vec::new();
                Linear::forward([&linear], &activations, [&mut out], &team);
                let (mut error, mut size) = (0.0, 0.0);
                for (x, out) in x.chunks(SHAPE.1).zip(out.chunks(SHAPE.0)) {
                    for (row, (out, bias)) in exact.chunks(SHAPE.1).zip(out.iter().zip(&bias)) {
                        let dot: f32 = row.iter().zip(x).map(|(w, x)| w * x).sum();
                        error += (out - bias - dot).powi(2);
                        size += dot * dot;
                    }
                }
                let error = (error / size).sqrt();
                assert!(error < 0.01, "{dtype:?}, {rows} rows: {error}");
            }
        }
    }
}
