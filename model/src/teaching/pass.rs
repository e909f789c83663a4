//! A pointer's tokens run behind questions, and how far what they point at is off.

use std::ops::Range;

use candle_core::{D, Device, Result, Tensor};
use candle_nn::ops::{log_softmax, softmax};

use super::frozen::{FrozenLayer, Product};
use super::parameters::{LowRankParameters, Parameters};
use super::{PointerLesson, PointerPlan, Spot, Target};
use crate::decoder::{Config, Rope};
use crate::local::Question;

/// A question that was read, with what is to be pointed at behind it.
pub(super) struct Asked {
    question: Question,
    /// The keys of what may be pointed at.
    among: Vec<usize>,
    /// Of each output, the keys of each thing.
    aims: Vec<Vec<Vec<usize>>>,
}

impl Asked {
    pub(super) fn new(question: Question, lesson: &PointerLesson) -> Self {
        let keys = |target: &Target| {
            let is_of = |mark: u32, bytes: &Range<usize>| {
                target.iter().any(|spot| meets(spot, mark, bytes))
            };
            let own = question
                .tokens
                .iter()
                .filter(|(_, (mark, bytes))| is_of(*mark, bytes));
            own.map(|(key, _)| *key).collect::<Vec<_>>()
        };
        let things = |things: &Vec<Target>| {
            let things = things.iter().map(keys);
            things.filter(|keys| !keys.is_empty()).collect()
        };
        Self {
            among: keys(&lesson.among),
            aims: lesson.aims.iter().map(things).collect(),
            question,
        }
    }

    /// 1 for these keys, `[keys, 1]`.
    fn mask(&self, keys: impl Iterator<Item = usize>) -> Result<Tensor> {
        let mut mask = vec![0f32; self.question.keys];
        keys.for_each(|key| mask[key] = 1.0);
        Tensor::from_vec(mask, (self.question.keys, 1), &Device::Cpu)
    }
}

fn meets(spot: &Spot, mark: u32, bytes: &Range<usize>) -> bool {
    spot.mark == mark && spot.bytes.start < bytes.end && bytes.start < spot.bytes.end
}

/// What the loss of a pointer is reckoned with.
pub(super) struct Loss<'t> {
    pub(super) config: &'t Config,
    pub(super) rope: &'t Rope,
    pub(super) plan: &'t PointerPlan,
    pub(super) layers: &'t [FrozenLayer],
    pub(super) parameters: &'t Parameters,
}

/// A pointer run behind questions.
struct Run {
    /// Of each question and output, what is pointed at, `[1, keys]`.
    pointed: Vec<Vec<Tensor>>,
    /// Of each question, the state of the last token, `[hidden]` each.
    states: Tensor,
}

impl Loss<'_> {
    /// The mean over some questions; of each, `classes` are those that are right. `states` is what
    /// the layers in which nothing is learnt make of the pointer's tokens behind each of them,
    /// `[questions * tokens, hidden]`, where there are such layers.
    pub(super) fn of(
        &self,
        asked: &[Asked],
        states: Option<Vec<f32>>,
        classes: &[&[Option<usize>]],
    ) -> Result<Tensor> {
        let run = self.run(asked, states)?;
        let mut parts = vec![self.of_classes(&run.states, classes)?];
        for (asked, pointed) in asked.iter().zip(&run.pointed) {
            let all = asked.mask(asked.among.iter().copied())?;
            let outputs = self.plan.outputs.iter().zip(pointed).zip(&asked.aims);
            for ((output, pointed), things) in outputs {
                let share = output.weight / things.len().max(1) as f64;
                for keys in things {
                    let thing = asked.mask(keys.iter().copied())?;
                    let missed = (log_sum(pointed, &all)? - log_sum(pointed, &thing)?)?;
                    parts.push((missed * share)?);
                }
            }
        }
        Tensor::cat(&parts, 0)?.sum_all()? / asked.len() as f64
    }

    /// What tells classes apart wrongly, all questions together, `[1]`.
    fn of_classes(&self, states: &Tensor, classes: &[&[Option<usize>]]) -> Result<Tensor> {
        let logits = self.parameters.classes(states)?;
        let mut sum = Tensor::zeros(1, logits.dtype(), &Device::Cpu)?;
        let mut start = 0;
        for (at, group) in self.plan.groups.iter().enumerate() {
            let shares = log_softmax(&logits.narrow(1, start, group.classes)?, D::Minus1)?;
            let right = classes
                .iter()
                .map(|classes| classes[at].unwrap_or_default() as u32);
            let right = Tensor::from_iter(right, &Device::Cpu)?.unsqueeze(1)?;
            let known = classes
                .iter()
                .map(|classes| f32::from(u8::from(classes[at].is_some())));
            let known = Tensor::from_iter(known, &Device::Cpu)?.unsqueeze(1)?;
            let right = (shares.gather(&right, 1)? * known)?.sum_all()?.reshape(1)?;
            sum = (sum - (right * group.weight)?)?;
            start += group.classes;
        }
        Ok(sum)
    }

    fn run(&self, asked: &[Asked], states: Option<Vec<f32>>) -> Result<Run> {
        let count = self.parameters.tokens.dim(0)?;
        let mut x = self.begin(asked.len(), states)?;
        let mixtures = self.parameters.mixtures()?;
        let mut pointed = vec![Vec::new(); asked.len()];
        for (index, layer) in (self.plan.first..).zip(self.layers) {
            let added = &self.parameters.layers[index];
            let normed = layer.attended(&x)?;
            let project = |product: Tensor, low: &LowRankParameters| low.add(&normed, product);
            let query = project(layer.query.forward(&normed)?, &added[0])?;
            let key = project(layer.key.forward(&normed)?, &added[1])?;
            let value = project(layer.value.forward(&normed)?, &added[2])?;
            let mut read = Vec::with_capacity(asked.len());
            for (at, asked) in asked.iter().enumerate() {
                let own = |rows: &Tensor| rows.narrow(0, at * count, count);
                let own = [own(&query)?, own(&key)?, own(&value)?];
                let question = &asked.question;
                let (attended, shares) = attend(self.config, self.rope, index, own, question)?;
                let shares = shares.narrow(2, 0, question.keys)?;
                read.push(attended);
                if self.plan.mixed.contains(&index) {
                    let of_layer = mixtures.narrow(1, index - self.plan.mixed.start, 1)?;
                    self.mix(&of_layer, &shares, &mut pointed[at])?;
                }
            }
            let read = Tensor::cat(&read, 0)?;
            x = (x + added[3].add(&read, layer.output.forward(&read)?)?)?;
            x = (&x + layer.feed_forward(&x, added)?)?;
        }
        let last = (0..asked.len()).map(|at| x.narrow(0, at * count + count - 1, 1));
        let last: Vec<Tensor> = last.collect::<Result<_>>()?;
        Ok(Run {
            pointed,
            states: Tensor::cat(&last, 0)?,
        })
    }

    /// What the pointer's tokens are before the first layer in which something is learnt,
    /// `[questions * tokens, hidden]`.
    fn begin(&self, questions: usize, states: Option<Vec<f32>>) -> Result<Tensor> {
        let tokens = self.parameters.tokens.as_tensor();
        let (count, hidden) = tokens.dims2()?;
        let shape = (questions * count, hidden);
        match states {
            Some(states) => Tensor::from_vec(states, shape, &Device::Cpu),
            None => {
                let every = tokens.unsqueeze(0)?.expand((questions, count, hidden))?;
                every.reshape(shape)
            }
        }
    }

    /// Adds what each output points at through the heads of a layer, which count so much in it,
    /// `[outputs, 1, heads]`; `shares` is `[heads, tokens, keys]`.
    fn mix(&self, counts: &Tensor, shares: &Tensor, pointed: &mut Vec<Tensor>) -> Result<()> {
        for (at, output) in self.plan.outputs.iter().enumerate() {
            let of_token = shares.narrow(1, output.token, 1)?.squeeze(1)?;
            let mixed = counts.get(at)?.matmul(&of_token.contiguous()?)?;
            match pointed.get_mut(at) {
                Some(sum) => *sum = (&*sum + mixed)?,
                None => pointed.push(mixed),
            }
        }
        Ok(())
    }
}

