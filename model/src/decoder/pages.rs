//! Keys and values of the tokens that the decoder has seen, in pages of 32 tokens.

use std::ops::Range;

use super::config::Config;
use super::rope::Rope;
use crate::kernels::attention::{HeadPages, PAGE};
use crate::kernels::coarse::{CoarsePages, Coarsen};
use crate::kernels::{Isa, Team, elementwise, lanes};

/// Pages are made room for so many at a time.
const STEP: usize = 32;

/// The keys and values of every layer, for one sequence; half floats.
pub(crate) struct Pages {
    layers: Vec<LayerPages>,
    kv_heads: usize,
    head_dim: usize,
    len: usize,
}

/// One layer.
struct LayerPages {
    /// Rotated, `[page][kv_head][dim][slot]`.
    keys: Vec<u16>,
    /// `[page][kv_head][slot][dim]`.
    values: Vec<u16>,
    /// The least and the greatest of each dimension of a page's keys, laid out as
    /// keys are, a page for a token: `[page / 32][bound][kv_head][dim][page % 32]`.
    bounds: Vec<u16>,
    /// The keys of whole pages in 8 bits, as far as they were asked for.
    coarse_keys: Coarse,
    /// The values, likewise.
    coarse_values: Coarse,
    /// Pages that are in 8 bits.
    coarse: usize,
}

/// Pages in 8 bits.
#[derive(Default)]
struct Coarse {
    /// Laid out as what they were made of.
    codes: Vec<u8>,
    /// `[page][kv_head][least, step][row]`.
    scales: Vec<u16>,
}

/// Keys before rotation and values of some tokens of one layer, as half floats,
/// `[token][kv_head][dim]` each.
#[derive(Clone, Copy)]
pub(crate) struct Halves<'a> {
    pub(crate) keys: &'a [u16],
    pub(crate) values: &'a [u16],
}

impl Pages {
    pub(crate) fn new(config: &Config) -> Self {
        let layer = || LayerPages {
            keys: Vec::new(),
            values: Vec::new(),
            bounds: Vec::new(),
            coarse_keys: Coarse::default(),
            coarse_values: Coarse::default(),
            coarse: 0,
        };
        Self {
            layers: (0..config.layers).map(|_| layer()).collect(),
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            len: 0,
        }
    }

