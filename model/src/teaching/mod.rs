//! Teaching a [`Pointer`](crate::Pointer) by gradient descent, through a decoder that stays as it
//! is and over keys and values that were read once.
//!
//! Only a pointer's own tokens are run, so a lesson takes as long as reading a few words, forth and
//! back. The weights of the layers that are learnt in are held as `f32` for it; those before them
//! are run as they always are.

mod descent;
mod frozen;
mod mean;
mod parameters;
mod pass;
#[cfg(test)]
mod tests;
mod writing;

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use candle_core::{Device, Tensor};
use candle_nn::optim::{AdamW, Optimizer, ParamsAdamW};

use crate::decoder::Head;
use crate::error::OpenModelError;
use crate::generate::{GenerateError, Prompt};
use crate::gguf::{Gguf, GgufError};
use crate::local::{LocalModel, OpenOptions};
use crate::pointer::{Pointer, PointerError};
use crate::relevance::HeadRelevance;
use frozen::FrozenLayer;
pub use mean::mean_of_pointers;
use parameters::Parameters;
use pass::{Asked, Loss};
pub use writing::{WriterLesson, WriterPlan, WriterTeacher};

/// A pointer could not be taught.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TeachError {
    /// The model could not be opened.
    #[error(transparent)]
    Open(#[from] OpenModelError),
    /// Its file could not be read.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// It could not read what a lesson is about.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A tensor did not fit.
    #[error("the pointer could not be taught: {0}")]
    Tensor(#[from] candle_core::Error),
    /// What is gone on from is no pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// The plan does not fit the model.
    #[error("the pointer cannot be planned so: {0}")]
    Plan(&'static str),
}

type Taught<T> = Result<T, TeachError>;

/// What a pointer is to be.
#[derive(Clone, Debug)]
pub struct PointerPlan {
    /// Texts as whose tokens its own begin.
    pub beginnings: Vec<String>,
    /// What it points at, and what that counts in the loss. `token` is set when the plan is taken
    /// up: output after output ends with a beginning.
    pub outputs: Vec<PlannedOutput>,
    /// The groups of classes that it tells apart by the state of its last token.
    pub groups: Vec<PlannedGroup>,
    /// Layers of the model that it is run through.
    pub layers: usize,
    /// The first of them in which something is learnt. What comes before it, and the tokens, stay
    /// as those of the pointer that is gone on from.
    pub first: usize,
    /// Those of them whose heads are mixed.
    pub mixed: Range<usize>,
    /// Of what is added to the projections of each layer.
    pub rank: usize,
    /// Of what is random.
    pub seed: u64,
}

/// One thing that is pointed at.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlannedOutput {
    /// What it counts in the loss.
    pub weight: f64,
    token: usize,
}

impl PlannedOutput {
    /// One that counts so much.
    pub fn new(weight: f64) -> Self {
        Self { weight, token: 0 }
    }
}

/// Classes of which one is right.
#[derive(Clone, Copy, Debug)]
pub struct PlannedGroup {
    /// How many.
    pub classes: usize,
    /// What it counts in the loss.
    pub weight: f64,
}

/// A question with what is to be pointed at behind it.
#[derive(Clone, Debug)]
pub struct PointerLesson {
    /// The question is the marked part of its messages, as for
    /// [`relevance`](crate::Generator::relevance). Its history was read before.
    pub prompt: Prompt,
    /// What may be pointed at: shares are counted of these tokens alone.
    pub among: Target,
    /// Of each output, each thing that is to be pointed at.
    pub aims: Vec<Vec<Target>>,
    /// Of each group, the class that is right, if it is known.
    pub classes: Vec<Option<usize>>,
}

/// A thing to be pointed at: tokens of one or several messages, together.
pub type Target = Vec<Spot>;

/// Tokens of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The message's mark.
    pub mark: u32,
    /// Bytes of its text.
    pub bytes: Range<usize>,
}

/// Teaches a pointer.
pub struct PointerTeacher {
    model: LocalModel,
    /// From the first in which something is learnt.
    layers: Vec<FrozenLayer>,
    parameters: Parameters,
    /// The retrieval heads.
    asking: Vec<Head>,
    /// The pointer that is gone on from, as far as it stays as it is.
    before: Option<Pointer>,
    optimiser: AdamW,
    plan: PointerPlan,
}

impl PointerTeacher {
    /// Takes up a plan for a model's file, which is told how many layers that has, with a
    /// pointer that was taught nothing and looks through no retrieval heads.
    ///
    /// # Errors
    ///
    /// If the file is no model that can be run, or the plan does not fit it.
    pub fn open(
        path: impl AsRef<Path>,
        options: OpenOptions,
        plan: impl FnOnce(usize) -> PointerPlan,
    ) -> Result<Self, TeachError> {
        let gguf = Gguf::open(&path)?;
        let model = LocalModel::open(&path, options)?;
        let config = model.config();
        let mut plan = plan(config.layers);
        let mixed = plan.mixed.clone();
        ensure(
            plan.layers <= config.layers,
            "the model has not so many layers",
        )?;
        ensure(
            !mixed.is_empty() && mixed.end <= plan.layers,
            "the heads that it mixes are not run",
        )?;
        ensure(
            plan.first <= mixed.start,
            "the heads that it mixes are not learnt",
        )?;
        ensure(
            plan.outputs.len() == plan.beginnings.len() && !plan.outputs.is_empty(),
            "each output ends a beginning",
        )?;
        let mut tokens = Vec::new();
        for (text, output) in plan.beginnings.iter().zip(&mut plan.outputs) {
            let own = model.tokenizer().encode(text);
            ensure(!own.is_empty(), "a beginning has no token")?;
            tokens.extend(own);
            output.token = tokens.len() - 1;
        }
        ensure(plan.rank > 0, "what it adds has no rank")?;
        let parameters = Parameters::new(&plan, config, model.embed(&tokens))?;
        let optimiser = AdamW::new(parameters.learnt(plan.first), ParamsAdamW::default())?;
        let layers = plan.first..plan.layers;
        let layers = layers.map(|index| FrozenLayer::load(&gguf, config, index));
        Ok(Self {
            layers: layers.collect::<Result<_, _>>()?,
            parameters,
            asking: Vec::new(),
            before: None,
            optimiser,
            plan,
            model,
        })
    }

