//! Teaching a [`Writer`]: what it is to write behind questions, by gradient descent through the
//! frozen upper layers.

use std::collections::HashMap;
use std::path::Path;
use std::slice::from_ref;

use candle_core::{D, DType, Device, Result, Tensor, Var};
use candle_nn::ops::{log_softmax, rms_norm_slow};
use candle_nn::optim::{AdamW, Optimizer, ParamsAdamW};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::frozen::{Frozen, FrozenLayer, vector};
use super::parameters::{LayerParameters, PROJECTIONS, additions, in_file};
use super::pass::attend;
use super::{TeachError, descent, ensure, written};
use crate::generate::Prompt;
use crate::gguf::Gguf;
use crate::local::{LocalModel, OpenOptions, Question};
use crate::pointer::{Pointer, PointerError};
use crate::writer::Writer;

/// What a writer is to be.
#[derive(Clone, Debug)]
pub struct WriterPlan {
    /// What it begins with.
    pub beginning: String,
    /// The characters that it may write.
    pub alphabet: String,
    /// The first layer in which something is learnt; all after it are.
    pub first: usize,
    /// Of what is added to the projections of each layer.
    pub rank: usize,
    /// Of what is random.
    pub seed: u64,
}

/// A question with what is to be written behind it.
#[derive(Clone, Debug)]
pub struct WriterLesson {
    /// As a [`PointerLesson`](crate::PointerLesson) has it.
    pub prompt: Prompt,
    /// In the writer's alphabet.
    pub text: String,
}

/// Teaches a writer.
pub struct WriterTeacher {
    model: LocalModel,
    pub(super) pointer: Pointer,
    /// From the first in which something is learnt.
    layers: Vec<FrozenLayer>,
    norm: Tensor,
    /// From states to the logits of the alphabet.
    output: Frozen,
    beginning: Vec<u32>,
    alphabet: Vec<u32>,
    parameters: Vec<LayerParameters>,
    optimiser: AdamW,
    plan: WriterPlan,
}

/// A lesson whose question was read.
struct Asked {
    question: Question,
    tokens: usize,
    /// What follows each of the last tokens, as places in the alphabet.
    next: Vec<u32>,
}

impl WriterTeacher {
    /// Takes up a plan for a model's file, for writing behind a pointer that stays as it is.
    ///
    /// # Errors
    ///
    /// If the file is no model that can be run, or the plan or the pointer does not fit it.
    pub fn open(
        path: impl AsRef<Path>,
        options: OpenOptions,
        pointer: Pointer,
        plan: WriterPlan,
    ) -> std::result::Result<Self, TeachError> {
        let gguf = Gguf::open(&path)?;
        let model = LocalModel::open(&path, options)?;
        let config = model.config();
        ensure(pointer.fits(config), "the pointer is for another model")?;
        ensure(plan.first < config.layers, "it learns in no layer")?;
        ensure(plan.rank > 0, "what it adds has no rank")?;
        let beginning = model.tokenizer().encode(&plan.beginning);
        ensure(!beginning.is_empty(), "it begins with nothing")?;
        let alphabet = model.alphabet(&plan.alphabet);
        let mut random = StdRng::seed_from_u64(plan.seed);
        let learnt = config.layers - plan.first;
        let parameters = additions(learnt, config, plan.rank, &mut random)?;
        let layers = plan.first..config.layers;
        let layers = layers.map(|index| FrozenLayer::load(&gguf, config, index));
        Ok(Self {
            layers: layers.collect::<std::result::Result<_, _>>()?,
            norm: vector(&gguf, "output_norm.weight", config.hidden)?,
            output: Frozen::of_tokens(&gguf, config, &alphabet)?,
            optimiser: AdamW::new(variables(&parameters), ParamsAdamW::default())?,
            beginning,
            alphabet,
            parameters,
            pointer,
            plan,
            model,
        })
    }

