//! The kernels against softmaxes in 64 bits.

use half::f16;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;
use crate::kernels::{Isa, lanes};

struct Case {
    head_dim: usize,
    keys: Vec<u16>,
    values: Vec<u16>,
    queries: Vec<f32>,
}

impl Case {
    fn new(head_dim: usize, pages: usize, queries: usize, size: f32) -> Self {
        let mut random = StdRng::seed_from_u64((head_dim * pages * queries) as u64);
        let mut floats = |n: usize, size: f32| -> Vec<f32> {
            (0..n).map(|_| random.random_range(-size..size)).collect()
        };
        let halves = |floats: Vec<f32>| -> Vec<u16> {
            floats.iter().map(|x| f16::from_f32(*x).to_bits()).collect()
        };
        Self {
            head_dim,
            keys: halves(floats(pages * PAGE * head_dim, size)),
            values: halves(floats(pages * PAGE * head_dim, 1.0)),
            queries: floats(queries * head_dim, 1.0),
        }
    }

    fn pages(&self) -> HeadPages<'_> {
        HeadPages {
            keys: &self.keys,
            values: &self.values,
            stride: PAGE * self.head_dim,
            head_dim: self.head_dim,
        }
    }

    fn key(&self, at: usize, dim: usize) -> f64 {
        let page = &self.keys[at / PAGE * PAGE * self.head_dim..];
        f16::from_bits(page[dim * PAGE + at % PAGE]).to_f64()
    }

    fn value(&self, at: usize, dim: usize) -> f64 {
        f16::from_bits(self.values[at * self.head_dim + dim]).to_f64()
    }

    /// What a query reads from the keys of `seen`, in 64 bits.
    fn reference(&self, query: usize, seen: &[usize]) -> Vec<f64> {
        let query = &self.queries[query * self.head_dim..][..self.head_dim];
        let score = |at: usize| -> f64 {
            let pairs = query.iter().enumerate();
            pairs.map(|(d, q)| f64::from(*q) * self.key(at, d)).sum()
        };
        let scores: Vec<f64> = seen.iter().map(|at| score(*at)).collect();
        let highest = scores.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<f64> = scores.iter().map(|s| (s - highest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        (0..self.head_dim)
            .map(|d| {
                let pairs = weights.iter().zip(seen);
                pairs.map(|(w, at)| w * self.value(*at, d)).sum::<f64>() / sum
            })
            .collect()
    }

    fn attend(&self, isa: Isa, visible: usize, group: usize, skip: f32) -> (Vec<f32>, Reads) {
        let mut out = vec![0.0; self.queries.len()];
        let mut states = vec![Softmax::EMPTY; out.len() / self.head_dim];
        let reads = lanes::run(
            isa,
            Attend {
                states: &mut states,
                queries: &self.queries,
                pages: self.pages(),
                visible,
                group,
                skip,
                out: &mut out,
            },
        );
        (out, reads)
    }
}

fn close(got: &[f32], expected: &[f64], what: &str) {
    for (got, expected) in got.iter().zip(expected) {
        let error = (f64::from(*got) - expected).abs();
        assert!(error < 2e-5, "{what}: {got}, not {expected}");
    }
}

#[test]
fn reads_what_the_softmax_says() {
    for isa in Isa::all() {
        for (head_dim, group, rows) in [(16, 1, 1), (64, 7, 5), (128, 6, 3), (48, 3, 9)] {
            for visible in [1, 31, 32, 33, 100] {
                let pages = usize::div_ceil(visible + rows - 1, PAGE);
                let case = Case::new(head_dim, pages, group * rows, 2.0);
                let (out, reads) = case.attend(isa, visible, group, f32::INFINITY);
                let mut pairs = 0;
                for (query, got) in out.chunks(head_dim).enumerate() {
                    let seen: Vec<usize> = (0..visible + query / group).collect();
                    pairs += seen.len() as u64;
                    close(got, &case.reference(query, &seen), &format!("{isa:?}"));
                }
                assert_eq!(reads.pairs, pairs);
                assert_eq!(reads.pages, pages as u64);
            }
        }
    }
}

#[test]
fn together_or_one_by_one_gives_the_same_bits() {
    for isa in Isa::all() {
        let case = Case::new(64, 4, 7 * 20, 3.0);
        let (together, _) = case.attend(isa, 90, 7, 9.0);
        for query in 0..7 * 20 {
            let alone = Case {
                queries: case.queries[query * 64..][..64].to_vec(),
                keys: case.keys.clone(),
                values: case.values.clone(),
                ..case
            };
            let (alone, _) = alone.attend(isa, 90 + query / 7, 1, 9.0);
            assert_eq!(alone, together[query * 64..][..64], "{isa:?}, {query}");
        }
    }
}

#[test]
fn large_scores_overflow_nothing() {
    for isa in Isa::all() {
        let case = Case::new(64, 3, 4, 500.0);
        let (out, _) = case.attend(isa, 80, 2, f32::INFINITY);
        for (query, got) in out.chunks(64).enumerate() {
            let seen: Vec<usize> = (0..80 + query / 2).collect();
            assert!(got.iter().all(|x| x.is_finite()));
            close(got, &case.reference(query, &seen), &format!("{isa:?}"));
        }
    }
}

#[test]
fn skipping_costs_no_more_than_it_says() {
    for isa in Isa::all() {
        let case = Case::new(64, 40, 7, 4.0);
        let (all, every) = case.attend(isa, 40 * PAGE, 7, f32::INFINITY);
        let (some, fewer) = case.attend(isa, 40 * PAGE, 7, 8.0);
        assert!(fewer.pairs < every.pairs, "{fewer:?} {every:?}");
        let bound = 40.0 * PAGE as f32 * (-8f32).exp() * 2.0;
        for (a, b) in all.iter().zip(&some) {
            assert!((a - b).abs() <= bound);
        }
    }
}

fn chosen(case: &Case, isa: Isa, chosen: &[(u32, u32)]) -> (Vec<f32>, Reads) {
    let pages: Vec<u32> = chosen.iter().map(|(page, _)| *page).collect();
    let queries = case.queries.len() / case.head_dim;
    let mut scores = vec![0.0; pages.len() * queries * PAGE];
    lanes::run(
        isa,
        Score {
            queries: &case.queries,
            pages: case.pages(),
            chosen: &pages,
            out: &mut scores,
        },
    );
    let mut out = vec![0.0; case.queries.len()];
    let mut states = vec![Softmax::EMPTY; queries];
    let reads = lanes::run(
        isa,
        AttendChosen {
            states: &mut states,
            pages: case.pages(),
            scores: &scores,
            chosen,
            out: &mut out,
        },
    );
    (out, reads)
}

#[test]
fn every_key_chosen_gives_the_bits_of_dense_attention() {
    for isa in Isa::all() {
        for group in [1, 3, 6, 7, 9] {
            let case = Case::new(64, 4, group, 2.0);
            let (dense, reads) = case.attend(isa, 100, group, f32::INFINITY);
            let pages = [
                (0, u32::MAX),
                (1, u32::MAX),
                (2, u32::MAX),
                (3, first_slots(4)),
            ];
            assert_eq!(chosen(&case, isa, &pages), (dense, reads), "{isa:?}");
        }
    }
}

#[test]
fn only_chosen_keys_are_read() {
    for isa in Isa::all() {
        let case = Case::new(64, 4, 7, 2.0);
        let (out, reads) = chosen(&case, isa, &[(0, 0b1011), (1, 0), (3, 1 << 31)]);
        for (query, got) in out.chunks(64).enumerate() {
            close(got, &case.reference(query, &[0, 1, 3, 127]), "chosen");
        }
        assert_eq!(
            reads,
            Reads {
                pairs: 28,
                pages: 2
            }
        );
    }
}
