//! Which instructions this processor has.

use std::sync::OnceLock;

/// A set of vector instructions that kernels are written for, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Isa {
    /// AVX-512 with 8-bit dot products (F, BW, VL, DQ, VNNI).
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2 with FMA and half floats.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of plain code.
    Portable,
}

impl Isa {
    /// The best one that this processor has.
    pub(crate) fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Self::all()[0])
    }

    /// All that this processor has, best first.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn all() -> Vec<Self> {
        let avx2 = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c");
        let avx512 = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vnni");
        let mut all = vec![Self::Portable];
        if avx2 {
            all.insert(0, Self::Avx2);
        }
        if avx512 {
            all.insert(0, Self::Avx512);
        }
        all
    }

    /// All that this processor has, best first.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn all() -> Vec<Self> {
        vec![Self::Portable]
    }
}
