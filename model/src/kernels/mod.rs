//! What the processor's vector units do: products with quantised weights, and
//! attention over pages of keys and values.
//!
//! Each kernel is written for AVX-512, for AVX2 and portably; [`Isa`] says which
//! of them this processor runs. All of them are tested against plain references.

pub(crate) mod attention;
mod cells;
pub(crate) mod coarse;
mod cores;
pub(crate) mod elementwise;
pub(crate) mod importance;
mod isa;
pub(crate) mod lanes;
mod product;
mod team;
pub(crate) mod weighted;

pub(crate) use cores::physical_cores;
pub(crate) use isa::Isa;
pub use product::ProductBench;
pub(crate) use product::{PackedMatrix, Rounded, multiply};
pub(crate) use team::Team;