/// What tokens read behind all that was read of a question, `[tokens, heads * dim]`, and what they
/// attend to of it, `[heads, tokens, keys]`.
pub(super) fn attend(
    config: &Config,
    rope: &Rope,
    layer: usize,
    [query, key, value]: [Tensor; 3],
    question: &Question,
) -> Result<(Tensor, Tensor)> {
    let Config {
        heads,
        kv_heads,
        head_dim: dim,
        ..
    } = *config;
    let count = query.dim(0)?;
    let past = question.pages.len();
    let by_head = |rows: &Tensor, heads: usize| {
        rows.reshape((count, heads, dim))?
            .transpose(0, 1)?
            .contiguous()
    };
    let rotated = |rows: &Tensor, heads: usize| {
        let rows = by_head(rows, heads)?.unsqueeze(0)?;
        rope.rotated(&rows, past)?.squeeze(0)
    };
    let group = (kv_heads, config.group() * count, dim);
    let query = (rotated(&query, heads)?.reshape(group)? / (dim as f64).sqrt())?;
    let (key, value) = (rotated(&key, kv_heads)?, by_head(&value, kv_heads)?);
    let (keys, values) = question.past(layer, config)?;
    let before = query.contiguous()?.apply_op1(Product(keys))?;
    let own = query.matmul(&key.t()?)?;
    let own = own.broadcast_add(&causal(count, config.group())?)?;
    let shares = softmax(&Tensor::cat(&[before, own], 2)?, D::Minus1)?;
    let before = shares.narrow(2, 0, past)?.contiguous()?;
    let own = shares.narrow(2, past, count)?.contiguous()?;
    let values = values.t()?.contiguous()?;
    let read = (before.apply_op1(Product(values))? + own.matmul(&value)?)?;
    let read = read.reshape((heads, count, dim))?.transpose(0, 1)?;
    Ok((
        read.reshape((count, heads * dim))?,
        before.reshape((heads, count, past))?,
    ))
}

/// The logarithm of what is pointed at in some keys, `[1]`.
fn log_sum(pointed: &Tensor, mask: &Tensor) -> Result<Tensor> {
    /// So that its logarithm is there.
    const LEAST: f64 = 1e-9;
    (pointed.matmul(mask)?.reshape(1)? + LEAST)?.log()
}

/// Keeps tokens from what follows them, `[group * tokens, tokens]`.
fn causal(count: usize, group: usize) -> Result<Tensor> {
    let row = |row: usize| {
        (0..count).map(move |key| {
            if key > row % count {
                f32::NEG_INFINITY
            } else {
                0.0
            }
        })
    };
    let mask: Vec<f32> = (0..group * count).flat_map(row).collect();
    Tensor::from_vec(mask, (group * count, count), &Device::Cpu)
}
