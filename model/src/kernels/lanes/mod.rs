//! Sixteen floats at a time, whatever the processor calls them.
//!
//! A kernel is written once over [`Lanes`] and compiled for each [`Isa`] by
//! [`run`]: everything that it calls is inlined into one function per
//! instruction set.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use super::Isa;

/// Values in one [`Lanes`].
pub(crate) const WIDTH: usize = 16;

/// Sixteen `f32`.
///
/// # Safety
///
/// Every method requires the instruction set that the type is named after, and
/// pointers to as many readable (or writable) values as it takes. [`run`] is the
/// only way in.
pub(crate) trait Lanes: Copy {
    /// Queries whose sums with two lanes of keys fit into the registers.
    const SCORED: usize;
    /// Queries, and lanes of values, whose sums fit into the registers.
    const SUMMED: (usize, usize);
    unsafe fn splat(value: f32) -> Self;
    /// Reads 16 values.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads 16 half floats.
    unsafe fn load_f16(from: *const u16) -> Self;
    /// Reads 16 whole numbers from 0 to 255.
    unsafe fn load_u8(from: *const u8) -> Self;
    /// Asks for the cache line of this address, which may lie anywhere.
    #[inline(always)]
    unsafe fn prefetch(address: *const u16) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch never faults, and every x86-64 processor has it.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(address.cast());
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = address;
    }
    /// Writes 16 values.
    unsafe fn store(self, to: *mut f32);
    /// Writes 16 half floats, rounded to nearest even.
    unsafe fn store_f16(self, to: *mut u16);
    /// Writes 16 whole numbers from 0 to 255, rounded to the nearest.
    unsafe fn store_u8(self, to: *mut u8);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    /// `self * by + plus`.
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self;
    /// The nearest whole numbers.
    unsafe fn round(self) -> Self;
    /// `self * 2^exponent` for whole exponents from -126 to 127.
    unsafe fn scale_by_power(self, exponent: Self) -> Self;
    /// `self` where `x >= least`, else 0.
    unsafe fn zero_below(self, x: Self, least: Self) -> Self;
    /// `self` in the lanes whose bit is set, else `other`.
    unsafe fn select(self, bits: u16, other: Self) -> Self;
    /// A bit for each lane that is not below the other's.
    unsafe fn at_least(self, other: Self) -> u16;
    unsafe fn sum(self) -> f32;
    unsafe fn largest(self) -> f32;

    /// `e^self`, within 2 units in the last place; 0 below -87.
    #[inline(always)]
    unsafe fn exp(self) -> Self {
        const LEAST: f32 = -87.0;
        const MOST: f32 = 88.0;
        // The Taylor series of 2^f - 1 to the sixth power, f from -1/2 to 1/2.
        const SERIES: [f32; 6] = [
            1.540_353e-4,
            1.333_355_8e-3,
            9.618_129e-3,
            5.550_41e-2,
            2.402_265e-1,
            std::f32::consts::LN_2,
        ];
        // SAFETY: the caller has the instruction set, see the trait.
        unsafe {
            let x = self.max(Self::splat(LEAST)).min(Self::splat(MOST));
            // x = (n + f) ln 2, with ln 2 in two parts: its first holds n ln 2
            // exactly for every n that occurs.
            let n = x.mul(Self::splat(std::f32::consts::LOG2_E)).round();
            let r = n.mul_add(Self::splat(-0.693_359_4), x);
            let r = n.mul_add(Self::splat(2.121_944_4e-4), r);
            let f = r.mul(Self::splat(std::f32::consts::LOG2_E));
            let mut p = Self::splat(SERIES[0]);
            for coefficient in &SERIES[1..] {
                p = p.mul_add(f, Self::splat(*coefficient));
            }
            let p = p.mul_add(f, Self::splat(1.0));
            p.scale_by_power(n).zero_below(self, Self::splat(LEAST))
        }
    }
}

/// A computation over some kind of [`Lanes`].
pub(crate) trait Kernel {
    type Output;
    /// # Safety
    ///
    /// The processor has the instruction set of `L`.
    unsafe fn run<L: Lanes>(self) -> Self::Output;
}

