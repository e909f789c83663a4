//! Matrices of numbers and their products; all shapes are the caller's own.

use candle_core::{Device, Tensor};

/// Rows of so many columns.
pub(super) fn matrix(numbers: &[f32], columns: usize) -> Tensor {
    let rows = numbers.len() / columns.max(1);
    Tensor::from_slice(numbers, (rows, columns), &Device::Cpu).expect("the rows are whole")
}

pub(super) fn product(a: &Tensor, b: &Tensor) -> Tensor {
    a.matmul(b).expect("they fit together")
}

pub(super) fn transposed(matrix: &Tensor) -> Tensor {
    matrix.t().expect("it is a matrix")
}

/// The numbers, row by row.
pub(super) fn flat(matrix: &Tensor) -> Vec<f32> {
    let flat = matrix.flatten_all().and_then(|flat| flat.to_vec1());
    flat.expect("they are numbers of this kind")
}
