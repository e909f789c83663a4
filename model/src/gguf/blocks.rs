//! Weights in the blocks of their format, read where the file is mapped.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use candle_core::quantized::k_quants::{
    BlockQ2K, BlockQ3K, BlockQ4_0, BlockQ4_1, BlockQ4K, BlockQ5_0, BlockQ5_1, BlockQ5K, BlockQ6K,
    BlockQ8_0,
};
use candle_core::quantized::{GgmlDType, GgmlType};
use half::{bf16, f16};
use memmap2::Mmap;
use rayon::prelude::*;

use super::parse::Tensor;

/// What blocks lie in: the mapped file, or memory.
pub(super) type Bytes = Arc<dyn Source>;

/// Bytes that never move or change.
pub(super) trait Source: AsRef<[u8]> + Send + Sync {
    /// A hint that a range won't be read soon.
    fn release(&self, range: Range<usize>);
}

impl Source for Mmap {
    fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        // SAFETY: the mapping is of a file and read-only, so that a page which is
        // read again has the same bytes. A refused hint changes nothing.
        let _ = unsafe {
            self.unchecked_advise_range(
                memmap2::UncheckedAdvice::DontNeed,
                range.start,
                range.len(),
            )
        };
    }
}

impl Source for Vec<u8> {
    fn release(&self, _: Range<usize>) {}
}

/// A matrix of weights, `[rows, columns]`, in whatever format the file has.
pub(crate) trait Matrix: Send + Sync {
    fn rows(&self) -> usize;
    fn columns(&self) -> usize;
    fn dtype(&self) -> GgmlDType;
    /// Rows as `f32`, row after row.
    fn dequantise(&self, rows: Range<usize>, out: &mut [f32]);
    /// The blocks as the file has them, row after row.
    fn raw(&self) -> &[u8];
    /// Says that the blocks won't be read soon: the system may drop them from memory
    /// and read them from the file again when they are.
    fn release(&self);
}

/// Finds the block type; fails where the tensor is not aligned for it.
pub(super) fn matrix(
    bytes: &Bytes,
    tensor: &Tensor,
    shape: (usize, usize),
) -> std::result::Result<Arc<dyn Matrix>, String> {
    fn of<T: GgmlType + 'static>(
        bytes: &Bytes,
        tensor: &Tensor,
        shape: (usize, usize),
    ) -> std::result::Result<Arc<dyn Matrix>, String> {
        let start = tensor.start as usize;
        Ok(Arc::new(Blocks::<T>::new(bytes, start, shape)?))
    }
    let of_type = match tensor.dtype {
        GgmlDType::F32 => of::<f32>,
        GgmlDType::F16 => of::<f16>,
        GgmlDType::BF16 => of::<bf16>,
        GgmlDType::Q4_0 => of::<BlockQ4_0>,
        GgmlDType::Q4_1 => of::<BlockQ4_1>,
        GgmlDType::Q5_0 => of::<BlockQ5_0>,
        GgmlDType::Q5_1 => of::<BlockQ5_1>,
        GgmlDType::Q8_0 => of::<BlockQ8_0>,
        GgmlDType::Q2K => of::<BlockQ2K>,
        GgmlDType::Q3K => of::<BlockQ3K>,
        GgmlDType::Q4K => of::<BlockQ4K>,
        GgmlDType::Q5K => of::<BlockQ5K>,
        GgmlDType::Q6K => of::<BlockQ6K>,
        other => return Err(format!("{other:?} is not used for weights")),
    };
    of_type(bytes, tensor, shape)
}

/// A matrix in blocks of type `T`.
struct Blocks<T> {
    bytes: Bytes,
    start: usize,
    shape: (usize, usize),
    blocks: PhantomData<fn() -> T>,
}

impl<T: GgmlType + 'static> Blocks<T> {
    fn new(
        bytes: &Bytes,
        start: usize,
        shape: (usize, usize),
    ) -> std::result::Result<Self, String> {
        let new = Self {
            bytes: Arc::clone(bytes),
            start,
            shape,
            blocks: PhantomData,
        };
        let bytes = (**bytes).as_ref();
        let range = bytes.get(start..start + new.count() * size_of::<T>());
        let range = range.ok_or("it lies outside the file")?;
        match range.as_ptr().cast::<T>().is_aligned() {
            true => Ok(new),
            false => Err(format!("its data is not aligned to {}", align_of::<T>())),
        }
    }

    fn count(&self) -> usize {
        self.shape.0 * self.shape.1 / T::BLCK_SIZE
    }

    fn blocks(&self) -> &[T] {
        // SAFETY: `raw` is as long as that many blocks, and `new` checked that it
        // is aligned for them; neither a mapping nor a `Vec` that nobody can change
        // ever moves. Every `GgmlType` that `matrix` names is a `repr(C)` struct of
        // integers and half floats, or a float itself, so any bytes are a valid
        // value.
        unsafe { std::slice::from_raw_parts(self.raw().as_ptr().cast(), self.count()) }
    }
}

impl<T: GgmlType + 'static> Matrix for Blocks<T> {
    fn rows(&self) -> usize {
        self.shape.0
    }

    fn columns(&self) -> usize {
        self.shape.1
    }

    fn dtype(&self) -> GgmlDType {
        T::DTYPE
    }

    fn dequantise(&self, rows: Range<usize>, out: &mut [f32]) {
        let columns = self.shape.1;
        let blocks = columns / T::BLCK_SIZE;
        let source = &self.blocks()[rows.start * blocks..rows.end * blocks];
        out.par_chunks_mut(columns)
            .zip(source.par_chunks(blocks))
            .for_each(|(out, row)| T::to_float(row, out));
    }

    fn raw(&self) -> &[u8] {
        &(*self.bytes).as_ref()[self.start..][..self.count() * size_of::<T>()]
    }

    fn release(&self) {
        let end = self.start + self.count() * size_of::<T>();
        self.bytes.release(self.start..end);
    }
}
