//! One transformer layer.

use super::attention::Context;
use super::config::Config;
use super::linear::{Activations, Linear};
use super::measure::Meter;
use super::pages::{Halves, Pages};
use crate::error::OpenModelError;
use crate::gguf::Gguf;
use crate::kernels::{Rounded, Team, elementwise};

type Loaded<T> = std::result::Result<T, OpenModelError>;

/// RMSNorm.
pub(crate) struct Norm {
    weight: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    pub(crate) fn load(gguf: &Gguf, name: &str, config: &Config) -> Loaded<Self> {
        Ok(Self {
            weight: vector(gguf, &format!("{name}.weight"), config.hidden)?,
            epsilon: config.norm_epsilon as f32,
        })
    }

    pub(crate) fn forward(&self, x: &[f32], out: &mut Vec<f32>, context: &Context<'_>) {
        let width = self.weight.len();
        out.resize(x.len(), 0.0);
        context.team.each_chunk(out, width, |row, out| {
            let x = &x[row * width..][..width];
            elementwise::rms_norm(context.isa, x, &self.weight, self.epsilon, out);
        });
    }
}

/// Room for what a layer computes on the way, used again by the next one.
pub(crate) struct Scratch {
    normed: Vec<f32>,
    rounded: Rounded,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    by_head: Vec<f32>,
    read: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    keys: Vec<u16>,
    values: Vec<u16>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            normed: Vec::new(),
            rounded: Rounded::new(),
            query: Vec::new(),
            key: Vec::new(),
            value: Vec::new(),
            by_head: Vec::new(),
            read: Vec::new(),
            gate: Vec::new(),
            up: Vec::new(),
            keys: Vec::new(),
            values: Vec::new(),
        }
    }
}

/// Takes the keys before rotation and the values of new tokens, layer by layer.
pub(crate) trait KvSink {
    fn take(&mut self, layer: usize, halves: Halves<'_>);
}

/// Tokens that follow those of some pages, to be run together with those that follow others.
pub(crate) struct Run<'a> {
    pub(crate) tokens: usize,
    pub(crate) pages: &'a mut Pages,
    pub(crate) meter: &'a mut Meter,
    /// Who keeps the new keys and values, beside the pages.
    pub(crate) sink: Option<&'a mut dyn KvSink>,
}

impl<'a> Run<'a> {
    /// A run that is looked at, of which nothing is kept.
    pub(crate) fn looking(tokens: usize, pages: &'a mut Pages, meter: &'a mut Meter) -> Self {
        Self {
            tokens,
            pages,
            meter,
            sink: None,
        }
    }
}

pub(crate) struct Layer {
    index: usize,
    attention_norm: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    feed_forward_norm: Norm,
    gate: Linear,
    up: Linear,
    down: Linear,
}

impl Layer {
    pub(crate) fn load(gguf: &Gguf, config: &Config, index: usize, team: &Team) -> Loaded<Self> {
        let name = |part: &str| format!("blk.{index}.{part}");
        let linear = |part: &str, rows, columns| -> Loaded<Linear> {
            let weight = gguf.matrix(&name(&format!("{part}.weight")), (rows, columns))?;
            let bias = name(&format!("{part}.bias"));
            let bias = match gguf.has_tensor(&bias) {
                true => Some(vector(gguf, &bias, rows)?),
                false => None,
            };
            Ok(Linear::new(weight, bias, team))
        };
        let (hidden, wide) = (config.hidden, config.feed_forward);
        let queries = config.heads * config.head_dim;
        let keys = config.kv_heads * config.head_dim;
        Ok(Self {
            index,
            attention_norm: Norm::load(gguf, &name("attn_norm"), config)?,
            query: linear("attn_q", queries, hidden)?,
            key: linear("attn_k", keys, hidden)?,
            value: linear("attn_v", keys, hidden)?,
            attention_output: linear("attn_output", hidden, queries)?,
            feed_forward_norm: Norm::load(gguf, &name("ffn_norm"), config)?,
            gate: linear("ffn_gate", wide, hidden)?,
            up: linear("ffn_up", wide, hidden)?,
            down: linear("ffn_down", hidden, wide)?,
        })
    }