/// Runs a kernel with the given instructions.
pub(crate) fn run<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: an `Isa` is only ever made where the processor has it.
        Isa::Avx512 => unsafe { avx512::run(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Isa::Avx2 => unsafe { avx2::run(kernel) },
        // SAFETY: needs nothing.
        Isa::Portable => unsafe { kernel.run::<portable::Plain>() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Exp<'a>(&'a [f32; WIDTH]);

    impl Kernel for Exp<'_> {
        type Output = [f32; WIDTH];
        #[inline(always)]
        unsafe fn run<L: Lanes>(self) -> Self::Output {
            let mut out = [0.0; WIDTH];
            // SAFETY: both arrays have 16 values.
            unsafe { L::load(self.0.as_ptr()).exp().store(out.as_mut_ptr()) };
            out
        }
    }

    #[test]
    fn exp_is_that_of_the_library() {
        for isa in Isa::all() {
            for step in 0..2_000 {
                let x: [f32; WIDTH] =
                    std::array::from_fn(|i| -86.9 + (step * WIDTH + i) as f32 * 0.005);
                for (x, got) in x.iter().zip(run(isa, Exp(&x))) {
                    let exact = f64::from(*x).exp();
                    let error = (f64::from(got) - exact).abs() / exact;
                    assert!(error < 3e-7, "{isa:?}: exp({x}) = {got}, not {exact}");
                }
            }
            let edge = [f32::NEG_INFINITY, -1e9, -100.0, 0.0];
            let x = std::array::from_fn(|i| edge[i % 4]);
            assert_eq!(run(isa, Exp(&x))[..4], [0.0, 0.0, 0.0, 1.0], "{isa:?}");
        }
    }

    struct Halves<'a>(&'a [f32; WIDTH]);

    impl Kernel for Halves<'_> {
        type Output = ([u16; WIDTH], [f32; WIDTH]);
        #[inline(always)]
        unsafe fn run<L: Lanes>(self) -> Self::Output {
            let (mut halves, mut back) = ([0; WIDTH], [0.0; WIDTH]);
            // SAFETY: all arrays have 16 values.
            unsafe {
                L::load(self.0.as_ptr()).store_f16(halves.as_mut_ptr());
                L::load_f16(halves.as_ptr()).store(back.as_mut_ptr());
            }
            (halves, back)
        }
    }

    #[test]
    fn halves_round_as_the_half_crate_does() {
        let values: [f32; WIDTH] = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.1,
            1e-7,
            6e-8,
            65504.0,
            -65519.9,
            1e9,
            3.15,
            2.000_488_3,
            2.001,
            -7e-5,
            1234.56,
            0.333_333,
        ];
        for isa in Isa::all() {
            let (halves, back) = run(isa, Halves(&values));
            for (i, value) in values.iter().enumerate() {
                let half = half::f16::from_f32(*value);
                assert_eq!(halves[i], half.to_bits(), "{isa:?}: {value}");
                assert_eq!(back[i], half.to_f32(), "{isa:?}: {value}");
            }
        }
    }

    struct Codes<'a>(&'a [f32; WIDTH]);

    impl Kernel for Codes<'_> {
        type Output = ([u8; WIDTH], [f32; WIDTH]);
        #[inline(always)]
        unsafe fn run<L: Lanes>(self) -> Self::Output {
            let (mut codes, mut back) = ([0; WIDTH], [0.0; WIDTH]);
            // SAFETY: all arrays have 16 values.
            unsafe {
                L::load(self.0.as_ptr()).store_u8(codes.as_mut_ptr());
                L::load_u8(codes.as_ptr()).store(back.as_mut_ptr());
            }
            (codes, back)
        }
    }

    #[test]
    fn whole_numbers_keep_their_places() {
        for isa in Isa::all() {
            for start in 0..=240u8 {
                let codes: [u8; WIDTH] = std::array::from_fn(|i| start + (i as u8 * 7) % 16);
                let values = codes.map(|code| f32::from(code) + 0.3);
                let (stored, back) = run(isa, Codes(&values));
                assert_eq!(stored, codes, "{isa:?}");
                assert_eq!(back, codes.map(f32::from), "{isa:?}");
            }
        }
    }

    struct Reduce<'a>(&'a [f32; WIDTH], u16);

    impl Kernel for Reduce<'_> {
        type Output = (f32, f32, u16);
        #[inline(always)]
        unsafe fn run<L: Lanes>(self) -> Self::Output {
            // SAFETY: the array has 16 values.
            unsafe {
                let x = L::load(self.0.as_ptr()).select(self.1, L::splat(-1.0));
                (x.sum(), x.largest(), x.at_least(L::splat(0.5)))
            }
        }
    }

    #[test]
    fn sums_and_largest_see_every_lane() {
        for isa in Isa::all() {
            for lane in 0..WIDTH {
                let mut x = [0.5; WIDTH];
                x[lane] = 4.0;
                assert_eq!(
                    run(isa, Reduce(&x, u16::MAX)),
                    (11.5, 4.0, u16::MAX),
                    "{isa:?}"
                );
                let alone = run(isa, Reduce(&x, 1 << lane));
                assert_eq!(alone, (-11.0, 4.0, 1 << lane), "{isa:?}");
            }
        }
    }
}
