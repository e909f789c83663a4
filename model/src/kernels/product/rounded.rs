//! Activations in 8 bits.

use super::format::BLOCK;
use crate::kernels::{Isa, Team};

/// Tokens that a kernel takes at once, at most.
pub(super) const TILE: usize = 16;

/// 32 activations of a token: `x ≈ scale · integers`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Block {
    /// From -127 to 127.
    pub(super) integers: [i8; BLOCK],
    pub(super) scale: f32,
    /// The sum of the integers times the scale.
    pub(super) sum: f32,
    /// The sum of the integers, negated: where a sum of products with weights begins
    /// that are too large by one.
    pub(super) negated: i32,
    /// Those of the first and the last 16.
    pub(super) halves: [i32; 2],
}

impl Block {
    const ZERO: Self = Self {
        integers: [0; BLOCK],
        scale: 0.0,
        sum: 0.0,
        negated: 0,
        halves: [0; 2],
    };
}

/// Activations of several tokens, rounded to 8 bits in blocks of 32 with a scale each.
///
/// Tokens are kept in tiles of sixteen, and what remains in tiles of eight, four, two
/// and one; a tile has its blocks column by column, each for all of its tokens.
pub(crate) struct Rounded {
    columns: usize,
    tokens: usize,
    blocks: Vec<Block>,
}

impl Rounded {
    /// Nothing yet; for [`round`](Self::round).
    pub(crate) fn new() -> Self {
        Self {
            columns: 0,
            tokens: 0,
            blocks: Vec::new(),
        }
    }

    /// Takes the activations `x`, `[tokens, columns]`, in place of what was there;
    /// `columns` is a multiple of 32.
    pub(crate) fn round(&mut self, team: &Team, x: &[f32], columns: usize) {
        assert!(columns > 0 && columns.is_multiple_of(BLOCK) && x.len().is_multiple_of(columns));
        self.columns = columns;
        self.tokens = x.len() / columns;
        self.blocks.resize(x.len() / BLOCK, Block::ZERO);
        let per_token = columns / BLOCK;
        team.each_chunk(&mut self.blocks, TILE * per_token, |i, blocks| {
            let first = i * TILE;
            for tile in tiles(blocks.len() / per_token) {
                let x = &x[(first + tile.first) * columns..][..tile.width * columns];
                let blocks = &mut blocks[tile.first * per_token..][..tile.width * per_token];
                for (token, x) in x.chunks_exact(columns).enumerate() {
                    round_token(x, blocks[token..].iter_mut().step_by(tile.width));
                }
            }
        });
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// The blocks of a tile.
    pub(super) fn tile(&self, tile: Tile) -> &[Block] {
        let per_token = self.columns / BLOCK;
        &self.blocks[tile.first * per_token..][..tile.width * per_token]
    }
}

/// Neighbouring tokens that kernels take at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) first: usize,
    /// 16, 8, 4, 2 or 1.
    pub(super) width: usize,
}

/// How that many tokens are cut into tiles.
pub(super) fn tiles(tokens: usize) -> impl Iterator<Item = Tile> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let left = tokens - first;
        let width = (1 << left.checked_ilog2()?).min(TILE);
        first += width;
        Some(Tile {
            first: first - width,
            width,
        })
    })
}

fn round_token<'a>(x: &[f32], blocks: impl Iterator<Item = &'a mut Block>) {
    match Isa::best() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has AVX2, which every `Isa` but `Portable` includes.
        Isa::Avx512 | Isa::Avx2 => unsafe { round_avx2(x, blocks) },
        Isa::Portable => round_blocks(x, blocks),
    }
}

/// The same code, with wider vectors.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn round_avx2<'a>(x: &[f32], blocks: impl Iterator<Item = &'a mut Block>) {
    round_blocks(x, blocks);
}

#[inline(always)]
fn round_blocks<'a>(x: &[f32], blocks: impl Iterator<Item = &'a mut Block>) {
    for (x, block) in x.as_chunks::<BLOCK>().0.iter().zip(blocks) {
        *block = round_block(x);
    }
}

/// Loops that compilers turn into vector code.
#[inline(always)]
fn round_block(x: &[f32; BLOCK]) -> Block {
    // Without their signs, floats order as integers do.
    let magnitude = |value: &f32| value.to_bits() & 0x7fff_ffff;
    let largest = f32::from_bits(x.iter().map(magnitude).fold(0, u32::max));
    // What is too small to divide by is too small to matter.
    let inverse = match largest > 1e-30 {
        true => 127.0 / largest,
        false => 0.0,
    };
    // Added to 1.5 · 2²³, a small number is rounded to the nearest integer, which
    // then stands in the low bits.
    const SHIFT: f32 = 12_582_912.0;
    let rounded =
        x.map(|value| (value * inverse + SHIFT).to_bits() as i32 - SHIFT.to_bits() as i32);
    let half = |half: &[i32]| -half.iter().sum::<i32>();
    let halves = [half(&rounded[..16]), half(&rounded[16..])];
    let scale = match largest > 1e-30 {
        true => largest / 127.0,
        false => 0.0,
    };
    let negated = halves[0] + halves[1];
    Block {
        integers: rounded.map(|value| value as i8),
        scale,
        sum: scale * -negated as f32,
        negated,
        halves,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    #[test]
    fn tiles_cover_all_tokens() {
        for tokens in 0..100 {
            let tiles: Vec<_> = tiles(tokens).collect();
            let mut next = 0;
            for tile in &tiles {
                assert_eq!(tile.first, next);
                next += tile.width;
            }
            assert_eq!(next, tokens);
            assert!(tiles.len() <= tokens / TILE + 4);
        }
    }

    #[test]
    fn a_block_is_within_half_a_step() {
        let team = Team::new(NonZero::<usize>::MIN);
        let values: Vec<f32> = (0..21 * 64)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) * 1.5f32.powi(i / 64 - 10))
            .collect();
        let mut rounded = Rounded::new();
        rounded.round(&team, &values, 64);
        assert_eq!((rounded.tokens(), rounded.columns()), (21, 64));
        for tile in tiles(21) {
            for (i, block) in rounded.tile(tile).iter().enumerate() {
                let token = tile.first + i % tile.width;
                let x = &values[token * 64 + i / tile.width * BLOCK..][..BLOCK];
                for (&x, &q) in x.iter().zip(&block.integers) {
                    let error = (x - block.scale * f32::from(q)).abs();
                    assert!(error <= 0.5001 * block.scale, "{x} {q}");
                }
                let sum = |q: &[i8]| q.iter().map(|&q| i32::from(q)).sum::<i32>();
                let (low, high) = block.integers.split_at(16);
                assert_eq!(block.halves, [-sum(low), -sum(high)]);
                assert_eq!(block.negated, -sum(&block.integers));
                assert_eq!(block.sum, block.scale * sum(&block.integers) as f32);
            }
        }
    }

    #[test]
    fn zeros_and_tiny_values_round_to_zero() {
        let team = Team::new(NonZero::<usize>::MIN);
        let mut rounded = Rounded::new();
        for value in [0.0, -0.0, 1e-39, f32::MIN_POSITIVE] {
            rounded.round(&team, &[value; BLOCK], BLOCK);
            assert_eq!(rounded.blocks[0].integers, [0; BLOCK]);
            assert_eq!(rounded.blocks[0].scale, 0.0);
        }
    }
}
