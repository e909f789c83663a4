//! A learnt continuation of a question, whose attention points at what answers it.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};

use crate::decoder::{Adapter, Config, FeedForwardAdapter, Head, LayerAdapter, LowRank};

/// Tokens of no text (Lester et al., 2021, arXiv:2104.08691) that a model reads behind a
/// question, with low-rank additions to its weights for these tokens alone. They were taught
/// to attend to what somebody who answers would look at: each of their outputs is a mixture of
/// heads' attention from one of them, as in a pointer network (Vinyals et al., 2015,
/// arXiv:1506.03134); and the state of the last tells classes of questions apart. The model,
/// what it has read and what it writes are left as they are.
///
/// With it come the retrieval heads of the model (Wu et al., 2024, arXiv:2404.15574), which
/// look for what a question asks about while it is read.
#[derive(Clone, Debug)]
pub struct Pointer {
    pub(crate) asking: Vec<Head>,
    /// `[tokens, hidden]`
    pub(crate) tokens: Vec<f32>,
    pub(crate) adapter: Adapter,
    pub(crate) outputs: Vec<Output>,
    classes: Classes,
    shape: Shape,
}

/// One thing that is pointed at.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// The place of the token whose attention it is.
    pub(crate) token: usize,
    /// The heads, with what each counts; all together 1.
    pub(crate) heads: Vec<(Head, f32)>,
}

/// Tells groups of classes apart by a state, each group by softmax.
#[derive(Clone, Debug)]
struct Classes {
    /// `[classes, hidden]`, and `[classes]`; group after group.
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// How many classes each group has.
    groups: Vec<usize>,
}

/// What a model must have for a pointer to be read by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    layers: usize,
    heads: usize,
    hidden: usize,
    /// Values that the queries of all heads have, and the keys of all key heads.
    queries: usize,
    keys: usize,
}

/// A pointer, or a writer, cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PointerError {
    /// It is no safetensors file, or a tensor has the wrong shape.
    #[error("these weights cannot be read: {0}")]
    Malformed(#[from] candle_core::Error),
    /// Something is missing in it.
    #[error("these weights have no tensor {0:?}")]
    Missing(String),
    /// Its tensors do not fit together.
    #[error("these weights cannot be read: {0}")]
    Misfit(&'static str),
}

/// What counts less than this in an output is left out of it.
const LEAST: f32 = 1e-3;

impl Pointer {
    /// Reads what was learnt, a safetensors file: `asking` `[heads, 2]`, the layers and places
    /// of the retrieval heads; `tokens` `[tokens, hidden]`; for each layer
    /// and each of `query`, `key`, `value` and `output` the two factors of what is added,
    /// `0.query.down` `[rank, columns]` and `0.query.up` `[rows, rank]`, and where there is one of
    /// `ffn_gate`, those of `ffn_up` and `ffn_down` as well; `ends` `[outputs]`,
    /// the tokens that point; `mixtures` `[outputs, layers of the model, heads]`; and
    /// `classes.weight` `[classes, hidden]`, `classes.bias` and `classes.groups`, how many of
    /// them belong together.
    ///
    /// # Errors
    ///
    /// If a tensor is missing or misshapen, or one names a token, layer or head that is not there.
    pub fn read(safetensors: &[u8]) -> Result<Self, PointerError> {
        let tensors = Tensors::read(safetensors)?;
        let tokens = tensors.get("tokens")?;
        let (_, hidden) = tokens.dims2()?;
        let mixtures = tensors.get("mixtures")?;
        let (outputs, layers, heads) = mixtures.dims3()?;
        let ends = places(&tensors.get("ends")?)?;
        ensure(
            ends.len() == outputs,
            "each output takes an end and a mixture",
        )?;
        let outputs = ends.into_iter().zip(mixtures.to_vec3::<f32>()?);
        let asking = places(&tensors.get("asking")?)?;
        let head = |of: &[usize]| Head {
            layer: of[0],
            head: of[1],
        };
        let adapter = tensors.adapter(0)?;
        let first = adapter.layers.first();
        let first = first.ok_or_else(|| PointerError::Missing("0.query.down".to_owned()))?;
        let pointer = Self {
            asking: asking.chunks_exact(2).map(head).collect(),
            tokens: flat(&tokens)?,
            outputs: outputs
                .map(|(token, mixture)| Output {
                    token,
                    heads: heads_of(&mixture),
                })
                .collect(),
            classes: Classes {
                weights: flat(&tensors.get("classes.weight")?)?,
                bias: flat(&tensors.get("classes.bias")?)?,
                groups: places(&tensors.get("classes.groups")?)?,
            },
            shape: Shape {
                layers,
                heads,
                hidden,
                queries: first.query.shape().0,
                keys: first.key.shape().0,
            },
            adapter,
        };
        pointer.check()?;
        Ok(pointer)
    }

    /// That what it has fits together.
    fn check(&self) -> Result<(), PointerError> {
        let Shape {
            layers,
            heads,
            hidden,
            queries,
            keys,
        } = self.shape;
        let reads = |head: &Head| head.layer < self.layers() && head.head < heads;
        let fits = |layer: &LayerAdapter| {
            layer.query.shape() == (queries, hidden)
                && layer.key.shape() == (keys, hidden)
                && layer.value.shape() == (keys, hidden)
                && layer.output.shape() == (hidden, queries)
        };
        let ends = self.outputs.iter().map(|output| output.token);
        let Classes {
            weights,
            bias,
            groups,
        } = &self.classes;
        ensure(!self.tokens.is_empty(), "it has no tokens")?;
        ensure(
            self.layers() <= layers,
            "it adds to layers that there are not",
        )?;
        ensure(
            self.adapter.layers.iter().all(fits),
            "what it adds has not one shape",
        )?;
        ensure(
            self.asking.iter().chain(&self.heads()).all(reads),
            "it looks through heads that it does not run",
        )?;
        ensure(
            ends.max().is_none_or(|end| end < self.len()),
            "an output ends behind the last token",
        )?;
        ensure(
            weights.len() == bias.len() * hidden && groups.iter().sum::<usize>() == bias.len(),
            "its classes do not add up",
        )
    }

    /// Whether a model of this shape can read it.
    pub(crate) fn fits(&self, config: &Config) -> bool {
        let shape = Shape {
            layers: config.layers,
            heads: config.heads,
            hidden: config.hidden,
            queries: config.heads * config.head_dim,
            keys: config.kv_heads * config.head_dim,
        };
        self.shape == shape && self.adapter.fits(config)
    }

    /// The same in the first layers alone, where it points at nothing yet.
    pub(crate) fn before(mut self, layer: usize) -> Self {
        self.adapter.layers.truncate(layer);
        self.outputs.clear();
        self
    }

    /// How many tokens it has.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len() / self.shape.hidden
    }

    /// Layers that have to run.
    pub(crate) fn layers(&self) -> usize {
        self.adapter.end()
    }

    /// All heads that count in some output.
    pub(crate) fn heads(&self) -> Vec<Head> {
        let all = self.outputs.iter().flat_map(|output| &output.heads);
        let mut heads: Vec<Head> = all.map(|(head, _)| *head).collect();
        heads.sort_unstable();
        heads.dedup();
        heads
    }

    /// How likely each class is in its group, by the states of its tokens.
    pub(crate) fn classes(&self, states: &[f32]) -> Vec<f32> {
        let last = standing(&states[states.len() - self.shape.hidden..]);
        self.classes.shares(&last)
    }
}

