//! What sparse attention leaves out, measured beside dense attention on a text.

use serde::Serialize;

use super::MeasureError;
use super::passes::{Bench, Watch, step};
use crate::attention::{Attention, Candidates, Precision, Sparse};
use crate::decoder::Meter;
use crate::local::CHUNK;

/// Positions at the end of the text that was read of which the predictions are
/// compared.
const COMPARED: usize = 64;

/// Sparse attention beside dense attention, on the same text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Tokens that were read before the tokens that were written.
    pub depth: usize,
    /// Tokens that were written one by one.
    pub steps: usize,
    /// The attention that was measured.
    pub sparse: Sparse,
    /// Reading the first tokens.
    pub reading: Reading,
    /// Writing the others.
    pub writing: Writing,
}

/// Reading a text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// Pairs of query and key of attention without a mask.
    pub full_pairs: u64,
    /// Those of causal attention.
    pub causal_pairs: u64,
    /// Those that sparse attention reads, a mean over layers and heads.
    pub sparse_pairs: f64,
    /// Kullback-Leibler divergence from the dense predictions, in nats a token, over
    /// the last positions.
    pub kl: f64,
}

/// Writing after a text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Writing {
    /// The share of positions whose values are read, a mean over layers and heads.
    pub positions: f64,
    /// The share of attention that they hold.
    pub mass: f64,
    /// The same for the best choice: no sinks, no window, all keys scored, as they are kept.
    pub best_positions: f64,
    /// The attention that the best choice holds.
    pub best_mass: f64,
    /// Kullback-Leibler divergence from the dense predictions, in nats a token.
    pub kl: f64,
    /// The share of tokens of which the likeliest next token is the same.
    pub same_top: f64,
    /// Perplexity of the text under dense attention.
    pub dense_perplexity: f64,
    /// Perplexity of the text under sparse attention.
    pub sparse_perplexity: f64,
}

/// Reads the first `depth` tokens, then writes the others, sparse beside dense, once for
/// each kind of sparse attention: each token is predicted by both from what dense
/// attention has read. Kinds that read a text alike share the reading.
pub fn quality(
    bench: &mut Bench,
    tokens: &[u32],
    depth: usize,
    kinds: &[Sparse],
    watch: &mut Watch<'_>,
) -> Result<Vec<Quality>, MeasureError> {
    assert!(depth < tokens.len(), "there is nothing to write");
    bench.reserve(tokens.len())?;
    let (before, after) = tokens.split_at(depth);
    let mut read_sparse: Vec<(Sparse, Vec<Vec<f64>>, f64)> = Vec::new();
    for kind in kinds {
        if !read_sparse
            .iter()
            .any(|(other, ..)| reads_alike(kind, other))
        {
            let (rows, meter) = read(bench, before, Attention::Sparse(*kind), watch)?;
            read_sparse.push((*kind, rows, bench.stats(&meter).pairs));
        }
    }
    let (dense_rows, _) = read(bench, before, Attention::Dense, watch)?;
    let mut measured = Vec::new();
    for kind in kinds {
        let same = read_sparse
            .iter()
            .find(|(other, ..)| reads_alike(kind, other));
        let Some((_, rows, pairs)) = same else {
            continue;
        };
        let rows = dense_rows.iter().zip(rows);
        let kl: f64 = rows.map(|(dense, sparse)| divergence(dense, sparse)).sum();
        measured.push(Quality {
            depth,
            steps: after.len(),
            sparse: *kind,
            reading: Reading {
                full_pairs: (depth as u64).pow(2),
                causal_pairs: (depth as u64 * (depth as u64 + 1)) / 2,
                sparse_pairs: *pairs,
                kl: kl / dense_rows.len().max(1) as f64,
            },
            writing: write(bench, after, *kind, watch)?,
        });
        bench.keep(depth);
    }
    Ok(measured)
}

/// Whether prompts are read in the same way: there, only pages are skipped.
fn reads_alike(a: &Sparse, b: &Sparse) -> bool {
    (a.skip, a.dense_below) == (b.skip, b.dense_below)
}

/// Reads a text from its beginning; returns the predictions of its last tokens.
fn read(
    bench: &mut Bench,
    tokens: &[u32],
    attention: Attention,
    watch: &mut Watch<'_>,
) -> Result<(Vec<Vec<f64>>, Meter), MeasureError> {
    bench.keep(0);
    let mut meter = Meter::default();
    let first = tokens.len().saturating_sub(COMPARED);
    for chunk in tokens[..first].chunks(CHUNK) {
        bench.run(chunk, attention, &mut meter);
        step(watch, chunk.len())?;
    }
    let mut rows = Vec::new();
    if first < tokens.len() {
        let states = bench.run(&tokens[first..], attention, &mut meter);
        rows = bench.predictions(&states, probabilities);
        step(watch, tokens.len() - first)?;
    }
    Ok((rows, meter))
}

