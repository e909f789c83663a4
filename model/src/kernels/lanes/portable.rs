//! Sixteen floats as an array; the compiler makes of it what it can.

use half::f16;

use super::{Lanes, WIDTH};

#[derive(Clone, Copy)]
pub(super) struct Plain([f32; WIDTH]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Lanes for Plain {
    const SCORED: usize = 4;
    const SUMMED: (usize, usize) = (4, 2);

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; WIDTH])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller gives 16 readable values.
        Self(unsafe { from.cast::<[f32; WIDTH]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_f16(from: *const u16) -> Self {
        // SAFETY: the caller gives 16 readable values.
        let halves = unsafe { from.cast::<[u16; WIDTH]>().read_unaligned() };
        Self(halves.map(|bits| f16::from_bits(bits).to_f32()))
    }

    #[inline(always)]
    unsafe fn load_u8(from: *const u8) -> Self {
        // SAFETY: the caller gives 16 readable values.
        let codes = unsafe { from.cast::<[u8; WIDTH]>().read_unaligned() };
        Self(codes.map(f32::from))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller gives room for 16 values.
        unsafe { to.cast::<[f32; WIDTH]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn store_f16(self, to: *mut u16) {
        let halves = self.0.map(|value| f16::from_f32(value).to_bits());
        // SAFETY: the caller gives room for 16 values.
        unsafe { to.cast::<[u16; WIDTH]>().write_unaligned(halves) }
    }

    #[inline(always)]
    unsafe fn store_u8(self, to: *mut u8) {
        let codes = self.0.map(|value| value.round_ties_even() as u8);
        // SAFETY: the caller gives room for 16 values.
        unsafe { to.cast::<[u8; WIDTH]>().write_unaligned(codes) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    /// Rounds twice: without the instruction, one rounding is a library call.
    #[inline(always)]
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * by.0[i] + plus.0[i]))
    }

    #[inline(always)]
    unsafe fn round(self) -> Self {
        // Adding 1.5 * 2^23 leaves no room for a fraction.
        const SHIFT: f32 = 12_582_912.0;
        Self(self.0.map(|value| (value + SHIFT) - SHIFT))
    }

    #[inline(always)]
    unsafe fn scale_by_power(self, exponent: Self) -> Self {
        self.zip(exponent, |value, n| {
            value * f32::from_bits(((n as i32 + 127) as u32) << 23)
        })
    }

    #[inline(always)]
    unsafe fn zero_below(self, x: Self, least: Self) -> Self {
        Self(std::array::from_fn(|i| {
            if x.0[i] >= least.0[i] { self.0[i] } else { 0.0 }
        }))
    }

    #[inline(always)]
    unsafe fn select(self, bits: u16, other: Self) -> Self {
        Self(std::array::from_fn(|i| {
            if bits >> i & 1 == 1 {
                self.0[i]
            } else {
                other.0[i]
            }
        }))
    }

    #[inline(always)]
    unsafe fn at_least(self, other: Self) -> u16 {
        let bit = |mask, i: usize| mask | u16::from(self.0[i] >= other.0[i]) << i;
        (0..WIDTH).fold(0, bit)
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let mut sums = self.0;
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                sums[i] += sums[i + half];
            }
        }
        sums[0]
    }

    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        self.0.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }
}