impl Classes {
    fn shares(&self, state: &[f32]) -> Vec<f32> {
        let rows = self.weights.chunks_exact(state.len()).zip(&self.bias);
        let logits = rows.map(|(row, bias)| {
            let counted = row.iter().zip(state).map(|(weight, x)| weight * x);
            bias + counted.sum::<f32>()
        });
        let logits: Vec<f32> = logits.collect();
        let mut rest = logits.as_slice();
        let mut shares = Vec::with_capacity(logits.len());
        for size in &self.groups {
            let (group, others) = rest.split_at(*size);
            shares.extend(softmax(group));
            rest = others;
        }
        shares
    }
}

fn softmax(logits: &[f32]) -> impl Iterator<Item = f32> {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let all: f32 = logits.iter().map(|logit| (logit - most).exp()).sum();
    logits.iter().map(move |logit| (logit - most).exp() / all)
}

/// The tensors of a file, by name.
pub(crate) struct Tensors(HashMap<String, Tensor>);

impl Tensors {
    pub(crate) fn read(safetensors: &[u8]) -> Result<Self, PointerError> {
        let tensors = candle_core::safetensors::load_buffer(safetensors, &Device::Cpu)?;
        Ok(Self(tensors))
    }

    pub(crate) fn get(&self, name: &str) -> Result<Tensor, PointerError> {
        let tensor = self.0.get(name);
        let tensor = tensor.ok_or_else(|| PointerError::Missing(name.to_owned()))?;
        Ok(tensor.to_dtype(DType::F32)?)
    }

    /// What is added in the layers from `first` on, as far as there are any.
    pub(crate) fn adapter(&self, first: usize) -> Result<Adapter, PointerError> {
        let is_there = |layer: &usize| self.0.contains_key(&format!("{layer}.query.down"));
        let layers = (first..).take_while(is_there).map(|layer| {
            Ok(LayerAdapter {
                query: self.low_rank(layer, "query")?,
                key: self.low_rank(layer, "key")?,
                value: self.low_rank(layer, "value")?,
                output: self.low_rank(layer, "output")?,
                feed_forward: self.feed_forward(layer)?,
            })
        });
        Ok(Adapter {
            first,
            layers: layers.collect::<Result<_, PointerError>>()?,
        })
    }

