//! What the bench of products runs.

use std::num::NonZero;
use std::time::{Duration, Instant};

use candle_core::quantized::GgmlDType;

use super::{PackedMatrix, Rounded, TASKS, multiply_with};
use crate::kernels::{Isa, Team};

/// A matrix of some format and shape, in as many copies as the processor's caches
/// cannot hold.
#[doc(hidden)]
pub struct ProductBench {
    team: Team,
    copies: Vec<PackedMatrix>,
    packing: Duration,
}

/// Packed bytes of all copies.
const BYTES: usize = 256 << 20;
const SLICES: usize = 31;
const SLICE: Duration = Duration::from_millis(5);

impl ProductBench {
    /// `format` as GGUF names it; none if it has no packed form.
    pub fn new(format: &str, shape: (usize, usize), threads: NonZero<usize>) -> Option<Self> {
        let dtype = match format {
            "Q4_0" => GgmlDType::Q4_0,
            "Q4_1" => GgmlDType::Q4_1,
            "Q5_0" => GgmlDType::Q5_0,
            "Q8_0" => GgmlDType::Q8_0,
            "Q4_K" => GgmlDType::Q4K,
            "Q5_K" => GgmlDType::Q5K,
            "Q6_K" => GgmlDType::Q6K,
            _ => return None,
        };
        let team = Team::new(threads);
        // Halves of this byte are small, but not so small that they slow down floats.
        let source = vec![0x11; shape.0 * shape.1 / dtype.block_size() * dtype.type_size()];
        let pack = || PackedMatrix::pack_blocks(dtype, shape, &source, &team);
        let mut copies = vec![pack()?];
        let start = Instant::now();
        while copies.len() * copies[0].bytes() < BYTES {
            copies.push(pack()?);
        }
        let packing = start.elapsed() / (copies.len() as u32 - 1).max(1);
        Some(Self {
            team,
            copies,
            packing,
        })
    }

    /// The sets of instructions that this processor has, best first.
    pub fn instructions() -> Vec<String> {
        Isa::all().iter().map(|isa| format!("{isa:?}")).collect()
    }

    /// Bytes of one packed matrix.
    pub fn bytes(&self) -> usize {
        self.copies[0].bytes()
    }

    /// How long packing it took.
    pub fn packing(&self) -> Duration {
        self.packing
    }

    /// How long parallel regions with nothing to do take.
    pub fn regions(&self) -> Vec<Duration> {
        let region = |_| {
            let start = Instant::now();
            self.team.each(self.team.threads() * TASKS, |_| {});
            start.elapsed()
        };
        (0..10_000).map(region).collect()
    }

    /// Multiplies one copy after the other with that many tokens and returns how long
    /// a product took in each of several slices of time. None if the processor lacks
    /// the instructions.
    pub fn times(&self, instructions: &str, tokens: usize) -> Option<Vec<Duration>> {
        let isa = Isa::all()
            .into_iter()
            .find(|isa| format!("{isa:?}") == instructions)?;
        let (rows, columns) = (self.copies[0].rows(), self.copies[0].columns());
        let values: Vec<f32> = (0..tokens * columns).map(|i| (i % 61) as f32).collect();
        let mut x = Rounded::new();
        x.round(&self.team, &values, columns);
        let mut out = vec![0.0; tokens * rows];
        let mut copies = self.copies.iter().cycle();
        let mut slice = || {
            let start = Instant::now();
            let mut products = 0;
            while start.elapsed() < SLICE {
                let weights = copies.next()?;
                multiply_with(isa, &self.team, &[weights], &x, &mut [&mut out]);
                products += 1;
            }
            Some(start.elapsed() / products)
        };
        (0..SLICES).map(|_| slice()).collect()
    }
}
