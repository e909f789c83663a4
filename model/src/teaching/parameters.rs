//! What is learnt of a pointer.

use std::collections::HashMap;

use candle_core::{DType, Device, Error, Result, Tensor, Var};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::PointerPlan;
use crate::decoder::{Config, Head};

/// The names of a layer's projections, as a pointer's file has them.
pub(super) const PROJECTIONS: [&str; 7] = [
    "query", "key", "value", "output", "ffn_gate", "ffn_up", "ffn_down",
];
/// The first of them that a file need not have in each layer.
const FEED_FORWARD: usize = 4;

/// What is added to one product.
pub(super) struct LowRankParameters {
    /// `[rank, columns]`
    pub(super) down: Var,
    /// `[rows, rank]`
    pub(super) up: Var,
}

/// What is added to the projections of a layer, in the order of [`PROJECTIONS`].
pub(super) type LayerParameters = [LowRankParameters; 7];

/// What adds nothing yet to these many layers.
pub(super) fn additions(
    layers: usize,
    config: &Config,
    rank: usize,
    random: &mut StdRng,
) -> Result<Vec<LayerParameters>> {
    let queries = config.heads * config.head_dim;
    let keys = config.kv_heads * config.head_dim;
    let mut low = |rows, columns| LowRankParameters::new(rows, columns, rank, random);
    let mut layer = || -> Result<LayerParameters> {
        Ok([
            low(queries, config.hidden)?,
            low(keys, config.hidden)?,
            low(keys, config.hidden)?,
            low(config.hidden, queries)?,
            low(config.feed_forward, config.hidden)?,
            low(config.feed_forward, config.hidden)?,
            low(config.hidden, config.feed_forward)?,
        ])
    };
    (0..layers).map(|_| layer()).collect()
}

/// What is learnt.
pub(super) struct Parameters {
    /// `[tokens, hidden]`
    pub(super) tokens: Var,
    /// Of each layer.
    pub(super) layers: Vec<LayerParameters>,
    /// Logits, `[outputs, mixed layers, heads]`.
    mixtures: Var,
    /// `[classes, hidden]`, and `[classes]`.
    class_weight: Var,
    class_bias: Var,
}

/// What of a layer's additions a file has, each by its name there: all to its attention, and those to
/// its feed-forward block where it has them.
pub(super) fn in_file<'p>(
    layer: usize,
    parameters: &'p LayerParameters,
    file: &HashMap<String, Tensor>,
) -> Vec<(String, &'p LowRankParameters)> {
    let named = PROJECTIONS.iter().zip(parameters).enumerate();
    let named = named.map(|(at, (name, low))| (at, format!("{layer}.{name}"), low));
    let is_there =
        |at: usize, name: &str| at < FEED_FORWARD || file.contains_key(&format!("{name}.down"));
    named
        .filter(|(at, name, _)| is_there(*at, name))
        .map(|(_, name, low)| (name, low))
        .collect()
}

impl LowRankParameters {
    /// Adds nothing yet.
    fn new(rows: usize, columns: usize, rank: usize, random: &mut StdRng) -> Result<Self> {
        let spread = (3.0 / columns as f32).sqrt();
        let down = (0..rank * columns).map(|_| random.random_range(-spread..spread));
        let down: Vec<f32> = down.collect();
        Ok(Self {
            down: Var::from_vec(down, (rank, columns), &Device::Cpu)?,
            up: Var::zeros((rows, rank), DType::F32, &Device::Cpu)?,
        })
    }

    /// Whether nothing was learnt of it, in the half floats of a file.
    fn adds_nothing(&self) -> Result<bool> {
        let up = self.up.to_dtype(DType::F16)?.to_dtype(DType::F32)?;
        Ok(up.abs()?.max_all()?.to_scalar::<f32>()? == 0.0)
    }

    /// What comes of `x`, `[rows of x, columns]`, beside a product.
    pub(super) fn add(&self, x: &Tensor, product: Tensor) -> Result<Tensor> {
        product + x.matmul(&self.down.t()?)?.matmul(&self.up.t()?)?
    }
}

impl Parameters {
    /// Tokens that begin as those of text, `[tokens, hidden]`, and additions that add nothing.
    pub(super) fn new(plan: &PointerPlan, config: &Config, tokens: Vec<f32>) -> Result<Self> {
        let mut random = StdRng::seed_from_u64(plan.seed);
        let zeros = |shape: &[usize]| Var::zeros(shape, DType::F32, &Device::Cpu);
        let classes: usize = plan.groups.iter().map(|group| group.classes).sum();
        Ok(Self {
            layers: additions(plan.layers, config, plan.rank, &mut random)?,
            tokens: Var::from_vec(
                tokens.clone(),
                (tokens.len() / config.hidden, config.hidden),
                &Device::Cpu,
            )?,
            mixtures: zeros(&[plan.outputs.len(), plan.mixed.len(), config.heads])?,
            class_weight: zeros(&[classes, config.hidden])?,
            class_bias: zeros(&[classes])?,
        })
    }