    /// Tokens held.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Forgets all but the first `len` tokens.
    pub(crate) fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.len = len;
        let (page, left) = (len / PAGE, len % PAGE);
        // The last page's bounds still hold for what was forgotten.
        for layer in &mut self.layers {
            for slot in 0..left {
                layer.bound(page, slot, self.kv_heads, self.head_dim);
            }
            layer.coarse = layer.coarse.min(page);
        }
    }

    /// Makes room for `tokens` in all, so that they can be written without a copy.
    pub(crate) fn reserve(&mut self, tokens: usize) {
        let pages = tokens.div_ceil(PAGE).next_multiple_of(STEP);
        let page = self.page_size();
        for layer in &mut self.layers {
            grow(&mut layer.keys, pages * page);
            grow(&mut layer.values, pages * page);
            grow(&mut layer.bounds, pages.div_ceil(PAGE) * 2 * page);
        }
    }

    /// Halves in a page of all heads.
    fn page_size(&self) -> usize {
        self.kv_heads * self.head_dim * PAGE
    }

    /// The pages of one key head of a layer.
    pub(crate) fn head(&self, layer: usize, kv_head: usize) -> HeadPages<'_> {
        let layer = &self.layers[layer];
        let start = kv_head * self.head_dim * PAGE;
        HeadPages {
            keys: &layer.keys[start..],
            values: &layer.values[start..],
            stride: self.page_size(),
            head_dim: self.head_dim,
        }
    }

    /// The rotated keys and the values of one key head of a layer, `[tokens, dim]` each.
    pub(crate) fn floats(&self, layer: usize, kv_head: usize) -> (Vec<f32>, Vec<f32>) {
        let head = self.head(layer, kv_head);
        let float = |half: u16| half::f16::from_bits(half).to_f32();
        let mut keys = Vec::with_capacity(self.len * self.head_dim);
        let mut values = Vec::with_capacity(self.len * self.head_dim);
        for token in 0..self.len {
            let (page, slot) = (token / PAGE * head.stride, token % PAGE);
            let key = (0..self.head_dim).map(|dim| head.keys[page + dim * PAGE + slot]);
            keys.extend(key.map(float));
            let value = &head.values[page + slot * self.head_dim..][..self.head_dim];
            values.extend(value.iter().map(|half| float(*half)));
        }
        (keys, values)
    }

    /// The least or the greatest keys of a key head's pages, as pages of keys.
    pub(crate) fn bounds(&self, layer: usize, kv_head: usize, bound: Bound) -> HeadPages<'_> {
        let start = (bound as usize * self.kv_heads + kv_head) * self.head_dim * PAGE;
        HeadPages {
            keys: &self.layers[layer].bounds[start..],
            values: &[],
            stride: 2 * self.page_size(),
            head_dim: self.head_dim,
        }
    }

    /// The keys of a key head in 8 bits; whole pages as far as
    /// [`coarsen`](Self::coarsen) has brought them.
    pub(crate) fn coarse_keys(&self, layer: usize, kv_head: usize) -> CoarsePages<'_> {
        let coarse = &self.layers[layer].coarse_keys;
        coarse.head(kv_head, self.kv_heads, (self.head_dim, PAGE))
    }

    /// The values, likewise.
    pub(crate) fn coarse_values(&self, layer: usize, kv_head: usize) -> CoarsePages<'_> {
        let coarse = &self.layers[layer].coarse_values;
        coarse.head(kv_head, self.kv_heads, (PAGE, self.head_dim))
    }

    /// Brings keys and values of a layer to 8 bits, of the pages that `tokens` fill.
    pub(crate) fn coarsen(&mut self, layer: usize, tokens: usize, team: &Team, isa: Isa) {
        let (kv_heads, head_dim) = (self.kv_heads, self.head_dim);
        let layer = &mut self.layers[layer];
        let pages = layer.coarse..tokens / PAGE;
        if pages.is_empty() {
            return;
        }
        layer.coarse = pages.end;
        let run = |coarse: &mut Coarse, halves: &[u16], rows: usize, columns: usize| {
            coarse.take(halves, pages.clone(), kv_heads, (rows, columns), team, isa);
        };
        run(&mut layer.coarse_keys, &layer.keys, head_dim, PAGE);
        run(&mut layer.coarse_values, &layer.values, PAGE, head_dim);
    }

    /// Writes tokens of one layer behind those held; they count once
    /// [`advance`](Self::advance) says that every layer has them. There must be room.
    pub(crate) fn append(
        &mut self,
        layer: usize,
        halves: Halves<'_>,
        rope: &Rope,
        team: &Team,
        isa: Isa,
    ) {
        let (kv_heads, head_dim, page_size) = (self.kv_heads, self.head_dim, self.page_size());
        let width = kv_heads * head_dim;
        let start = self.len;
        let end = start + halves.keys.len() / width;
        let first = start / PAGE;
        let pages = first..end.div_ceil(PAGE);
        let layer = &mut self.layers[layer];
        // The tokens of a page: where they are in `halves`, and their slots.
        let tokens = |page: usize| (page * PAGE).max(start)..((page + 1) * PAGE).min(end);
        let range = first * page_size..pages.end * page_size;
        team.each_chunk(&mut layer.keys[range.clone()], page_size, |i, page| {
            let mut key = vec![0f32; width];
            for token in tokens(first + i) {
                let row = &halves.keys[(token - start) * width..][..width];
                elementwise::from_halves(isa, row, &mut key);
                rope.rotate(&mut key, token);
                let mut rotated = vec![0u16; width];
                elementwise::to_halves(isa, &key, &mut rotated);
                for (dim, half) in rotated.into_iter().enumerate() {
                    page[dim * PAGE + token % PAGE] = half;
                }
            }
        });
        team.each_chunk(&mut layer.values[range], page_size, |i, page| {
            for token in tokens(first + i) {
                let row = &halves.values[(token - start) * width..][..width];
                for (head, row) in row.chunks_exact(head_dim).enumerate() {
                    let at = (head * PAGE + token % PAGE) * head_dim;
                    page[at..at + head_dim].copy_from_slice(row);
                }
            }
        });
        for token in start..end {
            layer.bound(token / PAGE, token % PAGE, kv_heads, head_dim);
        }
    }

    /// Counts tokens that every layer has written.
    pub(crate) fn advance(&mut self, tokens: usize) {
        self.len += tokens;
    }
}