    /// Goes on from a writer of the same plan, as [`WriterTeacher::writer`] gives it.
    ///
    /// # Errors
    ///
    /// If a tensor of it is missing or of another shape, or it writes otherwise.
    pub fn take_up(&mut self, writer: &[u8]) -> std::result::Result<(), TeachError> {
        let own = Writer::read(writer)?;
        let same = own.beginning == self.beginning
            && own.alphabet == self.alphabet
            && own.adapter.first == self.plan.first;
        ensure(same, "the writer that is gone on from is of another one")?;
        let tensors = candle_core::safetensors::load_buffer(writer, &Device::Cpu)?;
        let get = |name: String| match tensors.get(&name) {
            Some(tensor) => Ok(tensor.to_dtype(DType::F32)?),
            None => Err(TeachError::from(PointerError::Missing(name))),
        };
        for (index, layer) in (self.plan.first..).zip(&self.parameters) {
            for (name, low) in in_file(index, layer, &tensors) {
                low.down.set(&get(format!("{name}.down"))?)?;
                low.up.set(&get(format!("{name}.up"))?)?;
            }
        }
        Ok(())
    }

    /// The model, to read histories with.
    pub fn model(&mut self) -> &mut LocalModel {
        &mut self.model
    }

    /// Learns from lessons about one history, which the model has read; returns their mean loss a
    /// token before that. None of no lessons.
    ///
    /// # Errors
    ///
    /// If the model cannot read a question, or a text is not in the alphabet.
    pub fn step(
        &mut self,
        lessons: &[WriterLesson],
        rate: f64,
    ) -> std::result::Result<Option<f64>, TeachError> {
        let variables = variables(&self.parameters);
        let gradient = descent::gradient(lessons, &variables, |some| {
            let (asked, states) = self.ask(some)?;
            Ok(self.loss(&asked, states)?)
        })?;
        let Some((loss, gradient)) = gradient else {
            return Ok(None);
        };
        self.optimiser.set_learning_rate(rate);
        self.optimiser.step(&gradient)?;
        Ok(Some(loss))
    }

    /// The loss of a lesson about a history that the model has read, in nats a token.
    ///
    /// # Errors
    ///
    /// As for [`WriterTeacher::step`].
    pub fn loss_of(&mut self, lesson: &WriterLesson) -> std::result::Result<f64, TeachError> {
        let (asked, states) = self.ask(from_ref(lesson))?;
        Ok(f64::from(self.loss(&asked, states)?.to_scalar::<f32>()?))
    }

    /// Lessons whose questions were read, with what the layers in which nothing is learnt make of the
    /// texts, `[tokens, hidden]` in all.
    fn ask(
        &mut self,
        lessons: &[WriterLesson],
    ) -> std::result::Result<(Vec<Asked>, Vec<f32>), TeachError> {
        let texts = lessons
            .iter()
            .map(|lesson| self.model.tokenizer().encode(&lesson.text));
        let texts: Vec<Vec<u32>> = texts.collect();
        let next = texts.iter().map(|text| self.places(text));
        let next: Vec<Vec<u32>> = next.collect::<std::result::Result<_, _>>()?;
        let texts = texts
            .into_iter()
            .map(|text| [self.beginning.as_slice(), &text].concat());
        let texts: Vec<Vec<u32>> = texts.collect();
        let prompts = lessons.iter().zip(&texts).map(|(lesson, text)| {
            let behind = self.pointer.len() + text.len();
            (&lesson.prompt, behind)
        });
        let prompts: Vec<_> = prompts.collect();
        let layers = self.model.config().layers;
        let mut questions = self.model.read_questions(&prompts, layers)?;
        self.model.read_pointer(&mut questions, &self.pointer);
        let states = self.model.lower(&mut questions, &texts, self.plan.first);
        let asked = questions.into_iter().zip(texts).zip(next);
        let asked = asked.map(|((question, text), next)| Asked {
            question,
            tokens: text.len(),
            next,
        });
        Ok((asked.collect(), states))
    }