    /// Those that are learnt where the layers before the first stay as they are; with all layers,
    /// the tokens as well.
    pub(super) fn learnt(&self, first: usize) -> Vec<Var> {
        let layers = self.layers[first..].iter().flatten();
        let layers = layers.flat_map(|low| [low.down.clone(), low.up.clone()]);
        let others = [&self.mixtures, &self.class_weight, &self.class_bias];
        let tokens = (first == 0).then_some(&self.tokens);
        let others = others.into_iter().chain(tokens);
        others.cloned().chain(layers).collect()
    }

    /// What each head counts in each output, `[outputs, mixed layers, heads]`; of each output
    /// together 1.
    pub(super) fn mixtures(&self) -> Result<Tensor> {
        let flat = self.mixtures.flatten_from(1)?;
        candle_nn::ops::softmax(&flat, 1)?.reshape(self.mixtures.shape())
    }

    /// Logits of classes, by the states of last tokens `[rows, hidden]`.
    pub(super) fn classes(&self, states: &Tensor) -> Result<Tensor> {
        const EPSILON: f64 = 1e-5;
        let centred = states.broadcast_sub(&states.mean_keepdim(1)?)?;
        let deviation = (centred.sqr()?.mean_keepdim(1)? + EPSILON)?.sqrt()?;
        let standing = centred.broadcast_div(&deviation)?;
        let logits = standing.matmul(&self.class_weight.t()?)?;
        logits.broadcast_add(&self.class_bias)
    }

    /// Goes on from the tensors of a pointer's file, of the same plan.
    pub(super) fn set(&self, plan: &PointerPlan, file: &HashMap<String, Tensor>) -> Result<()> {
        /// What a head counts at least, so that it has a logarithm.
        const LEAST: f64 = 1e-7;
        let get = |name: &str| match file.get(name) {
            Some(tensor) => tensor.to_dtype(DType::F32),
            None => Err(Error::CannotFindTensor {
                path: name.to_owned(),
            }
            .bt()),
        };
        let mixed = get("mixtures")?.narrow(1, plan.mixed.start, plan.mixed.len())?;
        self.mixtures.set(&(mixed + LEAST)?.log()?)?;
        self.tokens.set(&get("tokens")?)?;
        for (name, classes) in [
            ("classes.weight", &self.class_weight),
            ("classes.bias", &self.class_bias),
        ] {
            // Groups that the file lacks begin with nothing.
            let known = get(name)?;
            let lacking = classes.zeros_like()?;
            let lacking = lacking.narrow(0, known.dim(0)?, classes.dim(0)? - known.dim(0)?)?;
            classes.set(&Tensor::cat(&[known, lacking], 0)?)?;
        }
        for (index, layer) in self.layers.iter().enumerate() {
            for (name, low) in in_file(index, layer, file) {
                low.down.set(&get(&format!("{name}.down"))?)?;
                low.up.set(&get(&format!("{name}.up"))?)?;
            }
        }
        Ok(())
    }

    /// The tensors of a pointer's file.
    pub(super) fn tensors(
        &self,
        plan: &PointerPlan,
        asking: &[Head],
        config: &Config,
    ) -> Result<HashMap<String, Tensor>> {
        let numbers = |of: Vec<usize>, shape: &[usize]| {
            let values = of.into_iter().map(|place| place as f32).collect();
            Tensor::from_vec(values, shape, &Device::Cpu)
        };
        let ends = plan.outputs.iter().map(|output| output.token).collect();
        let groups = plan.groups.iter().map(|group| group.classes).collect();
        let pad = |layers: usize| {
            let shape = (plan.outputs.len(), layers, config.heads);
            Tensor::zeros(shape, DType::F32, &Device::Cpu)
        };
        let (before, after) = (plan.mixed.start, config.layers - plan.mixed.end);
        let mixtures = Tensor::cat(&[pad(before)?, self.mixtures()?, pad(after)?], 1)?;
        let mut tensors = HashMap::from([
            (
                "asking".to_owned(),
                numbers(
                    asking
                        .iter()
                        .flat_map(|own| [own.layer, own.head])
                        .collect(),
                    &[asking.len(), 2],
                )?,
            ),
            ("ends".to_owned(), numbers(ends, &[plan.outputs.len()])?),
            (
                "classes.groups".to_owned(),
                numbers(groups, &[plan.groups.len()])?,
            ),
            ("tokens".to_owned(), self.tokens.as_detached_tensor()),
            ("mixtures".to_owned(), mixtures.detach()),
            (
                "classes.weight".to_owned(),
                self.class_weight.as_detached_tensor(),
            ),
            (
                "classes.bias".to_owned(),
                self.class_bias.as_detached_tensor(),
            ),
        ]);
        for (index, layer) in self.layers.iter().enumerate() {
            let nothing = layer[FEED_FORWARD..]
                .iter()
                .map(LowRankParameters::adds_nothing);
            let nothing = nothing.collect::<Result<Vec<bool>>>()?;
            let parts = match nothing.contains(&false) {
                true => PROJECTIONS.len(),
                false => FEED_FORWARD,
            };
            for (name, low) in PROJECTIONS.iter().zip(layer).take(parts) {
                let name = format!("{index}.{name}");
                tensors.insert(format!("{name}.down"), low.down.as_detached_tensor());
                tensors.insert(format!("{name}.up"), low.up.as_detached_tensor());
            }
        }
        let halves = tensors
            .into_iter()
            .map(|(name, tensor)| Ok((name, tensor.to_dtype(DType::F16)?)));
        halves.collect()
    }
}