    /// Runs the tokens of some runs, one after another `[rows, hidden]`, through the layer, in place.
    /// The pages of each get its tokens' keys and values. But for attention, all rows are one
    /// product with a weight.
    pub(crate) fn forward(
        &self,
        x: &mut [f32],
        context: &Context<'_>,
        runs: &mut [Run<'_>],
        scratch: &mut Scratch,
    ) {
        let width = self.attention_norm.weight.len();
        let Scratch {
            normed,
            rounded,
            query,
            key,
            value,
            by_head,
            read,
            gate,
            up,
            keys,
            values,
        } = scratch;
        let (team, isa) = (context.team, context.isa);

        self.attention_norm.forward(x, normed, context);
        let activations = Activations::new(normed, width, rounded, team);
        let linears = [&self.query, &self.key, &self.value];
        Linear::forward(linears, &activations, [&mut *query, key, value], team);
        let adapter = context.adapter.and_then(|all| all.of(self.index));
        if let Some(adapter) = adapter {
            adapter.query.add(normed, query, team);
            adapter.key.add(normed, key, team);
            adapter.value.add(normed, value, team);
        }
        keys.resize(key.len(), 0);
        values.resize(value.len(), 0);
        elementwise::to_halves(isa, key, keys);
        elementwise::to_halves(isa, value, values);
        read.resize(query.len(), 0.0);
        let (query_width, key_width) = (self.query.rows(), self.key.rows());
        let mut start = 0;
        for run in runs {
            let rows = start..start + run.tokens;
            start = rows.end;
            let of = |width: usize| rows.start * width..rows.end * width;
            let halves = Halves {
                keys: &keys[of(key_width)],
                values: &values[of(key_width)],
            };
            let context = context.at(run.pages.len());
            self.attend(
                &query[of(query_width)],
                halves,
                &context,
                run,
                by_head,
                &mut read[of(query_width)],
            );
        }
        let activations = Activations::new(read, self.query.rows(), rounded, team);
        let output = normed;
        Linear::forward([&self.attention_output], &activations, [&mut *output], team);
        if let Some(adapter) = adapter {
            adapter.output.add(read, output, team);
        }
        elementwise::add(isa, x, output);

        let normed = output;
        self.feed_forward_norm.forward(x, normed, context);
        let activations = Activations::new(normed, width, rounded, team);
        Linear::forward([&self.gate, &self.up], &activations, [&mut *gate, up], team);
        let adapter = adapter.and_then(|adapter| adapter.feed_forward.as_ref());
        if let Some(adapter) = adapter {
            adapter.gate.add(normed, gate, team);
            adapter.up.add(normed, up, team);
        }
        let wide = self.gate.rows();
        team.each_chunk(gate, wide, |row, gate| {
            elementwise::swiglu(isa, gate, &up[row * wide..][..wide]);
        });
        let activations = Activations::new(gate, wide, rounded, team);
        Linear::forward([&self.down], &activations, [&mut *normed], team);
        if let Some(adapter) = adapter {
            adapter.down.add(gate, normed, team);
        }
        elementwise::add(isa, x, normed);
    }

    /// What a run's queries, `[rows, heads * dim]`, read of its pages, which get its keys and values.
    fn attend(
        &self,
        query: &[f32],
        halves: Halves<'_>,
        context: &Context<'_>,
        run: &mut Run<'_>,
        by_head: &mut Vec<f32>,
        read: &mut [f32],
    ) {
        if let Some(sink) = &mut run.sink {
            sink.take(self.index, halves);
        }
        let keys = halves.keys.len();
        run.pages
            .append(self.index, halves, context.rope, context.team, context.isa);
        context.coarsen(self.index, keys, run.pages);
        heads_first(query, by_head, context);
        let attended = context.attend(self.index, by_head, run.pages, run.meter);
        rows_first(&attended, read, context);
    }
}

/// From `[row][head][dim]` to `[kv_head][row][group][dim]`, rotated and scaled.
fn heads_first(query: &[f32], out: &mut Vec<f32>, context: &Context<'_>) {
    let width = context.group * context.head_dim;
    let row_width = context.kv_heads * width;
    let rows = query.len() / row_width;
    let scale = 1.0 / (context.head_dim as f32).sqrt();
    out.resize(query.len(), 0.0);
    context.team.each_chunk(out, width, |i, out| {
        let (kv_head, row) = (i / rows, i % rows);
        let from = &query[row * row_width + kv_head * width..][..width];
        for (out, from) in out.iter_mut().zip(from) {
            *out = from * scale;
        }
        context.rope.rotate(out, context.position + row);
    });
}

/// From `[kv_head][row][group][dim]` to `[row][head][dim]`.
fn rows_first(read: &[f32], out: &mut [f32], context: &Context<'_>) {
    let width = context.group * context.head_dim;
    let rows = read.len() / (context.kv_heads * width);
    for (i, out) in out.chunks_exact_mut(width).enumerate() {
        let (row, kv_head) = (i / context.kv_heads, i % context.kv_heads);
        out.copy_from_slice(&read[(kv_head * rows + row) * width..][..width]);
    }
}

fn vector(gguf: &Gguf, name: &str, len: usize) -> Loaded<Vec<f32>> {
    let vector = gguf.matrix(name, (1, len))?;
    let mut values = vec![0f32; len];
    vector.dequantise(0..1, &mut values);
    Ok(values)
}
