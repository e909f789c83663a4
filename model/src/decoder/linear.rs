//! Products with weight matrices. Every one of the decoder goes through [`Linear`].

use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};

use crate::gguf::Matrix;

/// Weights that are dequantised at a time; 4 MiB as `f32`, so that the product
/// that follows finds them in the cache.
const PANEL: usize = 1 << 20;

/// `x · weightᵀ + bias`.
pub(crate) struct Linear {
    weight: Arc<dyn Matrix>,
    many_rows: ManyRows,
    bias: Option<Tensor>,
}

/// How to multiply more than one row, measured per format. One row is always a
/// dot product with the blocks as they are.
enum ManyRows {
    /// candle repacks the blocks and multiplies in 8-bit integers: twice as fast
    /// as `f32` on the formats that it has such kernels for.
    Packed(QTensor),
    /// Panels of the matrix as `f32`: ten times as fast as the dot products of
    /// formats that candle has no vector code for.
    Panels,
}

impl Linear {
    pub(crate) fn new(weight: Arc<dyn Matrix>, bias: Option<Tensor>) -> Result<Self> {
        let weight = weight.widened().unwrap_or(weight);
        let many_rows = match weight.dtype() {
            GgmlDType::Q4K | GgmlDType::Q6K => ManyRows::Packed(weight.to_qtensor()?),
            _ => ManyRows::Panels,
        };
        Ok(Self {
            weight,
            many_rows,
            bias,
        })
    }

    /// `[rows, in]` to `[rows, out]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let product = match (&self.many_rows, x.dim(0)?) {
            (_, 1) => x.apply_op1_no_bwd(&RowProduct(&*self.weight))?,
            (ManyRows::Packed(weight), _) => x.apply_op1_no_bwd(weight)?,
            (ManyRows::Panels, _) => self.panels(x)?,
        };
        match &self.bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        }
    }

    fn panels(&self, x: &Tensor) -> Result<Tensor> {
        let (rows, columns) = (self.weight.rows(), self.weight.columns());
        let step = (PANEL / columns).max(1);
        let products = (0..rows)
            .step_by(step)
            .map(|start| {
                let end = rows.min(start + step);
                let mut panel = vec![0f32; (end - start) * columns];
                self.weight.dequantise(start..end, &mut panel);
                let panel = Tensor::from_vec(panel, (end - start, columns), &Device::Cpu)?;
                x.matmul(&panel.t()?)
            })
            .collect::<Result<Vec<_>>>()?;
        match &products[..] {
            [one] => Ok(one.clone()),
            many => Tensor::cat(many, 1),
        }
    }
}

struct RowProduct<'a>(&'a dyn Matrix);

impl CustomOp1 for RowProduct<'_> {
    fn name(&self) -> &'static str {
        "row-product"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("the row is not contiguous: {layout:?}");
        };
        let mut out = vec![0f32; self.0.rows()];
        self.0
            .multiply_row(&storage.as_slice::<f32>()?[start..end], &mut out);
        Ok((CpuStorage::F32(out), (1, self.0.rows()).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::Gguf;
    use crate::testing::TinyModel;

    const SHAPE: (usize, usize) = (512, 256);

    fn weight(dtype: GgmlDType) -> Arc<dyn Matrix> {
        let file = TinyModel::new("llama", SHAPE.1, dtype).write();
        let gguf = Gguf::open(&file.path).unwrap();
        gguf.matrix("blk.0.ffn_up.weight", SHAPE).unwrap()
    }

    fn values(weight: &dyn Matrix) -> Vec<f32> {
        let mut values = vec![0.0; SHAPE.0 * SHAPE.1];
        weight.dequantise(0..SHAPE.0, &mut values);
        values
    }

    #[test]
    fn widening_changes_no_value() {
        let narrow = weight(GgmlDType::Q5_0);
        let wide = narrow.widened().unwrap();
        assert_eq!(wide.dtype(), GgmlDType::Q8_0);
        assert_eq!(values(&*wide), values(&*narrow));
        assert!(wide.widened().is_none());
    }

    /// Activations are rounded to 8 bits at most, which costs less than a percent.
    #[test]
    fn every_format_multiplies_one_row_and_many() {
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
            let weight = weight(dtype);
            let exact = Tensor::from_vec(values(&*weight), SHAPE, &Device::Cpu).unwrap();
            let linear = Linear::new(weight, None).unwrap();
            for rows in [1, 2, 33] {
                let x = Tensor::randn(0f32, 1.0, (rows, SHAPE.1), &Device::Cpu).unwrap();
                let expected = x.matmul(&exact.t().unwrap()).unwrap();
                let got = linear.forward(&x).unwrap();
                let size = |t: &Tensor| t.sqr().unwrap().sum_all().unwrap().to_scalar::<f32>();
                let error = size(&(&got - &expected).unwrap()).unwrap() / size(&expected).unwrap();
                assert!(error.sqrt() < 0.01, "{dtype:?}, {rows} rows: {error}");
            }
        }
    }
}