    /// What is added in the feed-forward block of a layer, if anything is.
    fn feed_forward(&self, layer: usize) -> Result<Option<FeedForwardAdapter>, PointerError> {
        if !self.0.contains_key(&format!("{layer}.ffn_gate.down")) {
            return Ok(None);
        }
        Ok(Some(FeedForwardAdapter {
            gate: self.low_rank(layer, "ffn_gate")?,
            up: self.low_rank(layer, "ffn_up")?,
            down: self.low_rank(layer, "ffn_down")?,
        }))
    }

    fn low_rank(&self, layer: usize, name: &str) -> Result<LowRank, PointerError> {
        let down = self.get(&format!("{layer}.{name}.down"))?;
        let up = self.get(&format!("{layer}.{name}.up"))?;
        let (rank, _) = down.dims2()?;
        let (_, same) = up.dims2()?;
        ensure(rank > 0 && rank == same, "two factors are not of one rank")?;
        Ok(LowRank::new(flat(&down)?, flat(&up)?, rank))
    }
}

pub(crate) fn ensure(holds: bool, problem: &'static str) -> Result<(), PointerError> {
    match holds {
        true => Ok(()),
        false => Err(PointerError::Misfit(problem)),
    }
}

fn flat(tensor: &Tensor) -> Result<Vec<f32>, PointerError> {
    Ok(tensor.flatten_all()?.to_vec1()?)
}

/// Whole numbers.
pub(crate) fn places(tensor: &Tensor) -> Result<Vec<usize>, PointerError> {
    Ok(flat(tensor)?
        .into_iter()
        .map(|place| place as usize)
        .collect())
}

/// The heads that count in a mixture `[layers][heads]`.
fn heads_of(mixture: &[Vec<f32>]) -> Vec<(Head, f32)> {
    let layers = mixture.iter().enumerate();
    let all = layers.flat_map(|(layer, heads)| {
        let heads = heads.iter().enumerate();
        heads.map(move |(head, share)| (Head { layer, head }, *share))
    });
    all.filter(|(_, share)| *share >= LEAST).collect()
}

