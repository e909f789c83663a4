//! Text as the room shows it: toned, wrapped by display width, laid out where seen.

mod answer;
mod column;
mod rich;
mod wrap;

pub(crate) use answer::{insertions, marked};
pub(crate) use column::{Anchor, Column, Place, Scroll};
pub(crate) use rich::{Row, Text, Tone};
pub(crate) use wrap::{width, wrap};
