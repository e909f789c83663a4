//! Keys and values in 8 bits.

use super::*;

#[test]
fn keys_and_values_in_8_bits_hardly_change_what_is_predicted() {
    for (family, dtype) in [("qwen2", GgmlDType::F32), ("llama", GgmlDType::F32)] {
        let decoder = load(&TinyModel::new(family, 64, dtype).write());
        let tokens = many(300);
        let by = |precision, share| {
            let sparse = Sparse {
                precision,
                ..sparse(Budget::share(share))
            };
            run_with(&decoder, &tokens, 1, Attention::Sparse(sparse))
        };
        // Nearly everything is read, so that the choice makes no difference.
        let exact = by(Precision::Halves, 0.99);
        let coarse = by(Precision::Bytes, 0.99);
        assert!(coarse != exact);
        let (from_coarse, from_some) = (
            distance(&coarse, &exact),
            distance(&by(Precision::Halves, 0.3), &exact),
        );
        assert!(from_coarse < from_some / 4.0, "{from_coarse} {from_some}");
        assert!(from_coarse < 0.05, "{from_coarse}");
    }
}

#[test]
fn keys_and_values_in_8_bits_are_half_of_the_bytes() {
    let tokens = many(320);
    let bytes = |precision| {
        let sparse = Sparse {
            precision,
            ..sparse(Budget::share(0.01))
        };
        stats_of(Attention::Sparse(sparse), &tokens).bytes as f64
    };
    let ratio = bytes(Precision::Bytes) / bytes(Precision::Halves);
    assert!((0.5..0.65).contains(&ratio), "{ratio}");
}