    /// Goes on from a pointer of the same plan, as [`PointerTeacher::pointer`] gives it; groups of
    /// classes that it lacks are learnt anew.
    ///
    /// # Errors
    ///
    /// If a tensor of it is missing or of another shape.
    pub fn take_up(&mut self, pointer: &[u8]) -> Result<(), TeachError> {
        let tensors = candle_core::safetensors::load_buffer(pointer, &Device::Cpu)?;
        self.parameters.set(&self.plan, &tensors)?;
        let pointer = Pointer::read(pointer)?;
        self.asking.clone_from(&pointer.asking);
        self.before = Some(pointer.before(self.plan.first));
        Ok(())
    }

    /// Whether it has been told which retrieval heads the pointer looks through.
    pub fn has_retrieval_heads(&self) -> bool {
        !self.asking.is_empty()
    }

    /// Has the pointer look through these retrieval heads.
    pub fn look_through(&mut self, heads: Vec<Head>) {
        self.asking = heads;
    }

    /// What each head of the layers that are run attends to from the question of a prompt, in what
    /// that recalls of its history, as far as that was read before.
    ///
    /// # Errors
    ///
    /// If the model cannot read the question.
    pub fn attention_by_head(&mut self, prompt: &Prompt) -> Result<Vec<HeadRelevance>, TeachError> {
        let heads = self.model.config().heads;
        let layers = 0..self.plan.layers;
        let all = layers.flat_map(|layer| (0..heads).map(move |head| Head { layer, head }));
        Ok(self.model.attention_of(prompt, &all.collect::<Vec<_>>())?)
    }

    /// The model, to read histories with.
    pub fn model(&mut self) -> &mut LocalModel {
        &mut self.model
    }

    /// Learns from lessons about one history, which the model has read; returns their mean loss
    /// before that. None of no lessons.
    ///
    /// # Errors
    ///
    /// If the model cannot read a question.
    pub fn step(
        &mut self,
        lessons: &[PointerLesson],
        rate: f64,
    ) -> Result<Option<f64>, TeachError> {
        let variables = self.parameters.learnt(self.plan.first);
        let gradient = descent::gradient(lessons, &variables, |some| self.loss(some))?;
        let Some((loss, gradient)) = gradient else {
            return Ok(None);
        };
        self.optimiser.set_learning_rate(rate);
        self.optimiser.step(&gradient)?;
        Ok(Some(loss))
    }

    fn loss(&mut self, lessons: &[PointerLesson]) -> Taught<Tensor> {
        let tokens = self.parameters.tokens.dim(0)?;
        let before = self.before.as_ref().filter(|_| self.plan.first > 0);
        ensure(
            before.is_some() || self.plan.first == 0,
            "there is no pointer to go on from",
        )?;
        let prompts = lessons.iter().map(|lesson| (&lesson.prompt, tokens));
        let prompts: Vec<_> = prompts.collect();
        let mut questions = self.model.read_questions(&prompts, self.plan.layers)?;
        let states = before.map(|pointer| self.model.begin(&mut questions, pointer));
        let asked = lessons.iter().zip(questions);
        let asked = asked.map(|(lesson, question)| Asked::new(question, lesson));
        let asked: Vec<Asked> = asked.collect();
        let loss = Loss {
            config: self.model.config(),
            rope: self.model.rope(),
            plan: &self.plan,
            layers: &self.layers,
            parameters: &self.parameters,
        };
        let classes: Vec<&[Option<usize>]> = lessons
            .iter()
            .map(|lesson| lesson.classes.as_slice())
            .collect();
        Ok(loss.of(&asked, states, &classes)?)
    }

    /// The pointer as it was taught so far, a file for [`Pointer::read`](crate::Pointer::read).
    ///
    /// # Errors
    ///
    /// If it cannot be written out.
    pub fn pointer(&self) -> Result<Vec<u8>, TeachError> {
        written(
            &self
                .parameters
                .tensors(&self.plan, &self.asking, self.model.config())?,
        )
    }
}

/// Tensors as a safetensors file.
fn written(tensors: &HashMap<String, Tensor>) -> Taught<Vec<u8>> {
    let file = tempfile::NamedTempFile::new().map_err(candle_core::Error::wrap)?;
    candle_core::safetensors::save(tensors, file.path())?;
    Ok(std::fs::read(file.path()).map_err(candle_core::Error::wrap)?)
}

fn ensure(holds: bool, problem: &'static str) -> Taught<()> {
    match holds {
        true => Ok(()),
        false => Err(TeachError::Plan(problem)),
    }
}
