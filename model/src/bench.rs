//! How fast a model reads and writes on this machine.
//!
//! A [`Bench`] times single passes, for those who compare; [`measure`] carries out
//! a whole [`Plan`].

mod needle;
mod passes;
mod quality;
mod stored;
mod text;

use std::num::NonZero;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::generate::GenerateError;
pub use needle::{Asked, FactKind, Needles, needles};
pub use passes::{Bench, Watch};
pub use quality::{Quality, Reading, Writing, quality};
pub use stored::{FirstToken, Kept, Stored, StoredError, first_token, store, stored};
pub use text::sample_tokens;

/// Which of the cached tokens a token attends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionMode {
    /// All of them.
    Dense,
    /// Those that are chosen for it.
    Sparse,
}

impl AttentionMode {
    /// As shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Sparse => "sparse",
        }
    }
}

/// What to measure, in this order: for each way to attend, each prefill, then each
/// depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Lengths, in tokens, of texts to read from an empty cache.
    pub prefill: Vec<NonZero<usize>>,
    /// Numbers of cached tokens at which to write.
    pub depths: Vec<usize>,
    /// Tokens to write at a depth in one repetition.
    pub decode: NonZero<usize>,
    /// Repetitions of every measurement. The cache is filled to a depth only once.
    pub repeat: NonZero<usize>,
    /// How to attend.
    pub attention: Vec<AttentionMode>,
}

impl Plan {
    /// Every kind of work, in order.
    fn works(&self) -> Vec<Work> {
        let prefill = self.prefill.iter().map(|&tokens| Work::Prefill {
            tokens: tokens.get(),
        });
        let decode = self.depths.iter().map(|&depth| Work::Decode {
            depth,
            tokens: self.decode.get(),
        });
        prefill.chain(decode).collect()
    }

    /// Tokens that the model's context must hold.
    pub fn longest(&self) -> usize {
        self.works().iter().map(Work::length).max().unwrap_or(0)
    }

    /// Tokens that all repetitions of a work run.
    fn tokens(&self, work: Work) -> usize {
        let repeat = self.repeat.get();
        match work {
            Work::Prefill { tokens } => repeat * tokens,
            Work::Decode { depth, tokens } => depth + repeat * tokens,
        }
    }
}

/// One kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// Reading a text from an empty cache.
    Prefill {
        /// Its length.
        tokens: usize,
    },
    /// Writing after what is cached.
    Decode {
        /// Tokens cached before.
        depth: usize,
        /// Tokens written.
        tokens: usize,
    },
}

impl Work {
    /// Tokens in the cache at its end.
    pub fn length(&self) -> usize {
        match self {
            Self::Prefill { tokens } => *tokens,
            Self::Decode { depth, tokens } => depth + tokens,
        }
    }
}

/// A figure of a [`Plan`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// What was done.
    #[serde(flatten)]
    pub work: Work,
    /// How the model attended.
    pub attention: AttentionMode,
    /// Over the repetitions.
    pub tokens_per_second: Spread,
}

/// The middle and the ends of repeated measurements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The middle one; the mean of the two middle ones of an even number.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Of at least one value.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let (len, middle) = (values.len(), values.len() / 2);
        assert!(len > 0, "a spread needs a value");
        Self {
            median: (values[middle] + values[(len - 1) / 2]) / 2.0,
            min: values[0],
            max: values[len - 1],
        }
    }
}

/// How far [`measure`] is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// A step is done.
    Step {
        /// What is being measured.
        work: Work,
        /// How the model attends.
        attention: AttentionMode,
        /// Tokens done of this figure, over all its repetitions.
        done: usize,
        /// Tokens of this figure in all.
        all: usize,
    },
    /// A figure is known.
    Measured(Timing),
}

/// A measurement did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// Whoever watches the progress ended it.
    #[error("interrupted")]
    Interrupted,
    /// The model failed, or its context is too short for the plan.
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

/// Carries out a plan, telling each step; a [`ControlFlow::Break`] ends it there.
pub fn measure(
    bench: &mut Bench,
    plan: &Plan,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Vec<Timing>, MeasureError> {
    bench.reserve(plan.longest())?;
    let text = bench.sample(plan.longest());
    let mut timings = Vec::new();
    for &attention in &plan.attention {
        bench.attend(attention);
        for work in plan.works() {
            let mut done = 0;
            let (text, all) = (&text[..work.length()], plan.tokens(work));
            let tokens_per_second = repeat(bench, work, plan.repeat, text, &mut |tokens| {
                done += tokens;
                progress(Progress::Step {
                    work,
                    attention,
                    done,
                    all,
                })
            })?;
            let timing = Timing {
                work,
                attention,
                tokens_per_second,
            };
            timings.push(timing);
            if progress(Progress::Measured(timing)).is_break() {
                return Err(MeasureError::Interrupted);
            }
        }
    }
    Ok(timings)
}

fn repeat(
    bench: &mut Bench,
    work: Work,
    repeat: NonZero<usize>,
    text: &[u32],
    watch: &mut Watch<'_>,
) -> Result<Spread, MeasureError> {
    let timed = match work {
        Work::Prefill { .. } => text,
        Work::Decode { depth, .. } => {
            let (before, timed) = text.split_at(depth);
            bench.prefill(before, watch)?;
            timed
        }
    };
    let mut rates = Vec::with_capacity(repeat.get());
    for _ in 0..repeat.get() {
        let time = match work {
            Work::Prefill { .. } => bench.prefill(timed, watch)?,
            Work::Decode { .. } => bench.decode(timed, watch)?,
        };
        rates.push(timed.len() as f64 / time.as_secs_f64());
    }
    Ok(Spread::of(rates))
}

#[cfg(test)]
mod tests;