/// Values less their mean, in units of their deviation.
fn standing(values: &[f32]) -> Vec<f32> {
    const EPSILON: f32 = 1e-5;
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / count;
    let deviation = (variance + EPSILON).sqrt();
    values.iter().map(|x| (x - mean) / deviation).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use candle_core::quantized::GgmlDType;

    use super::*;
    use crate::gguf::Gguf;
    use crate::testing::TinyModel;

    fn config() -> Config {
        let file = TinyModel::new("qwen2", 64, GgmlDType::F32).write();
        let gguf = Gguf::open(&file.path).expect("it was written");
        Config::read(&gguf).expect("it is whole")
    }

    /// A pointer of two tokens for the tiny model of the tests: the first points through both
    /// heads of its first layer, the second through one of its second.
    pub(crate) fn pointer(config: &Config) -> Pointer {
        let bytes = file(config, |_| ());
        Pointer::read(&bytes).expect("it is whole")
    }

    /// The same as a file, after some change to its tensors.
    fn file(config: &Config, change: impl FnOnce(&mut HashMap<String, Tensor>)) -> Vec<u8> {
        let (queries, keys) = (
            config.heads * config.head_dim,
            config.kv_heads * config.head_dim,
        );
        let tensor = |shape: &[usize], fill: &dyn Fn(usize) -> f32| {
            let values: Vec<f32> = (0..shape.iter().product()).map(fill).collect();
            Tensor::from_vec(values, shape, &Device::Cpu).expect("as many as the shape has")
        };
        let small = |at: usize| (at as f32 * 0.7).sin() * 0.1;
        let mut tensors = HashMap::from([
            ("asking".to_owned(), tensor(&[1, 2], &|at| at as f32)),
            ("tokens".to_owned(), tensor(&[2, config.hidden], &small)),
            ("ends".to_owned(), tensor(&[2], &|at| at as f32)),
            (
                "mixtures".to_owned(),
                tensor(&[2, config.layers, config.heads], &|at| {
                    let all = config.layers * config.heads;
                    match (at / all, at % all) {
                        (0, 0 | 1) => 0.5,
                        (1, head) if head == config.heads => 1.0,
                        _ => 0.0,
                    }
                }),
            ),
            (
                "classes.weight".to_owned(),
                tensor(&[5, config.hidden], &small),
            ),
            ("classes.bias".to_owned(), tensor(&[5], &small)),
            (
                "classes.groups".to_owned(),
                tensor(&[2], &|at| [2.0, 3.0][at]),
            ),
        ]);
        for layer in 0..2 {
            for (name, columns, rows) in [
                ("query", config.hidden, queries),
                ("key", config.hidden, keys),
                ("value", config.hidden, keys),
                ("output", queries, config.hidden),
            ] {
                let name = format!("{layer}.{name}");
                tensors.insert(format!("{name}.down"), tensor(&[2, columns], &small));
                tensors.insert(format!("{name}.up"), tensor(&[rows, 2], &small));
            }
        }
        change(&mut tensors);
        let file = tempfile::NamedTempFile::new().expect("there is a place for it");
        candle_core::safetensors::save(&tensors, file.path()).expect("it is written");
        std::fs::read(file.path()).expect("it is read")
    }

    #[test]
    fn what_lacks_a_tensor_is_no_pointer() {
        let config = config();
        for name in ["asking", "tokens", "1.key.up", "classes.bias"] {
            let without = file(&config, |tensors| drop(tensors.remove(name)));
            let error = Pointer::read(&without).expect_err("it lacks one");
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(Pointer::read(b"no safetensors").is_err());
    }

    #[test]
    fn what_does_not_fit_together_is_no_pointer() {
        let config = config();
        let (hidden, heads) = (config.hidden, config.heads as f32);
        for (name, shape, value) in [
            ("tokens", vec![0, hidden], 0.0),
            ("tokens", vec![2, hidden + 1], 0.0),
            ("ends", vec![2], 2.0),
            ("ends", vec![3], 0.0),
            ("asking", vec![1, 2], heads),
            ("1.key.up", vec![1, 2], 0.0),
            ("1.key.up", vec![2, 3], 0.0),
            ("mixtures", vec![2, 1, config.heads], 0.0),
            // The third layer is not run.
            ("mixtures", vec![2, config.layers, config.heads], 0.1),
            ("classes.weight", vec![4, hidden], 0.0),
            ("classes.groups", vec![2], 9.0),
        ] {
            let tensor = Tensor::full(value, shape.clone(), &Device::Cpu).expect("it has a shape");
            let other = file(&config, |tensors| {
                tensors.insert(name.to_owned(), tensor);
            });
            assert!(Pointer::read(&other).is_err(), "{name} {shape:?} {value}");
        }
    }

    #[test]
    fn outputs_have_the_heads_that_count() {
        let config = config();
        let pointer = pointer(&config);
        let heads = |output: usize| pointer.outputs[output].heads.len();
        assert_eq!((pointer.len(), pointer.layers()), (2, 2));
        assert_eq!((heads(0), heads(1), pointer.heads().len()), (2, 1, 3));
        assert!(pointer.fits(&config));
        let other = Config {
            hidden: config.hidden + 1,
            ..config
        };
        assert!(!pointer.fits(&other));
    }

    #[test]
    fn what_is_added_to_a_feed_forward_block_has_its_width() {
        let config = config();
        let fits = |wide: usize| {
            let of = |rows, columns| {
                let tensor = |shape| Tensor::zeros(shape, DType::F32, &Device::Cpu);
                let [down, up] = [(2, columns), (rows, 2)].map(tensor);
                ["down", "up"].into_iter().zip([down, up])
            };
            let parts = [
                ("ffn_gate", of(wide, config.hidden)),
                ("ffn_up", of(wide, config.hidden)),
                ("ffn_down", of(config.hidden, wide)),
            ];
            let file = file(&config, |tensors| {
                for (part, factors) in parts {
                    for (factor, tensor) in factors {
                        let tensor = tensor.expect("it has a shape");
                        tensors.insert(format!("1.{part}.{factor}"), tensor);
                    }
                }
            });
            Pointer::read(&file).expect("it is whole").fits(&config)
        };
        assert!(fits(config.feed_forward));
        assert!(!fits(config.feed_forward + 1));
        let gate_alone = file(&config, |tensors| {
            let gate = tensors["1.query.down"].clone();
            tensors.insert("1.ffn_gate.down".to_owned(), gate);
        });
        assert!(Pointer::read(&gate_alone).is_err());
    }

    #[test]
    fn each_group_of_classes_is_shared_out() {
        let config = config();
        let states: Vec<f32> = (0..2 * config.hidden).map(|at| at as f32).collect();
        let classes = pointer(&config).classes(&states);
        let sum = |of: &[f32]| of.iter().sum::<f32>();
        assert_eq!(classes.len(), 5);
        assert!((sum(&classes[..2]) - 1.0).abs() < 1e-6);
        assert!((sum(&classes[2..]) - 1.0).abs() < 1e-6);
    }
}