fn write(
    bench: &mut Bench,
    tokens: &[u32],
    sparse: Sparse,
    watch: &mut Watch<'_>,
) -> Result<Writing, MeasureError> {
    let best = Sparse {
        sinks: 0,
        window: 0,
        candidates: Candidates {
            all_below: usize::MAX,
            share: 1.0,
        },
        precision: Precision::Halves,
        ..sparse
    };
    let mut meters = [sparse, best].map(|_| Meter::default().measuring_mass());
    let (mut kl, mut same, mut dense_loss, mut sparse_loss) = (0.0, 0usize, 0.0, 0.0);
    for (i, token) in tokens.iter().enumerate() {
        let depth = bench.depth();
        bench.run(&[*token], Attention::Sparse(best), &mut meters[1]);
        bench.keep(depth);
        let states = bench.run(&[*token], Attention::Sparse(sparse), &mut meters[0]);
        let by_sparse = bench.predictions(&states, probabilities).pop();
        bench.keep(depth);
        let states = bench.run(&[*token], Attention::Dense, &mut Meter::default());
        let by_dense = bench.predictions(&states, probabilities).pop();
        let (Some(by_sparse), Some(by_dense)) = (by_sparse, by_dense) else {
            continue;
        };
        kl += divergence(&by_dense, &by_sparse);
        same += usize::from(likeliest(&by_dense) == likeliest(&by_sparse));
        if let Some(next) = tokens.get(i + 1) {
            dense_loss -= by_dense[*next as usize].ln();
            sparse_loss -= by_sparse[*next as usize].ln();
        }
        step(watch, 1)?;
    }
    let steps = tokens.len() as f64;
    let predicted = (steps - 1.0).max(1.0);
    let [chosen, best] = meters.map(|meter| bench.stats(&meter));
    Ok(Writing {
        positions: chosen.pairs / chosen.causal_pairs,
        mass: chosen.mass_kept.unwrap_or(1.0),
        best_positions: best.pairs / best.causal_pairs,
        best_mass: best.mass_kept.unwrap_or(1.0),
        kl: kl / steps,
        same_top: same as f64 / steps,
        dense_perplexity: (dense_loss / predicted).exp(),
        sparse_perplexity: (sparse_loss / predicted).exp(),
    })
}

fn probabilities(logits: &[f32]) -> Vec<f64> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights = logits.iter().map(|x| f64::from(x - highest).exp());
    let weights: Vec<f64> = weights.collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Kullback-Leibler divergence, in nats.
fn divergence(from: &[f64], to: &[f64]) -> f64 {
    let pairs = from.iter().zip(to).filter(|(p, q)| **p > 0.0 && **q > 0.0);
    pairs.map(|(p, q)| p * (p / q).ln()).sum()
}

fn likeliest(probabilities: &[f64]) -> Option<usize> {
    let each = probabilities.iter().enumerate();
    each.max_by(|a, b| a.1.total_cmp(b.1))
        .map(|(token, _)| token)
}

#[cfg(test)]
mod tests {
    use candle_core::quantized::GgmlDType;

    use super::*;
    use crate::attention::Budget;
    use crate::local::OpenOptions;
    use crate::testing::TinyModel;

    fn measured(budget: Budget) -> Quality {
        let file = TinyModel::new("qwen2", 64, GgmlDType::Q8_0).write();
        let mut bench = Bench::open(&file.path, OpenOptions::default()).unwrap();
        let tokens: Vec<u32> = (0..300).map(|i| (i * i * 7 + i * 31) % 258).collect();
        let sparse = Sparse {
            budget,
            dense_below: 0,
            skip: Some(3.0),
            ..Sparse::default()
        };
        let go_on = &mut |_| std::ops::ControlFlow::Continue(());
        quality(&mut bench, &tokens, 280, &[sparse], go_on).unwrap()[0]
    }

    #[test]
    fn a_whole_budget_leaves_nothing_out() {
        let Writing {
            positions,
            mass,
            kl,
            same_top,
            dense_perplexity,
            sparse_perplexity,
            ..
        } = measured(Budget::share(1.0)).writing;
        assert_eq!((positions, kl, same_top), (1.0, 0.0, 1.0));
        assert!((mass - 1.0).abs() < 1e-5);
        assert_eq!(dense_perplexity, sparse_perplexity);
    }

    #[test]
    fn a_small_budget_is_told_beside_the_best() {
        let Quality {
            reading, writing, ..
        } = measured(Budget::share(0.3));
        assert_eq!(reading.full_pairs, 280 * 280);
        assert_eq!(reading.causal_pairs, 280 * 281 / 2);
        assert!(reading.sparse_pairs <= reading.causal_pairs as f64);
        assert!((writing.positions - 0.3).abs() < 0.01);
        assert!((writing.best_positions - 0.3).abs() < 0.01);
        assert!(writing.mass <= writing.best_mass && writing.mass > 0.3);
        assert!(writing.kl > 0.0);
    }
}