/// Which bound of a page's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Least,
    Greatest,
}

impl Coarse {
    fn head(&self, head: usize, heads: usize, (rows, columns): (usize, usize)) -> CoarsePages<'_> {
        CoarsePages {
            codes: &self.codes[head * rows * columns..],
            scales: &self.scales[head * 2 * rows..],
            heads,
            rows,
            columns,
        }
    }

    /// Brings pages of `[page][head][row][column]` to 8 bits.
    fn take(
        &mut self,
        halves: &[u16],
        pages: Range<usize>,
        heads: usize,
        (rows, columns): (usize, usize),
        team: &Team,
        isa: Isa,
    ) {
        let (size, scales_size) = (heads * rows * columns, heads * 2 * rows);
        let room = halves.len();
        self.codes.resize(room.max(self.codes.len()), 0);
        let scales = room / size * scales_size;
        self.scales.resize(scales.max(self.scales.len()), 0);
        let range = |size: usize| pages.start * size..pages.end * size;
        let codes = self.codes[range(size)].chunks_exact_mut(size);
        let scales = self.scales[range(scales_size)].chunks_exact_mut(scales_size);
        let mut parts: Vec<_> = codes.zip(scales).collect();
        let halves = &halves[range(size)];
        team.each_chunk(&mut parts, 1, |i, part| {
            let (codes, scales) = &mut part[0];
            let coarsen = Coarsen {
                halves: &halves[i * size..][..size],
                codes,
                scales,
                rows,
                columns,
            };
            lanes::run(isa, coarsen);
        });
    }
}

impl LayerPages {
    /// Widens a page's bounds to hold the key in a slot; the first slot starts them.
    fn bound(&mut self, page: usize, slot: usize, kv_heads: usize, head_dim: usize) {
        let width = kv_heads * head_dim;
        let keys = &self.keys[page * width * PAGE..][..width * PAGE];
        let block = &mut self.bounds[page / PAGE * 2 * width * PAGE..][..2 * width * PAGE];
        let (least, greatest) = block.split_at_mut(width * PAGE);
        for (dim, keys) in keys.chunks_exact(PAGE).enumerate() {
            let key = keys[slot];
            let at = dim * PAGE + page % PAGE;
            if slot == 0 || order(key) < order(least[at]) {
                least[at] = key;
            }
            if slot == 0 || order(key) > order(greatest[at]) {
                greatest[at] = key;
            }
        }
    }
}

/// Half floats in their order, as integers.
fn order(half: u16) -> i16 {
    let bits = half as i16;
    bits ^ (((bits >> 15) as u16) >> 1) as i16
}

fn grow(halves: &mut Vec<u16>, len: usize) {
    if len > halves.len() {
        halves.reserve_exact(len - halves.len());
        halves.resize(len, 0);
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;

    #[test]
    fn halves_are_ordered_as_their_values() {
        let mut values = [-65504.0, -1.5, -1e-7, -0.0, 0.0, 6e-8, 0.3, 2.0, 60000.0];
        for pair in values.windows(2) {
            let [a, b] = [pair[0], pair[1]].map(|x| order(f16::from_f32(x).to_bits()));
            assert!(a <= b, "{pair:?}");
        }
        values.reverse();
        let orders = values.map(|x| order(f16::from_f32(x).to_bits()));
        assert!(orders.is_sorted_by(|a, b| a >= b));
    }
}
