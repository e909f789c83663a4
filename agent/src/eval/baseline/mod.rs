//! What the same weights answer without this project's memory: with the whole
//! consultation in the context, with its last turns, or with the passages that a search
//! found. All attend densely.
//!
//! They have the agent's instructions, and their answers are attributed to the turns in the
//! context by the agent's measurement. Small models that are told to name their sources
//! copy numbers and answer worse: what they name would say little of what they have before
//! them. An answer that declines cites nothing, whoever gives it.

mod prompt;

use std::time::Instant;

use estoppel_memory::{Embedder, Evidence, Matter, NewTurn, Ranking, Turn};
use estoppel_model::{Attention, GenerateOptions, Generator, Prompt, Step};
use jiff::civil::DateTime;

use crate::agent::{AgentBuilder, Settings};
use crate::answering::{Answering, Found};
use crate::error::{AskError, OpenError};
use crate::eval::answers::{Events, Respondent, System};

/// Tokens of the turns that [`Context::Window`] holds.
pub const WINDOW: usize = 4096;

/// Turns that [`Context::Bm25`] and [`Context::Dense`] quote.
pub const PASSAGES: usize = 6;

/// What a baseline has before it when it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// The last turns, of [`WINDOW`] tokens together.
    Window,
    /// Every turn; the last ones where they are more than the model can hold.
    Full,
    /// The [`PASSAGES`] turns that BM25 ranks first.
    Bm25,
    /// The [`PASSAGES`] turns whose vectors are nearest to the question's.
    Dense,
}

/// A language model with one kind of context.
pub struct Baseline {
    context: Context,
    generator: Box<dyn Generator>,
    /// For [`Context::Dense`] alone.
    encoder: Option<Box<dyn Embedder>>,
    matter: Matter,
    options: GenerateOptions,
}

impl Baseline {
    /// Loads the weights that `builder` names.
    pub fn open(context: Context, builder: &AgentBuilder) -> Result<Self, OpenError> {
        let encoder = match context {
            Context::Dense => Some(builder.open_encoder()?),
            Context::Window | Context::Full | Context::Bm25 => None,
        };
        let generator = builder.open_generator(Attention::Dense, &mut |_, _| {})?;
        Ok(Self::from_parts(context, generator, encoder))
    }

    /// A baseline over parts that were opened elsewhere. Only [`Context::Dense`] takes an
    /// encoder.
    pub fn from_parts(
        context: Context,
        generator: Box<dyn Generator>,
        encoder: Option<Box<dyn Embedder>>,
    ) -> Self {
        Self {
            context,
            generator,
            encoder,
            matter: Matter::in_memory(),
            options: Settings::default().generate,
        }
    }

    /// Turns to another consultation.
    pub fn clear(&mut self) {
        self.matter = Matter::in_memory();
    }

    /// The model that answers.
    pub fn model(&self) -> &str {
        self.generator.name()
    }

    /// The turns that stand in the context whatever is asked.
    fn standing(&self) -> &[Turn] {
        let turns = self.matter.turns();
        match self.context {
            Context::Full => turns,
            Context::Window => &turns[self.window_start()..],
            Context::Bm25 | Context::Dense => &[],
        }
    }

    fn window_start(&self) -> usize {
        let turns = self.matter.turns();
        let mut left = WINDOW;
        let fits = turns.iter().rev().take_while(|turn| {
            let cost = self.generator.count_tokens(&prompt::headed(turn));
            let fits = cost <= left;
            left = left.saturating_sub(cost);
            fits
        });
        turns.len() - fits.count()
    }

    /// What a search finds for the question; nothing where there is none.
    fn search(&mut self, question: &str) -> Result<Evidence, AskError> {
        let ranking = match self.context {
            Context::Bm25 => Ranking::Bm25,
            Context::Dense => Ranking::Dense,
            Context::Window | Context::Full => {
                return Ok(Evidence {
                    turns: Vec::new(),
                    facts: Vec::new(),
                    answerable: 1.0,
                });
            }
        };
        let encoder = self.encoder.as_deref_mut().map(|e| e as _);
        Ok(self.matter.evidence(question, encoder, ranking, PASSAGES)?)
    }

    /// The turns that were found, in the order of the record.
    fn passages(&self, found: &Evidence) -> Vec<Turn> {
        let mut passages: Vec<Turn> = found
            .turns
            .iter()
            .filter_map(|ranked| self.matter.turn(ranked.turn).cloned())
            .collect();
        passages.sort_by_key(|turn| turn.id);
        passages
    }
}

impl Respondent for Baseline {
    fn system(&self) -> System {
        match self.context {
            Context::Window => System::Window,
            Context::Full => System::Full,
            Context::Bm25 => System::Bm25,
            Context::Dense => System::Dense,
        }
    }

    fn hear(&mut self, turn: NewTurn) -> Result<(), AskError> {
        let encoder = self.encoder.as_deref_mut().map(|e| e as _);
        self.matter.remember(turn, encoder)?;
        Ok(())
    }

    fn read_ahead(
        &mut self,
        progress: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<(), AskError> {
        let prompt = Prompt {
            history: prompt::history(self.matter.turns(), self.standing()),
            ..Prompt::default()
        };
        let mut reading = self.generator.start(&prompt, &self.options)?;
        while let Some(step) = reading.next_step()? {
            if let Step::Prefill { done, total } = step
                && !progress(done, total)
            {
                return Ok(());
            }
        }
        Ok(())
    }

    fn probe<'a>(&'a mut self, question: &str) -> Result<Events<'a>, AskError> {
        let asked = Instant::now();
        let evidence = self.search(question)?;
        let retrieve = asked.elapsed();
        let passages = self.passages(&evidence);
        let prompt = Prompt {
            history: prompt::history(self.matter.turns(), self.standing()),
            messages: vec![prompt::question(question, &passages)],
            ..Prompt::default()
        };
        let shown: Vec<Turn> = self.standing().iter().cloned().chain(passages).collect();
        let found = Found {
            asked,
            at: shown.last().map_or(DateTime::MIN, |turn| turn.at),
            question: None,
            ranked: evidence.turns.iter().map(|ranked| ranked.turn).collect(),
            evidence,
            shown,
            facts: Vec::new(),
            reply: None,
            retrieve,
        };
        let generation = self.generator.start(&prompt, &self.options)?;
        Ok(Box::new(Answering::new(generation, None, question, found)))
    }
}

#[cfg(test)]
mod tests;
