//! Rows of activations, value by value. Lengths are multiples of 16.

use super::Isa;
use super::lanes::{self, Kernel, Lanes, WIDTH};

/// RMSNorm (Zhang and Sennrich, 2019, arXiv:1910.07467) of one row.
pub(crate) fn rms_norm(isa: Isa, x: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
    assert!(x.len() == weight.len() && x.len() == out.len() && x.len().is_multiple_of(WIDTH));
    lanes::run(
        isa,
        RmsNorm {
            x,
            weight,
            epsilon,
            out,
        },
    );
}

struct RmsNorm<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    epsilon: f32,
    out: &'a mut [f32],
}

impl Kernel for RmsNorm<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let rows = self.x.chunks_exact(WIDTH);
        // SAFETY: the caller has the instructions of `L`; chunks have 16 values.
        unsafe {
            let mut squares = L::splat(0.0);
            for x in rows.clone() {
                let x = L::load(x.as_ptr());
                squares = x.mul_add(x, squares);
            }
            let mean = squares.sum() / self.x.len() as f32;
            let scale = L::splat(1.0 / (mean + self.epsilon).sqrt());
            let weights = self.weight.chunks_exact(WIDTH);
            let out = self.out.chunks_exact_mut(WIDTH);
            for ((x, weight), out) in rows.zip(weights).zip(out) {
                let scaled = L::load(x.as_ptr()).mul(scale);
                scaled.mul(L::load(weight.as_ptr())).store(out.as_mut_ptr());
            }
        }
    }
}

/// `gate = silu(gate) * up`, the gate of SwiGLU (Shazeer, 2020, arXiv:2002.05202).
pub(crate) fn swiglu(isa: Isa, gate: &mut [f32], up: &[f32]) {
    assert!(gate.len() == up.len() && gate.len().is_multiple_of(WIDTH));
    lanes::run(isa, SwiGlu { gate, up });
}

struct SwiGlu<'a> {
    gate: &'a mut [f32],
    up: &'a [f32],
}

impl Kernel for SwiGlu<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let rows = self.gate.chunks_exact_mut(WIDTH);
        for (gate, up) in rows.zip(self.up.chunks_exact(WIDTH)) {
            // SAFETY: the caller has the instructions of `L`; chunks have 16 values.
            unsafe {
                let x = L::load(gate.as_ptr());
                let one = L::splat(1.0);
                let sigmoid = one.div(one.add(L::splat(0.0).sub(x).exp()));
                let silu = x.mul(sigmoid);
                silu.mul(L::load(up.as_ptr())).store(gate.as_mut_ptr());
            }
        }
    }
}

/// `to += from`.
pub(crate) fn add(isa: Isa, to: &mut [f32], from: &[f32]) {
    assert!(to.len() == from.len() && to.len().is_multiple_of(WIDTH));
    lanes::run(isa, Add { to, from });
}

struct Add<'a> {
    to: &'a mut [f32],
    from: &'a [f32],
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let rows = self.to.chunks_exact_mut(WIDTH);
        for (to, from) in rows.zip(self.from.chunks_exact(WIDTH)) {
            // SAFETY: the caller has the instructions of `L`; chunks have 16 values.
            unsafe {
                let sum = L::load(to.as_ptr()).add(L::load(from.as_ptr()));
                sum.store(to.as_mut_ptr());
            }
        }
    }
}

/// Rounds to half floats.
pub(crate) fn to_halves(isa: Isa, from: &[f32], to: &mut [u16]) {
    assert!(to.len() == from.len() && to.len().is_multiple_of(WIDTH));
    lanes::run(isa, ToHalves { from, to });
}

struct ToHalves<'a> {
    from: &'a [f32],
    to: &'a mut [u16],
}

impl Kernel for ToHalves<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let rows = self.to.chunks_exact_mut(WIDTH);
        for (to, from) in rows.zip(self.from.chunks_exact(WIDTH)) {
            // SAFETY: the caller has the instructions of `L`; chunks have 16 values.
            unsafe { L::load(from.as_ptr()).store_f16(to.as_mut_ptr()) };
        }
    }
}

/// Widens half floats.
pub(crate) fn from_halves(isa: Isa, from: &[u16], to: &mut [f32]) {
    assert!(to.len() == from.len() && to.len().is_multiple_of(WIDTH));
    lanes::run(isa, FromHalves { from, to });
}

struct FromHalves<'a> {
    from: &'a [u16],
    to: &'a mut [f32],
}

impl Kernel for FromHalves<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let rows = self.to.chunks_exact_mut(WIDTH);
        for (to, from) in rows.zip(self.from.chunks_exact(WIDTH)) {
            // SAFETY: the caller has the instructions of `L`; chunks have 16 values.
            unsafe { L::load_f16(from.as_ptr()).store(to.as_mut_ptr()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(n: usize) -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 7.0)
            .collect()
    }

    fn close(got: &[f32], expected: impl Iterator<Item = f64>) {
        for (got, expected) in got.iter().zip(expected) {
            let error = (f64::from(*got) - expected).abs();
            assert!(error <= 1e-6 * expected.abs().max(1e-3), "{got} {expected}");
        }
    }

    #[test]
    fn rms_norm_is_the_formula() {
        let (x, weight) = (values(96), values(96));
        let squares: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
        let scale = 1.0 / (squares / 96.0 + 1e-6).sqrt();
        for isa in Isa::all() {
            let mut out = vec![0.0; 96];
            rms_norm(isa, &x, &weight, 1e-6, &mut out);
            let pairs = x.iter().zip(&weight);
            close(
                &out,
                pairs.map(|(x, w)| f64::from(*x) * scale * f64::from(*w)),
            );
        }
    }

    #[test]
    fn swiglu_is_the_formula() {
        let (gate, up) = (values(128), values(128));
        for isa in Isa::all() {
            let mut out: Vec<f32> = gate.iter().map(|x| x * 20.0).collect();
            let x = out.clone();
            swiglu(isa, &mut out, &up);
            let pairs = x
                .iter()
                .zip(&up)
                .map(|(x, u)| (f64::from(*x), f64::from(*u)));
            close(&out, pairs.map(|(x, u)| x / (1.0 + (-x).exp()) * u));
        }
    }

    #[test]
    fn sums_and_halves_go_value_by_value() {
        for isa in Isa::all() {
            let mut sum = values(32);
            add(isa, &mut sum, &values(32));
            close(&sum, values(32).iter().map(|x| 2.0 * f64::from(*x)));
            let (mut halves, mut back) = (vec![0; 32], vec![0.0; 32]);
            to_halves(isa, &values(32), &mut halves);
            from_halves(isa, &halves, &mut back);
            for (x, back) in values(32).iter().zip(back) {
                assert_eq!(half::f16::from_f32(*x).to_f32(), back);
            }
        }
    }
}