    /// The places of a text's tokens and of its end in the alphabet.
    fn places(&self, text: &[u32]) -> std::result::Result<Vec<u32>, TeachError> {
        let place = |token: &u32| self.alphabet.iter().position(|other| other == token);
        let end = Some(self.alphabet.len() - 1);
        let places = text.iter().map(place).chain([end]);
        let places: Option<Vec<u32>> = places.map(|at| at.map(|at| at as u32)).collect();
        places.ok_or(TeachError::Plan("a text is not in the alphabet"))
    }

    /// How unlikely what is to be written is, in nats a token.
    fn loss(&self, asked: &[Asked], states: Vec<f32>) -> Result<Tensor> {
        let config = self.model.config();
        let starts = asked.iter().scan(0, |start, asked| {
            let own = *start;
            *start += asked.tokens;
            Some(own)
        });
        let starts: Vec<usize> = starts.collect();
        let shape = (states.len() / config.hidden, config.hidden);
        let mut x = Tensor::from_vec(states, shape, &Device::Cpu)?;
        for (index, (layer, low)) in self.layers.iter().zip(&self.parameters).enumerate() {
            let normed = layer.attended(&x)?;
            let query = low[0].add(&normed, layer.query.forward(&normed)?)?;
            let key = low[1].add(&normed, layer.key.forward(&normed)?)?;
            let value = low[2].add(&normed, layer.value.forward(&normed)?)?;
            let read = asked.iter().zip(&starts).map(|(asked, start)| {
                let own = |rows: &Tensor| rows.narrow(0, *start, asked.tokens);
                let own = [own(&query)?, own(&key)?, own(&value)?];
                let layer = self.plan.first + index;
                let read = attend(config, self.model.rope(), layer, own, &asked.question);
                Ok(read?.0)
            });
            let read = Tensor::cat(&read.collect::<Result<Vec<_>>>()?, 0)?;
            x = (x + low[3].add(&read, layer.output.forward(&read)?)?)?;
            x = (&x + layer.feed_forward(&x, low)?)?;
        }
        let last = asked.iter().zip(&starts).map(|(asked, start)| {
            let own = asked.next.len();
            x.narrow(0, start + asked.tokens - own, own)
        });
        let last = Tensor::cat(&last.collect::<Result<Vec<_>>>()?, 0)?;
        let normed = rms_norm_slow(&last, &self.norm, config.norm_epsilon as f32)?;
        let shares = log_softmax(&self.output.forward(&normed)?, D::Minus1)?;
        let next = asked.iter().flat_map(|asked| asked.next.iter().copied());
        let next = Tensor::from_iter(next, &Device::Cpu)?.unsqueeze(1)?;
        shares.gather(&next, 1)?.mean_all()?.neg()
    }

    /// The writer as it was taught so far, a file for [`Writer::read`](crate::Writer::read).
    ///
    /// # Errors
    ///
    /// If it cannot be written out.
    pub fn writer(&self) -> std::result::Result<Vec<u8>, TeachError> {
        let ids = |ids: &[u32]| Tensor::from_slice(ids, ids.len(), &Device::Cpu);
        let mut tensors = HashMap::from([
            ("first".to_owned(), ids(&[self.plan.first as u32])?),
            ("beginning".to_owned(), ids(&self.beginning)?),
            ("alphabet".to_owned(), ids(&self.alphabet)?),
        ]);
        for (name, variable) in named(self.plan.first, &self.parameters) {
            tensors.insert(name, variable.as_detached_tensor().to_dtype(DType::F16)?);
        }
        written(&tensors)
    }
}

/// What is learnt, by its name in a writer's file.
fn named(first: usize, parameters: &[LayerParameters]) -> Vec<(String, &Var)> {
    let mut named = Vec::new();
    for (index, layer) in (first..).zip(parameters) {
        for (name, low) in PROJECTIONS.iter().zip(layer) {
            named.push((format!("{index}.{name}.down"), &low.down));
            named.push((format!("{index}.{name}.up"), &low.up));
        }
    }
    named
}

fn variables(parameters: &[LayerParameters]) -> Vec<Var> {
    let named = named(0, parameters).into_iter();
    named.map(|(_, variable)| variable.clone()).collect()
}
